"""What a candidate costs beside its timed calls, told from outside: at import, in threads and processes left running, after the rounds."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING

from ..decision import harm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from .duel import Duel

# What is more than a tenth and more than this (nanoseconds) is more than chance.
_SHARE = math.log(1.1)
_LEAST = 20e6


def importing(duels: Sequence[Duel]) -> str | None:
    """Return by how much longer a process takes to come to its first benchmark, or None if it does not."""
    more = _more([duel.starts for duel in duels if duel.starts is not None])
    return None if more is None else f"importing it takes {more / 1e6:.0f} ms longer in each process: work has moved there"


def left_running(duels: Sequence[Duel]) -> Iterator[str]:
    """Yield what goes on after the timed calls that does not in the incumbent."""
    more = _more([duel.rests for duel in duels if duel.rests is not None])
    if more is not None:
        yield f"each process works {more / 1e6:.0f} ms longer beside its timed calls: work is put off"
    sides = [pair for duel in duels for pair in duel.outside.values()]
    threads = [theirs.threads - ours.threads for ours, theirs in sides if ours is not None and theirs is not None]
    if threads and median(threads) > 0:
        yield f"it leaves {median(threads):.0f} more threads running"
    if duels and median(duel.strays for duel in duels) > 0:
        yield "it leaves processes running"


def _more(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return how much more the candidate's side is, in nanoseconds, if that is no chance."""
    if not pairs or harm([math.log(max(1, ours) / max(1, theirs)) for ours, theirs in pairs], limit=_SHARE) is None:
        return None
    more = median(theirs - ours for ours, theirs in pairs)
    return more if more > _LEAST else None
