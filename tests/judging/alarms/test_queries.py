"""Queries that are others, and values that become parts of them."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.queries import filled_queries
from pytest_autoloop.judging.alarms.queries import is_query
from pytest_autoloop.judging.alarms.queries import other_queries

NOTES = "def latest(store):\n    return store.execute('''select at, text\n        from notes order by at desc''')\n"


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


@pytest.mark.parametrize(
    ("source", "filled"),
    [
        ("run(f'select a from b where c = {c}')", True),
        ("run('select a from b where c = %s' % c)", True),
        ("run('select a from b where c = ?', (c,))", False),
        ("run(f'select a way {c}')", False),
        ('run(f\'select a from b where c in ({",".join("?" * 3)})\', c)', False),
        ("marks = ', '.join('?' * 3)\nrun(f'select a from b where c in ({marks})', c)", False),
        ("raise ValueError(f'delete from b {c}')", False),
    ],
)
def test_values_in_a_query(source: str, *, filled: bool) -> None:
    """They are given with it, for its marks; what is said to people is no query."""
    assert [text for _, text in filled_queries(ast.parse(source))] == ["puts values into a query"] * filled
