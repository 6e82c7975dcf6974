"""A run from start to end, and its record."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import time
from dataclasses import asdict
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

from . import loop
from .experiment import Refused
from .journal.ledger import Ledger
from .journal.ledger import write_whole
from .journal.lock import held
from .journal.report import RunRecord
from .journal.report import experiment_row
from .journal.report import gain_row
from .journal.report import report
from .journal.report import results_tsv
from .opening import open_workshop
from .resume import check_selection
from .stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from .experiment import Experiment
    from .journal.replay import Replayed
    from .project import Project


def new_id() -> str:
    """Return an id for a run: when it started, and something to tell it from others of that second."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


@dataclass(slots=True)
class Run:
    """One run over a project. Go through `steps` once; ``record`` says at any time what is known.

    With ``past`` it goes on with a run that was interrupted, whose lock the caller holds.
    """

    project: Project
    past: Replayed | None = None
    id: str = field(default_factory=new_id)
    started: float = field(default_factory=time.monotonic)
    record: RunRecord = field(init=False)
    ledger: Ledger = field(init=False)

    def __post_init__(self) -> None:
        project = self.project
        if self.past is not None:
            self.id = self.past.record.run
            self.record = replace(self.past.record, agents=project.settings.agents, stopped=None, overall=None, holdout_overall=None)
            return
        base = project.repository.head
        branch = None if project.given or project.settings.calibrate else project.settings.branch or f"autoloop/{self.id}"
        self.record = RunRecord(run=self.id, base=base, head=base, branch=branch, agents=project.settings.agents)

    @property
    def folder(self) -> Path:
        """Where everything about this run is kept."""
        return self.project.repository.toplevel / ".autoloop" / "runs" / self.id

    @property
    def seconds(self) -> float:
        """How long the run has taken so far, without the time it was interrupted for."""
        return (self.past.record.seconds if self.past else 0.0) + time.monotonic() - self.started

    def steps(self) -> Generator[None, None, None]:
        """Run it in two steps: up to the first yield the baseline, from there the loop to its end.

        Raises `Refused` where it cannot start; an interruption is put on record and raised again. Closing it in between ends it.
        """
        self.project.repository.hide("/.autoloop/")
        with contextlib.nullcontext() if self.past else held(self.folder):
            self.ledger = Ledger(self.folder / "ledger.jsonl")
            self._begin()
            stop = Stop(by="error", detail="an error ended the run")
            try:
                with open_workshop(self) as workshop:
                    yield
                    state = loop.State(experiments=self.record.experiments)
                    workshop.learn()
                    if self.project.settings.calibrate:
                        workshop.learn_noise()
                        workshop.calibrate()
                        stop = Stop(by="calibrated", detail="the self-test is done")
                    else:
                        state, stop = loop.run(workshop, state)
                        if (left := len(self.project.given) - len(state.experiments)) > 0:
                            self.say(f"{left} of {len(self.project.given)} given patches {'was' if left == 1 else 'were'} not judged")
                        if state.keeps and not self.project.given:
                            self.record = replace(self.record, overall=workshop.overall())
                            self.record = replace(self.record, holdout_overall=workshop.overall_holdout())
            except KeyboardInterrupt:
                stop = Stop(by="interrupt", detail="interrupted")
                raise
            except Refused as refused:
                stop = Stop(by="refused", detail=str(refused))
                raise
            finally:
                self._end(stop)

    def _begin(self) -> None:
        project, past = self.project, self.past
        settings = asdict(project.settings)
        if past is None:
            first = {"run": self.id, "base": self.record.base, "branch": self.record.branch}
            self.ledger.add("run_started", **first, settings=settings, selection=project.selection())
            return
        check_selection(past, project.selection())
        self.ledger.add("run_resumed", settings=settings)
        if past.begun is not None:
            # Its level is spent: on record before anything else happens, it counts like any other.
            self.judged(past.begun)
            project.display.experiment(past.begun)
            project.finished(past.begun)
        for folder in self.folder.glob("experiments/[0-9]*"):
            if folder.name.isdigit() and int(folder.name) > len(self.record.experiments):
                # What was proposed and came to no trial leaves its number to another.
                shutil.rmtree(folder, ignore_errors=True)

    def _end(self, stop: Stop) -> None:
        self.record = replace(self.record, stopped=stop, seconds=self.seconds)
        gains = {"overall": self.record.overall, "holdout_overall": self.record.holdout_overall}
        rows = {name: None if gain is None else gain_row(gain) for name, gain in gains.items()}
        self.ledger.add("run_finished", stopped=asdict(stop), **rows, seconds=self.record.seconds)
        self.project.run_finished(self.write())

    def learn(self, event: str, **facts: Any) -> None:
        """Take into record and ledger what was learnt of the project, by the record's names for it."""
        self.record = replace(self.record, **facts)
        self.ledger.add(event, **facts)

    def remark(self, text: str) -> None:
        """Put a note on record, once."""
        if text not in self.record.notes:
            self.record = replace(self.record, notes=(*self.record.notes, text))
            self.ledger.add("note", text=text)

    def say(self, text: str) -> None:
        """Put a note on record, and show it."""
        self.remark(text)
        self.project.display.note(text)

    def judged(self, experiment: Experiment, **more: Any) -> None:
        """Put an experiment on record."""
        seconds = self.seconds
        self.ledger.add("judged", experiment=experiment_row(experiment), seconds=seconds, **more)
        self.record = replace(self.record, experiments=(*self.record.experiments, experiment), seconds=seconds)
        self.write()

    def kept(self, number: int, commit: str) -> None:
        """Put on record that a kept experiment's commit is on the branch."""
        self.ledger.add("kept", number=number, commit=commit, branch=self.record.branch)
        self.record = replace(self.record, head=commit)
        self.write()

    def write(self) -> dict[str, Any]:
        """Write the reports as things stand, and return the content of ``report.json``."""
        content = report(self.record)
        also = self.project.settings.report
        for folder in (self.folder, *([self.project.invocation.folder / also] if also else [])):
            write_whole(folder / "report.json", json.dumps(content, indent=1, allow_nan=False) + "\n")
            write_whole(folder / "results.tsv", results_tsv(self.record.experiments))
        return content
