"""A benchmark that waits for the judge's commands in a duel, and does and tells what it is told to."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

from . import collecting
from .canonical import telling
from .canonical import told
from .classes import error_name
from .inputs import Inputs
from .lazily import read_to_the_end
from .limited import GivenUp
from .limited import given_up
from .messages import Go
from .messages import Look
from .messages import Parked
from .messages import Pin
from .messages import Ready
from .messages import Returned
from .messages import Round
from .messages import RunRound
from .messages import Show
from .messages import Varied
from .messages import Vary
from .sharing import Parts
from .traces import Kept
from .traces import Traces

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

    from .channel import WorkerEnd
    from .fixture import Target
    from .inputs import Call
    from .messages import Record
    from .messages import Way

# Bound before any project code runs: a patch may replace the functions of `time`.
_wall = time.perf_counter_ns
_cpu = time.process_time_ns
_range = range
_next = next
_watching = (sys.gettrace, sys.getprofile)


class DuelDriver:
    """Park the benchmark and run one round whenever the judge says so."""

    def __init__(self, channel: WorkerEnd) -> None:
        self._channel = channel

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Answer commands until the test may go on."""
        channel = self._channel
        arguments = ((), {}) if target.made else target.prepare()
        since, gap = channel.since_order(), channel.since_let_go()
        channel.send(Parked(nodeid=target.nodeid, iterations=target.iterations, rounds=target.rounds, since=since, gap=gap))
        command = channel.take()
        # The judge reads the clock of a process that waits: what is looked at here is none of the test's own time.
        with collecting.restored() as usual:
            collecting.stop()
            parked = _ParkedBenchmark(target, arguments, record, usual)
            while not isinstance(command, Go):
                if (answer := parked.answer(command)) is not None:
                    channel.send(answer)
                command = channel.take()
            collecting.unfreeze()
        return parked.result_of_a_round()


class _ParkedBenchmark:
    """A benchmark that runs as it is told to, and what its last round came to.

    Between the end of a round and a look at what it returned nothing is collected, and nothing of an earlier round goes out of use:
    either could do what the round has left undone. (Only where other arguments are tried in between is there garbage to collect; what such
    calls return is told at once.) ``usual`` says whether garbage was collected by itself before.
    """

    def __init__(self, target: Target, arguments: tuple[Any, Any], record: Callable[[Round, int], None], usual: bool) -> None:
        self._target = target
        self._record = record
        self._usual = usual
        self._arguments = arguments
        self._given, self._traces, self._kept = told(arguments), target.traces(*arguments).remember(), Kept()
        self._ran, self._result, self._left = False, None, None

    def answer(self, command: object) -> Record | None:
        """Do what the judge commands, and return what he is to be sent."""
        if isinstance(command, Look):
            return Ready()
        if isinstance(command, RunRound) and not command.fresh:
            return self._run(command)
        if isinstance(command, Pin):
            os.sched_setaffinity(0, {command.cpu})
            return None
        if isinstance(command, Show):
            return self._returned(command.around)
        # Copies of arguments may be large, and hold each other.
        collecting.collect_young()
        if isinstance(command, RunRound):
            return _run_fresh(self._target, command.iterations)
        assert isinstance(command, Vary), command
        return _untidy(self._target, command) if command.way == "untidy" else _varied(self._target, command)

    def result_of_a_round(self) -> Any:
        """Return what the last round returned, of one that runs now if there was none."""
        if not self._ran:
            iterations = self._target.iterations or 1
            time_, self._result, _ = self._target.run(iterations)
            self._record(time_, iterations)
        return self._result

    def _run(self, command: RunRound) -> Round:
        self._result = self._left = None
        if command.collect:
            collecting.collect()
            collecting.freeze()
        else:
            collecting.collect_young()
        set_up, wall = 0, 0
        if self._target.made:
            set_up, wall = _cpu(), _wall()
            self._arguments = self._target.prepare()
            set_up, wall = _cpu() - set_up, _wall() - wall
            self._given = told(self._arguments)
            self._traces.give(*self._arguments)
        time_, self._result, self._left = self._target.run(command.iterations, command.spin, self._arguments, first=command.first)
        self._record(time_, command.iterations)
        self._ran = True
        return replace(time_, set_up=set_up, set_up_wall=wall)

    def _returned(self, around: bool) -> Returned:
        # Files first: nothing shall have the time to write them yet.
        files, (said, unseen), parts = self._traces.files(), telling(self._result), Parts.of([self._result] if around else [])
        return Returned(
            result=said,
            unseen=unseen,
            given=self._given,
            left=told(self._left),
            files=files,
            data=self._traces.data() if around else {},
            shared={**self._traces.sharing(parts), **self._kept.sharing(parts)} if around else {},
            changed=self._traces.changed() if around else {},
            kinds=self._traces.kinds() if around else [],
            state={
                "collecting": [self._usual, collecting.is_collecting()],
                "thresholds": list(collecting.thresholds()),
                "watched": any(found() is not None for found in _watching),
                **self._kept.unchanged(self._result, said),
            },
        )


def inputs_of(target: Target, *, made: bool = False) -> Inputs:
    """Return what a benchmark works on, to be copied and changed, also if its author has it ``made`` anew for each round if that will do.

    Raises `ValueError` where it will not.
    """
    if (target.made and not made) or target.clean is not None:
        raise ValueError("the author's own set-up makes the arguments")
    args, kwargs = target.prepare()
    return Inputs.of(target.call, args, kwargs, target.code)


def changed_calls(target: Target, seed: int, most: int = 1, way: Way = "slightly") -> Sequence[tuple[str, Callable[[], Call]]]:
    """Return up to so many calls with arguments changed in one way: in words, and what makes fresh calls of it.

    There are none where that cannot be.
    """
    try:
        inputs = inputs_of(target, made=way == "untidy")
        if way == "untidy":
            return inputs.untidy(seed)
        return inputs.changed_throughout(seed, most) if way == "throughout" else inputs.changed(seed, most)
    except Exception:  # noqa: BLE001 - whatever cannot be copied cannot be tried
        return ()


def _run_fresh(target: Target, iterations: int) -> Round:
    """Run a round whose every call gets copies of its own, or what the author's set-up makes for it."""
    try:
        if target.made:
            time_, result, _ = target.run(1, arguments=target.prepare())
            return read_to_the_end(time_, result)
        inputs = inputs_of(target)
        calls = [inputs.fresh() for _ in _range(iterations)]
    except Exception:  # noqa: BLE001 - whatever cannot be copied cannot be tried
        return Round(wall=0, cpu=0)
    ready = iter(calls)

    def one() -> Any:
        call, args, kwargs = _next(ready)
        return call(*args, **kwargs)

    time_, result, _ = replace(target, call=one, clean=None).run(iterations, arguments=((), {}))
    return read_to_the_end(time_, result)


def _varied(target: Target, order: Vary) -> Varied:
    """Call with changed arguments, each of up to so many calls with others, and then with all of them once more."""
    changed = changed_calls(target, order.seed, order.calls, order.way)
    if not changed:
        return Varied(what="")
    what, times, results = changed[0][0], list[int](), list[Any]()
    for _ in _range(2):
        made, found = [make() for _, make in changed], list[Any]()

        def each(made: list[Call] = made, found: list[Any] = found) -> None:
            for call, args, kwargs in made:
                found.append(call(*args, **kwargs))

        try:
            time_, _, _ = replace(target, call=each, clean=None).run(1, arguments=((), {}))
        except Exception as error:  # noqa: BLE001 - an error may well be the right answer
            return Varied(what=what, raised=error_name(error))
        results = results or [told(one) for one in found]
        times.append(time_.cpu)
    return Varied(what=what, calls=len(changed), result=results[0] if len(changed) == 1 else ["list", results], cpu=times)


def _untidy(target: Target, order: Vary) -> Varied:
    """Call once with arguments that users may have: code may be in a loop for ever with what it was not made for."""
    for what, make in changed_calls(target, order.seed, way=order.way):
        call, args, kwargs = make()
        try:
            with given_up(order.limit):
                result = call(*args, **kwargs)
        except (Exception, GivenUp) as error:  # noqa: BLE001 - an error may well be the right answer
            return Varied(what=what, raised=error_name(error))
        # Files first, as ever.
        files = Traces(args, kwargs, []).files()
        return Varied(what=what, result=told(result), left=told((args, kwargs)), files=files)
    return Varied(what="")
