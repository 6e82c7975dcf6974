"""Whether a candidate does what the incumbent does: what its timed calls return, what they leave of their arguments, what the first costs.

These checks run in the measured process, so they detect what is not hidden from them, and prove nothing. What they find is for a person
to decide: remembering results between calls, for one, may well be wanted.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from ..decision import harm
from ..decision import pair_score

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from .duel import Duel

# A single call shorter than this is over before its first-time costs are (seconds).
_SHORTEST_CALL = 100e-6
# Gains below this are not told from the scatter of first calls.
_LEAST_GAIN = math.log(1.15)
# An honest gain shows in the first call by this share at least.
_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Comparable:
    """Which benchmarks return the same, and leave the same of their arguments, each time the incumbent runs them."""

    results: frozenset[str] = frozenset()
    arguments: frozenset[str] = frozenset()

    @classmethod
    def by(cls, duels: Sequence[Duel]) -> Comparable:
        """Learn it from duels of the incumbent against itself."""
        names = {nodeid for duel in duels for nodeid in duel.returned}
        sames = [{nodeid: (a.result == b.result, a.arguments == b.arguments) for nodeid, (a, b) in d.returned.items()} for d in duels]
        return cls(
            frozenset(name for name in names if all(same[name][0] for same in sames if name in same)),
            frozenset(name for name in names if all(same[name][1] for same in sames if name in same)),
        )


def differences(duels: Sequence[Duel], comparable: Comparable) -> Iterator[str]:
    """Yield what timed calls of the candidate returned or did otherwise than the incumbent's."""
    seen = [(nodeid, pair) for duel in duels for nodeid, pair in duel.returned.items()]
    for name in dict.fromkeys(nodeid for nodeid, (a, b) in seen if nodeid in comparable.results and a.result != b.result):
        yield f"{name}: the timed call returns something else than the incumbent's"
    for name in dict.fromkeys(nodeid for nodeid, (a, b) in seen if nodeid in comparable.arguments and a.arguments != b.arguments):
        yield f"{name}: the timed call leaves its arguments otherwise than the incumbent's"


def first_call(duels: Sequence[Duel], benchmark: Benchmark) -> str | None:
    """Return why the gain looks like one of remembering: the first call of a process has none of it. None if it has, or cannot be told."""
    told = [duel for duel in duels if benchmark.nodeid in duel.cold]
    if benchmark.seconds < _SHORTEST_CALL or benchmark.fixed or not benchmark.warmups or not told:
        return None
    warm = median(duel.score(benchmark.nodeid, benchmark.clock) for duel in told)
    if warm < _LEAST_GAIN:
        return None
    cold = [_cold(duel, benchmark) for duel in told]
    if harm([score - _SHARE * warm for score in cold]) is None:
        return None
    ratio = math.exp(median(cold))
    return f"{benchmark.nodeid}: the first call of a process is {ratio:.2f}x, later ones are {math.exp(warm):.2f}x: results are remembered"


def _cold(duel: Duel, benchmark: Benchmark) -> float:
    incumbent, candidate = duel.cold[benchmark.nodeid]
    return pair_score([getattr(incumbent, benchmark.clock)], [getattr(candidate, benchmark.clock)])
