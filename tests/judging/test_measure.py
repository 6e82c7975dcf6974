"""What a series of duels comes to, also one that ended early."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.measure import Bouts
from pytest_autoloop.judging.measure import NoiseRecord
from pytest_autoloop.judging.measure import final_seconds

from .duels import benchmark
from .duels import duel
from .duels import timing

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_autoloop.judging.duel import Duel

NOBODY: Any = None
OTHER = replace(benchmark(), nodeid="c")


def bouts(duels: Sequence[Duel]) -> Bouts:
    return Bouts(NOBODY, NOBODY, NOBODY, (benchmark(), OTHER), 2, 60.0, lambda _: None, duels=list(duels))


def test_a_benchmark_that_was_not_fought_over_has_no_gain() -> None:
    """An audit runs all benchmarks: if its first duel fails, those that the trial left out have nothing to tell."""
    fought = bouts([duel(timing(2), timing(1))] * 3)

    assert fought.gains(8) == {"b": pytest.approx(2.0)}


def test_noise_of_the_whole_is_never_forgotten() -> None:
    """However many candidates have reached one benchmark only, what was learnt of all of them at the start is there."""
    calm, wild = duel(timing(1.00), timing(1.01)), duel(timing(1.0), timing(1.5))
    both = [replace(calm, rounds={"b": calm.rounds["b"], "c": calm.rounds["b"]})] * 12
    record = NoiseRecord().calibrated(both, (benchmark(), OTHER))
    whole = record.of((benchmark(), OTHER), 2).sigma
    for _ in range(200):
        record = record.learnt([wild, calm, calm, wild], (benchmark(),))

    assert record.of((benchmark(), OTHER), 2).sigma == whole == pytest.approx(1.4826 * math.log(1.01))
    assert record.of((benchmark(),), 2).sigma > 2 * whole


def test_cpu_time_is_guarded_where_wall_time_decides() -> None:
    """Faster by more CPU time is harm where that is most of the time, and nothing to look at where the benchmark waits."""
    for share, harmed in ((1.0, True), (0.1, False)):
        duels = [duel(timing(2.0, cpu=2.0 * share), timing(1.0, cpu=share * (2.4 + n / 100))) for n in range(9)]
        fought = bouts(duels)
        fought.benchmarks = (benchmark("wall"),)
        assert (fought.harmed() is not None) == harmed


def test_harm_is_what_duel_after_duel_shows() -> None:
    """One benchmark is slower in nearly every duel, by one clock at least; now and then a little slower is chance."""
    slower = [duel(timing(1.0), timing(1.05 + n / 1000)) for n in range(12)]
    chance = [duel(timing(1.0), timing(1.05 if n % 3 else 0.95)) for n in range(12)]

    for duels, harmed in ((slower, True), (chance, False)):
        fought = bouts(duels)
        fought.benchmarks = (benchmark(),)
        assert (fought.harmed() is not None) == harmed


def test_what_the_final_duels_take() -> None:
    """One side of each is the first incumbent, however fast the last one is; what starting processes takes is in what a duel took."""
    slow = replace(benchmark(), seconds=1.0, iterations=1, rounds=4, warmups=1)

    assert final_seconds([slow], 10.0) == 12 * 10.0
    assert final_seconds([slow], 2.0) == 12 * (5.0 + 1.0)
    assert final_seconds([slow], 14.0) == 12 * 14.0
    assert final_seconds([slow, slow], 0.0) == 12 * 20.0
    assert final_seconds([], 0.0) == 0.0
