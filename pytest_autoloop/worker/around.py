"""What a call works on without its being an argument: the object whose method it is, and whatever the tests' own code reads.

That code is followed from function to function and from class to class, beginning at the call and at the test itself, since a decorator
of the project may stand before either. What the project's own functions remember in collections is not what they work on.
"""

from __future__ import annotations

import dis
import functools
import gc
import importlib.util
import itertools
import os
import sys
import types
from collections import deque
from pathlib import PosixPath
from typing import TYPE_CHECKING
from typing import Any

from .classes import Attributes
from .classes import classes_of
from .classes import members_of
from .classes import module_of
from .classes import name_of
from .classes import names_in
from .classes import of_testing

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping

    from .testcode import TestCode

COLLECTIONS = frozenset({list, dict, set, tuple, frozenset, bytearray})
"""The builtin types that hold data."""
_LONGEST_PATH = 1000
_MOST = 2_000  # functions and classes that are visited
_MOST_CACHED = 200  # results of a function
_SOME = 100  # items of a collection that may be functions
_CACHING = type(functools.cache(len))
# What holds a function, and under which name.
_WRAPPERS: dict[type, str] = {staticmethod: "__func__", classmethod: "__func__", property: "fget", functools.cached_property: "func"}
_BOUND = frozenset({types.FunctionType, types.MethodType, functools.partial, _CACHING, *_WRAPPERS})
_DESCRIPTORS = (types.MemberDescriptorType, types.GetSetDescriptorType)
_EMPTY = types.CellType()
_NAMES = frozenset({"LOAD_GLOBAL", "LOAD_NAME", "LOAD_DEREF", "LOAD_FROM_DICT_OR_GLOBALS", "LOAD_FROM_DICT_OR_DEREF", "LOAD_CLASSDEREF"})
_ATTRIBUTES = frozenset({"LOAD_ATTR", "LOAD_METHOD"})

# Bound before any project code runs.
_type = type
_is_folder = os.path.isdir
_steps = dis.get_instructions
_held_by = gc.get_referents
_resolved = importlib.util.resolve_name

Named = tuple[str, Any]


def around(
    code: TestCode,
    call: Any,
    args: Iterable[Any] = (),
    kwargs: Mapping[str, Any] | None = None,
    test: Callable[..., Any] | None = None,
    fixtures: Mapping[str, Any] | None = None,
) -> list[Named]:
    """Return what a call works on beside its arguments, by the names it has in the ``test``, which got these ``fixtures``."""
    walk = _Walk(code)
    walk.visit_later("the call", call, found=_type(call) not in _BOUND, call=True)
    for name, value in (*_numbered("argument", args), *(kwargs or {}).items()):
        walk.visit_later(name, value)
    if test is not None:
        walk.visit_later("the test", test)
    for name, value in (fixtures or {}).items():
        walk.visit_later(name, value, found=not of_testing(_type(value)) and not _is_path_to_folder(value))
    return walk.finish()


def path_of(value: object) -> str | None:
    """Return the absolute path that a value is; None if it is none."""
    if _type(value) is PosixPath:
        return str(value)
    if _type(value) is str and value.startswith("/") and len(value) < _LONGEST_PATH and "\n" not in value:
        return value
    return None


def names_read(code: types.CodeType) -> list[tuple[str, ...]]:
    """Return the names that code reads from around it, each with the attributes that are read of it one after the other.

    Those of inner functions and comprehensions are among them.
    """
    found, todo = dict[tuple[str, ...], None](), deque([code])
    while todo:
        inner = todo.popleft()
        todo += [one for one in inner.co_consts if _type(one) is types.CodeType]
        chain: tuple[str, ...] = ()
        for step in (*_steps(inner), None):
            if step is not None and step.opname in _ATTRIBUTES and chain:
                chain = (*chain, step.argval)
                continue
            if chain:
                found[chain] = None
            chain = (step.argval,) if step is not None and step.opname in _NAMES else ()
    return [*found]


def imports_in(code: types.CodeType) -> tuple[set[str], set[str]]:
    """Return the modules that code imports itself, as it names them (dots first if relative), and all names in it.

    What inner functions import and name is among them.
    """
    modules, names, todo = set[str](), set[str](), [code]
    while todo:
        inner = todo.pop()
        todo += [one for one in inner.co_consts if _type(one) is types.CodeType]
        names.update(inner.co_names)
        before = deque[Any]([None, None], maxlen=2)
        for step in _steps(inner):
            if step.opname == "IMPORT_NAME":
                level = before[0].argval if before[0] is not None else 0
                modules.add("." * level + step.argval)
            before.append(step)
    return modules, names


def cells_of(function: types.FunctionType) -> Iterator[Named]:
    """Yield what a function's closure holds by now."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        if cell != _EMPTY:
            yield name, cell.cell_contents


class _Walk:
    """Visits values one after the other, each function and class once, and collects what is found."""

    def __init__(self, code: TestCode) -> None:
        self._code = code
        self._found: list[Named] = []
        self._todo = deque[tuple[str, Any, bool]]()
        self._read = Attributes()
        # By number, since classes may have ideas of their own of what is equal; kept, so that no other gets that number.
        self._seen = dict[int, object]()

    def visit_later(self, name: str, value: Any, *, found: bool = False, call: bool = False) -> None:
        """Note a value to be visited; ``found`` says that it is data by itself, ``call`` that it is what is called."""
        if found:
            self._found.append((name, value))
        self._todo.append((name, value, call))

    def finish(self) -> list[Named]:
        """Visit all that is noted, and return what was found."""
        while self._todo and len(self._seen) < _MOST:
            name, value, call = self._todo.popleft()
            kind = _type(value)
            if issubclass(kind, type):
                self._class(value)
            elif kind in _BOUND:
                if id(value) not in self._seen:
                    self._seen[id(value)] = value
                    self._bound(kind, name, value, call)
            elif kind in (list, tuple, dict):
                self._functions_in(name, [*value.values()][:_SOME] if kind is dict else value[:_SOME])
            elif not of_testing(kind):
                self._class(kind)
                self._functions_in(name, self._read.of(kind, value).values())
        return self._found

    def _functions_in(self, name: str, values: Iterable[Any]) -> None:
        for value in values:
            if _type(value) in _BOUND:
                self.visit_later(name, value)

    def _bound(self, kind: type, name: str, value: Any, call: bool) -> None:
        if kind is functools.partial:
            for inner, held in (*_numbered("partial argument", value.args), *value.keywords.items()):
                self.visit_later(inner, held, found=True)
            self.visit_later(name, value.func, call=call)
        elif kind is types.MethodType:
            self.visit_later("its object" if call else f"object of {name}", value.__self__, found=True)
            self.visit_later(name, value.__func__)
        elif kind is not types.FunctionType:
            inner = getattr(value, _WRAPPERS.get(kind, "__wrapped__"), None)
            self.visit_later(name, inner)
            if kind is _CACHING and _type(inner) is types.FunctionType and self._code.owns(inner):
                for result in _cached_by(value):
                    self.visit_later(f"result of {name}", result, found=True)
        elif self._code.owns(value):
            self._read_by(value)
        else:
            # A decorator's function holds the decorated one.
            for inner, held in cells_of(value):
                self.visit_later(inner, held, found=call and _type(held) not in COLLECTIONS)

    def _read_by(self, function: types.FunctionType) -> None:
        """Note what a function reads: its closure, defaults, names of its module, and such of modules that it names."""
        globals_, cells = function.__globals__, dict(cells_of(function))
        defaults = (*_numbered("default", function.__defaults__ or ()), *(function.__kwdefaults__ or {}).items())
        for name, value in (*cells.items(), *defaults):
            self.visit_later(name, value, found=_type(value) is not types.ModuleType)
        for name, *attributes in names_read(function.__code__):
            if name not in cells and name not in globals_:
                continue
            value = cells[name] if name in cells else globals_[name]
            full = name
            for inner in attributes:
                if _type(value) is not types.ModuleType or inner not in names_in(value):
                    break
                full, value = f"{full}.{inner}", names_in(value)[inner]
            if full not in cells and _type(value) is not types.ModuleType:
                self.visit_later(full, value, found=not _is_path_to_folder(value))
        self._imported_by(function)

    def _imported_by(self, function: types.FunctionType) -> None:
        """Note what a function reads of modules that it imports itself: of each what has a name that is in its code."""
        modules, names = imports_in(function.__code__)
        todo = [*_imported(sorted(modules), function.__globals__).items()]
        seen = dict[int, object]()
        for full, module in todo:
            seen[id(module)] = module
            for name in sorted(names & names_in(module).keys()):
                value = names_in(module)[name]
                if _type(value) is not types.ModuleType:
                    self.visit_later(f"{full}.{name}", value, found=not _is_path_to_folder(value))
                elif id(value) not in seen:
                    todo.append((f"{full}.{name}", value))

    def _class(self, kind: Any) -> None:
        """Note what the tests' own among the classes that a class is made of hold, and their functions."""
        for one in (*classes_of(kind), *classes_of(_type(kind))):
            if id(one) in self._seen or module_of(one) == "builtins":
                continue
            members = [(name, member) for name, member in list(members_of(one).items()) if _type(member) not in _DESCRIPTORS]
            if self._code.owns_module(module_of(one)) or any(self._is_own(member) for _, member in members):
                self._seen[id(one)] = one
                for name, member in members:
                    # Under a special name there are no data, but functions that may read some.
                    name = name if _type(name) is str else "?"
                    data = _type(member) not in _BOUND and not name.startswith("__") and not _is_path_to_folder(member)
                    self.visit_later(f"{name_of(one)}.{name}", member, found=data)

    def _is_own(self, member: Any) -> bool:
        inner = getattr(member, _WRAPPERS[_type(member)]) if _type(member) in _WRAPPERS else member
        return _type(inner) is types.FunctionType and self._code.owns(inner)


def _imported(modules: Iterable[str], globals_: Mapping[str, Any]) -> dict[str, types.ModuleType]:
    """Return what code of a module with such names imports by these: the modules, and the packages that may be bound instead."""
    package, found = globals_.get("__package__"), dict[str, types.ModuleType]()
    for name in modules:
        try:
            full = _resolved(name, package if _type(package) is str else "")
        except ImportError:
            continue
        for one in (full, full.partition(".")[0]):
            if _type(module := sys.modules.get(one)) is types.ModuleType:
                found[one] = module
    return found


def _is_path_to_folder(value: object) -> bool:
    """Return whether a value is the path of a folder: one that a test begins its paths with may hold anything."""
    return (path := path_of(value)) is not None and _is_folder(path)


def _cached_by(function: Any) -> Iterator[Any]:
    """Yield the results that a function decorated with `functools.lru_cache` keeps."""
    for held in itertools.islice(_held_by(function), _MOST_CACHED):
        if held is not function.__dict__:
            yield from itertools.islice(held.values(), _MOST_CACHED) if _type(held) is dict else (held,)


def _numbered(what: str, values: Iterable[Any]) -> Iterator[Named]:
    return ((f"{what} {number}", value) for number, value in enumerate(values, 1))
