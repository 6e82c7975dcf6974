"""What the guards make of all the evidence together."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.duel import Trials
from pytest_autoloop.judging.guards import Scene
from pytest_autoloop.judging.guards import clock
from pytest_autoloop.judging.guards import equivalence
from pytest_autoloop.judging.guards import remembering
from pytest_autoloop.judging.honesty import Comparable

from .duels import SAME
from .duels import benchmark
from .duels import timing

if TYPE_CHECKING:
    from pytest_autoloop.judging.lasting import Agreement

NOBODY: Any = None
BENCH = benchmark(seconds=0.01)


def agreed(gain: float, *, fresh: bool = True) -> set[Agreement]:
    """What the guards find to agree with a claim of this ratio, seen in nine duels."""
    duels = []
    for number in range(9):
        incumbent, candidate = timing(10.0 * gain + number / 100), timing(10.0)
        pairs = ((incumbent, candidate),) * 4
        trials = {"b": Trials(fresh=pairs)} if fresh else {}
        duels.append(Duel(rounds={"b": pairs}, cold={"b": pairs[0]}, returned={"b": (SAME,)}, trials=trials, seconds=1.0))
    scene = Scene(
        case=NOBODY,
        tree=NOBODY,
        incumbent=NOBODY,
        duels=duels,
        benchmarks=(BENCH,),
        comparable=Comparable({"result": frozenset("b")}),
        store=NOBODY,
        arena=NOBODY,
        restless=frozenset(),
    )
    for guard in (equivalence, clock, remembering):
        assert not [finding for finding in guard(scene) if finding.kind in ("reject", "flag")]
    return scene.agreed


def test_a_large_gain_is_seen_from_several_sides() -> None:
    """First calls, copies, results and clocks show it too, each where there was something to look at."""
    assert agreed(2.0) == {"results", "clock", "first call", "fresh arguments"}
    assert agreed(2.0, fresh=False) == {"results", "clock", "first call"}


@pytest.mark.parametrize("gain", [1.0, 1.12])
def test_what_was_not_looked_at_explains_nothing(gain: float) -> None:
    """A gain too small for a look at first calls and copies has not been seen in them, and no gain at all has nothing to be explained."""
    assert not agreed(gain) & {"first call", "fresh arguments", "other arguments"}
