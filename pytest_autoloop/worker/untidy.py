"""Inputs as users have them, rather than as benchmarks do: with markup, other cases and alphabets, twice, out of order, below zero, empty.

Who leaves out what makes a function hold for such inputs is faster for a benchmark that has none of them. What these calls take tells
nothing, only what they answer.
"""

from __future__ import annotations

import copy
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

from .messages import OUT_OF_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping

_TEXT = 16  # a text that is an input itself, and shorter, may be the name of something
_SOME = 0.3  # the share of texts, or of the words in a long one, that are changed
_SEVERAL = 40
_FEW = 8
_TWICE = 3
_DEEPEST = 4
_MOST_PARTS = 100_000
_MARKUP = ("<b>", "</b>", "&", "&amp;", '"', "'", "%", "\\", "{}", "`", "$")
_MARKS = (".", ",", "!", ":", ";", "-", "?", "_", "(", ")", '"', "'", " ", "  ", "\t")
_OTHERS = ("é", "ß", "İ", "ǆ", "и", "中", "ﬁ", "e\u0301", "\N{NO-BREAK SPACE}", "٣", "😀")
# Bound before any project code runs.
_deepcopy = copy.deepcopy
_Random = random.Random
_type = type


def untidy(values: Mapping[str, Any], seed: int) -> tuple[str, dict[str, Any]] | None:
    """Return other inputs than these, and what was done to them; seeds in a row do one thing after the other. None if none changes them.

    ``values`` are copied and left as they are. Names of files, names of fields, and objects that are no plain data stay as they are.
    """
    first = seed % len(_WAYS)
    for name, change in (*list(_WAYS.items())[first:], *list(_WAYS.items())[:first]):
        mess = _Mess(seed, _Random(seed), change)
        # Both sides of a duel draw the same, since they are given the same values.
        found = {key: value if key == "its object" else mess.of(value) for key, value in _deepcopy(dict(values)).items()}
        if mess.parts:
            return name, found
    return None


@dataclass(slots=True)
class _Mess:
    """Does one thing to values, here and there, and counts the ``parts`` that it was done to.

    Lists of one length belong together, maybe: the same is done to each of them, in the same places.
    """

    seed: int
    rng: random.Random
    change: Callable[[_Mess, Any], Any]
    parts: int = 0
    seen: int = 0

    def of(self, value: Any) -> Any:
        """Return an input in which something is changed, as far as there is something to be."""
        kind = _type(value)
        if kind in (list, tuple, dict, set) or (kind in (str, bytes) and len(value) >= _TEXT):
            return self.inside(value, 0)
        # A number that is an input itself is a size, mostly: there may be nothing of it, but not less.
        return self.change(self, value) if kind in (int, float) and self.change is _emptied else value

    def inside(self, value: Any, depth: int) -> Any:
        """Return a part in which something is changed."""
        self.seen += 1
        kind = _type(value)
        if depth > _DEEPEST or self.seen > _MOST_PARTS:
            return value
        if kind is dict:
            # Its keys are rather names of fields.
            return {key: self.inside(part, depth + 1) for key, part in value.items()}
        if kind in (list, tuple, set):
            parts = [self.inside(part, depth + 1) for part in (sorted(value, key=repr) if kind is set else value)]
            return self.change(self, parts) if kind is list else kind(parts)
        if kind is bytes:
            return self.inside(value.decode("latin-1"), depth).encode("latin-1", "replace")
        # What names a file is better left alone.
        return self.change(self, value) if kind in (int, float) or (kind is str and not ("/" in value and "\n" not in value)) else value

    def of_length(self, value: list[Any]) -> random.Random:
        """Return what draws for all lists of this length."""
        return _Random(self.seed * _MOST_PARTS + len(value))

    def drawn(self, count: int) -> list[int]:
        """Return some of so many places, at least one if there are any and none was drawn before."""
        found = [at for at in range(count) if self.rng.random() < _SOME]
        return found or ([self.rng.randrange(count)] if count and not self.parts else [])


def _in_words(mess: _Mess, value: Any, change: Callable[[str], str]) -> Any:
    """Change some of the words of a text."""
    if _type(value) is not str or (len(value) < _SEVERAL and mess.parts and mess.rng.random() >= _SOME):
        return value
    words = value.split(" ")
    for at in mess.drawn(len(words)):
        words[at] = change(words[at])
    changed = " ".join(words)
    mess.parts += changed != value
    return changed


def _put(mess: _Mess, word: str, what: tuple[str, ...]) -> str:
    at = mess.rng.choice((0, len(word) // 2, len(word)))
    return word[:at] + mess.rng.choice(what) + word[at:]


def _shuffled(mess: _Mess, value: Any) -> Any:
    if _type(value) is not list or len(value) < 2:
        return value
    before = list(value)
    mess.of_length(value).shuffle(value)
    mess.parts += any(one is not other for one, other in zip(before, value, strict=True))
    return value


def _doubled(mess: _Mess, value: Any) -> Any:
    # What has a few parts may have that many for a reason.
    if _type(value) is not list or len(value) < _FEW:
        return value
    mess.parts += 1
    twice = set(mess.of_length(value).sample(range(len(value)), _TWICE))
    # Beside itself, so that what is in order stays so.
    return [part for at, part in enumerate(value) for _ in range(2 if at in twice else 1)]


def _below_zero(mess: _Mess, value: Any) -> Any:
    if _type(value) not in (int, float) or not value or (mess.parts and mess.rng.random() >= _SOME):
        return value
    mess.parts += 1
    return mess.rng.choice((_type(value)(), -value))


def _emptied(mess: _Mess, value: Any) -> Any:
    rng = mess.of_length(value) if _type(value) is list else mess.rng
    if not value or rng.random() >= _SOME:
        return value
    mess.parts += 1
    return _type(value)()


_WAYS: dict[str, Callable[[_Mess, Any], Any]] = {
    "markup in its texts": lambda mess, value: _in_words(mess, value, lambda word: _put(mess, word, _MARKUP)),
    OUT_OF_ORDER: _shuffled,
    "other cases in its texts": lambda mess, value: _in_words(mess, value, lambda word: mess.rng.choice((word.upper(), word.title()))),
    "something twice": _doubled,
    "marks and blanks in its texts": lambda mess, value: _in_words(mess, value, lambda word: _put(mess, word, _MARKS)),
    "something empty": _emptied,
    "zero and less in its numbers": _below_zero,
    "other alphabets in its texts": lambda mess, value: _in_words(mess, value, lambda word: _put(mess, word, _OTHERS)),
}
