"""Rules for keeping a candidate, compared on this machine's own noise: traces are recorded, then whole runs are replayed over them.

    python -m bench.rules                   # record real traces, then replay
    python -m bench.rules --runs 200        # replay more runs over those on record
    python -m bench.rules --record          # record anew

A trace is the rounds of fresh processes, each alone, and the scores of fresh duels between equal trees. In a replayed run 700 candidates
come one after another: 60 % do nothing, 25 % are worse and 15 % better by 1 to 30 % (log-uniform, so a third of them by less than 3 %). A
rule sees what a process or a duel would show: the true effect, and noise drawn from the trace (of a duel with a random sign, as its sides
are drawn). Rules that compare with a stored number keep that number. The replay is seeded.

* **best so far**: one process; kept if its mean is the lowest yet.
* **MAD >= 2**: the same, but by at least twice the median absolute deviation of all means so far.
* **minimum of 5, 5 %**: the least round of five processes, kept if 5 % lower than the incumbent's.
* **paired t, n = 10**: ten duels, one-sided at 5 %.
* **ours**: the e-process with e-LOND levels at a risk of 5 %, and the audit's fresh duels for each keep.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import random
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import repeat
from pathlib import Path
from statistics import fmean
from statistics import median
from statistics import stdev
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

from pytest_autoloop.decision import level

from . import workloads
from .figures import markdown
from .figures import robust_sigma
from .null import RISK
from .null import RUN_LENGTH
from .null import audit
from .null import calibrated
from .null import fight
from .null import mixture
from .rooms import open_room

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

RECORDED = (workloads.TINY, workloads.OBJECTS, workloads.HASHES)
ROUNDS = 25
T_95_OF_9 = 1.833  # the t distribution's 95 % point with nine degrees of freedom
FLOOR = math.log(1.05)
REAL = math.log(1.03)


# --- traces ---


def record(workload: workloads.Workload, count: int) -> dict[str, Any]:
    """Record the rounds of fresh processes, each alone, and the scores of duels between equal trees; in turn, so both see the same load."""
    processes: list[list[int]] = []
    loads = []
    with open_room(workload) as room, room.candidate() as twin:
        bouts = room.bouts(twin)
        scores = []
        for number in range(count):
            print(f"\r{workload.name}: {number + 1} of {count:<40}", end="", file=sys.stderr, flush=True)
            processes.append(room.alone(ROUNDS))
            scores.append(bouts.fight())
            loads.append(os.getloadavg()[0])
    print(file=sys.stderr)
    return {"processes": processes, "duels": scores, "load": median(loads)}


class Machine:
    """A machine with the noise of a trace; all it tells is in logs of time."""

    def __init__(self, trace: dict[str, Any], seed: str) -> None:
        self.luck = random.Random(seed)
        self._duels: list[float] = trace["duels"]
        processes = trace["processes"]
        means = [math.log(fmean(rounds)) for rounds in processes]
        least = [math.log(min(rounds)) for rounds in processes]
        self._means = [value - median(means) for value in means]
        self._least = [value - median(least) for value in least]

    def mean(self) -> float:
        """Return what a process tells by its mean, of something that takes 0."""
        return self.luck.choice(self._means)

    def least(self, count: int) -> float:
        """Return what so many processes tell by their least round."""
        return min(self.luck.choice(self._least) for _ in range(count))

    def duels(self) -> Iterator[float]:
        """Yield the scores of duels between equals."""
        while True:
            yield self.luck.choice(self._duels) * self.luck.choice((-1, 1))


# --- rules ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a candidate: its true effect, the gain that was claimed if it was kept, and what it cost in duels."""

    effect: float
    claimed: float | None
    duels: float


class Keeper(Protocol):
    """A rule at work in one run."""

    def judge(self, effect: float) -> tuple[float | None, float]:
        """Return the gain claimed for a candidate if it is kept, else None, and what it cost in duels."""


class BestSoFar:
    """Keeps what is lower than everything before, by a number of deviations."""

    def __init__(self, machine: Machine, deviations: float) -> None:
        self._machine = machine
        self._deviations = deviations
        self._level = 0.0
        self._best = machine.mean()
        self._seen = [self._best]

    def judge(self, effect: float) -> tuple[float | None, float]:
        """Run one process."""
        value = self._level - effect + self._machine.mean()
        self._seen.append(value)
        gain = self._best - value
        if gain <= 0:
            return None, 0.5
        if self._deviations:
            centre = median(self._seen)
            if gain < self._deviations * median(abs(seen - centre) for seen in self._seen):
                return None, 0.5
        self._best, self._level = value, self._level - effect
        return gain, 0.5


class MinimumOfFive:
    """Keeps what is lower by a floor, in the least of five processes."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self._level = 0.0
        self._best = machine.least(5)

    def judge(self, effect: float) -> tuple[float | None, float]:
        """Run five processes."""
        value = self._level - effect + self._machine.least(5)
        gain = self._best - value
        if gain < FLOOR:
            return None, 2.5
        self._best, self._level = value, self._level - effect
        return gain, 2.5


class PairedT:
    """Keeps what a t test of ten duels finds better."""

    def __init__(self, machine: Machine) -> None:
        self._scores = machine.duels()

    def judge(self, effect: float) -> tuple[float | None, float]:
        """Fight ten duels."""
        scores = [effect + next(self._scores) for _ in range(10)]
        better = fmean(scores) > T_95_OF_9 * stdev(scores) / math.sqrt(10)
        return (fmean(scores) if better else None), 10


class Ours:
    """This project's rule."""

    def __init__(self, machine: Machine) -> None:
        self._scores = machine.duels()
        self._noise = calibrated(self._scores)
        self._number = self._keeps = 0

    def judge(self, effect: float) -> tuple[float | None, float]:
        """Fight until there is a decision; the gain of a keep is that of its audit, which may take it away."""
        self._number += 1
        outcome = fight((effect + score for score in self._scores), self._noise.sigma, level("fdr", RISK, self._number, self._keeps))
        if outcome.decision != "keep":
            self._noise = self._noise.learn(outcome.scores)
            return None, len(outcome.scores)
        told, audits = audit(outcome.scores, self._noise.sigma, effect, self._scores)
        cost = len(outcome.scores) + audits
        if told <= 0:
            return None, cost
        self._keeps += 1
        return told, cost


RULES: dict[str, Callable[[Machine], Keeper]] = {
    "best so far, one run": partial(BestSoFar, deviations=0.0),
    "MAD >= 2": partial(BestSoFar, deviations=2.0),
    "minimum of 5, 5 %": MinimumOfFive,
    "paired t, n = 10": PairedT,
    "ours": Ours,
}


# --- replays ---


def replay(trace: dict[str, Any], rule: str, seed: str) -> list[Fate]:
    """Replay one whole run."""
    # The same candidates for every rule.
    luck = random.Random(seed)
    keeper = RULES[rule](Machine(trace, f"{seed} {rule}"))
    fates = []
    for _ in range(RUN_LENGTH):
        effect = mixture(luck)
        claimed, duels = keeper.judge(effect)
        fates.append(Fate(effect=effect, claimed=claimed, duels=duels))
    return fates


def row(rule: str, runs: list[list[Fate]]) -> list[str]:
    """Return a line of the table: what a rule made of its runs."""
    false = [sum(fate.claimed is not None for fate in run if fate.effect <= 0) for run in runs]
    harmful = [sum(fate.claimed is not None for fate in run if fate.effect < 0) for run in runs]
    fates = [fate for run in runs for fate in run]
    kept = [fate for fate in fates if fate.claimed is not None]
    large = [fate.claimed is not None for fate in fates if fate.effect >= REAL]
    small = [fate.claimed is not None for fate in fates if 0 < fate.effect < REAL]
    claimed = sum(fate.claimed for fate in kept if fate.claimed is not None)
    true = sum(fate.effect for fate in kept)
    return [
        rule,
        f"{fmean(false):.2f} ({max(false)})",
        f"{fmean(harmful):.2f}",
        f"{sum(false) / max(1, len(kept)):.3f}",
        f"{fmean(large):.1%}",
        f"{fmean(small):.0%}",
        f"{claimed / true:.2f}" if true > 0 else "-",
        f"{fmean(fate.duels for fate in fates):.1f}",
    ]


def traces(path: Path, count: int, *, anew: bool) -> dict[str, Any]:
    """Return the saved traces, or record and save them."""
    if path.exists() and not anew:
        saved: dict[str, Any] = json.loads(path.read_text())
        return saved
    found = {workload.name: record(workload, count) for workload in RECORDED}
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(found))
    return found


def main(argv: list[str] | None = None) -> int:
    """Record or load the traces, replay the runs, and print a table for each workload."""
    parser = argparse.ArgumentParser(prog="python -m bench.rules", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--traces", type=Path, default=Path("build/traces.json"), help="file of the traces (default: %(default)s)")
    parser.add_argument("--record", action="store_true", help="record them anew")
    parser.add_argument("--length", type=int, default=70, help="processes and duels to record of each workload (default: %(default)s)")
    parser.add_argument("--runs", type=int, default=40, help="replayed runs (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=1, help="of the replay (default: %(default)s)")
    options = parser.parse_args(argv)
    recorded = traces(options.traces, options.length, anew=options.record)
    header = ["rule", "false keeps (max)", "harmful", "false share", "found >= 3 %", "found 1-3 %", "claimed/true", "duels per candidate"]
    with ProcessPoolExecutor() as pool:
        for name, trace in recorded.items():
            seeds = [f"{options.seed} {name} {number}" for number in range(options.runs)]
            rows = [row(rule, list(pool.map(replay, repeat(trace), repeat(rule), seeds))) for rule in RULES]
            count, noise = len(trace["duels"]), robust_sigma(trace["duels"])
            print(f"\n{name}: {count} processes and duels at a load of {trace['load']:.1f}, robust σ of a duel {noise:.1%};", end=" ")
            print(f"{options.runs} runs of {RUN_LENGTH} candidates\n")
            print(markdown(header, rows))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
