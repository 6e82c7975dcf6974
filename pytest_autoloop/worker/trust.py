"""What makes a line of the channel a record that may be believed: its signature, and fields of the declared kinds."""

from __future__ import annotations

import hashlib
import math
from types import UnionType
from typing import Any
from typing import get_args
from typing import get_origin


def fits(value: object, hint: Any) -> bool:
    """Return whether a value from JSON is what a record's field is declared to be."""
    parts = get_args(hint)
    if hint is Any:
        return True
    if get_origin(hint) is UnionType:
        return any(fits(value, part) for part in parts)
    if get_origin(hint) is list:
        return isinstance(value, list) and all(fits(item, parts[0]) for item in value)
    if get_origin(hint) is dict:
        return isinstance(value, dict) and all(fits(item, parts[1]) for item in value.values())
    if hint is float:
        return type(value) in (int, float) and math.isfinite(value)  # type: ignore[arg-type]
    return type(value) is hint


class Signature:
    """Keyed digests over numbered texts: a record can be neither invented nor repeated nor left out without the key."""

    def __init__(self, key: str) -> None:
        self._key = bytes.fromhex(key)
        self._number = 0

    def next(self, text: str) -> str:
        """Return the digest of the next text."""
        self._number += 1
        return hashlib.blake2b(f"{self._number} {text}".encode("utf-8", "surrogatepass"), key=self._key, digest_size=16).hexdigest()
