"""What a node changes, and the names by which a function has what is around it."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.changing import aliases_of
from pytest_autoloop.judging.alarms.changing import changed_by
from pytest_autoloop.judging.alarms.changing import handed_on
from pytest_autoloop.judging.syntax import Function


@pytest.mark.parametrize(
    ("code", "changed"),
    [
        ("a.b = 1", "a"),
        ("a[0].b = 1", "a[0]"),
        ("del a[0]", "a"),
        ("a.b.append(1)", "a.b"),
        ("dict.update(a, b=1)", "a"),
        ("heappush(a, 1)", "a"),
        ("next(a.b)", "a.b"),
        ("a.setLevel(1)", "a"),
        ("a.index(1)", None),
        ("b = a.c", None),
    ],
)
def test_what_a_node_changes(code: str, changed: str | None) -> None:
    """Stores, deletions, and calls of what changes an object or its first argument."""
    found = [ast.unparse(part) for node in ast.walk(ast.parse(code)) if (part := changed_by(node)) is not None]

    assert found == ([] if changed is None else [changed])


def test_what_is_handed_on() -> None:
    """A changing method that is not called here may be called elsewhere."""
    found = [ast.unparse(part) for node in ast.walk(ast.parse("f(a.append, a.index)")) if (part := handed_on(node)) is not None]

    assert found == ["a"]


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("a = outer", {"a"}),
        ("a = b = outer.x[0]", {"a", "b"}),
        ("a, b = outer, 1", {"a"}),
        ("a = outer.copy()", set()),
        ("a = getLogger('x')", {"a"}),
        ("if (a := outer.x): pass", {"a"}),
        ("for a, b in enumerate(outer): pass", {"a", "b"}),
        ("return [a for a in outer]", {"a"}),
        ("for a in outer.values(): pass", {"a"}),
        ("for a in sorted(outer.rows()): pass", {"a"}),
        ("for a in other(outer): pass", {"a"}),
        ("for a in outer(other): pass", set()),
        ("for a in outer.get(other, ()): pass", {"a"}),
        ("for a, b in outer.product(other, other): pass", set()),
        ("for a in outer: a = list(a); a.sort()", set()),
        ("for a in outer: a.sort(); a = list(a)", {"a"}),
        ("for a in outer: a = list(b)", {"a"}),
        ("a = other", set()),
    ],
)
def test_other_names(code: str, names: set[str]) -> None:
    """Assignments, loops and comprehensions give other names; what a call returns is new, unless all get the same of it."""
    function = ast.parse(f"def f():\n    {code}\n").body[0]
    assert isinstance(function, Function)

    assert aliases_of(function, frozenset({"outer", "getLogger"})) == names
