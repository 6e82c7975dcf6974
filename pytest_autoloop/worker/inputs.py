"""What a benchmark works on: its arguments, or the names its own function reads, to be copied and to be changed a little.

A function of the tests that is benchmarked without arguments (`lambda: total(N)`) has its inputs in its closure and its module.
Both sides of a duel are given the same seed, so the same change is made on both.
"""

from __future__ import annotations

import copy
import functools
import itertools
import random
import types
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING
from typing import Any

from .around import cells_of
from .around import names_read
from .classes import array_with
from .classes import numbers_of
from .untidy import is_table
from .untidy import untidy

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Iterator

    from .testcode import TestCode

Call = tuple["Callable[..., Any]", tuple[Any, ...], dict[str, Any]]

_FLAT = 8  # containers up to this size are looked into for what to change
_HUNDREDTH = 100
_ROW = 6  # in lists of so many what is in order may be meant to be
_TEXT = 16  # shorter texts are rather names than data
_DEEPEST = 4
_MOST_PARTS = 100_000
_SMALL = 16  # a number up to this may well be an exponent
_SMALLER = (0.7, 0.9)  # what is left of a larger one, so that nothing takes longer for it
_WORD = range(4, 32)  # characters of a text that has an ending
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "0123456789"
_GENTLY = {"4": "5", "5": "4", "6": "7", "7": "9", "9": "8", "8": "6"}
_COLLECTIONS = (list, tuple, dict, set, frozenset)
_PLAIN = frozenset({int, float, str, bytes})
_MORE: dict[type, Any] = {int: 1, float: 1.0, str: "z", bytes: b"z"}
_INPUTS = (int, float, str, bytes, list, tuple, dict, set)
# Bound before any project code runs.
_deepcopy = copy.deepcopy
_Random = random.Random
_type = type


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """The inputs of one benchmark, by what a person would call them, and the function that makes a call of them."""

    values: dict[str, Any]
    call: Callable[[dict[str, Any]], Call]

    @classmethod
    def of(cls, function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], code: TestCode) -> Inputs:
        """Return the inputs of a call; ``code`` is that of the tests."""
        if isinstance(function, functools.partial):
            return cls.of(function.func, (*function.args, *args), {**function.keywords, **kwargs}, code)
        values = {f"argument {number}": value for number, value in enumerate(args, 1)} | kwargs
        count = len(args)
        if _type(function) is types.MethodType:
            bound, inner = {"its object": function.__self__}, function.__func__

            def method(found: dict[str, Any]) -> Call:
                return types.MethodType(inner, found["its object"]), *_split(found, count, {"its object"})

            return cls(values=values | bound, call=method)
        if values or _type(function) is not types.FunctionType or not code.owns(function):
            return cls(values=values, call=lambda found: (function, *_split(found, count, set())))
        return cls(values=_read_by(function), call=lambda found: (_reading(function, found), (), {}))

    def fresh(self) -> Call:
        """Return a call with copies of all inputs. Raises what copying raises."""
        return self.call(_deepcopy(self.values))

    def changed(self, seed: int, most: int = 1) -> list[tuple[str, Callable[[], Call]]]:
        """Change one input as the seed has it, up to so many times, each in another way. Seeds in a row take one input after the other.

        Returns what was changed and what makes fresh calls of it; nothing if nothing can be.
        """
        names = [name for name in self.values if name != "its object" and any(_sites(self.values, name, name, 0))]
        if not names:
            return []
        rng, name = _Random(seed), names[seed % len(names)]
        found: dict[str, tuple[str, Callable[[], Call]]] = {}
        for _ in range(most):
            value, what, make = self._changed_once(name, rng)
            found.setdefault(value, (what, make))
        return list(found.values())

    def changed_throughout(self, seed: int, most: int = 1) -> list[tuple[str, Callable[[], Call]]]:
        """Change every part of all inputs, in up to so many ways: what is remembered of parts is of no use then.

        Equal parts stay equal, and what was in order stays in order. Short texts that are inputs themselves may be names of something,
        and keys of tables too: now and then these are changed as well. Returns as `changed` does.
        """
        rng = _Random(seed)
        inputs = [value for name, value in self.values.items() if name != "its object"]
        ways = [""] if any(map(_changeable, inputs)) else []
        ways += ["names"] if any(map(_is_name, self.values.values())) else []
        ways += ["keys"] if any(map(is_table, inputs)) else []
        also = rng.choice(ways) if ways else ""
        found: list[tuple[str, Callable[[], Call]]] = []
        for _ in range(most):
            throughout = _Throughout(rng, self.values.values(), gently=most == 1, also=also)
            values = {name: value if name == "its object" else throughout.of(value) for name, value in self.values.items()}
            if throughout.parts:
                what = f"every part{f', {also} too' if also else ''}: {throughout.parts} parts"
                found.append((what, lambda values=values: self.call(_deepcopy(values))))  # type: ignore[misc]
        return found

    def untidy(self, seed: int) -> list[tuple[str, Callable[[], Call]]]:
        """Change inputs into ones as users have them, in one way. Returns as `changed` does."""
        found = untidy(self.values, seed)
        return [] if found is None else [(found[0], lambda: self.call(_deepcopy(found[1])))]

    def _changed_once(self, name: str, rng: random.Random) -> tuple[str, str, Callable[[], Call]]:
        """Return the new value as a text, what was changed, and what makes fresh calls of it."""
        values = _deepcopy(self.values)
        holder, key, name = rng.choice(list(_sites(values, name, name, 0)))
        before = holder[key]
        after = _changed(before, rng, as_long=_keeps_length(before, values.values()))
        holder[key] = after
        what = f"{name}: {_exchange(before, after) or f'{_short(after)} for {_short(before)}'}"
        return f"{name} {after!r}", what, lambda: self.call(_deepcopy(values))


def _split(found: dict[str, Any], count: int, other: set[str]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    names = [f"argument {number}" for number in range(1, count + 1)]
    return tuple(found[name] for name in names), {name: value for name, value in found.items() if name not in names and name not in other}


def _read_by(function: types.FunctionType) -> dict[str, Any]:
    """Return the data that a function of a test reads from around it."""
    names = [name for name, *_ in names_read(function.__code__) if name in function.__globals__]
    found = {name: function.__globals__[name] for name in names} | dict(cells_of(function))
    return {name: value for name, value in found.items() if _type(value) in _INPUTS}


def _reading(function: types.FunctionType, found: dict[str, Any]) -> types.FunctionType:
    """Return the function with other data around it."""
    cells = tuple(
        types.CellType(found[name]) if name in found else cell
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    )
    around = {**function.__globals__, **found}
    made = types.FunctionType(function.__code__, around, function.__name__, function.__defaults__, cells)
    made.__kwdefaults__ = function.__kwdefaults__
    return made


def _sites(holder: Any, key: Any, name: str, depth: int) -> Iterator[tuple[Any, Any, str]]:
    """Yield where something can be changed: the container, the place in it, what to call it."""
    value = holder[key]
    if _changeable(value):
        yield holder, key, name
    if depth < 2 and _type(value) in (list, dict) and len(value) <= _FLAT:
        # Numbers of a list may well be in order.
        for inner in value if _type(value) is dict else [at for at, part in enumerate(value) if _type(part) in (list, tuple, dict, set)]:
            yield from _sites(value, inner, f"{name}[{inner!r:.20}]", depth + 1)


def _changeable(value: Any) -> bool:
    kind = _type(value)
    if kind is str:
        # What names a file is better left alone.
        return len(value) >= _TEXT and len(set(value)) > 1 and not ("/" in value and "\n" not in value)
    if kind in (int, float):
        return True
    return len(value) > 1 if kind in (list, tuple, dict, set, bytes) else len(numbers_of(value, _MOST_PARTS) or ()) > 1


def _is_name(value: Any) -> bool:
    """Return whether a text is so short that it may be the name of something."""
    return _type(value) is str and 1 < len(value) < _TEXT and "/" not in value


def _keeps_length(value: Any, others: Iterable[Any]) -> bool:
    """Return whether a collection has its length for a reason: that of its rows, or, of plain items, that of another input."""
    if _type(value) not in (list, tuple):
        return False
    if _PLAIN.issuperset(map(_type, value)):
        return sum(_type(other) in _COLLECTIONS and len(other) == len(value) for other in others) > 1
    return all(_type(row) in (list, tuple) and len(row) == len(value) for row in value)


def _changed(value: Any, rng: random.Random, *, as_long: bool = False) -> Any:
    """Return the value changed a little, ``as_long`` as it was if that is asked for. What was in order stays in order.

    Rows may be in an order that only their reader knows, so some are left out and none moved, unless they are a square.
    """
    kind = _type(value)
    if kind is int:
        # What a larger one is for grows with it, mostly; a small one may well be an exponent.
        return value + (1 if -1 <= value <= 1 else rng.choice((-1, 1)) * rng.randint(1, max(1, abs(value) // _HUNDREDTH)))
    if kind is float:
        return value * (1.0 + rng.choice((-1, 1)) * rng.uniform(0.001, 0.01)) if value else rng.uniform(0.001, 0.01)
    if kind is dict:
        left = list(value.items())
        del left[rng.randrange(len(left))]
        return dict(left)
    if kind is set:
        return value - {rng.choice(sorted(value, key=repr))}
    if (numbers := numbers_of(value, _MOST_PARTS)) is not None:
        return array_with(value, _changed(numbers, rng, as_long=True))
    parts = list(value)
    if kind is str:
        return "".join(_reordered(parts, rng))
    if kind is list and set(map(_type, parts)) == {float} and rng.random() < 0.5:
        low, high, ordered = min(parts), max(parts), parts == sorted(parts)
        parts = [rng.uniform(low, high) for _ in parts]
        return sorted(parts) if ordered else parts
    ordered = _in_order(parts) or _in_order(parts[::-1])
    plain = kind is not bytes and _PLAIN.issuperset(map(_type, parts))
    if as_long and plain and ordered:
        last = -1 if _in_order(parts) else 0
        parts[last] += _MORE[_type(parts[last])]
    elif as_long or (plain and not ordered and rng.random() < 0.5):
        rng.shuffle(parts)
    else:
        start = rng.randrange(len(parts))
        del parts[start : start + max(1, len(parts) // 20)]
    return kind(parts)


def _reordered(parts: list[str], rng: random.Random) -> list[str]:
    """Exchange two different characters of a text, in its second half: a key of its length and its beginning stays as it was."""
    places = range(len(parts) // 2, len(parts))
    for _ in range(20):
        one, other = rng.choice(places), rng.randrange(len(parts))
        if parts[one] != parts[other]:
            parts[one], parts[other] = parts[other], parts[one]
            return parts
    return parts[:-1]


class _Throughout:
    """Changes every number and text of values, each alike wherever it is there again, and counts these ``parts``.

    ``gently`` leaves most dates and times such; there are few ways to do that. ``also`` are "names" (short texts) or "keys" of tables, if
    those are changed too. Half of the time words keep their endings, for much depends on those.
    """

    def __init__(self, rng: random.Random, values: Iterable[Any], *, gently: bool, also: str) -> None:
        self.parts = 0
        self._names, self._keys = also == "names", also == "keys"
        self._whole = rng.random() < 0.5
        numbers = [number for value in values if _type(value) in _COLLECTIONS for number in _numbers(value)]
        self._more = rng.randint(1, max(1, max(numbers, default=0) // 10))
        self._factor = 1.0 + rng.uniform(0.001, 0.01)
        self._rng = rng
        self._letters = str.maketrans(
            {
                **(letters := _exchanged(_LETTERS, rng)),
                **{letter.upper(): other.upper() for letter, other in letters.items()},
                **(_GENTLY if gently else _exchanged(_DIGITS, rng)),
            }
        )

        # Where bytes are text they stay so.
        self._bytes = bytes(range(256)).decode("latin-1").translate(self._letters).encode("latin-1")

    def of(self, value: Any) -> Any:
        """Return an input changed throughout."""
        kind = _type(value)
        if kind in _COLLECTIONS:
            return self._inside(value, 0)
        if not (_changeable(value) or (self._names and _is_name(value))):
            return value
        if (numbers := numbers_of(value, _MOST_PARTS)) is not None:
            self.parts += len(numbers)
            if _type(numbers[0]) is float:
                return array_with(value, [number * self._factor for number in numbers])
            # There may be bits for no larger ones.
            return array_with(value, [number + 1 for number in numbers] if _in_order(numbers) else [number ^ 1 for number in numbers])
        self.parts += 1
        if kind is int and abs(value) > _SMALL:
            # What is made for a size may hold for all that are about as large.
            return round(value * self._rng.uniform(*_SMALLER))
        return self._text(value) if kind is str else _changed(value, self._rng)

    def _inside(self, value: Any, depth: int) -> Any:
        kind = _type(value)
        if depth > _DEEPEST or self.parts > _MOST_PARTS:
            return value
        if kind is dict:
            keys = self._keys and is_table(value)
            return {self._inside(key, depth + 1) if keys else key: self._inside(part, depth + 1) for key, part in value.items()}
        if kind in _COLLECTIONS:
            parts = [self._inside(part, depth + 1) for part in value]
            # Few are in order by chance, and what a tuple holds may be fields.
            ordered = kind is list and len(value) >= _ROW and _in_order(value) and _sortable(parts)
            return kind(sorted(parts) if ordered else parts)
        if kind in (bytes, bytearray) and value:
            self.parts += 1
            return kind(value.translate(self._bytes))
        if kind is Decimal or kind is Fraction:
            self.parts += 1
            return value + self._more
        if kind not in (int, float, str):
            return value
        self.parts += 1
        return self._text(value) if kind is str else value + self._more if kind is int else value * self._factor

    def _text(self, text: str) -> str:
        kept = 0 if self._whole or len(text) not in _WORD else len(text) // 2
        return text[: len(text) - kept].translate(self._letters) + text[len(text) - kept :]


def _exchanged(characters: str, rng: random.Random) -> dict[str, str]:
    """Return for each of some characters another one, in a way that is drawn."""
    order = rng.sample(characters, len(characters))
    return dict(zip(order, [*order[1:], order[0]], strict=True))


def _numbers(value: Any, depth: int = 0) -> Iterator[int]:
    """Yield the sizes of the whole numbers in a value."""
    for part in value.values() if _type(value) is dict else value:
        if _type(part) is int:
            yield abs(part)
        elif _type(part) in _COLLECTIONS and depth < _DEEPEST:
            yield from _numbers(part, depth + 1)


def _sortable(parts: list[Any]) -> bool:
    return len({_type(part) for part in parts}) == 1 and _type(parts[0]) in (int, float, str, tuple)


def _in_order(parts: list[Any]) -> bool:
    try:
        return all(one <= other for one, other in itertools.pairwise(parts))
    except TypeError:
        return False


def _exchange(before: Any, after: Any) -> str:
    """Return which characters of a text were exchanged; nothing where that is not the difference."""
    if _type(before) is not str or len(before) != len(after):
        return ""
    one, other = [at for at, (ours, theirs) in enumerate(zip(before, after, strict=True)) if ours != theirs]
    return f"{before[one]!r} at {one} and {before[other]!r} at {other} exchanged"


def _short(value: Any) -> str:
    if _type(value) in (int, float):
        return repr(value)[:30]
    if (numbers := numbers_of(value, _MOST_PARTS)) is not None:
        return f"an array of {len(numbers)} numbers"
    return f"{len(value)} {'characters' if _type(value) is str else 'bytes' if _type(value) is bytes else 'items'}"
