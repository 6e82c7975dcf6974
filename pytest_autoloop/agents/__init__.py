"""Who proposes: the embedded rewrites, recorded patches, commands, functions, and several of them in turn."""

from __future__ import annotations

import importlib
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Protocol

from ..experiment import Proposal
from ..experiment import Refused

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence
    from pathlib import Path

    from ..experiment import Task
    from .command import CommandRunner


class Agent(Protocol):
    """Proposes changes. ``free`` says that asking costs nothing: it may be asked before it is known whether anything can be judged."""

    @property
    def free(self) -> bool:
        """Whether asking costs nothing, neither money nor minutes."""

    def propose(self, task: Task) -> Proposal | None:
        """Edit ``task.tree`` or return a patch; None when there is nothing more to propose."""


class Function:
    """An agent that is a Python function of the user's: ``module:function``, taking the task and returning a proposal or None."""

    free = False

    def __init__(self, spec: str) -> None:
        module, _, name = spec.partition(":")
        try:
            self._function = getattr(importlib.import_module(module), name)
        except (ImportError, AttributeError) as error:
            raise Refused(f"the agent {spec!r} cannot be imported: {error}") from None
        self._spec = spec

    def propose(self, task: Task) -> Proposal | None:
        """Call the function."""
        proposal = self._function(task)
        if proposal is not None and not isinstance(proposal, Proposal):
            raise Refused(f"the agent {self._spec!r} returned {type(proposal).__name__}: it must return a Proposal or None")
        return proposal


class Portfolio:
    """Several agents in turn; one that has nothing more to propose drops out."""

    def __init__(self, agents: Sequence[Agent]) -> None:
        self._agents = list(agents)

    @property
    def free(self) -> bool:
        """Whether asking any of them costs nothing."""
        return all(agent.free for agent in self._agents)

    def propose(self, task: Task) -> Proposal | None:
        """Ask the next agent, and the one after it where that has nothing."""
        while self._agents:
            agent = self._agents.pop(0)
            proposal = agent.propose(task)
            if proposal is not None:
                self._agents.append(agent)
                return proposal
        return None


class Given:
    """An agent that holds finished proposals and gives each of them once."""

    free = True

    def __init__(self, proposals: Sequence[Proposal]) -> None:
        self._proposals = list(proposals)

    def propose(self, task: Task) -> Proposal | None:  # noqa: ARG002 - what is given does not depend on the task
        """Give the next one."""
        return self._proposals.pop(0) if self._proposals else None


def resolve(specs: Sequence[str], folder: Path, runner: CommandRunner) -> Agent:
    """Return the agent that settings name; relative paths start at ``folder``. Raises `Refused` for what names none."""
    return Portfolio([_resolve(spec, folder, runner) for spec in specs])


def _resolve(spec: str, folder: Path, runner: CommandRunner) -> Agent:
    if spec == "rewrites":
        from .rewrites import Rewrites

        return Rewrites()
    kind, _, rest = spec.partition(":")
    makers: dict[str, Callable[[], Agent]] = {"replay": lambda: _replay(folder / rest), "cmd": lambda: _command(rest, runner)}
    if rest and kind in makers:
        return makers[kind]()
    if rest and all(part.isidentifier() for part in (*kind.split("."), rest)):
        return Function(spec)
    raise Refused(f"--autoloop-agent: {spec!r} is no agent: choose rewrites, replay:DIR, cmd:COMMAND or module:function")


def _replay(folder: Path) -> Agent:
    from .replay import patch_proposal

    if not folder.is_dir():
        raise Refused(f"--autoloop-agent: {folder} is no folder of patches")
    files = sorted(path for path in folder.iterdir() if path.suffix in (".patch", ".diff"))
    if not files:
        raise Refused(f"--autoloop-agent: {folder} holds no .patch or .diff file")
    return Given([replace(patch_proposal(path), agent="replay") for path in files])


def _command(command: str, runner: CommandRunner) -> Agent:
    from .command import Command

    return Command(command, runner)
