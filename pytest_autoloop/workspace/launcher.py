"""Starting pytest children in trees."""

from __future__ import annotations

import itertools
import secrets
import shutil
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..worker.channel import Order
from .environment import rebased_arguments
from .environment import tree_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path
    from types import TracebackType

    from ..worker.channel import JudgeEnd
    from ..worker.channel import Mode
    from .environment import Invocation
    from .processes import Child
    from .processes import Exit
    from .processes import Processes
    from .trees import Arena
    from .trees import Place
    from .trees import Tree

# A parked test is idle for as long as its opponent runs.
_PATIENT = ("-o", "faulthandler_timeout=0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What every child of a run has in common.

    ``roots`` are import roots relative to the top of the tree, ``python_path`` the user's own ``PYTHONPATH``, ``flags`` are put behind
    the user's arguments.
    """

    invocation: Invocation
    environ: Mapping[str, str]
    python_path: str
    roots: tuple[str, ...]
    flags: tuple[str, ...]


class PytestChild:
    """A pytest running in a tree. Leave its context to end it, whatever state it is in."""

    def __init__(self, child: Child, temporary: Path, log: Path) -> None:
        self._child = child
        self._temporary = temporary
        self.log = log
        self.exit: Exit | None = None

    @property
    def channel(self) -> JudgeEnd:
        """The way to talk to it."""
        return self._child.channel

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
        shutil.rmtree(self._temporary, ignore_errors=True)

    def output(self, limit: int = 20_000) -> str:
        """Return the end of what it printed."""
        with self.log.open("rb") as file:
            file.seek(max(0, self.log.stat().st_size - limit))
            return file.read().decode("utf-8", "replace")


class Launcher:
    """Starts pytest children."""

    def __init__(self, processes: Processes, arena: Arena, site: Site, folder: Path) -> None:
        self._processes = processes
        self._arena = arena
        self._site = site
        self._numbers = itertools.count(1)
        self._temporary = folder / "tmp"
        self._logs = folder / "logs"
        for made in (self._temporary, self._logs):
            made.mkdir(parents=True, exist_ok=True)

    def start(
        self, tree: Tree, place: Place, *, mode: Mode, hash_seed: int, objective: Sequence[str] = (), first: Sequence[str] = ()
    ) -> PytestChild:
        """Start pytest in a tree at a place of the arena, with its own temporary folder."""
        site = self._site
        top = self._arena.put(tree, place)
        temporary = self._temporary / secrets.token_hex(6)
        temporary.mkdir()
        log = self._logs / f"{next(self._numbers):06}.log"
        child = self._processes.spawn(
            [sys.executable, "-m", "pytest_autoloop.worker.bootstrap", "3"],
            env={**site.environ, "PYTHONHASHSEED": str(hash_seed)},
            cwd=self._temporary,
            output=log,
            channel=True,
        )
        roots = [str(top / root) for root in site.roots]
        flags = [*site.flags, *(() if mode == "gate" else _PATIENT)]
        child.channel.send(
            Order(
                key=secrets.token_hex(16),
                mode=mode,
                tree=str(top),
                original=str(site.invocation.toplevel),
                cwd=str(top / site.invocation.folder.relative_to(site.invocation.toplevel)),
                args=[*rebased_arguments(site.invocation, top), *flags],
                roots=roots,
                environ=tree_environment(roots, site.python_path, temporary),
                objective=list(objective),
                first=list(first),
            )
        )
        return PytestChild(child, temporary, log)

    def sweep(self) -> int:
        """End whatever children left behind."""
        return self._processes.sweep()
