"""Which parts of a result are one and the same object with parts of something else: values tell no copy from what it was copied from.

A list of lists that is one row many times over, or that holds the rows it was made from, is equal to one of copies until somebody changes
a part of it.
"""

from __future__ import annotations

import enum
import types
from collections import deque
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

from .canonical import PLAIN
from .classes import Attributes
from .classes import array_of
from .classes import buffer_of
from .classes import classes_of
from .classes import from_library
from .classes import has_dictionary
from .classes import members_of
from .classes import module_of
from .classes import name_of
from .classes import of_testing

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Sequence

_LARGEST = 200_000  # parts that are looked at
_CHANGEABLE: tuple[Any, ...] = (dict, list, set, deque)
_COLLECTIONS: tuple[Any, ...] = (*_CHANGEABLE, tuple, frozenset)
_EXACTLY = frozenset(_COLLECTIONS)
_LEAVES = (enum.Enum, type, types.ModuleType, types.FunctionType, types.BuiltinFunctionType, types.MethodType)
# Written in C, and yet neither a collection by its class nor with attributes of its own.
_ELEMENT = ("xml.etree.ElementTree", "Element")

# Bound before any project code runs.
_type = type


@dataclass(slots=True)
class Parts:
    """The parts of values that can be changed, by `id`, with how often each occurs. The values have to be kept for as long as that counts.

    Changeable are lists, dictionaries, sets and what is derived from them, buffers that can be written to, and objects with attributes
    whose class does not see to their being set (a frozen one does). ``all`` says whether there were not too many to be looked at, and
    ``kinds`` are the classes of all that were.
    """

    counts: dict[int, int] = field(default_factory=dict)
    all: bool = True
    kinds: frozenset[type] = field(default=frozenset(), compare=False)

    @classmethod
    def of(cls, values: Iterable[object], largest: int = _LARGEST) -> Parts:
        """Look at values, those first that are nearest, and at no more than so many parts."""
        counts: dict[int, int] = {}
        seen, todo, kinds = set[int](), deque(values), _Kinds()
        while todo and len(seen) < largest:
            value = todo.popleft()
            kind = _type(value)
            if kind in PLAIN:
                continue
            number = id(value)
            if number in seen:
                if number in counts:
                    counts[number] += 1
            elif (look := kinds[kind]) is not None:
                seen.add(number)
                inner, changeable = look(value)
                todo += inner
                if changeable:
                    counts[number] = 1
        return cls(counts, all=not todo, kinds=frozenset(kinds))

    @property
    def repeated(self) -> int:
        """How often parts occur once more."""
        return sum(self.counts.values()) - len(self.counts)

    def shared_with(self, others: Parts) -> int:
        """Return how many parts are others' parts too."""
        return len(self.counts.keys() & others.counts.keys())


class _Kinds(dict[type, "Callable[[Any], tuple[Sequence[Any], bool]] | None"]):
    """Tells of each class how to look at its objects: what one consists of, as far as that is worth a look, and whether it can be changed.

    None for classes whose objects are not looked at.
    """

    def __init__(self) -> None:
        super().__init__()
        self._attributes = Attributes()

    def __missing__(self, kind: type) -> Callable[[Any], tuple[Sequence[Any], bool]] | None:
        self[kind] = found = None if issubclass(kind, _LEAVES) or of_testing(kind) else self._look(kind)
        return found

    def _look(self, kind: type) -> Callable[[Any], tuple[Sequence[Any], bool]]:
        read = self._attributes.of
        # What slots of the standard library's own classes hold only saves them time.
        plain = kind in _EXACTLY or (from_library(kind) and not has_dictionary(kind))
        base = kind if kind in _EXACTLY else next((base for base in _COLLECTIONS if issubclass(kind, base)), None)
        changeable = base in _CHANGEABLE
        if base is not None and plain:
            return lambda value: (_items(base, value), changeable)
        if base is not None:

            def derived(value: Any) -> tuple[Sequence[Any], bool]:
                attributes = read(kind, value)
                return [*_items(base, value), *attributes.values()], changeable or bool(attributes)

            return derived
        if (module_of(kind), name_of(kind)) == _ELEMENT and from_library(kind):
            return lambda value: ([*value, value.attrib], True)
        if (array := array_of(kind)) is not None:
            return lambda value: ([array.whole(value), *(array.objects(value) or ()), *read(kind, value).values()], True)
        guarded = any(_type(members_of(one).get("__setattr__")) is types.FunctionType for one in classes_of(kind))

        def other(value: Any) -> tuple[Sequence[Any], bool]:
            attributes = {} if plain else read(kind, value)
            if (buffer := buffer_of(kind, value)) is not None:
                with buffer:
                    # A view is of something else.
                    return [buffer.obj, *attributes.values()], not buffer.readonly
            return [*attributes.values()], bool(attributes) and not guarded

        return other


def _items(base: Any, value: Any) -> Sequence[Any]:
    items = list(base.__iter__(value))
    if base is dict:
        items += dict.values(value)
    return () if PLAIN.issuperset(map(_type, items)) else items
