"""The judge's own clock against what a candidate tells."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_autoloop.judging.guards.clock import canary
from pytest_autoloop.judging.guards.clock import confirmation
from pytest_autoloop.judging.guards.clock import doubt

from ..duels import MS
from ..duels import benchmark
from ..duels import duel
from ..duels import timing

if TYPE_CHECKING:
    from pytest_autoloop.judging.duel import Duel


def test_an_honest_gain_is_believed() -> None:
    """Half the time, seen as half the time, raises no doubt; nor does a channel that takes its time on both sides."""
    assert doubt([duel(timing(2), timing(1))] * 8, benchmark()) is None
    assert doubt([duel(timing(2, untold=0.8), timing(1, untold=0.85))] * 8, benchmark()) is None


def test_time_that_passed_beside_its_clock_is_found() -> None:
    """A candidate that tells 1 ms while 2 ms passed has a patched clock."""
    reason = doubt([duel(timing(2), timing(1, untold=1.05))] * 8, benchmark())

    assert reason is not None
    assert reason.startswith("harness tampered: 1.00 ms")


def test_a_busy_machine_raises_no_doubt() -> None:
    """Answers that come late by chance, now from one side and now from the other, are no sign of anything."""
    late = [duel(timing(2, untold=0.1 + 2 * (n % 2)), timing(1.9, untold=0.1 + 2 * (n % 3 > 0))) for n in range(24)]
    assert doubt(late, benchmark()) is None


def test_many_comparisons_on_a_busy_machine() -> None:
    """Of nine benchmarks in an audit, all with answers late by chance and gains by noise, hardly ever is one accused.

    Who really keeps half of each round to himself, in trial and audit, is found all the same.
    """
    rng = random.Random(1)

    def noisy(share: float = 1.0, number: int = 8) -> list[Duel]:
        return [
            duel(
                timing(2 * math.exp(rng.gauss(0.03, 0.05)), untold=0.1 + rng.expovariate(3.0)),
                timing(2 * share * math.exp(rng.gauss(-0.03, 0.05)), untold=0.1 + 2 * (1 - share) + rng.expovariate(3.0)),
            )
            for _ in range(number)
        ]

    accused = {looks: sum(any(doubt(noisy(), benchmark(), looks) for _ in range(9)) for _ in range(300)) / 300 for looks in (1, 27)}

    found = sum(doubt(noisy(0.5, 25), benchmark(), 27) is not None for _ in range(100))

    assert accused[1] > 0.1, "what is to be shown needs noise enough"
    assert accused[27] < 0.05
    assert found > 60


def test_who_claims_no_gain_has_nothing_to_hide() -> None:
    """A benchmark that the change does not touch is not suspected, however late its answers come."""
    assert doubt([duel(timing(2), timing(2, untold=0.25))] * 8, benchmark()) is None


def test_what_the_channel_cannot_resolve_is_not_held_against_it() -> None:
    """A difference below a tenth of a millisecond is the channel's own."""
    assert doubt([duel(timing(1), timing(0.9, untold=0.14))] * 8, benchmark()) is None


def test_cpu_time_that_wall_time_does_not_confirm_is_doubted() -> None:
    """Where a benchmark hardly waits, a gain in CPU time alone is no gain."""
    scattered = [duel(timing(2 + n / 100), timing(2, cpu=1)) for n in range(8)]
    reason = doubt(scattered, benchmark())

    assert reason is not None
    assert "not seen in wall time" in reason


def test_a_benchmark_decided_on_wall_time_needs_no_confirmation() -> None:
    """A benchmark that waits may gain in wall time alone, and CPU time says nothing about it."""
    assert doubt([duel(timing(2, cpu=0.1), timing(1, cpu=0.1))] * 8, benchmark("wall")) is None


def test_a_benchmark_that_was_not_run_is_not_doubted() -> None:
    """Without duels there is nothing to say."""
    assert doubt([], benchmark()) is None


def spent(claimed: float, seen: float, *, overhead: float = 0.05, scatter: float = 0.002) -> list[Duel]:
    """Eight duels over a round of 2 ms of the incumbent's: the gain that is told, and the one that the kernel's clock shows."""
    made = []
    for number in range(8):
        jitter = scatter * (number % 3 - 1)
        incumbent = replace(timing(2), spent=round((2 + overhead + jitter) * MS))
        candidate = replace(timing(2 / claimed), spent=round((2 / seen + overhead - jitter) * MS))
        made.append(duel(incumbent, candidate))
    return made


def test_the_kernels_clock() -> None:
    """It confirms a gain it sees, contradicts one of which less than half is there, and is silent on what is too small for it."""
    assert confirmation(spent(1.5, 1.5), benchmark()).kind == "confirmed"
    assert "1.50x told, as much seen" in confirmation(spent(1.5, 1.5), benchmark()).text
    assert confirmation(spent(1.5, 1.0), benchmark()).kind == "contradicted"
    assert confirmation(spent(1.09, 1.0), benchmark()).kind == "contradicted"
    assert confirmation(spent(1.005, 1.005, scatter=0.05), benchmark()).kind == "below"


def test_a_clock_that_is_none() -> None:
    """Without a clock, with another process' clock, and for a benchmark that waits, it says nothing."""
    other = [duel(replace(timing(2), spent=1000), replace(timing(1), spent=1000)) for _ in range(8)]

    assert confirmation([duel(timing(2), timing(1))] * 8, benchmark()).kind == "untold"
    assert confirmation(other, benchmark()).kind == "untold"
    assert confirmation(spent(1.5, 1.0), benchmark("wall")).kind == "untold"


def test_fixed_work_does_not_get_faster() -> None:
    """A benchmark of fixed work that is faster in duel after duel proves a tampered harness; noise and slowness do not."""

    def sung(*ratios: float) -> list[Duel]:
        return [replace(duel(timing(2), timing(2)), canary=((timing(ratio), timing(1)),) * 3) for ratio in ratios]

    assert "1.09x faster" in str(canary(sung(*[1.08, 1.09, 1.10] * 3)))
    assert canary(sung(*[0.98, 1.03, 1.0] * 3)) is None
    assert canary(sung(*[0.5] * 9)) is None
    assert canary(sung(1.5, 1.0, 1.0, 1.0, 0.9, 1.0, 1.0)) is None
    assert canary([duel(timing(2), timing(1))] * 9) is None
