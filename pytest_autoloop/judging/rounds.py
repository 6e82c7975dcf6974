"""How a benchmark is run in duels: learnt from one process of the incumbent, by a sample of its rounds."""

from __future__ import annotations

import itertools
import statistics
from typing import TYPE_CHECKING

from ..experiment import Benchmark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..experiment import Clock
    from ..worker.messages import Parked
    from .fighter import Fighter
    from .fighter import Timing

_ROUND_SECONDS = 1.5e-3  # a round should take one to ten milliseconds: two neighbours must fall into the same mood of the machine
LONG_ROUND = 0.02
"""Seconds of a call of which there is time for few."""
_VERY_LONG_ROUND = 0.5
_ENDLESS_ROUND = 5.0
_WARMUPS = 3
_USUAL_PAIRS = 15
_FEWEST_PAIRS = 5
_CPU_BOUND = 1.05
# Untidy calls in a duel: of all benchmarks together, and of each at least and at most. The duels of an audit are to try everything twice,
# since some ways do one thing at every other turn.
_UNTIDY = 36
_UNTIDY_EACH = (8, 24)


def sample(fighter: Fighter, parked: Parked, limit: float) -> tuple[int, list[Timing]]:
    """Find the iterations of a round by doubling, and time a few such rounds."""
    allowed = iter(range(parked.rounds)) if parked.rounds is not None else itertools.count()
    n = parked.iterations or 1
    next(allowed)
    last = fighter.run(n, limit)
    if parked.rounds is None and last.wall < LONG_ROUND * 1e9:
        # The first call of a process pays for more than itself.
        last = fighter.run(n, limit)
    while parked.iterations is None and last.wall < _ROUND_SECONDS * 1e9 / 1.5:
        n *= 2
        last = fighter.run(n, limit)
    slow = last.wall > _VERY_LONG_ROUND * 1e9
    more = 0 if slow else 8
    return n, [last, *(fighter.run(n, limit) for _ in itertools.islice(allowed, more))]


def settled(parked: Parked, n: int, rounds: Sequence[Timing], share: float, whole: int, forced: Clock | None) -> Benchmark:
    """Settle how one of ``whole`` benchmarks is run, given its sample of rounds and its share of a side's time."""
    # On a busy machine wall time is longer than CPU time in every round, also of a benchmark that only computes: but that never waits.
    computes = statistics.median(time_.waits for time_ in rounds) == 0
    cpu_bound = computes or min(time_.wall / max(1, time_.cpu) for time_ in rounds) < _CPU_BOUND
    clock: Clock = forced or ("cpu" if cpu_bound else "wall")
    seconds = statistics.median(getattr(time_, clock) for time_ in rounds) / 1e9
    # The mean of many benchmarks needs less of each.
    usual = max(_FEWEST_PAIRS, min(_USUAL_PAIRS, 4 * _USUAL_PAIRS // whole))
    least = usual if seconds <= LONG_ROUND else min(7, usual) if seconds <= _VERY_LONG_ROUND else 3 if seconds <= _ENDLESS_ROUND else 1
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


def untidy_calls(benchmarks: int) -> int:
    """Return how many untidy calls each of so many benchmarks gets in a duel."""
    least, most = _UNTIDY_EACH
    return min(most, max(least, _UNTIDY // benchmarks))
