"""The import path and the arguments of a child: pure functions of what the user's pytest was started with."""

from __future__ import annotations

import functools
import os
import re
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence


@functools.cache
def installed_names() -> frozenset[str]:
    """Return the top-level names that installed distributions are imported by."""
    from importlib.metadata import packages_distributions

    return frozenset(packages_distributions())


def tree_environment(tree_roots: Sequence[str], python_path: str) -> dict[str, str]:
    """Return the variables that point a child, and what it starts itself, to its own tree."""
    return {"PYTHONPATH": os.pathsep.join([*tree_roots, *([python_path] if python_path else [])])}


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


# Options whose value is a place to write to or to send to: each child would do it over, with the user's own file.
_ARTEFACT_OPTIONS = frozenset(
    {
        "--junitxml",
        "--junit-xml",
        "--html",
        "--css",
        "--report-log",
        "--log-file",
        "--pastebin",
        "--cov-report",
        "--debug",
        "--benchmark-json",
        "--benchmark-save",
        "--benchmark-storage",
        "--benchmark-compare",
        "--benchmark-histogram",
        "--benchmark-cprofile-dump",
        "--json-report-file",
        "--alluredir",
    }
)
_OUR_OPTIONS = "--autoloop"
# Of all these, those that take no value, and those whose value may be left out.
_SWITCHES = frozenset(
    {"--autoloop", "--autoloop-calibrate", "--autoloop-accept-flagged", "--autoloop-allow-network", "--autoloop-simplify"}
)
_VALUE_OPTIONAL = frozenset({"--autoloop-resume", "--debug", "--benchmark-compare", "--benchmark-histogram", "--benchmark-cprofile-dump"})
# An absolute path in an argument, behind the name of an option or of an ini setting, or on its own.
_PATH = re.compile(r"(-[a-zA-Z]=?|[^/=]*=)?(/.*)", re.DOTALL)


def rebased_arguments(invocation: Invocation, tree: Path, flags: Sequence[str] = ()) -> list[str]:
    """Return the user's command line as a child in ``tree`` needs it, with ``flags`` as its last options.

    Paths below the top of the repository lead into the tree, files to be written are left out, and so is all that is ours.
    """
    out: list[str] = []
    args = list(invocation.args)
    options = args.index("--") if "--" in args else len(args)
    args, paths = args[:options], args[options:]
    while args:
        arg = args.pop(0)
        name, equals, _ = arg.partition("=")
        if name.startswith(_OUR_OPTIONS) or name in _ARTEFACT_OPTIONS:
            left_out = name in _SWITCHES or (name in _VALUE_OPTIONAL and (not args or args[0].startswith("-")))
            if args and not equals and not left_out:
                args.pop(0)
        else:
            out.append(_rebased(arg, invocation, tree))
    return [*out, *flags, *(_rebased(path, invocation, tree) for path in paths)]


def _rebased(argument: str, invocation: Invocation, tree: Path) -> str:
    found = _PATH.fullmatch(argument)
    if found is None:
        # A relative path is right there as it stands.
        return argument
    path, colons, rest = found[2].partition("::")
    return f"{found[1] or ''}{rebased_path(path, invocation, tree)}{colons}{rest}"


def rebased_path(path: str, invocation: Invocation, tree: Path) -> str:
    """Return where an absolute path leads in a tree: what is below the top of the repository, and the project's, moves along."""
    inside = _inside(Path(os.path.normpath(path)), invocation.toplevel)
    if inside is None or not _of_project(invocation.toplevel / inside, invocation, environment_folders()):
        return path
    return str(tree / inside)


def _inside(path: Path, toplevel: Path) -> Path | None:
    """Return where in the repository a path lies, by the names it was given, or None if it lies outside."""
    for folder in (path, *path.parents):
        # The way there may lead through links; the way from there on makes the node ids.
        if folder.resolve() == toplevel:
            return path.relative_to(folder)
    resolved = path.resolve()
    return resolved.relative_to(toplevel) if resolved.is_relative_to(toplevel) else None


def import_roots(sys_path: Iterable[str], invocation: Invocation, environment_folders: Iterable[Path]) -> tuple[str, ...]:
    """Return the import roots of the project, relative to the top of the repository.

    They are the entries of the parent's import path below the repository that are not part of an environment, and ``src``.
    """
    folders = tuple(environment_folders)
    roots: list[str] = []
    for entry in [*sys_path, str(invocation.toplevel / "src")]:
        path = (invocation.folder / entry).resolve()
        if _of_project(path, invocation, folders) and path.is_dir():
            roots.append(path.relative_to(invocation.toplevel).as_posix())
    return tuple(dict.fromkeys(roots))


def python_path_beside(python_path: str, invocation: Invocation, environment_folders: Iterable[Path]) -> str:
    """Return what of the user's ``PYTHONPATH`` does not belong to the project: the rest is among the import roots of each tree."""
    folders = tuple(environment_folders)
    entries = [invocation.folder / entry for entry in python_path.split(os.pathsep)]
    return os.pathsep.join(str(entry) for entry in entries if not _of_project(entry.resolve(), invocation, folders))


def _of_project(path: Path, invocation: Invocation, environment_folders: Iterable[Path]) -> bool:
    """Return whether a path is the project's: below the top of its repository, but in no environment that somebody has put there.

    An environment above the repository is another matter: a project may well lie in ``/usr/src``.
    """
    top = invocation.toplevel
    return path.is_relative_to(top) and not any(top in folder.parents and path.is_relative_to(folder) for folder in environment_folders)
