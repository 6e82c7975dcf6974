"""Tables and bar charts made of characters."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

#: What each character that would break a table is shown as.
ESCAPES = {"\n": "\\n", "\r": "\\r", "\t": "\\t", "|": "\\|"}

#: Columns that hold numbers and are set flush right.
NUMERIC_HEADERS = ["requests", "errors", "bytes", "fastest", "median", "p95", "slowest", "count", "share"]


def as_text(value: object) -> str:
    """A cell's text: floats with one decimal, None as nothing."""
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.1f}"
    return str(value)


def escape(text: str) -> str:
    """Write the characters that would break a table as backslash sequences."""
    escaped = ""
    for char in text:
        if char in list(ESCAPES.keys()):
            escaped += ESCAPES[char]
        else:
            escaped += char
    return escaped


def display_width(text: str) -> int:
    """The columns of a terminal that a text takes: Chinese, Japanese and Korean characters take two."""
    width = 0
    for char in text:
        if unicodedata.east_asian_width(char) in ["W", "F"]:
            width += 2
        else:
            width += 1
    return width


def pad(text: str, width: int, right: bool = False) -> str:
    """Fill a text up to a width with spaces, on its left if it is to stand flush right."""
    fill = " " * (width - display_width(text))
    if right:
        return fill + text
    return text + fill


def widest(texts: Iterable[str]) -> int:
    """The width of the widest of some texts."""
    width = 0
    for text in texts:
        if display_width(text) > width:
            width = display_width(text)
    return width


def column_widths(headers: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """The width of the widest cell in each column, its header included."""
    widths = []
    for i in range(len(headers)):
        cells = [headers[i]]
        for row in rows:
            cells.append(row[i])
        widths.append(widest(cells))
    return widths


def render_row(headers: Sequence[str], cells: Sequence[str], widths: Sequence[int]) -> str:
    """One line of a table."""
    line = "| "
    for i in range(len(cells)):
        line += pad(cells[i], widths[i], headers[i] in NUMERIC_HEADERS) + " | "
    return line.rstrip()


def render_rule(widths: Iterable[int]) -> str:
    """The line between the headers and the rows."""
    line = "|"
    for width in widths:
        line += "-" * (width + 2) + "|"
    return line


def render_table(headers: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table with a line for each row; a row that is too short is filled up with empty cells."""
    texts = []
    for row in rows:
        cells = []
        for value in row:
            cells.append(escape(as_text(value)))
        if len(cells) > len(headers):
            raise ValueError(f"{len(cells)} cells in a row, but {len(headers)} columns")
        while len(cells) < len(headers):
            cells.append("")
        texts.append(cells)
    widths = column_widths(headers, texts)
    lines = [render_row(headers, headers, widths), render_rule(widths)]
    for i in range(len(texts)):
        lines = lines + [render_row(headers, texts[i], widths)]
    return "\n".join(lines)


def render_bars(counts: dict[str, int], width: int = 40) -> str:
    """A bar for each count, the longest of them ``width`` characters long."""
    lines = []
    biggest = sorted(counts.values())[-1] if counts else 0
    for name in counts:
        label = pad(name, widest(counts))
        length = round(counts[name] / biggest * width) if biggest else 0
        lines.append(f"{label} {'#' * length} {counts[name]}")
    return "\n".join(lines)
