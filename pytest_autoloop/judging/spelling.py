"""How a source is spelt: what its reader sees must be what the compiler sees."""

from __future__ import annotations

import ast
import codecs
import io
import re
import tokenize
import warnings

from ..text import clean
from .syntax import NO_PROGRAM
from .syntax import written

_USUAL = frozenset({"utf-8", "utf-8-sig", "ascii"})
# One byte is one character, and the first half is ASCII: an old source may stay in one of these, and no other is taken for its own.
_HARMLESS = re.compile(r"iso8859-(1|2|3|4|5|7|9|10|13|14|15|16)|cp125[0-8]|koi8-[ru]")
_MARK = "\N{ZERO WIDTH NO-BREAK SPACE}"
# A form feed is layout, and old sources have them. A carriage return by itself starts a new line for Python, not for every reader.
_LAYOUT = dict.fromkeys(map(ord, "\t\f"))


def refuse_spelling(before: bytes | None, after: bytes) -> str | None:
    """Return why the text of a new source that compiles may read otherwise than it runs, or None."""
    encoding = _encoding(after)
    if encoding not in _USUAL and (before is None or encoding != _encoding(before) or not _HARMLESS.fullmatch(encoding)):
        return f"its encoding is {clean(encoding)}, not UTF-8"
    try:
        text = after.decode(encoding).removeprefix(_MARK)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # A text, unlike bytes, is parsed as it stands, whatever it says of its encoding.
            same = written(ast.parse(text)) == written(ast.parse(after))
    except NO_PROGRAM:
        same = False
    if not same:
        return "it compiles to something else than it reads as"
    old = (before or b"").decode(encoding, "replace").removeprefix(_MARK)
    return "it has characters that hide or reorder text" if _odd(text) - _odd(old) else None


def _encoding(text: bytes) -> str:
    """Return the codec's own name of an encoding as Python reads a source; nothing if there is none."""
    lines = io.BytesIO(text.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    try:
        return codecs.lookup(tokenize.detect_encoding(lines.readline)[0]).name
    except (SyntaxError, LookupError):
        return "unknown"


def _odd(text: str) -> set[str]:
    """Return the characters of a text that a reader does not see, or not as Python does."""
    return {character for character in set(text.replace("\r\n", "\n").translate(_LAYOUT)) if not clean(character)}
