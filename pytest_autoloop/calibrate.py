"""The self-test of a machine and an objective: do-nothing and planted candidates, judged as real ones are."""

from __future__ import annotations

import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .workshop import Workshop

# What is planted (a gain as a log ratio), under which name, and how often.
PLANTS = ((0.0, "nothing", 16), (math.log(1.05), "5 % faster", 4), (-math.log(1.3), "30 % slower", 6))


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
    for planted, name, count in PLANTS:
        trials, seconds = [], []
        for number in range(count):
            workshop.project.display.doing(f"planted: {name}, {number + 1} of {count}")
            started = time.monotonic()
            with workshop.twin() as twin:
                trials.append(workshop.contest.rehearse(workshop.judge_.incumbent, twin, planted, workshop.first_level))
            seconds.append(time.monotonic() - started)
        yield Row(
            name=name,
            count=count,
            kept=sum(trial.kept for trial in trials),
            duels=statistics.mean(trial.duels for trial in trials),
            seconds=statistics.mean(seconds),
        )
