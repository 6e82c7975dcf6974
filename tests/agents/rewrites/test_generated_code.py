from __future__ import annotations

import copy
import sys
from typing import TYPE_CHECKING
from typing import Any

from hypothesis import HealthCheck
from hypothesis import assume
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.module import Module
from pytest_autoloop.agents.rewrites.rules import RULES

from .rewriting import outcome

if TYPE_CHECKING:
    from types import FrameType

HEAD = """\
def helper(v):
    return len(v) + 1


def spoil(v):
    v.append(7)


def f(xs, ys: list[int]):
    out, acc, d, s, t, n, x, y, i, k, g = [], [1], {}, "", None, 0, 0, 0, 0, 1, None
    grid = [[1, 2], [3, 4]]
"""
# What rules look for, with room for a statement that may be in their way.
IDIOMS = (
    "{a} = []\nfor p in {b}:\n    if {cond}:\n        {a}.append({v})\n",
    "for p in {b}:\n    {a}.append({v})\n    {more}\n",
    "s = ''\nfor x in {b}:\n    {more}\n    s += str({v})\n",
    "d = {{}}\nfor k in {b}:\n    if k not in d:\n        d[k] = []\n    d[k].append({v})\n    {more}\n",
    "d = {{}}\nfor p in {b}:\n    d[p] = d.get(p, 0) + 1\n    {more}\n",
    "{a} = []\nfor p in {b}:\n    if p not in {a}:\n        {a}.append(p)\n    {more}\n",
    "for i in range(len({b})):\n    t = {b}[i]\n    {more}\n",
    "i = 0\nwhile i < len({b}):\n    t = {b}[i]\n    {more}\n    i += 1\n",
    "{a} = [0]\nwhile {a}:\n    p = {a}.pop(0)\n    {more}\n    if p < 3:\n        {a}.append(p + 1)\n",
    "{a} = []\nfor p in {b}:\n    {a}.append(p)\n    {a}.sort()\n    {more}\n",
    "{a} = []\nfor p in {b}:\n    {a} = {a} + [{v}]\n    {more}\n",
    "{a} = []\nfor p in {b}:\n    {a}.insert(0, p)\n    {more}\n",
    "for p in {b}:\n    for q in {c}:\n        if q == p:\n            {more}\n            n += 1\n",
    "for k in d:\n    if k == {v}:\n        t = d[k]\n        {more}\n",
    "for x in {b}:\n    n = max(n, len({c}), {v})\n    {more}\n",
    "flag = False\nfor p in {b}:\n    if {cond}:\n        flag = True\nt = flag\n",
    "for i in range(len(grid)):\n    for p in {b}:\n        t = grid[i][0]\n        {more}\n",
    "for x in {b}:\n    if k in d:\n        {more}\n        t = d[k]\n",
    "for x in {b}:\n    n += helper({c}) + {b}.count(x)\n    {more}\n",
    "t = [q for q in {b} if q in {c} or s.lower() == q or s.lower() == 'b']\n{more}\n",
    "m = {{'a': 1, 2: 'b', 3: 3}}\nt = m.get({v})\n{more}\n",
)
NAMES = ("xs", "ys", "out", "acc")
VALUES = ("x", "p", "y", "i", "n", "k", "1", "'a'", "len(acc)", "xs[0]", "s", "out", "d.get(k)")
CONDITIONS = (
    "x == 1 or x == 2 or x == 3",
    "p in (1, 2, 3)",
    "p not in out",
    "k in d.keys()",
    "s.startswith('a') or s.startswith('b')",
    "p",
)
IN_THE_WAY = (
    *("pass", "break", "continue", "return out", "x = 5", "i += 1", "k = 2", "p = 1", "n = 0", "s = 'b'", "d = {}", "y = out"),
    *(
        "out = []",
        "acc = xs",
        "xs = acc",
        "xs.append(1)",
        "out.append(x)",
        "acc.pop()",
        "ys.sort()",
        "d[k] = 3",
        "d.pop(k, 0)",
        "spoil(xs)",
    ),
    *(
        "spoil(out)",
        "g = lambda: out",
        "g = lambda: p",
        "t = g and g()",
        "t = (q for q in out if q in acc)",
        "grid[i] = [n, 2]",
        "grid[i][0] = n",
    ),
    *("t = sum(len(q) for q in grid)", "t = out[-1]", "acc = acc + [n]", "del xs[0]", "t = s[:1]", "s = s + 'a'", "if x: spoil(acc)"),
)
INPUTS = (([1, 2, 3, 2], [2, 5, 2]), ([], [1]), ([3, 1], []), (["a", "b", "a"], [1]))
# An exception in the place of another is allowed: which comes first may differ, and what an empty sequence raises.
FAILURES = ("IndexError", "ValueError", "TypeError", "KeyError", "AttributeError", "UnboundLocalError")


@st.composite
def programs(draw: st.DrawFn) -> str:
    """Draw a function of one to three idioms, some of them in a loop, each with something in the way."""
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        parts = {name: draw(st.sampled_from(NAMES)) for name in "abc"}
        chosen = draw(st.sampled_from(IDIOMS))
        text = chosen.format(
            **parts, v=draw(st.sampled_from(VALUES)), cond=draw(st.sampled_from(CONDITIONS)), more=draw(st.sampled_from(IN_THE_WAY))
        )
        within = draw(st.booleans())
        lines += ["    for y in ys:"] * within + [f"{'    ' * (1 + within)}{line}" for line in text.splitlines()]
    result = draw(st.sampled_from(["out", "s, n", "xs, ys, out, acc, d, s, t, n, x, y, i, k, grid"]))
    return HEAD + "\n".join(lines) + f"\n    return {result}\n"


class EndlessError(BaseException):
    """A function doesn't come to an end."""


def run(source: str, arguments: tuple[Any, ...], limit: int) -> tuple[str, str, str]:
    """Call the function of a source, but for no more than so many lines."""
    namespace: dict[str, Any] = {"__name__": "generated"}
    exec(compile(source, "generated.py", "exec"), namespace)
    left = limit

    def count(frame: FrameType, event: str, argument: object) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise EndlessError
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        return outcome(namespace["f"], copy.deepcopy(arguments), FAILURES)
    finally:
        sys.settrace(before)


@settings(max_examples=60, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(programs())
def test_no_rewrite_changes_what_generated_code_does(source: str) -> None:
    """Whatever is in the way, a rule either sees it or makes no difference."""
    try:
        compile(source, "generated.py", "exec")
        expected = [run(source, arguments, 2_000) for arguments in INPUTS[: 3 if "n +=" in source else 4]]
    except (SyntaxError, EndlessError):
        assume(False)
    module = Module(source)
    function = next(function for function in module.functions if function.name == "f")
    for rule in RULES:
        change = rule.rewrite(function)
        after = module.changed(function, change) if change is not None else None
        if after is not None:
            assert [run(after, arguments, 50_000) for arguments, _ in zip(INPUTS, expected, strict=False)] == expected, (
                f"{rule.name}:\n{after}"
            )
