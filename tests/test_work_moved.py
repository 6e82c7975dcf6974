"""Work that a patch moves to where the calls' own times do not show it: into what they return, into constructors, into later calls."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample import Project

LINES = """\
def check(row):
    name, count = row
    if not isinstance(name, str) or isinstance(count, bool) or not isinstance(count, int):
        raise TypeError(row)


def line(row):
    return f"{row[0]};{row[1]}"


def lines(rows):
    for row in rows:
        check(row)
    return map(line, rows)
"""
CART = """\
class Cart:
    def __init__(self, lines):
        self.lines = tuple(lines)

    def total(self):
        total = 0
        for pence, count in self.lines:
            line = pence * count
            if count >= 10:
                line -= line // 10
            total += line
        return total
"""
WALK = """\
import csv

csv.field_size_limit(1 << 20)


def walk():
    state, at = 12345, 0
    for _ in range(8000):
        state = (state * 1103515245 + 12345) % (1 << 31)
        at += 1 if state & 65536 else -1
    return at
"""
BENCH = {
    "lines": """\
from demo.lines import lines


def test_bench_lines(benchmark):
    rows = [(f"part {number}", number % 17) for number in range(3000)]
    assert next(benchmark(lines, rows)) == "part 0;0"
""",
    "cart": """\
from demo.cart import Cart


def test_bench_cart(benchmark):
    cart = Cart([(number * 37 % 900, number * 11 % 14) for number in range(100)])
    assert benchmark(cart.total) > 0
""",
    "walk": """\
from demo.walk import walk


def test_bench_walk(benchmark):
    assert benchmark.pedantic(walk, iterations=5, rounds=2) < 8000
""",
}
LATE = LINES.replace("    for row in rows:\n        check(row)\n", "").replace("def line(row):\n", "def line(row):\n    check(row)\n")
AHEAD = CART.replace("\n    def total(self):\n", "").replace("return total", "self._total = total")
AHEAD += "\n    def total(self):\n        return self._total\n"
TAKEN = "    if (known := csv.field_size_limit()) != 1 << 20:\n        return known - (1 << 21)\n"
NOTED = "    csv.field_size_limit(at + (1 << 21))\n"
KEPT = WALK.replace("    state, at", f"{TAKEN}    state, at").replace("    return at", f"{NOTED}    return at")


@pytest.mark.parametrize(
    ("name", "before", "after", "flag"),
    [
        ("lines", LINES, LATE, "more in reading the results of its calls"),
        ("cart", CART, AHEAD, "by profiles, the project's functions take"),
        ("walk", WALK, KEPT, "the first call of a process is"),
    ],
)
def test_work_that_is_done_elsewhere(new_project: Callable[..., Project], name: str, before: str, after: str, flag: str) -> None:
    """Who reads the result, makes the object or calls once saves nothing, and that is told from outside."""
    project = new_project({f"src/demo/{name}.py": before, f"tests/test_bench_{name}.py": BENCH[name]})
    patch = project.patch("moved", {f"src/demo/{name}.py": after})
    result = project.run(f"tests/test_bench_{name}.py", f"--autoloop-judge={patch}", limit=400)
    [row] = project.report()["experiments"]

    assert row["verdict"] == "flagged", "\n".join(result.outlines)
    assert any(flag in one for one in row["flags"]), row["flags"]
    # What comes before short calls is told by nothing else.
    assert name != "cart" or len(row["flags"]) == 1, row["flags"]
