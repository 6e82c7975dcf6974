"""The peak memory of one call of a benchmark, as Python's own allocator tells it."""

from __future__ import annotations

import gc
import time
import tracemalloc
from typing import TYPE_CHECKING
from typing import Any

from .channel import Recorded
from .channel import Round

if TYPE_CHECKING:
    from collections.abc import Callable

    from .channel import WorkerEnd
    from .fixture import Target

# Bound before any project code runs: a patch may replace the functions of `tracemalloc`.
_start = tracemalloc.start
_stop = tracemalloc.stop
_reset = tracemalloc.reset_peak
_traced = tracemalloc.get_traced_memory
_tracing = tracemalloc.is_tracing
_wall = time.perf_counter_ns


class MemoryDriver:
    """Run a benchmark once, its first call traced: what is remembered from an earlier call cannot make it look small."""

    def __init__(self, channel: WorkerEnd) -> None:
        self._channel = channel

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Trace one call, which gives the result as well."""
        args, kwargs = target.prepare()
        gc.collect()
        _start()
        try:
            _reset()
            before = _traced()[0]
            started = _wall()
            result = target.call(*args, **kwargs)
            wall = _wall() - started
            peak, tracing = _traced()[1] - before, _tracing()
        finally:
            _stop()
        if target.clean is not None:
            target.clean(*args, **kwargs)
        # A test may read statistics, so there must be some.
        record(Round(wall=wall, cpu=wall), 1)
        self._channel.send(
            Recorded(
                nodeid=target.nodeid,
                file="",
                metric="memory",
                direction="lower",
                value=float(peak) if tracing else None,
                trouble="" if tracing else "cannot be told: the call stops tracemalloc",
            )
        )
        return result
