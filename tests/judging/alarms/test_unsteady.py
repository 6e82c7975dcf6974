"""Which names stand for what may be something else later."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.unsteady import changers
from pytest_autoloop.judging.alarms.unsteady import read_through
from pytest_autoloop.judging.alarms.unsteady import reading
from pytest_autoloop.judging.alarms.unsteady import unsteady

RATES = """
from shop import bank

RATES = {}
LIMITS = {}
COUNT = 0

def set_rate(name, rate):
    RATES[name] = rate

def count():
    global COUNT
    COUNT += 1

def rate(name):
    return RATES[name]

def shown(name):
    return str(rate(name))

def limit(name):
    return LIMITS[name]

def hidden(RATES):
    return RATES

def interest():
    return bank.interest() / 100
"""


def test_what_functions_change_and_who_reads_it() -> None:
    """Tables that are filled, names that are given anew, and all functions that come to read them."""
    own = {"RATES", "COUNT", "rate", "shown", "set_rate"}

    assert unsteady(ast.parse(RATES), frozenset()) == own
    assert unsteady(ast.parse(RATES), frozenset({"bank.interest"})) == own | {"bank.interest", "interest"}


def test_what_is_changed_of_a_function_around() -> None:
    """A function inside of another that fills its table changes nothing of the module, whatever is called so there."""
    code = "def counted(names):\n    names = {{}}\n    def count(name):\n        names[name] = 1{more}\n    return count\n"

    assert unsteady(ast.parse(code.format(more="")), frozenset()) == set()
    assert unsteady(ast.parse(code.format(more="; kinds[name] = 1")), frozenset()) == {"kinds", "counted"}


@pytest.mark.parametrize(("name", "through"), [("shown", "RATES"), ("interest", "bank.interest"), ("limit", "LIMITS")])
def test_what_is_read_through_others(name: str, through: str) -> None:
    """A function reads what the functions read that it calls."""
    assert through in read_through([name], reading(ast.parse(RATES)))


def test_who_changes_what_lasts() -> None:
    """Functions that fill a table or give a name anew, and those that call them; who changes its argument does not."""
    more = "def noted(name):\n    set_rate(name, 1)\n\ndef given(RATES):\n    RATES[1] = 2\n\ndef saved():\n    bank.save()\n"

    assert changers(ast.parse(RATES + more), frozenset()) == {"set_rate", "count", "noted"}
    assert changers(ast.parse(RATES + more), frozenset({"bank.save"})) == {"set_rate", "count", "noted", "saved", "bank.save"}
