"""The ``benchmark`` fixture of a child: pytest-benchmark's own, with the timing taken over.

This is the only place that touches private names of pytest-benchmark: ``_mode`` (so that its clean-up does not warn of an unused
fixture), ``_make_stats`` (tests read ``benchmark.stats``), and ``plugin.get_tag``, which starts eight processes of git and hg at every
start of pytest. `unsupported` says whether the first two are there; without the third a start is only slower.
"""

from __future__ import annotations

import os
import resource
import sys
import time
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

import pytest_benchmark.plugin
from pytest_benchmark.fixture import BenchmarkFixture

from . import collecting
from .ahead import do_not_rewrite
from .around import around
from .canonical import telling
from .canonical import told
from .inputs import Inputs
from .messages import Go
from .messages import Look
from .messages import Parked
from .messages import Pin
from .messages import Ready
from .messages import Returned
from .messages import Round
from .messages import RunRound
from .messages import Show
from .messages import Timed
from .messages import Varied
from .messages import Vary
from .sharing import Parts
from .testcode import TestCode
from .traces import UNREADABLE
from .traces import Kept
from .traces import Traces

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from .channel import WorkerEnd
    from .inputs import Call
    from .messages import Record

# Bound before any project code runs: a patch may replace the functions of `time`.
_wall = time.perf_counter_ns
_cpu = time.process_time_ns
_usage = resource.getrusage
_CHILDREN = resource.RUSAGE_CHILDREN
_SELF = resource.RUSAGE_SELF
_range = range
_next = next
_watching = (sys.gettrace, sys.getprofile)

_NEEDED = ("__call__", "pedantic", "_make_stats", "_cleanup")


def unsupported() -> str | None:
    """Say why this pytest-benchmark cannot be driven, or None if it can."""
    missing = [name for name in _NEEDED if not hasattr(BenchmarkFixture, name)]
    return f"this pytest-benchmark has no BenchmarkFixture.{missing[0]}" if missing else None


def start_quickly() -> None:
    """Prepare pytest-benchmark for a pytest that has not started yet.

    It is imported already, so pytest need not rewrite its asserts any more. And it shall not ask git and hg for a default file name that
    nobody needs here.
    """
    do_not_rewrite(pytest_benchmark)
    if hasattr(pytest_benchmark.plugin, "get_tag"):
        pytest_benchmark.plugin.get_tag = lambda *_: "autoloop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What a benchmark runs: ``prepare`` makes the arguments of a round, ``clean`` takes them back, ``call`` is what is timed.

    ``iterations`` and ``rounds`` are the author's limits in pedantic mode, None otherwise. With ``made`` the arguments are new in each
    round. ``code`` tells that of the tests from the project's, ``test`` is the test itself, and ``fixtures`` what it was given.
    """

    nodeid: str
    call: Callable[..., Any]
    prepare: Callable[[], tuple[tuple[Any, ...], dict[str, Any]]]
    clean: Callable[..., Any] | None = None
    iterations: int | None = None
    rounds: int | None = None
    made: bool = False
    code: TestCode = field(default_factory=lambda: TestCode((), "/"))
    test: Callable[..., Any] | None = None
    fixtures: Mapping[str, Any] = field(default_factory=dict)

    def traces(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Traces:
        """Return what looks at the traces that calls with these arguments leave."""
        try:
            found = around(self.code, self.call, args, kwargs, self.test, self.fixtures)
        except Exception:  # noqa: BLE001 - whatever objects of others raise, they cannot be looked at
            found = [("what it works on", UNREADABLE)]
        return Traces(args, kwargs, found)

    def run(self, iterations: int, spin: int = 0, arguments: tuple[Any, Any] | None = None) -> tuple[Round, Any, Any]:
        """Run one round, timed, with garbage collection off.

        Returns its time, what the last call returned, and the arguments after it.
        """
        args, kwargs = self.prepare() if arguments is None else arguments
        call, result = self.call, None
        repeat = _range(iterations)
        with collecting.restored():
            collecting.stop()
            children = _children_ns()
            waits = _usage(_SELF).ru_nvcsw
            wall = _wall()
            cpu = _cpu()
            for _ in repeat:
                result = call(*args, **kwargs)
            if spin:
                enough = _cpu() + spin
                while _cpu() < enough:
                    pass
            cpu = _cpu() - cpu
            wall = _wall() - wall
            waits = _usage(_SELF).ru_nvcsw - waits
            cpu += _children_ns() - children
        if self.clean is not None:
            self.clean(*args, **kwargs)
        return Round(wall=wall, cpu=cpu, waits=waits), result, (args, kwargs)


def _children_ns() -> int:
    usage = _usage(_CHILDREN)
    return round((usage.ru_utime + usage.ru_stime) * 1e9)


class Driver(Protocol):
    """Who decides how often a benchmark runs."""

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Run the target's rounds, give each to ``record`` with its iterations, and return what the test shall get."""


class GateDriver:
    """Run a benchmark once: in a gate it is a test like any other, and its statistics are there to be read."""

    def __init__(self, channel: WorkerEnd) -> None:
        self._channel = channel

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Run one call, which gives both the timing and the result."""
        iterations = target.iterations or 1
        time_, result, _ = target.run(iterations)
        record(time_, iterations)
        self._channel.send(Timed(nodeid=target.nodeid, seconds=time_.wall / 1e9 / iterations))
        return result


class DuelDriver:
    """Park the benchmark and run one round whenever the judge says so."""

    def __init__(self, channel: WorkerEnd) -> None:
        self._channel = channel

    def drive(self, target: Target, record: Callable[[Round, int], None]) -> Any:
        """Answer commands until the test may go on."""
        channel = self._channel
        arguments = ((), {}) if target.made else target.prepare()
        since = _wall() / 1e9 - channel.ordered
        channel.send(Parked(nodeid=target.nodeid, iterations=target.iterations, rounds=target.rounds, since=since))
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

    Between the end of a round and the look at what it returned nothing is collected, and nothing of an earlier round goes out of use:
    either could do what the round has left undone. ``usual`` says whether garbage was collected by itself before.
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
        if isinstance(command, RunRound):
            return _run_fresh(self._target, command.iterations) if command.fresh else self._run(command)
        if isinstance(command, Pin):
            os.sched_setaffinity(0, {command.cpu})
            return None
        if isinstance(command, Show):
            return self._returned(command.around)
        assert isinstance(command, Vary), command
        return _varied(self._target, command)

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
        if self._target.made:
            self._arguments = self._target.prepare()
            self._given = told(self._arguments)
            self._traces.give(*self._arguments)
        time_, self._result, self._left = self._target.run(command.iterations, command.spin, self._arguments)
        self._record(time_, command.iterations)
        self._ran = True
        return time_

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
            state={
                "collecting": [self._usual, collecting.is_collecting()],
                "thresholds": list(collecting.thresholds()),
                "watched": any(found() is not None for found in _watching),
                **self._kept.unchanged(self._result, said),
            },
        )


def inputs_of(target: Target) -> Inputs:
    """Return what a benchmark works on, to be copied and changed. Raises `ValueError` where its author makes that anew for each round."""
    if target.made or target.clean is not None:
        raise ValueError("the author's own set-up makes the arguments")
    args, kwargs = target.prepare()
    return Inputs.of(target.call, args, kwargs, target.code)


def changed_calls(target: Target, seed: int, most: int = 1, *, throughout: bool = False) -> Sequence[tuple[str, Callable[[], Call]]]:
    """Return up to so many calls with one argument changed, or every part of all of them: in words, and what makes fresh calls of it.

    There are none where that cannot be.
    """
    try:
        inputs = inputs_of(target)
        return inputs.changed_throughout(seed, most) if throughout else inputs.changed(seed, most)
    except Exception:  # noqa: BLE001 - whatever cannot be copied cannot be tried
        return ()


def _run_fresh(target: Target, iterations: int) -> Round:
    """Run a round whose every call gets copies of its own."""
    try:
        inputs = inputs_of(target)
        calls = [inputs.fresh() for _ in _range(iterations)]
    except Exception:  # noqa: BLE001 - whatever cannot be copied cannot be tried
        return Round(wall=0, cpu=0)
    ready = iter(calls)

    def one() -> None:
        call, args, kwargs = _next(ready)
        call(*args, **kwargs)

    time_, _, _ = replace(target, call=one, clean=None).run(iterations, arguments=((), {}))
    return time_


def _varied(target: Target, order: Vary) -> Varied:
    """Call with changed arguments, each of up to so many calls with others, and then with all of them once more."""
    changed = changed_calls(target, order.seed, order.calls, throughout=order.throughout)
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
            return Varied(what=what, raised=type(error).__name__)
        results = results or [told(one) for one in found]
        times.append(time_.cpu)
    return Varied(what=what, calls=len(changed), result=results[0] if len(changed) == 1 else ["list", results], cpu=times)


class Driven(BenchmarkFixture):  # type: ignore[misc]
    """pytest-benchmark's fixture with its rounds handed to a `Driver`."""

    autoloop_driver: Driver
    autoloop_about: Mapping[str, Any]
    _mode: str | None

    @staticmethod
    def take_over(fixture: object, driver: Driver, known_as: Callable[[str], str], **about: Any) -> None:
        """Hand the rounds of a fixture to a driver, who is told of its test by the name that ``known_as`` returns.

        ``about`` is what each `Target` is told of the test besides. Another plugin's fixture of that name is left as it is: it is not
        ours to drive.
        """
        if isinstance(fixture, BenchmarkFixture):
            fixture.__class__ = Driven
            fixture.autoloop_driver = driver
            fixture.autoloop_about = about
            fixture.fullname = known_as(fixture.fullname)

    def __call__(self, function_to_benchmark: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Benchmark a function, as pytest-benchmark documents it."""
        if self._mode:
            return super().__call__(function_to_benchmark, *args, **kwargs)
        self._mode = "benchmark(...)"
        return self._drive(Target(nodeid=self.fullname, call=function_to_benchmark, prepare=lambda: (args, kwargs), **self.autoloop_about))

    def pedantic(
        self,
        target: Callable[..., Any],
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
        setup: Callable[[], Any] | None = None,
        teardown: Callable[..., Any] | None = None,
        rounds: int = 1,
        warmup_rounds: int = 0,
        iterations: int = 1,
    ) -> Any:
        """Benchmark a function with the author's own settings, as pytest-benchmark documents it."""
        if self._mode:
            return super().pedantic(target, args=args, kwargs=kwargs)
        self._mode = "benchmark.pedantic(...)"
        keywords = kwargs or {}

        def prepare() -> tuple[tuple[Any, ...], dict[str, Any]]:
            made = setup() if setup is not None else None
            if not made:
                return args, keywords
            if args or keywords:
                raise TypeError("Can't use `args` or `kwargs` if `setup` returns the arguments.")
            made_args, made_keywords = made
            return made_args, made_keywords

        for name, value, least in (("iterations", iterations, 1), ("rounds", rounds, 1), ("warmup_rounds", warmup_rounds, 0)):
            if not isinstance(value, int) or value < least:
                self.has_error = True
                raise ValueError(f"Must have positive int for `{name}`.")
        if iterations > 1 and setup:
            self.has_error = True
            raise ValueError("Can't use more than 1 `iterations` with a `setup` function.")
        return self._drive(
            Target(
                nodeid=self.fullname,
                call=target,
                prepare=prepare,
                clean=teardown,
                iterations=iterations,
                rounds=rounds + warmup_rounds,
                made=setup is not None,
                **self.autoloop_about,
            )
        )

    def _drive(self, target: Target) -> Any:
        fixed: list[int] = []

        def record(time_: Round, iterations: int) -> None:
            # The statistics divide by the iterations of the first round; later rounds may have others.
            if not fixed:
                fixed.append(iterations)
                self._make_stats(iterations)
            self.stats.update(time_.wall / 1e9 * fixed[0] / iterations)

        try:
            return self.autoloop_driver.drive(target, record)
        except Exception:
            self.has_error = True
            raise
