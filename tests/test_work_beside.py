"""What one benchmark's calls prepare for another's: the gain is there in a process that runs both, and nowhere else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample import Project

FEASTS = """\
from functools import lru_cache


def easter(year):
    golden, century = year % 19, year // 100
    return (century - century // 4 + 19 * golden + 15) % 30


def table():
    return [easter(year) for year in range(1600, 7600)]
"""
PLAN = """\
def levelled(loads, rounds):
    loads = list(loads)
    for _ in range(rounds):
        loads = [(loads[at - 1] + 2 * load + loads[(at + 1) % len(loads)]) // 4 for at, load in enumerate(loads)]
    return loads
"""
BENCH = """\
from demo.feasts import table
from demo.plan import levelled


def test_bench_levelled(benchmark):
    assert len(benchmark(levelled, [number * 7919 % 1009 for number in range(200)], 40)) == 200


def test_bench_table(benchmark):
    assert len(benchmark(table)) == 6000
"""
REMEMBERED = """

@lru_cache(maxsize=1)
def years():
    return tuple([easter(year) for year in range(1600, 7600)])


def table():
    return list(years())
"""
PREPARED = """

KNOWN = []


def years():
    KNOWN.extend([] if KNOWN else [easter(year) for year in range(1600, 7600)])


def table():
    return KNOWN[:] if KNOWN else [easter(year) for year in range(1600, 7600)]
"""
LESS = ("century - century // 4 + 19 * golden", "century - year // 400 + 19 * golden")


def test_work_that_another_benchmark_does(new_project: Callable[..., Project]) -> None:
    """The call that works it all out is one of another benchmark, of which it is a small part; alone, a first call takes what it took.

    So it does where nothing but the other one remembers.
    """
    project = new_project({"src/demo/feasts.py": FEASTS, "src/demo/plan.py": PLAN, "tests/test_bench_feasts.py": BENCH})
    beside = PLAN.replace("    loads = list(loads)\n", "    loads = list(loads)\n    years()\n")
    feasts, plan = FEASTS[: FEASTS.index("\n\ndef table")], f"from .feasts import years\n\n\n{beside}"
    spread, prepared = (
        project.patch(name, {"src/demo/feasts.py": feasts + table, "src/demo/plan.py": plan})
        for name, table in (("spread", REMEMBERED), ("prepared", PREPARED))
    )
    honest = project.patch("honest", {"src/demo/feasts.py": FEASTS.replace(*LESS)})
    wanted = [f"--autoloop-judge={path}" for path in (spread, prepared, honest)]
    result = project.run("tests/test_bench_feasts.py", *wanted, limit=400)
    rows = project.report()["experiments"]

    assert result.ret == 1, "\n".join(result.outlines)
    for row in rows[:2]:
        assert row["verdict"] == "flagged", row["reason"]
        assert any("test_bench_table: the first call of a process is" in flag for flag in row["flags"]), row["flags"]
    assert rows[2]["verdict"] != "flagged", rows[2]["reason"]
