"""Whether a would-be keep buys its gain with memory: the traced peak of each benchmark's call, and the peak of whole processes."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING

from ..decision import harm

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..workspace.trees import Tree
    from .reading import Reader

# Less than this is nobody's concern, however many times as much it is.
_LEAST = 1 << 20


@dataclass(slots=True, kw_only=True)
class Memory:
    """Measures memory for would-be keeps only.

    ``growth`` is the share by which it may grow; the incumbent's calls are traced once, under the ``seed`` that candidates get too.
    """

    reader: Reader
    growth: float
    limit: float
    seed: int
    known: tuple[Tree, Mapping[str, float]] | None = None

    def grown(self, incumbent: Tree, candidate: Tree, peaks: Sequence[tuple[int, int]], *, trace: bool) -> Iterator[str]:
        """Yield what has grown by more than it may.

        ``peaks`` are those of whole processes, which also show what is not allocated through Python; they are coarse, and scatter. With
        ``trace`` the calls of benchmarks are measured too. Raises `DuelFailed` where they cannot be.
        """
        told = [(before, after) for before, after in peaks if before > 0 and after > 0]
        if told and harm([math.log(before / after) for before, after in told], limit=math.log1p(self.growth)) is not None:
            before, after = (median(pair[side] for pair in told) for side in (0, 1))
            yield f"its process needs {_mib(after)} of memory, the incumbent's {_mib(before)}"
        if not trace:
            return
        calls = self._of_incumbent(incumbent)
        for nodeid, peak in self.reader.read(candidate, "l", self.seed, self.limit, "candidate").values.items():
            if peak > calls[nodeid] * (1 + self.growth) and peak - calls[nodeid] > _LEAST:
                yield f"a call of {nodeid} needs {_mib(peak)} of memory at its peak, the incumbent's {_mib(calls[nodeid])}"

    def _of_incumbent(self, incumbent: Tree) -> Mapping[str, float]:
        if self.known is None or self.known[0] is not incumbent:
            self.known = (incumbent, self.reader.read(incumbent, "l", self.seed, self.limit).values)
        return self.known[1]


def _mib(size: float) -> str:
    return f"{size / 2**20:.1f} MiB"
