"""What counts as simpler code."""

from __future__ import annotations

import pytest

from pytest_autoloop.judging.screen import Source
from pytest_autoloop.judging.simpler import lines_less

LONG = '''\
"""Words."""


def join(words: list[str]) -> str:
    """Return them, a comma behind each."""
    # One after the other.
    out: str = ""
    for word in words:
        out = out + word
        out = out + ","
    return out
'''


def less(before: str | None, after: str | None, path: str = "a.py") -> int:
    return lines_less([source(path, before, after)])


def source(path: str, before: str | None, after: str | None) -> Source:
    return Source(path=path, before=before.encode() if before else None, after=after.encode() if after else None)


def test_shorter() -> None:
    """Fewer statements with less in them are simpler."""
    assert less(LONG, 'def join(words):\n    return "".join(word + "," for word in words)\n') == 4
    assert less(LONG, None) == 6


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"""Words."""\n\n\n', ""),
        ("    # One after the other.\n", ""),
        ('    """Return them, a comma behind each."""\n', ""),
        ('        out = out + word\n        out = out + ","\n', '        out = out + word; out = out + ","\n'),
        ("words: list[str]) -> str", "words)"),
        ("out: str = ", "out = "),
        ("word in words", "w in words"),
        ("\n\n", "\n"),
    ],
)
def test_looks(old: str, new: str) -> None:
    """Comments, docstrings, annotations, blank lines and layout make no difference."""
    assert old in LONG
    assert less(LONG, LONG.replace(old, new)) == 0


def test_assertions() -> None:
    """To leave out an assertion or a bare annotation is no simplification."""
    assert less("def f(x):\n    assert x\n    y: int\n    return x\n", "def f(x):\n    return x\n") == 0


def test_golf() -> None:
    """Fewer statements with more in each are not simpler, and neither is more code in another file."""
    before = "a = 1\nb = 2\n"

    assert less(before, "a, b = (1, 2) if True else (1, 2)\n") == 0
    assert lines_less([source("a.py", before, "a = 1\n"), source("b.py", None, "c = 1\nd = 1\n")]) == 0


def test_no_python() -> None:
    """What is no Python counts as unchanged, and what does not parse spoils it."""
    assert less("a\nb\n", "a\n", path="a.txt") == 0
    assert less("a = 1\nb = 1\n", "a = (\n") == 0
