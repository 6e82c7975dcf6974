"""Which of some lines of the project its tests run: told by a trace function, which costs time, so only where somebody asks."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence
    from types import CodeType
    from types import FrameType

# Bound before any project code runs.
_trace, _trace_threads = sys.settrace, threading.settrace


class LinesRun:
    """Notes which of the ``wanted`` lines, by the full name of their file, are run from `start` to `stop`."""

    def __init__(self, wanted: Mapping[str, Sequence[int]]) -> None:
        self._wanted = {name: frozenset(lines) for name, lines in wanted.items()}
        # What is yet to be run of each piece of code; there is no use in following one of which all has been.
        self._left: dict[CodeType, set[int]] = {}
        self._ran = {name: set[int]() for name in wanted}

    def start(self) -> None:
        """Begin, in threads to come as well."""
        _trace_threads(self._called)
        _trace(self._called)

    def stop(self) -> dict[str, list[int]]:
        """Put an end to it, and return what was run."""
        _trace(None)
        _trace_threads(None)
        return {name: sorted(lines) for name, lines in self._ran.items()}

    def _called(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        code = frame.f_code
        left = self._left.get(code)
        if left is None:
            wanted = self._wanted.get(code.co_filename, frozenset())
            left = self._left[code] = {line for *_, line in code.co_lines() if line in wanted} if wanted else set()
        return self._line if left else None

    def _line(self, frame: FrameType, _event: str, _arg: Any) -> Any:
        code = frame.f_code
        left = self._left[code]
        if frame.f_lineno in left:
            left.discard(frame.f_lineno)
            self._ran[code.co_filename].add(frame.f_lineno)
        return self._line if left else None
