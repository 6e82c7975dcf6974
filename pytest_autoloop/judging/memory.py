"""Whether a would-be keep buys its gain with memory: the traced peak of each benchmark's call, and the peak of whole processes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from ..decision import harm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ..workspace.trees import Tree
    from .reading import Reading
    from .reading import SameSeed

# Less than this is nobody's concern, however many times as much it is.
_LEAST = 1 << 20


@dataclass(slots=True, kw_only=True)
class Memory:
    """Measures memory for would-be keeps only. ``growth`` is the share by which it may grow."""

    readings: SameSeed
    growth: float

    def processes(self, peaks: Sequence[tuple[int, int]]) -> Iterator[str]:
        """Yield whether whole processes have grown by more than they may, by the ``peaks`` of pairs of them in bytes.

        These also show what is not allocated through Python; they are coarse, and scatter.
        """
        told = [(before, after) for before, after in peaks if before > 0 and after > 0]
        if told and harm([math.log(before / after) for before, after in told], limit=math.log1p(self.growth)) is not None:
            before, after = (median(pair[side] for pair in told) for side in (0, 1))
            yield f"its process needs {mib(after)} of memory, the incumbent's {mib(before)}"

    def traced(self, incumbent: Tree, candidate: Tree) -> tuple[Reading, Reading]:
        """Trace the calls of benchmarks in a process of either side. Raises `DuelFailed` where they cannot be."""
        return self.readings.pair(incumbent, candidate)

    def calls(self, before: Reading, after: Reading) -> Iterator[str]:
        """Yield the benchmarks whose call needs more than it may in the candidate's process."""
        for nodeid, peak in after.values.items():
            usual = before.values[nodeid]
            if peak > usual * (1 + self.growth) and peak - usual > _LEAST:
                yield f"a call of {nodeid} needs {mib(peak)} of memory at its peak, the incumbent's {mib(usual)}"


def mib(size: float) -> str:
    """Return a number of bytes in words."""
    return f"{size / 2**20:.1f} MiB"
