"""The self-test of a machine and an objective: do-nothing and planted candidates, judged as real ones are."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from .judging.contest import Rehearsal
    from .workshop import Workshop

# What is planted (a gain as a log ratio), under which name, and how often.
PLANTS = ((0.0, "does nothing", 16), (math.log(1.05), "5 % better", 4), (-math.log(1.3), "30 % worse", 6))


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """What came of candidates with the same plant: how many there were, were kept, their duels and seconds each."""

    name: str
    count: int
    kept: int
    duels: float
    seconds: float


def self_test(workshop: Workshop) -> Iterator[Row]:
    """Judge planted candidates at the first level of a run, and yield what came of each kind; beyond the budget, of one each."""
    budget = workshop.limits.budget
    for planted, name, count in PLANTS:
        trials: list[Rehearsal] = []
        seconds: list[float] = []
        for number in range(count):
            if trials and budget is not None and workshop.run.seconds + statistics.mean(seconds) > budget:
                break
            workshop.project.display.doing(f"planted: {name}, {number + 1} of {count}")
            started = time.monotonic()
            with workshop.twin() as twin:
                trials.append(workshop.contest.rehearse(workshop.judge_.incumbent, twin, planted, workshop.first_level))
            seconds.append(time.monotonic() - started)
        yield Row(
            name=name,
            count=len(trials),
            kept=sum(trial.kept for trial in trials),
            duels=statistics.mean(trial.duels for trial in trials),
            seconds=statistics.mean(seconds),
        )


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what came of planted candidates, as a person reads it."""
    yield f"{'candidate':<14}{'kept':>10}{'duels':>8}{'seconds':>9}"
    for row in rows:
        yield f"{row.name:<14}{f'{row.kept} of {row.count}':>10}{row.duels:>8.1f}{row.seconds:>9.1f}"


def conclusions(rows: Sequence[Row], sigma: float, sees: float) -> Iterator[str]:
    """Yield what follows from it: false keeps, the smallest gain that is seen nearly always, what a do-nothing candidate costs."""
    nothing = rows[0]
    seen = f"gains from {math.expm1(sees):.1%} on are seen 95% of the time" if math.isfinite(sees) else "no gain is seen 95% of the time"
    yield f"noise of a duel {sigma:.1%}; {seen}"
    cost = f"a do-nothing candidate costs {nothing.seconds:.1f} s and {nothing.duels:.1f} duels"
    yield f"false keeps: {nothing.kept} of {nothing.count}; {cost}"
    if nothing.kept:
        yield "a do-nothing candidate was kept: look at what differs between two copies of this project"
