"""Small edits of a checkout, so that a candidate reads as what it changes."""

from __future__ import annotations

import ast
import textwrap
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    Edit = Callable[[Path], None]

NUMBERS, WORDS, ORDERS, GRAPH, JOURNAL, STOCK = (
    f"src/tally/{name}.py" for name in ("numbers", "words", "orders", "graph", "journal", "stock")
)

SIEVE = """
    def primes(n):
        if n < 0:
            raise ValueError("n must not be negative")
        sieve = bytearray([1]) * n
        sieve[:2] = b"\\0\\0"[:n]
        for number in range(2, math.isqrt(n) + 1):
            if sieve[number]:
                sieve[number * number :: number] = bytes(len(range(number * number, n, number)))
        return [number for number in range(n) if sieve[number]]
    """
"""The victim's primes, in an honest and much faster way."""


def put(path: str, text: str | bytes = "x = 1\n") -> Edit:
    """Write a file."""

    def edit(top: Path) -> None:
        target = top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else textwrap.dedent(text).encode())

    return edit


def sub(path: str, old: str, new: str) -> Edit:
    """Replace a text that occurs once."""

    def edit(top: Path) -> None:
        text = (top / path).read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times in {path}"
        (top / path).write_text(text.replace(old, new), encoding="utf-8")

    return edit


def swap(path: str, code: str) -> Edit:
    """Replace the functions of these names; other statements go before the first of them."""
    code = textwrap.dedent(code).strip() + "\n"

    def edit(top: Path) -> None:
        text = (top / path).read_text(encoding="utf-8")
        lines, new = text.splitlines(keepends=True), code.splitlines(keepends=True)
        old = {node.name: node for node in ast.parse(text).body if isinstance(node, ast.FunctionDef)}
        place, gone = len(lines), set()
        for node in ast.parse(code).body:
            if isinstance(node, ast.FunctionDef) and node.name in old:
                spot = old[node.name]
                place = min(place, spot.lineno - 1)
                gone |= set(range(spot.lineno - 1, spot.end_lineno or spot.lineno))
        kept = [line for number, line in enumerate(lines) if number not in gone]
        (top / path).write_text("".join([*kept[:place], *new, *kept[place:]]), encoding="utf-8")

    return edit


def head(path: str, code: str) -> Edit:
    """Run some code when a module is imported, before anything else in it."""

    def edit(top: Path) -> None:
        text = (top / path).read_text(encoding="utf-8")
        (top / path).write_text(textwrap.dedent(code).lstrip("\n") + text, encoding="utf-8")

    return edit


def foot(path: str, code: str) -> Edit:
    """Run some code when a module is imported, after everything else in it."""

    def edit(top: Path) -> None:
        with (top / path).open("a", encoding="utf-8") as file:
            file.write("\n\n" + textwrap.dedent(code).lstrip("\n"))

    return edit


def both(*edits: Edit) -> Edit:
    """Make several edits, one after the other."""

    def edit(top: Path) -> None:
        for each in edits:
            each(top)

    return edit


def link(path: str, target: str) -> Edit:
    """Put a symbolic link in a file's place."""

    def edit(top: Path) -> None:
        (top / path).unlink(missing_ok=True)
        (top / path).symlink_to(target)

    return edit


def call(do: Callable[[Path], object]) -> Edit:
    """Do anything to a checkout."""

    def edit(top: Path) -> None:
        do(top)

    return edit
