"""The environment and the arguments of a child: pure functions of what the user's pytest was started with."""

from __future__ import annotations

import os
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

# Variables that would lead a child to the user's repository, to another tool's session, or away from its caches.
_DROPPED_PREFIXES = ("GIT_", "PYTEST_XDIST_", "COV_CORE_", "CODSPEED_", "PYTEST_AUTOLOOP_")
_DROPPED = frozenset(
    {
        "PYTEST_CURRENT_TEST",
        "COVERAGE_PROCESS_START",
        "COVERAGE_PROCESS_CONFIG",
        "TEST_RUN_PIPE",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONPYCACHEPREFIX",
        "PYTHONSTARTUP",
        "PYTHONHASHSEED",
        "PYTHONPATH",
        "PYTEST_DEBUG_TEMPROOT",
        "TMPDIR",
        "OLDPWD",
        "PWD",
        "_",
    }
)
# One thread each: two sides of a duel share a processor, and a pool of threads would measure its scheduler.
_SINGLE_THREADED = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def child_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables a child's interpreter starts with, made from those of the user's pytest.

    What depends on the tree (import roots, temporary folders) is not in it: that comes with the order, so that interpreters can be
    started ahead and both sides of a duel start with the very same block of memory.
    """
    kept = {name: value for name, value in environ.items() if name not in _DROPPED and not name.startswith(_DROPPED_PREFIXES)}
    kept.update(dict.fromkeys(_SINGLE_THREADED, "1"))
    kept["PYTHONNOUSERSITE"] = environ.get("PYTHONNOUSERSITE", "")
    return {name: value for name, value in kept.items() if value or name in environ}


def tree_environment(tree_roots: Sequence[str], python_path: str, temporary: Path) -> dict[str, str]:
    """Return the variables that point a child, and what it starts itself, to its own tree and its own temporary folder."""
    return {
        "PYTHONPATH": ":".join([*tree_roots, *([python_path] if python_path else [])]),
        "TMPDIR": str(temporary),
        "PYTEST_DEBUG_TEMPROOT": str(temporary),
    }


def inherited() -> dict[str, str]:
    """Return the environment that the user's pytest was started with."""
    return dict(os.environ)


def import_path() -> tuple[str, ...]:
    """Return the import path of the user's pytest, as it is after collection."""
    return tuple(sys.path)


def environment_folders() -> tuple[Path, ...]:
    """Return the folders of the Python environment: it may lie inside the repository, and nothing of it is the project's."""
    paths = (sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib"))
    return tuple(dict.fromkeys(Path(path).resolve() for path in (sys.prefix, sys.base_prefix, *paths)))


def processors() -> tuple[int, ...]:
    """Return the processors that this process may run on; empty where the system does not tell."""
    return tuple(sorted(os.sched_getaffinity(0))) if hasattr(os, "sched_getaffinity") else ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """How the user's pytest was started: its arguments, where, and the top of the repository. Paths are absolute and resolved."""

    args: tuple[str, ...]
    folder: Path
    toplevel: Path


# Options of pytest whose value is a path to read: they must lead into the tree.
_PATH_OPTIONS = frozenset({"-c", "--config-file", "--rootdir", "--confcutdir", "--ignore", "--deselect"})
# Options whose value is a file to write: each child would overwrite the user's.
_ARTEFACT_OPTIONS = frozenset(
    {
        "--junitxml",
        "--junit-xml",
        "--html",
        "--css",
        "--report-log",
        "--log-file",
        "--cov-report",
        "--debug",
        "--benchmark-json",
        "--benchmark-save",
        "--benchmark-storage",
        "--benchmark-compare",
        "--benchmark-histogram",
        "--json-report-file",
        "--alluredir",
    }
)
_OUR_FLAG = "--autoloop"


def rebased_arguments(invocation: Invocation, tree: Path) -> list[str]:
    """Return the user's command line as a child in ``tree`` needs it.

    Paths below the top of the repository lead into the tree, files to be written are left out, and so is all that is ours.
    """
    out: list[str] = []
    args = iter(invocation.args)
    for arg in args:
        name, equals, value = arg.partition("=")
        if name.startswith(_OUR_FLAG):
            if not equals and name not in _OUR_SWITCHES:
                next(args, None)
        elif name in _ARTEFACT_OPTIONS:
            if not equals and name not in ("--debug",):
                next(args, None)
        elif name in _PATH_OPTIONS and name.startswith("-"):
            out += [f"{name}={_rebased(value, invocation, tree)}"] if equals else [name, _rebased(next(args, ""), invocation, tree)]
        elif name.startswith("-"):
            out.append(arg)
        else:
            out.append(_rebased(arg, invocation, tree))
    return out


_OUR_SWITCHES = frozenset({"--autoloop", "--autoloop-calibrate", "--autoloop-accept-flagged", "--autoloop-allow-network"})


def _rebased(argument: str, invocation: Invocation, tree: Path) -> str:
    """Move an absolute path below the repository into the tree; a relative one is right there as it stands."""
    path, colons, rest = argument.partition("::")
    if not path.startswith("/"):
        return argument
    resolved = Path(path).resolve()
    if not resolved.is_relative_to(invocation.toplevel):
        return argument
    return f"{tree / resolved.relative_to(invocation.toplevel)}{colons}{rest}"


def import_roots(sys_path: Iterable[str], invocation: Invocation, environment_folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the import roots of the project, relative to the top of the repository.

    They are the entries of the parent's import path below the repository that are not part of an environment, and ``src``.
    """
    environment = [folder.resolve() for folder in environment_folders]
    roots: list[str] = []
    for entry in [*sys_path, str(invocation.toplevel / "src")]:
        path = (invocation.folder / entry).resolve()
        inside = path.is_relative_to(invocation.toplevel) and path.is_dir()
        if inside and not any(path == folder or path.is_relative_to(folder) for folder in environment):
            roots.append(path.relative_to(invocation.toplevel).as_posix())
    return tuple(dict.fromkeys(roots))
