"""What classes say of themselves and of their objects, asked without running any code of theirs."""

from __future__ import annotations

import sys
import types
from typing import Any

# Bound before any project code runs.
_type = type
_read = object.__getattribute__
_module_of = type.__dict__["__module__"].__get__
classes_of = type.__dict__["__mro__"].__get__
members_of = type.__dict__["__dict__"].__get__
name_of = type.__dict__["__name__"].__get__
_qualified_name_of = type.__dict__["__qualname__"].__get__


def module_of(kind: type) -> str:
    """Return the name of the module that a class says it is from; an empty one if it says nothing of the kind."""
    try:
        module = _module_of(kind)
    except AttributeError:
        return ""
    return module if _type(module) is str else ""


def from_library(kind: type) -> bool:
    """Return whether a class is one of the standard library's, not only by what it says."""
    module = module_of(kind)
    return module.partition(".")[0] in sys.stdlib_module_names and getattr(sys.modules.get(module), _qualified_name_of(kind), None) is kind


class Attributes:
    """Reads attributes and slots of objects, and keeps what it has learnt of their classes: use a new one for every look."""

    def __init__(self) -> None:
        self._known: dict[type, tuple[list[tuple[str, Any]], dict[str, Any]]] = {}

    def of(self, kind: type, value: object) -> dict[str, Any]:
        """Return an object's attributes and slots by name.

        A class may have its own ``__dict__`` say which there are, and make them only then: what does is returned by that name.
        """
        if (known := self._known.get(kind)) is None:
            known = self._known[kind] = _learn(kind)
        slots, others = known
        found = dict(others)
        for name, read in slots:
            try:
                found[name] = read(value, kind)
            except AttributeError:  # noqa: PERF203 - an empty slot: rare, and to be told from the others
                continue
        try:
            attributes = _read(value, "__dict__")
        except AttributeError:
            return found
        if _type(attributes) is dict:
            # All at once: a thread may add some meanwhile.
            for name, item in list(attributes.items()):
                found[name if _type(name) is str else str(name)] = item
        return found


def _learn(kind: type) -> tuple[list[tuple[str, Any]], dict[str, Any]]:
    """Return what reads each slot of a class's objects, and what a class has in the place of the usual ``__dict__``."""
    slots, others = list[tuple[str, Any]](), dict[str, Any]()
    for base in classes_of(kind):
        for name, member in members_of(base).items():
            if _type(member) is types.MemberDescriptorType:
                slots.append((name, member.__get__))
            elif name == "__dict__" and _type(member) is not types.GetSetDescriptorType:
                others[name] = _type(member)
    return slots, others
