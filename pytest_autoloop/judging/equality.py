"""Whether two results are the same, told in the judge from their canonical forms: types first, then values, to a tolerance if one is set.

The forms are what `worker.canonical` writes down. Nothing in them is believed to be well-formed: what a hostile process sends is compared
like anything else, and differs.
"""

from __future__ import annotations

import fnmatch
import json
import math
from dataclasses import dataclass
from dataclasses import replace
from typing import Any
from typing import Literal

from ..text import one_line
from ..worker.forms import digested
from ..worker.forms import is_private

_SEQUENCES = frozenset({"list", "tuple", "set", "frozenset", "array", "reduced"})
_OBJECT = 4  # parts of an object's form: the word, its class, its content, its attributes
_DIGEST = 5  # of a digest's: the word, the kind, the length, the digest, and one without what objects keep to themselves
_DEEP = 4  # so many steps are told of where something differs
_SHOWN = 60  # characters of a value
_BEFORE = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How two values differ: in type, in value, in the order of their keys only, or in that objects have more attributes than before.

    ``error`` is the worst relative error, None where the values are not numbers of the same types in the same places. With ``inside``
    they differ in nothing but attributes that objects keep to themselves (``_name``), or have or have not such.
    """

    kind: Literal["type", "order", "more", "value"]
    text: str
    error: float | None = None
    inside: bool = False

    @property
    def is_make(self) -> bool:
        """Whether it is only how objects hold what they stand for; of the same type, what they keep to themselves may be a wrong value."""
        return self.kind == "more" or (self.inside and self.kind == "type")


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
    return found.told()


@dataclass(slots=True)
class _Comparison:
    """What was found different so far: the first in each kind, and the worst error of all numbers."""

    types: str | None = None
    value: str | None = None
    more: str | None = None
    order: bool = False
    error: float = 0.0
    numbers_only: bool = True
    inside: Difference | None = None

    def told(self) -> Difference | None:
        """Return the gravest of them."""
        if self.types is not None:
            return Difference(kind="type", text=self.types)
        if self.value is not None:
            return Difference(kind="value", text=self.value, error=self.error if self.numbers_only else None)
        if self.inside is not None:
            return replace(self.inside, inside=True)
        if self.more is not None:
            return Difference(kind="more", text=self.more)
        return Difference(kind="order", text="its keys are in another order") if self.order else None

    def compare(self, ours: Any, theirs: Any, place: str) -> None:
        if self.types is not None:
            return
        if _is_digest(ours) != _is_digest(theirs):
            # Only one of them was too long to be sent.
            ours, theirs = (side if _is_digest(side) else digested(side) for side in (ours, theirs))
        if isinstance(ours, dict) and isinstance(theirs, dict):
            ours, theirs = (["dict", [[key, side[key]] for key in side]] for side in (ours, theirs))
        if (kinds := (kind_of(ours), kind_of(theirs)))[0] != kinds[1]:
            self.types = one_line(f"{place or 'the value'} is {kinds[1]}, and {kinds[0]} in the incumbent", 160)
        elif not isinstance(ours, list) or not isinstance(theirs, list):
            if not _same(ours, theirs):
                self._differs(ours, theirs, place)
        elif (head := _head(ours)) != _head(theirs) or len(ours) != len(theirs):
            self._other(f"{place or 'the value'} is another")
        elif head == "object" and len(ours) == _OBJECT:
            self.compare(ours[2], theirs[2], place)
            self._attributes(*self._in_common(ours[3], theirs[3], place), place)
        elif _is_digest(ours) and ours[4] == theirs[4]:
            if ours[3] != theirs[3]:
                # What differs is in it, and so is its length.
                self._is_inside(Difference(kind="value", text=f"{place or 'the value'} is another inside"))
        elif head == "dict" and (mine := _by_key(ours[-1])) is not None and (other := _by_key(theirs[-1])) is not None:
            self._keys(mine, other, place)
        elif head in _SEQUENCES and ours[:-1] == theirs[:-1] and isinstance(ours[-1], list) and isinstance(theirs[-1], list):
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

    def _attributes(self, ours: Any, theirs: Any, place: str) -> None:
        """Compare attributes, of which those that objects keep to themselves count as such."""
        (ours, private), (theirs, other) = _parted(ours), _parted(theirs)
        self.compare(ours, theirs, place)
        for name in (name for name in private if name in other):
            found = _Comparison()
            found.compare(private[name], other[name], f"{place}[{name!r:.40}]")
            self.order = self.order or found.order
            self.more = self.more or found.more
            if (told := found.told()) is not None and told.kind in ("type", "value"):
                self._is_inside(told)

    def _is_inside(self, found: Difference) -> None:
        # Another value may be a wrong one, another type is only another make.
        if self.inside is None or (self.inside.kind, found.kind) == ("type", "value"):
            self.inside = found

    def _in_common(self, ours: Any, theirs: Any, place: str) -> tuple[Any, Any]:
        """Return the attributes of two objects without those that only the candidate's has, and the incumbent's that these stand for."""
        try:
            known, told = ({name for name, _ in side[1]} for side in (ours, theirs))
            more = [name for name, _ in theirs[1] if name not in known and name != "__dict__"]
            gone = [name for name, _ in ours[1] if name not in told and name != "__dict__" and (more or is_private(name))]
            if not more and not gone:
                return ours, theirs
            has = " and ".join([*more[:1], *(f"no {name}" for name in gone[:1])])
            self.more = self.more or one_line(f"{place or 'the value'} has {has}, and not so in the incumbent", 160)
            mine, other = ([pair for pair in side[1] if pair[0] not in (*more, *gone)] for side in (ours, theirs))
            return [ours[0], mine], [theirs[0], other]
        except (TypeError, ValueError, LookupError):
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


def _is_digest(form: Any) -> bool:
    return isinstance(form, list) and len(form) == _DIGEST and _head(form) == "digest"


def _parted(attributes: Any) -> tuple[Any, dict[str, Any]]:
    """Return the attributes of an object that are for all, and those that it keeps to itself."""
    try:
        private = {name: value for name, value in attributes[1] if is_private(name)}
        return [attributes[0], [pair for pair in attributes[1] if not is_private(pair[0])]], private
    except (TypeError, ValueError, LookupError):
        return attributes, {}


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
    told = form[2] if _is_digest(form) else None
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
