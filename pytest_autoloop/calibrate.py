"""The self-test of a machine and an objective: do-nothing and planted candidates, judged as real ones are."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .decision import Trial
from .judging.duel import DuelFailed
from .judging.measure import try_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .decision import Rule
    from .experiment import Benchmark
    from .judging.measure import Bouts
    from .judging.measure import NoiseRecord
    from .workshop import Workshop

# What is planted (a gain as a log ratio), under which name, and how often.
PLANTS = ((0.0, "nothing", 16), (math.log(1.05), "5 % faster", 4), (-math.log(1.3), "30 % slower", 6))

# Two processes of the same code that differ by more than this factor, one time in three, cannot be told apart from anything.
_HOPELESS = math.log(1.5)
_NOISY = 0.04
_SHORT_CALL = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of candidates with the same plant: how many there were, were kept, their duels and seconds each."""

    name: str
    count: int
    kept: int
    duels: float
    seconds: float


def self_test(workshop: Workshop) -> Iterator[Row]:
    """Judge planted candidates at the first level of a run, and yield what came of each kind."""
    judge = workshop.judge_
    for planted, name, count in PLANTS:
        trials, seconds = [], []
        for number in range(count):
            workshop.project.display.doing(f"planted: {name}, {number + 1} of {count}")
            started = time.monotonic()
            with workshop.twin() as twin:
                bouts = judge.bouts(judge.incumbent, twin, judge.benchmarks, lambda _: None)
                bouts.planted = planted
                trials.append(_trial(bouts, judge.rule, workshop.first_level, judge.noise))
            seconds.append(time.monotonic() - started)
        yield Row(
            name=name,
            count=count,
            kept=sum(trial.decision == "keep" for trial in trials),
            duels=statistics.mean(len(trial.scores) for trial in trials),
            seconds=statistics.mean(seconds),
        )


def _trial(bouts: Bouts, rule: Rule, level: float, noise: NoiseRecord) -> Trial:
    trial = Trial.start(rule, level, noise.of(bouts.benchmarks, bouts.whole).sigma)
    try:
        return try_out(bouts, trial, lambda _: None)
    except DuelFailed:
        return trial


def hopeless(noise: NoiseRecord, benchmarks: tuple[Benchmark, ...]) -> str | None:
    """Return why the objective cannot be judged on this machine, with the remedy, or None if it can."""
    for benchmark in benchmarks:
        sigma = noise.of((benchmark,), 1).sigma
        if sigma > _HOPELESS:
            return (
                f"{benchmark.nodeid} cannot be judged: the same code varies by a factor of {math.exp(2 * sigma):.1f} between processes. "
                "Give it a fixed seed and a fixed amount of work, or leave it out with -k"
            )
    return None


def advice(noise: NoiseRecord, benchmarks: tuple[Benchmark, ...]) -> Iterator[str]:
    """Yield what a person can do for better sight."""
    for benchmark in benchmarks:
        sigma = noise.of((benchmark,), 1).sigma
        if benchmark.clock == "wall":
            yield f"{benchmark.nodeid} waits, so it is decided on wall time, which is noisier: benchmark the computing part alone"
        elif sigma > _NOISY:
            yield f"{benchmark.nodeid} varies by {sigma:.1%} from duel to duel: close what else runs, or fix its seed and its work"
        if benchmark.seconds < _SHORT_CALL:
            yield f"{benchmark.nodeid} takes {benchmark.seconds * 1e9:.0f} ns a call: the call itself is most of it; do more in one call"
