"""Whether a candidate answers as the incumbent does where inputs are as untidy as those of users may be.

Tests and benchmarks have tidy ones, mostly: names without markup, rows in order, nothing twice. Who leaves out what makes a function hold
for the rest passes them all, and is faster. Whether that was wanted is for a person to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..worker.messages import OUT_OF_ORDER
from .equality import difference
from .otherwise import otherwise

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from .duel import Duel
    from .equality import Tolerance


@dataclass(frozen=True, slots=True, kw_only=True)
class Untidy:
    """What one benchmark's answers to untidy inputs are: other ones, or the same (``alike``)."""

    text: str
    alike: bool


def with_untidy_inputs(duels: Sequence[Duel], benchmark: Benchmark, tolerance: Tolerance) -> Untidy | None:
    """Return whether both answer alike; None where the incumbent has no answer to any.

    What the incumbent answers with an error is no input of its own. Nor is a disorder that it answers otherwise than order: in what order
    its inputs are it leaves to its callers.
    """
    nodeid, tried = benchmark.nodeid, set[str]()
    for duel in duels:
        for ours, theirs in duel.trials[nodeid].untidy if nodeid in duel.trials else ():
            if not ours.what or ours.raised:
                continue
            if ours.what != theirs.what:
                # The same is drawn on both sides, so what it is made of is not the same.
                return Untidy(text=f"{nodeid}: its arguments cannot be given {ours.what} as the incumbent's can", alike=False)
            if ours.what == OUT_OF_ORDER and difference(duel.returned[nodeid][-1][0].result, ours.result) is not None:
                continue
            if (how := otherwise(ours, theirs, tolerance.of(nodeid))) is not None:
                return Untidy(text=f"{nodeid}: answers otherwise with {ours.what}: {how}", alike=False)
            tried.add(ours.what)
    return Untidy(text=f"{nodeid}: answers with {', '.join(sorted(tried))}", alike=True) if tried else None
