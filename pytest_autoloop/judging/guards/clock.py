"""The judge's own clock, against the times that a candidate tells of itself.

A child's clocks run in the measured process, where a patch can reach them. The judge sees when it asked for a round and when the answer
came, and on Linux reads the process' CPU clock before and after, which no process can forge. Both include a little for the channel, the
same on both sides: how much, the incumbent's rounds tell. What a candidate keeps from its own clock shows as time beyond that.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING
from typing import Literal

from ...decision import harm
from ...decision import middle
from ...decision import pair_score
from ...decision.noise import MAD_TO_SIGMA

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ...experiment import Benchmark
    from ..duel import Duel

# Below this the channel's own scatter decides (nanoseconds a round).
_RESOLUTION = 100_000
# Who claims no more than this (a share of the round) has nothing to hide.
_CLAIM = 0.02
# A gain is doubted when more than this share of it was not seen to pass, in duel after duel.
_HIDDEN = 0.5
# A gain in CPU time has to show in wall time by this share at least, as far as noise lets that be told.
_CONFIRMED = 0.5
# A clock that shows less of the incumbent than this share of what it tells is another process' (nanoseconds a round below: its own error).
_TRUSTED = 0.9
_FINEST = 5_000.0
# A saving counts as seen from so many times the scatter between the clocks.
_TIMES_SCATTER = 3.0
# A benchmark of fixed work differs by less than this (log ratio) over several duels.
_CANARY = 0.05
_FEWEST = 6


def doubt(duels: Sequence[Duel], benchmark: Benchmark, looks: int = 1) -> str | None:
    """Return why the times of one benchmark are not to be believed, or None; ``looks`` as in `harm`."""
    nodeid = benchmark.nodeid
    told = [duel for duel in duels if nodeid in duel.rounds]
    if not told:
        return None
    rounds = [_Told.of(duel, nodeid) for duel in told]
    hidden = median(found.hidden for found in rounds)
    claims = median(found.saved / found.round for found in rounds) > _CLAIM
    # A busy machine delays answers by chance, now of one side and now of the other: only what no chance explains counts.
    short = [(_HIDDEN * found.saved - found.hidden) / found.round for found in rounds]
    if claims and hidden > _RESOLUTION and harm(short, looks=looks) is not None:
        return f"harness tampered: {hidden / 1e6:.2f} ms of each round of {nodeid} passed beside its own clock"
    # Who claims nothing has only the noise of wall time to show.
    if benchmark.clock == "cpu" and median(duel.score(nodeid, "cpu") for duel in told) > _CLAIM:
        short = [duel.score(nodeid, "wall") - _CONFIRMED * duel.score(nodeid, "cpu") for duel in told]
        if harm(short, looks=looks) is not None:
            return f"the gain of {nodeid} in CPU time is not seen in wall time"
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """What the kernel's CPU clock says of one benchmark's gain, in words too; ``below`` its resolution it says nothing."""

    kind: Literal["confirmed", "contradicted", "below", "untold"]
    text: str


def confirmation(duels: Sequence[Duel], benchmark: Benchmark, looks: int = 1) -> Confirmation:
    """Compare the CPU time that the judge saw the processes use with the gain in CPU time that is claimed; ``looks`` as in `harm`."""
    nodeid = benchmark.nodeid
    found = [spent for duel in duels if nodeid in duel.rounds and (spent := _Spent.of(duel, nodeid)) is not None]
    if benchmark.clock != "cpu" or not found or median(spent.trust for spent in found) < _TRUSTED:
        return Confirmation(kind="untold", text=f"{nodeid}: no CPU clock of the judge's")
    claimed, seen = median(spent.claimed for spent in found), median(spent.seen for spent in found)
    # Of what is next to nothing beside the channel's own time, only that it is little is seen.
    ratios = f"{math.exp(claimed):.2f}x told, " + ("as much seen" if seen >= claimed else f"{math.exp(seen):.2f}x seen")
    if abs(median(spent.saved for spent in found)) < _TIMES_SCATTER * median(spent.scatter for spent in found):
        return Confirmation(kind="below", text=f"{nodeid}: below the resolution of the judge's CPU clock ({ratios})")
    if claimed > _CLAIM and harm([spent.seen - _CONFIRMED * spent.claimed for spent in found], looks=looks) is not None:
        return Confirmation(kind="contradicted", text=f"harness tampered: {nodeid}: by the judge's CPU clock {ratios}")
    return Confirmation(kind="confirmed", text=f"{nodeid}: the judge's CPU clock ({ratios})")


def canary(duels: Sequence[Duel]) -> str | None:
    """Return why the benchmark of fixed work says that clock or rounds were tampered with, or None: it must not get faster."""
    told = [duel for duel in duels if duel.canary]
    if len(told) < _FEWEST:
        return None
    for clock in ("cpu", "wall"):
        scores = [
            pair_score([getattr(inc, clock) for inc, _ in duel.canary], [getattr(cand, clock) for _, cand in duel.canary]) for duel in told
        ]
        if harm([-score for score in scores], limit=_CANARY) is not None:
            return f"harness tampered: a benchmark of fixed work got {math.exp(median(scores)):.2f}x faster ({clock} time)"
    return None


@dataclass(frozen=True, slots=True)
class _Spent:
    """One benchmark in one duel by both clocks: log ratios, and in nanoseconds a round what is saved and how the clocks scatter."""

    claimed: float
    seen: float
    saved: float
    scatter: float
    trust: float

    @classmethod
    def of(cls, duel: Duel, nodeid: str) -> _Spent | None:
        pairs = [
            (inc, cand, inc.spent, cand.spent) for inc, cand in duel.rounds[nodeid] if inc.spent is not None and cand.spent is not None
        ]
        if not pairs:
            return None
        beside = [spent - inc.cpu for inc, _, spent, _ in pairs]
        usual = median(beside)
        ours, theirs = ([max(1, round(spent - usual)) for spent in side] for side in zip(*((p[2], p[3]) for p in pairs), strict=True))
        incumbent = max(1.0, middle([inc.cpu for inc, _, _, _ in pairs]))
        return cls(
            claimed=duel.score(nodeid, "cpu"),
            seen=pair_score(ours, theirs),
            saved=incumbent - middle([cand.cpu for _, cand, _, _ in pairs]),
            scatter=max(_FINEST, MAD_TO_SIGMA * median(abs(other - usual) for other in beside)),
            trust=median(spent for _, _, spent, _ in pairs) / incumbent,
        )


@dataclass(frozen=True, slots=True)
class _Told:
    """One benchmark in one duel, in nanoseconds: the incumbent's round, what the candidate says it saved, what it kept to itself."""

    round: float
    saved: float
    hidden: float

    @classmethod
    def of(cls, duel: Duel, nodeid: str) -> _Told:
        pairs = duel.rounds[nodeid]
        incumbent, candidate = middle([inc.wall for inc, _ in pairs]), middle([cand.wall for _, cand in pairs])
        untold = middle([cand.seen - cand.wall for _, cand in pairs]) - middle([inc.seen - inc.wall for inc, _ in pairs])
        return cls(max(1.0, incumbent), incumbent - candidate, untold)
