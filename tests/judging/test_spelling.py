"""What the reader of a source sees is what the compiler sees."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.spelling import refuse_spelling

PLAIN = b"def f(n):\n    return sorted(n)\n"
LATIN = "# coding: latin-1\nname = '\u00e9'\n".encode("latin-1")


@pytest.mark.parametrize("start", [b"", b"# coding: utf-8\n", b"# -*- coding: UTF8 -*-\n", b"# coding: ascii\n", b"\xef\xbb\xbf"])
def test_utf_8(start: bytes) -> None:
    """UTF-8 may be said or not, and marked at the beginning; ASCII is a part of it."""
    assert refuse_spelling(PLAIN, start + PLAIN) is None
    assert refuse_spelling(None, start + PLAIN) is None


@pytest.mark.parametrize(
    ("hidden", "encoding"),
    [
        (b"# coding: raw_unicode_escape\n# fast \\u000aif 1: x = 2\n", "raw-unicode-escape"),
        (b"#!/usr/bin/python\n# coding: unicode_escape\n# fast \\x0aif 1: x = 2\n", "unicode-escape"),
        (b"# coding: utf-7\n# fast +AAo-if 1: x = 2\n", "utf-7"),
        (b"\r# coding: utf-7\r# fast +AAo-if 1: x = 2\n", "utf-7"),
        (b"# coding: hz\nx = 2\n", "hz"),
        (b"# coding: iso2022_jp\nx = 2\n", "iso2022_jp"),
        (b"# coding: shift_jis\nx = 2\n", "shift_jis"),
        (b"# coding: cp037\nx = 2\n", "cp037"),
    ],
)
def test_code_that_looks_like_a_comment(hidden: bytes, encoding: str) -> None:
    """Encodings in which characters are escaped, or that have states, are refused in new text, whatever the old text was in."""
    if encoding in ("utf-7", "raw-unicode-escape", "unicode-escape"):
        assert any(isinstance(node, ast.If) for node in ast.walk(ast.parse(hidden))), "Python sees code there"

    for before in (PLAIN, hidden, None):
        assert refuse_spelling(before, hidden) == f"its encoding is {encoding}, not UTF-8"


def test_an_old_encoding_stays() -> None:
    """A source that was in an encoding of one byte for each character may stay in it; none may come to it, or go from one to another."""
    assert refuse_spelling(LATIN, LATIN.replace(b"name", b"other")) is None
    assert refuse_spelling(PLAIN, LATIN) == "its encoding is iso8859-1, not UTF-8"
    assert refuse_spelling(None, LATIN) == "its encoding is iso8859-1, not UTF-8"
    assert refuse_spelling(LATIN, LATIN.replace(b"latin-1", b"cp1252")) == "its encoding is cp1252, not UTF-8"
    assert refuse_spelling(LATIN, "# coding: utf-8\nname = '\u00e9'\n".encode()) is None


@pytest.mark.parametrize(
    "odd",
    [
        "x = '\ufeff'\n",
        "\ufeffx = '\ufeff'\n",
        "x = '\u202e'\n",
        "x = 1  # fast\rif x: x = 2\n",
    ],
)
def test_what_hides(odd: str) -> None:
    """Marks inside a text, and a carriage return by itself, show a reader something else than there is; what was there before may stay."""
    assert refuse_spelling(PLAIN, odd.encode()) == "it has characters that hide or reorder text"
    assert refuse_spelling(odd.encode(), odd.replace("x", "y").encode()) is None


def test_layout() -> None:
    """Line ends of any system, tabulators and form feeds are layout."""
    assert refuse_spelling(PLAIN, PLAIN.replace(b"\n", b"\r\n") + b"\x0c\r\nif 1:\r\n\tx = 1\r\n") is None
