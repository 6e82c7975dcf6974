"""What a measured call leaves beside a value: what is in files that its inputs name, and which objects it has changed or handed on.

Looked at right after a round, so that what is put off until later is missing.
"""

from __future__ import annotations

import hashlib
import json
import marshal
import os
import stat
import types
from typing import TYPE_CHECKING
from typing import Any

from .around import around
from .around import path_of
from .canonical import PLAIN
from .canonical import form
from .canonical import told
from .classes import Attributes
from .classes import from_library
from .classes import module_of
from .messages import TOO_MANY
from .sharing import Parts

if TYPE_CHECKING:
    from collections.abc import Callable

_MOST_FILES = 100
_MOST_BYTES = 8 << 20  # of a file; of a longer one only the size is told
_PARTS = 5_000  # of an object
_BY_VALUE = 2  # the version of marshal's format that does not tell one object from two that are equal
_TESTING = frozenset({"pytest", "_pytest", "pytest_benchmark", "pytest_autoloop", "unittest", "builtins", "pathlib", "logging"})
_COLLECTIONS = frozenset({list, dict, set, bytearray})
_HOLDING = (list, tuple, dict, set, frozenset, str, int, float, BaseException)
_PLAIN = (types.ModuleType, type, types.FunctionType, types.BuiltinFunctionType, types.MethodType)

# Forms of what is the same for everybody, or too large to be kept.
_SHARED = frozenset({"digest", "tuple", "frozenset", "bytes", "complex", "range", "name", "int"})

# Bound before any project code runs.
_dumps = json.dumps
_blake2b = hashlib.blake2b
_open = open
_lstat, _walk = os.lstat, os.walk
_marshalled = marshal.dumps


class Traces:
    """Looks at what the calls of one benchmark leave. ``file`` (relative to its tree) holds its test."""

    def __init__(self, call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], file: str) -> None:
        found = list(around(call, args, kwargs, file))
        self._inputs = [*(value for _, value in found), *args, *kwargs.values()]
        self._paths = [path for value in self._inputs if (path := path_of(value)) is not None]
        self._objects: dict[str, Any] = {}
        for name, value in found:
            if _is_object(value) and self._objects.get(name) is not value:
                self._objects[name if name not in self._objects else f"{name} ({len(self._objects)})"] = value
        self._before = _prints(self._objects)

    def files(self) -> Any:
        """Return what is now where the inputs name files or folders."""
        return ["list", [_content(path) for path in self._paths]]

    def sharing(self, parts: Parts) -> dict[str, int]:
        """Return how many parts of a result that can be changed are there more than once, and how many are parts of the inputs.

        Where there are too many to look at, that is said as well.
        """
        inputs = Parts.of(self._inputs)
        beyond = {} if parts.all and inputs.all else {TOO_MANY: 1}
        return {"in itself": parts.repeated, "with its inputs": parts.shared_with(inputs), **beyond}

    def changed(self) -> list[str]:
        """Return the names of what else the call works on that is no longer as it was at first, or cannot be looked at."""
        now = _prints(self._objects)
        return sorted(name for name in self._before.keys() | now.keys() if now.get(name) is None or now[name] != self._before.get(name))


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

    def sharing(self, parts: Parts) -> dict[str, int]:
        """Return how many parts of a result that can be changed are parts of the first."""
        return {} if self._first is None else {"with an earlier result": parts.shared_with(Parts.of([self._first[0]]))}


def _is_object(value: object) -> bool:
    kind = type(value)
    return kind in _COLLECTIONS or (module_of(kind).partition(".")[0] not in _TESTING and not issubclass(kind, _PLAIN))


def _prints(objects: dict[str, Any]) -> dict[str, str | None]:
    """Return a digest of each object, of each of its attributes instead if it has some; None of what cannot be looked at."""
    read, found = Attributes(), dict[str, str | None]()
    for name, value in objects.items():
        kind = type(value)
        attributes = {} if from_library(kind) or issubclass(kind, _HOLDING) else read.of(kind, value)
        for inner, part in {f"{name}.{key}": item for key, item in attributes.items()}.items() if attributes else ((name, value),):
            found[inner] = _print(part)
    return found


def _print(value: Any) -> str | None:
    try:
        data: bytes | bytearray
        if type(value) is bytearray:
            data = value
        elif type(value) is list and PLAIN.issuperset(map(type, value)):
            # The usual long list takes no time.
            data = _marshalled(value, _BY_VALUE)
        else:
            if type(value) not in _COLLECTIONS:
                # A first look may make what it looks for: a partial gets its dictionary then.
                form(value, _PARTS)
            data = _dumps(form(value, _PARTS)).encode()
        return _blake2b(data, digest_size=16).hexdigest()
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
