"""What became of each test of a session, folded from its reports: pure functions."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any
from typing import Literal

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

Outcome = Literal["passed", "failed", "skipped", "xfailed", "xpassed", "incomplete"]


def fold(reports: Iterable[Mapping[str, Any]]) -> dict[str, Outcome]:
    """Return the outcome of every test from its serialised reports.

    A test is more than one report: setup, call (several with subtests), teardown. It passed only if all three are there and none failed.
    """
    by_test: dict[str, list[Mapping[str, Any]]] = {}
    for report in reports:
        if report.get("when") in ("setup", "call", "teardown"):
            by_test.setdefault(report["nodeid"], []).append(report)
    return {nodeid: _outcome(parts) for nodeid, parts in by_test.items()}


_SUNG: tuple[Outcome, ...] = ("failed", "skipped", "passed")


def sung_well(canaries: Sequence[str], reports: Iterable[Mapping[str, Any]]) -> bool:
    """Return whether the canary that must fail has failed, the one that must be skipped was skipped, and the timed one has passed."""
    outcomes = {nodeid.rpartition("::")[2]: outcome for nodeid, outcome in fold(reports).items()}
    return outcomes == dict(zip(canaries, _SUNG, strict=False))


def _outcome(parts: list[Mapping[str, Any]]) -> Outcome:
    # A rerun is an attempt that did not count.
    counted = [part for part in parts if part["outcome"] != "rerun"]
    if any(part["outcome"] == "failed" for part in counted):
        return "failed"
    # Subtests come before the test's own report: one that fails counts, one that is skipped does not skip the test.
    counted = [part for part in counted if part.get("_report_type") != "SubTestReport"]
    phases = {part["when"] for part in counted}
    skipped = [part for part in counted if part["outcome"] == "skipped"]
    if "setup" not in phases or "teardown" not in phases or ("call" not in phases and not skipped):
        return "incomplete"
    if skipped:
        return "xfailed" if any("wasxfail" in part for part in skipped) else "skipped"
    return "xpassed" if any("wasxfail" in part for part in counted) else "passed"


# What a candidate's test may have become: as good as the baseline's, or better.
_AS_GOOD: dict[Outcome, frozenset[Outcome]] = {
    "passed": frozenset({"passed"}),
    "skipped": frozenset({"skipped", "passed"}),
    "xfailed": frozenset({"xfailed", "xpassed", "passed"}),
    "xpassed": frozenset({"xpassed", "passed"}),
}


def as_good(baseline: Outcome, candidate: Outcome) -> bool:
    """Return whether a test that had one outcome in the baseline may have the other in a candidate."""
    return candidate in _AS_GOOD.get(baseline, frozenset())
