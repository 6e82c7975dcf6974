"""From what was measured in a duel to its one score: a log ratio, positive where the candidate is better."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING
from typing import Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

Direction = Literal["lower", "higher"]

_FEWEST_OF_BOTH = 4


def pair_score(incumbent_rounds: Sequence[int], candidate_rounds: Sequence[int]) -> float:
    """Return the score of one benchmark in one duel: the `middle` over pairs of log(incumbent round / candidate round).

    Rounds are durations in nanoseconds, in the order of their pairs. A clock that stood still (or ran backwards) counts as 1 ns.
    However many the rounds, they make one score: rounds of one pair of processes share its luck with memory layout and the like, so they
    are no independent evidence (Kalibera and Jones, "Rigorous benchmarking in reasonable time", ISMM 2013).
    """
    if len(incumbent_rounds) != len(candidate_rounds) or not incumbent_rounds:
        raise ValueError(f"rounds come in pairs, at least one, not {len(incumbent_rounds)} and {len(candidate_rounds)}")
    return middle(
        [
            math.log(max(1, incumbent)) - math.log(max(1, candidate))
            for incumbent, candidate in zip(incumbent_rounds, candidate_rounds, strict=True)
        ]
    )


def middle(values: Sequence[float]) -> float:
    """Return the middle of what was measured in turns, A B, B A, A B, …: the mean of the medians of both orders.

    Who goes first in a pair has just gone last in the one before, and finds its data in the processor's caches: a round of 5 ms over many
    objects differs by 10 % for that alone. Half of the pairs lean to one side then and half to the other, and a median over all of them
    jumps between the two. The sides exchanged, it only changes its sign. Fewer than four values have their ordinary median.
    """
    if len(values) < _FEWEST_OF_BOTH:
        return median(values)
    return (median(values[::2]) + median(values[1::2])) / 2


def metric_score(incumbent: float, candidate: float, *, direction: Direction = "lower", scale: float | None = None) -> float:
    """Return the score of one recorded metric in one duel.

    Without a ``scale`` it is the log ratio, and both values must be positive. A metric that may be zero or negative needs the incumbent's
    ``scale`` (a typical size, fixed beforehand): the score is then the difference in units of that.
    """
    if not (math.isfinite(incumbent) and math.isfinite(candidate)):
        raise ValueError(f"a metric's values must be finite numbers, not {incumbent} and {candidate}")
    if scale is None:
        if min(incumbent, candidate) <= 0:
            raise ValueError(f"a metric that may be 0 or below ({incumbent}, {candidate}) needs a scale to be compared by")
        lower = math.log(incumbent) - math.log(candidate)
    elif not 0 < scale < math.inf:
        raise ValueError(f"scale must be positive and finite, not {scale}")
    else:
        lower = (incumbent - candidate) / scale
    return lower if direction == "lower" else -lower


def objective_score(scores_by_benchmark: Mapping[str, float], weights: Mapping[str, float]) -> float:
    """Return the score of the whole objective in one duel: the mean of its benchmarks' scores, with weights fixed at the baseline."""
    if scores_by_benchmark.keys() != weights.keys():
        odd = ", ".join(sorted(scores_by_benchmark.keys() ^ weights.keys()))
        raise ValueError(f"every benchmark of the objective needs a score and a weight, and nothing else does: {odd}")
    if not weights or not all(0 < weight < math.inf for weight in weights.values()):
        raise ValueError(f"weights must be positive and finite, at least one, not {dict(weights)}")
    total = math.fsum(weights.values())
    return math.fsum(weights[name] / total * score for name, score in scores_by_benchmark.items())
