from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.experiment import VerdictKind
from pytest_autoloop.loop import State
from pytest_autoloop.stopping import Limits
from pytest_autoloop.stopping import Stop


def experiment(kind: VerdictKind, ratio: float | None = None) -> Experiment:
    gain = None if ratio is None else Gain(ratio=ratio, low=ratio, high=ratio)
    return Experiment(number=1, parent="", title="", agent="", verdict=Verdict(kind=kind, stage="audit", reason=""), gain=gain)


def state(*experiments: Experiment) -> State:
    return State(experiments=experiments)


KEPT, REJECTED, FLAGGED = experiment("kept", 1.5), experiment("rejected"), experiment("flagged", 3.0)


@pytest.mark.parametrize(
    ("limits", "before", "after", "seconds", "stop"),
    [
        (Limits(max_experiments=2), [REJECTED], [REJECTED, KEPT], 0, Stop(by="max-experiments", detail="2 experiments done")),
        (Limits(max_experiments=1), [], [FLAGGED], 0, Stop(by="max-experiments", detail="1 experiment done")),
        (
            Limits(patience=2),
            [KEPT, REJECTED],
            [KEPT, REJECTED, FLAGGED],
            0,
            Stop(by="patience", detail="2 experiments in a row without a keep"),
        ),
        (Limits(patience=2), [REJECTED], [REJECTED] * 2, 0, Stop(by="patience", detail="2 experiments in a row without a keep")),
        (Limits(target=2.0), [KEPT, FLAGGED], [KEPT, KEPT], 0, Stop(by="target", detail="2.25x reached, 2x was the target")),
        (Limits(budget=90), [], [KEPT], 90, Stop(by="budget", detail="90 s were the budget")),
    ],
    ids=["experiments", "one experiment", "patience", "patience from the start", "target", "budget"],
)
def test_limits(limits: Limits, before: list[Experiment], after: list[Experiment], seconds: float, stop: Stop) -> None:
    """Each limit stops the run when it is reached, not one experiment or second before, and says so to a person."""
    assert limits.reached(state(*before), max(0.0, seconds - 0.1)) is None
    assert limits.reached(state(*after), seconds) == stop


def test_the_last_measurement_is_part_of_the_budget() -> None:
    """Where something was kept, a run stops while there is time to measure it; where nothing was, it may use all its time."""
    limits = Limits(budget=90)
    stop = limits.reached(state(KEPT, REJECTED), 60, reserve=30)

    assert stop == Stop(by="budget", detail="90 s were the budget, of which the last measurement takes about 30 s")
    assert limits.reached(state(KEPT, REJECTED), 59, reserve=30) is None
    assert limits.reached(state(REJECTED, FLAGGED), 89, reserve=30) is None
    assert limits.reached(state(), 90, reserve=30) == Stop(by="budget", detail="90 s were the budget")
    assert Limits().reached(state(KEPT), 1e9, reserve=30) is None
    both = limits.reached(state(KEPT), 40, reserve=30, learning=20)
    assert both is not None
    assert both.detail.endswith("takes about 30 s, and learning the noise again before the next trial about 20 s")
    assert limits.reached(state(KEPT), 39, reserve=30, learning=20) is None


def test_no_experiment_allowed() -> None:
    """A run that may do no experiment does none."""
    stop = Limits(max_experiments=0).reached(state(), 0)

    assert stop == Stop(by="max-experiments", detail="0 experiments done")


def test_order() -> None:
    """Where several limits are reached at once, the one that was asked for most plainly is named."""
    limits = Limits(max_experiments=2, target=1.4, patience=1, budget=1)
    done = state(KEPT, REJECTED)
    named = []
    for name in ("max_experiments", "target", "patience", "budget"):
        stop = limits.reached(done, 5)
        assert stop is not None
        named.append(stop.by)
        limits = replace(limits, **{name: None})

    assert named == ["max-experiments", "target", "patience", "budget"]
    assert limits.reached(done, 5) is None


@given(st.lists(st.sampled_from([KEPT, REJECTED, FLAGGED]), max_size=20), st.floats(0, 1e9))
@settings(deadline=None)
def test_no_limit(experiments: list[Experiment], seconds: float) -> None:
    """Without limits nothing stops a run."""
    assert Limits().reached(state(*experiments), seconds) is None


@given(st.lists(st.sampled_from([KEPT, REJECTED, FLAGGED]), max_size=40), st.integers(1, 5))
@settings(deadline=None)
def test_patience_always_ends_a_run(experiments: list[Experiment], patience: int) -> None:
    """A run that finds nothing ends: after any past, so many experiments without a keep are the end."""
    assert Limits(patience=patience).reached(state(*experiments, *[REJECTED] * patience), 0) is not None
    assert Limits(patience=patience).reached(state(*experiments, KEPT), 0) is None
