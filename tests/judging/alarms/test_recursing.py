"""Functions that call themselves are told, and only these."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms import alarms
from pytest_autoloop.judging.alarms.recursing import RECURSES
from pytest_autoloop.judging.alarms.recursing import recursing
from pytest_autoloop.judging.screen import Source

LOOP = "def order(needs):\n    todo = list(needs)\n    while todo:\n        todo.pop()\n"
ITSELF = "def order(needs):\n    for need in needs:\n        order(need)\n"


@pytest.mark.parametrize(
    "source",
    [
        ITSELF,
        "def order(needs):\n    def visit(job):\n        for other in needs[job]:\n            visit(other)\n    visit(0)\n",
        "def even(n):\n    return n == 0 or odd(n - 1)\n\ndef odd(n):\n    return n != 0 and even(n - 1)\n",
        "class Tree:\n    def size(self, at):\n        return 1 + self.size(at + 1)\n",
        "class Tree:\n    def size(me, at):\n        return me.rest(at)\n\n    def rest(me, at):\n        return 1 + me.size(at + 1)\n",
        "def f(n):\n    def g():\n        f(n)\n    g()\n",
        "async def order(needs):\n    await order(needs[1:])\n",
    ],
)
def test_what_calls_itself(source: str) -> None:
    """Functions, those inside of others, methods, and several in a circle."""
    assert [*recursing(ast.parse(source))]


@pytest.mark.parametrize(
    "source",
    [
        LOOP,
        "def f(n):\n    def visit(m):\n        g(m)\n\ndef g(n):\n    def visit(m):\n        f(m)\n",
        "def f(n, f_=1):\n    def g(f):\n        f(n)\n",
        "def power(x, n):\n    return power(x, n // 2) ** 2 if n else 1\n",
        "class A:\n    def f(self):\n        return f()\n",
        "def order(needs):\n    return sorted(needs)\n\ndef sorted_(needs):\n    return order(needs)\n",
        "class File:\n    def close(self):\n        self._file.close()\n\n    def flush(self):\n        super().flush()\n",
        "class A:\n    def run(self):\n        return 1\n\nclass B:\n    def run(self):\n        return A().run()\n",
        "def run():\n    return 1\n\nclass B:\n    def run(self):\n        return run()\n",
    ],
)
def test_what_does_not(source: str) -> None:
    """Others of the same name are others."""
    assert not [*recursing(ast.parse(source))]


def test_what_is_new_alone_is_told() -> None:
    """What called itself before, under another name and in another place as well, is no news."""

    def told(before: str, after: str) -> list[str]:
        return [alarm.text for alarm in alarms([Source(path="a.py", before=before.encode(), after=after.encode())])]

    assert told(LOOP, ITSELF) == [RECURSES]
    assert told(ITSELF, "order = 1\n" + ITSELF.replace("order", "sort")) == []
    assert told(ITSELF, LOOP) == []
