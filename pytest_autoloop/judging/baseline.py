"""The baseline: what the incumbent's own tests say, before any candidate is judged."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

from ..experiment import Refused
from ..text import one_line
from .gate import Expectation
from .gate import run_session
from .objective import find_objective
from .objective import some

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Direction
    from ..workspace.launcher import Launcher
    from ..workspace.trees import Tree
    from .gate import Session

# A suite that takes longer is not run a second time just to see whether it flickers.
_RERUN_UP_TO = 120.0
# Exit statuses of a session that did not run to its end.
_CUT_SHORT = {2: "a test ended the whole session", 3: "pytest broke down"}
# Ignored files that no test needs: what Python, its tools and this plugin leave behind.
_NOISE = re.compile(
    r"(^|/)(__pycache__|\.autoloop|\.benchmarks|\.hypothesis|\.?venv|\.tox|\.nox|\.[a-z]+_cache|[^/]*\.egg-info)/$|\.py[co]$"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the user's pytest collected: the node ids, and where rootdir and configuration lie, relative to the top of the repository."""

    ids: tuple[str, ...]
    rootdir: str
    inipath: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """What is fixed from here on: the gate's demands, the objective, and what the tests import.

    ``objective`` are the node ids of its tests, in file order, ``objective_files`` the files they are in, ``direction`` is what is better;
    ``objective_seconds`` is what its calls took in the gate; ``quarantined`` maps tests that fail or flicker, and modules that cannot be
    collected, to how; ``notes`` are remarks for a person.
    """

    expectation: Expectation
    objective: tuple[str, ...]
    direction: Direction
    quarantined: dict[str, str]
    objective_files: tuple[str, ...]
    collected_files: tuple[str, ...]
    imported: tuple[str, ...]
    seconds: float
    objective_seconds: float
    notes: tuple[str, ...]

    @property
    def gates(self) -> int:
        """How many tests a candidate has to pass."""
        return len(self.expectation.outcomes.keys() - self.quarantined.keys())


def establish(
    launcher: Launcher,
    tree: Tree,
    expected: Expected,
    *,
    limit: float,
    ignored: Sequence[str],
    withheld: Sequence[str] = (),
    metric: str | None = None,
    on_report: Callable[[dict[str, Any]], None],
) -> Baseline:
    """Run the whole selection in a fresh tree, and again to find what flickers.

    ``on_report`` sees every report of the first pass; ``ignored`` files and ``withheld`` variables are named where something fails.
    Raises `Refused` where the tree does not run as the user's folder does.
    """

    def relay(data: dict[str, Any]) -> bool:
        on_report(data)
        return False

    session = run_session(launcher, tree, limit=limit, until=relay)
    _check(session, expected, _hint(ignored, withheld))
    again: Mapping[str, str] | None = None
    notes: list[str] = []
    if session.seconds <= _RERUN_UP_TO:
        again = run_session(launcher, tree, limit=limit).outcomes
    else:
        notes.append(f"the suite took {session.seconds:.0f} s, so it was not run again to see whether tests flicker")
    quarantined = _quarantine(session, expected, again)
    if not session.honest:
        notes.append("the canaries do not work here (a plugin may keep them from it), so candidates are judged without")
    if "fails" in quarantined.values() and (hint := _hint(ignored, withheld)):
        notes.append(f"in case tests fail for it: {hint}")
    assert session.collected is not None
    assert session.imported is not None
    requested = session.collected.benchmarks.keys()
    objective = find_objective(session, session.collected, quarantined, metric)
    notes += [
        f"{nodeid} asks for its benchmark fixture at run time, so it is a gate and no objective"
        for nodeid in sorted(session.timed.keys() - requested)
    ]
    return Baseline(
        expectation=Expectation(
            outcomes={nodeid: session.outcomes.get(nodeid, "incomplete") for nodeid in expected.ids},
            quarantined=frozenset(quarantined),
            exitstatus=session.exitstatus or 0,
            canaries=session.honest,
            left_behind=session.left_behind,
        ),
        objective=objective.tests,
        direction=objective.direction,
        quarantined=quarantined,
        objective_files=objective.files,
        collected_files=tuple(session.collected.files),
        imported=tuple(session.imported.files),
        seconds=session.seconds,
        objective_seconds=_seconds_of(session, objective.tests),
        notes=tuple(notes),
    )


def _quarantine(session: Session, expected: Expected, again: Mapping[str, str] | None) -> dict[str, str]:
    """Return what no candidate has to pass, and why; ``again`` are the outcomes of a second pass, if there was one."""
    outcomes = session.outcomes
    found = {nodeid: "fails" for nodeid in expected.ids if outcomes.get(nodeid, "incomplete") in ("failed", "incomplete")}
    # A person may have chosen to go on without the modules that cannot be collected; a candidate need not mend them either.
    found |= {nodeid: "cannot be collected" for nodeid in session.failures() if nodeid not in expected.ids}
    if again is not None:
        flickering = [nodeid for nodeid in expected.ids if nodeid not in found and again.get(nodeid) != outcomes[nodeid]]
        found |= dict.fromkeys(flickering, "flickers")
    return found


def _seconds_of(session: Session, tests: Sequence[str]) -> float:
    """Return how long tests took; of a benchmark, a gate makes one call."""
    calls = [report for report in session.reports if report.get("when") == "call" and report["nodeid"] in set(tests)]
    return float(sum(session.timed.get(report["nodeid"], report.get("duration", 0.0)) for report in calls))


def _check(session: Session, expected: Expected, hint: str) -> None:
    """Refuse a baseline that is not the user's own selection run on the tree's own code."""
    collected, imported = session.collected, session.imported
    if imported is not None and imported.foreign:
        raise Refused(
            f"tests in a fresh tree import the original code ({imported.foreign[0]}): name the folder it is imported from with "
            "--autoloop-import-root, or build the project in each tree with --autoloop-setup"
        )
    hint = f"; {hint}" if hint else ""
    if collected is None:
        # Of a process that ended, the last words say why; one that hangs has said nothing.
        words = None if session.trouble and "did not end" in session.trouble else _last_line(session.output)
        why = ": ".join(part for part in (session.trouble, words) if part)
        raise Refused(f"pytest does not start in a fresh tree of HEAD: {why}{hint}")
    if (collected.rootdir, collected.inipath) != (expected.rootdir, expected.inipath):
        raise Refused(
            f"in a fresh tree of HEAD pytest finds {collected.inipath or 'no configuration'} in {collected.rootdir}, here it found "
            f"{expected.inipath or 'none'} in {expected.rootdir}: commit the configuration"
        )
    if set(collected.ids) != set(expected.ids):
        missing = [nodeid for nodeid in expected.ids if nodeid not in set(collected.ids)]
        extra = [nodeid for nodeid in collected.ids if nodeid not in set(expected.ids)]
        # Ids made of a path or of something random are others in every tree, and no commit helps against that.
        if missing and [nodeid.partition("[")[0] for nodeid in missing] == [nodeid.partition("[")[0] for nodeid in extra]:
            raise Refused(
                f"the ids of tests change from tree to tree ({missing[0]}, in a fresh one {extra[0]}): give their parameters ids= that "
                f"stay the same, or leave them out with --deselect {missing[0].partition('[')[0]}"
            )
        what = f"lacks {some(missing)}" if missing else f"has also {some(extra)}"
        why = "".join(f" ({_last_line(text)})" for text in list(session.failures().values())[:1])
        raise Refused(f"a fresh tree of HEAD {what}{why}: commit all that the tests need{hint}")
    if session.trouble is not None:
        raise Refused(f"the baseline fails: {session.trouble}{hint}", 1)
    if session.exitstatus in _CUT_SHORT:
        raise Refused(f"the baseline fails: {_CUT_SHORT[session.exitstatus]} ({_last_line(session.output)}){hint}", 1)


def _hint(ignored: Sequence[str], withheld: Sequence[str]) -> str:
    """Return where a child may differ from the user's own pytest: ignored files, but for caches and environments, and variables."""
    telling = [path for path in ignored if not _NOISE.search(path)]
    files = f"a fresh tree lacks what git ignores ({some(telling)}): see --autoloop-copy and --autoloop-setup"
    variables = f"tests do not see the variables {some(withheld)}: name those they need with --autoloop-env"
    return "; ".join(text for text, names in ((files, telling), (variables, withheld)) if names)


def _last_line(text: str) -> str:
    """Return the last line that says something, without pytest's margins and rulers."""
    lines = (line.removeprefix("INTERNALERROR>").removeprefix("E  ").strip(" !") for line in reversed(text.splitlines()))
    return one_line(next((line for line in lines if line and not line.startswith("===")), "no output"))
