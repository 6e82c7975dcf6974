"""The values that travel between the rooms: frozen, typed, and without behaviour of their own."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Literal

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

VerdictKind = Literal["kept", "rejected", "flagged"]
Stage = Literal["propose", "screen", "gate", "measure", "guard", "audit"]
Clock = Literal["cpu", "wall"]


# The metric that is the peak memory of a benchmark's call: all others but the clocks are recorded by tests.
MEMORY = "memory"
# The reason on record for a trial that its run did not live to see the end of.
INTERRUPTED = "interrupted: the run ended while it was measured"


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """An improvement as a ratio, with the interval around it.

    ``ratio`` is incumbent/candidate where lower is better (1.31 = 1.31 times faster), candidate/incumbent where higher is better. For a
    metric that may be 0 or below it is exp(difference / usual size): above 1 is better there too.
    """

    ratio: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What became of an experiment, at which stage, and why."""

    kind: VerdictKind
    stage: Stage
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hotspot:
    """One function of the project in the profile of the objective.

    ``path`` is relative to the top of the repository, ``line`` the first line of the ``def`` (of its first decorator, where it has any),
    ``name`` the function's own name, ``calls`` how often it was called in one pass over the objective, ``own`` and ``total`` the share
    of the benchmarks' time (0 to 1, each benchmark counting alike) spent in the function itself, and in it with everything it calls.
    """

    path: str
    line: int
    name: str
    calls: int
    own: float
    total: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Benchmark:
    """One test of the objective, as the incumbent runs it now.

    ``seconds`` is the time of one call, ``clock`` the clock it is decided on, ``iterations`` the calls in a round, ``rounds`` the pairs
    of rounds in a duel, ``warmups`` the rounds thrown away before them. ``fixed`` says that the author has set the iterations.
    Where the metric is not time, ``metric`` is its name and ``value`` the incumbent's (bytes for ``memory``); ``seconds`` is then what a
    run of the whole objective takes.
    """

    nodeid: str
    seconds: float
    clock: Clock
    iterations: int
    rounds: int
    warmups: int
    fixed: bool = False
    value: float | None = None
    metric: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What was checked of a candidate: proved, merely consistent with the claim, or not checked at all."""

    proved: tuple[str, ...] = ()
    consistent: tuple[str, ...] = ()
    not_checked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Experiment:
    """One proposal, judged.

    ``parent`` is the incumbent's commit, ``commit`` the new one if it was kept. ``benchmarks`` maps node ids to gain ratios,
    ``holdout`` is the gain in the sealed holdout's benchmarks, ``duels``
    counts the duels of the trial (not of the audit), ``evidence`` is the e-process' wealth, ``level`` the α it had to reach 1/α for
    (None where no risk was spent), ``values`` the metric of each test before and after where it is not time, ``memory`` the peak of the
    candidate's processes in bytes, ``seconds`` the time per stage, ``cost_usd`` None where it is unknown.
    """

    number: int
    parent: str
    title: str
    agent: str
    verdict: Verdict
    commit: str | None = None
    source: str | None = None
    gain: Gain | None = None
    holdout: Gain | None = None
    benchmarks: Mapping[str, float] = field(default_factory=dict)
    duels: int = 0
    evidence: float | None = None
    level: float | None = None
    flags: tuple[str, ...] = ()
    checks: Checks = field(default_factory=Checks)
    values: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    memory: int | None = None
    seconds: Mapping[str, float] = field(default_factory=dict)
    cost_usd: float | None = None

    @property
    def kept(self) -> bool:
        """Whether this experiment's candidate became the incumbent (or, when judging only, would have)."""
        return self.verdict.kind == "kept"

    @property
    def interrupted(self) -> bool:
        """Whether its run ended before there was a real verdict: it has spent its level, and may be proposed again."""
        return self.verdict.reason == INTERRUPTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What an agent is asked to do.

    ``tree`` is a folder of the agent's own that holds the incumbent: edits made there are the proposal. ``directions`` is the person's
    text, ``objective`` what is to become faster, ``profile`` the project's functions by their share of the time (largest ``own`` first),
    ``history`` every experiment of the run so far, ``failure`` the output of the last one if it failed, ``editable`` the paths (git
    pathspec-like globs) that a patch may touch, ``protected`` those it may not although they match.
    """

    number: int
    tree: Path
    incumbent: str
    goal: str
    directions: str
    objective: tuple[Benchmark, ...]
    profile: tuple[Hotspot, ...]
    history: tuple[Experiment, ...]
    failure: str | None
    editable: tuple[str, ...]
    protected: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A change that an agent proposes.

    With ``patch`` (a unified diff against the incumbent, as ``git diff`` writes it) the patch is the change, otherwise what the agent
    left in ``task.tree`` is. ``source`` names where it came from (a patch file, a revision). ``error`` says what went wrong in an agent
    that failed; ``log`` is its output. ``cost_usd`` is None where the cost is unknown.
    """

    title: str
    agent: str
    patch: str | None = None
    source: str | None = None
    error: str | None = None
    log: str = ""
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """The incumbent with a proposal applied, as a further check of a project's own sees it.

    ``tree`` is the folder that holds its files (to be read, not changed), ``changed`` the paths of the changed files in it.
    """

    number: int
    title: str
    tree: Path
    incumbent: str
    changed: tuple[str, ...]


class Refused(Exception):
    """The run cannot start or go on, for a reason that lies with the user's project or command line.

    The text is one line that names the remedy; ``status`` is pytest's exit status for it: 4 usage, 5 nothing to optimise, 1 the baseline
    fails.
    """

    def __init__(self, message: str, status: int = 4) -> None:
        super().__init__(message)
        self.status = status
