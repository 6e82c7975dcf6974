"""What a run is about: the user's project, and the ways back to the user."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

from .experiment import Refused
from .workspace.environment import rebased_arguments

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

    from .experiment import Candidate
    from .experiment import Experiment
    from .experiment import Proposal
    from .experiment import Task
    from .judging.baseline import Expected
    from .loop import State
    from .settings import Settings
    from .workspace.commands import ShellRunner
    from .workspace.environment import Invocation
    from .workspace.git import Repository

_SETUP_LIMIT = 1800.0
_DIRECTIONS = ("autoloop.md", "program.md")


class Display(Protocol):
    """Shows a person what is going on."""

    def about(self, subject: str) -> None:
        """Say what the following is about, from now on."""

    def doing(self, what: str) -> None:
        """Say what is being done now."""

    def note(self, text: str) -> None:
        """Say something that stays on the screen."""

    def table(self, lines: Sequence[str]) -> None:
        """Say something in several lines that stay, as they are laid out."""

    def experiment(self, experiment: Experiment) -> None:
        """Show a judged experiment."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """What a run is about: the user's repository and settings, their pytest as it was started, and the ways back to it.

    ``given`` are the proposals to judge, when nothing is to be kept. ``flags`` neutralise plugins in every child.
    The rest are the hooks, whether there is one that proposes (``hooked``), and ``relay``, which gets the baseline's reports.
    """

    settings: Settings
    repository: Repository
    author: tuple[str, str]
    invocation: Invocation
    expected: Expected
    testpaths: tuple[str, ...]
    flags: tuple[str, ...]
    given: tuple[Proposal, ...]
    display: Display
    propose: Callable[[Task], Proposal | None]
    hooked: bool
    check: Callable[[Candidate], str | None]
    should_stop: Callable[[State], str | None]
    finished: Callable[[Experiment], None]
    run_finished: Callable[[dict[str, Any]], None]
    relay: Callable[[dict[str, Any]], None]

    def selection(self) -> dict[str, Any]:
        """Return what the run is about, so that it can be known again: the tests as a digest, and how they were selected."""
        top = self.repository.toplevel
        return {
            "tests": hashlib.sha256("\n".join(sorted(self.expected.ids)).encode("utf-8", "surrogatepass")).hexdigest(),
            "folder": self.invocation.folder.relative_to(top).as_posix(),
            "args": rebased_arguments(self.invocation, top),
        }

    @property
    def holdout(self) -> Path | None:
        """The folder of the sealed holdout, if there is one."""
        given = self.settings.holdout
        return None if given is None else self.invocation.folder.joinpath(Path(given).expanduser()).resolve()

    def directions(self) -> str:
        """Read the person's directions, as they are now."""
        asked = self.settings.program
        names = [self.invocation.folder / asked] if asked else [self.repository.toplevel / name for name in _DIRECTIONS]
        found = next((path for path in names if path.is_file()), None)
        if found is None and asked:
            raise Refused(f"--autoloop-program: there is no file {asked}")
        return found.read_text(encoding="utf-8", errors="replace") if found else ""

    def prepare(self, top: Path, shell: ShellRunner) -> str | None:
        """Make a fresh tree runnable: copy what git ignores, run the set-up command. Returns what went wrong, or None."""
        source = self.repository.toplevel
        for pattern in self.settings.copy:
            for path in source.glob(pattern):
                if path.relative_to(source).parts[:1] in ((".git",), (".autoloop",)):
                    continue
                target = top / path.relative_to(source)
                target.parent.mkdir(parents=True, exist_ok=True)
                if path.is_dir():
                    shutil.copytree(path, target, symlinks=True, dirs_exist_ok=True)
                else:
                    shutil.copy2(path, target, follow_symlinks=False)
        if self.settings.setup is None:
            return None
        ran = shell.run(self.settings.setup, top, limit=_SETUP_LIMIT)
        return None if ran.status == 0 else f"the set-up command ended with status {ran.status}:\n{ran.output}"
