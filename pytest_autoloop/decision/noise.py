"""How much the score of a duel scatters when nothing has changed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

# The median absolute deviation of a normal law, times this, is its standard deviation.
MAD_TO_SIGMA = 1.4826

_WINDOW = 100
_FLOOR = 1e-4
_FEWEST_DUELS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """The residuals of the latest duels, oldest first, and the noise they tell of.

    A poor estimate costs power or duels, never a false keep, provided that a candidate's own duels are learnt only after its verdict.
    """

    residuals: tuple[float, ...]

    @classmethod
    def from_scores(cls, scores: Sequence[float]) -> Noise:
        """Begin with the scores of calibration duels, incumbent against incumbent: their true centre is 0."""
        if not scores:
            raise ValueError("noise can't be told from no calibration duel at all")
        return cls(residuals=_finite(scores)[-_WINDOW:])

    def learn(self, scores: Sequence[float]) -> Noise:
        """Return the noise with the duels of a rejected candidate, around their median; fewer than 3 say nothing about scatter."""
        if len(scores) < _FEWEST_DUELS:
            return self
        centre = median(_finite(scores))
        return Noise(residuals=(*self.residuals, *(score - centre for score in scores))[-_WINDOW:])

    @property
    def sigma(self) -> float:
        """The robust standard deviation of a duel's score, from the median of the absolute residuals (at least 1e-4)."""
        return max(_FLOOR, MAD_TO_SIGMA * median(abs(residual) for residual in self.residuals))


def _finite(scores: Sequence[float]) -> tuple[float, ...]:
    for score in scores:
        if not math.isfinite(score):
            raise ValueError(f"a duel's score must be a finite number, not {score}")
    return tuple(scores)
