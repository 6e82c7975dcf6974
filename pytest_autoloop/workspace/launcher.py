"""Starting pytest children in trees."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import secrets
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..worker.channel import ChannelClosed
from ..worker.messages import Order
from ..worker.messages import Prepare
from .bubblewrap import needed
from .bubblewrap import wrapped
from .environment import environment_folders
from .environment import import_path
from .environment import processors
from .environment import python_path_beside
from .environment import rebased_arguments
from .environment import rebased_path
from .environment import tree_environment
from .isolation import PROCESS
from .limits import generous
from .scratch import Scratch
from .variables import private_environment
from .watching import cpu_time
from .watching import seen_from_outside

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence
    from types import TracebackType

    from ..worker.channel import JudgeEnd
    from ..worker.messages import Mode
    from .environment import Invocation
    from .isolation import Level
    from .processes import Child
    from .processes import Exit
    from .processes import Processes
    from .trees import Arena
    from .trees import Place
    from .trees import Tree
    from .watching import Outside

# A parked test is idle for as long as its opponent runs.
_PATIENT = ("-o", "faulthandler_timeout=0")
# Seconds to compile all sources of a tree once more.
_RECOMPILING = 120.0
UNREADABLE = "byte code that cannot be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every child of a run has in common.

    ``roots`` are import roots relative to the top of the tree, ``python_path`` the user's own ``PYTHONPATH``, ``flags`` are put behind
    the user's options.
    """

    invocation: Invocation
    environ: Mapping[str, str]
    python_path: str
    roots: tuple[str, ...]
    flags: tuple[str, ...]


class PytestChild:
    """A pytest running in a tree. Leave its context to end it, whatever state it is in.

    ``left_behind`` is then how much there was in its temporary folder, in bytes, and ``litter`` how many files and folders.
    """

    def __init__(self, child: Child, scratch: Scratch, log: Path, sweep: Callable[[], int]) -> None:
        self._child = child
        self._scratch = scratch
        self._sweep = sweep
        self.log = log
        self.exit: Exit | None = None
        self.left_behind = 0
        self.litter = 0

    @property
    def channel(self) -> JudgeEnd:
        """The way to talk to it."""
        return self._child.channel

    def cpu(self) -> int | None:
        """Return the nanoseconds of CPU time it has used, as the kernel tells the judge; None where it does not."""
        return None if self.exit is not None else cpu_time(self._child.pid)

    def outside(self) -> Outside | None:
        """Return what can be seen of it from outside while it waits."""
        return None if self.exit is not None else seen_from_outside(self._child.pid)

    def finished(self, grace: float = 10.0) -> Exit:
        """Wait for its end after its last record; a child that lingers on is ended."""
        self._child.wait(grace)
        self.exit = self._child.end()
        return self.exit

    def __enter__(self) -> PytestChild:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self.exit is None:
            self.exit = self._child.end()
        # What it has left running could go on writing.
        self._sweep()
        self.left_behind, self.litter = self._scratch.size(), self._scratch.count()
        self._scratch.remove()

    def output(self, limit: int = 20_000) -> str:
        """Return the end of what it printed."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - limit))
            return file.read().decode("utf-8", "replace")


@dataclass(frozen=True, slots=True, kw_only=True)
class Interpreter:
    """A Python process with pytest imported, that waits for its order; what it will run is not known to it yet."""

    child: Child
    scratch: Scratch
    log: Path
    hash_seed: int


class Launcher:
    """Starts pytest children: interpreters ahead of time, orders when it is known what to run.

    ``objective_files`` are the test files that hold the objective, ``fixed`` all Python files that no patch may change, ``ahead`` is what
    an interpreter may import while it waits, ``level`` is how children are held in: set once the baseline has shown them. ``limits`` is
    how much of the machine each may take.
    """

    def __init__(self, processes: Processes, arena: Arena, site: Site, folder: Path, rng: random.Random) -> None:
        self._processes = processes
        self._arena = arena
        self._site = site
        self._python_path = python_path_beside(site.python_path, site.invocation, environment_folders())
        # The user's pytest itself may have been found there.
        self._start = {"PYTHONPATH": self._python_path} if self._python_path else {}
        self._rng = rng
        self._numbers = itertools.count(1)
        self._temporary = folder / "tmp"
        self._logs = folder / "logs"
        self._reserve: list[Interpreter] = []
        self.processors = processors()
        self.objective_files: tuple[str, ...] = ()
        self.fixed: tuple[str, ...] = ()
        self.ahead: Prepare | None = None
        self.level: Level = PROCESS
        for made in (self._temporary, self._logs):
            made.mkdir(parents=True, exist_ok=True)
        self.limits: Mapping[str, int] = generous(self._temporary)

    def _interpreter(self, hash_seed: int, allowed: Sequence[int] = (), ahead: Prepare | None = None) -> Interpreter:
        log = self._logs / f"{next(self._numbers):06}.log"
        scratch = Scratch(self._temporary / secrets.token_hex(6))
        private = private_environment(str(scratch.folder), self._site.environ)
        command = [sys.executable, "-m", "pytest_autoloop.worker.bootstrap", "3"]
        child = self._processes.spawn(
            self.wrap(command, scratch.folder) if self.level.name == "bwrap" else command,
            env={**self._site.environ, **private, **self._start, "PYTHONHASHSEED": str(hash_seed)},
            # Python imports from this folder first, and in the temporary one former children may have left anything.
            cwd=Path("/"),
            output=log,
            channel=True,
            processors=allowed,
            limits=self.limits,
        )
        if ahead is not None:
            # One that is gone already shows at the first record that does not come.
            with contextlib.suppress(ChannelClosed):
                child.channel.send(ahead)
        return Interpreter(child=child, scratch=scratch, log=log, hash_seed=hash_seed)

    def wrap(self, command: list[str], scratch: Path) -> list[str]:
        """Return the command that runs another one in namespaces of its own, with nothing to write to but the trees and its scratch."""
        # Which of the two places a child gets is not known yet; Landlock, where there is one, then leaves it its own tree only.
        return wrapped(
            command,
            home=str(Path.home()),
            readable=needed(self._site.environ, self._python_path, self._site.invocation.toplevel),
            writable=[str(self._arena.folder), str(scratch)],
            network=self.level.network == "open" and self.level.name == "bwrap",
        )

    def pair(self) -> tuple[Interpreter, Interpreter]:
        """Return two interpreters of one age and one fresh hash seed, in random order: neither tells which side it will be."""
        if not self._reserve:
            self.prepare_pair(())
        pair, self._reserve = self._reserve, []
        self._rng.shuffle(pair)
        return pair[0], pair[1]

    def prepare_pair(self, busy: Sequence[int]) -> None:
        """Start the next pair ahead, away from the processors that are ``busy`` with a measurement."""
        if not self._reserve:
            seed = self._rng.randrange(2**32)
            away = [number for number in self.processors if number not in busy] if busy else []
            self._reserve = [self._interpreter(seed, away, self.ahead) for _ in range(2)]

    def start(
        self,
        tree: Tree,
        place: Place,
        *,
        mode: Mode,
        objective: Sequence[str] = (),
        first: Sequence[str] = (),
        canaries: Sequence[str] = (),
        ahead: Prepare | None = None,
        survey: bool = False,
        metric_seed: int | None = None,
        own: Sequence[str] | None = None,
        lines: Mapping[str, Sequence[int]] | None = None,
    ) -> PytestChild:
        """Start pytest in a tree at a place of the arena, in a fresh interpreter. What shares a ``metric_seed`` shares a hash seed too."""
        interpreter = self._interpreter(self._rng.randrange(2**32) if metric_seed is None else metric_seed, ahead=ahead)
        return self.order(
            interpreter,
            tree,
            place,
            mode=mode,
            objective=objective,
            first=first,
            canaries=canaries,
            survey=survey,
            metric_seed=metric_seed,
            own=own,
            lines=lines,
        )

    def order(
        self,
        interpreter: Interpreter,
        tree: Tree,
        place: Place,
        *,
        mode: Mode,
        objective: Sequence[str] = (),
        first: Sequence[str] = (),
        canaries: Sequence[str] = (),
        survey: bool = False,
        step: bool = False,
        seed: int = 0,
        metric_seed: int | None = None,
        own: Sequence[str] | None = None,
        lines: Mapping[str, Sequence[int]] | None = None,
    ) -> PytestChild:
        """Have an interpreter run pytest in a tree at a place of the arena."""
        site = self._site
        self._arena.tidy(tree)
        top = self._arena.put(tree, place)
        child = PytestChild(interpreter.child, interpreter.scratch, interpreter.log, self.sweep)
        roots = [rebased_path(str(top / root), site.invocation, top) for root in site.roots]
        flags = [*site.flags, *(() if mode == "gate" else _PATIENT)]
        order = Order(
            key=secrets.token_hex(16),
            mode=mode,
            tree=str(top),
            original=str(site.invocation.toplevel),
            cwd=str(top / site.invocation.folder.relative_to(site.invocation.toplevel)),
            args=rebased_arguments(site.invocation, top, flags),
            roots=roots,
            environ=tree_environment(roots, self._python_path),
            objective=list(objective),
            files=list(self.objective_files) if mode != "gate" else [],
            fixed=list(self.fixed) if mode != "gate" else [],
            processors=list(self.processors),
            confined=self.level.landlock,
            writable=self.level.writable(top, interpreter.scratch.folder) if self.level.landlock else [],
            # The wrapper has seen to the network already.
            network="open" if self.level.name == "bwrap" else self.level.network,
            own_memory=self.level.memory == "own" and self.level.name != "bwrap",
            first=list(first),
            canaries=list(canaries),
            survey=survey,
            step=step,
            lines={path: list(numbers) for path, numbers in (lines or {}).items()},
            seed=seed,
            metric_seed=metric_seed,
            own=None if own is None else list(own),
        )
        # An interpreter that is gone already shows at the first record that does not come.
        with contextlib.suppress(ChannelClosed):
            child.channel.send(order)
        return child

    def odd_bytecode(self, tree: Tree, other: Tree) -> list[str] | None:
        """Return the paths in a tree of byte code that is not that of its source; `UNREADABLE` where it cannot be told, None in time.

        ``other`` is a tree with the same tests.
        """
        log = self._logs / f"{next(self._numbers):06}.json"
        script = Path(__file__).with_name("recompile.py")
        folders = [str(self._arena.folder_of(each)) for each in (tree, other)]
        # The judge's pytest may come from anywhere, but from no tree.
        path = python_path_beside(os.pathsep.join(import_path()), self._site.invocation, environment_folders())
        # What compiling warns of would stand among what it prints.
        command = [sys.executable, "-I", "-W", "ignore", str(script), *folders, path]
        child = self._processes.spawn(command, env=self._site.environ, cwd=Path("/"), output=log, limits=self.limits)
        try:
            exit_ = child.wait(_RECOMPILING)
        finally:
            child.end()
        if exit_ is None:
            return None
        try:
            return list(map(str, json.loads(log.read_text(encoding="utf-8")))) if exit_.status == 0 else [UNREADABLE]
        except ValueError:
            return [UNREADABLE]

    def close(self) -> None:
        """End the interpreters that were started ahead and are not needed any more."""
        for interpreter in self._reserve:
            interpreter.child.end()
            interpreter.scratch.remove()
        self._reserve = []

    def sweep(self) -> int:
        """End whatever children left behind."""
        return self._processes.sweep()
