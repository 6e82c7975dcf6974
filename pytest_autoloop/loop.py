"""The loop itself: stop? propose, judge, record, again."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Protocol

from .stopping import Stop

if TYPE_CHECKING:
    from .experiment import Experiment
    from .experiment import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What has happened so far: every experiment, in order."""

    experiments: tuple[Experiment, ...] = ()

    @property
    def number(self) -> int:
        """The number of the next experiment."""
        return len(self.experiments) + 1

    @property
    def keeps(self) -> int:
        """How many were kept."""
        return sum(experiment.kept for experiment in self.experiments)

    @property
    def trials(self) -> int:
        """How many reached a duel: these, and only these, spent some of the risk."""
        return sum(experiment.level is not None for experiment in self.experiments)

    @property
    def discoveries(self) -> int:
        """How many were kept by spending some of the risk: these earn some of it back."""
        return sum(experiment.kept and experiment.level is not None for experiment in self.experiments)

    @property
    def since_keep(self) -> int:
        """How many came after the last keep."""
        return next((age for age, experiment in enumerate(reversed(self.experiments)) if experiment.kept), len(self.experiments))

    @property
    def gain(self) -> float:
        """The product of the audited gains, which steers stopping; the headline is measured anew at the end."""
        product = 1.0
        for experiment in self.experiments:
            if experiment.kept and experiment.gain is not None:
                product *= experiment.gain.ratio
        return product

    def after(self, experiment: Experiment) -> State:
        """Return the state one experiment later."""
        return replace(self, experiments=(*self.experiments, experiment))


class Workshop(Protocol):
    """What the loop needs of the world."""

    def stop(self, state: State) -> Stop | None:
        """Say whether to stop before the next experiment, and why."""

    def propose(self, state: State) -> Proposal | None:
        """Get a proposal, or None if nobody has one left."""

    def judge(self, proposal: Proposal, state: State) -> Experiment:
        """Take a proposal through its stages; a kept one becomes the incumbent."""

    def record(self, experiment: Experiment) -> None:
        """Put an experiment on record."""


def run(workshop: Workshop, state: State) -> tuple[State, Stop]:
    """Go on from ``state`` until there is a reason to stop."""
    while (stop := workshop.stop(state)) is None:
        proposal = workshop.propose(state)
        if proposal is None:
            return state, Stop(by="agents", detail="no agent has anything more to propose")
        experiment = workshop.judge(proposal, state)
        workshop.record(experiment)
        state = state.after(experiment)
    return state, stop
