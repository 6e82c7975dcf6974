"""The evidence of one experiment: patch, logs, raw duels, each a file in its folder."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from typing import Any

from .ledger import jsonable

if TYPE_CHECKING:
    from pathlib import Path


class FolderDossier:
    """A dossier in a folder, which is made with its first file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def save(self, name: str, text: str) -> None:
        """Keep a text."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / name).write_bytes(_encoded(text))

    def add(self, name: str, row: Any) -> None:
        """Append a row to a file of JSON lines."""
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / name).open("a", encoding="utf-8") as file:
            file.write(json.dumps(jsonable(row), allow_nan=False, separators=(",", ":")) + "\n")


def _encoded(text: str) -> bytes:
    """Return a text as bytes: those it was made of, or, if it was put together from something else, a readable likeness."""
    try:
        return text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        return text.encode("utf-8", "backslashreplace")
