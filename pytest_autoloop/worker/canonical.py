"""The canonical form of a value: plain JSON that tells types apart and never asks the value itself whether it is equal to anything.

Numbers, texts and None stand for themselves; everything else is a list that begins with its kind and ends with its parts. Only exact
builtin types are written as such: an object of any other class is an ``object`` with the name of its class, whatever it calls itself, its
content as far as it is derived from a builtin type, and its attributes. The judge compares two forms; no code of a candidate's class has a
part in it.
"""

from __future__ import annotations

import hashlib
import itertools
import struct
import types
from typing import TYPE_CHECKING
from typing import Any

from .classes import Attributes
from .classes import array_of
from .classes import buffer_of
from .classes import classes_of
from .classes import from_library
from .classes import full_name_of
from .classes import home_of
from .classes import members_of
from .forms import is_private
from .forms import sent
from .trust import encoded

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Sequence

_DEEPEST = 60
_LARGEST = 200_000  # parts that are looked at; of more only some are, and what comes after counts by its class only
_SHARES = (1, 8, 64)  # one in so many items of long collections, until the parts are few enough
_LONG = 16  # items of a collection; of a shorter one all are looked at
_HUGE = 1 << 4096
PLAIN = frozenset({type(None), bool, int, float, str})
"""The types whose values stand for themselves."""
_NUMBERS = frozenset("bBhHiIlLqQfd?")
_FUNCTIONS = (types.FunctionType, types.BuiltinFunctionType, types.MethodDescriptorType)
# What these hold is where they are in the code, which is another in a better one.
_PLACED = (types.GeneratorType, types.CoroutineType, types.AsyncGeneratorType, types.FrameType, types.TracebackType, types.CodeType)
_POINTER = struct.calcsize("P")
# Attributes by which an object would be asked itself.
_REDUCING = frozenset({"__reduce__", "__reduce_ex__", "__getstate__"})

# Bound before any project code runs.
_hash, _repr = hash, repr
_type = type
_of_type = {name: type.__dict__[f"__{name}__"].__get__ for name in ("basicsize", "itemsize", "dictoffset", "weakrefoffset")}
_raised_with = BaseException.__dict__["args"].__get__


def told(value: object) -> Any:
    """Return what is sent of a value: its form, or of a long one the kind, how long the form is, and digests.

    The second is one without the attributes that objects keep to themselves.
    """
    return telling(value)[0]


def telling(value: object, largest: int = _LARGEST, outside: Callable[[type, object], bool] | None = None) -> tuple[Any, str]:
    """Return what is sent of a value, and a part of it of which nothing is told but its class or name (empty if there is none).

    Of more parts than ``largest`` some are drawn. What is ``outside`` is told by its class alone.
    """
    for share in _SHARES:
        walk = _Walk(largest, share, outside)
        found = walk.of(value, 0)
        if not walk.exhausted:
            break
    return sent(found, private=walk.private), walk.unseen


def form(value: object, largest: int = _LARGEST) -> Any:
    """Return the canonical form of a value, of which so many parts are looked at."""
    return _Walk(largest).of(value, 0)


class _Walk:
    """Writes one value down, counts its parts, and notes in ``unseen`` one that it tells by its class or name alone.

    Of long collections whose items are no plain values, one item in ``share`` is looked at; of short ones, and so of trees, all of them
    until there are too many parts.
    """

    def __init__(self, largest: int, share: int = 1, outside: Callable[[type, object], bool] | None = None) -> None:
        self._parts = 0
        self._largest = largest
        self._share = share
        self._outside = outside
        self._read = Attributes()
        self.exhausted = self.private = False
        # How deep what is being written down stands, by `id`: what a value is in is no part of it once more.
        self._around: dict[int, int] = {}
        self.unseen = "" if share == 1 else f"too many parts: one in {share} is looked at"

    def of(self, value: Any, depth: int) -> Any:
        self._parts += 1
        kind = _type(value)
        if kind in PLAIN:
            return _plain(value)
        if depth > _DEEPEST or self._parts > self._largest:
            self.exhausted = self.exhausted or depth <= _DEEPEST
            self.unseen = "nested too deeply" if depth > _DEEPEST else "too many parts"
            return ["unread", _name(kind)]
        if self._outside is not None and self._outside(kind, value):
            return ["outside", _name(kind)]
        if (around := self._around.get(id(value))) is not None:
            return ["around", depth - around]
        self._around[id(value)] = depth
        try:
            return self._compound(kind, value, depth)
        finally:
            del self._around[id(value)]

    def _compound(self, kind: type, value: Any, depth: int) -> Any:
        if kind is list or kind is tuple:
            return [kind.__name__, self._items(value, depth)]
        if kind is dict:
            return ["dict", self._pairs(value.items(), depth)]
        if kind is set or kind is frozenset:
            return [kind.__name__, self._members(value, depth)]
        if kind is bytes or kind is bytearray:
            return [kind.__name__, value.hex()]
        if kind is complex or kind is range:
            return [kind.__name__, repr(value)]
        if kind in _FUNCTIONS or issubclass(kind, _type):
            return self._function(kind, value, depth)
        if kind is types.MethodType:
            return ["method", self.of(value.__func__, depth + 1), self.of(value.__self__, depth + 1)]
        if kind in _PLACED:
            self.unseen = f"holds a {kind.__name__}"
            return ["object", _name(kind), None, ["dict", []]]
        attributes = self._read.of(kind, value)
        content = self._content(kind, value, attributes, depth)
        if "__dict__" in attributes:
            self.unseen = f"holds a {_name(kind)}"
        told_ = [[name, self.of(attributes[name], depth + 1)] for name in sorted(attributes)]
        self.private = self.private or any(map(is_private, attributes))
        if content is None and _holds_more(kind):
            self.unseen = f"holds a {_name(kind).removeprefix('builtins.')}"
        return ["object", _claim(kind), content, ["dict", told_]]

    def _function(self, kind: type, value: Any, depth: int) -> Any:
        """Return the form of a function or class: its name, and what a method of a builtin type is bound to."""
        if kind is types.FunctionType:
            if value.__closure__:
                self.unseen = "holds a closure"
            elif value.__defaults__ or value.__kwdefaults__ or value.__dict__:
                self.unseen = "holds a function with defaults or attributes"
        elif kind is types.BuiltinFunctionType and _type(value.__self__) not in (types.ModuleType, type(None)):
            return ["method", ["name", _name(value)], self.of(value.__self__, depth + 1)]
        return ["name", _name(value)]

    def _items(self, value: Iterable[Any], depth: int) -> list[Any]:
        items = list(value)
        if PLAIN.issuperset(map(_type, items)):
            # The usual long list: counted as less, since it costs less.
            self._parts += len(items) // 100
            return items if all(_type(item) is not int or -_HUGE < item < _HUGE for item in items) else [_plain(item) for item in items]
        return self._some(items, range(len(items)), lambda item: self.of(item, depth + 1))

    def _members(self, value: Iterable[Any], depth: int) -> list[Any]:
        """Return the forms of a set's members in the order of their spelling; only their number if they are too many."""
        members = list(value)
        forms = self._some(members, members, lambda member: self.of(member, depth + 1))
        # Which of them come first is no property of a set.
        return [["of", len(members)]] if self.exhausted else sorted(forms, key=encoded)

    def _pairs(self, pairs: Iterable[tuple[Any, Any]], depth: int) -> list[Any]:
        pairs = list(pairs)
        return self._some(pairs, [key for key, _ in pairs], lambda pair: [self.of(pair[0], depth + 1), self.of(pair[1], depth + 1)])

    def _some(self, items: list[Any], names: Sequence[Any], of: Callable[[Any], Any]) -> list[Any]:
        """Return the forms of items, or where there are too many of those that are drawn by their names, with the number of all."""
        forms: list[Any] = []
        for item in items if self._share == 1 or len(items) <= _LONG else itertools.compress(items, _drawn(names, self._share)):
            if self.exhausted:
                break
            forms.append(of(item))
        return forms if len(forms) == len(items) else [*forms, ["of", len(items)]]

    def _content(self, kind: type, value: Any, attributes: Collection[str], depth: int) -> Any:
        """Return what a value holds by the builtin type that its class is derived from, read by that type's own methods."""
        bases: tuple[Any, ...] = (list, tuple, dict, set, frozenset, str, int, float)
        base = next((base for base in bases if issubclass(kind, base)), None)
        if issubclass(kind, BaseException):
            return self.of(_raised_with(value), depth + 1)
        if base is None:
            return self._of_others(kind, value, attributes, depth)
        if base is dict:
            return ["dict", self._pairs(dict.items(value), depth)]
        if base in (str, int, float):
            return _plain({str: str.__str__, int: int.__int__, float: float.__float__}[base](value))
        inside = self._items if base in (list, tuple) else self._members
        return [base.__name__, inside(base.__iter__(value), depth)]

    def _of_others(self, kind: type, value: Any, attributes: Collection[str], depth: int) -> Any:
        """Return the content of an array, or of an object of the standard library; None of anything else."""
        if (array := array_of(kind)) is not None and (objects := array.objects(value)) is not None:
            return ["array", f"O{array.shape(value)}", self._items(objects, depth)]
        if (view := buffer_of(kind, value)) is not None:
            with view:
                numbers = view.format in _NUMBERS and view.nbytes <= _LARGEST
                data = view if view.c_contiguous else view.tobytes()
                return ["array", f"{view.format}{list(view.shape or ())}", _flat(view.tolist()) if numbers else [_digest(data)]]
        if from_library(kind) and not _REDUCING.intersection(attributes):
            try:
                _, arguments, *rest = _reduced_by(kind, value)
                state, items, pairs = [*rest, None, None, None][:3]
                made = [self.of(arguments, depth + 1), self.of(state, depth + 1)]
                return ["reduced", [*made, ["list", self._items(items or (), depth)], ["dict", self._pairs(pairs or (), depth)]]]
            except Exception:  # noqa: BLE001 - whatever cannot be taken apart is not
                return None
        return None


def _drawn(names: Sequence[Any], share: int) -> Iterator[bool]:
    """Yield for each name whether it is one in so many that the seed of hashes draws, which both sides share and no patch knows before.

    Names that are no plain values are all drawn: what they are may be another in the other process.
    """
    return (not _is_plain(name) or _hash((share, _repr(name))) % share == 0 for name in names)


def _is_plain(name: Any) -> bool:
    return _type(name) in PLAIN or (_type(name) is tuple and all(map(_is_plain, name)))


def _holds_more(kind: type) -> bool:
    """Return whether objects of a class have room for more than attributes and slots, as what is written in C has: an iterator, a deque."""
    room: int = _of_type["basicsize"](kind) - object.__basicsize__
    room -= _POINTER * ((_of_type["dictoffset"](kind) > 0) + (_of_type["weakrefoffset"](kind) > 0))
    for base in classes_of(kind):
        if "__slots__" in (members := members_of(base)):
            slots = [member for member in members.values() if _type(member) is types.MemberDescriptorType]
            room -= _POINTER * len({id(slot) for slot in slots if slot.__objclass__ is base})
    return room > 0 or _of_type["itemsize"](kind) != 0


def _claim(kind: type) -> str:
    """Return the name of a class, and whether it is another's: at the top of its module there should be no other by that name."""
    name = full_name_of(kind)
    return name if home_of(kind) or "<locals>" in name else f"{name}, not found there"


def _reduced_by(kind: Any, value: object) -> Any:
    """Return what an object is made of, as its class has it: attributes of its own are not asked."""
    return kind.__reduce_ex__(value, 4)


def _plain(value: Any) -> Any:
    """Return a plain value; JSON has no room for very long numbers."""
    return value if _type(value) is not int or -_HUGE < value < _HUGE else ["int", hex(value)]


def _flat(numbers: Any) -> list[Any]:
    if _type(numbers) is not list:
        return [numbers]
    return [number for part in numbers for number in _flat(part)] if any(_type(part) is list for part in numbers) else numbers


def _digest(data: bytes | memoryview) -> str:
    return hashlib.blake2b(data, digest_size=16).hexdigest()


def _name(thing: Any) -> str:
    """Return the full name of a class or function."""
    if issubclass(_type(thing), _type):
        return full_name_of(thing)
    parts = (getattr(thing, "__module__", None), getattr(thing, "__qualname__", None))
    return ".".join(part for part in parts if _type(part) is str)
