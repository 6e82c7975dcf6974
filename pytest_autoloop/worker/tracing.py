"""What Python's allocator takes, as `tracemalloc` tells it. Bound before any project code runs: a patch may replace its functions."""

from __future__ import annotations

import time
import tracemalloc
from typing import TYPE_CHECKING
from typing import Any
from typing import NamedTuple

from . import collecting

if TYPE_CHECKING:
    from collections.abc import Callable

start = tracemalloc.start
stop = tracemalloc.stop
forget = tracemalloc.clear_traces
reset_peak = tracemalloc.reset_peak
sizes = tracemalloc.get_traced_memory
is_tracing = tracemalloc.is_tracing
_wall = time.perf_counter_ns


class Traced(NamedTuple):
    """What one traced call returned and took: ``wall`` nanoseconds, and at its ``peak`` so many bytes more than were held before.

    That is None where the call put an end to the tracing.
    """

    result: Any
    peak: int | None
    wall: int


def traced(call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Traced:
    """Trace one call. Whoever traces already, as a test may that looks at memory itself, goes on. Raises what the call raises.

    Garbage is collected in the call as usual, and not after it, until the caller has it so again.
    """
    others = is_tracing()
    if not others:
        start()
    try:
        reset_peak()
        before, _ = sizes()
        started = _wall()
        result = call(*args, **kwargs)
        collecting.stop()
        wall = _wall() - started
        return Traced(result, sizes()[1] - before if is_tracing() else None, wall)
    finally:
        if not others:
            stop()
