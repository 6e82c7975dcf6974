"""Tables that a module only reads are told from those that may come to hold something else."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.constants import Constants
from pytest_autoloop.judging.alarms.tables import only_read
from pytest_autoloop.judging.syntax import full_name

READING = [
    "T[n]",
    "n in T and n not in T",
    "T.get(n, 0)",
    "[key for key in T]",
    "sorted(T.items())",
    "{**n, **dict(T)}",
    "[*T, n]",
    "T | n",
    "bisect.bisect_left(T, n)",
    "n.translate(T)",
    "sum(T.values()) / len(T)",
]
OTHERWISE = [
    "T.setdefault(n, 1)",
    "T",
    "g(T)",
    "{'a': T}",
    "(lambda t=T: t)",
    "T.pop",
    "n.T",
    "getattr(n, 'T')",
    "T or n",
    "[T]",
    "sorted(key=T)",
]


def read(code: str, elsewhere: frozenset[str] = frozenset()) -> list[str]:
    return [*only_read(ast.parse(code), ["T"], full_name, elsewhere)]


@pytest.mark.parametrize("use", READING)
def test_reading(use: str) -> None:
    """Parts are looked up, gone through or handed to what reads them."""
    assert read(f"T = {{}}\n\ndef f(n):\n    return {use}\n") == ["T"]


@pytest.mark.parametrize("use", OTHERWISE)
def test_anything_else(use: str) -> None:
    """Whoever is handed a table, finds it under another name or takes a method of it may change it."""
    assert read(f"T = {{}}\n\ndef f(n):\n    return {use}\n") == []


@pytest.mark.parametrize("function", ["def f(n, sorted):", "def f(n):\n    sorted = n\n"])
def test_readers_that_are_something_else_here(function: str) -> None:
    """A function of an argument's own name may do anything with what it is given."""
    assert read(f"T = {{}}\n{function}\n    return sorted(T)\n") == []


@pytest.mark.parametrize("code", ["T[1] = 2", "del T[1]", "T += n", "from . import T", "for T[1] in n: pass"])
def test_stores(code: str) -> None:
    """What is stored in a table, or under its name, is no reading."""
    module = ast.parse(f"T = {{'a': 1}}\n{code}\n")

    assert Constants.of(module).read == frozenset()


def test_what_other_modules_name() -> None:
    """A table that another module may take is not known to be only read."""
    assert read("T = {}\n", frozenset({"T"})) == []


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("{'a': 1, 'b': (2, 'c')}", True),
        ("{letter: letter.upper() for letter in 'abc'}", False),
        ("{number: chr(number) for number in range(99)}", True),
        ("str.maketrans({'a': 'b'})", True),
        ("str.maketrans('', '', string.punctuation)", True),
        ("{'add': operator.add, 'less': take, 'other': lambda a, b: a}", True),
        ("[take, str, Level.LOW]", True),
        ("{'keep': {}}", False),
        ("{'keep': take()}", False),
        ("{'keep': other.setdefault}", False),
        ("take", False),
    ],
)
def test_tables_of_what_stays(value: str, known: bool) -> None:
    """Constants in a table stay, and functions are told by their names; what is made for it may be there to be changed."""
    module = ast.parse(f"import operator\nimport string\n\ndef take(a):\n    return a\n\nT = {value}\n\ndef f(n):\n    return T[n]\n")

    assert (Constants.of(module).read == {"T"}) == known
