"""Opening the workshop of a run: the rooms, the baseline, the judge."""

from __future__ import annotations

import contextlib
import os
import random
import secrets
import tempfile
from collections import Counter
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from .agents import Given
from .agents import resolve
from .decision import Rule
from .experiment import MEMORY
from .experiment import Refused
from .judging.beforehand import Beforehand
from .judging.duel import Ring
from .judging.equality import Tolerance
from .judging.guards import GUARDS
from .judging.holdout import Holdout
from .judging.judge import Judge
from .judging.memory import Memory
from .judging.reading import SEEDS
from .judging.reading import Reader
from .judging.reading import SameSeed
from .judging.screen import Tried
from .judging.settle import settle
from .judging.surface import surface
from .judging.timed import TimedContest
from .judging.values import ValueContest
from .text import one_line
from .workshop import Workshop
from .workspace.commands import ShellRunner
from .workspace.environment import environment_folders
from .workspace.environment import import_path
from .workspace.environment import import_roots
from .workspace.environment import inherited
from .workspace.environment import python_path_beside
from .workspace.git import Store
from .workspace.isolation import Prober
from .workspace.isolation import gaps
from .workspace.isolation import ladder
from .workspace.launcher import Launcher
from .workspace.launcher import Site
from .workspace.privacy import unread
from .workspace.processes import Processes
from .workspace.scratch import clear_away
from .workspace.sealed import Sealed
from .workspace.sealed import hushed
from .workspace.seals import Seals
from .workspace.trees import Arena
from .workspace.variables import child_environment
from .workspace.variables import withheld
from .workspace.variables import without_leads

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .experiment import Clock
    from .judging.baseline import Baseline
    from .judging.contest import Contest
    from .judging.surface import Surface
    from .run import Run
    from .workspace.trees import Tree

_PREFIX = "autoloop-"
_BASELINE_LIMIT = 4 * 3600.0
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rooms:
    """What touches the machine, set up for one run."""

    folder: Path
    store: Store
    arena: Arena
    launcher: Launcher
    shell: ShellRunner
    builder: ShellRunner
    prober: Prober
    rng: random.Random
    holdout: Holdout | None


@contextlib.contextmanager
def open_workshop(run: Run) -> Iterator[Workshop]:
    """Set everything up and establish the baseline; clear everything away on leaving. Raises `Refused` where a run cannot start."""
    project, settings = run.project, run.project.settings
    with _open_rooms(run) as rooms:
        agent = Given(project.given) if project.given else resolve(settings.agents, project.invocation.folder, rooms.shell)
        project.display.doing("baseline: the whole selection in a fresh tree")
        first = rooms.arena.make(rooms.store, project.repository.head)
        if (trouble := project.prepare(rooms.arena.folder_of(first), rooms.builder)) is not None:
            names = ", ".join(withheld(inherited(), settings.env)[:_SHOWN])
            hint = f" (it does not see your variables, such as {names}: name those it needs with --autoloop-env)" if names else ""
            raise Refused(f"--autoloop-setup: {one_line(trouble)}{hint}")
        baseline = _baseline(run, rooms, first)
        rooms.launcher.objective_files = baseline.objective_files
        if rooms.holdout is not None:
            rooms.holdout.launcher.level = rooms.launcher.level
        _same_objective(run, baseline)
        run.learn(
            "baseline",
            isolation=rooms.launcher.level.name,
            tests=baseline.objective,
            gates=baseline.gates,
            quarantined=tuple(baseline.quarantined),
        )
        judge = _judge(run, rooms, baseline, first)
        if not judge.surface.editable:
            raise Refused("the tests import no Python file of this repository: say what may change with --autoloop-editable")
        yield Workshop(
            run=run,
            project=project,
            folder=rooms.folder,
            store=rooms.store,
            arena=rooms.arena,
            ring=judge.ring,
            judge_=judge,
            agent=agent,
            first=first,
            holdout=rooms.holdout,
            limits=replace(settings.limits, patience=None) if project.given else settings.limits,
            seals=Seals(project.repository, run.ledger.path, run.record.branch, with_references=rooms.launcher.level.name == "process"),
            before=run.past.proposals if run.past else Counter(),
        )


def _baseline(run: Run, rooms: _Rooms, first: Tree) -> Baseline:
    """Establish the baseline under the strongest isolation that it passes under, and say which that is."""
    project, settings = run.project, run.project.settings
    machine = rooms.prober.machine(rooms.launcher.wrap if settings.isolation == "bwrap" else None)
    baseline, stepped = settle(
        rooms.launcher,
        first,
        project.expected,
        ladder(settings.isolation, settings.allow_network, machine),
        None if settings.isolation == "auto" else settings.isolation,
        limit=_BASELINE_LIMIT,
        ignored=project.repository.ignored(),
        withheld=withheld(inherited(), settings.env),
        metric=settings.metric,
        on_report=project.relay,
    )
    level = rooms.launcher.level
    missing = gaps(level, machine)
    notes = (f"isolation: {level.text}{f' ({missing})' if missing else ''}", *([stepped] if stepped else []))
    return replace(baseline, notes=(*notes, *baseline.notes))


@contextlib.contextmanager
def _open_rooms(run: Run) -> Iterator[_Rooms]:
    """Make the temporary folder of a run and everything in it, and clear it away on leaving."""
    project = run.project
    settings, invocation, repository = project.settings, project.invocation, project.repository
    rng = random.Random()
    if run.past is not None and run.past.place is not None:
        _clear_left(Path(run.past.place))
    with contextlib.ExitStack() as stack:
        folder = Path(tempfile.mkdtemp(prefix=_PREFIX)).resolve()
        stack.callback(clear_away, folder)
        if folder.is_relative_to(repository.toplevel):
            raise Refused(f"temporary files lie inside the repository ({folder.parent}): point TMPDIR elsewhere")
        run.ledger.add("opened", place=str(folder))
        stack.enter_context(unread())
        processes = stack.enter_context(Processes())
        store = Store(folder / "store", repository, project.author)
        stack.callback(store.close)
        arena = Arena(folder / "trees", repository.toplevel.name)
        secret = project.holdout
        environ = hushed(inherited(), secret)
        python_path = environ.get("PYTHONPATH", "")
        # Agents and set-up commands shall not import the original either.
        beside = python_path_beside(python_path, invocation, environment_folders())
        seen = child_environment(environ, settings.env)
        shell = ShellRunner(processes, {**without_leads(environ), "PYTHONPATH": beside}, folder / "agent", settings.agent_timeout)
        # A set-up command may run a candidate's code: it has the user's home, for the caches of its tools, but none of their keys.
        home = {"HOME": environ["HOME"]} if "HOME" in environ else {}
        builder = ShellRunner(processes, {**home, **seen, "PYTHONPATH": beside}, folder / "setup", settings.agent_timeout)
        found = import_roots(import_path(), invocation, environment_folders())
        site = Site(
            invocation=invocation,
            environ=seen,
            python_path=python_path,
            roots=tuple(dict.fromkeys((*settings.import_roots, *found))),
            flags=project.flags,
        )
        launcher = Launcher(processes, arena, site, folder / "children", rng)
        stack.callback(launcher.close)
        prober = Prober(processes, {**seen, **({"PYTHONPATH": beside} if beside else {})}, folder / "probe")
        holdout = None
        if secret is not None:
            sealed = Sealed(secret, folder / secrets.token_hex(6))
            apart = Launcher(processes, arena, sealed.site(site), sealed.scratch, rng)
            stack.callback(apart.close)
            holdout = Holdout(sealed=sealed, launcher=apart, ring=Ring(apart, rng), progress=project.display.doing)
        yield _Rooms(
            folder=folder,
            store=store,
            arena=arena,
            launcher=launcher,
            shell=shell,
            builder=builder,
            prober=prober,
            rng=rng,
            holdout=holdout,
        )


def _clear_left(folder: Path) -> None:
    """Delete the temporary folder that a killed run has left, if it is one beyond doubt."""
    ours = folder.name.startswith(_PREFIX) and folder.parent == Path(tempfile.gettempdir()).resolve()
    if ours and not folder.is_symlink() and (folder / "store").is_dir() and folder.stat().st_uid == os.getuid():
        clear_away(folder)


def _same_objective(run: Run, baseline: Baseline) -> None:
    """Refuse to go on with a run whose objective is another now."""
    before = run.record.tests if run.past else ()
    if before and set(before) != set(baseline.objective):
        nodeid = min(set(before) ^ set(baseline.objective))
        how = "was in its objective and is not now" if nodeid in before else "is in the objective now and was not"
        raise Refused(f"run {run.id} cannot go on: {nodeid} {how}. Bring it back, or start a new run")


def _judge(run: Run, rooms: _Rooms, baseline: Baseline, first: Tree) -> Judge:
    project, store = run.project, rooms.store
    settings, head = project.settings, project.repository.head
    tried = Tried()
    for (parent, fingerprint), number in (run.past.tried if run.past else {}).items():
        tried.earlier(parent, fingerprint, number)
    ring = Ring(rooms.launcher, rooms.rng, canaries=baseline.expectation.canaries)
    tolerance = Tolerance(rules=settings.tolerance)
    contest = _contest(run, rooms, baseline, ring, tolerance)
    tracked = [path for _, path in store.tracked(head)]
    open_to_change = surface(
        asked=settings.editable,
        imported=baseline.imported,
        collected=baseline.collected_files,
        testpaths=project.testpaths,
        tracked=tracked,
    )
    rooms.launcher.fixed = tuple(path for path in tracked if path.endswith(".py") and open_to_change.refusal(path) is not None)
    return Judge(
        store=store,
        arena=rooms.arena,
        launcher=rooms.launcher,
        ring=ring,
        baseline=baseline,
        surface=open_to_change,
        contest=contest,
        incumbent=first,
        tried=tried,
        killers=[nodeid for nodeid in (run.past.killers if run.past else ()) if nodeid in baseline.expectation.outcomes],
        prepare=lambda top: project.prepare(top, rooms.builder),
        check=project.check,
        guards=rooms.holdout.among(GUARDS) if rooms.holdout else GUARDS,
        restless=store.overwritten(head, rooms.arena.folder_of(first)) | rooms.arena.touched(first),
        progress=project.display.doing,
        on_trial=lambda number, level: run.ledger.add("trial", number=number, level=level),
        accept_flagged=settings.accept_flagged,
        memoise=settings.memoise,
        tolerance=tolerance,
        simplify=settings.simplify,
        memory=_memory(settings.memory_growth, rooms, baseline),
        beforehand=_beforehand(rooms, baseline, open_to_change) if contest.metric == MEMORY else None,
    )


def _memory(growth: float | None, rooms: _Rooms, baseline: Baseline) -> Memory | None:
    """Return what measures the memory of would-be keeps, if it may not grow as it likes."""
    if growth is None:
        return None
    return Memory(readings=_peaks(rooms, baseline, _patience(baseline)), growth=growth)


def _beforehand(rooms: _Rooms, baseline: Baseline, open_to_change: Surface) -> Beforehand:
    """Return what watches would-be keeps before the calls whose memory is the objective."""

    def own(tree: Tree) -> list[str]:
        return [path for _, path in rooms.store.tracked(tree.revision) if open_to_change.refusal(path) is None]

    # To be told of every call slows a process down.
    return Beforehand(readings=_peaks(rooms, baseline, 5.0 * _patience(baseline)), own=own)


def _peaks(rooms: _Rooms, baseline: Baseline, limit: float) -> SameSeed:
    reader = Reader(launcher=rooms.launcher, metric=MEMORY, direction="lower", tests=baseline.objective)
    return SameSeed(reader=reader, limit=limit, seed=rooms.rng.randrange(SEEDS))


def _patience(baseline: Baseline) -> float:
    """Return the seconds after which a process that runs the objective once is given up."""
    return 60.0 + 20.0 * baseline.seconds


def _contest(run: Run, rooms: _Rooms, baseline: Baseline, ring: Ring, tolerance: Tolerance) -> Contest:
    """Return the contest over the metric that was asked for."""
    settings, progress = run.project.settings, run.project.display.doing
    metric, rule = settings.metric, Rule(min_gain=settings.min_gain)
    launcher, arena = rooms.launcher, rooms.arena
    if metric is None or metric in ("cpu", "wall"):
        clock: Clock | None = "cpu" if metric == "cpu" else "wall" if metric == "wall" else None
        return TimedContest(
            ring=ring,
            launcher=launcher,
            arena=arena,
            rule=rule,
            objective=baseline.objective,
            tolerance=tolerance,
            progress=progress,
            clock=clock,
        )
    reader = Reader(launcher=launcher, metric=metric, direction=baseline.direction, tests=baseline.objective)
    return ValueContest(
        reader=reader,
        ring=ring,
        arena=arena,
        rule=rule,
        rng=rooms.rng,
        tolerance=tolerance,
        progress=progress,
        first_limit=_patience(baseline),
        say=run.say,
    )
