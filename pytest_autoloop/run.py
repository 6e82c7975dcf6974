"""A run from start to end, and its record."""

from __future__ import annotations

import json
import secrets
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
from .journal.report import RunRecord
from .journal.report import report
from .journal.report import results_tsv
from .opening import open_workshop
from .stopping import Stop

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

    from .experiment import Experiment
    from .project import Project


def new_id() -> str:
    """Return an id for a run: when it started, and something to tell it from others of that second."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


@dataclass(slots=True)
class Run:
    """One run over a project. Go through `steps` once; ``record`` says at any time what is known."""

    project: Project
    id: str = field(default_factory=new_id)
    started: float = field(default_factory=time.monotonic)
    record: RunRecord = field(init=False)

    def __post_init__(self) -> None:
        project = self.project
        base = project.repository.head
        branch = None if project.given or project.settings.calibrate else project.settings.branch or f"autoloop/{self.id}"
        self.record = RunRecord(run=self.id, base=base, head=base, branch=branch, agents=project.settings.agents)

    @property
    def folder(self) -> Path:
        """Where everything about this run is kept."""
        return self.project.repository.toplevel / ".autoloop" / "runs" / self.id

    @property
    def seconds(self) -> float:
        """How long the run has taken so far."""
        return time.monotonic() - self.started

    def steps(self) -> Generator[None, None, None]:
        """Run it in two steps: up to the first yield the baseline, from there the loop to its end.

        Raises `Refused` where it cannot start; an interruption is put on record and raised again. Closing it in between ends it.
        """
        self.project.repository.hide("/.autoloop/")
        ledger = Ledger(self.folder / "ledger.jsonl")
        ledger.add("run_started", run=self.id, base=self.record.base, branch=self.record.branch, settings=asdict(self.project.settings))
        stop = Stop(by="error", detail="an error ended the run")
        try:
            with open_workshop(self, ledger) as workshop:
                yield
                workshop.learn()
                if self.project.settings.calibrate:
                    workshop.calibrate()
                    stop = Stop(by="calibrated", detail="the self-test is done")
                else:
                    state, stop = loop.run(workshop, loop.State())
                    if state.keeps and not self.project.given:
                        self.record = replace(self.record, overall=workshop.overall())
        except KeyboardInterrupt:
            stop = Stop(by="interrupt", detail="interrupted")
            raise
        except Refused as refused:
            stop = Stop(by="refused", detail=str(refused))
            raise
        finally:
            self.record = replace(self.record, stopped=stop)
            content = self.write()
            ledger.add("run_finished", report=content)
            self.project.run_finished(content)

    def note(self, experiment: Experiment) -> None:
        """Take an experiment into the record."""
        self.record = replace(self.record, experiments=(*self.record.experiments, experiment), head=experiment.commit or self.record.head)
        self.write()

    def write(self) -> dict[str, Any]:
        """Write the reports as things stand, and return the content of ``report.json``."""
        self.record = replace(self.record, seconds=self.seconds)
        content = report(self.record)
        also = self.project.settings.report
        for folder in (self.folder, *([self.project.invocation.folder / also] if also else [])):
            write_whole(folder / "report.json", json.dumps(content, indent=1, allow_nan=False) + "\n")
            write_whole(folder / "results.tsv", results_tsv(self.record.experiments))
        return content
