"""What others may call is to be there still, and to take what it took."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms import alarms
from pytest_autoloop.judging.alarms.public import no_longer_taken
from pytest_autoloop.judging.alarms.public import no_longer_there
from pytest_autoloop.judging.screen import Source

KIND = "class A:\n    def __init__(self, x):\n        self.x = x\n\n    def m(self):\n        return self.x\n"


def gone(before: str, after: str) -> list[str]:
    return [text for _, text in no_longer_there(ast.parse(before), ast.parse(after))]


def lost(before: str, after: str) -> list[str]:
    return [text for _, text in no_longer_taken(ast.parse(f"def f({before}):\n    pass\n"), ast.parse(f"def f({after}):\n    pass\n"))]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("def f(): pass\ndef g(): pass\n", "def f(): pass\n", ["g is gone"]),
        ("LIMIT, OTHER = 5, 6\n", "LIMIT = 5\n", ["OTHER is gone"]),
        ("class A: pass\n", "", ["A is gone"]),
        ("class A: pass\n", "def A(): pass\n", ["A is no class any more"]),
        (KIND, KIND.replace("def m", "def k"), ["A.m is gone"]),
        (KIND, KIND.replace("self.x", "self._x"), ["A.x is gone"]),
        (KIND + "    def __eq__(self, other):\n        return True\n", KIND, ["A.__eq__ is gone"]),
        ("class A(dict): pass\n", "class A: pass\n", ["A is no dict any more"]),
        ("class A(a.B): pass\n", "class A(C): pass\n", ["A is no a.B any more"]),
    ],
)
def test_what_is_gone(before: str, after: str, told: list[str]) -> None:
    """Functions, constants, classes, what these have and what they are."""
    assert gone(before, after) == told


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("import re\nfrom os import path\n", ""),
        ("def _f(): pass\n_LIMIT = 5\n", ""),
        ("def f(): pass\n", "from .other import f\n"),
        ("def f(): pass\n", "from .other import *\n"),
        ("class A: pass\n", "from .other import A\n"),
        ("__author__ = 'x'\n", ""),
        (f"{KIND}    def __eq__(self, other): return True\n", f"@dataclass\n{KIND}"),
        ("class A: pass\n", "A = namedtuple('A', 'x y')\n"),
        ("def f(): pass\n", "if FAST:\n    f = fast\nelse:\n    f = slow\n"),
        (KIND, KIND.replace("    def __init__(self, x):\n        self.x = x\n", "    x: int\n")),
        (KIND, "class A(NamedTuple):\n    x: int\n\n    def m(self):\n        return self.x\n"),
        (KIND + "class B(A):\n    def m(self):\n        return 1\n", KIND + "class B(A):\n    pass\n"),
        ("class A: pass\nclass B(A): pass\n", "class A: pass\nclass C(A): pass\nclass B(C): pass\n"),
        ("class A(object):\n    __slots__ = ()\n", "class A:\n    pass\n"),
        ("def f():\n    def g(): pass\n", "def f():\n    pass\n"),
    ],
)
def test_what_is_there(before: str, after: str) -> None:
    """What is private, imported, made otherwise or inherited is no loss."""
    assert gone(before, after) == []


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("x, y=1", "x", "no longer takes y"),
        ("x", "n", "no longer takes x"),
        ("x", "x, /", "no longer takes x"),
        ("*, x=1", "", "no longer takes x"),
        ("x, y, /", "x, /", "takes fewer arguments"),
        ("*x", "x", "takes fewer arguments"),
        ("**x", "", "takes no other names"),
        ("x, y", "y, x", "takes its arguments in another order"),
        ("x=1", "x", "cannot do without x"),
        ("x", "x, y", "cannot do without y"),
        ("x", "x, *, y", "cannot do without y"),
        ("x=1", "x=2", "has another default for x"),
        ("*, x=1", "*, x=2", "has another default for x"),
    ],
)
def test_what_a_function_no_longer_takes(before: str, after: str, told: str) -> None:
    """Callers give arguments by place or by name, or leave them out."""
    assert lost(before, after) == [f"f {told}"]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x", "x, *, _known=7"),
        ("x", "x, y=1"),
        ("x", "*x, **y"),
        ("x: int = 1", "x=1"),
        ("x, /", "y, /"),
        ("*, x", "x"),
        ("x, y", "x, *y, **z"),
        ("x, _len=len", "x"),
        ("sep=','", "sep=SEP"),
        ("most=1_000", "most=1000"),
        ("parts=(1, 2)", "parts=[1, 2]"),
    ],
)
def test_what_it_takes_still(before: str, after: str) -> None:
    """More may be taken, and what has a place alone may have another name."""
    assert lost(before, after) == []


def test_methods() -> None:
    """Their object is no argument, a property has two functions of one name, and what is private is nobody's."""
    method = "class A:\n    def f(self, x):\n        pass\n\n    def _g(self, x):\n        pass\n"
    static = "class A:\n    @staticmethod\n    def f(x):\n        pass\n\n    def _g(self):\n        pass\n"
    twice = "class A:\n    @property\n    def f(self):\n        pass\n\n    @f.setter\n    def f(self, x):\n        pass\n"
    told = [text for _, text in no_longer_taken(ast.parse(method), ast.parse(method.replace("(self, x)", "(self)")))]

    assert told == ["A.f no longer takes x"]
    assert not [*no_longer_taken(ast.parse(method), ast.parse(static))]
    assert not [*no_longer_taken(ast.parse(twice), ast.parse(twice))]


@pytest.mark.parametrize(("path", "told"), [("src/a.py", True), ("src/a/__init__.py", True), ("src/_a.py", False)])
def test_modules(path: str, *, told: bool) -> None:
    """One that others may import is to be there, whatever it has."""
    found = alarms([Source(path=path, before=b"def f(): pass\n", after=None)])

    assert [str(alarm) for alarm in found] == [f"{path}:1: the module is gone"] * told


def test_the_place_is_where_it_was() -> None:
    """A change tells of it as of all that is gone."""
    source = Source(path="a.py", before=b"X = 1\n\ndef f():\n    pass\n", after=b"X = 1\n")

    assert [str(alarm) for alarm in alarms([source])] == ["a.py:3: f is gone"]
