"""Results compared in the judge: by type, by value, to a tolerance."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.judging.equality import Tolerance
from pytest_autoloop.judging.equality import difference
from pytest_autoloop.judging.equality import kind_of
from pytest_autoloop.judging.equality import length
from pytest_autoloop.judging.equality import scalars
from pytest_autoloop.worker.canonical import form
from pytest_autoloop.worker.canonical import told

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(),
    lambda inner: st.lists(inner) | st.tuples(inner, inner) | st.dictionaries(st.text(), inner) | st.frozensets(st.integers()),
    max_leaves=20,
)
JSON = st.recursive(st.none() | st.integers() | st.text() | st.sampled_from(["object", "dict", "list", "digest"]), st.lists, max_leaves=20)


FORMS: tuple[Any, ...] = (
    ["object", "m.C", None, ["dict", [["a", 1], ["_b", 2.5]]]],
    ["dict", [["k", ["list", [1, 2]]], ["j", "text"]]],
    ["digest", "list", 12345, "aa", "bb"],
    ["array", "d[2]", [1.0, 2.0]],
    ["reduced", [["list", [1]], None, ["dict", [["a", 1]]]]],
)
ODD: tuple[Any, ...] = ({}, {"a": 1}, [], "", None, 1e308, ["dict"], ["dict", [5]], ["object"], ["object", "m.C", None, {}])


@st.composite
def forged(draw: st.DrawFn) -> tuple[Any, Any]:
    """Return a form, and what a hostile process makes of it: any part of it is replaced by something else."""
    whole = draw(st.sampled_from(FORMS))

    def other(part: Any) -> Any:
        if not isinstance(part, list) or not part or draw(st.booleans()):
            return draw(st.sampled_from([*ODD, *FORMS]))
        at = draw(st.integers(0, len(part) - 1))
        return [*part[:at], *draw(st.sampled_from([[], [other(part[at])]])), *part[at + 1 :]]

    return whole, other(whole)


@dataclasses.dataclass
class Point:
    """A record."""

    x: float
    tags: list[str]


class Anything(list):  # type: ignore[type-arg]
    """It claims to equal everything."""

    __hash__ = None

    def __eq__(self, other: object) -> bool:
        return True


@given(VALUES, VALUES)
def test_equal_forms_do_not_differ_and_others_do(one: object, other: object) -> None:
    """A value never differs from itself, also NaN, and two that are written differently do."""
    assert difference(form(one), form(one)) is None
    assert (difference(form(one), form(other)) is None) == (repr(form(one)) == repr(form(other)))


@given(JSON, JSON)
def test_nonsense(one: Any, other: Any) -> None:
    """Whatever a process sends can be compared, and is the same as itself."""
    assert difference(one, one) is None
    difference(one, other)
    scalars(one)


@given(forged())
def test_forged_parts(pair: tuple[Any, Any]) -> None:
    """A form with another part in it can be compared, whichever part and with what."""
    one, other = pair

    assert difference(other, other) is None
    assert (difference(one, other) is None) == (difference(other, one) is None)
    scalars(other)
    length(other)


@pytest.mark.parametrize(
    ("ours", "theirs", "says"),
    [
        ([1], (1,), "the value is tuple, and list in the incumbent"),
        ([1, 2], [1, 2.0], "[1] is float, and int"),
        (1, True, "bool"),
        ({"a": [1]}, {"a": None}, "['a'] is NoneType, and list"),
        ([1], Anything([1]), "Anything, and list in the incumbent"),
        ([1], type("list", (list,), {"__module__": "builtins"})([1]), "a class that calls itself builtins.list"),
        ([1], iter([1]), "list_iterator"),
        (Point(1.0, []), Point(1, []), "['x'] is int, and float"),
    ],
)
def test_types_are_named(ours: object, theirs: object, says: str) -> None:
    """Another type is told with its name and its place, whatever it calls itself."""
    found = difference(form(ours), form(theirs))

    assert found is not None
    assert found.kind == "type"
    assert says in found.text


def test_values() -> None:
    """The first value that differs is told; where all that differs are floats, the worst relative error too."""
    near = difference(form([1.0, 2.0, {"a": 4.0}]), form([1.0, 2.0 + 2e-9, {"a": 4.0 + 4e-8}]))
    far = difference(form([1.0, "a"]), form([1.5, "b"]))
    length = difference(form([1, 2]), form([1]))

    assert near is not None
    assert near.text == "[1] is 2.000000002, and 2.0 in the incumbent"
    assert near.error == pytest.approx(1e-8)
    assert (far is not None, far and far.error) == (True, None)
    assert length is not None
    assert "1 parts, and 2" in length.text
    assert difference(form(0.0), form(-0.0)) is not None
    assert difference(form(math.nan), form(math.nan)) is None


def test_the_order_of_keys() -> None:
    """A dictionary in another order is another kind of difference, and a value in it still counts first."""
    moved = difference(form(Counter(a=1, b=2)), form(Counter(b=2, a=1)))
    other = difference(form({"a": 1, "b": 2}), form({"b": 2, "a": 3}))

    assert moved is not None
    assert moved.kind == "order"
    assert other is not None
    assert other.kind == "value"


def test_more_attributes() -> None:
    """An object that has more than the incumbent's is another kind of difference, and a value that differs still counts first."""

    def made(**attributes: object) -> object:
        point = Point.__new__(Point)
        point.__dict__.update(attributes)
        return form([point])

    more = difference(made(x=1.0), made(x=1.0, y=2.0))
    other = difference(made(x=1.0), made(x=2.0, y=2.0))
    less = difference(made(x=1.0, y=2.0), made(x=1.0))

    assert more is not None
    assert (more.kind, more.text) == ("more", "[0] has y, and not so in the incumbent")
    assert other is not None
    assert other.kind == "value"
    assert less is not None
    assert less.kind == "value"
    renamed, changed = (difference(made(x=1.0, y=2.0), made(x=x, _y=2.0)) for x in (1.0, 3.0))
    assert renamed is not None
    assert (renamed.kind, renamed.text) == ("more", "[0] has _y and no y, and not so in the incumbent")
    assert changed is not None
    assert changed.kind == "value"


def holding(**attributes: object) -> Any:
    point = Point.__new__(Point)
    point.__dict__.update(attributes)
    return point


@pytest.mark.parametrize(
    ("ours", "theirs", "kind", "inside", "is_make", "text"),
    [
        ({"_rows": [1]}, {"_rows": {1: 2}}, "type", True, True, "[0]['_rows'] is dict, and list in the incumbent"),
        ({"_rows": [1, 2]}, {"_rows": [2, 1]}, "value", True, False, "[0]['_rows'][0] is 2, and 1 in the incumbent"),
        ({"_a": [1], "_b": 1}, {"_a": {1}, "_b": 2}, "value", True, False, "[0]['_b'] is 2, and 1 in the incumbent"),
        ({"_a": [1], "b": 1}, {"_a": {1}, "b": 2}, "value", False, False, "[0]['b'] is 2, and 1 in the incumbent"),
        ({"rows": [1]}, {"rows": {1: 2}}, "type", False, False, "[0]['rows'] is dict, and list in the incumbent"),
        ({"__rows": [1]}, {"__rows": (1,)}, "type", False, False, "[0]['__rows'] is tuple, and list in the incumbent"),
        ({"a": 1, "_b": 2}, {"a": 1}, "more", False, True, "[0] has no _b, and not so in the incumbent"),
        ({"_a": {"x": 1, "y": 2}}, {"_a": {"y": 2, "x": 1}}, "order", False, False, "its keys are in another order"),
    ],
)
def test_what_objects_keep_to_themselves(
    ours: dict[str, Any], theirs: dict[str, Any], kind: str, text: str, *, inside: bool, is_make: bool
) -> None:
    """A difference in nothing but private attributes is told as such; in another type it is only another make."""
    found = difference(form([holding(**ours)]), form([holding(**theirs)]))

    assert found is not None
    assert (found.kind, found.inside, found.is_make, found.text) == (kind, inside, is_make, text)


def test_what_many_objects_keep_to_themselves() -> None:
    """Of values that are too long to be sent it is told too, though not whether it is a type."""
    ours, make, other = ([holding(x=n, _tags=tags) for n in range(5000)] for tags in ([1], (1,), [1]))
    other[-1].x = -1
    found, worse = difference(told(ours), told(make)), difference(told(ours), told(other))

    assert found is not None
    assert (found.kind, found.inside, found.text) == ("value", True, "the value is another inside")
    assert worse is not None
    assert (worse.kind, worse.inside) == ("value", False)
    assert difference(told(ours), told([holding(x=n, _tags=[1]) for n in range(5000)])) is None
    # One of them is short enough to be sent as it is.
    short, long = ([holding(x=n, _tags=tags) for n in range(10)] for tags in ([1], ["x" * 9_000]))
    found, worse = (difference(told(short), told([*long[:-1], holding(x=last, _tags=[1])])) for last in (9, -1))
    assert (found and found.inside, worse and worse.inside) == (True, False)


def test_long_values() -> None:
    """What was too long to be sent differs by its digest, and has its type."""
    long = ["x" * 20] * 5000
    found = difference(told(long), told([*long[:-1], "y"]))

    assert found is not None
    assert found.kind == "value"
    assert difference(told(long), told(tuple(long))) is not None
    assert kind_of(told(long)) == "list"


def test_long_texts() -> None:
    """What is told of two long texts begins where they begin to differ, with a little before."""
    one, other = "x" * 100 + "<b>y", "x" * 100 + "&lt;b>y"

    found = difference(form([one]), form([other]))

    assert found is not None
    assert found.text == "[0] from character 90 on is 'xxxxxxxxxx&lt;b>y', and 'xxxxxxxxxx<b>y' in the incumbent"


def test_tolerance_by_glob() -> None:
    """The first rule that fits a node id counts; brackets of a parameter are no pattern."""
    rules = Tolerance(rules=(("*::test_a[[]x]", 1e-3), ("a.py::test_b[1]", 1e-6), ("a.py::*", 1e-9)))

    assert rules.of("a.py::test_b[1]") == 1e-6
    assert rules.of("a.py::test_c") == 1e-9
    assert rules.of("b.py::test_c") == 0.0
    assert Tolerance().of("a.py::test_b[1]") == 0.0


def test_what_an_answer_could_be_looked_up_by() -> None:
    """Numbers, texts and lengths of arguments, but not the words of the form itself."""
    found = scalars(form(((2311, "text"), {"name": [1.5] * 40})))

    assert {2311, "text", "name", 1.5, 40} <= set(found)
    assert not {"list", "tuple", "dict"} & set(found)
