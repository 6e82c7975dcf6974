"""Inputs as users have them, rather than as benchmarks do: with markup, other cases and alphabets, twice, out of order, below zero, empty.

Who leaves out what makes a function hold for such inputs is faster for a benchmark that has none of them. What these calls take tells
nothing, only what they answer.
"""

from __future__ import annotations

import copy
import os
import random
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

from .classes import array_with
from .classes import numbers_of
from .messages import BETWEEN
from .messages import MOVED
from .messages import NOTHING
from .messages import SHUFFLED
from .messages import TEXTS
from .messages import TRUTH
from .messages import TURNED
from .rearranged import but_one
from .rearranged import doubled
from .rearranged import evened
from .rearranged import moved
from .rearranged import shuffled
from .rearranged import turned
from .rows import counts_up
from .rows import is_ordered
from .rows import row_of
from .rows import with_fields
from .unusual import DAYS
from .unusual import SOME
from .unusual import VALUES
from .unusual import all_moved
from .unusual import as_other_numbers
from .unusual import as_others
from .unusual import as_text
from .unusual import as_truth
from .unusual import below_zero
from .unusual import between
from .unusual import elsewhere
from .unusual import enlarged
from .unusual import far_from_zero
from .unusual import finer
from .unusual import lacking
from .unusual import of_subclasses
from .unusual import on_other_days
from .unusual import parts_in
from .unusual import running_on
from .unusual import spelt_otherwise
from .unusual import unset
from .unusual import with_other_lines

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

_TEXT = 16  # a text that is an input itself, and shorter, may be the name of something
_SEVERAL = 40
_TABLE = 16  # texts as keys of so many entries are data, and no names of fields
_ALONE = 3
_DEEPEST = 4
_EMPTIED = frozenset({int, float, str, list})
_MOST_PARTS = 100_000
_PARTING = frozenset("/.,;:=\"'<>()[]{}@&?#|-_\t\n")
_LONG = 200
_FILE = re.compile(r"[\w-]+\.[A-Za-z]\w{0,4}")
_WORDS: Mapping[str, tuple[str, ...]] = {
    "markup in its texts": ("<b>", "</b>", "&", "&amp;", '"', "'", "%", "\\", '\\"', "\\\\", '""', "''", "{}", "`", "$", "--", "/*"),
    "marks in its texts": (".", ",", "!", ":", ";", "-", "?", "_", "(", ")", '"', "'", "~", "*", "[a]", "]", "^", "|", "#", "@", "=", "~1"),
    "blanks in its texts": (" ", "  ", "\t"),
    "other alphabets in its texts": ("é", "ß", "İ", "ǆ", "и", "中", "ﬁ", "e\u0301", "\N{NO-BREAK SPACE}", "٣", "😀"),
    "control characters in its texts": ("\n", "\r\n", "\r", "\0", "\x1b[1m", "\x7f", "\u2028", "\ufeff"),
    "quoted and odd parts of addresses in its texts": ("%41", "%20", "+", "//", "/./", "/../", "/../../", "../", "?a=b", "#c", "&amp;"),
}
# Bound before any project code runs.
_deepcopy = copy.deepcopy
_exists = os.path.exists
_Random = random.Random
_type = type


def untidy(values: Mapping[str, Any], seed: int) -> tuple[str, dict[str, Any]] | None:
    """Return other inputs than these, and what was done to them; seeds in a row do one thing after the other. None if none changes them.

    ``values`` are copied and left as they are. So are names of files that are there, names of fields, and objects of most classes.
    """
    first = seed % len(_WAYS)
    for name, change in (*list(_WAYS.items())[first:], *list(_WAYS.items())[:first]):
        mess = Mess(seed, seed // len(_WAYS), _Random(seed), change, *parts_in(values.values()))
        found = _deepcopy(dict(values))
        # Both sides of a duel draw the same, since they are given the same values. Of what is short one change is all.
        for key in sorted(found, key=lambda key: not _is_short(values[key])):
            found[key] = found[key] if key == "its object" else mess.of(found[key])
        if mess.parts:
            return name, found
    return None


@dataclass(slots=True)
class Mess:
    """Does one thing to values, here and there, and counts the ``parts`` that it was done to; at each ``turn`` in another way, if it can.

    Lists of one length belong together, maybe: the same is done to each of them, in the same places. What is in order in a list stays so,
    unless that is what is to change: numbers are changed all alike, if at all, and texts ``at_end`` alone. ``texts`` and ``numbers`` are
    some of all inputs; ``seen`` counts the parts that were looked at, and ``kind`` is the one type that is changed, where it is to be one.
    """

    seed: int
    turn: int
    rng: random.Random
    change: Callable[[Mess, Any], Any]
    texts: Sequence[str]
    numbers: Sequence[float]
    parts: int = 0
    seen: int = 0
    at_end: bool = False
    in_array: bool = False
    kind: type | None = None

    def of(self, value: Any) -> Any:
        """Return an input in which something is changed, as far as there is something to be."""
        kind = _type(value)
        if kind in (int, float):
            # A number that is an input itself is a size, mostly: there may be nothing of it, but not less.
            return self.change(self, value) if self.change is _emptied else value
        if kind in DAYS:
            return all_moved(self, value) if self.change is on_other_days else value
        # A short one may be the name of something, and is changed now and then; what is a character is one.
        left = _is_short(value) and (not self.turn % 2 or (len(value) == 1 and self.change is _emptied))
        return value if left else self.inside(value, 0)

    def inside(self, value: Any, depth: int) -> Any:
        """Return a part in which something is changed."""
        self.seen += 1
        kind = _type(value)
        if depth > _DEEPEST or self.seen > _MOST_PARTS:
            return value
        if kind is dict:
            keys = self.change if is_table(value) and self.change in _ON_TEXTS else lambda _, key: key
            changed = {keys(self, key): self.inside(part, depth + 1) for key, part in value.items()}
            # What is an input itself is no row.
            return self.change(self, changed) if depth or self.change is not lacking else changed
        if kind in (tuple, set, frozenset):
            return kind([self.inside(part, depth + 1) for part in (value if kind is tuple else sorted(value, key=repr))])
        if kind is list:
            return self.change(self, self._rows(value, depth))
        if kind in (bytes, bytearray):
            return kind(self.inside(value.decode("latin-1"), depth).encode("latin-1", "replace")) if self.change is not unset else value
        if kind in VALUES:
            # What is an input itself is there, and is a text if anything.
            left = _names_file(value) or (not depth and self.change in (unset, as_others)) if kind is str else not depth
            return value if left else self.change(self, value)
        if (numbers := numbers_of(value, _MOST_PARTS)) is not None:
            return self._array(value, numbers)
        fields = row_of(value)
        if "" in fields or not depth:
            # An object that is an input itself may be no row, but what does the work.
            return value
        return with_fields(value, {name: self.inside(part, depth + 1) for name, part in fields.items()})

    def _array(self, value: Any, numbers: list[Any]) -> Any:
        """Return an array in which something is changed, and that is as long: what is in order in it stays so."""
        before, moves, ordered = self.parts, self.change in (shuffled, moved), is_ordered(numbers)
        self.in_array = True
        stays = moves or (ordered and self.change not in _ALL_ALIKE)
        changed = numbers if stays else [self.change(self, number) for number in numbers]
        self.in_array = False
        if moves or not ordered:
            changed = self.change(self, changed)
        if self.parts != before and len(changed) == len(numbers):
            # There may be bits for no larger ones.
            with suppress(OverflowError):
                return array_with(value, changed)
        self.parts = before
        return value

    def _rows(self, rows: list[Any], depth: int) -> list[Any]:
        """Return the parts of a list with changes inside, in the order that they are in."""
        fields = [row_of(row) for row in rows]
        kept = {name for name in (fields[0] if fields else ()) if is_ordered([row.get(name) for row in fields])}
        if not kept:
            return [self.inside(row, depth + 1) for row in rows]
        numbers = {name for name in kept if _type(fields[0][name]) is not str}
        ordered = self._in_order([{name: row[name] for name in fields[0] if name in numbers} for row in fields])
        found = []
        for row, parts, still in zip(rows, fields, ordered, strict=True):
            changed = {}
            for name, part in parts.items():
                self.at_end = name in kept
                changed[name] = still[name] if name in still else self.inside(part, depth + (2 if name != "" else 1))
                self.at_end = False
            made = with_fields(row, changed)
            found.append(self.change(self, made) if self.change in (lacking, turned) else made)
        return found

    def _in_order(self, rows: list[dict[Any, Any]]) -> list[dict[Any, Any]]:
        """Return fields of rows that are numbers in order, all of them changed alike. Those that count up are numbers of rows, and stay."""
        columns = {name: [row[name] for row in rows] for name in rows[0]}
        days = {name: column for name, column in columns.items() if _type(column[0]) in DAYS}
        values = {name: column for name, column in columns.items() if _type(column[0]) in (int, float) and not counts_up(column)}
        if self.change in _ALL_ALIKE:
            columns |= {name: [self.change(self, value) for value in column] for name, column in values.items()}
        elif self.change in (on_other_days, elsewhere):
            change = all_moved if self.change is on_other_days else elsewhere
            columns |= {name: [change(self, value) for value in column] for name, column in days.items()}
        elif self.change is below_zero and values:
            # What is between two columns, as from a beginning to an end, stays.
            less = min(column[len(column) // 2] for column in values.values())
            columns |= {name: [value - less for value in column] for name, column in values.items()}
            self.parts += less != 0
        elif self.change is between:
            whole = {name: column for name, column in values.items() if _type(column[0]) is int}
            columns |= {name: [value + 0.5 for value in column] for name, column in whole.items()}
            self.parts += bool(whole)
        return [{name: column[at] for name, column in columns.items()} for at in range(len(rows))]

    def of_length(self, value: list[Any]) -> random.Random:
        """Return what draws for all lists of this length."""
        return _Random(self.seed * _MOST_PARTS + len(value))

    def drawn(self, count: int) -> list[int]:
        """Return some of so many places, at least one if there are any and none was drawn before."""
        found = [at for at in range(count) if self.rng.random() < SOME]
        return found or ([self.rng.randrange(count)] if count and not self.parts else [])


def _is_short(value: Any) -> bool:
    return _type(value) in (str, bytes) and len(value) < _TEXT


def is_table(value: Any) -> bool:
    """Return whether a dictionary's keys are data rather than names of fields."""
    return _type(value) is dict and len(value) >= _TABLE and set(map(_type, value)) == {str}


def _names_file(text: str) -> bool:
    """Return whether a text is the name of a file, or of a folder's: it is better left alone."""
    if "/" not in text or "\n" in text or "\0" in text:
        return _FILE.fullmatch(text) is not None
    # Of an address on the net there is no folder here.
    return _exists(text) or _exists(text.rpartition("/")[0] or "/no file")


def _in_words(mess: Mess, value: Any, change: Callable[[str], str]) -> Any:
    """Change some of the words of a text."""
    if _type(value) is not str or (len(value) < _SEVERAL and _is_left(mess)):
        return value
    words = value.split(" ")
    # What is short has been drawn.
    whole = mess.at_end or (len(words) == 1 and len(value) < _SEVERAL)
    for at in [len(words) - 1] if whole else mess.drawn(len(words)):
        words[at] = change(words[at])
    changed = " ".join(words)
    mess.parts += changed != value
    return changed


def _is_left(mess: Mess) -> bool:
    """Return whether a short text is left as it is: now and then one alone is changed, drawn by chance, since others may be refused."""
    left = mess.rng.random() >= SOME
    changed = mess.parts > 0
    return (changed or left) if mess.turn % _ALONE == 0 else (changed and left)


def _put(mess: Mess, word: str, what: tuple[str, ...]) -> str:
    # At the beginning, the end, in the middle, and beside what parts it.
    inner = [at + side for at, letter in enumerate(word[:_LONG]) if letter in _PARTING for side in (0, 1)]
    at = mess.rng.choice((0, len(word) // 2, len(word), *inner)) if not mess.at_end else len(word)
    return word[:at] + mess.rng.choice(what) + word[at:]


def _in_other_case(mess: Mess, word: str) -> str:
    return word if mess.at_end else mess.rng.choice((word.upper(), word.title()))


def _emptied(mess: Mess, value: Any) -> Any:
    rng = mess.of_length(value) if _type(value) is list else mess.rng
    if not value or mess.at_end or rng.random() >= SOME or _type(value) not in _EMPTIED:
        return value
    mess.parts += 1
    return _type(value)()


def _putting(what: tuple[str, ...]) -> Callable[[Mess, Any], Any]:
    return lambda mess, value: _in_words(mess, value, lambda word: _put(mess, word, what))


_TEXTS: dict[str, Callable[[Mess, Any], Any]] = {
    "other cases in its texts": lambda mess, value: _in_words(mess, value, lambda word: _in_other_case(mess, word)),
    **{name: _putting(what) for name, what in _WORDS.items()},
}
_ON_TEXTS = frozenset(_TEXTS.values())
# What changes all numbers by one rule, so that those in order are so still.
_ALL_ALIKE = (enlarged, far_from_zero)
_WAYS: dict[str, Callable[[Mess, Any], Any]] = {
    SHUFFLED: shuffled,
    "something twice": doubled,
    MOVED: moved,
    TURNED: turned,
    "rows that differ in one field": but_one,
    "equal values": evened,
    "something empty": _emptied,
    "zero and less in its numbers": below_zero,
    "large numbers": enlarged,
    BETWEEN: between,
    "more decimals in its numbers": finer,
    "times of other zones": elsewhere,
    "numbers far from zero": far_from_zero,
    "days of other kinds": on_other_days,
    NOTHING: unset,
    TRUTH: as_truth,
    TEXTS: as_text,
    "texts that begin or end as others": as_others,
    "numbers that are others of its own": as_other_numbers,
    "other lines in its texts": with_other_lines,
    "long runs of one part": running_on,
    "other spellings of numbers and times in its texts": spelt_otherwise,
    "subclasses of its types": of_subclasses,
    "something missing": lacking,
    **_TEXTS,
}
WAYS = len(_WAYS)
"""How many things are done, one after the other; some do another thing at every other turn."""
