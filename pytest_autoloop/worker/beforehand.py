"""What is allocated before measured calls: all that is held when one begins, and what single calls of the project's code took.

A peak falls just as well where its memory is taken earlier, in a constructor, in a set-up or at import.
"""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType
    from types import FrameType

# Bound before any project code runs: a patch may replace the functions of `tracemalloc` and `sys`.
_start = tracemalloc.start
_stop = tracemalloc.stop
_reset = tracemalloc.reset_peak
_traced = tracemalloc.get_traced_memory
_tracing = tracemalloc.is_tracing
_watch = sys.setprofile
_watched_by = sys.getprofile


class Beforehand:
    """Watches the calls of functions whose code is in the project's ``own`` files (absolute paths), in the main thread.

    Only the outermost of them count, with all that they call: what tests themselves prepare is not theirs.
    """

    def __init__(self, own: Iterable[str]) -> None:
        self._own = frozenset(own)
        self._outermost: FrameType | None = None
        self._at_its_start = 0
        self._rises: dict[CodeType, int] = {}
        self._held_before = 0
        self._hook = self._on_event

    def go_on(self) -> None:
        """Trace and watch from here on."""
        _start()
        _watch(self._hook)

    def pause(self) -> bool:
        """Stop watching, but not tracing, and return whether nothing has put an end to either before."""
        undisturbed = _tracing() and _watched_by() is self._hook
        _watch(None)
        if self._outermost is not None:
            self._leave()
        return undisturbed

    def forget(self) -> None:
        """Stop tracing, so that a call is measured as it is where nobody watches; what is held until now is remembered as it is."""
        self._held_before = self.held
        _stop()

    @property
    def held(self) -> int:
        """The bytes that are held of all that was allocated since the first of it was traced."""
        return self._held_before + _traced()[0]

    @property
    def most(self) -> int:
        """The largest rises of single calls from their beginning to their peak, in bytes, one for each function, added up.

        So one is not hidden by a larger one of another function.
        """
        return sum(self._rises.values())

    def _on_event(self, frame: FrameType, event: str, _: object) -> None:
        if self._outermost is None:
            if event == "call" and frame.f_code.co_filename in self._own:
                self._outermost = frame
                _reset()
                self._at_its_start = _traced()[0]
        elif event == "return" and frame is self._outermost:
            self._leave()

    def _leave(self) -> None:
        assert self._outermost is not None
        code, self._outermost = self._outermost.f_code, None
        self._rises[code] = max(self._rises.get(code, 0), _traced()[1] - self._at_its_start)
