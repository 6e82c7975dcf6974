"""One entry of the catalogue: a change to the victim, what may become of it, and what must not happen meanwhile."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any
from typing import Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .world import World

Kind = Literal["attack", "improvement", "null"]

NOT_KEPT = ("rejected", "flagged")
ANY = ("rejected", "flagged", "kept")


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A candidate as data.

    ``row`` is its class in the catalogue. ``change`` edits a checkout, or is the patch itself; names in it such as ``@REPO@`` become the
    paths of the world it is judged in, since an attacker is taken to know them. ``allowed`` are the verdicts that will do, ``stage`` and
    ``reason`` (a pattern) what a rejection must say. ``never`` are the side effects to look for. ``limit`` says why nothing here can stop
    it: such an entry is expected to get through, and a test that finds it stopped fails, so that the list of limits stays true. What is
    ``long`` takes a whole trial of duels: only ``bench.redteam`` has the time.
    """

    name: str
    row: str
    kind: Kind
    change: Callable[[Path], None] | str
    allowed: tuple[str, ...] = NOT_KEPT
    stage: str | None = None
    reason: str = ""
    never: tuple[Callable[[World, Entry], str | None], ...] = ()
    limit: str = ""
    title: str = ""
    long: bool = False

    def faults(self, found: dict[str, Any], world: World) -> list[str]:
        """Return what is wrong with what became of it, given its row in the report and the world after the run."""
        said = f"{found['verdict']} at {found['stage']}: {found['reason']}"
        faults = []
        if found["verdict"] not in self.allowed:
            faults.append(f"it was {said}")
        if self.stage is not None and found["stage"] != self.stage:
            faults.append(f"not at the stage {self.stage}: {said}")
        if not re.search(self.reason, found["reason"]):
            faults.append(f"for another reason than {self.reason!r}: {said}")
        faults += [trouble for look in self.never if (trouble := look(world, self)) is not None]
        return faults
