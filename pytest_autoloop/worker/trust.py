"""What makes a line of the channel a record that may be believed: its signature, and fields of the declared kinds."""

from __future__ import annotations

import hashlib
import json
import math
from types import UnionType
from typing import Any
from typing import get_args
from typing import get_origin


class _Encoder(json.JSONEncoder):
    """Encodes by methods that replacing those of the standard library's class does not change."""

    encode = json.JSONEncoder.encode
    iterencode = json.JSONEncoder.iterencode

    def default(self, o: object) -> str:
        """Return a text for what JSON has no form for: other plugins put anything into reports."""
        return repr(o)


encoded = _Encoder(skipkeys=True, separators=(",", ":")).encode
"""Return a value as JSON; what that cannot say goes as text, or not at all."""

# What no clock and no counter tells.
_MOST = 1 << 63
# Canonical forms hold neither larger numbers nor deeper nests; with more of either even to compare or to show them could fail.
_HUGE = 1 << 4096
_DEEPEST = 400
_NESTING = frozenset({list, tuple, dict})


def fits(value: object, hint: Any) -> bool:
    """Return whether a value from JSON is what a record's field is declared to be, and no larger than it can be."""
    parts = get_args(hint)
    if hint is Any:
        return is_manageable(value)
    if get_origin(hint) is UnionType:
        return any(fits(value, part) for part in parts)
    if get_origin(hint) is list:
        return isinstance(value, list) and all(fits(item, parts[0]) for item in value)
    if get_origin(hint) is dict:
        return isinstance(value, dict) and all(fits(item, parts[1]) for item in value.values())
    if hint is float and type(value) is float:
        return math.isfinite(value)
    if type(value) is int and hint in (int, float):
        return -_MOST < value < _MOST
    return type(value) is hint


def is_manageable(value: object) -> bool:
    """Return whether lists, tuples and dicts are nested, and the numbers in them large, no more than can be sent, compared and shown."""
    level = [value]
    for _ in range(_DEEPEST):
        if any(type(one) is int and not -_HUGE <= one <= _HUGE for one in level):
            return False
        level = [part for one in level if type(one) in _NESTING for part in (one.values() if type(one) is dict else one)]  # type: ignore[attr-defined]
        if not level:
            return True
    return False


class Signature:
    """Keyed digests over numbered texts: a record can be neither invented nor repeated nor left out without the key."""

    def __init__(self, key: str) -> None:
        self._key = bytes.fromhex(key)
        self._number = 0

    def next(self, text: str) -> str:
        """Return the digest of the next text."""
        self._number += 1
        return hashlib.blake2b(f"{self._number} {text}".encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).hexdigest()
