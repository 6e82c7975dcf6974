"""What is allocated before measured calls: all that is held when one begins, and what single calls of the project's code took.

A peak falls just as well where its memory is taken earlier, in a constructor, in a set-up or at import.
"""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from . import tracing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import CodeType
    from types import FrameType

# Bound before any project code runs: a patch may replace the functions of `sys` and `os`.
_watch = sys.setprofile
_watched_by = sys.getprofile
_real = os.path.realpath


class Beforehand:
    """Watches the calls of functions whose code is in the project's ``own`` files (absolute paths), in the main thread.

    Only the outermost of them count, with all that they call: what tests themselves prepare is not theirs.
    """

    def __init__(self, own: Iterable[str]) -> None:
        # By their real paths too: links lead to them as well.
        self._own = frozenset(own).union(map(_really, own))
        self._is_own: dict[str, bool] = {}
        self._outermost: FrameType | None = None
        self._at_its_start = 0
        # By file too: equal code in two of them is equal.
        self._rises: dict[tuple[str, CodeType], int] = {}
        self._hook = self._on_event
        self.held = 0
        """The bytes that are held, until the last pause, of all that was allocated since the first of it was traced."""
        self.disturbed = False
        """Whether something else has ever put an end to the tracing or watching."""

    def go_on(self) -> None:
        """Trace and watch from here on."""
        tracing.start()
        _watch(self._hook)

    def pause(self) -> None:
        """Stop watching, and forget what was traced, so that a call is measured as it is where nobody watches.

        What is allocated from here on is told by the next pause.
        """
        self.disturbed = self.disturbed or not tracing.is_tracing() or _watched_by() is not self._hook
        _watch(None)
        if self._outermost is not None:
            self._leave()
        self.held += tracing.sizes()[0]
        # Tracing goes on: a test that looks at memory itself may have begun it too.
        tracing.forget()

    @property
    def most(self) -> int:
        """The largest rises of single calls from their beginning to their peak, in bytes, one for each function, added up.

        So one is not hidden by a larger one of another function.
        """
        return sum(self._rises.values())

    def _on_event(self, frame: FrameType, event: str, _: object) -> None:
        if self._outermost is None:
            if event == "call" and self._owns(frame.f_code.co_filename):
                self._outermost = frame
                tracing.reset_peak()
                self._at_its_start, _ = tracing.sizes()
        elif event == "return" and frame is self._outermost:
            self._leave()

    def _owns(self, path: str) -> bool:
        if (known := self._is_own.get(path)) is None:
            known = self._is_own[path] = path in self._own or _really(path) in self._own
        return known

    def _leave(self) -> None:
        assert self._outermost is not None
        code, self._outermost = self._outermost.f_code, None
        key = (code.co_filename, code)
        self._rises[key] = max(self._rises.get(key, 0), tracing.sizes()[1] - self._at_its_start)


def _really(path: str) -> str:
    """Return the path without links. Names of what is no file, such as ``<string>``, lead nowhere."""
    try:
        return _real(path) if path.startswith("/") else path
    except (OSError, ValueError):
        return path
