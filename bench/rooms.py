"""The judge's own rooms opened over a project, without a loop: trees, duels and trials as in a run, for the benches that need real ones."""

from __future__ import annotations

import contextlib
import random
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import Trial
from pytest_autoloop.decision import level
from pytest_autoloop.judging.duel import Ring
from pytest_autoloop.judging.measure import try_out
from pytest_autoloop.judging.timed import TimedContest
from pytest_autoloop.workspace.environment import Invocation
from pytest_autoloop.workspace.environment import inherited
from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import Store
from pytest_autoloop.workspace.launcher import Launcher
from pytest_autoloop.workspace.launcher import Site
from pytest_autoloop.workspace.processes import Processes
from pytest_autoloop.workspace.trees import Arena
from pytest_autoloop.workspace.variables import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_autoloop.judging.measure import Bouts
    from pytest_autoloop.workspace.trees import Tree

    from .workloads import Workload

RISK = 0.05
NODEID = "tests/test_work.py::test_work"
MODULE = "workload/__init__.py"
FIRST_LEVEL = level("fdr", RISK, 1, 0)
RULE = Rule()
LIMIT = 120.0
# Other plugins than these two make no difference to a measurement, but to its price.
PLUGINS = ("-p", "autoloop", "-p", "benchmark")


def git(folder: Path, *args: str) -> str:
    """Run git in a repository, as somebody whom the machine need not know."""
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@localhost"]
    return subprocess.run(["git", "-C", str(folder), *who, *args], check=True, capture_output=True, text=True).stdout


def commit_all(folder: Path) -> None:
    """Make a folder a repository of one commit."""
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "As it comes")


@dataclass(slots=True, kw_only=True)
class Room:
    """One workload, ready for duels: the rounds calibrated, and the noise learnt as a run does when it begins."""

    workload: Workload
    store: Store
    arena: Arena
    ring: Ring
    incumbent: Tree
    contest: TimedContest

    @contextlib.contextmanager
    def candidate(self, source: str | None = None) -> Iterator[Tree]:
        """Lend a tree, with another source than the incumbent's or the same, prepared as a candidate's is when its gate has passed."""
        tree = self.arena.make(self.store, self.incumbent.revision)
        try:
            if source is not None:
                (self.arena.folder_of(tree) / MODULE).write_text(source)
            self.ring.warm(tree, [NODEID], LIMIT)
            yield tree
        finally:
            self.arena.drop(tree)

    def bouts(self, candidate: Tree, planted: float = 0.0) -> Bouts:
        """Return a series of duels between the incumbent and a candidate, which may pretend to a gain."""
        contest = self.contest
        bouts = contest.bouts(self.incumbent, candidate, contest.benchmarks, lambda _: None)
        bouts.planted = planted
        return bouts

    def judge(self, bouts: Bouts, at: float = FIRST_LEVEL) -> Trial:
        """Fight until the trial is decided; what a rejected candidate shows of the noise is remembered, as in a run."""
        contest = self.contest
        trial = try_out(bouts, Trial.start(RULE, at, contest.sigma), lambda _: None)
        if trial.decision != "keep":
            contest.noise = contest.noise.learnt(bouts.duels, contest.benchmarks)
        return trial


@contextlib.contextmanager
def open_room(workload: Workload, *, ahead: bool = True) -> Iterator[Room]:
    """Open a room for a workload. Without ``ahead`` its interpreters import nothing before their order."""
    rng = random.Random()
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="autoloop-bench-"))).resolve()
        project = folder / "project"
        workload.write(project)
        commit_all(project)
        repository = Repository(project)
        processes = stack.enter_context(Processes())
        store = Store(folder / "store", repository, ("Bench", "bench@localhost"))
        stack.callback(store.close)
        arena = Arena(folder / "trees", project.name)
        environ = {**inherited(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        site = Site(
            invocation=Invocation(args=PLUGINS, folder=project, toplevel=project),
            environ=child_environment(environ),
            python_path=environ.get("PYTHONPATH", ""),
            roots=(".",),
            flags=("--maxfail=0",),
        )
        launcher = Launcher(processes, arena, site, folder / "children", rng)
        stack.callback(launcher.close)
        launcher.objective_files = (NODEID.partition("::")[0],)
        ring = Ring(launcher, rng)
        contest = TimedContest(ring=ring, launcher=launcher, arena=arena, rule=RULE, objective=(NODEID,), progress=lambda _: None)
        incumbent = arena.make(store, repository.head)
        room = Room(workload=workload, store=store, arena=arena, ring=ring, incumbent=incumbent, contest=contest)
        ring.warm(incumbent, contest.objective, LIMIT)
        if (note := contest.prepare(incumbent)) is not None:
            raise RuntimeError(note)
        if not ahead:
            launcher.ahead = None
        with room.candidate() as twin:
            contest.learn(incumbent, twin, lambda _: None, lambda _: None)
        yield room
