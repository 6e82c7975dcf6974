"""What a person sees of a run: pytest's look, one line per experiment, and a live line where there is a terminal."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING
from typing import Any

import pytest

from .stopping import UNFINISHED
from .text import duration
from .text import harmless
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from rich.live import Live
    from rich.text import Text

    from .experiment import Experiment
    from .journal.report import RunRecord

_COLOURS = {"kept": "green", "rejected": "red", "flagged": "yellow"}


class _Activity:
    """The live line: what is going on, and for how long. Rich asks it anew at every refresh."""

    def __init__(self) -> None:
        self.subject = ""
        self.what = ""
        self.since = time.monotonic()

    def __rich__(self) -> Text:
        from rich.text import Text

        seconds = time.monotonic() - self.since
        parts = [part for part in (self.subject, self.what) if part]
        return Text(f"  … {' · '.join(parts)} ({seconds:.0f} s)", style="dim", no_wrap=True, overflow="ellipsis")


class Screen:
    """Shows a run through pytest's terminal reporter; without one (``-p no:terminal``) it is silent."""

    def __init__(self, reporter: pytest.TerminalReporter | None, verbosity: int) -> None:
        self._reporter = reporter
        self._verbosity = verbosity
        self._activity = _Activity()
        self._live: Live | None = None
        self._lively = reporter is not None and reporter.isatty and verbosity >= 0

    def doing(self, what: str) -> None:
        """Say what is being done now. Only a terminal shows it."""
        self._activity.what = one_line(what)
        if self._lively and self._live is None:
            from rich.console import Console
            from rich.live import Live

            if self._reporter is not None:
                self._reporter.ensure_newline()
            self._live = Live(
                self._activity,
                console=Console(file=sys.stdout),
                refresh_per_second=4,
                transient=True,
                redirect_stdout=False,
                redirect_stderr=False,
            )
            self._live.start()

    def about(self, subject: str) -> None:
        """Say which experiment the following is about."""
        self._activity.subject = one_line(subject, 90)
        self._activity.since = time.monotonic()

    def quiet(self) -> None:
        """Take the live line away, so that something else can be written."""
        if self._live is not None:
            self._live.stop()
            self._live = None

    def note(self, text: str) -> None:
        """Write a line that stays."""
        self._write(f"autoloop: {one_line(text, 1000)}")

    def table(self, lines: Sequence[str]) -> None:
        """Write lines that stay, as they are laid out."""
        for line in lines:
            self._write(f"  {harmless(line)}")

    def experiment(self, experiment: Experiment) -> None:
        """Write the line of a judged experiment."""
        self._activity.subject = ""
        self._write(experiment_line(experiment), **{_COLOURS[experiment.verdict.kind]: experiment.verdict.kind != "rejected"})
        if self._verbosity > 0:
            self._write(f"            {one_line(experiment.verdict.reason, 500)}")

    def _write(self, line: str, **markup: bool) -> None:
        self.quiet()
        if self._reporter is not None and self._verbosity >= -1:
            self._reporter.ensure_newline()
            self._reporter.write_line(line, **markup)


class Relay:
    """Shows the baseline's reports as pytest's own."""

    def __init__(self, config: pytest.Config, screen: Screen) -> None:
        self._config = config
        self._screen = screen

    def __call__(self, data: dict[str, Any]) -> None:
        """Show a report that has come as JSON."""
        hook = self._config.hook
        # JSON knows no tuples, and pytest unpacks the place of a skip only from one.
        tuples = {name: tuple(value) for name, value in data.items() if name in ("location", "longrepr") and isinstance(value, list)}
        report = hook.pytest_report_from_serializable(config=self._config, data={**data, **tuples})
        if not isinstance(report, pytest.TestReport):
            return
        self._screen.quiet()
        if report.when == "setup":
            hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
        hook.pytest_runtest_logreport(report=report)
        if report.when == "teardown":
            hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)


def experiment_line(experiment: Experiment) -> str:
    """Return the one line of an experiment: number, verdict, gain with interval and title, or stage or gain and reason."""
    verdict, gain = experiment.verdict, experiment.gain
    seconds = sum(experiment.seconds.values())
    title = one_line(experiment.title, 80)
    head = f"{experiment.number:>5} {verdict.kind:<8}"
    if verdict.kind == "kept" and gain is not None:
        holdout = f", holdout {experiment.holdout.ratio:.3f}x" if experiment.holdout else ""
        return f"{head} {gain.ratio:.3f}x [{gain.low:.3f}, {gain.high:.3f}]{holdout}  {title}  ({seconds:.0f} s)"
    if verdict.kind == "flagged" and gain is not None:
        more = f" (and {len(experiment.flags) - 1} more)" if len(experiment.flags) > 1 else ""
        return f"{head} {gain.ratio:.3f}x if you accept it  {title}: {one_line(verdict.reason, 100)}{more}  ({seconds:.0f} s)"
    return f"{head} {verdict.stage:<7} {title}: {one_line(verdict.reason, 100)}  ({seconds:.0f} s)"


def summary_lines(record: RunRecord, report_path: str) -> Iterator[str]:
    """Return the closing section of a run."""
    kept = [experiment for experiment in record.experiments if experiment.kept]
    flagged = [experiment for experiment in record.experiments if experiment.verdict.kind == "flagged"]
    count = len(record.experiments)
    if not count and record.stopped is not None and record.stopped.by == "refused":
        yield one_line(record.stopped.detail, 1000)
        return
    judging = record.branch is None
    rest = f", {len(flagged)} flagged" if flagged else ""
    if record.stopped is None or record.stopped.by != "calibrated":
        yield f"{count} experiment{'s' * (count != 1)} in {duration(record.seconds)}: {len(kept)} {'would be ' * judging}kept{rest}"
    if kept and not judging:
        yield from (f"  {experiment_line(experiment).strip()}" for experiment in kept)
        if record.overall is not None:
            gain = record.overall
            what = "times faster" if record.clock in ("cpu", "wall", "mixed") else f"times better by {one_line(record.clock, 80)}"
            yield f"in all {gain.ratio:.2f} {what} [{gain.low:.2f}, {gain.high:.2f}], the last commit measured against the first"
        else:
            yield "the total was not measured again"
        if (seen := record.holdout_overall) is not None:
            yield f"in the holdout {seen.ratio:.2f} times faster [{seen.low:.2f}, {seen.high:.2f}]"
    if flagged:
        yield "flagged is for you to decide, by the evidence in the report; --autoloop-accept-flagged keeps it"
    # What was given to be judged came to its end.
    if record.stopped is not None and not (judging and record.stopped.by == "agents"):
        yield f"stopped: {one_line(record.stopped.detail, 500)}"
    yield f"report: {report_path}"
    if not judging and record.stopped is not None and record.stopped.by in UNFINISHED:
        yield f"go on: pytest --autoloop-resume={record.run}, with the tests selected as before"
    if kept and not judging:
        yield f"look:  git log -p {record.base[:10]}..{record.branch}"
        yield f"merge: git merge --ff-only {record.branch}"
