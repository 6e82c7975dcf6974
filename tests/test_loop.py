from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Proposal
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.experiment import VerdictKind
from pytest_autoloop.loop import State
from pytest_autoloop.loop import run
from pytest_autoloop.stopping import Stop

STOP = Stop(by="test", detail="enough")


def experiment(number: int, kind: VerdictKind, ratio: float | None = None, level: float | None = None) -> Experiment:
    gain = None if ratio is None else Gain(ratio=ratio, low=ratio, high=ratio)
    verdict = Verdict(kind=kind, stage="audit", reason="")
    return Experiment(number=number, parent="", title="", agent="", verdict=verdict, gain=gain, level=level)


@dataclass
class Desk:
    """A workshop that judges by title, and writes down what it is asked for."""

    titles: list[str]
    stop_at: int = 100
    asked: list[str] = field(default_factory=list)

    def stop(self, state: State) -> Stop | None:
        """Stop before an experiment's number."""
        self.asked.append(f"stop {state.number}")
        return STOP if state.number >= self.stop_at else None

    def propose(self, state: State) -> Proposal | None:
        """Give the next title."""
        self.asked.append(f"propose {state.number}")
        return Proposal(title=self.titles.pop(0), agent="test") if self.titles else None

    def judge(self, proposal: Proposal, state: State) -> Experiment:
        """Keep what is called so."""
        self.asked.append(f"judge {state.number} {proposal.title}")
        if proposal.title == "broken":
            raise RuntimeError("broken")
        return experiment(state.number, "kept" if proposal.title == "kept" else "rejected")

    def record(self, experiment: Experiment) -> None:
        """Write it down."""
        self.asked.append(f"record {experiment.number} {experiment.verdict.kind}")


def test_order_of_steps() -> None:
    """Before each experiment the loop asks whether to stop; then it is proposed, judged and put on record, and only then comes the next."""
    desk = Desk(["kept", "other"], stop_at=3)

    state, stop = run(desk, State())

    assert stop == STOP
    assert [one.verdict.kind for one in state.experiments] == ["kept", "rejected"]
    assert desk.asked == [
        "stop 1", "propose 1", "judge 1 kept", "record 1 kept",
        "stop 2", "propose 2", "judge 2 other", "record 2 rejected",
        "stop 3",
    ]  # fmt: skip


def test_nothing_more_to_propose() -> None:
    """The loop ends by itself when nobody has anything more to propose."""
    desk = Desk(["kept"])

    state, stop = run(desk, State())

    assert stop.by == "agents"
    assert stop.detail == "no agent has anything more to propose"
    assert len(state.experiments) == 1
    assert desk.asked[-1] == "propose 2"


def test_stop_at_once() -> None:
    """A loop that is told to stop at once asks nobody for anything."""
    desk = Desk(["kept"], stop_at=1)

    assert run(desk, State()) == (State(), STOP)
    assert desk.asked == ["stop 1"]


def test_going_on() -> None:
    """A loop goes on from any state: numbers continue, what was done stays, and the given state is not changed."""
    before = State(experiments=(experiment(1, "kept"), experiment(2, "rejected")))

    state, _ = run(Desk(["kept"]), before)

    assert [one.number for one in state.experiments] == [1, 2, 3]
    assert len(before.experiments) == 2


def test_a_bug_stays_a_bug() -> None:
    """An error of the judge is not taken for a verdict: it comes through, and nothing is on record for it."""
    desk = Desk(["kept", "broken", "kept"])

    with pytest.raises(RuntimeError, match="broken"):
        run(desk, State())

    assert desk.asked[-1] == "judge 2 broken"


verdicts = st.builds(
    experiment,
    number=st.integers(1, 9),
    kind=st.sampled_from(["kept", "rejected", "flagged"]),
    ratio=st.none() | st.floats(0.5, 2.0),
    level=st.none() | st.floats(1e-6, 0.05),
)


@given(st.lists(verdicts, max_size=15))
@settings(deadline=None)
def test_state(experiments: list[Experiment]) -> None:
    """What a state tells follows from its experiments alone."""
    state = State()
    for one in experiments:
        state = state.after(one)

    kept = [one for one in experiments if one.verdict.kind == "kept"]
    assert state.experiments == tuple(experiments)
    assert state.number == len(experiments) + 1
    assert state.keeps == len(kept)
    assert state.trials == len([one for one in experiments if one.level is not None])
    assert state.since_keep <= len(experiments)
    assert all(one.verdict.kind != "kept" for one in experiments[len(experiments) - state.since_keep :])
    assert state.since_keep == len(experiments) or experiments[-1 - state.since_keep].kept
    product = 1.0
    for one in kept:
        product *= one.gain.ratio if one.gain else 1.0
    assert state.gain == product


def test_flags_gain_nothing() -> None:
    """A gain that was not kept does not count towards the target."""
    state = State(experiments=(experiment(1, "flagged", 5.0), experiment(2, "rejected", 7.0), experiment(3, "kept", 1.5)))

    assert state.gain == 1.5
    assert replace(state, experiments=()).gain == 1.0
