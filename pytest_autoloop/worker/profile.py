"""Where the time of one benchmark goes."""

from __future__ import annotations

import contextlib
import cProfile
import inspect
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

from .messages import ALIKE
from .messages import Profiled

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from types import CodeType

    from .channel import WorkerEnd
    from .fixture import Target
    from .messages import Round

_Place = tuple[str, int, str]

_PROFILE_SECONDS = 0.1
# A function with this share of a benchmark's time is what it is about.
_MOST = 0.5
# What was called before and has less than this share of it, all together, has nothing to remember that is worth while.
_PART = 0.15


class _Taken(NamedTuple):
    """The calls of a function, but for those that it made of itself, and the seconds that they took, and it alone (``own``)."""

    calls: int
    seconds: float
    own: float = 0.0

    @classmethod
    def of(cls, entry: Any) -> _Taken:
        """Return what an entry of a profile tells."""
        return cls(max(1, entry.callcount - entry.reccallcount), entry.totaltime, entry.inlinetime)

    @property
    def each(self) -> float:
        """The seconds that one of them took."""
        return self.seconds / self.calls


class ProfileDriver:
    """Run a benchmark under cProfile for a moment and send where the time goes."""

    def __init__(self, channel: WorkerEnd, tree: Path) -> None:
        self._channel = channel
        self._tree = tree
        self._before: cProfile.Profile | None = None
        self._known: dict[_Place, _Taken] = {}
        self._measured: set[_Place] = set()
        self._functions: set[_Place] = set()
        self._collected: frozenset[str] = frozenset()

    def begin(self) -> None:
        """Begin to look at what is called beside the measured calls."""
        # Somebody else's profiler goes before.
        with contextlib.suppress(ValueError):
            profile = cProfile.Profile(builtins=False)
            profile.enable()
            self._before = profile

    def end(self) -> dict[_Place, _Taken]:
        """Put an end to that, and return what it told of each function; the process has called them from then on."""
        profile, self._before = self._before, None
        if profile is None:
            return {}
        profile.disable()
        entries = [(place, entry) for entry in profile.getstats() if (place := self._place(entry.code)) is not None]
        # The code of modules and classes is run when they are made.
        self._functions.update(place for place, entry in entries if getattr(entry.code, "co_flags", 0) & inspect.CO_OPTIMIZED)
        taken = {place: _Taken.of(entry) for place, entry in entries}
        for place, more in taken.items():
            known = self._known.get(place, _Taken(0, 0.0))
            self._known[place] = _Taken(known.calls + more.calls, known.seconds + more.seconds, known.own + more.own)
        return taken

    def collected(self) -> None:
        """Note that the tests are collected, and begin anew: what they take is told from here on."""
        self._collected = frozenset(place[0] for place in self.end() if place in self._functions)
        self.begin()

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Profile as many calls as fit into a tenth of a second, and no more than the author allows."""
        before = self.end()
        try:
            return self._driven(target, record, before)
        finally:
            self.begin()

    def _driven(self, target: Target, record: Callable[[Round, int], None], before: Mapping[_Place, _Taken]) -> Any:
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
            self._channel.send(self._profiled(target, profile, repeats * iterations, before))
        return result

    def _profiled(self, target: Target, profile: cProfile.Profile, calls: int, before: Mapping[_Place, _Taken]) -> Profiled:
        entries = profile.getstats()
        seconds = sum(entry.inlinetime for entry in entries)
        found = [(place, entry) for entry in entries if (place := self._place(entry.code)) is not None]
        rows = [[*place, entry.callcount, entry.inlinetime, entry.totaltime] for place, entry in found]
        dear = {place: _Taken.of(entry) for place, entry in found if entry.totaltime > _MOST * seconds}
        known = [(before[place], taken) for place, taken in dear.items() if place in before]
        worth = max((calls * ours.seconds / theirs.seconds for ours, theirs in known if ours.each >= ALIKE * theirs.each), default=0.0)
        besides = [(place, self._known[place], taken) for place, taken in dear.items() if place in self._known]
        earlier = [[path, name, others.calls, others.seconds, taken.each] for (path, _, name), others, taken in besides]
        # Another benchmark may have called it as well, with much or little to do.
        known_time = sum(entry.inlinetime for place, entry in found if place in self._known or place in self._measured)
        called = bool(earlier) or known_time > _PART * seconds
        self._measured.update(place for place, _ in found)
        return Profiled(
            nodeid=target.nodeid,
            calls=calls,
            seconds=seconds,
            functions=rows,
            before=called,
            worth=worth,
            earlier=earlier,
            prepared=sum(taken.own for (path, _, _), taken in before.items() if not target.code.holds(path)),
            collected=sorted(self._collected),
        )

    def _place(self, code: CodeType | str) -> _Place | None:
        """Return where a function of the tree is defined, and its name."""
        path = None if isinstance(code, str) else Path(code.co_filename)
        if path is None or isinstance(code, str) or not path.is_relative_to(self._tree):
            return None
        return path.relative_to(self._tree).as_posix(), code.co_firstlineno, code.co_name
