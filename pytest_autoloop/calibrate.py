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
    """What came of candidates with the same plant: how many were decided, how many of these kept, their duels and seconds each.

    ``failed`` are those that came to no decision since their duels failed, ``why`` is how the last of them did.
    """

    name: str
    count: int
    kept: int
    duels: float
    seconds: float
    failed: int = 0
    why: str = ""


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
        yield row_of(name, trials, seconds)


def row_of(name: str, trials: Sequence[Rehearsal], seconds: Sequence[float]) -> Row:
    """Return what came of some trials; those that failed are no verdicts, and only counted."""
    decided = [(trial, took) for trial, took in zip(trials, seconds, strict=True) if trial.failed is None]
    failures = [trial.failed for trial in trials if trial.failed is not None]
    return Row(
        name=name,
        count=len(decided),
        kept=sum(trial.kept for trial, _ in decided),
        duels=statistics.fmean([trial.duels for trial, _ in decided] or [0]),
        seconds=statistics.fmean([took for _, took in decided] or [0]),
        failed=len(failures),
        why=failures[-1] if failures else "",
    )


def table(rows: Sequence[Row]) -> Iterator[str]:
    """Yield what came of planted candidates, as a person reads it."""
    yield f"{'candidate':<14}{'kept':>10}{'failed':>8}{'duels':>8}{'seconds':>9}"
    for row in rows:
        yield f"{row.name:<14}{f'{row.kept} of {row.count}':>10}{row.failed:>8}{row.duels:>8.1f}{row.seconds:>9.1f}"


def conclusions(rows: Sequence[Row], sigma: float, sees: float) -> Iterator[str]:
    """Yield what follows: the smallest gain that is seen nearly always, false keeps, what a do-nothing candidate costs, what failed."""
    nothing = rows[0]
    seen = f"gains from {math.expm1(sees):.1%} on are seen 95% of the time" if math.isfinite(sees) else "no gain is seen 95% of the time"
    yield f"noise of a duel {sigma:.1%}; {seen}"
    if nothing.count:
        cost = f"a do-nothing candidate costs {nothing.seconds:.1f} s and {nothing.duels:.1f} duels"
        yield f"false keeps: {nothing.kept} of {nothing.count}; {cost}"
    else:
        yield "false keeps: not known, no do-nothing candidate came to a decision"
    if nothing.kept:
        yield "a do-nothing candidate was kept: look at what differs between two copies of this project"
    if failed := sum(row.failed for row in rows):
        why = next(row.why for row in rows if row.failed)
        yield (
            f"{failed} of {failed + sum(row.count for row in rows)} planted candidates failed in their duels and tell nothing ({why}): "
            "a candidate would be rejected for it, so mend that first, or leave the benchmark out with -k"
        )
