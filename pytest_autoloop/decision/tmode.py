"""Trials for metrics too expensive for many duels, with a seed that both sides share: a t-test with a fixed number of looks.

Seventeen trainings of five minutes each are absurd, so here a model of the noise stands in for the evidence of many duels: it has to be
near normal. With heavy tails (Student's t with 5 degrees of freedom) several times as many nulls are kept as the level allows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_autoloop.decision.eprocess import Decision

FIRST_LOOK = 2
LAST_LOOK = 8

_LOOKS = LAST_LOOK - FIRST_LOOK + 1
# A gain below this many standard deviations is not worth the pairs it takes to prove it.
_WORTHWHILE = 2.0
# One-sided 95 %.
_Z = 1.64


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededTrial:
    """The evidence on one candidate after some pairs, each of the same seed on both sides and another seed than the pairs before.

    Begin with :meth:`start`. ``sigma`` is told from ``calibrations`` pairs, which are its degrees of freedom. A candidate may be kept
    after 2 to 8 pairs, each of these looks at a seventh of ``level`` (Bonferroni). It is dropped as soon as a gain of 2 sigma is out of
    sight, even after its first pair: that costs no risk, and such pairs are expensive.
    """

    level: float
    sigma: float
    calibrations: int
    scores: tuple[float, ...] = ()

    @classmethod
    def start(cls, level: float, calibration: Sequence[float]) -> SeededTrial:
        """Begin a trial, with the scores of pairs of incumbents.

        The two incumbents of such a pair need *different* seeds: with the same one the same code may agree exactly, which says nothing.
        """
        if not 0 < level <= 1:
            raise ValueError(f"level must lie above 0 and be at most 1, not be {level}")
        if not calibration or not all(map(math.isfinite, calibration)):
            raise ValueError(f"calibration needs finite scores, at least one, not {list(calibration)}")
        # Around 0, not around their mean: it is the same code on both sides.
        sigma = math.sqrt(fmean(score * score for score in calibration))
        if sigma == 0:
            raise ValueError("all pairs of incumbents agree exactly: give them different seeds, or treat the metric as deterministic")
        return cls(level=level, sigma=sigma, calibrations=len(calibration))

    def after(self, score: float) -> SeededTrial:
        """Return the trial with one more pair; a decided trial takes none."""
        if not math.isfinite(score):
            raise ValueError(f"a pair's score must be a finite number, not {score}")
        if self.decision != "continue":
            raise ValueError(f"this trial is over ({self.decision}: {self.why}), so it takes no further pair")
        return SeededTrial(level=self.level, sigma=self.sigma, calibrations=self.calibrations, scores=(*self.scores, score))

    @property
    def p_value(self) -> float:
        """The chance that noise alone makes the mean score this large or larger, for one look (1 before the first pair)."""
        if not self.scores:
            return 1.0
        return student_tail(fmean(self.scores) * math.sqrt(len(self.scores)) / self.sigma, self.calibrations)

    @property
    def decision(self) -> Decision:
        """Whether to keep or drop the candidate, or to go on."""
        if len(self.scores) >= FIRST_LOOK and self.p_value <= self.level / _LOOKS:
            return "keep"
        return "drop" if self._futile or len(self.scores) >= LAST_LOOK else "continue"

    @property
    def why(self) -> str:
        """The decision in a few words, for people."""
        pairs = f"{len(self.scores)} pair" if len(self.scores) == 1 else f"{len(self.scores)} pairs"
        match self.decision:
            case "keep":
                return f"better if the noise is near normal (model-based): p = {self.p_value:.1e} after {pairs}"
            case "continue":
                return f"open after {pairs}"
            case "drop":
                return f"no gain in sight after {pairs}" if self._futile else f"undecided after {pairs}"

    @property
    def _futile(self) -> bool:
        count = len(self.scores)
        return count > 0 and fmean(self.scores) + _Z * self.sigma / math.sqrt(count) < _WORTHWHILE * self.sigma


def student_tail(t: float, freedom: int) -> float:
    """Return P(T >= t) for Student's t with ``freedom`` degrees of freedom (Abramowitz and Stegun 26.7.1, from 26.5).

    The relative error stays small far out in the tail, where 1 - P(T < t) would have lost all digits.
    """
    if freedom < 1:
        raise ValueError(f"there is no t law with {freedom} degrees of freedom")
    # x and 1 - x, each without cancellation.
    x, rest = freedom / (freedom + t * t), t * t / (freedom + t * t)
    tail = _incomplete_beta(freedom / 2, 0.5, x, rest) / 2
    return tail if t >= 0 else 1.0 - tail


def _incomplete_beta(a: float, b: float, x: float, rest: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b), with ``rest`` = 1 - x."""
    if x == 0 or rest == 0:
        return 0.0 if x == 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        # The fraction converges fast on one side only; I_x(a, b) = 1 - I_(1-x)(b, a) leads there.
        return 1.0 - _incomplete_beta(b, a, rest, x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log(rest)
    return math.exp(log_front) / (a * _continued_fraction(a, b, x))


def _continued_fraction(a: float, b: float, x: float) -> float:
    """Return the denominator 1 + d1/(1 + d2/(1 + …)) of Abramowitz and Stegun 26.5.8, from its far end backwards.

    Two hundred terms are far more than needed for any ``a`` up to thousands, and backwards there is nothing to divide by zero.
    """
    value = 1.0
    for m in range(100, 0, -1):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m - 1) * (a + b + m - 1) * x / ((a + 2 * m - 2) * (a + 2 * m - 1))
        value = 1.0 + odd / (1.0 + even / value)
    return value
