"""What a would-be keep is seen by: the scene that guards look at, and what they say of it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from statistics import median
from typing import TYPE_CHECKING
from typing import Literal

from ...decision import harm
from ..equality import Tolerance
from ..honesty import LEAST_GAIN

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ...experiment import Benchmark
    from ...worker.messages import Profiled
    from ...workspace.git import Store
    from ...workspace.trees import Arena
    from ...workspace.trees import Tree
    from ..alarms import Alarm
    from ..alarms.lasting import Agreement
    from ..beforehand import Beforehand
    from ..case import Case
    from ..duel import Duel
    from ..honesty import Comparable
    from ..honesty import Shown
    from ..memory import Memory

Kind = Literal["reject", "flag", "proved", "consistent", "not checked"]
Memoise = Literal["flag", "allow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a guard found of a candidate, in words for a person."""

    kind: Kind
    text: str


@dataclass(slots=True, kw_only=True)
class Scene:
    """What a guard may look at: the case with its candidate's tree, the incumbent's tree, the duels so far.

    Where the metric is not time there are no duels; ``returned`` is what calls of benchmarks came to in each pair, if there are any,
    and ``longer`` says how much longer the candidate's processes take, if that is a lot.

    ``called_before`` are the benchmarks whose processes call what they measure before, with the time that their tests' own calls take, in
    measured calls; ``profiled`` returns the profile of one of them alone in a tree, ``alone`` so many duels over it alone.
    ``collected`` are the incumbent's files with functions that are called until the tests are collected.

    ``memoise`` and ``tolerance`` are the project's policies, ``agreed`` is what the guards so far found to agree with the claim,
    ``own_calls`` the benchmarks whose process, without any other, calls the same before, ``earlier`` those whose gain these calls have as
    well, ``prepared`` those before whose calls profiles show no more work, ``apart`` the duels over one of them alone (None: they failed),
    ``alarms`` what stands out in the patch (None: it was not looked at yet).

    ``peaks`` are the peak memory of both processes of each pair (where they were given no other arguments), ``memory`` measures more of it
    (None: it may grow as it likes), ``beforehand`` what is taken before the calls, where their memory is the objective.
    ``ran`` tells which lines of the incumbent, by file, its tests run (None: they did not come to an end).
    ``odd_bytecode`` tells which byte code in a tree is not that of its source, by another tree with the same tests (None: not in time).
    """

    case: Case
    tree: Tree
    incumbent: Tree
    duels: Sequence[Duel]
    benchmarks: Sequence[Benchmark]
    comparable: Comparable
    store: Store
    arena: Arena
    restless: frozenset[str]
    returned: Sequence[Shown] = ()
    called_before: Mapping[str, float] = field(default_factory=dict)
    collected: frozenset[str] = frozenset()
    profiled: Callable[[Tree, str], Sequence[Profiled]] = lambda _tree, _nodeid: ()
    alone: Callable[[Benchmark, int], Sequence[Duel]] = lambda _benchmark, _count: ()
    longer: str | None = None
    memoise: Memoise = "flag"
    tolerance: Tolerance = field(default_factory=Tolerance)
    agreed: set[Agreement] = field(default_factory=set)
    own_calls: set[str] = field(default_factory=set)
    earlier: set[str] = field(default_factory=set)
    prepared: set[str] = field(default_factory=set)
    apart: dict[str, Sequence[Duel] | None] = field(default_factory=dict)
    alarms: tuple[Alarm, ...] | None = None
    peaks: Sequence[tuple[int, int]] = ()
    memory: Memory | None = None
    beforehand: Beforehand | None = None
    ran: Callable[[Mapping[str, Sequence[int]]], Mapping[str, Sequence[int]] | None] = lambda _lines: None
    odd_bytecode: Callable[[Tree, Tree], Sequence[str] | None] = lambda _tree, _other: ()

    @property
    def gaining(self) -> tuple[str, ...]:
        """The benchmarks whose gain is large enough to be looked at from several sides."""
        return tuple(nodeid for nodeid, scores in self._scores() if median(scores) >= LEAST_GAIN)

    @property
    def claiming(self) -> frozenset[str]:
        """The benchmarks that are better by more than noise explains, however many there are to look at, if only a little."""
        looks = len(self.benchmarks)
        return frozenset(nodeid for nodeid, scores in self._scores() if harm([-score for score in scores], looks=looks) is not None)

    def gain_of(self, nodeid: str) -> float:
        """Return the gain of a benchmark, as a log ratio."""
        return median(dict(self._scores())[nodeid])

    def agrees(self, agreement: Agreement, checked: Collection[str]) -> None:
        """Note that a kind of evidence agrees with the claim, if it was there to be seen for every benchmark that claims anything."""
        if self.claiming and self.claiming.issubset(checked):
            self.agreed.add(agreement)

    def _scores(self) -> Iterator[tuple[str, list[float]]]:
        for benchmark in self.benchmarks:
            scores = [duel.score(benchmark.nodeid, benchmark.clock) for duel in self.duels if benchmark.nodeid in duel.rounds]
            if scores:
                yield benchmark.nodeid, scores
