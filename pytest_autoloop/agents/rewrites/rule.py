"""What every rewriting rule has in common."""

from __future__ import annotations

from abc import ABC
from abc import abstractmethod
from typing import TYPE_CHECKING
from typing import ClassVar
from typing import Literal

from .edit import Edit

if TYPE_CHECKING:
    import libcst as cst

    from .edit import Change
    from .function import Function


class Rule(ABC):
    """One way to make a function faster without changing what it does.

    A rule is stateless. It either sees its pattern somewhere in a function and rewrites every place, or leaves the function alone.
    """

    name: ClassVar[str]
    """A short name, unique among the rules."""
    summary: ClassVar[str]
    """The start of a proposal's title, as an imperative: ``"Join pieces instead of adding strings"``."""
    priority: ClassVar[int]
    """Where several rules fit an equally hot function, the one with the higher priority is proposed first."""
    saves: ClassVar[Literal["own", "calls"]] = "own"
    """What becomes less: the function's own work, or its calls of others as well."""
    needs: ClassVar[tuple[type[cst.CSTNode], ...]] = ()
    """Nodes of which at least one must be there for the rule to fit at all."""

    def title(self, function: str) -> str:
        """Return a proposal's title."""
        return f"{self.summary} in {function}"

    def rewrite(self, function: Function) -> Change | None:
        """Return the function rewritten, or None where the rule doesn't fit."""
        if self.needs and not function.has(*self.needs):
            return None
        edit = Edit(function)
        self.apply(function, edit)
        return edit.finish()

    @abstractmethod
    def apply(self, function: Function, edit: Edit) -> None:
        """Enter every change that the rule makes."""
