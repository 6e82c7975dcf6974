"""Which tests are the objective: the benchmarks, or those that record the metric that was asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..experiment import Refused
from ..text import one_line

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Sequence

    from ..decision import Direction
    from ..worker.messages import Collected
    from ..worker.messages import Recorded
    from .gate import Session

BUILT_IN = ("cpu", "wall", "memory")
"""The metrics that benchmarks are measured by; every other name is one that tests record."""

_SHOWN = 5
# What has not come to its end, although it did not fail either.
_UNFINISHED = ("skipped", "xfailed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Objective:
    """The tests to improve, in file order, the files that hold them, and which way is better."""

    tests: tuple[str, ...]
    files: tuple[str, ...]
    direction: Direction = "lower"


def find_objective(session: Session, collected: Collected, quarantined: Collection[str], metric: str | None) -> Objective:
    """Return the objective of a baseline. Raises `Refused` if there is none."""
    if metric is None or metric in BUILT_IN:
        return _benchmarks(session, collected, quarantined)
    return _recording(session, collected, quarantined, metric)


def _benchmarks(session: Session, collected: Collected, quarantined: Collection[str]) -> Objective:
    """Return the benchmarks that asked for their fixture, were timed, and pass."""
    requested = collected.benchmarks
    found = tuple(id_ for id_ in collected.ids if id_ in requested.keys() & session.timed.keys() and id_ not in quarantined)
    if found:
        return Objective(tests=found, files=tuple(dict.fromkeys(requested[nodeid] for nodeid in found)))
    if broken := [nodeid for nodeid in requested if nodeid in quarantined]:
        raise Refused(f"the baseline fails: no benchmark passes ({some(sorted(broken))}): fix the benchmarks first", 1)
    if requested:
        raise Refused(f"nothing to optimise: no benchmark was run ({some(sorted(requested))}): are they skipped?", 5)
    raise Refused("nothing to optimise: no selected test uses the benchmark fixture of pytest-benchmark", 5)


def _recording(session: Session, collected: Collected, quarantined: Collection[str], metric: str) -> Objective:
    """Return the tests that record a metric, and pass."""
    quarantined = {*quarantined, *(nodeid for nodeid, outcome in session.outcomes.items() if outcome in _UNFINISHED)}
    found = {record.nodeid: record for record in session.recorded if record.metric == metric and record.nodeid not in quarantined}
    ids = tuple(nodeid for nodeid in collected.ids if nodeid in found)
    if not ids:
        raise _nothing(session, quarantined, metric)
    for nodeid in ids:
        if found[nodeid].value is None:
            raise Refused(f"{nodeid}: {metric} {found[nodeid].trouble}, and that is no number to improve: mend the test first", 1)
    files = tuple(dict.fromkeys(found[nodeid].file for nodeid in ids))
    return Objective(tests=ids, files=files, direction=_direction([found[nodeid] for nodeid in ids]))


def _nothing(session: Session, quarantined: Collection[str], metric: str) -> Refused:
    """Return why no test is left that records a metric."""
    failures = session.failures()
    if broken := sorted({record.nodeid for record in session.recorded if record.metric == metric}):
        otherwise = "they are skipped" if all(session.outcomes.get(nodeid) in _UNFINISHED for nodeid in broken) else "they flicker"
        how = one_line(next((failures[nodeid].splitlines()[-1] for nodeid in broken if failures.get(nodeid)), otherwise))
        return Refused(f"the baseline fails: no test that records {metric} passes ({some(broken)}: {how}): mend it first", 1)
    # A test whose own recording was refused has recorded nothing.
    misused = [(nodeid, text.splitlines()[-1]) for nodeid, text in failures.items() if nodeid in quarantined and "autoloop_metric:" in text]
    if misused:
        nodeid, text = misused[0]
        return Refused(f"the baseline fails: {nodeid}: {one_line(text, 300)}", 1)
    others = sorted({record.metric for record in session.recorded})
    rest = f"what they record is {some(others)}" if others else "record it with the autoloop_metric fixture"
    return Refused(f"nothing to optimise: no selected test records {metric!r}; {rest}", 5)


def _direction(records: Sequence[Recorded]) -> Direction:
    """Return the one direction of a metric. Raises `Refused` where two tests differ."""
    first = records[0]
    for record in records:
        if record.direction != first.direction:
            raise Refused(
                f"{first.metric} is better {first.direction} in {first.nodeid} and better {record.direction} in {record.nodeid}: "
                "record one of them under another name",
                1,
            )
    return "higher" if first.direction == "higher" else "lower"


def some(names: Sequence[str]) -> str:
    """Return the first few of many names."""
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
