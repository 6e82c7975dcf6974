"""The case of one candidate: what is known of it while it goes through its stages, and how it is thrown out."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any
from typing import NoReturn
from typing import Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..experiment import Gain
    from ..experiment import Stage
    from ..workspace.trees import Tree
    from .contest import Match
    from .screen import Source


class Dossier(Protocol):
    """Where the evidence of one experiment is kept."""

    def save(self, name: str, text: str) -> None:
        """Keep a text."""

    def add(self, name: str, row: Any) -> None:
        """Append a row to a file of JSON lines."""


@dataclass(slots=True)
class Case:
    """What is known of the candidate under judgement.

    ``found`` are its changed files, ``changed`` those that it still has. With a ``margin`` it is simpler code, by ``lines_less``, and
    has not to be better but only not worse by that much.
    """

    number: int
    title: str
    parent: str
    dossier: Dossier
    tree: Tree | None = None
    tree_id: str = ""
    found: tuple[Source, ...] = ()
    changed: tuple[str, ...] = ()
    margin: float = 0.0
    lines_less: int = 0
    match: Match | None = None
    gain: Gain | None = None
    holdout: Gain | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    consistent: list[str] = field(default_factory=list)
    not_checked: list[str] = field(default_factory=list)

    @contextmanager
    def clock(self, stage: str) -> Iterator[None]:
        """Count the time that passes within as a stage's."""
        started = time.monotonic()
        try:
            yield
        finally:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + time.monotonic() - started


class Rejected(Exception):
    """A candidate is out; ``detail`` is the output that shows why."""

    def __init__(self, stage: Stage, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.stage: Stage = stage
        self.detail = detail


def reject(stage: Stage, reason: str, detail: str = "") -> NoReturn:
    """Throw a candidate out."""
    raise Rejected(stage, reason, detail)
