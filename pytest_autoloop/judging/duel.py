"""A duel: one fresh incumbent process and one fresh candidate process, timing rounds in turn."""

from __future__ import annotations

import contextlib
import itertools
import math
import statistics
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal

from ..decision import pair_score
from ..experiment import Benchmark
from ..worker.channel import ChannelClosed
from ..worker.channel import ChannelForged
from ..worker.channel import ChannelTimeout
from ..worker.channel import Finish
from ..worker.channel import Parked
from ..worker.channel import Pin
from ..worker.channel import Release
from ..worker.channel import Report
from ..worker.channel import Returned
from ..worker.channel import Round
from ..worker.channel import RunRound
from .gate import failure_text

if TYPE_CHECKING:
    import random
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..experiment import Clock
    from ..workspace.launcher import Launcher
    from ..workspace.launcher import PytestChild
    from ..workspace.trees import Place
    from ..workspace.trees import Tree

Side = Literal["incumbent", "candidate"]

_ROUND_SECONDS = 1.5e-3  # a round should take one to ten milliseconds: two neighbours must fall into the same mood of the machine
_LONG_ROUND = 0.02
_VERY_LONG_ROUND = 0.5
_ENDLESS_ROUND = 5.0
_WARMUPS = 3
_USUAL_PAIRS = 15
_FEWEST_PAIRS = 5
_CPU_BOUND = 1.05
_START_SECONDS = 60.0
_FAREWELL = 10.0
_ROUND_GRACE = 20.0


class DuelFailed(Exception):
    """A side of a duel did not get through it; ``side`` says which, the text what happened."""

    def __init__(self, side: Side, message: str, output: str = "") -> None:
        super().__init__(message)
        self.side = side
        self.output = output


@dataclass(frozen=True, slots=True)
class Timing:
    """One round in nanoseconds: wall and CPU time as the child tells them, and the wall time that the judge saw pass meanwhile.

    ``waits`` counts how often the child gave its processor up by itself.
    """

    wall: int
    cpu: int
    seen: int
    waits: int = 0

    @property
    def times(self) -> tuple[int, int, int]:
        """The three times."""
        return self.wall, self.cpu, self.seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """The result of one duel: for each benchmark the rounds of both sides, as pairs (incumbent, candidate).

    ``cold`` is the very first round of each process, ``returned`` what its last call returned and left of its arguments, as digests.
    """

    rounds: Mapping[str, tuple[tuple[Timing, Timing], ...]]
    cold: Mapping[str, tuple[Timing, Timing]]
    returned: Mapping[str, tuple[Returned, Returned]]
    seconds: float

    def score(self, nodeid: str, clock: Clock) -> float:
        """Return the log ratio of one benchmark by one clock; positive means that the candidate is faster."""
        pairs = self.rounds[nodeid]
        return pair_score([getattr(inc, clock) for inc, _ in pairs], [getattr(cand, clock) for _, cand in pairs])

    def raw(self) -> dict[str, list[list[int]]]:
        """Return the rounds for the record: wall, CPU and seen time of the incumbent, then of the candidate."""
        return {nodeid: [[*inc.times, *cand.times] for inc, cand in pairs] for nodeid, pairs in self.rounds.items()}


class _Fighter:
    """One process of a duel."""

    def __init__(self, side: Side, child: PytestChild) -> None:
        self.side = side
        self._child = child
        self.over = False

    def failed(self, message: str) -> DuelFailed:
        return DuelFailed(self.side, message, self._child.output())

    def until_parked(self, limit: float) -> Parked | None:
        """Wait for the next benchmark, or None at the end of the session."""
        deadline = time.monotonic() + limit
        while True:
            record = self._take(max(0.0, deadline - time.monotonic()))
            if isinstance(record, Parked):
                return record
            if isinstance(record, Finish):
                self.over = True
                # Taking an interpreter apart takes a while; one that has failed shall have its time to say why.
                self._child.finished(_FAREWELL if record.exitstatus else 0.0)
                if record.exitstatus != 0:
                    raise self.failed(f"pytest ended with status {record.exitstatus}")
                return None

    def run(self, iterations: int, limit: float, *, collect: bool = False, spin: int = 0) -> Timing:
        """Run one round."""
        started = time.perf_counter_ns()
        self.tell(RunRound(iterations=iterations, collect=collect, spin=spin))
        record = self._take(limit)
        seen = time.perf_counter_ns() - started
        if not isinstance(record, Round):
            raise self.failed(f"a {type(record).__name__} came where a round was due")
        if type(record.wall) is not int or type(record.cpu) is not int:
            raise self.failed("harness tampered: a round without times")
        return Timing(record.wall, record.cpu, seen, record.waits)

    def release(self) -> None:
        """Let the benchmark's test go on."""
        self.tell(Release())

    def returned(self, limit: float) -> Returned:
        """Take what the released benchmark returned."""
        record = self._take(limit)
        if not isinstance(record, Returned):
            raise self.failed(f"a {type(record).__name__} came where a result was due")
        return record

    def tell(self, command: RunRound | Release | Pin) -> None:
        try:
            self._child.channel.send(command)
        except ChannelClosed:
            raise self._gone() from None

    def _take(self, limit: float) -> object:
        try:
            record = self._child.channel.take(limit)
        except ChannelTimeout:
            raise self.failed(f"nothing was heard of it for {limit:.0f} s") from None
        except ChannelForged as error:
            raise self.failed(f"harness tampered: {error}") from None
        except ChannelClosed:
            raise self._gone() from None
        if isinstance(record, Report) and record.data.get("outcome") == "failed":
            raise self.failed(f"{record.data.get('nodeid')} failed: {failure_text(record.data).splitlines()[-1:] or ''}")
        return record

    def _gone(self) -> DuelFailed:
        return self.failed(f"its process ended with status {self._child.finished().status} in the middle")


class Ring:
    """Where duels are fought: the launcher and the randomness."""

    def __init__(self, launcher: Launcher, rng: random.Random) -> None:
        self._launcher = launcher
        self._rng = rng

    def duel(self, incumbent: Tree, candidate: Tree, benchmarks: Sequence[Benchmark], limit: float, planted: float = 0.0) -> Duel:
        """Fight one duel over the benchmarks.

        Which side starts first, which gets which folder, which runs the first round, and the hash seed that both share are drawn anew.
        ``limit`` is the time in seconds after which the slower side is given up. ``planted`` is a gain (log ratio) to pretend: the
        slower side of it works that much longer in each round. Raises `DuelFailed`.
        """
        rng, started = self._rng, time.monotonic()
        places: list[Place] = rng.sample(["l", "r"], 2)
        sides: list[tuple[Side, Tree, Place]] = [("incumbent", incumbent, places[0]), ("candidate", candidate, places[1])]
        rng.shuffle(sides)
        wanted = {benchmark.nodeid: benchmark for benchmark in benchmarks}
        with contextlib.ExitStack() as stack:
            stack.callback(self._launcher.sweep)
            fighters: dict[Side, _Fighter] = {}
            for (side, tree, place), interpreter in zip(sides, self._launcher.pair(), strict=True):
                child = self._launcher.order(interpreter, tree, place, mode="duel", objective=list(wanted))
                fighters[side] = _Fighter(side, stack.enter_context(child))
            results = dict(self._results(fighters, wanted, limit, planted))
        missing = wanted.keys() - results.keys()
        if missing:
            raise DuelFailed("candidate", f"{sorted(missing)[0]} was not run")
        return Duel(
            rounds={nodeid: tuple(timed[1:]) for nodeid, (timed, _) in results.items()},
            cold={nodeid: timed[0] for nodeid, (timed, _) in results.items()},
            returned={nodeid: returned for nodeid, (_, returned) in results.items()},
            seconds=time.monotonic() - started,
        )

    def _results(
        self, fighters: Mapping[Side, _Fighter], wanted: Mapping[str, Benchmark], limit: float, planted: float
    ) -> Iterator[tuple[str, tuple[list[tuple[Timing, Timing]], tuple[Returned, Returned]]]]:
        """Go through the benchmarks with both sides, and yield each one's rounds and what it returned."""
        incumbent, candidate = fighters["incumbent"], fighters["candidate"]
        pin = self._pin()
        while True:
            parked = {side: fighter.until_parked(limit) for side, fighter in fighters.items()}
            if parked["incumbent"] is None and parked["candidate"] is None:
                return
            nodeid = self._same(fighters, parked)
            if pin is not None:
                incumbent.tell(pin)
                candidate.tell(pin)
            # The next duel's interpreters start while this one is measured, on the processors it does not use.
            self._launcher.prepare_pair([pin.cpu] if pin is not None else [])
            timed = list(self._rounds(incumbent, candidate, wanted[nodeid], limit, planted))
            incumbent.release()
            candidate.release()
            yield nodeid, (timed, (incumbent.returned(limit), candidate.returned(limit)))

    def _pin(self) -> Pin | None:
        return Pin(cpu=self._rng.choice(processors)) if (processors := self._launcher.processors) else None

    @staticmethod
    def _same(fighters: Mapping[Side, _Fighter], parked: Mapping[Side, Parked | None]) -> str:
        incumbent, candidate = parked["incumbent"], parked["candidate"]
        if candidate is None or incumbent is None or candidate.nodeid != incumbent.nodeid:
            raise fighters["candidate"].failed("the benchmarks ran in another order than the incumbent's")
        return incumbent.nodeid

    def _rounds(
        self, incumbent: _Fighter, candidate: _Fighter, benchmark: Benchmark, limit: float, planted: float
    ) -> Iterator[tuple[Timing, Timing]]:
        """Alternate rounds, the first of each pair being the second of the next: A B, B A, A B.

        Yields the first round of all, then those that count. The first is of a single call where that can be chosen: what a call costs
        when nothing is remembered from another.
        """
        order = [incumbent, candidate]
        self._rng.shuffle(order)
        work = round(math.expm1(abs(planted)) * benchmark.seconds * benchmark.iterations * 1e9)
        spin: dict[Side, int] = {"incumbent" if planted > 0 else "candidate": work}
        for number in range(benchmark.warmups + benchmark.rounds):
            n = 1 if number == 0 and benchmark.warmups and not benchmark.fixed else benchmark.iterations
            # Garbage of the warm-up is collected once, and what is left is frozen, so that no side meets it in a round.
            collect = number == benchmark.warmups
            timed = {fighter.side: fighter.run(n, limit, collect=collect, spin=spin.get(fighter.side, 0)) for fighter in order}
            order.reverse()
            if number == 0:
                yield timed["incumbent"], timed["candidate"]
            if number >= benchmark.warmups:
                yield timed["incumbent"], timed["candidate"]

    def warm(self, tree: Tree, nodeids: Sequence[str], limit: float) -> None:
        """Start the benchmarks in a tree once without timing them, so that its bytecode is written. Raises `DuelFailed`."""
        with self._launcher.start(tree, "l", mode="duel", objective=nodeids) as child:
            fighter = _Fighter("candidate", child)
            while fighter.until_parked(limit) is not None:
                fighter.release()
        self._launcher.sweep()

    def calibrate(self, incumbent: Tree, nodeids: Sequence[str], limit: float) -> list[Benchmark]:
        """Learn from one process of the incumbent how long its rounds and duels have to be, and which clock decides.

        Raises `DuelFailed`.
        """
        started = time.monotonic()
        samples: dict[str, tuple[Parked, int, list[Timing]]] = {}
        with self._launcher.start(incumbent, "l", mode="duel", objective=nodeids) as child:
            fighter = _Fighter("incumbent", child)
            parked = fighter.until_parked(limit)
            start_seconds = time.monotonic() - started
            if (pin := self._pin()) is not None:
                fighter.tell(pin)
            while parked is not None:
                n, rounds = _sample(fighter, parked, limit)
                samples[parked.nodeid] = (parked, n, rounds)
                fighter.release()
                parked = fighter.until_parked(limit)
        self._launcher.sweep()
        share = max(0.15, start_seconds / 2) / max(1, len(samples))
        return [_benchmark(*sample, share, len(samples)) for sample in samples.values()]


def _sample(fighter: _Fighter, parked: Parked, limit: float) -> tuple[int, list[Timing]]:
    """Find the iterations of a round by doubling, and time a few such rounds."""
    allowed = iter(range(parked.rounds)) if parked.rounds is not None else itertools.count()
    n = parked.iterations or 1
    next(allowed)
    last = fighter.run(n, limit)
    if parked.rounds is None and last.wall < _LONG_ROUND * 1e9:
        # The first call of a process pays for more than itself.
        last = fighter.run(n, limit)
    while parked.iterations is None and last.wall < _ROUND_SECONDS * 1e9 / 1.5:
        n *= 2
        last = fighter.run(n, limit)
    slow = last.wall > _VERY_LONG_ROUND * 1e9
    more = 0 if slow else 8
    return n, [last, *(fighter.run(n, limit) for _ in itertools.islice(allowed, more))]


def _benchmark(parked: Parked, n: int, rounds: Sequence[Timing], share: float, whole: int) -> Benchmark:
    """Settle how one of ``whole`` benchmarks is run, given its sample of rounds and its share of a side's time."""
    # On a busy machine wall time is longer than CPU time in every round, also of a benchmark that only computes: but that never waits.
    computes = statistics.median(time_.waits for time_ in rounds) == 0
    cpu_bound = computes or min(time_.wall / max(1, time_.cpu) for time_ in rounds) < _CPU_BOUND
    clock: Clock = "cpu" if cpu_bound else "wall"
    seconds = statistics.median(getattr(time_, clock) for time_ in rounds) / 1e9
    # The mean of many benchmarks needs less of each.
    usual = max(_FEWEST_PAIRS, min(_USUAL_PAIRS, 4 * _USUAL_PAIRS // whole))
    least = usual if seconds <= _LONG_ROUND else min(7, usual) if seconds <= _VERY_LONG_ROUND else 3 if seconds <= _ENDLESS_ROUND else 1
    pairs = max(least, min(60, round(share / max(seconds, 1e-6))))
    warmups = _WARMUPS if seconds <= _VERY_LONG_ROUND else 0
    if parked.rounds is not None:
        warmups = min(warmups, (parked.rounds - 1) // 2)
        pairs = min(pairs, parked.rounds - warmups)
    return Benchmark(
        nodeid=parked.nodeid,
        seconds=seconds / n,
        clock=clock,
        iterations=n,
        rounds=pairs,
        warmups=warmups,
        fixed=parked.iterations is not None,
    )
