"""Digests of values that tell types apart."""

from __future__ import annotations

import dataclasses
from collections import OrderedDict
from collections import namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.worker.canonical import digest

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.integers()),
    max_leaves=20,
)


@given(VALUES)
def test_a_value_has_one_digest(value: object) -> None:
    """Digesting again gives the same, also for NaN, which does not equal itself."""
    assert digest(value) == digest(value)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, True),
        (1, 1.0),
        (0.0, -0.0),
        ("a", b"a"),
        ([1, 2], (1, 2)),
        ([1, 2], [2, 1]),
        ({1, 2}, frozenset({1, 2})),
        ({"a": 1}, OrderedDict(a=1)),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ([[1], []], [[], [1]]),
        (["ab", "c"], ["a", "bc"]),
        ([1], iter([1])),
        (range(3), [0, 1, 2]),
    ],
)
def test_what_a_comparison_may_call_equal_is_told_apart(one: object, other: object) -> None:
    """Types, order and nesting all count."""
    assert digest(one) != digest(other)


def test_an_object_is_not_asked_whether_it_is_equal() -> None:
    """Whatever claims to equal everything has a type of its own."""

    class Anything:
        def __eq__(self, other: object) -> bool:
            raise AssertionError

        def __hash__(self) -> int:
            raise AssertionError

        def __repr__(self) -> str:
            raise AssertionError

    assert digest(Anything()) != digest(5)
    assert digest([Anything()]) != digest([5])


def test_objects_count_by_type_and_contents() -> None:
    """Dataclasses, named tuples and plain objects are compared by what they hold."""

    @dataclasses.dataclass
    class Point:
        x: int

    Pair = namedtuple("Pair", "a b")

    class Plain:
        def __init__(self, x: int) -> None:
            self.x = x

    assert digest(Point(1)) == digest(Point(1)) != digest(Point(2))
    assert digest(Pair(1, 2)) == digest(Pair(1, 2)) != digest((1, 2))
    assert digest(Plain(1)) == digest(Plain(1)) != digest(Plain(2))


def test_sets_are_the_same_in_any_order() -> None:
    """The order in which a set happens to lie in memory does not count."""
    words = [f"word{number}" for number in range(50)]
    backwards = words[::-1]
    assert digest(set(words)) == digest(set(backwards))


def test_endless_and_huge_values_come_to_an_end() -> None:
    """A list that contains itself, and one with a million parts, have a digest all the same."""
    loop: list[Any] = []
    loop.append(loop)

    assert digest(loop)
    assert digest([0] * 1_000_000) != digest([0] * 1_000_001)
