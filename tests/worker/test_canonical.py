"""Canonical forms of values, which tell types apart."""

from __future__ import annotations

import array
import dataclasses
import datetime as dt
import decimal
import json
import sys
import types
from collections import OrderedDict
from collections import deque
from collections import namedtuple
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.worker.canonical import form
from pytest_autoloop.worker.canonical import telling
from pytest_autoloop.worker.canonical import told

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.integers()),
    max_leaves=20,
)


def digest(value: object) -> str:
    return json.dumps(told(value))


@given(VALUES)
def test_a_value_has_one_form(value: object) -> None:
    """Writing it down again gives the same, and a channel of JSON changes nothing of it."""
    assert digest(value) == digest(value)
    assert json.dumps(json.loads(digest(value))) == digest(value)


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


def test_a_class_that_calls_itself_builtin() -> None:
    """A name proves nothing: an own class called builtins.list is not written as a list is, and what it holds is read by list's methods."""
    fake = type("list", (list,), {"__module__": "builtins", "__iter__": lambda _: iter("abc"), "__class__": list})

    assert form(fake([1])) == ["object", "builtins.list, not found there", ["list", [1]], ["dict", []]]
    assert form([1]) == ["list", [1]]


def test_library_objects_count_by_contents() -> None:
    """Decimals, dates, queues, ranges, arrays and slots are told apart by what they hold; an iterator only by its class."""

    class Slotted:
        __slots__ = ("x",)

        def __init__(self, x: int) -> None:
            self.x = x

    pairs = [
        (decimal.Decimal("1.10"), decimal.Decimal("1.1")),
        (dt.date(2024, 1, 2), dt.date(2024, 1, 3)),
        (deque([1, 2]), deque([1, 3])),
        (range(3), range(4)),
        (array.array("d", [1.0]), array.array("d", [2.0])),
        (Slotted(1), Slotted(2)),
        (10**2000, 10**2000 + 1),
        (Trouble("a"), Trouble("b")),
        ([].append, [1].append),
    ]
    for one, other in pairs:
        assert digest(one) == digest(one) != digest(other)
    assert digest(iter([1])) == digest(iter([2]))


def test_what_an_object_says_that_it_has() -> None:
    """A class that answers for its attributes itself, and may make them only when asked, is not taken for one that has them."""

    class Honest:
        def __init__(self) -> None:
            self.total = 1

    class Lazy:
        __dict__ = property(lambda _: {"total": 1})

    told_by_itself = type("Told", (type,), {"__dict__": property(lambda _: {})})
    kind = told_by_itself("Hidden", (), {"__slots__": ("total",)})
    one, other = kind(), kind()
    one.total, other.total = 1, 2

    Lazy.__qualname__ = Honest.__qualname__
    assert digest(Lazy()) != digest(Honest())
    assert digest(one) != digest(other)


class Node:
    """Knows what it is in."""

    def __init__(self, name: str, parent: Node | None = None) -> None:
        self.name, self.parent = name, parent
        self.parts = [] if len(name) > 4 else [Node(name + letter, self) for letter in "abcdef"]


def test_what_a_value_is_in() -> None:
    """A tree whose parts know what they are in is written down once, and told from one where they know another."""
    tree, other = Node(""), Node("")
    found, unseen = telling(tree)
    other.parts[2].parts[1].parent = other

    assert unseen == ""
    assert found == told(Node(""))
    assert found != told(other)
    holder: list[Any] = [1]
    holder.append(holder)
    assert form(holder) == ["list", [1, ["around", 1]]]


def test_a_long_form_is_sent_as_a_digest() -> None:
    """What is too long to send is still compared whole, and told with its kind and length."""
    long = ["x" * 10] * 10_000
    sent = told(long)

    assert sent[:3] == ["digest", "list", len(json.dumps(form(long), separators=(",", ":")))]
    assert told([*long[:-1], "y"]) != sent


class Bare:
    """Has no attribute, unless it is given one."""


class Empty:
    """Cannot have any."""

    __slots__ = ()


class Slotted:
    """Can have any, and one of its own."""

    __slots__ = ("__dict__", "__weakref__", "x")


class Trouble(Exception):
    """Raised with something."""


class Late(dt.datetime):
    """A moment that can have attributes."""


class Queue(deque[Any]):
    """A queue that can have attributes."""


class Told:
    """Answers for its attributes itself."""

    __dict__ = property(lambda _: {})


def with_x(thing: Any) -> Any:
    """Give something an attribute."""
    thing.x = 1
    return thing


def deep(levels: int) -> list[Any]:
    return [deep(levels - 1)] if levels else []


@pytest.mark.parametrize(
    ("value", "unseen"),
    [
        ([1, "a", {"b": (None, b"c")}, {2.5}, range(3), dt.date(2026, 1, 1), decimal.Decimal(1), array.array("d", [1.0])], ""),
        (dataclasses.make_dataclass("Point", ["x"])(1), ""),
        ([len, int, "".join, deep], ""),
        ([1, (number for number in [1])], "holds a generator"),
        ({"a": {"b": 1}.values()}, "holds a dict_values"),
        ([object(), Bare(), Empty(), with_x(Slotted()), ..., NotImplemented], ""),
        ([Trouble("a"), ValueError("a", 1), with_x(Trouble())], ""),
        (Trouble(iter([1])), "holds a list_iterator"),
        (with_x(Queue()), f"holds a {__name__}.Queue"),
        (with_x(Late(2026, 1, 1)), f"holds a {__name__}.Late"),
        (Told(), f"holds a {__name__}.Told"),
        ([lambda: VALUES, [].append, types.MethodType(deep, Bare())], ""),
        ((lambda inner: lambda: inner)(1), "holds a closure"),
        (types.MethodType((lambda inner: lambda _: inner)(1), Bare()), "holds a closure"),
        (lambda x=1: x, "holds a function with defaults or attributes"),
        (lambda *, x=1: x, "holds a function with defaults or attributes"),
        (with_x(lambda: VALUES), "holds a function with defaults or attributes"),
        (deep(100), "nested too deeply"),
        ([[number] for number in range(300_000)], "too many parts: one in 8 is looked at"),
    ],
)
def test_what_is_not_looked_at_is_owned_up_to(value: object, unseen: str) -> None:
    """A value of which some part counts by its class or name alone says what that is, sent whole or as a digest; any other says nothing."""
    assert telling(value)[1] == unseen


def test_where_in_the_code_something_stands_is_not_compared() -> None:
    """A generator that is written better stands in other lines; it counts by its class alone, and that is said."""
    numbers = [1, 2]
    made = (number for number in list(numbers))
    better = (number for number in numbers)

    assert telling(made) == telling(better) == (["object", "builtins.generator", None, ["dict", []]], "holds a generator")
    assert telling((lambda: 1).__code__) == telling((lambda: 2).__code__)


def test_sets_are_the_same_in_any_order() -> None:
    """The order in which a set happens to lie in memory does not count."""
    words = [f"word{number}" for number in range(50)]
    backwards = words[::-1]
    assert digest(set(words)) == digest(set(backwards))


def test_an_array_of_objects() -> None:
    """What NumPy's arrays point to is told, not where it lies."""
    numpy = pytest.importorskip("numpy")
    one, same, other = (numpy.array([[1, number], ["a", None]], dtype=object) for number in (2, 2, 3))

    assert telling(one) == telling(same) == (telling(same)[0], "")
    assert telling(one) != telling(other)


class Lazy:
    """A member that does the work when it is asked."""

    hasobject = False

    def __get__(self, value: Any, kind: Any = None) -> Any:
        raise OSError


def test_a_class_that_poses_as_an_array() -> None:
    """None of its code is run."""
    numpy = pytest.importorskip("numpy")
    posing = type("ndarray", (array.array,), {"__module__": "numpy", "base": Lazy(), "dtype": Lazy(), "tolist": Lazy(), "shape": Lazy()})

    assert telling(posing("d", [1.0])) != telling(numpy.array([1.0]))


def test_a_namespace_that_says_what_it_is_made_of() -> None:
    """It is not asked."""
    asked: list[Any] = []
    thing = types.SimpleNamespace(__reduce_ex__=asked.append, x=1)

    assert telling(thing)[0][2] is None
    assert asked == []


@pytest.mark.skipif(sys.version_info < (3, 12), reason="code in Python cannot show memory before")
def test_classes_that_show_memory() -> None:
    """Those in Python are not asked for it."""

    class Showing:
        def __init__(self) -> None:
            self.x = 1

        def __buffer__(self, flags: int) -> memoryview:
            raise OSError

    assert telling(Showing())[0][2:] == [None, ["dict", [["x", 1]]]]


def test_endless_and_huge_values_come_to_an_end() -> None:
    """A list that contains itself, and one with a million parts, have a digest all the same."""
    loop: list[Any] = []
    loop.append(loop)

    assert digest(loop)
    assert digest([0] * 1_000_000) != digest([0] * 1_000_001)


MANY = [[number] for number in range(3000)]
WRONG_LATE = [*MANY[:2500], *[[-1]] * 500]
NAMED = {str(number): [number] for number in range(3000)}


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        (MANY, WRONG_LATE),
        (MANY, [*MANY, [0]]),
        (MANY, MANY[:-1]),
        (NAMED, {str(number): [number % 2000] for number in range(3000)}),
        ({(number, "a") for number in range(3000)}, {(number, "ab"[number > 2500]) for number in range(3000)}),
        ([MANY[:100]] * 400, [*[MANY[:100]] * 300, *[WRONG_LATE[-100:]] * 100]),
    ],
    ids=["list", "one more", "one less", "dict", "set", "nested"],
)
def test_what_is_wrong_late_in_a_large_value(right: object, wrong: object) -> None:
    """Of more parts than are looked at, those that are drawn are spread over all of them; and all are counted."""
    assert telling(right, 2000) == telling(right, 2000)
    assert telling(right, 2000)[1].startswith("too many parts: one in ")
    assert telling(wrong, 2000)[0] != telling(right, 2000)[0]


def test_the_order_of_large_mappings_and_sets_is_of_no_account() -> None:
    """What is looked at of them does not depend on it."""
    backwards = dict(reversed(NAMED.items()))

    assert sorted(map(str, telling(backwards, 2000)[0][1])) == sorted(map(str, telling(NAMED, 2000)[0][1]))
    for around in (lambda number: (number, 1), lambda number: ((number, 1), "x"), lambda number: frozenset({number, 1})):
        forwards, reverse = set[object](), set[object]()
        # Of the same room, filled from either end: another order to go through.
        for number in range(3000):
            forwards.add(around(number))
            reverse.add(around(2999 - number))
        assert telling(forwards, 2000) == telling(reverse, 2000)


def test_values_beyond_all_bounds() -> None:
    """There is an end to what is looked at, which is owned up to."""
    assert telling([[]] * 200_000, 2000)[1] == "too many parts"
