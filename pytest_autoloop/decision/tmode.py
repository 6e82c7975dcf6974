"""Trials for metrics too expensive for many duels, with a seed that both sides share: a t-test with a fixed number of looks.

Seventeen trainings of five minutes each are absurd, so here a model of the noise stands in for the evidence of many duels: it has to be
near normal. With heavy tails (Student's t with 5 degrees of freedom) several times as many nulls are kept as the level allows.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from dataclasses import replace
from functools import lru_cache
from statistics import fmean
from statistics import stdev
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
# Reports cannot hold infinity.
_SMALLEST_P = 1e-300
_SIMULATED = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class SeededTrial:
    """The evidence on one candidate after some pairs, each of the same seed on both sides and another seed than the pairs before.

    Begin with :meth:`start`. ``sigma`` is told from ``calibrations`` pairs, which are its degrees of freedom. A candidate may be kept
    after 2 to 8 pairs, each of these looks at a seventh of ``level`` (Bonferroni). It is dropped as soon as a gain of 2 sigma is out of
    sight, even after its first pair: that costs no risk, and such pairs are expensive. With a ``margin`` the question is whether it is
    not worse by that much: everything is done on score + margin.
    """

    level: float
    sigma: float
    calibrations: int
    margin: float = 0.0
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

    @classmethod
    def against(cls, level: float, runs: Sequence[float], *others: Sequence[float], margin: float = 0.0) -> SeededTrial:
        """Begin a trial, with what single runs of the incumbent under different seeds came to (on the scale of scores).

        Two runs differ by twice the variance of one, which k runs tell with k - 1 degrees of freedom: half the cost of as many pairs.
        Where ``others`` tell of noise as well, those count that ask for the larger mean: it would be no proof that only one of them
        is exceeded, since few runs may look quiet by chance and many may be an earlier incumbent's.
        """
        if not 0 < level <= 1:
            raise ValueError(f"level must lie above 0 and be at most 1, not be {level}")
        told = [(noise_of_runs(one), len(one) - 1) for one in (runs, *others)]
        sigma, freedom = max(told, key=lambda one: one[0] * _bar(one[1], level))
        if sigma == 0:
            raise ValueError("all runs of the incumbent agree exactly: give them different seeds, or treat the metric as deterministic")
        return cls(level=level, sigma=sigma, calibrations=freedom, margin=margin)

    def after(self, score: float) -> SeededTrial:
        """Return the trial with one more pair; a decided trial takes none."""
        if not math.isfinite(score):
            raise ValueError(f"a pair's score must be a finite number, not {score}")
        if self.decision != "continue":
            raise ValueError(f"this trial is over ({self.decision}: {self.why}), so it takes no further pair")
        return replace(self, scores=(*self.scores, score))

    @property
    def p_value(self) -> float:
        """The chance that noise alone makes the mean score this large or larger, for one look (1 before the first pair)."""
        if not self.scores:
            return 1.0
        return student_tail(self._mean * math.sqrt(len(self.scores)) / self.sigma, self.calibrations)

    @property
    def evidence(self) -> float:
        """What has to reach 1/level, as with every other trial: one over the p-value of a look, times the number of looks."""
        return 1.0 / max(_SMALLEST_P, self.p_value * _LOOKS)

    @property
    def _mean(self) -> float:
        return fmean(self.scores) + self.margin

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
                better = f"not worse by {self.margin:.1%}" if self.margin else "better"
                return f"{better} if the noise is near normal (model-based): p = {self.p_value:.1e} after {pairs}"
            case "continue":
                return f"open after {pairs}"
            case "drop":
                return f"no gain in sight after {pairs}" if self._futile else f"undecided after {pairs}"

    @property
    def _futile(self) -> bool:
        count = len(self.scores)
        return count > 0 and self._mean + _Z * self.sigma / math.sqrt(count) < _WORTHWHILE * self.sigma


def noise_of_runs(runs: Sequence[float]) -> float:
    """Return the standard deviation of the difference of two runs, from what single runs came to."""
    if len(runs) < 2 or not all(map(math.isfinite, runs)):
        raise ValueError(f"this takes finite numbers of two runs or more, not {list(runs)}")
    return math.sqrt(2.0) * stdev(runs)


def detectable_seeded(sigma: float, freedom: int, level: float, power: float = 0.95, seed: int = 0) -> float:
    """Return the smallest true gain that a trial by the t law keeps with at least the chance ``power``, by simulating 400 candidates."""
    if not 0 < sigma < math.inf:
        raise ValueError(f"sigma must be positive and finite, not {sigma}")
    generator, bar = random.Random(seed), _bar(freedom, level)
    needs = sorted(_needed(generator, freedom, bar) for _ in range(_SIMULATED))
    return sigma * needs[min(_SIMULATED - 1, math.ceil(power * _SIMULATED))]


@lru_cache(maxsize=64)
def _bar(freedom: int, level: float) -> float:
    """Return what a look needs mean · √n / σ̂ to be: the point that the t law exceeds with a chance of level / 7."""
    low, high = 0.0, 1.0
    while student_tail(high, freedom) > level / _LOOKS:
        low, high = high, 2 * high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if student_tail(middle, freedom) > level / _LOOKS else (low, middle)
    return high


def _needed(generator: random.Random, freedom: int, bar: float) -> float:
    """Return the gain, in true standard deviations, from which on one simulated candidate is kept."""
    told = math.sqrt(sum(generator.gauss(0, 1) ** 2 for _ in range(freedom)) / freedom)
    noise = [generator.gauss(0, 1) for _ in range(LAST_LOOK)]
    means = [fmean(noise[:count]) for count in range(1, LAST_LOOK + 1)]
    # It stays in the race as long as no look before finds it hopeless, and wins at the first look that is enough.
    best, hope = math.inf, -math.inf
    for count, mean in enumerate(means, start=1):
        if count >= FIRST_LOOK:
            best = min(best, max(hope, bar * told / math.sqrt(count) - mean))
        hope = max(hope, _WORTHWHILE * told - _Z * told / math.sqrt(count) - mean)
    return best


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
