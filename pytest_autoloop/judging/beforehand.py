"""Whether a call that needs less memory has merely had it taken earlier: by a constructor, a set-up or at import.

A process of either side is watched from its start. What is held when the measured call begins, and what single calls of the project's
own functions have taken before, must not have grown by what the measured call has saved.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .memory import mib

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..workspace.trees import Tree
    from .reading import Reading
    from .reading import SameSeed

LEAST = 128 << 10
"""Savings below this are not told from what code itself takes, in bytes."""

# So much of what a call saves has to be left when what came before it is counted.
_SHARE = 0.5


@dataclass(slots=True, kw_only=True)
class Beforehand:
    """Watches processes of would-be keeps. ``own`` tells the files of a tree that a patch could have changed."""

    readings: SameSeed
    own: Callable[[Tree], Sequence[str]]

    def watch(self, incumbent: Tree, candidate: Tree, changed: Sequence[str]) -> tuple[Reading, Reading]:
        """Watch a process of either side; ``changed`` are the candidate's files. Raises `DuelFailed` where it cannot be."""
        return self.readings.pair(incumbent, candidate, self.own(incumbent), changed)


def taken_earlier(before: Reading, after: Reading, values: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    """Yield the benchmarks whose savings are gone when what came before the call is counted.

    ``values`` are the bytes that their calls came to in the trial, incumbent and candidate.
    """
    for nodeid, (ours, theirs) in values.items():
        saved = ours - theirs
        was, now = before.taken[nodeid], after.taken[nodeid]
        if saved < LEAST or was.disturbed:
            continue
        if now.disturbed:
            yield f"{nodeid}: its call needs {mib(saved)} less, but what is taken before it is kept from being seen"
            continue
        more = max(0, now.held - was.held, now.most - was.most)
        if before.values[nodeid] - after.values[nodeid] - more < _SHARE * saved:
            how = f"{mib(more)} more are taken before it" if more >= _SHARE * saved else "not while what comes before it is watched"
            yield f"{nodeid}: its call needs {mib(saved)} less, but {how}"


def untold(before: Reading, values: Mapping[str, tuple[float, float]]) -> Iterator[str]:
    """Yield why it cannot be told of some benchmarks where their savings come from."""
    saving = {nodeid: ours - theirs for nodeid, (ours, theirs) in values.items() if ours > theirs}
    disturbed = [nodeid for nodeid in saving if before.taken[nodeid].disturbed]
    little = [nodeid for nodeid in saving if nodeid not in disturbed and saving[nodeid] < LEAST]
    for found, why in ((disturbed, "something else traces or watches the incumbent"), (little, f"less than {LEAST >> 10} KiB is saved")):
        if found:
            more = f" and {len(found) - 1} more" if len(found) > 1 else ""
            yield f"{found[0]}{more}: whether memory is taken before the call instead ({why})"
