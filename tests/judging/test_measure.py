"""What a series of duels comes to, also one that ended early."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.measure import Bouts

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


def test_harm_is_what_duel_after_duel_shows() -> None:
    """One benchmark is slower in nearly every duel, by one clock at least; now and then a little slower is chance."""
    slower = [duel(timing(1.0), timing(1.05 + n / 1000)) for n in range(12)]
    chance = [duel(timing(1.0), timing(1.05 if n % 3 else 0.95)) for n in range(12)]

    for duels, harmed in ((slower, True), (chance, False)):
        fought = bouts(duels)
        fought.benchmarks = (benchmark(),)
        assert (fought.harmed() is not None) == harmed
