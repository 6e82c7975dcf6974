"""Importing ahead of the order: what a child may import while it waits, found out in children that do not.

A duel starts two processes, and most of what each does first is to import the same installed modules again. An interpreter that was
started ahead can do that while it waits. It must make no difference, so it is done for both sides of a duel alike, with modules that a
child of the baseline imported itself (`Survey`), of the standard library or installed, never of the project; and none whose import does
more than define things (`Looked`), since that belongs after the project's own configuration.
"""

from __future__ import annotations

import builtins
import contextlib
import gc
import importlib
import logging
import os
import signal
import site
import sys
import sysconfig
import threading
import warnings
from dataclasses import dataclass
from importlib.machinery import ExtensionFileLoader
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from typing import Any

from .messages import Surveyed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from .messages import Order
    from .messages import Prepare

_PLAIN = (SourceFileLoader, ExtensionFileLoader)
_PYTEST_REWRITES = "_pytest.assertion.rewrite"
# pytest sets such variables itself, for whoever looks.
_PYTEST_PREFIX = "PYTEST_"
# Until 2.2 NumPy sets these while it is imported, for nobody else.
_PASSING = frozenset({"OPENBLAS_MAIN_FREE", "GOTOBLAS_MAIN_FREE"})
_DO_NOT_REWRITE = "PYTEST_DONT_REWRITE"


def do_not_rewrite(module: ModuleType) -> None:
    """Tell pytest in the documented way not to rewrite the asserts of a module: it is imported already, of which pytest would warn."""
    module.__doc__ = f"{module.__doc__ or ''} {_DO_NOT_REWRITE}"


@dataclass(frozen=True, slots=True)
class Looked:
    """What was seen of one module that was imported ahead: what else its import changed, and the modules that came with it."""

    changed: list[str]
    brought: list[str]


def import_ahead(command: Prepare) -> dict[str, Looked]:
    """Import modules ahead of the order, and return what was seen of each if that was asked for."""
    found: dict[str, Looked] = {}
    with warnings.catch_warnings():
        # Nobody would hear of it here. Where the project has filters of its own it is silent, or it would not be imported.
        warnings.simplefilter("ignore")
        for name in command.ahead:
            before, known = (_state(), set(sys.modules)) if command.look else ({}, set())
            changed = _import(name, rewritten=name in command.rewritten)
            if command.look:
                changed += [what for what, value in _state().items() if value != before[what]]
                found[name] = Looked(changed, sorted(sys.modules.keys() - known))
    return found


def _import(name: str, *, rewritten: bool) -> list[str]:
    try:
        module = importlib.import_module(name)
    except BaseException as error:  # noqa: BLE001 - whatever a module raises, it raises again in its own place
        return [f"raises {type(error).__name__}"]
    if rewritten:
        do_not_rewrite(module)
    return []


def _state() -> dict[str, Any]:
    """Return what an import should leave alone."""
    task = Path("/proc/self/task")
    return {
        "threads": (threading.active_count(), _entries(task)),
        "child processes": _children(),
        "open files": _entries(Path("/proc/self/fd")),
        "environment": dict(os.environ),
        "working directory": os.getcwd(),  # noqa: PTH109 - the text is all that is needed
        "import system": (list(sys.meta_path), list(sys.path_hooks), list(sys.path), builtins.__import__),
        "tracing": (sys.gettrace(), sys.getprofile()),
        "hooks": (sys.excepthook, sys.unraisablehook, threading.excepthook, sys.displayhook),
        "builtins": list(vars(builtins)),
        "logging": (logging.root.level, list(logging.root.handlers), logging.root.manager.disable),
        "streams": (sys.stdin, sys.stdout, sys.stderr),
        "signals": [signal.getsignal(number) for number in sorted(signal.valid_signals())],
        "interpreter": (gc.isenabled(), gc.get_threshold(), sys.getrecursionlimit(), sys.getswitchinterval()),
    }


def _entries(folder: Path) -> int:
    try:
        return sum(1 for _ in folder.iterdir())
    except OSError:
        return 0


def _children() -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    return ""


class Survey:
    """Looks at what a child imports by itself between its order and its end.

    Stands on ``sys.meta_path`` without ever finding anything, to see where the environment changes: what is imported after that may
    have been configured by it, and is never imported ahead. Only what lies in the ``folders`` may be.
    """

    def __init__(self, order: Order, looked: Mapping[str, Looked], folders: Sequence[str]) -> None:
        self._order = order
        self._looked = looked
        self._folders = folders
        self._before = frozenset(sys.modules)
        self._environ = self._environment()
        self._late: str | None = None
        self.warnings: list[str] = []

    @staticmethod
    def _environment() -> dict[str, str]:
        return {name: value for name, value in os.environ.items() if not name.startswith(_PYTEST_PREFIX) and name not in _PASSING}

    def find_spec(self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> None:
        """Find nothing, but see whether the environment has changed before this import."""
        del path, target
        if self._late is None and self._environment() != self._environ:
            self._late = name

    def result(self) -> Surveyed:
        """Say what was imported, and which of it may be imported ahead."""
        marks = self._marks()
        ahead, rewritten, installed = [], [], []
        late = False
        for name, module in list(sys.modules.items()):
            late = late or name == self._late
            kind = _kind(name, module, self._folders)
            if kind != "elsewhere":
                installed.append(name)
            if name in self._before or late or kind in ("elsewhere", "other") or _holds(module, marks):
                continue
            ahead.append(name)
            if kind == "rewritten":
                rewritten.append(name)
        return Surveyed(
            ahead=ahead,
            rewritten=rewritten,
            installed=installed,
            changed={name: looked.changed for name, looked in self._looked.items() if looked.changed},
            brought={name: looked.brought for name, looked in self._looked.items()},
            warnings=sorted(self.warnings),
        )

    def _marks(self) -> tuple[str, ...]:
        """Return the paths that are this child's alone: a module that holds one was shaped by it."""
        order = self._order
        own = [value for value in order.environ.values() if value.startswith(os.sep) and os.pathsep not in value]
        return tuple(dict.fromkeys([order.tree, order.cwd, *own]))


def _kind(name: str, module: object, folders: Iterable[str]) -> str:
    """Say what a module is: installed, by Python's own loaders (``plain``) or pytest's (``rewritten``); ``elsewhere``; or ``other``."""
    spec = module.__dict__.get("__spec__") if isinstance(module, ModuleType) else None
    if spec is None or spec.name != name or not isinstance(spec.origin, str):
        return "other"
    if not spec.has_location:
        return "plain" if spec.origin in ("built-in", "frozen") else "other"
    if not spec.origin.startswith(tuple(folders)):
        return "elsewhere"
    loader = type(spec.loader)
    return "plain" if loader in _PLAIN else "rewritten" if loader.__module__ == _PYTEST_REWRITES else "other"


def installed_folders(original: Path) -> tuple[str, ...]:
    """Return where the standard library and installed modules are, and this plugin; a path that starts with one of them is there."""
    names = ("stdlib", "platstdlib", "purelib", "platlib")
    folders = {*(sysconfig.get_path(name) for name in names), str(Path(__file__).parents[1])}
    if site.ENABLE_USER_SITE:
        folders.add(site.getusersitepackages())
    resolved = {os.path.realpath(folder) for folder in folders} | folders
    # The other way round, a repository below the folder of the standard library, there is no telling.
    top = str(original) + os.sep
    return tuple(folder + os.sep for folder in resolved if not top.startswith(folder + os.sep))


def _holds(module: ModuleType, marks: tuple[str, ...]) -> bool:
    """Return whether a module's own variables hold one of the paths."""
    for name, value in list(vars(module).items()):
        if isinstance(value, (str, Path)) and not name.startswith("__") and any(mark in str(value) for mark in marks):
            return True
    return False
