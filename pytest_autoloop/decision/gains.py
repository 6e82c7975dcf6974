"""The gain that is reported, from duels fought only for that purpose.

The duels of the trial led to the keep, so their mean flatters the candidate (the winner's curse); fresh duels do not.
"""

from __future__ import annotations

import math
from statistics import fmean
from statistics import median
from typing import TYPE_CHECKING

from pytest_autoloop.experiment import Gain

if TYPE_CHECKING:
    from collections.abc import Sequence

AUDIT_DUELS = 8
_MANY_AUDIT_DUELS = 24
# Standard deviations of a duel.
_CLEAR = 1.5

# Just below what the second of 8 reaches (0.9297): the documented ranks are the narrowest intervals above it.
_LEAST_COVERAGE = 0.925
# math.exp overflows above it.
_LARGEST_LOG = 709.0


def audited(scores: Sequence[float]) -> Gain:
    """Return the gain of a kept candidate from its audit duels: of 8, the mean of the middle four and the second to the seventh.

    The middle is what is left after a quarter was cut off at either end. The interval holds the median of a duel's score with a chance of
    :func:`coverage`, whatever the noise looks like: 93 % from 8 duels (second to seventh), 96 % from 9 (second to eighth) or 12 (third to
    tenth), at least 92.5 % from any other number above 4. Fewer can't reach that: the interval is their whole range.
    """
    if not scores:
        raise ValueError("a gain can't be told from no duel at all")
    if not all(map(math.isfinite, scores)):
        raise ValueError(f"a duel's scores must be finite numbers, not {list(scores)}")
    ordered = sorted(scores)
    count = len(ordered)
    rank = _rank(count)
    # With many duels the interval is narrower than the middle half; what is reported must lie inside it.
    cut = max(count // 4, rank - 1)
    middle = ordered[cut : count - cut]
    return Gain(ratio=_ratio(fmean(middle)), low=_ratio(ordered[rank - 1]), high=_ratio(ordered[count - rank]))


def audit_duels(scores: Sequence[float], sigma: float) -> int:
    """Return how many fresh duels tell the gain of a candidate with these ``scores`` in its trial: 8, or 24 where it is lost in the noise.

    Fixed before the first of them is fought, by duels that they do not depend on: whoever fights more only where the first eight look bad,
    and counts them all, reports too much. The interval of eight reaches about 0.85 ``sigma`` down from its middle, more or less.
    """
    return AUDIT_DUELS if median(scores) >= _CLEAR * sigma else _MANY_AUDIT_DUELS


def final(scores: Sequence[float]) -> Gain:
    """Return the gain of a whole run from fresh duels of its last incumbent against its first: of 12, the third to the tenth.

    That is the headline. The gains of the single steps were measured one by one, and their product would add up their errors.
    """
    return audited(scores)


def coverage(count: int, rank: int) -> float:
    """Return the chance that the ``rank``-th smallest to the ``rank``-th largest of ``count`` scores hold their true median between them.

    It misses only if fewer than ``rank`` scores fall on one side of the median, and how many do is a matter of coin tosses:
    1 - 2 · P(Binomial(count, 1/2) < rank), exact for any continuous law (David and Nagaraja, "Order Statistics", section 7.1).
    """
    if not 1 <= rank <= (count + 1) // 2:
        raise ValueError(f"rank must lie between 1 and half of {count}, not be {rank}")
    return 1.0 - math.ldexp(sum(math.comb(count, below) for below in range(rank)), 1 - count)


def _rank(count: int) -> int:
    rank = 1
    while rank < (count + 1) // 2 and coverage(count, rank + 1) >= _LEAST_COVERAGE:
        rank += 1
    return rank


def _ratio(log: float) -> float:
    return math.exp(min(_LARGEST_LOG, log))
