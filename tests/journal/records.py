"""Experiments and runs to put on record."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_autoloop.experiment import Checks
from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.journal.report import RunRecord
from pytest_autoloop.stopping import Stop

KEPT = Experiment(
    number=1,
    parent="1" * 40,
    commit="2" * 40,
    title="Use a set",
    agent="rewrites",
    source="a.patch",
    verdict=Verdict(kind="kept", stage="audit", reason="evidence 41234 of 40000"),
    gain=Gain(ratio=1.3123456789, low=1.27, high=1.35),
    holdout=Gain(ratio=1.2512345678, low=1.2, high=1.3),
    benchmarks={"tests/test_a.py::test_b": 1.3123456789},
    duels=18,
    evidence=41234.0,
    level=2.5e-05,
    flags=("a flag",),
    values={"tests/test_a.py::test_b": (2.0, -1.5)},
    memory=36397056,
    checks=Checks(proved=("all 128 gates pass",), consistent=("cold timing",), not_checked=("equivalence",)),
    seconds={"propose": 0.4, "gate": 1.2, "measure": 9.8},
    cost_usd=0.0,
)
REJECTED = Experiment(
    number=2,
    parent="2" * 40,
    title="Fail",
    agent="cmd",
    verdict=Verdict(kind="rejected", stage="gate", reason="x failed"),
)
RUN = RunRecord(
    run="20260101-000000-abcd",
    base="1" * 40,
    head="2" * 40,
    branch="autoloop/20260101-000000-abcd",
    agents=("rewrites",),
    isolation="landlock",
    clock="cpu",
    tests=("tests/test_a.py::test_b",),
    gates=128,
    quarantined=("tests/test_a.py::test_flaky",),
    sigma=0.0091234567,
    detects=0.03,
    experiments=(KEPT, REJECTED),
    stopped=Stop(by="patience", detail="30 experiments in a row without a keep"),
    overall=Gain(ratio=1.87, low=1.82, high=1.92),
    holdout=(12, 2),
    holdout_overall=Gain(ratio=1.75, low=1.7, high=1.8),
    seconds=12.345,
    notes=("a note",),
)


def changed(**fields: Any) -> Experiment:
    """Return the kept experiment with other fields."""
    return replace(KEPT, **fields)
