"""What a module relies on is told once, and by whatever name it has it."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.relying import relied_on

SAFE = "something safe by its name"


@pytest.mark.parametrize(
    ("source", "what"),
    [
        ("import yaml\ndef f(x): return yaml.safe_load(x)\n", [SAFE]),
        ("import yaml\ndef f(x): return yaml.load(x, Loader=yaml.CSafeLoader)\n", [SAFE]),
        ("from yaml import CSafeLoader as L\ndef f(x): return load(x, Loader=L)\n", [SAFE]),
        ("from ast import literal_eval\ndef f(x): return map(literal_eval, x)\n", [SAFE]),
        ("def safe_div(a, b): return a / b\ndef f(x): return safe_div(x, 2)\n", []),
        ("from html import escape\ndef f(x): return escape(x) + escape(x)\n", ["escape"]),
        ("import html\ndef f(x): return map(html.escape, x)\n", ["escape"]),
        ("def f(x): return x.escape()\n", []),
        ("from decimal import Decimal\nA = Decimal(1)\nB = Decimal(2)\n", ["Decimal"]),
        ("def f(x): return x[~np.isnan(x)]\n", ["a look for what is no number"]),
        ("class A:\n    def __init__(self):\n        self.todo = Queue()\n", ["a queue for threads"]),
        ("todo = queue.Queue()\n", ["a queue for threads"]),
        ("def f(x):\n    todo = Queue()\n    todo.put(x)\n", []),
    ],
)
def test_what_is_relied_on(source: str, what: list[str]) -> None:
    """However often and by whatever name; what the module makes itself, and what is a function's own, is none of it."""
    assert [text for _, text in relied_on(ast.parse(source))] == what
