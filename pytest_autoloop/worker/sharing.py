"""Which parts of a result are one and the same object with parts of something else: values tell no copy from what it was copied from.

A list of lists that is one row many times over, or that holds the rows it was made from, is equal to one of copies until somebody changes
a part of it.
"""

from __future__ import annotations

import enum
import types
from collections import deque
from typing import TYPE_CHECKING
from typing import Any

from .canonical import PLAIN
from .canonical import attributes_of
from .canonical import classes_of
from .canonical import from_library
from .canonical import members_of

if TYPE_CHECKING:
    from collections.abc import Iterable

_LARGEST = 100_000  # parts that are looked at
_CHANGEABLE: tuple[Any, ...] = (dict, list, set, deque)
_COLLECTIONS: tuple[Any, ...] = (*_CHANGEABLE, tuple, frozenset)
_EXACTLY = frozenset(_COLLECTIONS)
_LEAVES = (enum.Enum, type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)

# Bound before any project code runs.
_type = type
_module_of = type.__dict__["__module__"].__get__
_name_of = type.__dict__["__name__"].__get__


def parts_of(values: Iterable[object]) -> dict[int, int]:
    """Return the parts of values that can be changed, by `id`, with how often each occurs. They have to be kept for as long as that counts.

    Changeable are lists, dictionaries, sets and what is derived from them, buffers that can be written to, and objects with attributes
    whose class does not see to their being set (a frozen one does).
    """
    counts: dict[int, int] = {}
    seen, todo = set[int](), list(values)
    while todo and len(seen) < _LARGEST:
        value = todo.pop()
        kind, number = _type(value), id(value)
        if number in seen:
            if number in counts:
                counts[number] += 1
        elif kind in _EXACTLY or (kind not in PLAIN and not issubclass(kind, _LEAVES)):
            inner, changeable = _looked_into(kind, value)
            seen.add(number)
            todo += inner
            if changeable:
                counts[number] = 1
    return counts


def shared(parts: dict[int, int], others: dict[int, int]) -> int:
    """Return how many parts are others' parts too."""
    return len(parts.keys() & others.keys())


def repeated(parts: dict[int, int]) -> int:
    """Return how often parts occur once more."""
    return sum(parts.values()) - len(parts)


def _looked_into(kind: type, value: Any) -> tuple[list[Any], bool]:
    """Return what a value consists of, as far as that is worth a look, and whether the value itself can be changed."""
    base = kind if kind in _EXACTLY else next((base for base in _COLLECTIONS if issubclass(kind, base)), None)
    if base is not None:
        attributes = {} if kind is base else attributes_of(kind, value)
        return [*_items(base, value), *attributes.values()], base in _CHANGEABLE or bool(attributes)
    if (whole := _whole(kind, value)) is not None:
        return whole, True
    try:
        with memoryview(value) as view:
            return [], not view.readonly
    except (TypeError, ValueError, NotImplementedError, BufferError):
        pass
    attributes = {} if from_library(kind) and kind is not types.SimpleNamespace else attributes_of(kind, value)
    guarded = any(_type(members_of(one).get("__setattr__")) is types.FunctionType for one in classes_of(kind))
    return list(attributes.values()), bool(attributes) and not guarded


def _items(base: Any, value: Any) -> list[Any]:
    items = list(base.__iter__(value))
    if base is dict:
        items += dict.values(value)
    return [] if PLAIN.issuperset(map(_type, items)) else items


def _whole(kind: type, value: Any) -> list[Any] | None:
    """Return what an array of NumPy is a part of, if it is one."""
    for one in classes_of(kind):
        if _name_of(one) == "ndarray" and _module_of(one) == "numpy" and "base" in (members := members_of(one)):
            whole = members["base"].__get__(value)
            return [] if whole is None else [whole]
    return None
