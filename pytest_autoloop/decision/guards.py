"""Whether a candidate that is better as a whole harms a single benchmark."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from pytest_autoloop.decision.noise import MAD_TO_SIGMA

if TYPE_CHECKING:
    from collections.abc import Sequence

# A loss up to this is tolerated.
LIMIT = 0.02

# The standard error of a median is that of a mean times √(π/2), for normal noise.
_MEDIAN_TO_MEAN = 1.25
# One-sided 95 %.
_Z = 1.64
_CHANCE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Harm:
    """A benchmark that got worse: the median of its scores, and what it may be at best (both log ratios below 0)."""

    median: float
    upper: float


def harm(scores: Sequence[float], *, limit: float = LIMIT, looks: int = 1) -> Harm | None:
    """Return the harm done to one benchmark, told from its scores in all duels of trial and audit, or None.

    Harm is a median loss of more than ``limit`` that noise alone would rarely show: median + 1.64 standard errors still lies below 0.
    A guard can only take a keep away, so it costs no risk. One duel alone has no scatter to judge it by and is never harm; two must agree
    well. Whoever ``looks`` at many benchmarks, each by several clocks, would find one by chance: then the signs of the scores, whose
    distribution is known whatever the noise, must be rarer than 5 % of all looks too, or as rare as so few duels can be.
    """
    if not scores:
        raise ValueError("harm can't be told from no duel at all")
    if not all(map(math.isfinite, scores)):
        raise ValueError(f"a duel's scores must be finite numbers, not {list(scores)}")
    if len(scores) == 1:
        return None
    centre = median(scores)
    spread = MAD_TO_SIGMA * median(abs(score - centre) for score in scores)
    upper = centre + _Z * _MEDIAN_TO_MEAN * spread / math.sqrt(len(scores))
    rare = looks == 1 or _by_signs(scores) <= max(_CHANCE / looks, 0.5 ** len(scores))
    return Harm(median=centre, upper=upper) if centre < -limit and upper < 0 and rare else None


def _by_signs(scores: Sequence[float]) -> float:
    """Return the chance of so many losses if a loss were as likely as a gain."""
    losses = sum(score < 0 for score in scores)
    return sum(math.comb(len(scores), count) for count in range(losses, len(scores) + 1)) * 0.5 ** len(scores)
