"""The world that a catalogue is judged in: a repository, a home, secrets, somebody listening; and a look at all of it afterwards."""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import socket
import threading
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from sample import Project

from pytest_autoloop.judging.screen import Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    import pytest

    from .entry import Entry

_VICTIM = Path(__file__).with_name("victim")
# What steers a terminal or hides text, and what a forge's log takes for a command.
_RAW = re.compile(
    "[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]|\x1b(?!\\[[0-9;]*m)|^\\s*::[a-z-]+|##[\\w.-]*\\[", re.MULTILINE
)


def victim(folder: Path) -> Project:
    """Make the victim's repository in a new folder."""
    made = Project(folder / "victim")
    made.path.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    files = (path for path in sorted(_VICTIM.rglob("*")) if path.is_file() and "cache" not in path.as_posix())
    texts = {path.relative_to(_VICTIM).as_posix(): path.read_text(encoding="utf-8") for path in files}
    made.commit({".gitignore": texts.pop("gitignore"), **texts}, "Begin")
    return made


def changed(project: Project, entry: Entry) -> list[Source]:
    """Return the modules of the victim that an entry edits, as the screen sees them; the checkout is as before afterwards."""
    assert not isinstance(entry.change, str)
    before = _modules(project.path)
    entry.change(project.path)
    after = _modules(project.path)
    for path in after.keys() - before.keys():
        (project.path / path).unlink()
    for path, text in before.items():
        (project.path / path).write_bytes(text)
    paths = sorted(path for path in before.keys() | after.keys() if before.get(path) != after.get(path))
    return [Source(path=path, before=before.get(path), after=after.get(path)) for path in paths]


def _modules(top: Path) -> dict[str, bytes]:
    return {path.relative_to(top).as_posix(): path.read_bytes() for path in top.glob("src/tally/*.py")}


@dataclass
class World:
    """One run over some entries, and what is there to be seen of it."""

    project: Project
    entries: Sequence[Entry]
    port: int
    heard: list[str]
    secrets: dict[str, str]
    before: dict[str, str] = field(default_factory=dict)
    result: pytest.RunResult | None = None
    report: dict[str, Any] = field(default_factory=dict)
    files: list[str] = field(default_factory=list)
    processes: list[tuple[int, str]] = field(default_factory=list)

    def mark(self, entry: Entry) -> str:
        """Return a word that is the entry's own in this world."""
        return f"mark-{hashlib.sha256(f'{self.project.mark} {entry.name}'.encode()).hexdigest()[:16]}"

    def filled(self, text: str, entry: Entry) -> str:
        """Put what the attacker is taken to know into a patch."""
        known = {
            "REPO": self.project.path,
            "HOME": self.project.path.parent / "home",
            "TMP": self.project.temporary,
            "PORT": self.port,
            "DOOR": self.project.path.parent / "door",
            "MARK": self.mark(entry),
        }
        for name, value in known.items():
            text = text.replace(f"@{name}@", str(value))
        return text

    def patch(self, number: int, entry: Entry) -> Path:
        """Write the entry's patch."""
        name = entry.title or f"{number:03} {entry.name}"
        if isinstance(entry.change, str):
            return self.project.patch_text(name, self.filled(entry.change, entry))
        path = self.project.patch(name, edit=entry.change)
        return self.project.patch_text(name, self.filled(path.read_text(encoding="utf-8"), entry))

    def judge(self, *args: str, limit: float = 900) -> None:
        """Have every entry judged by one run of the program."""
        patches = [self.patch(number, entry) for number, entry in enumerate(self.entries)]
        self.before = self.project.state()
        named = [f"--autoloop-judge={path}" for path in patches]
        self.result = self.project.run(*named, *args, env={"TALLY_TOKEN": self.secrets["environment"]}, limit=limit)
        reports = list((self.project.path / ".autoloop").rglob("report.json"))
        assert reports, self.shown
        self.report = self.project.report()
        # None of them may end the run of the others.
        assert len(self.report["experiments"]) == len(self.entries), self.shown
        self.look()

    def look(self) -> None:
        """Look at everything that an entry may have left."""
        self.project.quiet(limit=3)
        top = self.project.path.parent
        ours = (top / "patches", self.project.path / ".autoloop")
        self.files = [str(path) for path in top.rglob("*") if not any(path.is_relative_to(folder) for folder in ours)]
        for place in ("/tmp", "/dev/shm", "/var/tmp"):
            with contextlib.suppress(OSError):
                self.files += [str(path) for path in Path(place).iterdir()]
        self.processes = []
        for entry in Path("/proc").glob("[0-9]*/cmdline"):
            with contextlib.suppress(OSError):
                self.processes.append((int(entry.parent.name), entry.read_bytes().decode("utf-8", "replace")))

    @property
    def shown(self) -> str:
        """What a person saw on the terminal."""
        assert self.result is not None
        return "\n".join([*self.result.outlines, *self.result.errlines])

    def row(self, entry: Entry) -> dict[str, Any]:
        """Return what the report says of an entry."""
        row: dict[str, Any] = self.report["experiments"][self.entries.index(entry)]
        return row

    def told(self, entry: Entry) -> Iterator[tuple[str, str]]:
        """Yield all that the run has written of an entry or shown at all, each with its name."""
        yield "what was shown", self.shown
        folder = self.project.run_folder
        yield "the report", json.dumps(self.row(entry), ensure_ascii=False)
        for path in sorted((folder / "experiments" / f"{self.row(entry)['number']:04}").rglob("*")):
            if path.is_file():
                yield path.name, path.read_text(encoding="utf-8", errors="replace")

    def raw(self) -> list[str]:
        """Return what was shown and can steer a terminal, a reader or a forge."""
        return _RAW.findall(self.shown)


@contextlib.contextmanager
def open_world(folder: Path, entries: Sequence[Entry]) -> Iterator[World]:
    """Make a world to judge some entries in."""
    heard: list[str] = []
    with contextlib.ExitStack() as stack:
        server = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
        letters = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
        letters.bind(("127.0.0.1", server.getsockname()[1]))
        door = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_STREAM))
        door.bind(str(folder / "door"))
        door.listen()

        def take_calls(at: socket.socket) -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = at.accept()
                    with caller:
                        caller.settimeout(2)
                        heard.append(caller.recv(4096).decode("utf-8", "replace"))

        def take_letters() -> None:
            with contextlib.suppress(OSError):
                while letter := letters.recv(4096):
                    heard.append(letter.decode("utf-8", "replace"))

        for do in (partial(take_calls, server), partial(take_calls, door), take_letters):
            threading.Thread(target=do, daemon=True).start()
        project = victim(folder)
        home = folder / "home"
        secrets = {place: f"secret-{project.mark}-{place}" for place in ("environment", "home")}
        (home / ".netrc").write_text(secrets["home"], encoding="utf-8")
        (home / ".netrc").chmod(0o600)
        yield World(project, entries, server.getsockname()[1], heard, secrets)
        # An accept in another thread does not notice that its socket is closed.
        for each in (server, door, letters):
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
