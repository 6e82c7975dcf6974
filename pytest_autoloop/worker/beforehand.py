"""What is allocated before measured calls: all that is held when one begins, and the most that a single call of the project's code took.

A peak falls just as well where its memory is taken earlier, in a constructor, in a set-up or at import.
"""

from __future__ import annotations

import sys
import tracemalloc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import FrameType

# Bound before any project code runs: a patch may replace the functions of `tracemalloc` and `sys`.
_start = tracemalloc.start
_reset = tracemalloc.reset_peak
_traced = tracemalloc.get_traced_memory
_tracing = tracemalloc.is_tracing
_watch = sys.setprofile
_watched_by = sys.getprofile


class Beforehand:
    """Watches the calls of functions whose code is in the project's ``own`` files (absolute paths), in the main thread.

    Only the outermost of them count, with all that they call: what tests themselves prepare is not theirs. ``most`` is the largest rise,
    in bytes, from the beginning of such a call to its peak.
    """

    def __init__(self, own: Iterable[str]) -> None:
        self.most = 0
        self._own = frozenset(own)
        self._outermost: FrameType | None = None
        self._at_its_start = 0
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

    @property
    def held(self) -> int:
        """The bytes that are held now of all that was allocated since the first of it was traced."""
        return _traced()[0]

    def _on_event(self, frame: FrameType, event: str, _: object) -> None:
        if self._outermost is None:
            if event == "call" and frame.f_code.co_filename in self._own:
                self._outermost = frame
                _reset()
                self._at_its_start = _traced()[0]
        elif event == "return" and frame is self._outermost:
            self._leave()

    def _leave(self) -> None:
        self._outermost = None
        self.most = max(self.most, _traced()[1] - self._at_its_start)
