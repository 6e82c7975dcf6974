"""One traced call: what it takes at its peak, whoever else traces."""

from __future__ import annotations

import tracemalloc

import pytest

from pytest_autoloop.worker.tracing import traced

MIB = 1 << 20


@pytest.fixture(autouse=True)
def _alone() -> None:
    if tracemalloc.is_tracing():
        pytest.skip("something else traces this process")


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
