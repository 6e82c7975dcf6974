"""What a call works on without its being an argument: the object whose method it is, and whatever the test's own code reads.

That code is followed from function to function and from class to class, as far as it is in the test's file. What the project's own
functions remember in collections is not what they work on.
"""

from __future__ import annotations

import functools
import os
import types
from pathlib import PosixPath
from typing import TYPE_CHECKING
from typing import Any

from .classes import classes_of
from .classes import members_of
from .classes import module_of
from .classes import name_of
from .inputs import is_tests_own

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping

_LONGEST_PATH = 1000
_COLLECTIONS = frozenset({list, dict, set, bytearray})
# What holds a function, and under which name.
_WRAPPERS: dict[type, str] = {
    staticmethod: "__func__",
    classmethod: "__func__",
    property: "fget",
    functools.cached_property: "func",
    type(functools.cache(len)): "__wrapped__",
}
_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)
_EMPTY = types.CellType()

# Bound before any project code runs.
_type = type
_is_folder = os.path.isdir

Named = tuple[str, Any]


def around(call: Any, args: Iterable[Any], kwargs: Mapping[str, Any], file: str) -> Iterator[Named]:
    """Yield what a call works on beside its arguments, by the names it has in the test, which is in ``file`` (relative to its tree)."""
    walk = _Walk(file)
    if _type(call) not in (types.FunctionType, types.BuiltinFunctionType, types.MethodType, functools.partial):
        yield "the call", call
    yield from walk.follow("the call", call)
    inner = call
    while _type(inner) is functools.partial:
        inner = inner.func
    if _type(inner) is types.FunctionType and not is_tests_own(inner, file):
        yield from ((name, value) for name, value in _cells(inner) if _type(value) not in _COLLECTIONS)
    for name, value in (*_numbered("argument", args), *kwargs.items()):
        yield from walk.follow(name, value)


def path_of(value: object) -> str | None:
    """Return the absolute path that a value is; None if it is none."""
    if _type(value) is PosixPath:
        return str(value)
    if _type(value) is str and value.startswith("/") and len(value) < _LONGEST_PATH and "\n" not in value:
        return value
    return None


class _Walk:
    """Follows the code of one test's file, each function and class once."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._modules = set[object]()
        # By number, since classes may have ideas of their own of what is equal; kept, so that no other gets that number.
        self._seen = dict[int, object]()

    def follow(self, name: str, value: Any) -> Iterator[Named]:
        """Yield what is around a value: nothing, unless it is code of the test, or bound to something."""
        kind = _type(value)
        if issubclass(kind, type):
            yield from self._class(value)
        elif kind in (types.FunctionType, types.MethodType, functools.partial) or kind in _WRAPPERS:
            if id(value) not in self._seen:
                self._seen[id(value)] = value
                yield from self._callable(kind, name, value)
        else:
            yield from self._class(kind)

    def _callable(self, kind: type, name: str, value: Any) -> Iterator[Named]:
        if kind in _WRAPPERS:
            yield from self.follow(name, getattr(value, _WRAPPERS[kind]))
        elif kind is functools.partial:
            yield from self._each((*_numbered("partial argument", value.args), *value.keywords.items()))
            yield from self.follow(name, value.func)
        elif kind is types.MethodType:
            yield from self._each([("its object" if name == "the call" else f"object of {name}", value.__self__)])
            yield from self.follow(name, value.__func__)
        elif is_tests_own(value, self._file):
            yield from self._each(list(self._read_by(value)))
        else:
            # A decorator's function holds the decorated one.
            for inner, held in _cells(value):
                yield from self.follow(inner, held)

    def _each(self, found: Iterable[Named]) -> Iterator[Named]:
        for name, value in found:
            if _type(value) not in _WRAPPERS:
                yield name, value
            yield from self.follow(name, value)

    def _read_by(self, function: types.FunctionType) -> Iterator[Named]:
        """Yield what a function reads: its closure, defaults, names of its module, and such of modules that it names."""
        globals_ = function.__globals__
        self._modules.add(globals_.get("__name__"))
        yield from _cells(function)
        yield from _numbered("default", function.__defaults__ or ())
        yield from (function.__kwdefaults__ or {}).items()
        names = [*dict.fromkeys(_names(function.__code__))]
        found = [(name, globals_[name]) for name in names if name in globals_]
        for name, value in found:
            inner = vars(value) if _type(value) is types.ModuleType else {}
            yield from _no_folders([(name, value), *((f"{name}.{one}", inner[one]) for one in names if one in inner)])

    def _class(self, kind: Any) -> Iterator[Named]:
        """Yield what the test's own among the classes that a class is made of hold, and what their code reads."""
        for one in classes_of(kind):
            if id(one) in self._seen or module_of(one) == "builtins":
                continue
            members = [(name, member) for name, member in list(members_of(one).items()) if _type(member) not in _DESCRIPTORS]
            if module_of(one) in self._modules or any(_is_function(member, self._file) for _, member in members):
                self._seen[id(one)] = one
                for name, member in members:
                    named = [(f"{name_of(one)}.{name}", member)]
                    # Under a special name there are no data, but functions that may read some.
                    yield from self.follow(*named[0]) if name.startswith("__") else _no_folders(self._each(named))


def _is_function(member: Any, file: str) -> bool:
    inner = getattr(member, _WRAPPERS[_type(member)]) if _type(member) in _WRAPPERS else member
    return _type(inner) is types.FunctionType and is_tests_own(inner, file)


def _no_folders(found: Iterable[Named]) -> Iterator[Named]:
    """Leave out folders: one that a test begins its paths with may hold anything."""
    return ((name, value) for name, value in found if (path := path_of(value)) is None or not _is_folder(path))


def _numbered(what: str, values: Iterable[Any]) -> Iterator[Named]:
    return ((f"{what} {number}", value) for number, value in enumerate(values, 1))


def _cells(function: types.FunctionType) -> Iterator[Named]:
    """Yield what a function's closure holds by now."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if cell != _EMPTY:
            yield name, cell.cell_contents


def _names(code: types.CodeType) -> Iterator[str]:
    """Yield the names that code uses, that of inner functions and comprehensions included."""
    yield from code.co_names
    for inner in code.co_consts:
        if _type(inner) is types.CodeType:
            yield from _names(inner)
