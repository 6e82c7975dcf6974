"""What a measured call leaves beside a value: what is in files that its inputs name, and which objects it has changed or handed on.

Looked at right after a round, so that what is put off until later is missing.
"""

from __future__ import annotations

import functools
import hashlib
import json
import marshal
import os
import stat
import types
from pathlib import PosixPath
from typing import TYPE_CHECKING
from typing import Any

from .canonical import PLAIN
from .canonical import form
from .canonical import told
from .inputs import is_tests_own
from .sharing import parts_of
from .sharing import repeated
from .sharing import shared

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

_MOST_FILES = 100
_MOST_BYTES = 8 << 20  # of a file; of a longer one only the size is told
_LONGEST_PATH = 1000
_PARTS = 5_000  # of an object
_BY_VALUE = 2  # the version of marshal's format that does not tell one object from two that are equal
_TESTING = frozenset({"pytest", "_pytest", "pytest_benchmark", "pytest_autoloop", "unittest", "builtins", "pathlib"})
_COLLECTIONS = frozenset({list, dict, set, bytearray})
_PLAIN = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)

# Forms of what is the same for everybody, or too large to be kept.
_SHARED = frozenset({"digest", "tuple", "frozenset", "bytes", "complex", "range", "name", "int"})
_EMPTY = types.CellType()

# Bound before any project code runs.
_dumps = json.dumps
_blake2b = hashlib.blake2b
_open = open
_lstat, _walk, _is_folder = os.lstat, os.walk, os.path.isdir
_marshalled = marshal.dumps


class Traces:
    """Looks at what the calls of one benchmark leave. ``file`` (relative to its tree) holds its test."""

    def __init__(self, call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], file: str) -> None:
        around = list(_around(call, file))
        self._inputs = [*around, *args, *kwargs.values()]
        self._paths = [path for value in self._inputs if (path := _path(value)) is not None]
        self._objects = [value for value in around if _is_object(value)]
        self._before = _print(self._objects)

    def files(self) -> Any:
        """Return what is now where the inputs name files or folders."""
        return ["list", [_content(path) for path in self._paths]]

    def sharing(self, result: object) -> dict[str, int]:
        """Return how many parts of a result that can be changed are there more than once, and how many are parts of the inputs."""
        parts = parts_of([result])
        return {"in itself": repeated(parts), "with its inputs": shared(parts, parts_of(self._inputs))}

    def objects_kept(self) -> bool | None:
        """Return whether the object that a method belongs to, and what a function of the test works on, are as they were at first.

        None where they cannot be looked at: that differs from what the incumbent's process says, unless it cannot either.
        """
        now = _print(self._objects)
        return None if now is None or self._before is None else now == self._before


class Kept:
    """Keeps the first result that was looked at, if it is a small one, to hold a later one against it."""

    def __init__(self) -> None:
        self._first: tuple[object, Any] | None = None

    def unchanged(self, result: object, said: Any) -> dict[str, bool]:
        """Return whether the first result is still what was ``said`` of it then. The first that is looked at is kept."""
        if self._first is not None:
            first, before = self._first
            return {"earlier results as before": told(first) == before}
        if type(said) is list and said[0] not in _SHARED:
            self._first = result, said
        return {}

    def sharing(self, result: object) -> dict[str, int]:
        """Return how many parts of a result that can be changed are parts of the first."""
        return {} if self._first is None else {"with an earlier result": shared(parts_of([result]), parts_of([self._first[0]]))}


def _around(call: Any, file: str) -> Iterator[Any]:
    """Yield what a call works on without its being an argument. What the project's own functions remember in collections is not that."""
    while type(call) is functools.partial:
        yield from (*call.args, *call.keywords.values())
        call = call.func
    if type(call) is types.MethodType:
        yield call.__self__
    elif type(call) is types.FunctionType:
        cells = (cell.cell_contents for cell in call.__closure__ or () if cell != _EMPTY)
        if is_tests_own(call, file):
            yield from cells
            around = (call.__globals__[name] for name in call.__code__.co_names if name in call.__globals__)
            # A folder that a test begins its paths with may hold anything.
            yield from (value for value in around if (path := _path(value)) is None or not _is_folder(path))
        else:
            yield from (value for value in cells if type(value) not in _COLLECTIONS)


def _path(value: object) -> str | None:
    if type(value) is PosixPath:
        return str(value)
    named = type(value) is str and value.startswith("/") and len(value) < _LONGEST_PATH and "\n" not in value
    return str(value) if named else None


def _is_object(value: object) -> bool:
    kind = type(value)
    if kind in _COLLECTIONS:
        return True
    home = kind.__module__ if type(kind.__module__) is str else ""
    return home.partition(".")[0] not in _TESTING and not issubclass(kind, _PLAIN)


def _print(objects: list[Any]) -> str | None:
    try:
        digest = _blake2b(digest_size=16)
        for value in objects:
            # The usual long list takes no time.
            plain = type(value) is list and PLAIN.issuperset(map(type, value))
            digest.update(_marshalled(value, _BY_VALUE) if plain else _dumps(form(value, _PARTS)).encode())
        return digest.hexdigest()
    except Exception:  # noqa: BLE001 - whatever objects of others raise, they cannot be looked at
        return None


def _content(path: str) -> Any:
    """Return what is at a path, without the path's own name."""
    try:
        mode = _lstat(path).st_mode
        if not stat.S_ISDIR(mode):
            return _of_file(path)
        files = sorted(f"{folder}/{name}" for folder, _, names in _walk(path) for name in names)
        return ["dict", [[name.removeprefix(path), _of_file(name)] for name in files[:_MOST_FILES]]]
    except OSError:
        return ["nothing"]


def _of_file(path: str) -> list[Any]:
    found = _lstat(path)
    if not stat.S_ISREG(found.st_mode):
        return ["no file"]
    if found.st_size > _MOST_BYTES:
        return ["file", found.st_size]
    with _open(path, "rb") as file:
        return ["file", found.st_size, _blake2b(file.read(), digest_size=16).hexdigest()]
