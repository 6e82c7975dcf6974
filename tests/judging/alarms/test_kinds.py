"""Subclasses that are left out."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.kinds import subclasses_left_out

LOOK = "def f(x):\n    return isinstance(x, dict)\n"


@pytest.mark.parametrize(
    ("after", "left_out"),
    [
        ("type(x) is dict", True),
        ("type(x) == dict", True),
        ("type(x) in (list, dict)", True),
        ("x.__class__ is dict", True),
        ("isinstance(x, dict)", False),
        ("isinstance(x, (dict, list))", False),
        ("type(x) is list", False),
        ("type(x) is dict or isinstance(x, Mapping)", False),
        ("x is dict", False),
    ],
)
def test_types(after: str, *, left_out: bool) -> None:
    """Who asks for a type itself leaves out what is derived from it."""
    found = [text for _, text in subclasses_left_out(ast.parse(LOOK), ast.parse(f"def f(x):\n    return {after}\n"))]

    assert found == ["leaves out subclasses of dict"] * left_out


def test_a_look_that_was_there() -> None:
    """Where the type itself was asked for as well, it was a quick way for most."""
    both = LOOK + "\ndef g(x):\n    return type(x) is dict\n"

    assert not [*subclasses_left_out(ast.parse(both), ast.parse(both.replace("isinstance(x, dict)", "type(x) is dict")))]


def test_an_abstract_type_elsewhere() -> None:
    """It says nothing of another function, nor does a type that is still asked for as one of several."""
    other = "\n\ndef g(x):\n    return isinstance(x, Mapping)\n"
    after = "def f(x):\n    return type(x) is dict\n"

    assert [text for _, text in subclasses_left_out(ast.parse(LOOK + other), ast.parse(after + other))] == ["leaves out subclasses of dict"]
    assert not [*subclasses_left_out(ast.parse(LOOK), ast.parse(f"{after}\n\ndef g(x):\n    return isinstance(x, list | dict)\n"))]
