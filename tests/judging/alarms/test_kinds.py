"""Subclasses that are left out, and queries that are others."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.kinds import is_query
from pytest_autoloop.judging.alarms.kinds import other_queries
from pytest_autoloop.judging.alarms.kinds import subclasses_left_out

LOOK = "def f(x):\n    return isinstance(x, dict)\n"
NOTES = "def latest(store):\n    return store.execute('''select at, text\n        from notes order by at desc''')\n"


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


def test_queries() -> None:
    """What a query says is what counts, not how it is laid out; one more is no other."""

    def told(after: str) -> list[str]:
        return [text for _, text in other_queries(ast.parse(NOTES), ast.parse(after))]

    assert told(NOTES.replace("at desc", "rowid desc")) == ["asks a database otherwise: select at, text from notes order by rowid desc"]
    assert told(NOTES.replace("\n        from", " from")) == []
    assert told(NOTES + "\ndef size(store):\n    return store.execute('select count(*) from notes')\n") == []


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("SELECT a FROM b", True),
        ("  insert into b values (1)", True),
        ("update b set a = 1", True),
        ("select a way", False),
        ("Delete 7 rows from b", False),
        (7, False),
    ],
)
def test_what_is_a_query(text: object, *, query: bool) -> None:
    """It begins as one, and has the word that such have."""
    assert is_query(text) is query
