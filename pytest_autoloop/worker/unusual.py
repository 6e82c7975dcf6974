"""Values as some users have them and no benchmark: large, more exact, on other days, spelt otherwise, not there."""

from __future__ import annotations

import collections
import datetime as dt
import decimal
import fractions
import re
from contextlib import suppress
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .untidy import Mess

SOME = 0.3
"""The share of values that are changed."""
_ONE = 0.05  # the share of values of which one alone is changed
DAYS = frozenset({dt.date, dt.datetime})
AMOUNTS = frozenset({int, float, decimal.Decimal, fractions.Fraction, dt.timedelta})
"""The types of values that may be nothing, or less."""
VALUES = frozenset({str}) | DAYS | AMOUNTS
"""The types of values that have no parts."""
_SMALL = 16  # a whole number up to this may well be an exponent, or count something
_POWERS = (12, 36)  # what is made of others with squares of these fits into no 64 bits
_ZONES = (330, -660, 840, -210)  # minutes that are ahead of UTC
_OFFSETS = (float(1 << 20), -float(1 << 26))
_YEARS = range(1800, 2200)
_MOST_TEXTS = 200
_MANY = 300  # more than fit into a byte
_FEW = 8
_SHIFTS = (1, -1, 2, 3, -30, 29, 91, 182, 273, 366, -1461)  # days that all move by
_STRIDE = 7  # so that shifts of seeds in a row are not in a row
_LINES = 4
_ENDS = ((1, 1), (1, 31), (2, 28), (2, 29), (3, 31), (12, 31))
_CENTURIES = (1900, 2000, 2100)
_FIELDS = range(2, 16)  # fields of a row, of which one may be missing
_EXACT = 1 << 53  # whole numbers up to this are told apart as floats
_DECIMALS = re.compile(r"-?[0-9]+\.[0-9]+")
_NUMBER = r"(?<![\w.])-?[0-9]+(?:\.[0-9]+)?(?![\w.])"
_TIME = r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]+)?"
_ADDRESS = r"(?<![\w.])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![\w.])"
_SPELT = re.compile(f"{_ADDRESS}|{_TIME}|{_NUMBER}")

# Bound before any project code runs.
_type = type
_zone, _delta = dt.timezone, dt.timedelta
_Decimal = decimal.Decimal


def below_zero(mess: Mess, value: Any) -> Any:
    """Have nothing in the place of some numbers, or less."""
    if _type(value) not in AMOUNTS or not value or (_type(value) is _Decimal and value.is_nan()):
        return value
    # One alone, now and then: with many of them there may be nothing to answer.
    if (mess.parts or mess.rng.random() >= _ONE) if mess.turn % 2 else (mess.parts and mess.rng.random() >= SOME):
        return value
    mess.parts += 1
    return mess.rng.choice((_type(value)(), -value))


def enlarged(mess: Mess, value: Any) -> Any:
    """Make all numbers larger by one power of two: what adds up exactly does so still."""
    kind = _type(value)
    power = _POWERS[mess.turn % len(_POWERS)]
    if (kind is int and abs(value) > _SMALL) or (kind is float and value and abs(value) < _EXACT):
        mess.parts += 1
        return value * (1 << power)
    return value


def far_from_zero(mess: Mess, value: Any) -> Any:
    """Add one large number to all real ones: what is told by differences stays, and is harder to tell."""
    if _type(value) is not float or abs(value) > _EXACT:
        return value
    mess.parts += 1
    return value + _OFFSETS[mess.turn % len(_OFFSETS)]


def between(mess: Mess, value: Any) -> Any:
    """Make some whole numbers ones between two of them, which floats tell apart."""
    if _type(value) is not int or abs(value) > _EXACT or mess.in_array or (mess.parts and mess.rng.random() >= SOME):
        return value
    mess.parts += 1
    return value + 0.5


def finer(mess: Mess, value: Any) -> Any:
    """Give some numbers that are written with decimals one more."""
    if not _has_decimals(value) or (mess.parts and mess.rng.random() >= SOME):
        return value
    mess.parts += 1
    return _type(value)(f"{value}{mess.rng.randint(1, 9)}")


def _has_decimals(value: Any) -> bool:
    kind = _type(value)
    if kind is float:
        # What is a sum of powers of two adds up exactly, and is to do so.
        return abs(value) < _EXACT and value != round(value * 1024) / 1024 and value == round(value, 4) and "e" not in repr(value)
    return (kind is str or (kind is _Decimal and value.is_finite())) and _DECIMALS.fullmatch(str(value)) is not None


def elsewhere(mess: Mess, value: Any) -> Any:
    """Tell some times that have a time zone in another one: they are the same."""
    if _type(value) is not dt.datetime or value.tzinfo is None or (mess.parts and mess.rng.random() >= SOME):
        return value
    mess.parts += 1
    return value.astimezone(_zone(_delta(minutes=mess.rng.choice(_ZONES))))


def on_other_days(mess: Mess, value: Any) -> Any:
    """Move days: all of them alike, or some to where months, years and centuries end, and to the ends of days."""
    kind = _type(value)
    if kind not in DAYS:
        return _in_other_year(mess, value) if kind is int and value in _YEARS and not mess.in_array else value
    if mess.turn % 2:
        return all_moved(mess, value)
    if mess.parts and mess.rng.random() >= SOME:
        return value
    month, day = mess.rng.choice(_ENDS)
    ways: list[dict[str, int]] = [{"month": month, "day": day}, {"year": mess.rng.choice(_CENTURIES)}]
    ways += [{"hour": 0, "minute": 0, "second": 0, "microsecond": 0}, {"microsecond": 1}] if kind is dt.datetime else []
    # Not every year has such a day.
    with suppress(ValueError):
        changed = value.replace(**mess.rng.choice(ways))
        mess.parts += changed != value
        return changed
    return value


def _in_other_year(mess: Mess, value: int) -> int:
    if mess.parts and mess.rng.random() >= SOME:
        return value
    mess.parts += 1
    return mess.rng.choice(_CENTURIES)


def all_moved(mess: Mess, value: Any) -> Any:
    """Move a day by as many days as all others: what is between two stays so."""
    with suppress(OverflowError):
        value += _delta(days=_SHIFTS[mess.seed * _STRIDE % len(_SHIFTS)])
        mess.parts += 1
    return value


def spelt_otherwise(mess: Mess, value: Any) -> Any:
    """Write some of the numbers and times in texts as others do: in one way, since it may be one that is refused."""
    if _type(value) is not str or mess.at_end:
        return value

    def spelt(found: re.Match[str]) -> str:
        if mess.parts and mess.rng.random() >= SOME:
            return found[0]
        mess.parts += 1
        kind = _addresses if found[0].count(".") > 1 and "-" not in found[0] else _times if found[0][4:5] == "-" else _numbers
        ways = kind(found[0])
        return ways[mess.turn % len(ways)]

    return _SPELT.sub(spelt, value)


def _numbers(text: str) -> list[str]:
    sign, digits = ("-", text[1:]) if text.startswith("-") else ("", text)
    longer = f"{text}0" if "." in text else f"{text}.0"
    found = [f"{sign}0{digits}", f"{text}e0", f"{sign}{digits[:1]}_{digits[1:] or '0'}", f" {text} ", longer]
    return [*found, *(() if sign else (f"+{text}", f"-{text}"))]


def _addresses(text: str) -> list[str]:
    return ["::1", f"::ffff:{text}", f"{text}.1", text.rpartition(".")[0], f"{text.rpartition('.')[0]}.4096", f"0{text}", f" {text}"]


def _times(text: str) -> list[str]:
    other = text.replace("T", " ") if "T" in text else text.replace(" ", "T")
    return [text[:10], text.replace("-", ""), f"{text}Z", other if other != text else f"{text}T00", text[:-1], text[:8] + text[9:]]


def running_on(mess: Mess, value: Any) -> Any:
    """Put one part of some lists and texts there very often, in a row."""
    if _type(value) not in (list, str) or len(value) < _FEW or mess.at_end:
        return value
    # Lists of one length have it in the same place, all of them or none.
    rng = mess.of_length(value) if _type(value) is list else mess.rng
    if rng.random() >= SOME and (mess.parts or _type(value) is list):
        return value
    at = rng.randrange(len(value))
    mess.parts += 1
    return value[:at] + value[at : at + 1] * _MANY + value[at:]


def unset(mess: Mess, value: Any) -> Any:
    """Have None in the place of some values of one type: others may be there for sure."""
    kind = _type(value)
    if kind not in VALUES or mess.at_end or mess.in_array or mess.rng.random() >= SOME or mess.kind not in (None, kind):
        return value
    mess.kind = kind
    mess.parts += 1
    return None


def as_truth(mess: Mess, value: Any) -> Any:
    """Have True or False in the place of some whole numbers."""
    if _type(value) is not int or mess.in_array or (mess.parts and mess.rng.random() >= SOME):
        return value
    mess.parts += 1
    return bool(value)


def as_text(mess: Mess, value: Any) -> Any:
    """Have some numbers as texts, as forms and files have them."""
    if _type(value) not in (int, float) or mess.in_array or (mess.parts and mess.rng.random() >= SOME):
        return value
    mess.parts += 1
    return str(value)


class _List(list[Any]):
    """It is a list, and of another type."""


# What is written in C often takes no texts and numbers but those of Python's own types.
_SUBCLASSES: tuple[tuple[type, type], ...] = ((dict, collections.OrderedDict), (list, _List))


def of_subclasses(mess: Mess, value: Any) -> Any:
    """Have some values of one type be of a subclass of it."""
    kind, other = _SUBCLASSES[mess.turn % len(_SUBCLASSES)]
    if _type(value) is not kind or mess.in_array or (mess.parts and mess.rng.random() >= SOME):
        return value
    mess.parts += 1
    return other(value)


def as_others(mess: Mess, value: Any) -> Any:
    """Have some texts be, begin or end as another one of the inputs does."""
    if _type(value) is not str or mess.at_end or not mess.texts or (mess.parts and mess.rng.random() >= SOME):
        return value
    other = mess.rng.choice(mess.texts)
    changed = mess.rng.choice((other, f"{other}{value[-1:]}", f"{other}x", f"x{other}", other[:-1], f"{value}{other[-1:]}", other[1:]))
    mess.parts += changed != value
    return changed


def as_other_numbers(mess: Mess, value: Any) -> Any:
    """Have some numbers be others of the inputs: limits are what is near them."""
    if _type(value) not in (int, float) or mess.in_array or (mess.parts and mess.rng.random() >= SOME):
        return value
    others = [other for other in mess.numbers if _type(other) is _type(value) and other != value]
    if not others:
        return value
    mess.parts += 1
    return mess.rng.choice(others)


def with_other_lines(mess: Mess, value: Any) -> Any:
    """Have one line of a text twice, an empty one, none at its end, or marks at its very ends."""
    if _type(value) is not str or value.count("\n") < _LINES:
        return value
    lines = value.split("\n")
    at = mess.rng.randrange(1, len(lines) - 1)
    mess.parts += 1
    twice, empty = [*lines[:at], lines[at], *lines[at:]], [*lines[:at], "", *lines[at:]]
    ended = value[:-1] if value.endswith("\n") else f"{value}\n"
    ways = ("\n".join(twice), "\n".join(empty), ended, f"\ufeff{value}", f"\n{value} ")
    return ways[mess.turn % len(ways)]


def parts_in(values: Iterable[Any]) -> tuple[list[str], list[float]]:
    """Return texts and numbers that are among values and in collections of them; names of fields as templates have them."""
    texts, numbers, todo = dict[str, None](), dict[float, None](), list(values)[::-1]
    # A list may hold itself.
    for _ in range(_MOST_TEXTS * _MOST_TEXTS):
        if not todo or len(texts) >= _MOST_TEXTS:
            break
        value = todo.pop()
        if _type(value) is str and value:
            texts[value] = None
        elif _type(value) in (int, float) and len(numbers) < _MOST_TEXTS:
            numbers[value] = None
        elif _type(value) is dict:
            texts |= dict.fromkeys(f"{{{key}}}" for key in list(value)[:_FEW] if _type(key) is str)
            todo += list(value.values())[:_MOST_TEXTS]
        elif _type(value) in (list, tuple):
            todo += value[:_MOST_TEXTS]
    return list(texts), list(numbers)


def lacking(mess: Mess, value: Any) -> Any:
    """Leave a field out of some rows that are dictionaries, and a number out of arrays of real ones (NaN is there instead)."""
    if mess.in_array and _type(value) is float:
        # Not the first one for sure: much starts with that.
        left = mess.rng.random() >= SOME
        mess.parts += not left
        return value if left else float("nan")
    if mess.parts and mess.rng.random() >= SOME:
        return value
    if _type(value) is dict and len(value) in _FIELDS and set(map(_type, value)) == {str}:
        mess.parts += 1
        left_out = mess.rng.choice(list(value))
        return {name: part for name, part in value.items() if name != left_out}
    return value
