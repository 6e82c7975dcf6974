"""The judge's own rooms opened over a project, without a loop: trees, duels and trials as in a run, for the benches that need real ones."""

from __future__ import annotations

import contextlib
import random
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import Trial
from pytest_autoloop.decision import level
from pytest_autoloop.judging.duel import Ring
from pytest_autoloop.judging.measure import try_out
from pytest_autoloop.judging.timed import TimedContest
from pytest_autoloop.worker.messages import Finish
from pytest_autoloop.worker.messages import Go
from pytest_autoloop.worker.messages import Parked
from pytest_autoloop.worker.messages import Round
from pytest_autoloop.worker.messages import RunRound
from pytest_autoloop.workspace.environment import Invocation
from pytest_autoloop.workspace.environment import inherited
from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import Store
from pytest_autoloop.workspace.isolation import Prober
from pytest_autoloop.workspace.isolation import ladder
from pytest_autoloop.workspace.launcher import Launcher
from pytest_autoloop.workspace.launcher import Site
from pytest_autoloop.workspace.processes import Processes
from pytest_autoloop.workspace.trees import Arena
from pytest_autoloop.workspace.variables import child_environment

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from pytest_autoloop.judging.measure import Bouts
    from pytest_autoloop.workspace.launcher import Interpreter
    from pytest_autoloop.workspace.launcher import PytestChild
    from pytest_autoloop.workspace.trees import Place
    from pytest_autoloop.workspace.trees import Tree

    from .workloads import Workload

RISK = 0.05
WARM_UPS = 3
NODEID = "tests/test_work.py::test_work"
MODULE = "workload/__init__.py"
FIRST_LEVEL = level("fdr", RISK, 1, 0)
RULE = Rule()
LIMIT = 120.0
# Other plugins than these two make no difference to a measurement, but to its price.
PLUGINS = ("-p", "autoloop", "-p", "benchmark")


def git(folder: Path, *args: str) -> None:
    """Run git in a repository, as somebody whom the machine need not know."""
    who = ["-c", "user.name=Bench", "-c", "user.email=bench@localhost"]
    subprocess.run(["git", "-C", str(folder), *who, *args], check=True)


def commit_all(folder: Path) -> None:
    """Make a folder a repository of one commit, whose commits are ours."""
    git(folder, "init", "-q")
    git(folder, "config", "user.name", "Bench")
    git(folder, "config", "user.email", "bench@localhost")
    git(folder, "add", "-A")
    git(folder, "commit", "-q", "-m", "As it comes")


def scratch_copy(project: Path, folder: Path) -> Path:
    """Copy a project into a git repository of its own."""
    target = folder / project.name
    shutil.copytree(project, target, ignore=shutil.ignore_patterns("__pycache__", ".*cache*", ".benchmarks", ".git"))
    commit_all(target)
    return target


class WatchedLauncher(Launcher):
    """A launcher that remembers which side's process was started first, and can be told not to start any before it is needed."""

    early = True

    def __init__(self, processes: Processes, arena: Arena, site: Site, folder: Path, rng: random.Random) -> None:
        super().__init__(processes, arena, site, folder, rng)
        self._needed = False
        self._orders: list[tuple[int, Tree]] = []

    def pair(self) -> tuple[Interpreter, Interpreter]:
        """Return two interpreters, as for any duel."""
        self._needed = True
        try:
            return super().pair()
        finally:
            self._needed = False

    def prepare_pair(self, busy: Sequence[int]) -> None:
        """Start the next pair, ahead or just when it is needed."""
        if self.early or self._needed:
            super().prepare_pair(busy)

    def order(self, interpreter: Interpreter, tree: Tree, place: Place, **wanted: Any) -> PytestChild:
        """Give an order, and remember which process got it: process ids tell which was started first."""
        self._orders.append((interpreter.child.pid, tree))
        return super().order(interpreter, tree, place, **wanted)

    def started_first(self, candidate: Tree, duels: int) -> list[bool]:
        """Return for each of the last duels whether the candidate's process was the first to be started."""
        orders, self._orders = self._orders[-2 * duels :] if duels else [], []
        return [min(orders[n : n + 2], key=lambda order: order[0])[1] is candidate for n in range(0, len(orders), 2)]


@dataclass(slots=True, kw_only=True)
class Room:
    """One workload, ready for duels: the rounds calibrated, and the noise learnt as a run does when it begins."""

    workload: Workload
    project: Path
    store: Store
    arena: Arena
    launcher: WatchedLauncher
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

    def alone(self, rounds: int) -> list[int]:
        """Run so many rounds in one process of the incumbent that nobody is compared with, and return their wall times."""
        with self.launcher.start(self.incumbent, "l", mode="duel", objective=[NODEID]) as child:
            channel = child.channel
            while not isinstance(channel.take(LIMIT), Parked):
                pass
            times = []
            for number in range(WARM_UPS + rounds):
                channel.send(RunRound(iterations=self.contest.benchmarks[0].iterations, collect=number == WARM_UPS))
                record = channel.take(LIMIT)
                assert isinstance(record, Round), record
                times.append(record.wall)
            channel.send(Go())
            while not isinstance(channel.take(LIMIT), Finish):
                pass
        self.launcher.sweep()
        return times[WARM_UPS:]

    def judge(self, bouts: Bouts, at: float = FIRST_LEVEL) -> Trial:
        """Fight until the trial is decided; what a rejected candidate shows of the noise is remembered, as in a run."""
        contest = self.contest
        trial = try_out(bouts, Trial.start(RULE, at, contest.sigma), lambda _: None)
        if trial.decision != "keep":
            contest.noise = contest.noise.learnt(bouts.duels, contest.benchmarks)
        return trial


@contextlib.contextmanager
def open_room(workload: Workload, *, ahead: bool = True, early: bool = True) -> Iterator[Room]:
    """Open a room for a workload.

    Without ``ahead`` its interpreters import nothing before their order; unless ``early`` they are not started before they are needed.
    """
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
        launcher = WatchedLauncher(processes, arena, site, folder / "children", rng)
        stack.callback(launcher.close)
        # As in a run that finds nothing amiss with the strongest level there is.
        machine = Prober(processes, site.environ, folder / "probe").machine()
        launcher.level = ladder("auto", False, machine)[0]
        launcher.objective_files = (NODEID.partition("::")[0],)
        ring = Ring(launcher, rng)
        contest = TimedContest(ring=ring, launcher=launcher, arena=arena, rule=RULE, objective=(NODEID,), progress=lambda _: None)
        incumbent = arena.make(store, repository.head)
        room = Room(
            workload=workload, project=project, store=store, arena=arena, launcher=launcher, ring=ring, incumbent=incumbent, contest=contest
        )
        ring.warm(incumbent, contest.objective, LIMIT)
        if (note := contest.prepare(incumbent)) is not None:
            raise RuntimeError(note)
        launcher.early = early
        if not ahead:
            launcher.ahead = None
        with room.candidate() as twin:
            contest.learn(incumbent, twin, lambda _: None, lambda _: None)
        yield room
