"""How much of the machine one child may take: generous limits, the same for both sides of a duel."""

from __future__ import annotations

import contextlib
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_GIB = 1 << 30
_OPEN_FILES = 65_536
_SPARE_PROCESSES = 4096


def generous(folder: Path) -> Mapping[str, int]:
    """Return the limits of a child that writes below ``folder``, by the end of their names (``RLIMIT_…``).

    There is none of CPU time, which the limits of wall time bound: where one is set, Linux tells a process its CPU time by clock ticks
    only, and no benchmark could be measured.
    """
    limits = {"NOFILE": _OPEN_FILES, "FSIZE": max(_GIB, min(8 * _GIB, shutil.disk_usage(folder).free // 2))}
    if (memory := _memory()) is not None:
        # What is really used: programs that only reserve addresses, as many run-time systems do, shall run.
        limits["DATA"] = max(2 * _GIB, memory // 2)
    # Counted per user, with everything they run already; root has no such limit.
    if os.geteuid() != 0 and (running := _running(os.geteuid())) is not None:
        limits["NPROC"] = running + _SPARE_PROCESSES
    return limits


def _memory() -> int | None:
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _running(user: int) -> int | None:
    """Return how many threads a user runs, or None where the system does not tell."""
    counts = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == user:
                counts.append(len(os.listdir(process / "task")))  # noqa: PTH208 - nothing but the number is needed
    return sum(counts) if counts else None
