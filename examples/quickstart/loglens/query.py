"""A small query language: words such as ``status>=500 path~/api level!=INFO``, all of which must hold.

The operators are ``=``, ``!=``, ``>=``, ``<=``, ``>``, ``<`` and ``~`` (contains). ``level`` compares by
seriousness, ``status``, ``size``, ``duration`` and ``time`` as numbers, all others as text. A name that
no record has is looked up among the fields of the message.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from loglens.records import Record, level_rank

TEXT_COLUMNS = ["host", "message", "method", "path", "agent"]
NUMBER_COLUMNS = ["time", "status", "size", "duration"]


class QueryError(ValueError):
    """A query can't be understood."""


class Condition(NamedTuple):
    """One word of a query."""

    name: str
    operator: str
    value: str


def parse_condition(word: str) -> Condition:
    """The condition that ``status>=500`` is."""
    match = re.match(r"([A-Za-z_][\w.-]*)(!=|>=|<=|=|>|<|~)(.*)$", word)
    if match is None:
        raise QueryError(f"not a condition: {word!r}")
    condition = Condition(*match.groups())
    if condition.name in NUMBER_COLUMNS:
        try:
            float(condition.value)
        except ValueError:
            raise QueryError(f"{condition.name} is a number, {condition.value!r} isn't") from None
    return condition


def value_of(record: Record, name: str) -> Any:
    """What a record has under a name, the level as its rank; None if it has nothing there."""
    if name == "level":
        return level_rank(record.level)
    if name in TEXT_COLUMNS or name in NUMBER_COLUMNS:
        return getattr(record, name)
    return record.fields.get(name)


def compare(have: Any, operator: str, want: Any) -> bool:
    """Whether ``have operator want`` holds."""
    if operator == "=":
        return have == want
    if operator == "!=":
        return have != want
    if operator == "~":
        return str(want) in str(have)
    if operator == ">=":
        return have >= want
    if operator == "<=":
        return have <= want
    if operator == ">":
        return have > want
    return have < want


def holds(condition: Condition, record: Record) -> bool:
    """Whether one condition holds for a record; nothing holds for a field that is absent but ``!=``."""
    have = value_of(record, condition.name)
    if have is None:
        return condition.operator == "!="
    if condition.name == "level":
        return compare(have, condition.operator, level_rank(condition.value))
    if condition.name in NUMBER_COLUMNS:
        return compare(have, condition.operator, float(condition.value))
    return compare(have, condition.operator, condition.value)


class Query:
    """A query, ready to be asked of many records."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.conditions = []
        for word in text.split():
            self.conditions.append(parse_condition(word))

    def matches(self, record: Record) -> bool:
        """Whether all conditions hold."""
        for condition in self.conditions:
            if not holds(condition, record):
                return False
        return True


def select(records: Iterable[Record], text: str) -> list[Record]:
    """The records a query matches, in their order; an empty query matches all."""
    query = Query(text)
    selected = []
    for record in records:
        if query.matches(record):
            selected.append(record)
    return selected
