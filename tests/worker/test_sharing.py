"""Which parts of values are changeable, and whose else they are."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime as dt
import enum
import sys
import types
from decimal import Decimal
from pathlib import Path
from typing import Any
from typing import NamedTuple

import pytest

from pytest_autoloop.worker.sharing import parts_of
from pytest_autoloop.worker.sharing import repeated
from pytest_autoloop.worker.sharing import shared


class Point:
    """An object with slots."""

    __slots__ = ("x", "y")

    def __init__(self, x: object, y: object = 0) -> None:
        self.x, self.y = x, y


@dataclasses.dataclass
class Open:
    """One that can be changed."""

    part: object = 0


@dataclasses.dataclass(frozen=True)
class Frozen:
    """One that cannot."""

    part: object = 0


class Pair(NamedTuple):
    """A tuple with names."""

    one: object
    other: object


class Colour(enum.Enum):
    """Of which there is one each."""

    RED = 1


class Rows(list[Any]):
    """A list by another name."""


class Text(str):
    """A text with a note."""


noted = Text("noted")
noted.note = []  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "value",
    [
        [],
        {},
        set(),
        bytearray(3),
        array.array("i", [1]),
        collections.deque([1]),
        collections.Counter("a"),
        collections.OrderedDict(a=1),
        types.SimpleNamespace(a=1),
        Rows([1]),
        Point(1),
        Open(),
        noted,
        memoryview(bytearray(3)),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_can_be_changed(value: object) -> None:
    """Twice the same is told from two that are equal."""
    assert repeated(parts_of([[value, value]])) >= 1
    assert shared(parts_of([value]), parts_of([(value,)])) >= 1


@pytest.mark.parametrize(
    "value",
    [
        None,
        7,
        "text",
        b"bytes",
        (1, (2, 3)),
        frozenset({1}),
        Decimal(3),
        dt.date(2026, 1, 1),
        Path("a"),
        Frozen(),
        Pair(1, 2),
        Colour.RED,
        Point,
        len,
        sys,
        [].append,
        memoryview(b"x"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_changed(value: object) -> None:
    """Whoever is handed it cannot tell it from a copy."""
    assert parts_of([value, value]) == {}


@pytest.mark.parametrize("around", [lambda part: (1, part), lambda part: {(1, 2): part}, lambda part: [[part]], Point, Open, Frozen, Rows])
def test_parts_below_others(around: Any) -> None:
    """Of tuples, mappings, objects and what is derived from collections, whether they can be changed or not."""
    part = [1]
    one, other = around([1]), around(part)
    if isinstance(one, Rows):
        one, other = Rows([[1]]), Rows([part])

    assert shared(parts_of([one]), parts_of([part])) == 0
    assert shared(parts_of([other]), parts_of([part])) == 1


def test_what_holds_itself() -> None:
    """There is an end to it, and a part that is found from two others counts once."""
    around: list[Any] = [[], []]
    around[0].append(around)
    around[1].append(around)

    assert repeated(parts_of([around])) == 2


def test_many_plain_values() -> None:
    """Of a list of them only the list is looked at, however long."""
    assert len(parts_of([[[*range(1_000_000)], [0.5] * 1_000_000]])) == 3


def test_an_array_of_numpy() -> None:
    """A part of an array is one object with the whole of it, and with its other parts."""
    numpy = pytest.importorskip("numpy")
    whole = numpy.arange(10)

    assert shared(parts_of([whole[2:]]), parts_of([whole])) == 1
    assert shared(parts_of([whole[2:]]), parts_of([whole[:2]])) == 1
    assert shared(parts_of([whole[2:].copy()]), parts_of([whole])) == 0
    assert parts_of([whole[0], whole[0]]) == {}
