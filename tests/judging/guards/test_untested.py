"""What is gone and no test runs."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.guards.untested import statements_gone

OLD = """\
def dump(value, inside):
    if id(value) in inside:
        return "..."
    text = repr(
        value
    )
    return text


def other(value):
    if value is None:
        return "..."
    return repr(value)


def third(value):
    text = str(value)
    return text
"""
PATH = "a.py"
ALL = {(PATH, line) for line in range(1, 20)}


def untested(new: str, *idle: int, old: str = OLD) -> list[tuple[int, str]]:
    found = statements_gone({PATH: ast.parse(old)}, {PATH: ast.parse(new)})
    ran = ALL - {(PATH, line) for line in idle}
    return [(place[1], one.text) for one in found if (place := one.untested(ran)) is not None]


GUARD = '    if id(value) in inside:\n        return "..."\n'


def test_a_branch_that_no_test_runs() -> None:
    """If it is gone, nobody can miss it; what tests run they would miss, and what is there still is not gone."""
    assert untested(OLD.replace(GUARD, ""), 3) == [(3, "return '...'")]
    assert untested(OLD.replace(GUARD, "")) == []
    assert untested(OLD.replace("    text = repr", "    text = repr  "), 3) == []
    assert untested(OLD.replace("id(value)", "id(value) + 0"), 3) == [(3, "return '...'")]


def test_equal_statements() -> None:
    """Under another condition one is another; of two that are equal, the one that is gone may be the one that tests run."""
    assert untested(OLD.replace('    if value is None:\n        return "..."\n', ""), 12) == [(12, "return '...'")]
    old = "def f(n):\n    if n:\n        return 1\n    n = -n\n    if n:\n        return 1\n    return n\n"
    new = "def f(n):\n    if n:\n        return 1\n    return n\n"

    assert untested(new, 6, old=old) == []
    assert untested(new, 3, 6, old=old) == [(3, "return 1")]


def test_statements_of_several_lines() -> None:
    """One of them is enough."""
    new = OLD.replace("    text = repr(\n        value\n    )\n    return text\n\n\ndef other", "    return repr(value)\n\n\ndef other")

    assert untested(new, 4, 6) == []
    assert untested(new, 4, 5, 6) == [(4, "text = repr(value)")]


@pytest.mark.parametrize("new", ["", "def dump(value, inside):\n    return repr(value)\n"])
def test_what_moves_or_goes_as_a_whole(new: str) -> None:
    """What another file of the change has now is not gone; a function that is gone is."""
    moved = statements_gone({PATH: ast.parse(OLD)}, {PATH: ast.parse(""), "b.py": ast.parse(OLD)})

    assert list(moved) == []
    assert (12, "return '...'") not in untested(new)
    assert (17, "text = str(value)") in untested(new, 17)


@pytest.mark.parametrize(("call", "count"), [("", 1), ("USED = _kept\n", 0)])
def test_what_stands_where_nobody_comes(call: str, count: int) -> None:
    """A statement that has moved to a new function that nobody names is gone."""
    new = OLD.replace(GUARD, "") + f"\n\ndef _kept(value, inside):\n{GUARD}\n\n{call}"

    assert untested(new, 3) == [(3, "return '...'")] * count


def test_what_does_nothing() -> None:
    """A docstring, an annotation alone, and what raises, which is told by itself."""
    old = 'def f(n):\n    """Text."""\n    m: int\n    if n:\n        raise ValueError\n    pass\n    return 1\n'

    assert untested("def f(n):\n    return 1\n", 2, 5, 6, old=old) == []


def test_what_cannot_be_written_back() -> None:
    """Python cannot write every statement that it can read; the place is told all the same."""
    old = "def f(word):\n    return f\"{word.replace('\N{NO-BREAK SPACE}', ' ')}\"\n\ndef g(x):\n    return x" + ".a" * 400 + "\n"

    found = statements_gone({PATH: ast.parse(old)}, {PATH: ast.parse("def f(word):\n    return word\n\ndef g(x):\n    return x\n")})

    assert sorted(one.places[0] for one in found) == [(PATH, 2, 2), (PATH, 5, 5)]


@pytest.mark.parametrize(
    ("end", "count"),
    [
        ("        else:\n            continue\n", 0),
        ("        elif n > 9:\n            pass\n        else:\n            continue\n", 0),
        ("        else:\n            continue\n        g(n)\n", 1),
    ],
)
def test_what_happens_anyway(end: str, count: int) -> None:
    """A loop goes on at its end, whether that is said or not."""
    code = f"def f(ns):\n    for n in ns:\n        if n:\n            g(n)\n{end}"
    new = "def f(ns):\n    for n in ns:\n        if n:\n            g(n)\n        g(n)\n"

    assert [one.text for one in statements_gone({PATH: ast.parse(code)}, {PATH: ast.parse(new)})] == ["continue"] * count
