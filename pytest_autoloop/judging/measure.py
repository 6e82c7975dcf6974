"""From duels to a decision: the trial of a candidate, its audit, and the guard of the single benchmarks."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass
from dataclasses import field
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

AUDIT_DUELS = 8
MORE_AUDIT_DUELS = 16  # where eight leave open whether it is a gain
FINAL_DUELS = 12
_REMEMBERED = 400  # duels; those of the wanted benchmarks among them, the last 100, make the noise
_FEWEST_DUELS = 3
_TOLERATED_FAILURES = 1  # a duel that fails is fought again once, whichever side failed: a rule fixed in advance


@dataclass(frozen=True, slots=True)
class NoiseRecord:
    """What earlier duels tell of the noise: for each of them, every benchmark's score less what was no noise.

    Kept by benchmark, so that the noise of any part of the objective can be told.
    """

    rows: tuple[Mapping[str, float], ...] = ()

    def of(self, part: Sequence[Benchmark], whole: int) -> Noise:
        """Return the noise of a duel's score over some of ``whole`` benchmarks."""
        names = [benchmark.nodeid for benchmark in part]
        return Noise.from_scores([sum(row[name] for name in names) / whole for row in self.rows if all(n in row for n in names)])

    def calibrated(self, duels: Sequence[Duel], benchmarks: Sequence[Benchmark]) -> NoiseRecord:
        """Return the record after duels of the incumbent against itself, where every score is noise."""
        return NoiseRecord((*self.rows, *(scores(duel, benchmarks) for duel in duels))[-_REMEMBERED:])

    def learnt(self, duels: Sequence[Duel], benchmarks: Sequence[Benchmark]) -> NoiseRecord:
        """Return the record after the duels of a rejected candidate; what is around their median is noise."""
        if len(duels) < _FEWEST_DUELS:
            return self
        found = [scores(duel, benchmarks) for duel in duels]
        centre = {b.nodeid: statistics.median(row[b.nodeid] for row in found) for b in benchmarks}
        return NoiseRecord((*self.rows, *({n: row[n] - centre[n] for n in row} for row in found))[-_REMEMBERED:])


@dataclass(slots=True)
class Bouts:
    """Fights duels between two trees, and keeps what they showed.

    ``benchmarks`` are those that are run, out of ``whole`` in the objective: the others contribute a score of exactly 0. With
    ``closely`` other arguments are tried as well.
    """

    ring: Ring
    incumbent: Tree
    candidate: Tree
    benchmarks: Sequence[Benchmark]
    whole: int
    limit: float
    on_duel: Callable[[Duel], None]
    planted: float = 0.0
    closely: bool = False
    duels: list[Duel] = field(default_factory=list)
    _failures: int = 0

    def fight(self) -> float:
        """Fight one more duel and return its score over the whole objective. Raises `DuelFailed` at the second failure."""
        while True:
            try:
                duel = self.ring.duel(self.incumbent, self.candidate, self.benchmarks, self.limit, self.planted, closely=self.closely)
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
        """Return which benchmark is worse, and by how much, or None. Where CPU time decides, wall time is guarded too."""
        clocks: dict[Clock, tuple[Clock, ...]] = {"cpu": ("cpu", "wall"), "wall": ("wall",)}
        looks = [(benchmark, clock) for benchmark in self.benchmarks for clock in clocks[benchmark.clock]]
        for benchmark, clock in looks:
            found = harm(self.series(benchmark.nodeid, clock), looks=len(looks))
            if found is not None:
                slower = math.exp(-found.median) - 1
                return f"{benchmark.nodeid} is {slower:.1%} slower ({clock} time)"
        return None

    def gains(self, last: int) -> dict[str, float]:
        """Return the gain ratio of each benchmark that was fought over, the median over the last duels."""
        found = {benchmark.nodeid: self.series(benchmark.nodeid, benchmark.clock)[-last:] for benchmark in self.benchmarks}
        return {nodeid: audited(scores).ratio for nodeid, scores in found.items() if scores}

    def gain(self, last: int) -> Gain:
        """Return the gain over the whole objective in the last duels."""
        return audited([score(duel, self.benchmarks, self.whole) for duel in self.duels[-last:]])


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
