"""Which paths of a project a patch may change: pure functions over names."""

from __future__ import annotations

import fnmatch
import re
import unicodedata
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..text import clean

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Container
    from collections.abc import Iterable
    from collections.abc import Sequence

# Names of folders that hold tests, and of files that steer tests, builds or the start of the interpreter, wherever they lie.
_TEST_FOLDERS = frozenset({"test", "tests", "testing", "bench", "benches", "benchmark", "benchmarks"})
_STEERING = frozenset(
    {
        "conftest.py",
        "sitecustomize.py",
        "usercustomize.py",
        "setup.py",
        "noxfile.py",
        "tasks.py",
        "dodo.py",
        "pytest.toml",
        ".pytest.toml",
        "pytest.ini",
        ".pytest.ini",
        "pyproject.toml",
        "tox.ini",
        "setup.cfg",
        "autoloop.md",
        "program.md",
        ".gitattributes",
        ".gitmodules",
        ".gitignore",
        ".coveragerc",
        "makefile",
        "gnumakefile",
        "codeowners",
        "manifest.in",
        "jenkinsfile",
        "dockerfile",
        "azure-pipelines.yml",
        "bitbucket-pipelines.yml",
        "appveyor.yml",
    }
)
# Folders that tell an environment of plugins, or hold compiled code.
_METADATA = (".dist-info", ".egg-info", ".egg", ".data")
_COMPILED = frozenset({"__pycache__"})
# What no reader of a patch can read, and what the interpreter runs by itself at its start.
_UNREADABLE = frozenset({".pyc", ".pyo", ".pyd", ".so", ".dylib", ".dll", ".pth", ".egg-link"})
_TEST_FILE = re.compile(r"(^|/)(test_[^/]*|[^/]*_test)\.py$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surface:
    """What may be edited: ``editable`` globs, less ``protected`` ones, less what steers tests and builds."""

    editable: tuple[str, ...]
    protected: tuple[str, ...]

    def refusal(self, path: str) -> str | None:
        """Return why a path may not be changed, or None if it may."""
        if unicodedata.normalize("NFC", path) != path:
            return "its name is not in normal form"
        if clean(path) != path or not path.isprintable() or "\\" in path:
            return "its name hides something"
        *folders, name = PurePosixPath(path.casefold()).parts or ("",)
        if name in _STEERING or any(part.startswith(".") for part in (*folders, name)):
            return "it steers tests, builds or tools"
        if any(folder.endswith(_METADATA) for folder in folders):
            return "it tells of an installed distribution"
        if PurePosixPath(name).suffix in _UNREADABLE or _COMPILED.intersection(folders):
            return "it is compiled, or read at the start of Python"
        if matches(path, self.protected) or _TEST_FILE.search(path.casefold()):
            return "it belongs to the tests"
        if not any(_opens(glob, path) for glob in self.editable):
            return "it is not editable"
        return None


def _opens(glob: str, path: str) -> bool:
    """Return whether a glob opens a path: one that names no kind of file stands for Python files only."""
    suffix = PurePosixPath(path).suffix
    return matches(path, [glob]) and (suffix == ".py" or glob == path or PurePosixPath(glob).suffix == suffix)


def shadowed(path: str, tracked: Collection[str], taken: Container[str]) -> str | None:
    """Return the name that a new file would take from the standard library or from what is installed, or None.

    Any folder that is no package may be one to import from: what is new right below it, and in no package of the commit, gets in the way.
    """
    parts = PurePosixPath(path).parts
    for depth, part in enumerate(parts):
        above = "/".join(parts[:depth])
        if above and f"{above}/__init__.py" in tracked:
            return None
        here = f"{above}/{part}" if above else part
        known = here in tracked or any(other.startswith(f"{here}/") for other in tracked)
        name = PurePosixPath(part).stem if depth == len(parts) - 1 else part
        if not known and name in taken:
            return name
    return None


def matches(path: str, globs: Iterable[str]) -> bool:
    """Return whether a path matches one of the globs; ``*`` also matches ``/``, and a folder's name stands for all in it."""
    # A path is a glob for itself even if there are brackets in its name.
    return any(path == glob or fnmatch.fnmatchcase(path, glob) or path.startswith(f"{glob.rstrip('/')}/") for glob in globs)


def surface(
    *,
    asked: Sequence[str],
    imported: Iterable[str],
    collected: Iterable[str],
    testpaths: Iterable[str],
    tracked: Iterable[str],
) -> Surface:
    """Work out what a patch may change.

    ``asked`` are the user's globs; without them it is the Python files of the packages, and the single modules, that the baseline
    ``imported``. ``collected`` are the files that tests were collected from, ``testpaths`` the project's setting, ``tracked`` every file
    of the commit. All relative to the top of the repository.
    """
    tests = set(collected)
    folders = {_clean(path) for path in testpaths} - {".", ""}
    for path in tracked:
        parts = PurePosixPath(path).parts[:-1]
        named = {"/".join(parts[: depth + 1]) for depth, part in enumerate(parts) if part.casefold() in _TEST_FOLDERS}
        # A package may well be called "testing": whoever names that folder means it.
        folders |= {folder for folder in named if not any(glob == folder or glob.startswith(f"{folder}/") for glob in asked)}
    protected = tuple(sorted(tests | folders | {path for path in tracked if _TEST_FILE.search(path)}))
    if asked:
        return Surface(editable=tuple(asked), protected=protected)
    known = set(tracked)
    sources = [path for path in imported if path in known and not matches(path, protected)]
    editable = {_package_of(path, known) for path in sources if PurePosixPath(path).name.casefold() not in _STEERING}
    return Surface(editable=tuple(sorted(editable)), protected=protected)


def _clean(path: str) -> str:
    return PurePosixPath(path).as_posix()


def _package_of(path: str, tracked: set[str]) -> str:
    """Return the glob of the outermost package that a module belongs to, or the module itself."""
    folder = PurePosixPath(path).parent
    package = None
    while folder.as_posix() != "." and f"{folder.as_posix()}/__init__.py" in tracked:
        package = folder
        folder = folder.parent
    return path if package is None else f"{package.as_posix()}/*.py"
