"""What added code does less carefully, told from its syntax."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.careless import careless

CLASSES = """\
from collections import namedtuple
from typing import NamedTuple

Pair = namedtuple("Pair", "x y")

class Size(NamedTuple):
    x: int

class Point:
    def __init__(self, x):
        self.x = x

class Near(Point):
    pass

class Age:
    def __init__(self, years):
        if years < 0:
            raise ValueError(years)

class Old(Age):
    pass

def positive(number):
    assert number > 0
    return number

class Price:
    def __init__(self, number):
        self.number = positive(number)

class Foreign(Elsewhere):
    pass

"""


def told(text: str) -> list[str]:
    return [what for _, what in careless(ast.parse(text))]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("get(url, verify=False)", ["calls get with verify=False"]),
        ("connect(path, isolation_level=None)", ["calls connect with isolation_level=None"]),
        ("load(rows, skip_validation=True)", ["calls load with skip_validation=True"]),
        ("open(path, errors='ignore')", ["passes over errors in texts"]),
        ("data.decode('utf-8', 'replace'); data.decode('utf-8', 'ignore')", ["passes over errors in texts"]),
        ("def f(data, errors='replace'): pass", ["passes over errors in texts"]),
        ("db.execute('pragma Synchronous = OFF')", ["sets synchronous of a database"]),
        ("values.append(values)", ["puts values into itself, so that only a collection of garbage frees it"]),
        ("values.append((1, [values]))", ["puts values into itself, so that only a collection of garbage frees it"]),
        ("yaml.load(text, Loader=yaml.CLoader)", ["uses CLoader, which runs what a text says"]),
        ("from yaml import UnsafeLoader", ["uses UnsafeLoader, which runs what a text says"]),
        ("quote(text, unsafe='+')", []),
        ("values.append(value)", []),
        ("values.append(len(values))", []),
        ("get(url, verify=True, skip_validation=False, errors='strict')", []),
        ("get(url, verify=other)", []),
        ("zip(a, b, strict=False)", []),
        ("text.replace('a', 'ignore')", []),
        ("say('a pragma that is praised')", []),
    ],
)
def test_switches(text: str, what: list[str]) -> None:
    """A check that is switched off is none of speed, and so is what a database no longer makes sure of."""
    assert told(text) == what


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("Age.__new__(Age)", ["Age"]),
        ("object.__new__(Age)", ["Age"]),
        ("new = Age.__new__", ["Age"]),
        ("Old.__new__(Old)", ["Old"]),
        ("Price.__new__(Price)", ["Price"]),
        ("Foreign.__new__(Foreign)", ["Foreign"]),
        ("Unknown.__new__(Unknown)", ["Unknown"]),
        ("new = object.__new__", ["object"]),
        ("Order.model_construct(lines=[])", ["Order"]),
        ("make = Order.construct", ["Order"]),
        ("class A(Unknown):\n    @classmethod\n    def of(cls):\n        return cls.__new__(cls)", ["A"]),
        ("class A:\n    @classmethod\n    def of(cls):\n        return cls.__new__(cls)", []),
        ("class A(tuple):\n    def __new__(cls, x):\n        return tuple.__new__(cls, (x,))", []),
        ("tuple.__new__(Size, (1,))", []),
        ("tuple.__new__(Pair, (1, 2))", []),
        ("Near.__new__(Near)", []),
        ("grammar.construct(1)", []),
    ],
)
def test_objects_made_without_their_checks(text: str, what: list[str]) -> None:
    """Whoever goes around what a class refuses makes bad objects; where a class refuses nothing, there is nothing to go around."""
    assert told(CLASSES + text) == [f"makes {name} without its checks" for name in what]
