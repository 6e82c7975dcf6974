"""What a candidate costs beside what it is measured by, told from outside: at import, in threads and processes left running, in time."""

from __future__ import annotations

import math
from statistics import median
from typing import TYPE_CHECKING
from typing import NamedTuple

from ..decision import harm
from .honesty import SHARE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from .duel import Duel
    from .duel import Pair

# What is more than a tenth and more than this (nanoseconds) is more than chance.
_SHARE = math.log(1.1)
_LEAST = 20e6
# Who saves less than this share of a call has nothing to move.
_LITTLE = 0.02
# What is done before or after calls, as a share of what one of them saves, that is no chance either.
_MOVED = 0.5
# Less than this (nanoseconds) may be a matter of where a process was put in memory, or of the clock where it is read close by.
_LEAST_MOVED = 50e3
_LEAST_CLOSE_BY = 2e3
_SET_UP, _READING = "in the set-up of", "in reading the results of"
# Whole processes that take longer by so much and by a factor pay for their gain with time (seconds).
_LEAST_SECONDS = 1.0

BESIDE: Mapping[str, float] = {"CPU": 1.5, "wall": 1.5}
"""Those factors where the two processes of a pair ran beside each other, by clock."""
APART: Mapping[str, float] = {"CPU": 2.0}
"""The same where the machine may have been another for each: then wall time tells nothing, and CPU time less."""


class Spent(NamedTuple):
    """The time that a process took, in seconds: CPU time with the children it waited for, and by the clock on the wall."""

    cpu: float
    wall: float


def importing(duels: Sequence[Duel]) -> str | None:
    """Return by how much longer a process takes to come to its first benchmark, or None if it does not."""
    more = _more([duel.starts for duel in duels if duel.starts is not None])
    return None if more is None else f"importing it takes {more / 1e6:.0f} ms longer in each process: work has moved there"


def moved(duels: Sequence[Duel], benchmarks: Sequence[Benchmark], among: int = 0) -> Iterator[str]:
    """Yield the benchmarks before or after whose calls more is done, if it is a good part of what each of these calls saves.

    That is the time from the benchmark before, or from the collection of tests, and the time to the next: set-up, fixtures, what the test
    itself does with its result; and what a result takes to be read that works only then. The benchmarks may have been chosen ``among``
    more.
    """
    for benchmark in benchmarks:
        nodeid, places = benchmark.nodeid, _beside(duels, benchmark)
        looks = len(places) * max(len(benchmarks), among)
        for place, told in places.items():
            if not told or harm([math.log(max(1, ours) / max(1, theirs)) for ours, theirs in told], looks=looks) is None:
                continue
            more, saved = median(theirs - ours for ours, theirs in told), _saved(duels, benchmark)
            least = _LEAST_CLOSE_BY if place in (_SET_UP, _READING) else _LEAST_MOVED
            if saved > _LITTLE * benchmark.seconds * 1e9 and more >= max(_MOVED * saved, least):
                yield f"{nodeid}: {more / 1e6:.2f} ms more {place} its calls, which save {saved / 1e6:.2f} ms each: work has moved there"


def _beside(duels: Sequence[Duel], benchmark: Benchmark) -> dict[str, list[tuple[int, int]]]:
    """Return by place what both sides take beside a benchmark's rounds, in each duel, by its clock: the author's own set-up among it."""
    nodeid, by_wall = benchmark.nodeid, "" if benchmark.clock == "cpu" else "_wall"
    seen = [duel for duel in duels if nodeid in duel.rounds]
    made = [[median(getattr(pair[side], f"set_up{by_wall}") for pair in duel.rounds[nodeid]) for side in (0, 1)] for duel in seen]
    fresh = [pairs for duel in seen if nodeid in duel.trials and (pairs := duel.trials[nodeid].fresh)]
    read = [[round(median(took)) for took in zip(*(_reading(pair, by_wall) for pair in pairs), strict=True)] for pairs in fresh]
    return {
        "before": [duel.before[nodeid] for duel in seen if nodeid in duel.before],
        "after": [duel.after[nodeid] for duel in seen if nodeid in duel.after],
        _SET_UP: [(round(ours), round(theirs)) for ours, theirs in made if ours or theirs],
        _READING: [(ours, theirs) for ours, theirs in read if ours or theirs],
    }


def _reading(pair: Pair, by_wall: str) -> tuple[float, float]:
    """Return what both sides take to read a result, for as many parts: who gives fewer in the time there is takes longer for each."""
    ours, theirs = pair
    took = getattr(theirs, f"reading{by_wall}")
    return getattr(ours, f"reading{by_wall}"), took * ours.read / theirs.read if theirs.read else took


def may_have_moved(duels: Sequence[Duel], benchmark: Benchmark) -> bool:
    """Return whether half of what a call of a benchmark saves may be done before it, for all that is known: a long set-up scatters."""
    limit, beside = _MOVED * _saved(duels, benchmark), _beside(duels, benchmark)
    told = [pairs for pairs in (beside["before"], beside[_SET_UP]) if pairs]
    return any(harm([theirs - ours - limit for ours, theirs in pairs]) is None for pairs in told)


def saves_little(duels: Sequence[Duel], benchmark: Benchmark) -> bool:
    """Return whether half of what a call of a benchmark saves is too little to be told from the times of processes before it."""
    return _MOVED * _saved(duels, benchmark) < _LEAST_MOVED


def waiting(duels: Sequence[Duel], benchmarks: Sequence[Benchmark]) -> bool:
    """Return whether some benchmarks that wait may have that moved to import: by half of what a call saves, or nothing tells."""
    told = [duel.collected for duel in duels if duel.collected is not None]
    limits = [_MOVED * _saved(duels, benchmark) for benchmark in benchmarks if benchmark.clock == "wall"]
    return bool(limits) and (not told or harm([theirs - ours - min(limits) for ours, theirs in told]) is None)


def first_longer(duels: Sequence[Duel], benchmarks: Sequence[Benchmark]) -> Iterator[str]:
    """Yield the benchmarks whose first call takes longer, if it is a good part of what calls of some benchmark save: it prepares them."""
    most = max((_saved(duels, benchmark) for benchmark in benchmarks), default=0.0)
    for nodeid, clock in ((benchmark.nodeid, benchmark.clock) for benchmark in benchmarks):
        sides = [duel.cold[nodeid] for duel in duels if nodeid in duel.cold]
        pairs = [(getattr(ours, clock), getattr(theirs, clock)) for ours, theirs in sides]
        more = median(theirs - ours for ours, theirs in pairs) if pairs else 0
        if most <= 0 or more < _MOVED * most:
            continue
        if harm([math.log(max(1, ours) / max(1, theirs)) for ours, theirs in pairs], limit=_SHARE, looks=len(benchmarks)) is not None:
            told = f"{more / 1e6:.2f} ms longer, where calls save {most / 1e6:.2f} ms each"
            yield f"{nodeid}: its first call takes {told}: work has moved there"


def nothing_moved(duels: Sequence[Duel], benchmark: Benchmark, *, at_import: bool) -> bool:
    """Return whether it is proven that what comes before a benchmark does not take more by a quarter of what calls save.

    ``at_import`` asks the same of what is done before: where no function that has changed is called there, none can have moved.
    """
    limit, beside = SHARE * _saved(duels, benchmark), _beside(duels, benchmark)
    # Where the author makes the arguments of each round, that is what comes before.
    before = beside[_SET_UP] or beside["before"]
    starts = [told for duel in duels if (told := duel.starts if benchmark.clock == "cpu" else duel.collected) is not None]
    looked_at = (before, starts) if at_import else (before,)
    return all(told and harm([theirs - ours - limit for ours, theirs in told]) is not None for told in looked_at)


def _saved(duels: Sequence[Duel], benchmark: Benchmark) -> float:
    """Return the nanoseconds that a call of a benchmark saves."""
    scores = [duel.score(benchmark.nodeid, benchmark.clock) for duel in duels if benchmark.nodeid in duel.rounds]
    return benchmark.seconds * 1e9 * -math.expm1(-median(scores)) if scores else 0.0


def left_running(duels: Sequence[Duel]) -> Iterator[str]:
    """Yield what goes on after the timed calls that does not in the incumbent."""
    more = _more([duel.rests for duel in duels if duel.rests is not None])
    if more is not None:
        yield f"each process works {more / 1e6:.0f} ms longer beside its timed calls: work is put off"
    sides = [pair for duel in duels for pair in duel.outside.values()]
    threads = [theirs.threads - ours.threads for ours, theirs in sides if ours is not None and theirs is not None]
    if threads and median(threads) > 0:
        yield f"it leaves {median(threads):.0f} more threads running"
    if duels and median(duel.strays for duel in duels) > 0:
        yield "it leaves processes running"


def littering(duels: Sequence[Duel]) -> str | None:
    """Return what a candidate's processes leave in their temporary folders that the incumbent's do not, or None."""
    litter = [after - before for before, after in (duel.litter for duel in duels)]
    # What is there by chance is not there each time.
    if not litter or min(litter) <= 0:
        return None
    return f"each process leaves {median(litter):.0f} more files or folders in the temporary folder"


def longer(spent: Sequence[tuple[Spent, Spent]], factors: Mapping[str, float]) -> str | None:
    """Return how much longer processes take where the metric is not time, incumbent and candidate in pairs, or None if it is little.

    ``factors`` tell by clock from when on that is a lot.
    """
    if not spent:
        return None
    clocks = {"CPU": [(ours.cpu, theirs.cpu) for ours, theirs in spent], "wall": [(ours.wall, theirs.wall) for ours, theirs in spent]}
    for name, factor in factors.items():
        before, after = (median(pair[side] for pair in clocks[name]) for side in (0, 1))
        if after > factor * before and after - before > _LEAST_SECONDS:
            return f"its processes take {after:.1f} s of {name} time, the incumbent's {before:.1f} s"
    return None


def _more(pairs: Sequence[tuple[int, int]]) -> float | None:
    """Return how much more the candidate's side is, in nanoseconds, if that is no chance."""
    if not pairs or harm([math.log(max(1, ours) / max(1, theirs)) for ours, theirs in pairs], limit=_SHARE) is None:
        return None
    more = median(theirs - ours for ours, theirs in pairs)
    return more if more > _LEAST else None
