"""From duels to a decision: the trial of a candidate, its audit, and the guard of the single benchmarks."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING

from ..decision import Noise
from ..decision import audited
from ..decision import harm
from .duel import DuelFailed

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Trial
    from ..experiment import Benchmark
    from ..experiment import Clock
    from ..experiment import Gain
    from ..workspace.trees import Tree
    from .duel import Duel
    from .duel import Ring

FINAL_DUELS = 12
_REMEMBERED = 400  # duels; those of the wanted benchmarks among them, the last 100, make the noise
_FEWEST_DUELS = 3
_COMPUTES = 0.5  # of the wall time
_TOLERATED_FAILURES = 1  # a duel that fails is fought again once, whichever side failed: a rule fixed in advance


@dataclass(frozen=True, slots=True)
class NoiseRecord:
    """What earlier duels tell of the noise: for each of them, every benchmark's score less what was no noise.

    Kept by benchmark, so that the noise of any part of the objective can be told. ``calibration`` holds all benchmarks in each row and is
    never forgotten: rejected candidates add to ``learnt_since`` only the benchmarks that they reach.
    """

    calibration: tuple[Mapping[str, float], ...] = ()
    learnt_since: tuple[Mapping[str, float], ...] = ()

    def of(self, part: Sequence[Benchmark], whole: int) -> Noise:
        """Return the noise of a duel's score over some of ``whole`` benchmarks."""
        names = [benchmark.nodeid for benchmark in part]
        rows = (*self.calibration, *self.learnt_since)
        return Noise.from_scores([sum(row[name] for name in names) / whole for row in rows if all(n in row for n in names)])

    def calibrated(self, duels: Sequence[Duel], benchmarks: Sequence[Benchmark]) -> NoiseRecord:
        """Return the record after duels of the incumbent against itself, where every score is noise."""
        return replace(self, calibration=(*self.calibration, *(scores(duel, benchmarks) for duel in duels)))

    def learnt(self, duels: Sequence[Duel], benchmarks: Sequence[Benchmark]) -> NoiseRecord:
        """Return the record after the duels of a rejected candidate; what is around their median is noise."""
        if len(duels) < _FEWEST_DUELS:
            return self
        found = [scores(duel, benchmarks) for duel in duels]
        centre = {b.nodeid: statistics.median(row[b.nodeid] for row in found) for b in benchmarks}
        residuals = ({n: row[n] - centre[n] for n in row} for row in found)
        return replace(self, learnt_since=(*self.learnt_since, *residuals)[-_REMEMBERED:])


@dataclass(slots=True)
class Bouts:
    """Fights duels between two trees, and keeps what they showed.

    ``benchmarks`` are those that are run, out of ``whole`` in the objective: the others contribute a score of exactly 0. With
    ``around`` what is around the calls is looked at, with ``closely`` other arguments are tried as well.
    """

    ring: Ring
    incumbent: Tree
    candidate: Tree
    benchmarks: Sequence[Benchmark]
    whole: int
    limit: float
    on_duel: Callable[[Duel], None]
    planted: float = 0.0
    around: bool = False
    closely: bool = False
    duels: list[Duel] = field(default_factory=list)
    _failures: int = 0

    def fight(self) -> float:
        """Fight one more duel and return its score over the whole objective. Raises `DuelFailed` at the second failure."""
        while True:
            try:
                trees = (self.incumbent, self.candidate)
                duel = self.ring.duel(*trees, self.benchmarks, self.limit, self.planted, around=self.around, closely=self.closely)
                break
            except DuelFailed:
                self._failures += 1
                if self._failures > _TOLERATED_FAILURES:
                    raise
        self.duels.append(duel)
        self.on_duel(duel)
        return score(duel, self.benchmarks, self.whole)

    def series(self, nodeid: str, clock: Clock) -> list[float]:
        """Return the scores of one benchmark by one clock over all duels so far."""
        return [duel.score(nodeid, clock) for duel in self.duels if nodeid in duel.rounds]

    def harmed(self) -> str | None:
        """Return which benchmark is worse by either clock, and by how much, or None.

        The CPU time of a benchmark that waits most of the time is no price worth telling from noise.
        """
        looks: list[tuple[Benchmark, Clock]] = []
        for benchmark in self.benchmarks:
            looks.append((benchmark, "wall"))
            if benchmark.clock == "cpu" or self._computes(benchmark.nodeid):
                looks.append((benchmark, "cpu"))
        for benchmark, clock in looks:
            found = harm(self.series(benchmark.nodeid, clock), looks=len(looks))
            if found is not None:
                slower = math.exp(-found.median) - 1
                return f"{benchmark.nodeid} is {slower:.1%} slower ({clock} time)"
        return None

    def _computes(self, nodeid: str) -> bool:
        """Whether the incumbent computes for at least half of a benchmark's time."""
        shares = [inc.cpu / max(1, inc.wall) for duel in self.duels for inc, _ in duel.rounds.get(nodeid, ())]
        return bool(shares) and statistics.median(shares) >= _COMPUTES

    def gains(self, last: int) -> dict[str, float]:
        """Return the gain ratio of each benchmark that was fought over, the median over the last duels."""
        found = {benchmark.nodeid: self.series(benchmark.nodeid, benchmark.clock)[-last:] for benchmark in self.benchmarks}
        return {nodeid: audited(scores).ratio for nodeid, scores in found.items() if scores}

    def gain(self, last: int) -> Gain:
        """Return the gain over the whole objective in the last duels."""
        return audited([score(duel, self.benchmarks, self.whole) for duel in self.duels[-last:]])


def calls_seconds(benchmarks: Sequence[Benchmark]) -> float:
    """Return how long the calls of a duel take, both sides together."""
    return sum(2 * (b.rounds + b.warmups) * b.iterations * b.seconds for b in benchmarks)


def final_seconds(at_first: Sequence[Benchmark], duel_seconds: float) -> float:
    """Return how long the final duels take, from what a duel takes by now (0: not known).

    Half of each is the last incumbent's, half the first one's, whose calls may take far longer.
    """
    first = calls_seconds(at_first)
    return FINAL_DUELS * (max(first, duel_seconds) + (duel_seconds or first)) / 2


def score(duel: Duel, benchmarks: Sequence[Benchmark], whole: int) -> float:
    """Return the score of a duel over the objective: the mean of the benchmarks' log ratios, each by its own clock."""
    return sum(scores(duel, benchmarks).values()) / whole


def scores(duel: Duel, benchmarks: Sequence[Benchmark]) -> dict[str, float]:
    """Return the scores of the single benchmarks of a duel."""
    return {benchmark.nodeid: duel.score(benchmark.nodeid, benchmark.clock) for benchmark in benchmarks}


def try_out(bouts: Bouts, trial: Trial, on_trial: Callable[[Trial], None]) -> Trial:
    """Fight until the trial is decided. Raises `DuelFailed`."""
    while trial.decision == "continue":
        trial = trial.after(bouts.fight())
        on_trial(trial)
    return trial
