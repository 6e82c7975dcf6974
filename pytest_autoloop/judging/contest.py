"""What the judge and the loop need of a way to measure an objective. Each kind of metric has one, in a module of its own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any
from typing import Protocol

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Direction
    from ..experiment import Benchmark
    from ..experiment import Gain
    from ..experiment import Hotspot
    from ..worker.messages import Profiled
    from ..workspace.trees import Tree
    from .case import Case
    from .duel import Duel
    from .honesty import Comparable
    from .honesty import Shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """How a trial stands: its duels, its evidence, the level it is held at (None: it spends none of the risk), and why.

    ``model_based`` says that it assumes near-normal noise.
    """

    duels: int = 0
    wealth: float | None = None
    level: float | None = None
    why: str = ""
    model_based: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """What became of a planted candidate: whether it would have been kept, and after how many duels.

    ``failed`` says why it came to no decision: one that failed tells nothing of what is kept.
    """

    kept: bool
    duels: int
    failed: str | None = None


class Match(Protocol):
    """One candidate against the incumbent."""

    @property
    def evidence(self) -> Evidence:
        """How the trial stands."""

    @property
    def ratios(self) -> Mapping[str, float]:
        """The gain ratio of each benchmark in what was measured last."""

    @property
    def values(self) -> Mapping[str, tuple[float, float]]:
        """What each test came to, incumbent and candidate, where the metric is not time."""

    @property
    def peaks(self) -> Sequence[tuple[int, int]]:
        """The peak memory of the processes of each pair so far, incumbent and candidate, in bytes."""

    @property
    def longer(self) -> str | None:
        """How much longer the candidate's processes take, if that is a lot; None too where time is the metric."""

    @property
    def returned(self) -> Sequence[Shown]:
        """What the measured calls of benchmarks came to in each pair so far; nothing where tests record the metric themselves."""

    @property
    def duels(self) -> Sequence[Duel]:
        """The duels fought so far over time; none where the metric is another."""

    def try_out(self, on_level: Callable[[float], None]) -> None:
        """Measure until there is a decision. Raises `Rejected` unless it is to keep.

        ``on_level`` hears of a level that is spent only now, before any of it is: a match may begin without one.
        """

    def audit(self) -> Gain:
        """Measure anew what is to be reported, and look for harm to any one benchmark. Raises `Rejected`."""

    def alone(self, benchmark: Benchmark, count: int) -> Sequence[Duel]:
        """Fight so many duels over one benchmark alone, where its first call is one: none if no time is measured. Raises `DuelFailed`."""

    def won(self) -> None:
        """Learn from a candidate that is kept what its own side tells of the noise to come."""

    def lost(self) -> None:
        """Learn from a candidate that was rejected what its duels tell of the noise."""


class Contest(Protocol):
    """A way to measure the objective.

    ``duel_seconds`` is what a comparison takes, as far as is known; ``benchmarks`` and ``profile`` are what agents are told;
    ``comparable`` says whose results are alike from process to process, ``called_before`` whose processes call what they measure
    before, with the time that their tests' own calls take, in measured calls. ``collected`` are the files with functions that are called
    until the tests are collected.
    """

    duel_seconds: float
    benchmarks: tuple[Benchmark, ...]
    profile: tuple[Hotspot, ...]
    comparable: Comparable
    called_before: Mapping[str, float]
    collected: frozenset[str]

    @property
    def metric(self) -> str:
        """What is compared: cpu, wall, mixed (either, by the benchmark), memory, or a recorded metric's name."""

    @property
    def direction(self) -> Direction:
        """Whether lower or higher is better."""

    @property
    def about(self) -> str:
        """What the objective is, for people."""

    @property
    def sigma(self) -> float:
        """The noise of a duel over the whole objective."""

    @property
    def final_seconds(self) -> float:
        """How long `overall` takes, as far as is known."""

    @property
    def learning_seconds(self) -> float:
        """How long the next trial takes to begin, since the noise of what was kept is learnt then, as far as is known."""

    def sees(self, level: float) -> float:
        """Return the smallest gain that a trial at a level keeps nearly always, as a log ratio."""

    def warm(self, tree: Tree, limit: float) -> None:
        """Start the tests of the objective in a tree once, where its first start would differ from the next. Raises `DuelFailed`."""

    def profiled(self, tree: Tree, nodeid: str) -> Sequence[Profiled]:
        """Return the profile of one benchmark alone in a tree, if it came and calls are what is measured."""

    def prepare(self, incumbent: Tree) -> str | None:
        """Learn from an incumbent how it is to be measured. Returns what a person should know.

        Raises `Refused` where it cannot be measured at all.
        """

    def learn(self, incumbent: Tree, twin: Tree, on_duel: Callable[[Any], None], afford: Callable[[float], None]) -> None:
        """Learn the noise from the incumbent and a twin of it.

        ``on_duel`` sees every duel as it goes on record; ``afford`` is told how many seconds it will take and may refuse. Raises `Refused`.
        """

    def match(self, case: Case, level: float, incumbent: Tree) -> Match:
        """Return the match of a case's candidate at a level of the error budget.

        Where the case has a margin, it is whether the candidate is not worse by that much.
        """

    def rehearse(self, incumbent: Tree, twin: Tree, planted: float, level: float) -> Rehearsal:
        """Try out a twin of the incumbent that pretends to a gain (log ratio)."""

    def overall(self, first: Tree, last: Tree, on_duel: Callable[[Any], None]) -> Gain:
        """Measure the last incumbent against the first. Raises `DuelFailed`."""

    def hopeless(self) -> str | None:
        """Return why the objective cannot be judged on this machine, with the remedy, or None if it can."""

    def advice(self) -> Iterator[str]:
        """Yield what a person can do for better sight."""
