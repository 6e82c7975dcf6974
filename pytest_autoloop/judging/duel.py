"""A duel: one fresh incumbent process and one fresh candidate process, timing rounds in turn."""

from __future__ import annotations

import contextlib
import math
import time
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from ..decision import pair_score
from ..experiment import Benchmark
from ..worker.messages import Pin
from ..worker.messages import Vary
from .fighter import DuelFailed
from .fighter import Fighter
from .fighter import Timing
from .gate import canary_names
from .rounds import LONG_ROUND
from .rounds import sample
from .rounds import settled
from .rounds import untidy_calls

if TYPE_CHECKING:
    import random
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..experiment import Clock
    from ..worker.messages import Parked
    from ..worker.messages import Returned
    from ..worker.messages import Varied
    from ..worker.messages import Way
    from ..workspace.launcher import Launcher
    from ..workspace.trees import Place
    from ..workspace.trees import Tree
    from ..workspace.watching import Outside
    from .fighter import Side

__all__ = ["Duel", "DuelFailed", "Ring", "Timing", "Trials"]

# What is tried with other arguments, for would-be keeps only: pairs of rounds (the first warms up), calls in one, changed calls.
_FRESH_PAIRS = 5
_FRESH_CALLS = 16
_WAYS_WITH_TIMES: tuple[Way, ...] = ("slightly", "throughout")
_WAYS: tuple[Way, ...] = ("slightly",) * 3 + ("throughout",) * 2
_ANY: tuple[Way, ...] = ("untidy",)
# Calls shorter than this (seconds) are varied in more ways at once, so that the clock tells something of them.
_SHORT_CALL = 50e-6
_MANY_VARIED = 32
# What an untidy call may take: so many times what a call takes, and seconds more.
_PATIENCE, _AT_LEAST = 10, 1.0
# Rounds have up to this share more or fewer calls than they should.
_VARIED_CALLS = 5

Pair = tuple[Timing, Timing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trials:
    """What became of one benchmark with other arguments, as pairs: rounds with copies of its own, calls with changed and untidy ones."""

    fresh: tuple[Pair, ...] = ()
    varied: tuple[tuple[Varied, Varied], ...] = ()
    untidy: tuple[tuple[Varied, Varied], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Duel:
    """The result of one duel: for each benchmark the rounds of both sides, as pairs (incumbent, candidate).

    ``cold`` is the very first call of each process; ``returned`` what some of its rounds returned and left of their arguments,
    ``outside`` what was seen of the processes at the end of them. ``canary`` are the rounds of a benchmark of fixed work, ``trials``
    what was tried with other arguments. ``starts`` is the time from the order to the first benchmark; ``before`` the CPU time between
    the end of another benchmark (or the collection of tests) and each one, ``after`` the same until the next, as far as they are told;
    ``rests`` the CPU time of the processes beyond what they told of their rounds (None where nothing tells). Of a benchmark that waits
    they are wall time, as the processes tell it; ``collected`` is the wall time from the order until all tests were collected.
    ``strays`` counts the processes that were left behind, ``memory`` is the peak of each process in bytes, ``litter`` how many files
    and folders each left in its temporary folder.
    """

    rounds: Mapping[str, tuple[Pair, ...]]
    cold: Mapping[str, Pair]
    returned: Mapping[str, tuple[tuple[Returned, Returned], ...]]
    seconds: float
    outside: Mapping[str, tuple[Outside | None, Outside | None]] = field(default_factory=dict)
    canary: tuple[Pair, ...] = ()
    trials: Mapping[str, Trials] = field(default_factory=dict)
    starts: tuple[int, int] | None = None
    before: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    after: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    rests: tuple[int, int] | None = None
    collected: tuple[int, int] | None = None
    strays: int = 0
    memory: tuple[int, int] = (0, 0)
    litter: tuple[int, int] = (0, 0)

    def score(self, nodeid: str, clock: Clock) -> float:
        """Return the log ratio of one benchmark by one clock; positive means that the candidate is faster."""
        pairs = self.rounds[nodeid]
        return pair_score([getattr(inc, clock) for inc, _ in pairs], [getattr(cand, clock) for _, cand in pairs])

    def raw(self) -> dict[str, list[list[int]]]:
        """Return the rounds for the record: wall, CPU and seen time of the incumbent, then of the candidate."""
        return {nodeid: [[*inc.times, *cand.times] for inc, cand in pairs] for nodeid, pairs in self.rounds.items()}


@dataclass(slots=True, kw_only=True)
class Bout:
    """A duel under way: what it is to run, and what was seen so far; ``spent`` are the seconds of the candidate's rounds."""

    wanted: Mapping[str, Benchmark]
    canaries: tuple[str, ...]
    limit: float
    planted: float
    around: bool
    closely: bool
    rounds: dict[str, tuple[Pair, ...]] = field(default_factory=dict)
    cold: dict[str, Pair] = field(default_factory=dict)
    returned: dict[str, tuple[tuple[Returned, Returned], ...]] = field(default_factory=dict)
    outside: dict[str, tuple[Outside | None, Outside | None]] = field(default_factory=dict)
    trials: dict[str, Trials] = field(default_factory=dict)
    before: dict[str, tuple[int, int]] = field(default_factory=dict)
    after: dict[str, tuple[int, int]] = field(default_factory=dict)
    canary: tuple[Pair, ...] = ()
    spent: float = 0.0

    def duel(self, incumbent: Fighter, candidate: Fighter, strays: int, seconds: float) -> Duel:
        """Return the duel when it is over."""
        return Duel(
            rounds=self.rounds,
            cold=self.cold,
            returned={nodeid: self.returned[nodeid] for nodeid in self.rounds},
            outside=self.outside,
            trials=self.trials,
            canary=self.canary,
            before=self.before,
            after=self.after,
            starts=_both(incumbent.start, candidate.start),
            rests=_both(incumbent.rest, candidate.rest),
            collected=_both(incumbent.collected, candidate.collected),
            strays=strays,
            memory=(incumbent.memory, candidate.memory),
            litter=(incumbent.litter, candidate.litter),
            seconds=seconds,
        )


def _both(ours: int | None, theirs: int | None) -> tuple[int, int] | None:
    """Return what both sides tell, None unless both do."""
    return None if ours is None or theirs is None else (ours, theirs)


def _same(incumbent: Fighter, candidate: Fighter, ours: Parked | None, theirs: Parked | None) -> str:
    """Return the benchmark that both sides wait at."""
    if ours is None or theirs is None or ours.nodeid != theirs.nodeid:
        if incumbent.skipped or candidate.skipped:
            # One that both leave out keeps them in step.
            side = incumbent if incumbent.skipped and not candidate.skipped else candidate
            raise side.astray(theirs, "its benchmark")
        raise candidate.failed("the benchmarks ran in another order than the incumbent's")
    return ours.nodeid


class Ring:
    """Where duels are fought: the launcher and the randomness. With ``canaries`` tests are planted among the objective."""

    def __init__(self, launcher: Launcher, rng: random.Random, *, canaries: bool = True) -> None:
        self._launcher = launcher
        self._rng = rng
        self._seed = rng.randrange(2**32)
        self._tried: Counter[tuple[str, Way]] = Counter()
        self.canaries = canaries

    def duel(
        self,
        incumbent: Tree,
        candidate: Tree,
        benchmarks: Sequence[Benchmark],
        limit: float,
        planted: float = 0.0,
        *,
        around: bool = False,
        closely: bool = False,
    ) -> Duel:
        """Fight one duel over the benchmarks.

        Which side starts first, which gets which folder, which runs the first round, and the hash seed that both share are drawn anew.
        ``limit`` is the time in seconds after which the slower side is given up. ``planted`` is a gain (log ratio) to pretend: the
        slower side of it works that much longer in each round. ``around`` also looks at what is around the calls, after rounds like any:
        nothing tells before whether it will be. ``closely`` does so too, and tries other arguments. Raises `DuelFailed`.
        """
        rng, started = self._rng, time.monotonic()
        places: list[Place] = rng.sample(["l", "r"], 2)
        sides: list[tuple[Side, Tree, Place]] = [("incumbent", incumbent, places[0]), ("candidate", candidate, places[1])]
        rng.shuffle(sides)
        bout = Bout(
            wanted={benchmark.nodeid: benchmark for benchmark in benchmarks},
            canaries=canary_names(3) if self.canaries else (),
            limit=limit,
            planted=planted,
            around=around or closely,
            closely=closely,
        )
        seed, strays = rng.randrange(2**32), list[int]()
        with contextlib.ExitStack() as stack:
            stack.callback(lambda: strays.append(self._launcher.sweep()))
            fighters: dict[Side, Fighter] = {}
            for (side, tree, place), interpreter in zip(sides, self._launcher.pair(), strict=True):
                child = self._launcher.order(
                    interpreter, tree, place, mode="duel", objective=list(bout.wanted), canaries=bout.canaries, seed=seed, step=True
                )
                fighters[side] = Fighter(side, stack.enter_context(child), bout.canaries)
            self._fight(fighters["incumbent"], fighters["candidate"], bout)
        if missing := bout.wanted.keys() - bout.rounds.keys():
            raise DuelFailed("candidate", f"{sorted(missing)[0]} was not run")
        if bout.canaries and not bout.canary:
            raise DuelFailed("candidate", "harness tampered: a canary was not run")
        return bout.duel(fighters["incumbent"], fighters["candidate"], strays[0], time.monotonic() - started)

    def _fight(self, incumbent: Fighter, candidate: Fighter, bout: Bout) -> None:
        """Go through the benchmarks with both sides, and note what they show. Raises `DuelFailed`."""
        pin, limit, both = self._pin(), bout.limit, (incumbent, candidate)
        for fighter in both:
            fighter.until_collected(limit)
        for fighter in self._rng.sample(both, 2):
            fighter.go()
        last = None
        while True:
            parked = [fighter.until_parked(limit) for fighter in both]
            if parked == [None, None]:
                return
            nodeid = _same(incumbent, candidate, parked[0], parked[1])
            passed = {"cpu": _both(incumbent.between, candidate.between), "wall": _both(incumbent.gap, candidate.gap)}
            for name, told in ((nodeid, bout.before), (last, bout.after)):
                known = bout.wanted.get(name or "")
                if name is not None and (pair := passed["cpu" if known is None else known.clock]) is not None:
                    told[name] = pair
            last = nodeid
            for fighter in both:
                fighter.look()
            for fighter in both:
                fighter.ready(limit)
            if pin is not None:
                incumbent.tell(pin)
                candidate.tell(pin)
            # The next duel's interpreters start while this one is measured, on the processors it does not use.
            self._launcher.prepare_pair([pin.cpu] if pin is not None else [])
            if nodeid.rpartition("::")[2] in bout.canaries:
                canary = Benchmark(nodeid=nodeid, seconds=0.0, clock="cpu", iterations=self._rng.randint(7, 20), rounds=6, warmups=1)
                bout.canary = tuple(self._rounds(incumbent, candidate, canary, bout)[1:])
                self._release(incumbent, candidate, bout)
                continue
            timed = self._rounds(incumbent, candidate, bout.wanted[nodeid], bout)
            bout.cold[nodeid], bout.rounds[nodeid] = timed[0], tuple(timed[1:])
            bout.outside[nodeid] = (incumbent.outside(), candidate.outside())
            if pin is not None and (found := bout.outside[nodeid][1]) is not None and found.processors != (pin.cpu,):
                raise candidate.failed("harness tampered: it has chosen other processors than it was given")
            # Whose author allows a single round may be able to do it once only.
            if bout.closely and parked[0] is not None and parked[0].rounds != 1:
                bout.trials[nodeid] = self._try_others(incumbent, candidate, bout.wanted[nodeid], limit, untidy_calls(len(bout.wanted)))
            bout.returned[nodeid] = (*bout.returned.get(nodeid, ()), self._release(incumbent, candidate, bout))

    def _release(self, incumbent: Fighter, candidate: Fighter, bout: Bout) -> tuple[Returned, Returned]:
        """Have both show their last rounds, and then go on."""
        both = self._rng.sample([incumbent, candidate], 2)
        for fighter in both:
            fighter.show(around=bout.around)
        shown = incumbent.returned(bout.limit), candidate.returned(bout.limit)
        for fighter in both:
            fighter.go()
        return shown

    def _try_others(self, incumbent: Fighter, candidate: Fighter, benchmark: Benchmark, limit: float, untidy: int) -> Trials:
        """Try copies of the arguments, and changed ones, on both sides alike; so many ``untidy`` ones."""
        calls = min(_FRESH_CALLS, benchmark.iterations)
        order, fresh = self._rng.sample([incumbent, candidate], 2), []
        for _ in range(_FRESH_PAIRS):
            timed = {fighter.side: fighter.run(calls, limit, fresh=True) for fighter in order}
            order.reverse()
            if timed["incumbent"].wall == 0:
                return Trials()
            fresh.append((timed["incumbent"], timed["candidate"]))
        # In a row, from duel to duel as well, so that each input gets its turn, and each way with it.
        many = 1 if benchmark.seconds >= _SHORT_CALL else _MANY_VARIED
        # Of long calls there is time for one that is timed.
        long = benchmark.seconds >= LONG_ROUND
        ways: tuple[Way, ...] = (self._rng.choice(_WAYS_WITH_TIMES), "untidy") if long else _WAYS + _ANY * untidy
        told: dict[Way, list[tuple[Varied, Varied]]] = {way: [] for way in _WAYS + _ANY}
        for way in ways:
            tried = self._tried[benchmark.nodeid, way]
            asked = Vary(seed=self._seed + tried, way=way, calls=many, limit=_AT_LEAST + _PATIENCE * benchmark.seconds)
            found = {fighter.side: fighter.vary(asked, limit) for fighter in order}
            told[way].append((found["incumbent"], found["candidate"]))
            order.reverse()
            self._tried[benchmark.nodeid, way] += 1
        for fighter in order:
            # A test may look at what the last call has left, in a file, say: that is to be one with arguments of its own.
            fighter.run(1, limit)
        # One has warmed up.
        return Trials(fresh=tuple(fresh[1:]), varied=(*told["slightly"], *told["throughout"]), untidy=tuple(told["untidy"]))

    def _pin(self) -> Pin | None:
        return Pin(cpu=self._rng.choice(processors)) if (processors := self._launcher.processors) else None

    def _rounds(self, incumbent: Fighter, candidate: Fighter, benchmark: Benchmark, bout: Bout) -> list[Pair]:
        """Alternate rounds, the first of each pair being the second of the next: A B, B A, A B.

        Returns the first call of all, then the rounds that count: what a call costs when nothing is remembered from another. It is a round
        of its own where one can be spared. What one round drawn by chance returned is looked at, besides the last. How many calls
        make a round is drawn anew for each pair: what only its last call returns is seen, and no count of calls tells which that is.
        """
        order = [incumbent, candidate]
        self._rng.shuffle(order)
        work = math.expm1(abs(bout.planted)) * benchmark.seconds * 1e9
        slower: Side = "incumbent" if bout.planted > 0 else "candidate"
        pairs: list[Pair] = []
        looked_at = self._rng.randrange(benchmark.warmups + benchmark.rounds)
        for number in range(benchmark.warmups + benchmark.rounds):
            n = 1 if number == 0 and benchmark.warmups else self._calls(benchmark)
            # Garbage of the warm-up is collected once, and what is left is frozen, so that no side meets it in a round.
            collect = number == benchmark.warmups
            spin = round(work * n)
            first = number == 0 and n > 1
            timed = {f.side: f.run(n, bout.limit, collect=collect, spin=spin if f.side == slower else 0, first=first) for f in order}
            order.reverse()
            pair = (timed["incumbent"], timed["candidate"])
            bout.spent += pair[1].seen / 1e9
            if bout.spent > bout.limit:
                raise candidate.failed(f"its rounds take more than {bout.limit:.0f} s together")
            if number == 0:
                pairs.append((pair[0].of_first, pair[1].of_first))
            if number >= benchmark.warmups:
                pairs.append(pair)
            if number == looked_at:
                # Whoever begins the next pair shows last, so that it has just run there as everywhere.
                shown = {}
                for fighter in reversed(order):
                    fighter.show(around=bout.around)
                    shown[fighter.side] = fighter.returned(bout.limit)
                bout.returned[benchmark.nodeid] = ((shown["incumbent"], shown["candidate"]),)
        return pairs

    def _calls(self, benchmark: Benchmark) -> int:
        n, some = benchmark.iterations, max(1, benchmark.iterations // _VARIED_CALLS)
        return n if benchmark.fixed or n == 1 else self._rng.randint(n - some, n + some)

    def warm(self, tree: Tree, nodeids: Sequence[str], limit: float) -> None:
        """Start the benchmarks in a tree once without timing them, so that its bytecode is written. Raises `DuelFailed`."""
        with self._launcher.start(tree, "l", mode="duel", objective=nodeids) as child:
            fighter = Fighter("candidate", child)
            while fighter.until_parked(limit) is not None:
                fighter.go()
        self._launcher.sweep()

    def calibrate(self, incumbent: Tree, nodeids: Sequence[str], limit: float, clock: Clock | None = None) -> list[Benchmark]:
        """Learn from one process of the incumbent how long its rounds and duels have to be, and which clock decides where none is given.

        Raises `DuelFailed`.
        """
        try:
            samples, share = self._samples(incumbent, nodeids, limit, canary_names(3) if self.canaries else ())
        except DuelFailed:
            if not self.canaries:
                raise
            # Something here keeps the canaries from what they must do: the project is judged without.
            self.canaries = False
            samples, share = self._samples(incumbent, nodeids, limit, ())
        return [settled(*found, share, len(samples), clock) for found in samples]

    def _samples(
        self, incumbent: Tree, nodeids: Sequence[str], limit: float, canaries: Sequence[str]
    ) -> tuple[list[tuple[Parked, int, list[Timing]]], float]:
        """Return a sample of rounds of each benchmark, and the share of a side's time that each may have."""
        samples: dict[str, tuple[Parked, int, list[Timing]]] = {}
        with self._launcher.start(incumbent, "l", mode="duel", objective=nodeids, canaries=canaries, ahead=self._launcher.ahead) as child:
            fighter = Fighter("incumbent", child, canaries)
            parked = fighter.until_parked(limit)
            # What a duel waits for: the rest of its start is over when the duel before ends.
            start_seconds = parked.since if parked is not None else 0.0
            if (pin := self._pin()) is not None:
                fighter.tell(pin)
            while parked is not None:
                if parked.nodeid.rpartition("::")[2] not in canaries:
                    n, rounds = sample(fighter, parked, limit)
                    samples[parked.nodeid] = (parked, n, rounds)
                fighter.go()
                parked = fighter.until_parked(limit)
        self._launcher.sweep()
        return list(samples.values()), max(0.15, start_seconds / 2) / max(1, len(samples))
