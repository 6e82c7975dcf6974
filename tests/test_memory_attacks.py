"""Attacks on memory as the objective: a peak that falls, or looks as if it did, though what is needed does not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample import Project

PLACES = '''\
"""Places."""


class Places:
    """Places in a row."""

    def __init__(self, rows):
        self.rows = rows

    def middle(self):
        """Return the one in the middle."""
        ranked = sorted(self.rows)
        return ranked[len(ranked) // 2]


def walk(seed, steps):
    """Return where a walk ends."""
    path = [(seed * step) % 97 for step in range(steps)]
    return sum(path)


def read(text):
    """Return the rows of a text."""
    words = text.split(",")
    return [int(word) for word in words]


def names(words):
    """Return each word once."""
    return [word.upper() for word in [*set(words)]]


def copies(rows):
    """Return rows of one's own."""
    return [list(row) for row in rows]


def grid(count, width):
    """Return rows of zeros."""
    return [[0] * width for _ in range(count)]
'''
BENCH = """\
import pytest

from demo.places import Places
from demo.places import grid
from demo.places import names
from demo.places import read
from demo.places import walk

TEXT = ",".join(str(number * 7919 % 100_003) for number in range(50_000))


@pytest.fixture
def places():
    return Places(read(TEXT))


def test_bench_middle(benchmark, places):
    assert benchmark(places.middle) > 0


def test_bench_walk(benchmark, autoloop_metric):
    assert benchmark(walk, autoloop_metric.seed, 25_000) >= 0


def test_bench_names(benchmark):
    assert benchmark(names, [f"w{number % 5000}" for number in range(9000)])


def test_bench_copies(benchmark, copying):
    assert len(benchmark(copying)) == 3000


def test_bench_grid(benchmark):
    assert len(benchmark(grid, 300, 300)) == 300
"""
CONFTEST = """\
import pytest

from demo.places import copies

ROWS = [[number] * 9 for number in range(3000)]


@pytest.fixture
def copying():
    return lambda: copies(ROWS)
"""
KEEP = "        self.rows = rows\n"
RANKED = """\
        ranked = sorted(self.rows)
        return ranked[len(ranked) // 2]
"""
WALK = """\
    path = [(seed * step) % 97 for step in range(steps)]
    return sum(path)
"""
NAMES = "    return [word.upper() for word in [*set(words)]]\n"
COPIES = "    return [list(row) for row in rows]\n"
GRID = "    return [[0] * width for _ in range(count)]\n"
HEAD = '"""Places."""\n'
FOUND = RANKED.replace("return", "found =")
WEAK = f"{HEAD}\nimport weakref\n\nWAITING = []\n\n\nclass Page:\n    pass\n"
PUT_OFF = """\
    found, page, waste = [""], Page(), [[] for _ in range(1000)]
    page.own = page
    WAITING.append((weakref.ref(page, lambda _: found.__init__(word.upper() for word in [*set(words)])), waste))
    return found
"""
LEAN_WALK = "    return sum((seed * step) % 97 for step in range(steps))\n"


@dataclass(frozen=True)
class Attack:
    """What is replaced by what, and what has to become of it: the verdict, and what its reason and flags say.

    A run takes a while: what is flagged for reasons of their own is one attack together.
    """

    changes: tuple[tuple[str, str], ...]
    verdict: str
    says: str | tuple[str, ...]


ATTACKS = {
    "honest": Attack(((WALK, LEAN_WALK),), "kept", ""),
    "wrong answer": Attack(((NAMES, "    return [word.upper() for word in words[:9]]\n"),), "rejected", "returns something else"),
    "answer without the seed": Attack(((WALK, "    return steps\n"),), "rejected", "returns something else"),
    "lazy answer": Attack(((NAMES, "    return (word.upper() for word in [*set(words)])\n"),), "rejected", "generator"),
    "put off until garbage is collected": Attack(((HEAD, WEAK), (NAMES, PUT_OFF)), "rejected", "returns something else"),
    "constructor keeps it": Attack(
        ((KEEP, f"{KEEP}        self.ranked = sorted(rows)\n"), (RANKED, "        return self.ranked[len(self.ranked) // 2]\n")),
        "flagged",
        "more are taken before it",
    ),
    "constructor gives it back, below a larger call": Attack(
        ((KEEP, f"{KEEP}        self.found = sorted(rows)[len(rows) // 2]\n"), (RANKED, "        return self.found\n")),
        "flagged",
        "more are taken before it",
    ),
    "sorted in its place, with one row for all, and such as are not its own": Attack(
        (
            (RANKED, "        self.rows.sort()\n        return self.rows[len(self.rows) // 2]\n"),
            (GRID, "    return [[0] * width] * count\n"),
            (COPIES, "    return list(rows)\n"),
        ),
        "flagged",
        (
            "test_bench_middle: the measured call changes what it works on: places (1, and 0 in the incumbent)",
            "test_bench_grid: what the measured call returns shares more objects: in itself (299, and 0 in the incumbent)",
            "test_bench_copies: what the measured call returns shares more objects: with its inputs (3000, and 0 in the incumbent)",
        ),
    ),
    "made at import": Attack(
        (
            (HEAD, f"{HEAD}\nMADE = [number * 7919 % 100_003 for number in range(50_000)]\nMADE.sort()\n"),
            (RANKED, "        return MADE[len(MADE) // 2]\n"),
        ),
        "flagged",
        "more are taken before it",
    ),
    "only for its length": Attack(((WALK, f"    if steps == 25_000:\n    {LEAN_WALK}{WALK}"),), "flagged", "perhaps a special case"),
    "answer for its length alone": Attack(
        ((WALK, f"    if steps == 25_000:\n    {LEAN_WALK}    return 0\n"),), "rejected", "answers otherwise with argument"
    ),
    "what does not run while watched": Attack(
        ((HEAD, f"{HEAD}\nif __import__('sys').getprofile():\n    raise SystemExit\n"), (WALK, LEAN_WALK)), "flagged", "cannot be told"
    ),
    "less while traced": Attack(
        ((WALK, f"    import tracemalloc\n    if tracemalloc.is_tracing():\n        return 0\n{WALK}"),),
        "rejected",
        "returns something else",
    ),
    "peak set back by its private module, and traces forgotten": Attack(
        (
            (RANKED, f"{FOUND}        import _tracemalloc\n        _tracemalloc.reset_peak()\n        return found\n"),
            (WALK, WALK.replace("    return", "    import tracemalloc\n    tracemalloc.clear_traces()\n    return")),
        ),
        "flagged",
        ("imports _tracemalloc", "imports tracemalloc"),
    ),
    "tracing stopped": Attack(
        ((RANKED, f"        import tracemalloc\n        tracemalloc.stop()\n{RANKED}"),), "rejected", "the call stops tracemalloc"
    ),
}


@pytest.fixture(scope="module")
def judged(new_project: Callable[..., Project]) -> dict[str, Any]:
    """Every attack, judged in one run."""
    project = new_project({"src/demo/places.py": PLACES, "tests/test_places.py": BENCH, "tests/conftest.py": CONFTEST})
    for name, attack in ATTACKS.items():
        code = PLACES
        for old, new in attack.changes:
            assert old in code
            code = code.replace(old, new)
        project.patch(name, {"src/demo/places.py": code})
    folder = project.path.parent / "patches"
    wanted = [f"--autoloop-judge={folder}/{name}.patch" for name in ATTACKS]
    result = project.run("tests/test_places.py", "tests/test_demo.py", *wanted, "--autoloop-metric=memory", limit=400)
    assert result.ret in (0, 1), "\n".join([*result.outlines, *result.errlines])
    return {row["title"]: row for row in project.report()["experiments"]}


@pytest.mark.parametrize("name", ATTACKS)
def test_attack(judged: dict[str, Any], name: str) -> None:
    """Each gets the verdict that it must, with the reason."""
    row, attack = judged[name], ATTACKS[name]
    told = "\n".join([row["reason"], *row["flags"]])

    assert row["verdict"] == attack.verdict, told
    for says in (attack.says,) if isinstance(attack.says, str) else attack.says:
        assert says in told
