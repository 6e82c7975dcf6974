"""What a would-be keep has to stand besides tests and duels: a list of guards, each of which finds things or not.

The order is data: cheap ones first. A guard that rejects ends the judgement, one that flags leaves it to a person.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal

from .case import reject
from .clock import doubt
from .honesty import differences
from .honesty import first_call

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from ..workspace.git import Store
    from ..workspace.trees import Arena
    from ..workspace.trees import Tree
    from .case import Case
    from .duel import Duel
    from .honesty import Comparable

Kind = Literal["reject", "flag", "proved", "consistent", "not checked"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a guard found of a candidate, in words for a person."""

    kind: Kind
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What a guard may look at: the case with its candidate's tree, the incumbent's tree, the duels so far.

    Where the metric is not time there are no duels.
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


def clock(scene: Scene) -> Iterator[Finding]:
    """Reject times that the judge's own clock contradicts."""
    if not scene.duels:
        return
    for benchmark in scene.benchmarks:
        if (why := doubt(scene.duels, benchmark)) is not None:
            yield Finding(kind="reject", text=why)
    yield Finding(kind="consistent", text="the judge's own clock")


def remembering(scene: Scene) -> Iterator[Finding]:
    """Flag gains that the first call of a process has none of."""
    for benchmark in scene.benchmarks:
        if (why := first_call(scene.duels, benchmark)) is not None:
            yield Finding(kind="flag", text=why)


def equivalence(scene: Scene) -> Iterator[Finding]:
    """Flag timed calls that return, or leave of their arguments, something else than the incumbent's."""
    for why in differences(scene.duels, scene.comparable):
        yield Finding(kind="flag", text=why)
    if scene.duels and scene.comparable.results:
        count = f"{len(scene.comparable.results)} of {len(scene.benchmarks)} benchmarks"
        yield Finding(kind="consistent", text=f"what the timed calls return ({count})")


def integrity(scene: Scene) -> Iterator[Finding]:
    """Reject a candidate whose files are no longer those that were screened."""
    folder = scene.arena.folder_of(scene.tree)
    if changed := scene.store.overwritten(scene.case.tree_id, folder) - scene.restless:
        yield Finding(kind="reject", text=f"harness tampered: {min(changed)} was changed while it was judged")
    yield Finding(kind="proved", text="its files are as proposed after all that ran")


def limits(_scene: Scene) -> Iterator[Finding]:
    """Say what no guard looks at."""
    yield Finding(kind="not checked", text="whether the gain holds for other arguments")
    yield Finding(kind="not checked", text="what no test and no benchmark runs")
    yield Finding(kind="not checked", text="files and network outside the tree")


GUARDS: tuple[Callable[[Scene], Iterator[Finding]], ...] = (clock, remembering, equivalence, integrity, limits)


def stand(scene: Scene, guards: Sequence[Callable[[Scene], Iterator[Finding]]] = GUARDS) -> None:
    """Put a candidate before every guard, and note on its case what they find. Raises `Rejected`."""
    case = scene.case
    notes = {"flag": case.flags, "proved": case.proved, "consistent": case.consistent, "not checked": case.not_checked}
    for guard in guards:
        for finding in guard(scene):
            if finding.kind == "reject":
                reject("guard", finding.text)
            notes[finding.kind].append(finding.text)
