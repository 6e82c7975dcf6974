"""Where the time of one benchmark goes."""

from __future__ import annotations

import cProfile
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from .messages import Profiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import WorkerEnd
    from .fixture import Target
    from .messages import Round

_PROFILE_SECONDS = 0.1


class ProfileDriver:
    """Run a benchmark under cProfile for a moment and send where the time goes."""

    def __init__(self, channel: WorkerEnd, tree: Path) -> None:
        self._channel = channel
        self._tree = tree

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Profile as many calls as fit into a tenth of a second, and no more than the author allows."""
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
            self._channel.send(self._profiled(target.nodeid, profile, repeats * iterations))
        return result

    def _profiled(self, nodeid: str, profile: cProfile.Profile, calls: int) -> Profiled:
        entries = profile.getstats()
        rows: list[list[Any]] = []
        for entry in entries:
            if not isinstance(entry.code, str):
                path = Path(entry.code.co_filename)
                if path.is_relative_to(self._tree):
                    code = entry.code
                    row = [path.relative_to(self._tree).as_posix(), code.co_firstlineno, code.co_name]
                    rows.append([*row, entry.callcount, entry.inlinetime, entry.totaltime])
        return Profiled(nodeid=nodeid, calls=calls, seconds=sum(entry.inlinetime for entry in entries), functions=rows)
