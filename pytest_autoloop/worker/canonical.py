"""A digest of a value that tells types apart and never asks the value itself whether it is equal to anything.

Only exact builtin types are looked into, and the fields of dataclasses and named tuples: any other object counts by its type and, where it
has one, its ``__dict__``. An object of the candidate's that claims to equal everything has another type than the incumbent's.
"""

from __future__ import annotations

import hashlib
import types
from dataclasses import fields
from dataclasses import is_dataclass
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Callable

_DEEPEST = 60
_LARGEST = 20_000  # parts that are looked at; what comes after counts by its number only


def digest(value: object) -> str:
    """Return the digest of a value."""
    state = hashlib.blake2b(digest_size=16)
    _Walk(state.update).add(value, 0)
    return state.hexdigest()


class _Walk:
    """Feeds a value's parts, each with its type, to a hash."""

    def __init__(self, feed: Callable[[bytes], None]) -> None:
        self._feed = feed
        self._parts = 0

    def _say(self, text: str) -> None:
        self._feed(text.encode("utf-8", "surrogatepass") + b"\0")

    def add(self, value: object, depth: int) -> None:
        self._parts += 1
        kind = type(value)
        name = f"{kind.__module__}.{kind.__qualname__}"
        if depth > _DEEPEST or self._parts > _LARGEST:
            self._say(f"…{name}")
        elif value is None or kind in (bool, int, str, complex, float):
            self._say(f"{name}:{value!r}")
        elif kind in (bytes, bytearray):
            self._say(f"{name}:{bytes(value).hex()}")  # type: ignore[call-overload]
        elif kind in (list, tuple):
            self._sequence(name, value, depth)
        elif kind is dict:
            self._mapping(name, value, depth)
        elif kind in (set, frozenset):
            self._say(f"{name}:" + ",".join(sorted(digest(item) for item in value)))  # type: ignore[attr-defined]
        elif isinstance(value, types.FunctionType | types.BuiltinFunctionType | type):
            self._say(f"{name}:{value.__module__}.{value.__qualname__}")
        else:
            self._object(name, value, depth)

    def _sequence(self, name: str, value: Any, depth: int) -> None:
        self._say(f"{name}:{len(value)}")
        for item in value:
            if self._parts > _LARGEST:
                break
            self.add(item, depth + 1)

    def _mapping(self, name: str, value: Any, depth: int) -> None:
        self._say(f"{name}:{len(value)}")
        for key, item in value.items():
            if self._parts > _LARGEST:
                break
            self.add(key, depth + 1)
            self.add(item, depth + 1)

    def _object(self, name: str, value: object, depth: int) -> None:
        parts: dict[object, object] = {}
        if is_dataclass(value):
            parts = {field.name: getattr(value, field.name, None) for field in fields(value)}
        elif isinstance(value, tuple):
            parts = dict(enumerate(tuple.__iter__(value)))
        elif type(found := getattr(value, "__dict__", None)) is dict:
            parts = dict(found)
        self._say(f"{name}:{len(parts)}")
        for key, item in parts.items():
            self._say(str(key))
            self.add(item, depth + 1)
