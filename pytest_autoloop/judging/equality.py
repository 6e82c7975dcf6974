"""Whether two results are the same, told in the judge from their canonical forms: types first, then values, to a tolerance if one is set.

The forms are what `worker.canonical` writes down. Nothing in them is believed to be well-formed: what a hostile process sends is compared
like anything else, and differs.
"""

from __future__ import annotations

import fnmatch
import json
import math
from dataclasses import dataclass
from typing import Any
from typing import Literal

from ..text import one_line

_SEQUENCES = frozenset({"list", "tuple", "set", "frozenset", "array", "reduced"})
_OBJECT = 4  # parts of an object's form: the word, its class, its content, its attributes
_DIGEST = 4  # of a digest's: the word, the kind, the length, the digest itself
_DEEP = 4  # so many steps are told of where something differs
_SHOWN = 60  # characters of a value
_BEFORE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How two values differ: in type, in value, in the order of their keys only, or in that objects have more attributes than before.

    ``error`` is the worst relative error, None where the values are not numbers of the same types in the same places.
    """

    kind: Literal["type", "order", "more", "value"]
    text: str
    error: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Tolerance:
    """The worst relative errors that a project allows, by globs of node ids; the first that fits counts."""

    rules: tuple[tuple[str, float], ...] = ()

    def of(self, nodeid: str) -> float:
        """Return what is allowed for a benchmark: nothing, where no rule is for it."""
        # Brackets in a node id are a parameter's, not a pattern's.
        return next((error for glob, error in self.rules if nodeid == glob or fnmatch.fnmatchcase(nodeid, glob.replace("[", "[[]"))), 0.0)


def difference(ours: Any, theirs: Any) -> Difference | None:
    """Return how the candidate's value differs from the incumbent's, or None if it does not."""
    found = _Comparison()
    found.compare(ours, theirs, "")
    if found.types is not None:
        return Difference(kind="type", text=found.types)
    if found.value is not None:
        return Difference(kind="value", text=found.value, error=found.error if found.numbers_only else None)
    if found.more is not None:
        return Difference(kind="more", text=found.more)
    return Difference(kind="order", text="its keys are in another order") if found.order else None


@dataclass(slots=True)
class _Comparison:
    """What was found different so far: the first in each kind, and the worst error of all numbers."""

    types: str | None = None
    value: str | None = None
    more: str | None = None
    order: bool = False
    error: float = 0.0
    numbers_only: bool = True

    def compare(self, ours: Any, theirs: Any, place: str) -> None:
        if self.types is not None:
            return
        if isinstance(ours, dict) and isinstance(theirs, dict):
            ours, theirs = (["dict", [[key, side[key]] for key in side]] for side in (ours, theirs))
        if (kinds := (kind_of(ours), kind_of(theirs)))[0] != kinds[1]:
            self.types = one_line(f"{place or 'the value'} is {kinds[1]}, and {kinds[0]} in the incumbent", 160)
        elif not isinstance(ours, list):
            if not _same(ours, theirs):
                self._differs(ours, theirs, place)
        elif (head := _head(ours)) == "object" and len(ours) == len(theirs) == _OBJECT:
            self.compare(ours[2], theirs[2], place)
            self.compare(*self._in_common(ours[3], theirs[3], place), place)
        elif head == "dict" and (mine := _by_key(ours[-1])) is not None and (other := _by_key(theirs[-1])) is not None:
            self._keys(mine, other, place)
        elif head in _SEQUENCES and isinstance(ours[-1], list) and isinstance(theirs[-1], list):
            self._items(ours[-1], theirs[-1], place)
        elif ours != theirs:
            self._other(f"{place or 'the value'} is another")

    def _keys(self, ours: dict[str, Any], theirs: dict[str, Any], place: str) -> None:
        if ours.keys() != theirs.keys():
            odd = next(key for key in (*ours, *theirs) if (key in ours) != (key in theirs))
            has = "has no" if odd in ours else "has, and not so in the incumbent,"
            self._other(one_line(f"{place or 'the value'} {has} {odd[:40]}", 160))
            return
        self.order = self.order or list(ours) != list(theirs)
        for key, value in ours.items():
            self.compare(value, theirs[key], f"{place}[{key[:40]}]" if place.count("[") < _DEEP else place)

    def _in_common(self, ours: Any, theirs: Any, place: str) -> tuple[Any, Any]:
        """Return the attributes of two objects without those that only the candidate's has, and the incumbent's that these stand for."""
        try:
            known, told = ({name for name, _ in side[1]} for side in (ours, theirs))
            more = [name for name, _ in theirs[1] if name not in known and name != "__dict__"]
            if not more:
                return ours, theirs
            gone = [name for name, _ in ours[1] if name not in told and name != "__dict__"]
            no = f" and no {gone[0]}" if gone else ""
            self.more = self.more or one_line(f"{place or 'the value'} has {more[0]}{no}, and not so in the incumbent", 160)
            mine, other = ([pair for pair in side[1] if pair[0] not in (*more, *gone)] for side in (ours, theirs))
            return [ours[0], mine], [theirs[0], other]
        except (TypeError, ValueError, IndexError):
            return ours, theirs

    def _items(self, ours: list[Any], theirs: list[Any], place: str) -> None:
        if len(ours) != len(theirs):
            self._other(f"{place or 'the value'} has {len(theirs)} parts, and {len(ours)} in the incumbent")
            return
        for number, (one, another) in enumerate(zip(ours, theirs, strict=True)):
            self.compare(one, another, f"{place}[{number}]" if place.count("[") < _DEEP else place)

    def _differs(self, ours: Any, theirs: Any, place: str) -> None:
        where, start = place or "the value", _first_difference(ours, theirs)
        if start:
            where, ours, theirs = f"{where} from character {start} on", ours[start:], theirs[start:]
        self.value = self.value or one_line(f"{where} is {_short(theirs)}, and {_short(ours)} in the incumbent", 160)
        if not (type(ours) is type(theirs) is float and math.isfinite(ours) and math.isfinite(theirs)):
            self.numbers_only = False
            return
        scale = max(abs(ours), abs(theirs))
        self.error = max(self.error, abs(ours - theirs) / scale if scale else 0.0)

    def _other(self, text: str) -> None:
        self.value = self.value or text
        self.numbers_only = False


def kind_of(form: Any) -> str:
    """Return the type that a form is of, by the name it has in it."""
    if not isinstance(form, list):
        return type(form).__name__
    head = _head(form)
    if head in ("object", "digest", "array", "unread") and len(form) > 1:
        name = str(form[1])
        return f"a class that calls itself {name}" if head == "object" and name.startswith("builtins.") else name
    return head or "nothing known"


def _head(form: list[Any]) -> str:
    return form[0] if form and isinstance(form[0], str) else ""


def _by_key(pairs: Any) -> dict[str, Any] | None:
    try:
        return {repr(key): value for key, value in pairs}
    except (TypeError, ValueError):
        return None


def _same(ours: Any, theirs: Any) -> bool:
    # By their spelling: NaN equals itself, and -0.0 is not 0.0.
    return bool(ours == theirs) if not isinstance(ours, float) else repr(ours) == repr(theirs)


def _first_difference(ours: Any, theirs: Any) -> int:
    """Return where two long texts, of which only the beginnings are shown, begin to differ; 0 for anything else."""
    if type(ours) is not str or type(theirs) is not str:
        return 0
    start = next((at for at, (one, other) in enumerate(zip(ours, theirs, strict=False)) if one != other), min(len(ours), len(theirs)))
    # With a little before it, to be found.
    return max(0, start - _BEFORE) if start >= _SHOWN // 2 else 0


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"


def length(form: Any) -> int:
    """Return how long a form is, in characters of its text."""
    told = form[2] if isinstance(form, list) and _head(form) == "digest" and len(form) == _DIGEST else None
    return told if isinstance(told, int) else len(json.dumps(form))


def scalars(form: Any, most: int = 200) -> list[object]:
    """Return numbers, texts and lengths that a form holds: what a prepared answer would be looked up by. Looks at the first ones only."""
    found: list[object] = []
    todo = [form]
    while todo and len(found) < most:
        part = todo.pop(0)
        if not isinstance(part, list):
            found.append(part)
        elif _head(part) == "object" and len(part) == _OBJECT:
            todo += part[2:]
        elif _head(part) in (*_SEQUENCES, "dict") and isinstance(part[-1], list):
            found.append(len(part[-1]))
            pairs = part[-1][:most] if part[0] != "dict" else [side for pair in part[-1][:most] if isinstance(pair, list) for side in pair]
            todo += pairs
    return [value for value in found if isinstance(value, int | float | str) and not isinstance(value, bool)]
