"""What works only when it is read is read to its end, as far as that goes."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.worker.lazily import read_to_the_end
from pytest_autoloop.worker.messages import Round

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUND = Round(wall=5, cpu=4, waits=1)


def failing() -> Iterator[int]:
    """Give one part, and fail."""
    yield 1
    raise ValueError


@pytest.mark.parametrize(
    ("result", "parts"),
    [
        (map(str, range(100)), 100),
        ((number for number in range(3)), 3),
        ([iter("ab"), 1, iter("c")], 3),
        ((zip("ab", "cd", strict=True),), 2),
        ({"all": iter("abc")}, 3),
        (filter(None, []), 0),
        (itertools.count(), 10_000),
        (failing(), 1),
    ],
)
def test_what_works_when_it_is_read(result: Any, parts: int) -> None:
    """Iterators, and a few of them in a collection; of what has no end, some."""
    found = read_to_the_end(ROUND, result)

    assert found.read == parts
    assert (found.wall, found.cpu, found.waits) == (5, 4, 1)
    assert found.reading_wall > 0


def test_what_cannot_be_read() -> None:
    """An error that puts an end to it is told by its name."""
    assert read_to_the_end(ROUND, failing()).stopped == "ValueError"
    assert read_to_the_end(ROUND, iter([1])).stopped == ""


@pytest.mark.parametrize("result", [None, "text", [1, 2], range(9), {"a": 1}, [iter("a")] * 9])
def test_what_is_there(result: Any) -> None:
    """What a call has made is not read; nor are many iterators."""
    assert read_to_the_end(ROUND, result) is ROUND
