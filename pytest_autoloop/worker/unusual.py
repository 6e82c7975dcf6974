"""Values as some users have them and no benchmark: very large, with more decimals, from elsewhere, with something missing."""

from __future__ import annotations

import datetime as dt
import decimal
import re
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from .untidy import Mess

SOME = 0.3
"""The share of values that are changed."""
VALUES = frozenset({int, float, str, dt.datetime, decimal.Decimal})
"""The types of values that have no parts."""
_SMALL = 16  # a whole number up to this may well be an exponent, or count something
_POWERS = (12, 36)  # what is made of others with squares of these fits into no 64 bits
_ZONES = (330, -660, 840, -210)  # minutes that are ahead of UTC
_FIELDS = range(2, 16)  # fields of a row, of which one may be missing
_EXACT = 1 << 53  # whole numbers up to this are told apart as floats
_DECIMALS = re.compile(r"-?[0-9]+\.[0-9]+")

# Bound before any project code runs.
_type = type
_zone, _delta = dt.timezone, dt.timedelta
_Decimal = decimal.Decimal


def enlarged(mess: Mess, value: Any) -> Any:
    """Make all numbers larger by one power of two: what adds up exactly does so still."""
    kind = _type(value)
    power = _POWERS[mess.seed // 7 % len(_POWERS)]
    if (kind is int and abs(value) > _SMALL) or (kind is float and value and abs(value) < _EXACT):
        mess.parts += 1
        return value * (1 << power)
    return value


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


def lacking(mess: Mess, value: Any) -> Any:
    """Leave a field out of some rows that are dictionaries, and a number out of arrays of real ones (NaN is there instead)."""
    if mess.parts and mess.rng.random() >= SOME:
        return value
    if mess.in_array and _type(value) is float:
        mess.parts += 1
        return float("nan")
    if _type(value) is dict and len(value) in _FIELDS and set(map(_type, value)) == {str}:
        mess.parts += 1
        left_out = mess.rng.choice(list(value))
        return {name: part for name, part in value.items() if name != left_out}
    return value
