"""Which parts of values are changeable, and whose else they are."""

from __future__ import annotations

import array
import collections
import dataclasses
import datetime as dt
import enum
import os
import sys
import time
import types
from decimal import Decimal
from pathlib import Path
from typing import Any
from typing import NamedTuple

import pytest

from pytest_autoloop.worker.sharing import Parts


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
        collections.UserDict(a=1),
        collections.UserList([1]),
        collections.ChainMap({}),
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
    assert Parts.of([[value, value]]).repeated >= 1
    assert Parts.of([value]).shared_with(Parts.of([(value,)])) >= 1


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
        time.gmtime(0),
        os.stat_result(range(10)),
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
    assert Parts.of([value, value]) == Parts()


@pytest.mark.parametrize("around", [lambda part: (1, part), lambda part: {(1, 2): part}, lambda part: [[part]], Point, Open, Frozen, Rows])
def test_parts_below_others(around: Any) -> None:
    """Of tuples, mappings, objects and what is derived from collections, whether they can be changed or not."""
    part = [1]
    one, other = around([1]), around(part)
    if isinstance(one, Rows):
        one, other = Rows([[1]]), Rows([part])

    assert Parts.of([one]).shared_with(Parts.of([part])) == 0
    assert Parts.of([other]).shared_with(Parts.of([part])) == 1


def test_what_holds_itself() -> None:
    """There is an end to it, and a part that is found from two others counts once."""
    around: list[Any] = [[], []]
    around[0].append(around)
    around[1].append(around)

    assert Parts.of([around]).repeated == 2


def test_many_plain_values() -> None:
    """Of a list of them only the list is looked at, however long."""
    assert len(Parts.of([[[*range(1_000_000)], [0.5] * 1_000_000]]).counts) == 3


def test_more_parts_than_are_looked_at() -> None:
    """Those that are nearest are looked at first, and it is said that there are more."""
    rows = [[number] for number in range(10)]

    assert Parts.of([rows], largest=11) == Parts.of([rows])
    few = Parts.of([rows], largest=3)
    assert (list(few.counts), few.all) == ([id(rows), id(rows[0]), id(rows[1])], False)


def test_a_view_of_memory() -> None:
    """It is one with what it is a view of."""
    memory = bytearray(3)

    assert Parts.of([memoryview(memory)]).shared_with(Parts.of([memory])) == 1


def test_an_array_of_numpy() -> None:
    """A part of an array is one object with the whole of it, and with its other parts."""
    numpy = pytest.importorskip("numpy")
    whole = numpy.arange(10)

    assert Parts.of([whole[2:]]).shared_with(Parts.of([whole])) == 1
    assert Parts.of([whole[2:]]).shared_with(Parts.of([whole[:2]])) == 1
    assert Parts.of([whole[2:].copy()]).shared_with(Parts.of([whole])) == 0
    assert Parts.of([whole[0], whole[0]]) == Parts()
    memory = bytearray(16)
    assert Parts.of([numpy.frombuffer(memory)]).shared_with(Parts.of([memory])) == 1
    assert Parts.of([numpy.asarray(memoryview(memory))]).shared_with(Parts.of([memory])) == 1
    many = [[numpy.array([{number: 1}, None], dtype=object) for _ in range(4)] for number in range(2)]
    assert Parts.of([many[0]]).shared_with(Parts.of([many[1]])) == 0
    part = [1]
    of_objects = numpy.empty(2, dtype=object)
    of_objects[0] = part
    assert Parts.of([of_objects]).shared_with(Parts.of([part])) == 1
