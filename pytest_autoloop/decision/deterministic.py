"""Metrics without noise, such as call counts or a peak of traced memory: three pairs decide, and no risk is spent."""

from __future__ import annotations

import math
from statistics import median_low
from typing import TYPE_CHECKING
from typing import Literal

if TYPE_CHECKING:
    from collections.abc import Sequence

PAIRS = 3
"""How many processes, and then how many pairs, have to agree."""

_TOLERANCE = 1e-4
_SPREADS = 10.0


def spread(values: Sequence[float]) -> float:
    """Return how far the metric differs between processes of the same code: (largest - smallest) / |median|."""
    if not values or not all(map(math.isfinite, values)):
        raise ValueError(f"a metric's values must be finite numbers, at least one, not {list(values)}")
    width = max(values) - min(values)
    if width == 0:
        return 0.0
    centre = abs(median_low(values))
    return width / centre if centre else math.inf


def is_deterministic(values: Sequence[float]) -> bool:
    """Return whether a metric has no noise to speak of: three or more incumbents, each under another hash seed, agree to 1e-4."""
    return len(values) >= PAIRS and spread(values) <= _TOLERANCE


def judge_deterministic(scores: Sequence[float], noise: float = 0.0, min_gain: float = 0.02) -> Literal["keep", "drop", "disagree"]:
    """Decide on a candidate by the log ratios of three or more fresh pairs.

    It is kept if all improve by more than ``min_gain`` and by more than 10 times ``noise``, the :func:`spread` of the incumbents, and
    dropped if none does. If they disagree the candidate's metric is not deterministic: it then takes an ordinary trial, at a level.
    """
    if len(scores) < PAIRS or not all(map(math.isfinite, scores)):
        raise ValueError(f"this takes finite scores of {PAIRS} pairs, not {list(scores)}")
    needed = max(min_gain, _SPREADS * noise)
    better = sum(score > needed for score in scores)
    if better == len(scores):
        return "keep"
    return "disagree" if better else "drop"
