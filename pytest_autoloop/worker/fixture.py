"""The ``benchmark`` fixture of a child: pytest-benchmark's own, with the timing taken over.

This is the only place that touches private names of pytest-benchmark: ``_mode`` (so that its clean-up does not warn of an unused
fixture), ``_make_stats`` (tests read ``benchmark.stats``), and ``plugin.get_tag``, which starts eight processes of git and hg at every
start of pytest. `unsupported` says whether the first two are there; without the third a start is only slower.
"""

from __future__ import annotations

import resource
import time
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

import pytest_benchmark.plugin
from pytest_benchmark.fixture import BenchmarkFixture

from . import collecting
from .ahead import do_not_rewrite
from .around import around
from .messages import Round
from .messages import Timed
from .testcode import TestCode
from .traces import UNREADABLE
from .traces import Traces

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping

    from .channel import WorkerEnd

# Bound before any project code runs: a patch may replace the functions of `time`.
_wall = time.perf_counter_ns
_cpu = time.process_time_ns
_usage = resource.getrusage
_CHILDREN = resource.RUSAGE_CHILDREN
_SELF = resource.RUSAGE_SELF
_range = range

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

    def run(
        self, iterations: int, spin: int = 0, arguments: tuple[Any, Any] | None = None, *, first: bool = False
    ) -> tuple[Round, Any, Any]:
        """Run one round, timed, with garbage collection off; with ``first`` its first call is timed by itself too.

        Returns its time, what the last call returned, and the arguments after it.
        """
        args, kwargs = self.prepare() if arguments is None else arguments
        call, result = self.call, None
        repeat, first_cpu, first_wall = _range(iterations - 1 if first else iterations), 0, 0
        with collecting.restored():
            collecting.stop()
            children = _children_ns()
            waits = _usage(_SELF).ru_nvcsw
            wall = _wall()
            cpu = _cpu()
            if first:
                result = call(*args, **kwargs)
                first_wall, first_cpu = _wall() - wall, _cpu() - cpu + _children_ns() - children
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
        return Round(wall=wall, cpu=cpu, waits=waits, first=first_cpu, first_wall=first_wall), result, (args, kwargs)


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
            # As pytest-benchmark's own fixture says of itself that a call has failed.
            self.has_error = True
            raise
