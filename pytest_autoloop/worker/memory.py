"""The peak memory of one call of a benchmark, as Python's own allocator tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from . import collecting
from .canonical import telling
from .canonical import told
from .classes import error_name
from .messages import Recorded
from .messages import Returned
from .messages import Round
from .messages import Taken
from .messages import Varied
from .parked import changed_calls
from .sharing import Parts
from .tracing import traced

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    from .beforehand import Beforehand
    from .channel import WorkerEnd
    from .fixture import Target
    from .inputs import Call
    from .traces import Traces

# Calls with changed arguments, unless one takes long (nanoseconds).
_CHANGES = 4
_LONG = 10e9


class MemoryDriver:
    """Run a benchmark's first call traced: what is remembered from an earlier one cannot make it look small.

    Where the process is watched before its calls (``beforehand``), a few more follow with arguments that ``seed`` changes.
    """

    def __init__(self, channel: WorkerEnd, beforehand: Beforehand | None = None, seed: int = 0) -> None:
        self._channel = channel
        self._beforehand = beforehand
        self._seed = seed

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Trace one call, which gives the result as well, and show what it came to.

        Nothing is looked at before it: whoever asks an object for its attributes may make the dictionary that the call would have made.
        Only where the process is watched are objects that it works on looked at then, to see whether it changes them.
        """
        watch, traces = self._beforehand, None
        args, kwargs = target.prepare()
        collecting.collect()
        if watch is not None:
            watch.pause()
            self._channel.send(Taken(nodeid=target.nodeid, held=watch.held, most=watch.most, disturbed=watch.disturbed))
            traces = target.traces(args, kwargs).remember()
        with collecting.restored():
            result, peak, wall = traced(target.call, args, kwargs)
            returned = _returned(result, args, kwargs, traces or target.traces(args, kwargs))
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
                value=None if peak is None else float(peak),
                trouble="" if peak is not None else "cannot be told: the call stops tracemalloc",
            )
        )
        self._channel.send(returned)
        if watch is not None:
            tried = list(self._varied(target, _CHANGES if wall < _LONG else 1))
            for varied in tried:
                self._channel.send(varied)
            if any(varied.what for varied in tried):
                # A test may look at what the last call has left, in a file, say: that is to be one with arguments of its own.
                args, kwargs = target.prepare()
                result = target.call(*args, **kwargs)
            watch.go_on()
        return result

    def _varied(self, target: Target, most: int) -> Iterator[Varied]:
        """Yield what calls with changed arguments come to, one argument after the other, up to so many."""
        for number in range(most):
            changed = changed_calls(target, self._seed + number)
            yield from (_called(what, make) for what, make in changed)
            if not changed:
                yield Varied(what="")
                return


def _returned(result: Any, args: tuple[Any, ...], kwargs: dict[str, Any], after: Traces) -> Returned:
    # Files first: nothing shall have the time to write them yet.
    files, (said, unseen), shared = after.files(), telling(result), after.sharing(Parts.of([result]))
    return Returned(
        result=said,
        unseen=unseen,
        given=None,
        left=told((args, kwargs)),
        files=files,
        data=after.data(),
        shared=shared,
        changed=after.changed(),
    )


def _called(what: str, make: Callable[[], Call]) -> Varied:
    with collecting.restored():
        try:
            found = traced(*make())
        except Exception as error:  # noqa: BLE001 - an error may well be the right answer
            return Varied(what=what, raised=error_name(error))
        # Whoever stops the tracing withholds it.
        return Varied(what="") if found.peak is None else Varied(what=what, result=told(found.result), peak=found.peak)
