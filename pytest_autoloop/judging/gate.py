"""The gate: one child pytest over the whole selection, which has to pass as the baseline did."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

from ..worker.channel import ChannelClosed
from ..worker.channel import ChannelForged
from ..worker.channel import ChannelTimeout
from ..worker.messages import Collected
from ..worker.messages import Finish
from ..worker.messages import Imported
from ..worker.messages import Ran
from ..worker.messages import Recorded
from ..worker.messages import Report
from ..worker.messages import Timed
from .outcomes import as_good
from .outcomes import fold
from .outcomes import sung_well

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..workspace.launcher import Launcher
    from ..workspace.launcher import PytestChild
    from ..workspace.trees import Tree
    from .outcomes import Outcome


@dataclass(slots=True)
class Session:
    """What a child pytest reported, as far as it came. ``trouble`` says why it did not come to its end.

    ``canaries`` are the names of the planted tests, ``sung`` their reports, which are in no other list.
    ``left_behind`` is what it left on the disk, in bytes.
    """

    collected: Collected | None = None
    reports: list[dict[str, Any]] = field(default_factory=list)
    canaries: tuple[str, ...] = ()
    sung: list[dict[str, Any]] = field(default_factory=list)
    timed: dict[str, float] = field(default_factory=dict)
    recorded: list[Recorded] = field(default_factory=list)
    imported: Imported | None = None
    ran: Mapping[str, Sequence[int]] | None = None
    exitstatus: int | None = None
    trouble: str | None = None
    seconds: float = 0.0
    output: str = ""
    left_behind: int = 0

    @property
    def outcomes(self) -> dict[str, Outcome]:
        """The outcome of every test that has reported."""
        return fold(self.reports)

    @property
    def honest(self) -> bool:
        """Whether the canary that must fail has failed, and the one that must be skipped was skipped."""
        return sung_well(self.canaries, self.sung)

    def failures(self) -> dict[str, str]:
        """Return the text of every failure, by node id (or module, if that could not be collected)."""
        found: dict[str, str] = {}
        for report in self.reports:
            if report.get("outcome") == "failed":
                found.setdefault(report["nodeid"], failure_text(report))
        return found


def failure_text(report: Mapping[str, Any]) -> str:
    """Return the text of a serialised failure, as short as it still says something."""
    long: Any = report.get("longrepr")
    try:
        crash = long["reprcrash"] or {"message": ""}
        lines = [line for entry in long["reprtraceback"]["reprentries"] for line in entry["data"]["lines"]]
        return "\n".join([*lines, crash["message"]]).strip()
    except (TypeError, KeyError):
        # Not every failure is a traceback, and what a candidate's process sends may be anything.
        return str(long or "")


def failure_line(report: Mapping[str, Any]) -> str:
    """Return what a serialised failure comes to in one line: what was raised, not the values that pytest explains it with."""
    long: Any = report.get("longrepr")
    try:
        lines = str(long["reprcrash"]["message"]).splitlines()[:1]
    except (TypeError, KeyError):
        lines = failure_text(report).splitlines()[-1:]
    return "".join(lines)


def run_session(
    launcher: Launcher,
    tree: Tree,
    *,
    limit: float,
    first: Sequence[str] = (),
    canaries: bool = True,
    until: Callable[[dict[str, Any]], bool] | None = None,
    lines: Mapping[str, Sequence[int]] | None = None,
) -> Session:
    """Run the whole selection in a tree, at most ``limit`` seconds, and return what it reported.

    ``until`` sees every report as it comes, and ends the session early by returning True. Of ``lines``, by file, it is told which ran.
    """
    session = Session(canaries=canary_names(2) if canaries else ())
    started, before = time.monotonic(), tree.size()
    with launcher.start(tree, "l", mode="gate", first=first, canaries=session.canaries, lines=lines) as child:
        try:
            _listen(child, session, started + limit, until)
        except ChannelTimeout:
            session.trouble = f"it did not end within {limit:.0f} s"
        except ChannelForged as error:
            session.trouble = f"harness tampered: {error}"
        except ChannelClosed:
            session.trouble = _how_it_ended(child.finished().status)
        session.seconds = time.monotonic() - started
    session.output = child.output()
    session.left_behind = child.left_behind + max(0, tree.size() - before)
    return session


def canary_names(count: int) -> tuple[str, ...]:
    """Return new names for canaries, which look like any other test's."""
    return tuple(f"test_{secrets.choice(_NOUNS)}_{secrets.token_hex(3)}" for _ in range(count))


_NOUNS = ("order", "limits", "reading", "writing", "copies", "values", "names", "edges", "merge", "defaults")


def _listen(child: PytestChild, session: Session, deadline: float, until: Callable[[dict[str, Any]], bool] | None) -> None:
    while True:
        record = child.channel.take(max(0.0, deadline - time.monotonic()))
        if isinstance(record, Report):
            if not all(isinstance(record.data.get(name), str) for name in ("nodeid", "outcome")):
                raise ChannelForged("a report without node id or outcome came through the channel")
            if record.data["nodeid"].rpartition("::")[2] in session.canaries:
                session.sung.append(record.data)
                continue
            session.reports.append(record.data)
            if until is not None and until(record.data):
                session.trouble = "stopped at the first failure"
                return
        elif isinstance(record, Timed):
            session.timed[record.nodeid] = record.seconds
        elif isinstance(record, Recorded):
            session.recorded.append(record)
        elif isinstance(record, Collected):
            session.collected = record
        elif isinstance(record, Imported):
            session.imported = record
        elif isinstance(record, Ran):
            session.ran = record.lines
        elif isinstance(record, Finish):
            session.exitstatus = record.exitstatus
            child.finished()
            return


# A suite writes more or less by chance; what a candidate may add to it has an end.
_MORE_DISK = 4
_MUCH_DISK = 256 << 20


def _how_it_ended(status: int) -> str:
    if status < 0:
        return f"its process was killed by signal {-status} before the session came to its end"
    return f"its process ended with status {status} before the session came to its end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What the gate demands: every test of the baseline, with an outcome as good; the quarantined ones may do as they like.

    ``canaries`` says whether the baseline's canaries behaved, so that a candidate's have to. An honest session with a test that must
    fail ends with status 1.
    """

    outcomes: Mapping[str, Outcome]
    quarantined: frozenset[str]
    exitstatus: int
    canaries: bool = False
    left_behind: int = 0

    def failed_at(self, report: Mapping[str, Any]) -> bool:
        """Return whether a report alone settles that the gate is not passed."""
        return report.get("outcome") == "failed" and report.get("nodeid") not in self.quarantined

    def missed_by(self, session: Session) -> tuple[str, str] | None:
        """Return why a session does not pass, with the output that shows it, or None if it passes."""
        failures = {nodeid: text for nodeid, text in session.failures().items() if nodeid not in self.quarantined}
        if failures:
            nodeid, text = next(iter(failures.items()))
            return f"{nodeid} failed", text
        if session.trouble is not None:
            return session.trouble, session.output
        if session.collected is None:
            return f"pytest collected nothing and ended with status {session.exitstatus}", session.output
        if session.left_behind > _MORE_DISK * self.left_behind + _MUCH_DISK:
            left, before = (f"{size / (1 << 20):.0f} MiB" for size in (session.left_behind, self.left_behind))
            return f"its tests left {left} on the disk, the incumbent's {before}", session.output
        allowed = {self.exitstatus, 0} | ({0, 1} if self.quarantined else set())
        collected = set(session.collected.ids)
        if (missing := next((nodeid for nodeid in self.outcomes if nodeid not in collected), None)) is not None:
            ended = "" if session.exitstatus in allowed else f": pytest ended with status {session.exitstatus}"
            return f"{missing} is gone{ended}", session.output
        outcomes = session.outcomes
        for nodeid, outcome in self.outcomes.items():
            if nodeid not in self.quarantined and not as_good(outcome, outcomes.get(nodeid, "incomplete")):
                return f"{nodeid} {outcome} before and is now {outcomes.get(nodeid, 'not run')}", session.output
        if self.canaries:
            tampered = "harness tampered: the canaries did not come out as they must"
            return None if session.honest and session.exitstatus == 1 else (tampered, session.output)
        if session.exitstatus not in allowed:
            return f"pytest ended with status {session.exitstatus}, the baseline with {self.exitstatus}", session.output
        return None
