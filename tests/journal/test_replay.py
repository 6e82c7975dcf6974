"""A run read back from its ledger."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.experiment import Checks
from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.journal.ledger import Ledger
from pytest_autoloop.journal.ledger import Unreadable
from pytest_autoloop.journal.ledger import jsonable
from pytest_autoloop.journal.replay import replay
from pytest_autoloop.journal.replay import trace
from pytest_autoloop.journal.report import experiment_of
from pytest_autoloop.journal.report import experiment_row
from pytest_autoloop.journal.report import report
from pytest_autoloop.journal.report import results_tsv
from pytest_autoloop.loop import State

from .records import KEPT
from .records import REJECTED
from .records import RUN

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

SETTINGS = {"agents": ["rewrites"], "risk": 0.05}
PATCH = "diff --git a/m.py b/m.py\nindex 1111111..2222222 100644\n--- a/m.py\n+++ b/m.py\n@@ -1 +1 @@ def f\n-a\n+b\n"


def timed(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Give events a time each, a second apart, and take them through JSON."""
    return [json.loads(json.dumps({"time": 1000.0 + second, **row})) for second, row in enumerate(rows)]


def proposed(experiment: Experiment, patch: str | None = None) -> dict[str, Any]:
    title, agent, source = experiment.title, experiment.agent, experiment.source
    return {"event": "proposed", "number": experiment.number, "title": title, "agent": agent, "source": source, "patch": patch}


def judged(experiment: Experiment, **more: Any) -> dict[str, Any]:
    return {"event": "judged", "experiment": experiment_row(experiment), **more}


STARTED: dict[str, Any] = {"event": "run_started", "run": RUN.run, "base": RUN.base, "branch": RUN.branch, "settings": SETTINGS}
PUBLISHED: dict[str, Any] = {"event": "kept", "number": 1, "commit": KEPT.commit, "branch": RUN.branch}
WHOLE: list[dict[str, Any]] = [
    STARTED,
    {"event": "baseline", "tests": RUN.tests, "gates": RUN.gates, "quarantined": RUN.quarantined, "isolation": RUN.isolation},
    {"event": "opened", "place": "/tmp/autoloop-x"},
    {"event": "holdout", "holdout": [12, 2]},
    {"event": "note", "text": "a note"},
    proposed(KEPT, trace(PATCH)),
    {"event": "calibration_duel", "rounds": {}},
    {"event": "noise", "clock": RUN.clock, "sigma": RUN.sigma, "detects": RUN.detects},
    {"event": "trial", "number": 1, "level": KEPT.level},
    judged(KEPT, fingerprint="f1", killers=[]),
    PUBLISHED,
    proposed(REJECTED),
    judged(REJECTED, fingerprint="f2", killers=["x"]),
    {"event": "final_duel", "rounds": {}},
    {
        "event": "run_finished",
        "stopped": {"by": "patience", "detail": "30 experiments in a row without a keep"},
        "overall": {"ratio": 1.87, "low": 1.82, "high": 1.92},
        "holdout_overall": {"ratio": 1.75, "low": 1.7, "high": 1.8},
        "seconds": 12.345,
    },
]


def test_a_whole_run() -> None:
    """From its ledger alone a run's report and its table come out as the run wrote them, and with them all that going on needs."""
    found = replay(timed(WHOLE))

    assert report(found.record) == report(RUN)
    assert results_tsv(found.record.experiments) == results_tsv(RUN.experiments)
    assert found.complete
    assert (found.begun, found.published, found.unpublished) == (None, KEPT.commit, None)
    assert found.tried == {(KEPT.parent, "f1"): 1, (REJECTED.parent, "f2"): 2}
    assert found.killers == ("x",)
    assert found.proposals == {trace(PATCH): 1}
    assert found.settings == SETTINGS
    assert found.place is None
    assert replay(timed(WHOLE[:-1])).place == "/tmp/autoloop-x"


@pytest.mark.parametrize("length", range(1, len(WHOLE)))
def test_cut_after_any_event(length: int) -> None:
    """Wherever a run was killed, what is read is a run that was interrupted there."""
    found, names = replay(timed(WHOLE[:length])), [event["event"] for event in WHOLE[:length]]
    state = State(experiments=found.record.experiments)

    assert not found.complete
    assert len(state.experiments) == names.count("judged")
    assert state.keeps == min(1, names.count("judged"))
    # A commit that is on record and of which nobody said that it is on the branch.
    assert (found.unpublished is not None) == ("judged" in names and "kept" not in names)
    assert found.record.head == (KEPT.commit if "kept" in names else RUN.base)
    # A level that is spent counts, also where the verdict is missing.
    begun = () if found.begun is None else (found.begun,)
    assert State(experiments=(*state.experiments, *begun)).trials == names.count("trial")


def test_a_trial_without_an_end() -> None:
    """It is an experiment with its number and its level, rejected for being interrupted, and no proposal that is done with."""
    found = replay(timed(WHOLE[:9]))

    assert found.begun is not None
    assert found.begun.interrupted
    assert (found.begun.number, found.begun.level, found.begun.title) == (1, KEPT.level, KEPT.title)
    assert found.begun.verdict.kind == "rejected"
    again = replay(timed([*WHOLE[:9], {"event": "run_resumed", "settings": SETTINGS}, judged(found.begun)]))
    assert again.record.experiments == (found.begun,)
    assert again.begun is None
    assert again.proposals == {}
    assert again.tried == {}


def test_a_level_that_is_spent_late() -> None:
    """A trial that begins without risk and turns to bets is on record twice, and counts with the level of the second time."""
    late = replay(timed([*WHOLE[:8], {"event": "trial", "number": 1, "level": None}, {"event": "trial", "number": 1, "level": 0.01}]))

    assert late.begun is not None
    assert (late.begun.number, late.begun.level) == (1, 0.01)
    assert State(experiments=(late.begun,)).trials == 1


def test_stretches() -> None:
    """The time between an interruption and going on is not the run's; new settings hold from there on, and the end is open again."""
    resumed = {"event": "run_resumed", "settings": {**SETTINGS, "agents": ["cmd:x"]}, "time": 5000.0}
    found = replay(timed([*WHOLE, resumed, {"event": "note", "text": "more", "time": 5007.0}]))

    assert found.record.seconds == pytest.approx(12.345 + 7)
    assert found.record.agents == ("cmd:x",)
    assert (found.record.stopped, found.record.overall, found.record.holdout_overall) == (None, None, None)
    assert not found.complete
    assert found.record.notes == ("a note", "more")
    assert len(found.record.experiments) == 2


BROKEN: dict[str, tuple[list[dict[str, Any]], str]] = {
    "nothing": ([], "it is empty"),
    "no start": (WHOLE[1:], "it does not begin with the start of a run"),
    "from a newer version": (
        [STARTED, {"event": "teleported"}],
        "an event 'teleported', which only a newer version of pytest-autoloop knows",
    ),
    "an experiment is missing": ([STARTED, judged(REJECTED)], r"event 2 \(judged\) is not as this version writes it"),
    "an experiment twice": ([*WHOLE[:10], judged(KEPT)], r"event 11 \(judged\)"),
    "a field is missing": ([STARTED, {"event": "kept"}], r"event 2 \(kept\)"),
    "another kind of value": ([{**STARTED, "settings": 5}], r"event 1 \(run_started\)"),
    "a trial of nothing": ([STARTED, {"event": "trial", "number": 1, "level": 0.1}], r"event 2 \(trial\)"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_no_run(name: str) -> None:
    """What makes no run is told by its place."""
    rows, says = BROKEN[name]

    with pytest.raises(Unreadable, match=says):
        replay(timed(rows))


@pytest.mark.parametrize("line", [b"{", b"5", b"\xff", b"[" * 100_000, b'{"event": "note"}', b'{"time": 1}', b""])
def test_a_line_that_is_no_event(tmp_path: Path, line: bytes) -> None:
    """In the middle of a ledger it is named by its number; cut off at the end it is passed over."""
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.add("run_started")
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole + line + b"\n" + whole)

    with pytest.raises(Unreadable, match="line 2 is no event"):
        list(ledger.events())
    ledger.path.write_bytes(whole + line)
    assert [event["event"] for event in ledger.events()] == ["run_started"]


def test_a_trace() -> None:
    """A patch is known again where what was kept before it has moved it, and is another if a letter of it is."""
    moved = PATCH.replace("@@ -1 +1 @@ def f", "@@ -9 +9 @@ def g").replace("1111111", "3333333")

    assert trace(moved) == trace(PATCH)
    assert trace(PATCH.replace("+b", "+c")) != trace(PATCH)
    assert trace("\udcff") != trace("")


numbers = st.none() | st.floats(allow_nan=True, allow_infinity=True)
gains = st.builds(Gain, ratio=st.floats(), low=st.floats(), high=st.floats())
texts = st.lists(st.text(max_size=4), max_size=2).map(tuple)
experiments = st.builds(
    Experiment,
    number=st.integers(1, 99),
    parent=st.text(max_size=4),
    title=st.text(max_size=4),
    agent=st.text(max_size=4),
    verdict=st.builds(
        Verdict, kind=st.sampled_from(["kept", "rejected", "flagged"]), stage=st.sampled_from(["gate", "audit"]), reason=st.text(max_size=4)
    ),
    commit=st.none() | st.text(max_size=4),
    source=st.none() | st.text(max_size=4),
    gain=st.none() | gains,
    benchmarks=st.dictionaries(st.text(max_size=4), st.floats(), max_size=2),
    duels=st.integers(0, 99),
    evidence=numbers,
    level=st.none() | st.floats(1e-9, 0.05),
    flags=texts,
    checks=st.builds(Checks, proved=texts, consistent=texts, not_checked=texts),
    seconds=st.dictionaries(st.text(max_size=4), st.floats(0, 99), max_size=2),
    cost_usd=st.none() | st.floats(0, 99),
)


@given(experiments)
@settings(deadline=None)
def test_an_experiment_and_its_row(experiment: Experiment) -> None:
    """Whatever an experiment holds, reports made of its row are those made of itself, and the budget of errors is the same to the bit."""
    row = json.loads(json.dumps(jsonable(experiment_row(experiment))))
    back = experiment_of(row)

    assert experiment_row(back) == row
    assert results_tsv([back]) == results_tsv([experiment])
    assert back.level == experiment.level
    assert back.kept == experiment.kept
    assert report(replace(RUN, experiments=(back,))) == report(replace(RUN, experiments=(experiment,)))
