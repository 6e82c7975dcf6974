"""Duels written down by hand, for the pure functions that look at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_autoloop.experiment import Benchmark
from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.duel import Timing
from pytest_autoloop.worker.messages import Returned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_autoloop.experiment import Clock

SAME = (Returned(result="r", given="g", left="a"), Returned(result="r", given="g", left="a"))
MS = 1_000_000


def benchmark(clock: Clock = "cpu", *, seconds: float = 0.001, fixed: bool = False) -> Benchmark:
    return Benchmark(nodeid="b", seconds=seconds, clock=clock, iterations=2, rounds=15, warmups=3, fixed=fixed)


def timing(ms: float, *, cpu: float | None = None, untold: float = 0.05) -> Timing:
    """A round of so many milliseconds; ``untold`` is what the judge saw beyond that."""
    return Timing(wall=round(ms * MS), cpu=round((ms if cpu is None else cpu) * MS), seen=round((ms + untold) * MS))


def duel(
    incumbent: Timing,
    candidate: Timing,
    *,
    cold: tuple[Timing, Timing] | None = None,
    returned: tuple[Returned, Returned] = SAME,
) -> Duel:
    pairs: Sequence[tuple[Timing, Timing]] = [(incumbent, candidate)] * 3
    return Duel(rounds={"b": tuple(pairs)}, cold={"b": cold or (incumbent, candidate)}, returned={"b": (returned,)}, seconds=1.0)
