"""Unified diffs as git writes them."""

from __future__ import annotations

import difflib

_NO_NEWLINE = "\\ No newline at end of file\n"


def git_diff(path: str, before: str, after: str) -> str:
    """Return the difference between two texts as a patch that ``git apply`` takes.

    Lines end at line feeds only, so that carriage returns, form feeds and their like stay within their lines.
    """
    # Git marks the end of a name with a space in it by a tab.
    tab = "\t" if " " in path else ""
    body = difflib.unified_diff(_lines(before), _lines(after), f"a/{path}", f"b/{path}", lineterm="\n")
    next(body), next(body)
    text = "".join(line if line.endswith("\n") else f"{line}\n{_NO_NEWLINE}" for line in body)
    return f"diff --git a/{path} b/{path}\n--- a/{path}{tab}\n+++ b/{path}{tab}\n{text}"


def _lines(text: str) -> list[str]:
    *lines, last = text.split("\n")
    return [f"{line}\n" for line in lines] + ([last] if last else [])
