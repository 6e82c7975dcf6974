"""Where the old text raises and catches what a patch no longer does."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.protecting import lines_gone

OLD = """\
class Table:
    def get(self, n):
        if n < 0:
            raise KeyError(n)
        if n > 9:
            raise KeyError(n)
        return n

    def same(self, n):
        raise KeyError(n)

def read(text):
    try:
        return int(text)
    except (ValueError, OSError):
        return 0
"""
MERGED = OLD.replace("        if n > 9:\n            raise KeyError(n)\n", "")


@pytest.mark.parametrize(
    ("text", "new", "lines"),
    [
        ("raise KeyError", MERGED, [4, 6]),
        ("raise KeyError", OLD, []),
        ("except ValueError", "def read(text):\n    return int(text)\n", [16]),
        ("isinstance", MERGED, []),
    ],
)
def test_lines_of_what_changed(text: str, new: str, lines: list[int]) -> None:
    """All places in functions that are no longer as they were count; of other things than errors a test that passes says nothing."""
    found = lines_gone({"a.py": ast.parse(OLD)}, {"a.py": ast.parse(new)})

    assert list(found.get(text, ())) == [("a.py", line) for line in lines]
