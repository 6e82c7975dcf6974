"""Settling how children are held in: the strongest level under which the incumbent's own gate passes, proved on the baseline."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from ..experiment import Refused
from .baseline import establish
from .gate import run_session

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

    from ..workspace.isolation import Level
    from ..workspace.launcher import Launcher
    from ..workspace.trees import Tree
    from .baseline import Baseline
    from .baseline import Expected

_SHOWN = 3
_NOTHING_TO_OPTIMISE = 5


def settle(
    launcher: Launcher,
    tree: Tree,
    expected: Expected,
    levels: Sequence[Level],
    asked: str | None,
    *,
    limit: float,
    ignored: Sequence[str],
    withheld: Sequence[str],
    metric: str | None = None,
    on_report: Callable[[dict[str, Any]], None],
) -> tuple[Baseline, str | None]:
    """Establish the baseline under the first of ``levels`` that costs no test, and leave the launcher at it.

    The last level is what the others are compared with; with a level ``asked`` for by name it is not settled for. Returns the baseline and
    what a person should know about a step down. Raises `Refused` where `establish` does, or where the level that was asked for costs tests.
    """

    def established(level: Level, relay: Callable[[dict[str, Any]], None]) -> Baseline:
        launcher.level = level
        return establish(launcher, tree, expected, limit=limit, ignored=ignored, withheld=withheld, metric=metric, on_report=relay)

    def failing(level: Level) -> frozenset[str]:
        launcher.level = level
        outcomes = run_session(launcher, tree, limit=limit).outcomes
        return frozenset(nodeid for nodeid in expected.ids if outcomes.get(nodeid, "incomplete") in ("failed", "incomplete"))

    strongest, *weaker = levels
    if not weaker:
        return established(strongest, on_report), None
    held, refused, baseline = _Held(on_report), None, None
    try:
        baseline = established(strongest, held)
        lost = frozenset(nodeid for nodeid, how in baseline.quarantined.items() if how == "fails")
    except Refused as error:
        # Whether the level is to blame shows in what fails, not in what was refused.
        refused, lost = error, frozenset() if error.status == _NOTHING_TO_OPTIMISE else failing(strongest)
    unavoidable = failing(weaker[-1]) if lost else lost
    if unavoidable >= lost:
        # Whatever fails does so on its own account.
        launcher.level = strongest
        held.release()
        if baseline is None:
            assert refused is not None
            raise refused
        return baseline, None
    chosen = next(level for level in weaker if level is weaker[-1] or failing(level) <= unavoidable)
    cost = _some(sorted(lost - unavoidable))
    if asked is not None and chosen is weaker[-1]:
        raise Refused(f"tests fail only under --autoloop-isolation={asked} ({cost}): choose another level, or auto")
    return established(chosen, held.rest), f"isolation stepped down from {strongest.text}: tests fail only under it ({cost})"


class _Held:
    """Relays the reports of tests that pass, and holds those of others back until it is settled whether they count."""

    def __init__(self, relay: Callable[[dict[str, Any]], None]) -> None:
        self._relay = relay
        self._open: dict[str, list[dict[str, Any]]] = {}
        self._told: set[str] = set()

    def __call__(self, data: dict[str, Any]) -> None:
        nodeid = data["nodeid"]
        reports = self._open.setdefault(nodeid, [])
        reports.append(data)
        if data.get("when") == "teardown" and all(report.get("outcome") != "failed" for report in reports):
            self._tell(nodeid)

    def _tell(self, nodeid: str) -> None:
        self._told.add(nodeid)
        for report in self._open.pop(nodeid):
            self._relay(report)

    def release(self) -> None:
        """Relay what was held back: it counts."""
        for nodeid in list(self._open):
            self._tell(nodeid)

    def rest(self, data: dict[str, Any]) -> None:
        """Relay a report of the run that counts instead, unless that test was told of already."""
        if data["nodeid"] not in self._told:
            self._relay(data)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return ", ".join(names[:_SHOWN]) + more
