"""The judge's own clock, against the times that a candidate tells of itself.

A child's clocks run in the measured process, where a patch can reach them. The judge sees when it asked for a round and when the answer
came: that includes a little for the channel, the same on both sides. What a candidate keeps from its own clock shows as time seen beyond
time told, more than the incumbent's.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from ..decision import harm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from .duel import Duel

# Below this the channel's own scatter decides (nanoseconds a round).
_RESOLUTION = 100_000
# Who claims no more than this (a share of the round) has nothing to hide.
_CLAIM = 0.02
# A gain is doubted when more than this share of it was not seen to pass, in duel after duel.
_HIDDEN = 0.5
# A gain in CPU time has to show in wall time by this share at least, as far as noise lets that be told.
_CONFIRMED = 0.5


def doubt(duels: Sequence[Duel], benchmark: Benchmark) -> str | None:
    """Return why the times of one benchmark are not to be believed, or None."""
    nodeid = benchmark.nodeid
    told = [duel for duel in duels if nodeid in duel.rounds]
    if not told:
        return None
    rounds = [_Told.of(duel, nodeid) for duel in told]
    hidden = median(found.hidden for found in rounds)
    claims = median(found.saved / found.round for found in rounds) > _CLAIM
    # A busy machine delays answers by chance, now of one side and now of the other: only what no chance explains counts.
    short = [(_HIDDEN * found.saved - found.hidden) / found.round for found in rounds]
    if claims and hidden > _RESOLUTION and harm(short) is not None:
        return f"harness tampered: {hidden / 1e6:.2f} ms of each round of {nodeid} passed beside its own clock"
    if benchmark.clock == "cpu":
        short = [duel.score(nodeid, "wall") - _CONFIRMED * duel.score(nodeid, "cpu") for duel in told]
        if harm(short) is not None:
            return f"the gain of {nodeid} in CPU time is not seen in wall time"
    return None


@dataclass(frozen=True, slots=True)
class _Told:
    """One benchmark in one duel, in nanoseconds: the incumbent's round, what the candidate says it saved, what it kept to itself."""

    round: float
    saved: float
    hidden: float

    @classmethod
    def of(cls, duel: Duel, nodeid: str) -> _Told:
        pairs = duel.rounds[nodeid]
        incumbent, candidate = median(inc.wall for inc, _ in pairs), median(cand.wall for _, cand in pairs)
        untold = median(cand.seen - cand.wall for _, cand in pairs) - median(inc.seen - inc.wall for inc, _ in pairs)
        return cls(max(1.0, incumbent), incumbent - candidate, untold)
