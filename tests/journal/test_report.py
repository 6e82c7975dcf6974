from __future__ import annotations

import csv
import json
import math
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.journal.report import RunRecord
from pytest_autoloop.journal.report import experiment_row
from pytest_autoloop.journal.report import report
from pytest_autoloop.journal.report import results_tsv
from pytest_autoloop.text import one_line

from .records import KEPT
from .records import REJECTED
from .records import RUN
from .records import changed

# As programs rely on it. More keys may come, none may go or change its kind without another number.
SCHEMA: dict[str, Any] = {
    "schema": int, "run": str, "base": str, "head": str, "branch": (str, None), "isolation": str,
    "objective": {"metric": str, "direction": str, "tests": [str]}, "gates": int, "quarantined": [str],
    "noise": {"sigma": (float, None), "detects": (float, None)},
    "experiments": [
        {
            "number": int, "parent": str, "commit": (str, None), "title": str, "agent": str, "source": (str, None),
            "verdict": str, "stage": str, "reason": str,
            "gain": ({"ratio": (float, None), "low": (float, None), "high": (float, None)}, None),
            "holdout": ({"ratio": (float, None), "low": (float, None), "high": (float, None)}, None),
            "benchmarks": {str: (float, None)}, "duels": int, "evidence": (float, None), "level": (float, None), "flags": [str],
            "values": {str: {"incumbent": (float, None), "candidate": (float, None)}}, "memory": (int, None),
            "checks": {"proved": [str], "consistent": [str], "not_checked": [str]},
            "seconds": {str: (float, None)}, "cost_usd": (float, None),
        }
    ],
    "stopped": ({"by": str, "detail": str}, None),
    "overall": ({"ratio": (float, None), "low": (float, None), "high": (float, None)}, None),
    "holdout": (
        {"tests": int, "benchmarks": int, "overall": ({"ratio": (float, None), "low": (float, None), "high": (float, None)}, None)}, None
    ),
}  # fmt: skip


def misfit(value: object, kind: Any, where: str = "") -> str | None:
    """Return where a value is not of a kind, or None if it fits."""
    if isinstance(kind, tuple):
        return None if any(misfit(value, one) is None for one in kind) else f"{where}: {value!r}"
    if isinstance(kind, list):
        return where if not isinstance(value, list) else next(filter(None, (misfit(item, kind[0], f"{where}[]") for item in value)), None)
    if isinstance(kind, dict):
        if not isinstance(value, dict):
            return where
        kinds = dict.fromkeys(value, kind[str]) if str in kind else kind
        missing = next((f"{where}.{name}" for name in kinds if name not in value), None)
        return missing or next(filter(None, (misfit(value[name], kinds[name], f"{where}.{name}") for name in kinds)), None)
    fits = value is None if kind is None else type(value) in ((int, float) if kind is float else (kind,))
    return None if fits else f"{where}: {value!r}"


def through_json(content: object) -> Any:
    """Return what a program reads that follows the letter of JSON."""
    return json.loads(json.dumps(content, allow_nan=False))


@pytest.mark.parametrize(
    "record",
    [
        RUN,
        RunRecord(run="x", base="1", head="1", branch=None, agents=()),
        replace(RUN, experiments=(KEPT, REJECTED, changed(gain=None, cost_usd=None, level=None, evidence=None, commit=None, source=None))),
    ],
    ids=["full", "at the start", "with holes"],
)
def test_schema(record: RunRecord) -> None:
    """``report.json`` has the documented keys, each of its documented kind, from the start of a run to its end."""
    assert misfit(through_json(report(record)), SCHEMA) is None


def test_the_check_can_fail() -> None:
    """The check of the schema sees a missing key, a wrong kind, a wrong kind deep inside."""
    content = through_json(report(RUN))

    assert misfit({**content, "gates": "128"}, SCHEMA) == ".gates: '128'"
    assert misfit({name: content[name] for name in content if name != "noise"}, SCHEMA) == ".noise"
    content["experiments"][1]["checks"]["proved"] = [1]
    assert misfit(content, SCHEMA) == ".experiments[].checks.proved[]: 1"


def test_values() -> None:
    """Every value is where it belongs, numbers with as many digits as are worth reading."""
    content = through_json(report(RUN))

    assert content["schema"] == 1
    assert content["objective"] == {"metric": "cpu", "direction": "lower", "tests": ["tests/test_a.py::test_b"]}
    assert content["noise"] == {"sigma": 0.00912346, "detects": 0.03}
    assert content["stopped"] == {"by": "patience", "detail": "30 experiments in a row without a keep"}
    assert content["overall"] == {"ratio": 1.87, "low": 1.82, "high": 1.92}
    assert content["holdout"] == {"tests": 12, "benchmarks": 2, "overall": {"ratio": 1.75, "low": 1.7, "high": 1.8}}
    assert report(replace(RUN, holdout=None))["holdout"] is None
    assert (content["gates"], content["quarantined"], content["seconds"], content["notes"]) == (
        128, ["tests/test_a.py::test_flaky"], 12.3, ["a note"],
    )  # fmt: skip
    assert content["experiments"][0] == {
        "number": 1,
        "parent": "1" * 40,
        "commit": "2" * 40,
        "title": "Use a set",
        "agent": "rewrites",
        "source": "a.patch",
        "verdict": "kept",
        "stage": "audit",
        "reason": "evidence 41234 of 40000",
        "gain": {"ratio": 1.31235, "low": 1.27, "high": 1.35},
        "holdout": {"ratio": 1.25123, "low": 1.2, "high": 1.3},
        "benchmarks": {"tests/test_a.py::test_b": 1.31235},
        "duels": 18,
        "evidence": 41234.0,
        "level": 2.5e-05,
        "flags": ["a flag"],
        "values": {"tests/test_a.py::test_b": {"incumbent": 2.0, "candidate": -1.5}},
        "memory": 36397056,
        "checks": {"proved": ["all 128 gates pass"], "consistent": ["cold timing"], "not_checked": ["equivalence"]},
        "seconds": {"propose": 0.4, "gate": 1.2, "measure": 9.8},
        "cost_usd": 0.0,
    }


@pytest.mark.parametrize("odd", [math.nan, math.inf, -math.inf])
def test_numbers_that_are_none(odd: float) -> None:
    """What is not a finite number is null, wherever it comes from: the clock, the evidence, an agent's bill."""
    gain = Gain(ratio=odd, low=odd, high=odd)
    experiment = changed(gain=gain, holdout=gain, benchmarks={"a": odd}, evidence=odd, level=odd, seconds={"gate": odd}, cost_usd=odd)

    content = through_json(report(replace(RUN, sigma=odd, detects=odd, overall=gain, holdout_overall=gain, experiments=(experiment,))))

    assert misfit(content, SCHEMA) is None
    row = content["experiments"][0]
    assert row == through_json(experiment_row(experiment))
    nothing = {"ratio": None, "low": None, "high": None}
    assert (row["gain"], row["benchmarks"], row["evidence"], row["level"], row["seconds"], row["cost_usd"]) == (
        nothing, {"a": None}, None, None, {"gate": None}, None,
    )  # fmt: skip
    assert content["noise"] == {"sigma": None, "detects": None}
    assert row["holdout"] == content["holdout"]["overall"] == content["overall"] == nothing
    assert "nan" not in results_tsv([experiment])
    assert "inf" not in results_tsv([experiment])


def test_table() -> None:
    """``results.tsv`` starts with the five columns that autoresearch has, and holds one line for each experiment."""
    header, first, second, end = results_tsv([KEPT, REJECTED]).split("\n")

    assert header.split("\t")[:5] == ["commit", "metric", "memory", "status", "description"]
    assert dict(zip(header.split("\t"), first.split("\t"), strict=True)) == {
        "commit": "2" * 12,
        "metric": "1.3123",
        "memory": "34.7",
        "status": "kept",
        "description": "Use a set",
        "number": "1",
        "agent": "rewrites",
        "stage": "audit",
        "reason": "evidence 41234 of 40000",
        "low": "1.2700",
        "high": "1.3500",
        "duels": "18",
        "seconds": "11.4",
        "holdout": "1.2512",
    }
    assert second.split("\t") == ["", "", "", "rejected", "Fail", "2", "cmd", "gate", "x failed", "", "", "0", "0.0", ""]
    assert end == ""


def test_empty_table() -> None:
    """Before the first experiment there is the header."""
    assert results_tsv([]).count("\n") == 1


hostile = st.text(st.one_of(st.characters(), st.sampled_from('\t\n\r\x0b\x85\u2028\x1b[]m"\u202e\ud800')), max_size=30)


@given(title=hostile, agent=hostile, reason=hostile)
@settings(deadline=None)
def test_hostile_texts(title: str, agent: str, reason: str) -> None:
    """Whatever titles, agents and reasons hold, a line of the table stays a line, a cell a cell, and nothing reaches a terminal raw."""
    experiment = changed(title=title, agent=agent, verdict=Verdict(kind="kept", stage="audit", reason=reason))

    text = results_tsv([experiment, KEPT])

    assert text.encode()
    assert not any(ord(character) < 32 for character in text.replace("\t", "").replace("\n", ""))
    rows = list(csv.reader(text.splitlines(), delimiter="\t", quoting=csv.QUOTE_NONE))
    assert [len(row) for row in rows] == [14, 14, 14]
    assert (rows[1][4], rows[1][6], rows[1][8]) == (one_line(title), one_line(agent), one_line(reason))
    assert through_json(report(replace(RUN, experiments=(experiment,))))["experiments"][0]["title"] == title
