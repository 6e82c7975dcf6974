"""Keep this very process from being read by others of the same user while it judges."""

from __future__ import annotations

import contextlib
import ctypes
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PR_GET_DUMPABLE, _PR_SET_DUMPABLE = 3, 4


@contextlib.contextmanager
def unread() -> Iterator[None]:
    """Close this process' entries in ``/proc`` (memory, variables, files) to all but root, where the system can do that."""
    before = _prctl(_PR_GET_DUMPABLE, 0)
    if before is not None:
        _prctl(_PR_SET_DUMPABLE, 0)
    try:
        yield
    finally:
        # Anything but "yes" was set by the system, and is not to be had back by asking.
        if before == 1:
            _prctl(_PR_SET_DUMPABLE, 1)


def _prctl(option: int, value: int) -> int | None:
    try:
        answer: int = ctypes.CDLL(None).prctl(option, value, 0, 0, 0)
    except (OSError, AttributeError):
        return None
    return None if answer < 0 else answer
