"""The ledger: what happened, appended and synced the moment it happens. Everything else can be rebuilt from it."""

from __future__ import annotations

import json
import os
import time
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


class Ledger:
    """An append-only file of events, one JSON object a line, each with its name and the time."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self.path = path

    def add(self, event: str, **fields: Any) -> None:
        """Append an event, and return only when it is on the disk."""
        line = json.dumps({"event": event, "time": round(time.time(), 3), **fields}, allow_nan=False)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(f"{line}\n")
            file.flush()
            os.fsync(file.fileno())

    def events(self) -> Iterator[dict[str, Any]]:
        """Read the events; a last line that was cut off by a crash is left out."""
        for line in self.path.read_text(encoding="utf-8").splitlines(keepends=True):
            if line.endswith("\n"):
                yield json.loads(line)


def write_whole(path: Path, text: str) -> None:
    """Write a file so that a reader sees the old or the new one, never half of it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.new")
    draft.write_text(text, encoding="utf-8")
    draft.replace(path)
