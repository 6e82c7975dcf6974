"""The judge's rooms opened over a sample project, without the loop."""

from __future__ import annotations

import contextlib
import random
import secrets
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from sample import PLUGINS
from sample import name_of

from pytest_autoloop.judging.gate import run_session
from pytest_autoloop.judging.outcomes import fold
from pytest_autoloop.worker.messages import Collected
from pytest_autoloop.worker.messages import Finish
from pytest_autoloop.worker.messages import Go
from pytest_autoloop.worker.messages import Parked
from pytest_autoloop.worker.messages import Profiled
from pytest_autoloop.worker.messages import Report
from pytest_autoloop.worker.messages import Returned
from pytest_autoloop.worker.messages import Round
from pytest_autoloop.worker.messages import RunRound
from pytest_autoloop.worker.messages import Show
from pytest_autoloop.workspace.environment import Invocation
from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import Store
from pytest_autoloop.workspace.launcher import Launcher
from pytest_autoloop.workspace.launcher import Site
from pytest_autoloop.workspace.processes import Processes
from pytest_autoloop.workspace.trees import Arena
from pytest_autoloop.workspace.variables import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from sample import Project

    from pytest_autoloop.judging.gate import Session
    from pytest_autoloop.worker.channel import JudgeEnd
    from pytest_autoloop.worker.messages import Mode
    from pytest_autoloop.workspace.trees import Tree


@dataclass
class Drive:
    """What a driven child did: the benchmarks that parked, in order, their rounds, what calls came to, and its reports."""

    parked: list[Parked] = field(default_factory=list)
    rounds: dict[str, list[Round]] = field(default_factory=dict)
    profiles: list[Profiled] = field(default_factory=list)
    returned: list[Returned] = field(default_factory=list)
    reports: list[Report] = field(default_factory=list)
    collected: Collected | None = None
    status: int | None = None

    @property
    def outcomes(self) -> dict[str, str]:
        """What became of each test, by its name alone."""
        return {name_of(nodeid): outcome for nodeid, outcome in fold([report.data for report in self.reports]).items()}


@dataclass
class Lab:
    """The judge's rooms over a project, without the loop: trees, and child pytests in them."""

    project: Project
    repository: Repository
    store: Store
    arena: Arena
    processes: Processes
    folder: Path
    flags: tuple[str, ...] = ("--maxfail=0",)
    roots: tuple[str, ...] = ("src",)

    def launcher(self, *args: str, folder: str = "", plugins: Sequence[str] = PLUGINS, env: Mapping[str, str] | None = None) -> Launcher:
        """Return what starts children as for a user who ran pytest with these arguments in a folder."""
        top = self.repository.toplevel
        environ = {**self.project.environ, **(env or {})}
        site = Site(
            invocation=Invocation(args=(*plugins, *args), folder=top / folder, toplevel=top),
            environ=child_environment(environ),
            python_path=environ.get("PYTHONPATH", ""),
            roots=self.roots,
            flags=self.flags,
        )
        return Launcher(self.processes, self.arena, site, self.folder / secrets.token_hex(4), random.Random(1))

    def tree(self, files: Mapping[str, str | None] | None = None, revision: str = "HEAD") -> Tree:
        """Make a tree of a revision, with files changed (None: deleted)."""
        made = self.arena.make(self.store, self.project.git("rev-parse", revision).strip())
        top = self.arena.folder_of(made)
        for name, text in (files or {}).items():
            if text is None:
                (top / name).unlink()
            else:
                (top / name).parent.mkdir(parents=True, exist_ok=True)
                (top / name).write_text(text, encoding="utf-8")
        return made

    def gate(
        self,
        *args: str,
        files: Mapping[str, str | None] | None = None,
        folder: str = "",
        plugins: Sequence[str] = PLUGINS,
        env: Mapping[str, str] | None = None,
        limit: float = 60,
        canaries: bool = False,
    ) -> Session:
        """Run one gate in a fresh tree."""
        tree = self.tree(files)
        try:
            return run_session(self.launcher(*args, folder=folder, plugins=plugins, env=env), tree, limit=limit, canaries=canaries)
        finally:
            self.arena.drop(tree)

    def drive(
        self,
        objective: Sequence[str],
        *args: str,
        mode: Mode = "duel",
        rounds: int = 3,
        plugins: Sequence[str] = PLUGINS,
        launcher: Launcher | None = None,
        while_parked: Callable[[], None] = lambda: None,
    ) -> Drive:
        """Run a driven child to its end in a fresh tree, with the same rounds for every benchmark that parks."""
        done, tree = Drive(), self.tree()
        launcher = launcher or self.launcher(*args, plugins=plugins)
        with launcher.start(tree, "l", mode=mode, objective=objective) as child:
            while done.status is None:
                record = child.channel.take(30)
                if isinstance(record, Parked):
                    while_parked()
                    done.parked.append(record)
                    self._run_rounds(child.channel, record, rounds, done)
                elif isinstance(record, Report):
                    done.reports.append(record)
                elif isinstance(record, Profiled):
                    done.profiles.append(record)
                elif isinstance(record, Returned):
                    done.returned.append(record)
                elif isinstance(record, Collected):
                    done.collected = record
                elif isinstance(record, Finish):
                    done.status = record.exitstatus
        self.arena.drop(tree)
        return done

    @staticmethod
    def _run_rounds(channel: JudgeEnd, parked: Parked, rounds: int, done: Drive) -> None:
        taken = done.rounds.setdefault(parked.nodeid, [])
        for number in range(rounds if parked.rounds is None else min(rounds, parked.rounds)):
            channel.send(RunRound(iterations=parked.iterations or 2, collect=number == 0))
            if not isinstance(answer := channel.take(30), Round):
                # A benchmark that fails reports in place of its time, and is over.
                assert isinstance(answer, Report)
                done.reports.append(answer)
                return
            taken.append(answer)
        for command in (Show(around=True), Go()) if taken else (Go(),):
            channel.send(command)


@contextlib.contextmanager
def open_lab(project: Project, folder: Path) -> Iterator[Lab]:
    """Open the judge's rooms over a project."""
    repository = Repository(project.path)
    store = Store(folder / "store", repository, ("Ada", "ada@example.org"))
    with contextlib.closing(store), Processes() as processes:
        yield Lab(project, repository, store, Arena(folder / "trees", project.path.name), processes, folder / "children")
