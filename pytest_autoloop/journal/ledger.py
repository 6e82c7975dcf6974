"""The ledger: what happened, appended and synced the moment it happens. Everything else can be rebuilt from it."""

from __future__ import annotations

import json
import math
import os
import time
from typing import IO
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Unreadable(Exception):
    """A ledger cannot be read; the text says where and why."""


def jsonable(value: Any) -> Any:
    """Return a value as JSON can say it: what is not a finite number is null."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: jsonable(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [jsonable(item) for item in value]
    return value


class Ledger:
    """An append-only file of events, one JSON object a line, each with its name and the time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def add(self, event: str, **fields: Any) -> None:
        """Append an event, and return only when it is on the disk."""
        row = jsonable({"event": event, "time": round(time.time(), 3), **fields})
        with self.path.open("ab+") as file:
            _cut_off_rest(file)
            file.write(json.dumps(row, allow_nan=False).encode() + b"\n")
            file.flush()
            os.fsync(file.fileno())

    def events(self) -> Iterator[dict[str, Any]]:
        """Read the events; a last line that was cut off by a crash is left out. Raises `Unreadable` at any other line that is none."""
        *lines, _ = self.path.read_bytes().split(b"\n")
        for number, line in enumerate(lines, 1):
            try:
                row = json.loads(line)
            except (ValueError, RecursionError):
                row = None
            if not (isinstance(row, dict) and isinstance(row.get("event"), str) and isinstance(row.get("time"), (int, float))):
                raise Unreadable(f"line {number} is no event")
            yield row


def _cut_off_rest(file: IO[bytes]) -> None:
    """Remove a last line without an end: it is half an event, which nobody was told of, and would spoil the next one."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    if file.read() in (b"", b"\n"):
        return
    file.seek(0)
    file.truncate(file.read().rfind(b"\n") + 1)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
