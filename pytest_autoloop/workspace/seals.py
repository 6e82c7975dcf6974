"""Seals on what no candidate and no agent has any business with: the user's git control files, and the ledger's past."""

from __future__ import annotations

import contextlib
import hashlib
import os
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from .scratch import below

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .git import Repository


class Seals:
    """Sealed before something hostile may run, and looked at after it.

    ``ours`` is the branch that the run itself moves. References are sealed ``with_references`` only: where candidates cannot write there
    anyway, a user may go on working in the repository while a run goes on.
    """

    def __init__(self, repository: Repository, ledger: Path, ours: str | None, *, with_references: bool) -> None:
        self._repository = repository
        self._ledger = ledger
        self._ours = f"refs/heads/{ours}"
        self._with_references = with_references
        self._places = repository.control_places()
        self._files: dict[str, str] = {}
        self._references: dict[str, str] = {}
        self._length = 0
        self._past = ""

    def put(self) -> None:
        """Seal everything as it is now."""
        self._files = dict(self._look())
        self._references = self._refer()
        self._length = self._ledger.stat().st_size if self._ledger.exists() else 0
        self._past = self._ledger_digest()

    def broken(self) -> str | None:
        """Say in one line what has changed since, or None."""
        now = dict(self._look())
        changed = sorted(path for path in now.keys() | self._files.keys() if now.get(path) != self._files.get(path))
        changed += [] if self._ledger_digest() == self._past else [str(self._ledger)]
        before, after = self._references, self._refer()
        changed += sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
        if not changed:
            return None
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        return f"{changed[0].removeprefix(f'{self._repository.toplevel}/')}{more} changed"

    def _refer(self) -> dict[str, str]:
        if not self._with_references:
            return {}
        return {name: value for name, value in self._repository.references().items() if name != self._ours}

    def _ledger_digest(self) -> str:
        """Return the digest of what was in the ledger when it was sealed: it may grow."""
        try:
            with self._ledger.open("rb") as file:
                return hashlib.sha256(file.read(self._length)).hexdigest()
        except FileNotFoundError:
            return ""

    def _look(self) -> Iterator[tuple[str, str]]:
        for place in self._places:
            for path in (place, *(Path(entry.path) for entry in below(place))):
                # One that goes in between is one that has changed.
                with contextlib.suppress(OSError):
                    yield str(path), _digest(path)


def _digest(path: Path) -> str:
    mode = path.lstat().st_mode
    if stat.S_ISLNK(mode):
        content = os.fsencode(path.readlink())
    else:
        content = path.read_bytes() if stat.S_ISREG(mode) else b""
    return f"{mode:o} {hashlib.sha256(content).hexdigest()}"
