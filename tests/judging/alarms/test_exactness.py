"""Who is content with less than before is told."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.exactness import less_exact

SOLVE = "def solve(f, low, high):\n    while high - low > {limit}:\n        low = f(low, high)\n    return low\n"
ROUNDS = "def mix(x):\n    for {name} in range({count}):\n        x = x * 7 % {by}\n    return x\n"
FEWER = ROUNDS.format(name="_", count=5, by="9")
MORE = ROUNDS.format(name="_", count=100, by="9")


def told(before: str, after: str) -> list[str]:
    return [text for _, text in less_exact(ast.parse(before), ast.parse(after))]


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        (SOLVE.format(limit="1e-12"), SOLVE.format(limit="1e-8"), ["solve is content with 1e-08, where it was with 1e-12"]),
        ("EPS = 1e-12\n", "EPS = 1e-9\n", ["EPS is content with 1e-09, where it was with 1e-12"]),
        ("def f(x, tol=1e-9): pass\n", "def f(x, tol=1e-6): pass\n", ["f is content with 1e-06, where it was with 1e-09"]),
        (
            MORE,
            FEWER,
            ["mix goes round less often than it did"],
        ),
        ("def f(x): return x.sum()\n", "def f(x): return x.astype(np.float32).sum()\n", ["has numbers of fewer bits"]),
        ("def f(x): return np.array(x)\n", "def f(x): return np.array(x, dtype='f4')\n", ["has numbers of fewer bits"]),
        ("def f(x): return x\n", "def f(x): return x.astype('float32')\n", ["has numbers of fewer bits"]),
        ("from numpy import float64\n", "from numpy import float32\n", ["has numbers of fewer bits"]),
        (SOLVE.format(limit="1e-8"), SOLVE.format(limit="1e-12"), []),
        ("def f(x): return x * (1e-9 * 1000)\n", "def f(x): return x * 1e-6\n", []),
        ("def f(x): return x.f\n", "def f(x): return x.half\n", []),
        ("def f(x): return list(x)\n", "def f(x): return np.frombuffer(x, dtype='u1')\n", []),
        ("def f(x):\n    for _ in range(4):\n        x()\n", "def f(x):\n    for _ in range(2):\n        x()\n        x()\n", []),
        (SOLVE.format(limit="0.5"), SOLVE.format(limit="1.5"), []),
        (ROUNDS.format(name="n", count=100, by="n"), ROUNDS.format(name="n", count=5, by="n"), []),
        (FEWER, MORE, []),
        (MORE, "def mix(x):\n    return x\n", []),
        ("def f(x): return x.astype('f4')\n", "def f(x):\n    y = x.astype('f4')\n    return y\n", []),
        ("def f(x): return x.astype('f8')\n", "def f(x): return x.astype('f8').sum('f4')\n", []),
    ],
)
def test_what_is_less_exact(before: str, after: str, says: list[str]) -> None:
    """Coarser limits of functions and modules, fewer rounds that nobody counts, and numbers of fewer bits; more of them is no matter."""
    assert told(before, after) == says
