"""``report.json`` and ``results.tsv``: a run as programs read it. Pure functions of what was recorded."""

from __future__ import annotations

import math
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import fields
from typing import TYPE_CHECKING
from typing import Any

from ..experiment import Checks
from ..experiment import Experiment
from ..experiment import Gain
from ..experiment import Verdict
from ..text import one_line
from .ledger import jsonable

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..stopping import Stop

SCHEMA = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRecord:
    """What is known of a run so far.

    ``sigma`` is the noise of a duel, ``detects`` the smallest gain it finds, both as shares. ``holdout`` says how many tests of a sealed
    holdout a candidate has to pass, and how many of these are benchmarks.
    """

    run: str
    base: str
    head: str
    branch: str | None
    agents: tuple[str, ...]
    isolation: str = "process"
    clock: str = "cpu"
    direction: str = "lower"
    tests: tuple[str, ...] = ()
    gates: int = 0
    quarantined: tuple[str, ...] = ()
    sigma: float | None = None
    detects: float | None = None
    experiments: tuple[Experiment, ...] = ()
    stopped: Stop | None = None
    overall: Gain | None = None
    holdout: tuple[int, int] | None = None
    holdout_overall: Gain | None = None
    seconds: float = 0.0
    notes: tuple[str, ...] = ()


def report(record: RunRecord) -> dict[str, Any]:
    """Return the content of ``report.json``."""
    return {
        "schema": SCHEMA,
        "run": record.run,
        "base": record.base,
        "head": record.head,
        "branch": record.branch,
        "isolation": record.isolation,
        "objective": {"metric": record.clock, "direction": record.direction, "tests": list(record.tests)},
        "gates": record.gates,
        "quarantined": list(record.quarantined),
        "noise": {"sigma": _number(record.sigma), "detects": _number(record.detects)},
        "experiments": [experiment_row(experiment) for experiment in record.experiments],
        "stopped": None if record.stopped is None else {"by": record.stopped.by, "detail": record.stopped.detail},
        "overall": None if record.overall is None else gain_row(record.overall),
        "holdout": _holdout(record),
        "seconds": round(record.seconds, 1),
        "notes": list(record.notes),
    }


def _holdout(record: RunRecord) -> dict[str, Any] | None:
    if record.holdout is None:
        return None
    tests, benchmarks = record.holdout
    overall = None if record.holdout_overall is None else gain_row(record.holdout_overall)
    return {"tests": tests, "benchmarks": benchmarks, "overall": overall}


def experiment_row(experiment: Experiment) -> dict[str, Any]:
    """Return an experiment as it stands in the report and in the ledger."""
    row = {
        "number": experiment.number,
        "parent": experiment.parent,
        "commit": experiment.commit,
        "title": experiment.title,
        "agent": experiment.agent,
        "source": experiment.source,
        "verdict": experiment.verdict.kind,
        "stage": experiment.verdict.stage,
        "reason": experiment.verdict.reason,
        "gain": None if experiment.gain is None else gain_row(experiment.gain),
        "holdout": None if experiment.holdout is None else gain_row(experiment.holdout),
        "benchmarks": {nodeid: _number(ratio) for nodeid, ratio in experiment.benchmarks.items()},
        "duels": experiment.duels,
        "evidence": _number(experiment.evidence),
        "level": experiment.level,
        "flags": list(experiment.flags),
        "values": {
            nodeid: {"incumbent": _number(before), "candidate": _number(after)} for nodeid, (before, after) in experiment.values.items()
        },
        "memory": experiment.memory,
        "checks": {name: list(rows) for name, rows in asdict(experiment.checks).items()},
        "seconds": dict(experiment.seconds),
        "cost_usd": experiment.cost_usd,
    }
    # Costs come from agents, times from children.
    return {name: jsonable(value) for name, value in row.items()}


_AS_THEY_ARE = frozenset(field.name for field in fields(Experiment)) - {
    "verdict", "gain", "holdout", "benchmarks", "flags", "checks", "values",
}  # fmt: skip


def experiment_of(row: Mapping[str, Any]) -> Experiment:
    """Return the experiment that a row of the report or of the ledger stands for."""
    return Experiment(
        verdict=Verdict(kind=row["verdict"], stage=row["stage"], reason=row["reason"]),
        gain=None if row["gain"] is None else gain_of(row["gain"]),
        holdout=None if row["holdout"] is None else gain_of(row["holdout"]),
        benchmarks={nodeid: _ratio(ratio) for nodeid, ratio in row["benchmarks"].items()},
        flags=tuple(row["flags"]),
        values={nodeid: (_ratio(pair["incumbent"]), _ratio(pair["candidate"])) for nodeid, pair in row.get("values", {}).items()},
        checks=Checks(**{name: tuple(texts) for name, texts in row["checks"].items()}),
        **{name: value for name, value in row.items() if name in _AS_THEY_ARE},
    )


def gain_row(gain: Gain) -> dict[str, float | None]:
    """Return a gain as it stands in the report and in the ledger."""
    return {"ratio": _number(gain.ratio), "low": _number(gain.low), "high": _number(gain.high)}


def gain_of(row: Mapping[str, Any]) -> Gain:
    """Return the gain that a row stands for."""
    return Gain(ratio=_ratio(row["ratio"]), low=_ratio(row["low"]), high=_ratio(row["high"]))


def _ratio(value: float | None) -> float:
    return math.nan if value is None else value


def _number(value: float | None) -> float | None:
    """Round to what is worth reading; what JSON cannot say is None."""
    return None if value is None or not math.isfinite(value) else float(f"{value:.6g}")


_COLUMNS = (
    *("commit", "metric", "memory", "status", "description"),
    *("number", "agent", "stage", "reason", "low", "high", "duels", "seconds", "holdout"),
)


def results_tsv(experiments: Sequence[Experiment]) -> str:
    """Return ``results.tsv``: the five columns of autoresearch first (its metric is our gain ratio, memory is in MiB), then ours."""
    lines = ["\t".join(_COLUMNS)]
    for experiment in experiments:
        # Rounded as in the ledger first, so that the table can be made from that as well.
        gain = gain_row(experiment.gain) if experiment.gain else {}
        row: Mapping[str, object] = {
            "commit": (experiment.commit or "")[:12],
            "metric": _cell(gain.get("ratio"), 4),
            "memory": "" if experiment.memory is None else f"{experiment.memory / 2**20:.1f}",
            "status": experiment.verdict.kind,
            "description": experiment.title,
            "number": experiment.number,
            "agent": experiment.agent,
            "stage": experiment.verdict.stage,
            "reason": experiment.verdict.reason,
            "low": _cell(gain.get("low"), 4),
            "high": _cell(gain.get("high"), 4),
            "duels": experiment.duels,
            "seconds": _cell(sum(experiment.seconds.values()), 1),
            "holdout": _cell(gain_row(experiment.holdout)["ratio"] if experiment.holdout else None, 4),
        }
        lines.append("\t".join(one_line(str(row[name])) for name in _COLUMNS))
    return "\n".join(lines) + "\n"


def _cell(value: float | None, digits: int) -> str:
    return "" if value is None or not math.isfinite(value) else f"{value:.{digits}f}"
