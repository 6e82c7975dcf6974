"""What the judge can see of another process without asking it: its CPU clock, its threads, its processors.

The process itself cannot forge any of it. Where the system does not tell (no such clock, no ``/proc``, another user's process), it is None.
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Threads and processors of a process."""

    threads: int
    processors: tuple[int, ...]


def cpu_time(pid: int) -> int | None:
    """Return the CPU time of a process so far, all its threads together, in nanoseconds.

    Linux makes the number of a process' CPU clock from its id: that is what clock_getcpuclockid(3) does.
    """
    try:
        return time.clock_gettime_ns((~pid << 3) | 2)
    except (OSError, OverflowError):
        return None


def seen_from_outside(pid: int) -> Outside | None:
    """Return the threads and processors of a process."""
    try:
        return Outside(threads=len(list(Path(f"/proc/{pid}/task").iterdir())), processors=tuple(sorted(os.sched_getaffinity(pid))))
    except (OSError, AttributeError):
        return None
