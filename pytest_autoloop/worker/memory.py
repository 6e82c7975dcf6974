"""The peak memory of one call of a benchmark, as Python's own allocator tells it."""

from __future__ import annotations

import gc
import time
import tracemalloc
from typing import TYPE_CHECKING
from typing import Any

from .canonical import telling
from .canonical import told
from .fixture import inputs_of
from .messages import Recorded
from .messages import Returned
from .messages import Round
from .messages import Taken
from .messages import Varied
from .traces import Traces

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    from .beforehand import Beforehand
    from .channel import WorkerEnd
    from .fixture import Target

# Bound before any project code runs: a patch may replace the functions of `tracemalloc`.
_start = tracemalloc.start
_stop = tracemalloc.stop
_reset = tracemalloc.reset_peak
_traced = tracemalloc.get_traced_memory
_tracing = tracemalloc.is_tracing
_wall = time.perf_counter_ns

# Calls with changed arguments, unless one takes long (nanoseconds).
_CHANGES = 4
_LONG = 10e9


class MemoryDriver:
    """Run a benchmark once, its first call traced: what is remembered from an earlier call cannot make it look small."""

    def __init__(self, channel: WorkerEnd, beforehand: Beforehand | None = None, seed: int = 0) -> None:
        self._channel = channel
        self._beforehand = beforehand
        self._seed = seed

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Trace one call, which gives the result as well, and show what it came to.

        Nothing is looked at before it: whoever asks an object for its attributes may make the dictionary that the call would have made.
        Only where the process is watched before the call are objects that it works on looked at then, to see whether it changes them.
        """
        watch = self._beforehand
        args, kwargs = target.prepare()
        gc.collect()
        objects = None
        if watch is not None:
            disturbed = not watch.pause()
            self._channel.send(Taken(nodeid=target.nodeid, held=watch.held, most=watch.most, disturbed=disturbed))
            watch.forget()
            objects = Traces(target.call, args, kwargs)
        _start()
        try:
            _reset()
            before = _traced()[0]
            started = _wall()
            result = target.call(*args, **kwargs)
            wall = _wall() - started
            peak, tracing = _traced()[1] - before, _tracing()
        finally:
            if watch is not None:
                watch.forget()
            _stop()
        # Files first: nothing shall have the time to write them yet.
        files, (said, unseen) = Traces(target.call, args, kwargs).files(), telling(result)
        state = {} if objects is None else {"objects as before": objects.objects_kept()}
        returned = Returned(result=said, unseen=unseen, given=None, left=told((args, kwargs)), files=files, state=state)
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
        self._channel.send(returned)
        if watch is not None:
            for varied in self._varied(target, _CHANGES if wall < _LONG else 1):
                self._channel.send(varied)
            watch.go_on()
        return result

    def _varied(self, target: Target, most: int) -> Iterator[Varied]:
        """Yield what calls with changed arguments come to, one argument after the other, up to so many."""
        for number in range(most):
            try:
                changed = inputs_of(target).changed(self._seed + number)
            except Exception:  # noqa: BLE001 - whatever cannot be copied cannot be tried
                changed = []
            for what, make in changed:
                call, args, kwargs = make()
                _start()
                try:
                    result = call(*args, **kwargs)
                    peak = _traced()[1]
                except Exception as error:  # noqa: BLE001 - an error may well be the right answer
                    _stop()
                    yield Varied(what=what, raised=type(error).__name__)
                else:
                    _stop()
                    yield Varied(what=what, result=told(result), peak=peak)
            if not changed:
                yield Varied(what="")
                return
