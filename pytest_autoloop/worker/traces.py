"""What a measured call leaves beside a value: what is in files that its inputs name, and which objects it has changed or handed on.

Looked at right after a round, so that what is put off until later is missing.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import stat
import types
from typing import TYPE_CHECKING
from typing import Any

from .around import COLLECTIONS
from .around import path_of
from .canonical import PLAIN
from .canonical import telling
from .canonical import told
from .classes import Attributes
from .classes import array_of
from .classes import from_library
from .classes import has_dictionary
from .classes import home_of
from .classes import name_of
from .classes import of_testing
from .messages import TOO_MANY
from .sharing import Parts
from .trust import encoded

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from .around import Named

_MOST_FILES = 100
_MOST_BYTES = 8 << 20  # of a file; of a longer one only the size is told
# A database of SQLite counts its transactions: how many there were is no content (https://www.sqlite.org/fileformat.html).
_DATABASE = b"SQLite format 3\0"
_UNCOUNTED = ((0, 24), (28, 92), (100, None))
_PARTS = 2_000  # of an object
_MOST_PLAIN = 500_000  # parts of plain data, beside flat collections
_MOST_PARTS = 200_000  # of all inputs together, where it is asked which of them are a result's too
_BY_VALUE = 2  # the version of marshal's format that does not tell one object from two that are equal
_FURNITURE = frozenset({"pathlib", "logging"})
_CONSTANTS = PLAIN | {bytes, complex}
_HOLDING = (list, tuple, dict, set, frozenset, str, int, float, BaseException)
_METHODS = (types.BuiltinFunctionType, types.MethodType)
_CODE = (types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)

_Prints = dict[str, "str | None"]
_PLAINLY = "plain "  # how digests of plain data begin
UNREADABLE = object()
"""Stands for what is around a call where that cannot be found out."""

# Forms of what is the same for everybody, or too large to be kept.
_SHARED = frozenset({"digest", "tuple", "frozenset", "bytes", "complex", "range", "name", "int"})

# Bound before any project code runs.
_blake2b = hashlib.blake2b
_open = open
_lstat, _walk = os.lstat, os.walk
_marshalled = marshal.dumps


class Traces:
    """Looks at what the calls of one benchmark leave of their arguments' files, and of what is ``around`` them (see there)."""

    def __init__(self, args: Iterable[Any], kwargs: Mapping[str, Any], around: Sequence[Named]) -> None:
        self._around = [value for _, value in around]
        self._constants = _unique((name, value) for name, value in around if type(value) in _CONSTANTS and path_of(value) is None)
        # Arguments are told as such.
        given = {id(value) for value in (*args, *kwargs.values())}
        self._objects = _objects([(name, value) for name, value in around if id(value) not in given])
        self._before: dict[str, _Prints] | None = None
        self.give(args, kwargs)

    def give(self, args: Iterable[Any], kwargs: Mapping[str, Any]) -> None:
        """Look at the files of other arguments from now on."""
        self._inputs = [*args, *kwargs.values(), *self._around]
        self._paths = [path for value in self._inputs if (path := path_of(value)) is not None]

    def remember(self) -> Traces:
        """Look at what is around the call, to tell later what calls have changed of it."""
        self._before = self._now()
        return self

    def _now(self) -> dict[str, _Prints]:
        return {name: _prints(value) for name, value in self._objects.items()}

    def files(self) -> Any:
        """Return what is now where the inputs name files or folders."""
        return ["list", [_content(path) for path in self._paths]]

    def sharing(self, parts: Parts) -> dict[str, int]:
        """Return how many parts of a result that can be changed are there more than once, and how many are parts of the inputs.

        Where there are too many to look at, that is said as well.
        """
        inputs = Parts.of(self._inputs, _MOST_PARTS) if parts.counts else Parts()
        beyond = {} if parts.all and inputs.all else {TOO_MANY: 1}
        return {"in itself": parts.repeated, "with its inputs": parts.shared_with(inputs), **beyond}

    def kinds(self) -> list[str]:
        """Return the names of the classes of what the call works on; `TOO_MANY` among them if not all could be looked at."""
        parts = Parts.of(self._inputs, _MOST_PARTS)
        return sorted({name_of(kind) for kind in parts.kinds if not from_library(kind)} | (set() if parts.all else {TOO_MANY}))

    def changed(self) -> dict[str, int]:
        """Return how many attributes of what is around the call are no longer as they are remembered, or cannot be looked at.

        What has no attributes counts as one. Objects of which all is as before are left out.
        """
        found = {}
        for name, before in (self._before or {}).items():
            now = _prints(self._objects[name])
            found[name] = sum(now.get(key) is None or now[key] != before.get(key) for key in now.keys() | before.keys())
        return {name: count for name, count in found.items() if count}

    def data(self) -> dict[str, str]:
        """Return digests of the plain data around the call, which another process has as well: as they are remembered, or else now."""
        prints = self._now() if self._before is None else self._before
        whole = {name: found.get("") or "" for name, found in prints.items()}
        constants = {name: _print(value) or "" for name, value in self._constants.items()}
        return {name: digest for name, digest in (*constants.items(), *whole.items()) if digest.startswith(_PLAINLY)}


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


def _objects(around: Sequence[Named]) -> dict[str, Any]:
    """Return what can be changed of what is around a call, each once, by names that tell them apart."""
    each = {id(value): (name, value) for name, value in reversed(around) if _is_object(value)}
    return _unique(reversed(each.values()))


def _unique(named: Iterable[Named]) -> dict[str, Any]:
    """Return values by names that tell them apart."""
    found, counts = dict[str, Any](), dict[str, int]()
    for name, value in named:
        counts[name] = counts.get(name, 0) + 1
        found[name if counts[name] == 1 else f"{name} ({counts[name]})"] = value
    return found


def _is_object(value: object) -> bool:
    kind = type(value)
    if kind in COLLECTIONS or value is UNREADABLE:
        return True
    return kind not in _CODE and not issubclass(kind, type) and home_of(kind) != "builtins" and not _is_furniture(kind)


def _is_furniture(kind: type) -> bool:
    """Return whether objects of a class are there to run tests, to log, or to name files."""
    return of_testing(kind) or home_of(kind) in _FURNITURE


def _prints(value: Any) -> _Prints:
    """Return digests of an object's attributes, or of itself if it has none; None for what cannot be looked at."""
    kind = type(value)
    if value is UNREADABLE:
        return {"": None}
    whole = kind in COLLECTIONS or from_library(kind) or issubclass(kind, _HOLDING)
    attributes = {} if whole else Attributes().of(kind, value)
    if whole or not (attributes or has_dictionary(kind)):
        return {"": _print(value)}
    # A method of the object itself, or of what another attribute holds, is no more of it.
    held = {id(value): value, **{id(item): item for item in attributes.values() if type(item) not in PLAIN}}
    kept = {name: item for name, item in attributes.items() if type(item) not in _METHODS or id(item.__self__) not in held}
    # Of a class that makes its dictionary itself nobody knows what is in it.
    return {name: None if name == "__dict__" else _print(item, held) for name, item in kept.items()}


def _print(value: Any, beside: Mapping[int, object] | None = None) -> str | None:
    """Return a digest of a value: of plain data one that other processes have too. What is ``beside`` it, by `id`, is left out."""

    def outside(kind: type, part: object) -> bool:
        return (beside is not None and part is not value and id(part) in beside) or _is_furniture(kind)

    try:
        if type(value) in COLLECTIONS or type(value) in _CONSTANTS:
            # Plain data are told whole, however long they are: this takes no time.
            if _is_plain_data(value):
                return f"{_PLAINLY}{_digest(_marshalled(value, _BY_VALUE))}"
        elif from_library(type(value)):
            # A first look may make what it looks for: a partial gets its dictionary then.
            telling(value, _PARTS, outside)
        array = array_of(type(value))
        numbers = array is not None and array.kind is type(value) and array.objects(value) is None
        return f"{_PLAINLY if numbers else ''}{_digest(encoded(telling(value, _PARTS, outside)[0]).encode())}"
    except Exception:  # noqa: BLE001 - whatever objects of others raise, they cannot be looked at
        return None


def _is_plain_data(value: Any) -> bool:
    """Return whether a value holds nothing but what is builtin, and not so many parts, those that are there again included."""
    todo, count = [value], 0
    while todo:
        one = todo.pop()
        kind = type(one)
        if kind in _CONSTANTS:
            continue
        if kind not in COLLECTIONS or count > _MOST_PLAIN:
            return False
        items = [*one, *one.values()] if kind is dict else one
        flat = kind is bytearray or _CONSTANTS.issuperset(map(type, items))
        count += 1 if flat else 1 + len(items)
        todo += () if flat else items
    return True


def _digest(data: bytes) -> str:
    return _blake2b(data, digest_size=16).hexdigest()


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
    told: dict[str, Any] = {"mode": f"{stat.S_IMODE(found.st_mode):o}", "bytes": found.st_size}
    if found.st_size > _MOST_BYTES:
        return _file(told)
    with _open(path, "rb") as file:
        content = file.read()
    if content.startswith(_DATABASE):
        content = b"".join(content[start:end] for start, end in _UNCOUNTED)
    return _file({**told, "content": _digest(content)})


def _file(told: dict[str, Any]) -> list[Any]:
    # As an object is written down, so that a difference says in what.
    return ["object", "file", None, ["dict", [[name, what] for name, what in told.items()]]]
