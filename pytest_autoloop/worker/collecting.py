"""Garbage collection around calls whose results are told: what a call puts off until its garbage is collected comes too late.

Whatever runs between the end of a call and the look at what it returned could do the work that the call has not done. So nothing is
collected there. Bound before any project code runs: a patch may replace the functions of `gc`.
"""

from __future__ import annotations

import gc
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

is_collecting = gc.isenabled
thresholds = gc.get_threshold
stop = gc.disable
collect = gc.collect
freeze = gc.freeze
unfreeze = gc.unfreeze
_start = gc.enable


def collect_young() -> None:
    """Collect what has been made since the last time: that takes as long as there is of it."""
    collect(0)


@contextmanager
def restored() -> Iterator[bool]:
    """Tell whether garbage is collected by itself, and see to it that it is so again in the end."""
    collecting = is_collecting()
    try:
        yield collecting
    finally:
        (_start if collecting else stop)()
