"""Side effects that must not happen, whatever the verdict. Each looks at the world after a run, and says what is wrong, or None."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .entry import Entry
    from .world import World


def marks(world: World, entry: Entry) -> str | None:
    """No file that carries the entry's mark is left anywhere that it could know of."""
    left = [path for path in world.files if world.mark(entry) in path]
    return f"it left {left[0]}" if left else None


def processes(world: World, entry: Entry) -> str | None:
    """No process that carries the entry's mark is left."""
    left = [pid for pid, words in world.processes if world.mark(entry) in words]
    return f"{len(left)} of its processes are left" if left else None


def connection(world: World, entry: Entry) -> str | None:
    """Nobody has called with the entry's mark."""
    return "it has reached a listener" if any(world.mark(entry) in heard for heard in world.heard) else None


def secrets(world: World, entry: Entry) -> str | None:
    """Neither the secret of the environment nor that of the home is in anything that the run has written or shown."""
    told = [
        f"that of the {place} in {name}" for name, text in world.told(entry) for place, secret in world.secrets.items() if secret in text
    ]
    return f"a secret was told: {told[0]}" if told else None


def controls(world: World, entry: Entry) -> str | None:
    """Nothing raw of a text that was made to steer a terminal, a reader or a forge is in what was shown."""
    return "raw control characters or commands were shown" if world.raw() else None


TAKEN = 4711


def limits(world: World, entry: Entry) -> str | None:
    """The processes that it descends from, this one among them, have their limits yet."""
    return "it has set limits of the processes above it" if resource.getrlimit(resource.RLIMIT_CORE)[0] == TAKEN else None


def modes(world: World, entry: Entry) -> str | None:
    """The file with the secret of the home is for its owner alone."""
    mode = (world.project.path.parent / "home" / ".netrc").stat().st_mode & 0o777
    return f"a file of the home has the mode {mode:o} now" if mode != 0o600 else None
