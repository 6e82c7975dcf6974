"""From duels to a decision: the trial of a candidate, its audit, and the guard of the single benchmarks."""

from __future__ import annotations

import math
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from ..decision import audited
from ..decision import harm
from ..decision import objective_score
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
FINAL_DUELS = 12
_TOLERATED_FAILURES = 1  # a duel that fails is fought again once, whichever side failed: a rule fixed in advance


@dataclass(slots=True)
class Bouts:
    """Fights duels between two trees over the same benchmarks, and keeps what they showed."""

    ring: Ring
    incumbent: Tree
    candidate: Tree
    benchmarks: Sequence[Benchmark]
    limit: float
    on_duel: Callable[[Duel], None]
    duels: list[Duel] = field(default_factory=list)
    _failures: int = 0

    def fight(self) -> float:
        """Fight one more duel and return its score over the whole objective. Raises `DuelFailed` at the second failure."""
        while True:
            try:
                duel = self.ring.duel(self.incumbent, self.candidate, self.benchmarks, self.limit)
                break
            except DuelFailed:
                self._failures += 1
                if self._failures > _TOLERATED_FAILURES:
                    raise
        self.duels.append(duel)
        self.on_duel(duel)
        return score(duel, self.benchmarks)

    def series(self, nodeid: str, clock: Clock) -> list[float]:
        """Return the scores of one benchmark by one clock over all duels so far."""
        return [duel.score(nodeid, clock) for duel in self.duels]

    def harmed(self) -> str | None:
        """Return which benchmark is worse, and by how much, or None. Where CPU time decides, wall time is guarded too."""
        for benchmark in self.benchmarks:
            clocks: tuple[Clock, ...] = ("cpu", "wall") if benchmark.clock == "cpu" else ("wall",)
            for clock in clocks:
                found = harm(self.series(benchmark.nodeid, clock))
                if found is not None:
                    slower = math.exp(-found.median) - 1
                    return f"{benchmark.nodeid} is {slower:.1%} slower ({clock} time)"
        return None

    def gains(self, last: int) -> dict[str, float]:
        """Return the gain ratio of each benchmark, the median over the last duels."""
        return {benchmark.nodeid: audited(self.series(benchmark.nodeid, benchmark.clock)[-last:]).ratio for benchmark in self.benchmarks}

    def gain(self, last: int) -> Gain:
        """Return the gain over the whole objective in the last duels."""
        return audited([score(duel, self.benchmarks) for duel in self.duels[-last:]])


def score(duel: Duel, benchmarks: Sequence[Benchmark]) -> float:
    """Return the score of a duel over the objective: the mean of the benchmarks' log ratios, each by its own clock."""
    return objective_score(scores(duel, benchmarks), dict.fromkeys((b.nodeid for b in benchmarks), 1.0))


def scores(duel: Duel, benchmarks: Sequence[Benchmark]) -> Mapping[str, float]:
    """Return the scores of the single benchmarks of a duel."""
    return {benchmark.nodeid: duel.score(benchmark.nodeid, benchmark.clock) for benchmark in benchmarks}


def try_out(bouts: Bouts, trial: Trial, on_trial: Callable[[Trial], None]) -> Trial:
    """Fight until the trial is decided. Raises `DuelFailed`."""
    while trial.decision == "continue":
        trial = trial.after(bouts.fight())
        on_trial(trial)
    return trial
