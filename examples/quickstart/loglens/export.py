"""Writing records for other programs: CSV and JSON lines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from loglens.records import Record

COLUMNS = ["time", "host", "level", "method", "path", "status", "size", "duration", "message"]


def quote(text: str) -> str:
    """A CSV cell, in quotation marks if it needs them."""
    special = False
    for char in [",", '"', "\n", "\r"]:
        if char in text:
            special = True
    if special:
        return '"' + text.replace('"', '""') + '"'
    return text


def to_csv(records: Iterable[Record], columns: Sequence[str] = COLUMNS) -> str:
    """The records as CSV, with a line of headers; every line ends with a line break."""
    text = ",".join(columns) + "\n"
    for record in records:
        cells = []
        for name in columns:
            cells.append(quote(str(getattr(record, name))))
        text += ",".join(cells) + "\n"
    return text


def to_json_lines(records: Iterable[Record]) -> str:
    """The records as one JSON object a line, without what is empty."""
    text = ""
    for record in records:
        values = {}
        for name in vars(record).keys():
            value = getattr(record, name)
            if value not in ["", 0, None, {}]:
                values[name] = value
        text += json.dumps(values, ensure_ascii=False) + "\n"
    return text
