"""From a metric's values to scores: one scale for each test, fixed by the incumbent before any candidate is measured. Pure functions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from statistics import median_low
from typing import TYPE_CHECKING

from ..decision import metric_score

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Direction

# Where all values of the incumbent lie above 0, one of a candidate that does not counts as this share of them.
_NEXT_TO_NOTHING = 1e-6
# Beyond it nothing is worth telling apart, and reports cannot hold infinity.
_FARTHEST = 300.0
_SMALLEST = math.ulp(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Yardstick:
    """The scale of each test: its ``reference`` value, and where values may be 0 or below, their usual size in ``sizes``."""

    direction: Direction
    references: Mapping[str, float]
    sizes: Mapping[str, float]

    @classmethod
    def of(cls, values: Sequence[Mapping[str, float]], direction: Direction) -> Yardstick:
        """Fix the scale by what processes of the incumbent told."""
        references, sizes = {}, {}
        for nodeid in values[0]:
            told = [row[nodeid] for row in values]
            # One that was told: the mean of two may be too large for a float, or too small.
            references[nodeid] = median_low(told)
            if min(told) <= 0:
                sizes[nodeid] = median_low(map(abs, told)) or max(map(abs, told)) or 1.0
        return cls(direction=direction, references=references, sizes=sizes)

    def standing(self, nodeid: str, value: float) -> float:
        """Return the score of a value against the reference: of two values, the better one stands higher by their score."""
        reference, size = self.references[nodeid], self.sizes.get(nodeid)
        if size is None:
            value = max(value, reference * _NEXT_TO_NOTHING, _SMALLEST)
        found = metric_score(reference, value, direction=self.direction, scale=size)
        return max(-_FARTHEST, min(_FARTHEST, found))

    def standings(self, values: Mapping[str, float]) -> dict[str, float]:
        """Return how each test stands."""
        return {nodeid: self.standing(nodeid, values[nodeid]) for nodeid in self.references}

    def whole(self, values: Mapping[str, float]) -> float:
        """Return how the objective stands: the mean of its tests."""
        return fmean(self.standings(values).values())

    def scores(self, incumbent: Mapping[str, float], candidate: Mapping[str, float]) -> dict[str, float]:
        """Return the score of each test in one pair."""
        before, after = self.standings(incumbent), self.standings(candidate)
        return {nodeid: after[nodeid] - before[nodeid] for nodeid in before}

    def score(self, incumbent: Mapping[str, float], candidate: Mapping[str, float]) -> float:
        """Return the score of one pair over the objective."""
        return self.whole(candidate) - self.whole(incumbent)

    def share(self, score: float) -> float:
        """Return the size of a score as a share of the value, for people: 0.02 for 2 %."""
        return abs(score) if self.sizes else math.expm1(min(_FARTHEST, abs(score)))
