"""Who gave a function something to call, or relies on what it does in the end, is not to miss that."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.owed import no_longer_called
from pytest_autoloop.judging.alarms.owed import no_longer_in_the_end

CLASS = "class A:\n    def __init__(self, hook):\n        self.hook = hook\n\n    def f(self, n, done):\n        {body}\n"


def body(*lines: str) -> ast.Module:
    return ast.parse(CLASS.format(body="\n        ".join(lines)))


@pytest.mark.parametrize(
    ("before", "after", "missed"),
    [
        ("done(n)", "pass", ["done"]),
        ("if done:\n            done(n)", "return n", ["done"]),
        ("self.hook(n); done(n)", "return n", ["done", "self.hook"]),
        ("self.hook(n)", "hook = self.hook; hook(n)", []),
        ("done(n)", "return done(n)", []),
        ("done(n)", "for one in map(done, n): pass", []),
        ("return done(n)", "return n", []),
        ("self.note(n)", "return n", []),
        ("print(n)", "return n", []),
    ],
)
def test_what_is_called_for_others(before: str, after: str, missed: list[str]) -> None:
    """An argument, or what an object was given, that was called for what it does, and of which nothing is left."""
    assert [text for _, text in no_longer_called(body(before), body(after))] == [f"f no longer calls {name}" for name in missed]


def test_functions_of_one_name() -> None:
    """Which of them is which is not told; and one that is gone owes nothing."""
    before, after = "def f(a):\n    a()\n", "def f(a):\n    pass\n"

    assert [text for _, text in no_longer_called(ast.parse(before), ast.parse(after))] == ["f no longer calls a"]
    assert [*no_longer_called(ast.parse(before), ast.parse(after + after))] == []
    assert [*no_longer_called(ast.parse(before), ast.parse("x = 1"))] == []


@pytest.mark.parametrize(
    ("after", "missed"),
    [
        (("r = n()", "self.n = 0", "return r"), True),
        (("with self:", "    return n()"), False),
        (("async def g():", "    pass", "return n()"), True),
        (("try:", "    return n()", "finally:", "    self.reset()"), False),
    ],
)
def test_what_is_done_in_the_end(after: tuple[str, ...], *, missed: bool) -> None:
    """What follows an error is another way to do it, or is missed."""
    before = body("try:", "    return n()", "finally:", "    self.n = 0")

    found = [text for _, text in no_longer_in_the_end(before, body(*after))]
    assert found == ["f no longer does in any case what it did in the end"] * missed
    assert [*no_longer_in_the_end(body(*after), before)] == []
