"""The judge's own clock, against the times that a candidate tells of itself.

A child's clocks run in the measured process, where a patch can reach them. The judge sees when it asked for a round and when the answer
came: that includes a little for the channel, the same on both sides. What a candidate keeps from its own clock shows as time seen beyond
time told, more than the incumbent's.
"""

from __future__ import annotations

from statistics import median
from typing import TYPE_CHECKING

from ..decision import harm

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from .duel import Duel
    from .duel import Timing

# Below this the channel's own scatter decides (nanoseconds).
_RESOLUTION = 100_000
# A gain is doubted when this share of it was not seen to pass.
_HIDDEN = 0.3
# A gain in CPU time has to show in wall time by this share at least, as far as noise lets that be told.
_CONFIRMED = 0.5


def doubt(duels: Sequence[Duel], benchmark: Benchmark) -> str | None:
    """Return why the times of one benchmark are not to be believed, or None."""
    nodeid = benchmark.nodeid
    pairs = [pair for duel in duels for pair in duel.rounds.get(nodeid, ())]
    if not pairs:
        return None
    saved = median(inc.wall for inc, _ in pairs) - median(cand.wall for _, cand in pairs)
    hidden = median(_untold(cand) for _, cand in pairs) - median(_untold(inc) for inc, _ in pairs)
    if hidden > max(_RESOLUTION, _HIDDEN * saved):
        return f"harness tampered: {hidden / 1e6:.2f} ms of each round of {nodeid} passed beside its own clock"
    if benchmark.clock == "cpu":
        told = [duel for duel in duels if nodeid in duel.rounds]
        short = [duel.score(nodeid, "wall") - _CONFIRMED * duel.score(nodeid, "cpu") for duel in told]
        if harm(short) is not None:
            return f"the gain of {nodeid} in CPU time is not seen in wall time"
    return None


def _untold(timing: Timing) -> int:
    return timing.seen - timing.wall
