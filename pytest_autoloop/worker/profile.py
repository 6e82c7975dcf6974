"""Where the time of one benchmark goes."""

from __future__ import annotations

import contextlib
import cProfile
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from .messages import Profiled

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import CodeType

    from .channel import WorkerEnd
    from .fixture import Target
    from .messages import Round

_Place = tuple[str, int, str]

_PROFILE_SECONDS = 0.1
# A function with this share of a benchmark's time is what it is about.
_MOST = 0.5


class ProfileDriver:
    """Run a benchmark under cProfile for a moment and send where the time goes."""

    def __init__(self, channel: WorkerEnd, tree: Path) -> None:
        self._channel = channel
        self._tree = tree
        self._before: cProfile.Profile | None = None

    def begin(self) -> None:
        """Begin to look at what a test calls before its benchmark does."""
        self.end()
        # Somebody else's profiler goes before.
        with contextlib.suppress(ValueError):
            profile = cProfile.Profile(builtins=False)
            profile.enable()
            self._before = profile

    def end(self) -> set[_Place]:
        """Put an end to that, and return the functions."""
        profile, self._before = self._before, None
        if profile is None:
            return set()
        profile.disable()
        return {place for entry in profile.getstats() if (place := self._place(entry.code)) is not None}

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Profile as many calls as fit into a tenth of a second, and no more than the author allows."""
        before = self.end()
        iterations = target.iterations or 1
        first, result, _ = target.run(iterations)
        record(first, iterations)
        allowed = 10_000 if target.rounds is None else target.rounds - 1
        repeats = min(allowed, max(1, int(_PROFILE_SECONDS * 1e9 / max(1, first.wall))))
        # Without builtins, the time of a C function counts for the Python function that called it, which is what can be rewritten.
        profile = cProfile.Profile(builtins=False)
        for _ in range(repeats):
            args, kwargs = target.prepare()
            profile.enable()
            for _ in range(iterations):
                result = target.call(*args, **kwargs)
            profile.disable()
            if target.clean is not None:
                target.clean(*args, **kwargs)
        if repeats > 0:
            self._channel.send(self._profiled(target.nodeid, profile, repeats * iterations, before))
        return result

    def _profiled(self, nodeid: str, profile: cProfile.Profile, calls: int, before: set[_Place]) -> Profiled:
        entries = profile.getstats()
        seconds = sum(entry.inlinetime for entry in entries)
        found = [(place, entry) for entry in entries if (place := self._place(entry.code)) is not None]
        rows = [[*place, entry.callcount, entry.inlinetime, entry.totaltime] for place, entry in found]
        known = any(place in before and entry.totaltime > _MOST * seconds for place, entry in found)
        return Profiled(nodeid=nodeid, calls=calls, seconds=seconds, functions=rows, before=known)

    def _place(self, code: CodeType | str) -> _Place | None:
        """Return where a function of the tree is defined, and its name."""
        path = None if isinstance(code, str) else Path(code.co_filename)
        if path is None or isinstance(code, str) or not path.is_relative_to(self._tree):
            return None
        return path.relative_to(self._tree).as_posix(), code.co_firstlineno, code.co_name
