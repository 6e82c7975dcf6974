"""What a run can hope to see: the smallest gain that a trial keeps nearly always."""

from __future__ import annotations

import math
import random
from typing import TYPE_CHECKING
from typing import NamedTuple

from pytest_autoloop.decision.eprocess import factor
from pytest_autoloop.decision.eprocess import futile
from pytest_autoloop.decision.noise import Noise

if TYPE_CHECKING:
    from pytest_autoloop.decision.eprocess import Rule

_CANDIDATES = 300
_CALIBRATIONS = 12
_PRECISION = 1.01
_SMALLEST = 1e-6
# Times this, Student's t with 2 degrees of freedom has the median absolute deviation of the standard normal law.
_T2_TO_NORMAL = 0.6745 / 0.8165


class _Candidate(NamedTuple):
    sigma: float
    """The noise as 12 calibration duels would tell it."""
    noise: list[float]


def detectable(sigma: float, level: float, rule: Rule, power: float = 0.95, seed: int = 0) -> float:
    """Return the smallest true gain (log ratio) that a trial keeps with at least the chance ``power``; infinity if there is none.

    It is found by simulating 300 candidates, in a way not to flatter: noise has the robust standard deviation ``sigma``, but the
    tails of Student's t with 2 degrees of freedom, since real duels now and then go far astray; and trials know it from 12 calibration
    duels only. A gain is kept whenever a smaller one is under the same noise, so bisection gives the answer, to 1 % of itself (and to some
    4 % for the luck of the simulation).
    """
    if not 0 < sigma < math.inf or not 0 < power < 1:
        raise ValueError(f"sigma must be positive and finite, power between 0 and 1, not {sigma} and {power}")
    if not 0 < level <= 1:
        raise ValueError(f"level must lie above 0 and be at most 1, not be {level}")
    if rule.max_duels * math.log1p(rule.cap) < -math.log(level):
        # Even if every duel is won by far the evidence can't get there.
        return math.inf
    generator = random.Random(seed)
    open_ = [_candidate(generator, sigma, rule.max_duels) for _ in range(_CANDIDATES)]
    needed = math.ceil(power * _CANDIDATES)
    low, high = 0.0, max(rule.min_gain, 0.0) + sigma
    while sum(_kept(candidate, high, level, rule) for candidate in open_) < needed:
        low, high = high, 2 * high
        if high > 1e3 * (sigma + abs(rule.min_gain)):
            return math.inf
    while high > _PRECISION * low and high > _SMALLEST:
        middle = math.sqrt(low * high) if low else high / 2
        kept: list[_Candidate] = []
        lost: list[_Candidate] = []
        for candidate in open_:
            (kept if _kept(candidate, middle, level, rule) else lost).append(candidate)
        # Who is kept at the lower end, or lost at the upper end, need not be tried again.
        if len(kept) >= needed:
            high, open_ = middle, kept
        else:
            low, open_, needed = middle, lost, needed - len(kept)
    return high


def _candidate(generator: random.Random, sigma: float, duels: int) -> _Candidate:
    noise = [sigma * _heavy_tailed(generator) for _ in range(_CALIBRATIONS + duels)]
    return _Candidate(Noise.from_scores(noise[:_CALIBRATIONS]).sigma, noise[_CALIBRATIONS:])


def _heavy_tailed(generator: random.Random) -> float:
    # The inverse of the distribution function of Student's t with 2 degrees of freedom; random() may be 0 but never 1.
    chance = max(1e-12, generator.random())
    return _T2_TO_NORMAL * (2 * chance - 1) / math.sqrt(2 * chance * (1 - chance))


def _kept(candidate: _Candidate, gain: float, level: float, rule: Rule) -> bool:
    """Return what a Trial decides on these scores, without making a value of each of its steps."""
    sigma = candidate.sigma
    wealths = [1.0] * len(rule.bettors)
    bar = len(wealths) / level
    reach = rule.futility_z * sigma
    lowest, highest = rule.min_gain - reach, rule.min_gain + reach
    clipped = 0.0
    for duels, error in enumerate(candidate.noise, start=1):
        score = gain + error
        wealths = [wealth * factor(bettor, score, sigma, rule) for wealth, bettor in zip(wealths, rule.bettors, strict=True)]
        if sum(wealths) >= bar:
            return True
        clipped += max(lowest, min(highest, score))
        if futile(rule, sigma, clipped, duels):
            return False
    return False
