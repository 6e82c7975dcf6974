"""The contest over time: a planted candidate whose duels fail, and what it takes. Duels are in `test_duel`, decisions in whole runs."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest
from sample import FILES

from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import Trial
from pytest_autoloop.judging.duel import DuelFailed
from pytest_autoloop.judging.duel import Ring
from pytest_autoloop.judging.duel import Trials
from pytest_autoloop.judging.measure import Bouts
from pytest_autoloop.judging.measure import NoiseRecord
from pytest_autoloop.judging.timed import TimedContest
from pytest_autoloop.judging.timed import TimedMatch

from .duels import benchmark
from .duels import duel
from .duels import timing

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab import Lab

    from pytest_autoloop.judging.duel import Duel

ANYTHING: Any = None


class Failing(Ring):
    """Fights duels of which every one after the first few fails."""

    def __init__(self, good: int) -> None:
        super().__init__(ANYTHING, random.Random(1))
        self.left = good

    def duel(self, *_: object, **__: object) -> Duel:
        """Fight, or fail."""
        self.left -= 1
        if self.left < 0:
            raise DuelFailed("candidate", "b failed")
        return duel(timing(1.0), timing(1.0))


def test_planted_and_failed() -> None:
    """A twin whose duels fail has not been found to be no better: the self-test is told that it failed, and how."""
    for good in (0, 2):
        contest = TimedContest(
            ring=Failing(good),
            launcher=ANYTHING,
            arena=ANYTHING,
            rule=Rule(),
            objective=["b"],
            progress=lambda _: None,
            benchmarks=(benchmark(),),
            noise=NoiseRecord(({"b": 0.5}, {"b": -0.5})),
        )
        found = contest.rehearse(ANYTHING, ANYTHING, 0.0, 0.05)

        assert (found.kept, found.duels, found.failed) == (False, good, "candidate: b failed")


def test_what_the_last_measurement_takes() -> None:
    """Twelve duels, of which one side is the first incumbent, however fast the last one is."""
    slow = replace(benchmark(), seconds=1.0, iterations=1, rounds=4, warmups=1)
    contest = TimedContest(
        ring=ANYTHING,
        launcher=ANYTHING,
        arena=ANYTHING,
        rule=Rule(),
        objective=["b"],
        progress=lambda _: None,
        at_first=(slow,),
        duel_seconds=2.0,
    )

    assert contest.final_seconds == 12 * (5.0 + 1.0)


def test_memory_that_other_arguments_fill() -> None:
    """A duel that has tried some tells nothing of memory: with one that never ends the faster side has filled more."""
    nobody: Any = None
    told = duel(timing(2), timing(1))
    bouts = Bouts(ring=nobody, incumbent=nobody, candidate=nobody, benchmarks=(), whole=1, limit=1.0, on_duel=lambda _: None)
    bouts.duels = [replace(told, memory=(5, 6)), replace(told, memory=(5, 500), trials={"b": Trials()})]

    assert TimedMatch(contest=nobody, bouts=bouts, part=(), trial=nobody).peaks == [(5, 6)]


KNOWN = """\
from demo import total
from demo.text import join

WORDS = join(["a", "b"])


def test_unknown(benchmark):
    assert benchmark(total, 3000) > 0


def test_known(benchmark):
    expected = total(3000)
    assert benchmark(total, 3000) == expected
"""


def test_whose_tests_call_the_same_before(new_lab: Callable[..., Lab]) -> None:
    """It is known of the incumbent as soon as it is prepared, since a first call says nothing there."""
    lab = new_lab({"tests/test_known.py": KNOWN})
    launcher = lab.launcher("tests/test_known.py")
    names = [f"tests/test_known.py::test_{name}" for name in ("unknown", "known")]
    contest = TimedContest(
        ring=Ring(launcher, random.Random(1)), launcher=launcher, arena=lab.arena, rule=Rule(), objective=names, progress=lambda _: None
    )
    contest.prepare(lab.tree())
    launcher.close()

    assert contest.called_before.keys() == {names[1]}
    assert contest.collected == {"src/demo/text.py"}
    assert 0.4 < contest.called_before[names[1]] < 2.5


ONE_AFTER_ANOTHER = """\
from demo import total


def test_few(benchmark):
    assert benchmark(total, 1000) > 0


def test_many(benchmark):
    assert benchmark(total, 3000) > 0
"""


def test_a_benchmark_alone(new_lab: Callable[..., Lab]) -> None:
    """Duels and profiles of processes with one benchmark tell of it alone: nothing calls the same before. Who is slow is told."""
    lab = new_lab({"tests/test_sizes.py": ONE_AFTER_ANOTHER})
    launcher = lab.launcher("tests/test_sizes.py")
    few, many = (f"tests/test_sizes.py::test_{name}" for name in ("few", "many"))
    ring = Ring(launcher, random.Random(1))
    contest = TimedContest(ring=ring, launcher=launcher, arena=lab.arena, rule=Rule(), objective=[few, many], progress=lambda _: None)
    incumbent, twin = lab.tree(), lab.tree()
    contest.prepare(incumbent)
    bouts = contest.bouts(incumbent, twin, contest.benchmarks, lambda _: None)
    match = TimedMatch(contest=contest, bouts=bouts, part=contest.benchmarks, trial=Trial.start(Rule(), 0.05, 0.01))
    told = match.alone(contest.benchmarks[1], 2)
    slow = lab.tree({"src/demo/__init__.py": f"{FILES['src/demo/__init__.py']}\n\nimport time\n\ntime.sleep(4)\n"})
    with pytest.raises(DuelFailed, match="much longer") as caught:
        replace(match, bouts=replace(bouts, candidate=slow)).alone(contest.benchmarks[1], 2)
    profiles = contest.profiled(incumbent, many)
    launcher.close()

    assert contest.called_before.keys() == {many}
    assert [tuple(duel.cold) for duel in told] == [(many,)] * 2
    assert caught.value.side == "candidate"
    assert [(found.nodeid, found.before) for found in profiles] == [(many, False)]
