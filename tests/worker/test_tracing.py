"""One traced call: what it takes at its peak, whoever else traces."""

from __future__ import annotations

import gc
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker import collecting
from pytest_autoloop.worker.tracing import traced

if TYPE_CHECKING:
    from collections.abc import Iterator

MIB = 1 << 20


@pytest.fixture(autouse=True)
def _alone() -> Iterator[None]:
    if tracemalloc.is_tracing():
        pytest.skip("something else traces this process")
    with collecting.restored():
        yield


def takes(size: int, left: int) -> bytearray:
    bytearray(size * MIB)
    return bytearray(left * MIB)


def test_a_call() -> None:
    """The peak is above what was held before, of which the call has no share; its arguments and result are passed on."""
    found = traced(takes, (3,), {"left": 1})

    assert len(found.result) == MIB
    assert found.peak is not None
    assert found.peak / MIB == pytest.approx(3, abs=0.01)
    assert found.wall > 0
    assert not tracemalloc.is_tracing()


def test_others_go_on_tracing() -> None:
    """Whoever traces already is not stopped, and what came before is not the call's."""
    tracemalloc.start()
    try:
        kept = takes(9, 5)
        found = traced(takes, (3, 1), {})
        assert tracemalloc.is_tracing()
    finally:
        tracemalloc.stop()

    assert len(kept) == 5 * MIB
    assert found.peak is not None
    assert found.peak / MIB == pytest.approx(3, abs=0.01)


def test_a_call_that_stops_the_tracing() -> None:
    """Nothing is told of it, and tracing has ended."""
    found = traced(tracemalloc.stop, (), {})

    assert found.peak is None


def test_a_call_that_fails() -> None:
    """Its error is passed on, and tracing has ended."""
    with pytest.raises(ZeroDivisionError):
        traced(divmod, (1, 0), {})

    assert not tracemalloc.is_tracing()


def test_nothing_is_collected_after_a_call() -> None:
    """In it, garbage is collected as usual; what it leaves is, once the caller has it so again."""
    with collecting.restored() as usual:
        found = traced(gc.isenabled, (), {})
        after = gc.isenabled()

    assert (usual, found.result, after, gc.isenabled()) == (True, True, False, True)
