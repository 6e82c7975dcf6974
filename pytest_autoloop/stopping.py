"""When to stop, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .loop import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Why a run stopped: ``by`` is the condition's name, ``detail`` says it to a person."""

    by: str
    detail: str


# What ends a run before it has come to its own end.
UNFINISHED = ("interrupt", "error", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """When to stop; None means no such limit. ``budget`` in seconds, ``target`` as a ratio."""

    max_experiments: int | None = None
    budget: float | None = None
    patience: int | None = None
    target: float | None = None

    def reached(self, state: State, seconds: float, reserve: float = 0.0, learning: float = 0.0) -> Stop | None:
        """Return the first limit that the run has reached after ``seconds``, or None.

        ``reserve`` is how long the last measurement takes; it is made only if something was kept. ``learning`` is what has to be learnt
        of that before anything is measured against it.
        """
        count = len(state.experiments)
        if self.max_experiments is not None and count >= self.max_experiments:
            return Stop(by="max-experiments", detail=f"{_number(count, 'experiment')} done")
        if self.target is not None and state.gain >= self.target:
            return Stop(by="target", detail=f"{state.gain:.2f}x reached, {self.target:g}x was the target")
        if self.patience is not None and state.since_keep >= self.patience:
            return Stop(by="patience", detail=f"{_number(state.since_keep, 'experiment')} in a row without a keep")
        if self.budget is not None and seconds >= self.budget:
            return Stop(by="budget", detail=f"{self.budget:.0f} s were the budget")
        if self.budget is not None and state.keeps and seconds + reserve + learning >= self.budget:
            detail = f"{self.budget:.0f} s were the budget, of which the last measurement takes about {reserve:.0f} s"
            if learning:
                detail += f", and learning the noise again before the next trial about {learning:.0f} s"
            return Stop(by="budget", detail=detail)
        return None


def _number(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
