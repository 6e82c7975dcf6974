"""Any command as an agent: a coding agent's, or a script. The task goes to its standard input, its edits are the proposal."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from typing import Protocol

from ..experiment import Proposal
from ..text import one_line
from ..text import tail
from .prompt import markdown

if TYPE_CHECKING:
    from pathlib import Path

    from ..experiment import Task
    from ..workspace.commands import Ran

_TITLE = re.compile(r"^\W*TITLE:[*_`\s]*(.+?)[*_`\s]*$", re.MULTILINE)


class CommandRunner(Protocol):
    """Runs a command in a folder and ends everything it started."""

    def run(self, command: str, folder: Path, text: str = "") -> Ran:
        """Run a shell command with ``text`` on its standard input."""


class Command:
    """An agent that is a shell command, run in the agent's tree."""

    free = False

    def __init__(self, command: str, runner: CommandRunner) -> None:
        self._command = command
        self._runner = runner

    def propose(self, task: Task) -> Proposal:
        """Run the command. Whatever its status, the difference of the tree is the proposal; an empty one may come with an error."""
        ran = self._runner.run(self._command, task.tree, markdown(task))
        titles = _TITLE.findall(ran.output)
        error = None
        if ran.status != 0:
            last = one_line((ran.output.strip().splitlines() or [""])[-1])
            ended = "was ended at its time limit" if ran.status is None else f"ended with status {ran.status}"
            error = f"the agent's command {ended}: {last}"
        return Proposal(
            title=one_line(titles[-1], 100) if titles else "",
            agent="cmd",
            source=self._command,
            error=error,
            log=tail(ran.output, lines=200, limit=40_000),
        )
