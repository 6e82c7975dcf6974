"""Commands of the user's (agents, the set-up of a tree), run under the supervisor with a time limit and a temporary folder of their own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .scratch import clear_away

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from .processes import Processes

_MAX_OUTPUT = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """How a command ended: its exit status (None: it was ended at the time limit) and what it printed."""

    status: int | None
    output: str


class ShellRunner:
    """Runs shell commands, and ends whatever they leave running."""

    def __init__(self, processes: Processes, environ: Mapping[str, str], folder: Path, limit: float) -> None:
        self._processes = processes
        self._environ = environ
        self._folder = folder
        self._limit = limit

    def run(self, command: str, folder: Path, text: str = "", limit: float | None = None) -> Ran:
        """Run a command in a folder with ``text`` on its standard input."""
        scratch = self._folder / secrets.token_hex(6)
        scratch.mkdir(parents=True)
        try:
            (scratch / "input").write_text(text, encoding="utf-8", errors="replace")
            (scratch / "tmp").mkdir()
            env = {**self._environ, "TMPDIR": str(scratch / "tmp"), "PYTHONDONTWRITEBYTECODE": "1"}
            output = scratch / "output"
            child = self._processes.spawn(["/bin/sh", "-c", command], env=env, cwd=folder, output=output, stdin=scratch / "input")
            try:
                ended = child.wait(limit or self._limit)
            finally:
                child.end()
                self._processes.sweep()
            with output.open("rb") as file:
                file.seek(max(0, output.stat().st_size - _MAX_OUTPUT))
                printed = file.read().decode("utf-8", "replace")
            return Ran(status=None if ended is None else ended.status, output=printed)
        finally:
            clear_away(scratch)
