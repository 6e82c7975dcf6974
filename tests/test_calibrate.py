"""The self-test: what it plants, and what a person reads of it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_autoloop.calibrate import PLANTS
from pytest_autoloop.calibrate import Row
from pytest_autoloop.calibrate import conclusions
from pytest_autoloop.calibrate import row_of
from pytest_autoloop.calibrate import table
from pytest_autoloop.judging.contest import Rehearsal

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample import Project

RECORDING = """\
from demo.text import join


def test_length(autoloop_metric):
    autoloop_metric("length", len(join(["a"] * 500)))
"""


def row(kept: int) -> Row:
    return Row(name="does nothing", count=16, kept=kept, duels=3.25, seconds=2.04)


def test_table() -> None:
    """A line for each kind of candidate: how many were kept, their duels and seconds on average."""
    assert list(table([row(0)])) == [
        "candidate           kept  failed   duels  seconds",
        "does nothing     0 of 16       0     3.2      2.0",
    ]


def test_conclusions() -> None:
    """The noise, the smallest gain that is seen, the cost of a null; a false keep comes with what to look at."""
    noise, cost = conclusions([row(0)], 0.02, 0.05)
    nothing, _, look = conclusions([row(2)], 0.02, float("inf"))

    assert noise == "noise of a duel 2.0%; gains from 5.1% on are seen 95% of the time"
    assert cost == "false keeps: 0 of 16; a do-nothing candidate costs 2.0 s and 3.2 duels"
    assert nothing.endswith("no gain is seen 95% of the time")
    assert look.startswith("a do-nothing candidate was kept")


def test_failures_are_no_verdicts() -> None:
    """A candidate whose duels fail is not one that was not kept: it is counted apart, and its reason told with the remedy."""
    gone = Rehearsal(kept=False, duels=0, failed="candidate: gone")
    some = row_of("does nothing", [Rehearsal(kept=False, duels=4), gone, gone], [2.0, 60.0, 60.0])
    none = row_of("does nothing", [gone] * 16, [1.0] * 16)

    assert some == Row(name="does nothing", count=1, kept=0, duels=4.0, seconds=2.0, failed=2, why="candidate: gone")
    assert list(table([none]))[1].split() == ["does", "nothing", "0", "of", "0", "16", "0.0", "0.0"]
    _, keeps, failed = conclusions([some], 0.02, 0.05)
    assert keeps == "false keeps: 0 of 1; a do-nothing candidate costs 2.0 s and 4.0 duels"
    assert failed.startswith("2 of 3 planted candidates failed in their duels and tell nothing (candidate: gone): ")
    assert "mend that first" in failed
    _, keeps, failed = conclusions([none], 0.02, 0.05)
    assert keeps == "false keeps: not known, no do-nothing candidate came to a decision"
    assert failed.startswith("16 of 16 planted candidates failed")


def test_of_a_metric(new_project: Callable[..., Project]) -> None:
    """A metric that tests record is tried out as time is: without noise one pair tells that nothing was done, and three that it was."""
    project = new_project({"tests/test_length.py": RECORDING})
    result = project.run("tests/test_length.py", "--autoloop-calibrate", "--autoloop-metric=length", limit=300)
    found = {row[0]: row[1:] for line in result.outlines if len(row := re.split(r"  +", line.strip())) == 5}

    assert result.ret == 0, result.outlines
    assert {name: found[name][:3] for _, name, _ in PLANTS} == {
        "does nothing": ["0 of 16", "0", "1.0"],
        "5 % better": ["4 of 4", "0", "3.0"],
        "30 % worse": ["0 of 6", "0", "1.0"],
    }
    assert any("false keeps: 0 of 16" in line for line in result.outlines)
    assert project.report()["experiments"] == []
    assert project.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]
