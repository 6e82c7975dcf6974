"""Checks that are there still, for less or too late."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.checking import dropped_checks
from pytest_autoloop.judging.alarms.checking import no_longer_at_first
from pytest_autoloop.judging.alarms.checking import no_longer_refused_here

READ = """
def whole(text):
    number = int(text)
    if number < 0:
        raise ValueError(text)
    return number

def read(line):
    cells = line.split(";")
    {}
"""
BOTH = "return whole(cells[0]), whole(cells[1])"


@pytest.mark.parametrize(
    ("after", "count"),
    [
        ("return whole(cells[0]), int(cells[1])", 1),
        ("first, last = cells\n    return whole(first), whole(last)", 0),
        ("return [whole(cell) for cell in cells]", 0),
        ("return tuple(map(whole, cells))", 0),
    ],
)
def test_values_that_are_not_checked_any_more(after: str, count: int) -> None:
    """One of two values that a function passed through a check is not what it was; which loop checks all of them nobody knows."""
    found = dropped_checks(ast.parse(READ.format(BOTH)), ast.parse(READ.format(after)))

    assert [text for _, text in found] == ["read checks fewer values by whole"] * count


def test_a_check_that_is_called_once_for_two() -> None:
    """The same value need not be checked twice, and what checks nothing is nobody's business."""
    twice, once = READ.format("return whole(line) + whole(line)"), READ.format("n = whole(line)\n    return n + n")
    plain = BOTH.replace("whole", "plain")

    assert list(dropped_checks(ast.parse(twice), ast.parse(once))) == []
    assert list(dropped_checks(ast.parse(READ.format(plain)), ast.parse(READ.format("return cells")))) == []


DELIVER = """
def check(row):
    if not row:
        raise ValueError(row)

class Ledger:
    def deliver(self, rows):
        {}
"""
FIRST = """for row in rows:
            if not row:
                raise ValueError(row)
        for row in rows:
            self.rows.append(row)"""
AT_ONCE = """for row in rows:
            if not row:
                raise ValueError(row)
            self.rows.append(row)"""


@pytest.mark.parametrize(
    ("before", "after", "count"),
    [
        (FIRST, AT_ONCE, 1),
        (FIRST.replace("if not row:\n                raise ValueError(row)", "check(row)"), AT_ONCE, 1),
        (FIRST.replace("self.rows", "known = self.rows\n            known"), AT_ONCE, 1),
        (FIRST, FIRST.replace("for row in rows:\n            self.rows.append(row)", "self.rows.extend(rows)"), 0),
        (FIRST, FIRST.replace("not row", "row is None"), 0),
        (AT_ONCE, AT_ONCE.replace("not row", "row is None"), 0),
        (FIRST.replace("self.rows", "found"), AT_ONCE.replace("self.rows", "found"), 0),
    ],
)
def test_all_of_it_or_nothing(before: str, after: str, count: int) -> None:
    """Who looks at everything before anything is changed leaves nothing half done; what a function has made itself nobody sees."""
    found = no_longer_at_first(ast.parse(DELIVER.format(before)), ast.parse(DELIVER.format(after)))

    assert [text for _, text in found] == ["deliver may refuse something when it has changed something already"] * count


RULES = """
def check(rule):
    if not rule:
        raise TypeError(rule)

def checked(rules):
    for rule in rules:
        check(rule)

class Rules:
    def __init__(self, rules):
        {made}
        self.rules = rules

    def allows(self, word):
        {asked}
        return word in self.rules

def compiled(rules):
    {first}
    return Rules(rules)
"""


@pytest.mark.parametrize(
    ("made", "asked", "first", "moved"),
    [
        ("pass", "check(word)", "pass", True),
        ("check(rules)", "pass", "pass", False),
        ("pass", "pass", "checked(rules)", False),
        ("pass", "pass", "pass", False),
    ],
)
def test_checks_that_come_when_it_is_too_late(made: str, asked: str, first: str, *, moved: bool) -> None:
    """What a function refused is taken, and refused by another one later; whom it calls may do it for it. One that is gone is told else."""
    before = RULES.format(made="pass", asked="pass", first="for rule in rules:\n        check(rule)")

    found = [text for _, text in no_longer_refused_here(ast.parse(before), ast.parse(RULES.format(made=made, asked=asked, first=first)))]
    assert found == ["compiled no longer checks anything by check"] * moved
