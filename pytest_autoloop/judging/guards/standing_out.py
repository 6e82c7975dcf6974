"""The guard that looks at what stands out in a patch, and at what it takes away that no test runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..alarms import alarms
from ..alarms import both_sides
from ..alarms.neighbours import Neighbours
from ..equality import scalars
from .scene import Finding
from .untested import statements_gone

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ..alarms import Alarm
    from ..alarms.lasting import Agreement
    from .scene import Scene
    from .untested import Gone

BY_FIRST_CALLS: frozenset[Agreement] = frozenset({"first call", "new process"})
"""What tells that nothing is remembered."""


def alarms_of(scene: Scene) -> tuple[Alarm, ...]:
    """Return what stands out in the patch. It is looked at once."""
    if scene.alarms is None:
        first = [pairs[0][0] for shown in scene.returned[:1] for pairs in shown.values() if pairs]
        # Where only memory is measured, arguments are told after the call alone.
        given = [value for ours in first for value in scalars(ours.left if ours.given is None else ours.given)]
        case, store = scene.case, scene.store
        tracked = store.tracked(case.tree_id) if case.found else ()
        neighbours = Neighbours([path for _, path in tracked], lambda path: store.read(case.tree_id, path))
        scene.alarms = alarms(case.found, given, neighbours)
    return scene.alarms


def standing_out(scene: Scene) -> Iterator[Finding]:
    """Flag what stands out in the patch and is not explained by all the evidence from outside. Comes after what collects that."""
    kinds = {kind for shown in scene.returned for pairs in shown.values() for pair in pairs for side in pair for kind in side.kinds}
    # Who allows that results are remembered need not be shown that they are not.
    agreed = scene.agreed | (BY_FIRST_CALLS | {"policy"} if scene.memoise == "allow" else set())
    found, gone = alarms_of(scene), list(statements_gone(*both_sides(scene.case.found)))
    ran = _lines_run(scene, found, gone)
    if ran is None:
        yield Finding(kind="not checked", text="which of the lines that are gone tests run")
    else:
        yield from _untested(gone, ran)
    for alarm in found:
        if alarm.explained(agreed, kinds):
            yield Finding(kind="consistent", text=f"{alarm} (agrees with {', '.join(sorted(alarm.explained_by))})")
        elif ran is not None and alarm.gone and ran.issuperset(alarm.gone):
            yield Finding(kind="consistent", text=f"{alarm} (of those that run it, too)")
        else:
            unseen = min(set(alarm.gone) - ran, default=None) if ran is not None else None
            why = f": none of them runs line {unseen[1]} as it was" if unseen is not None else ""
            yield Finding(kind="flag", text=f"{alarm}{why}")


def _untested(gone: Sequence[Gone], ran: set[tuple[str, int]]) -> Iterator[Finding]:
    """Flag what is gone and was run by no test: none can miss it."""
    places = [(place, one.text) for one in gone if (place := one.untested(ran)) is not None]
    for (path, line), text in places:
        yield Finding(kind="flag", text=f"{path}:{line}: no test runs what is gone or written otherwise there: {text}")
    if gone and not places:
        yield Finding(kind="consistent", text="tests run all statements that are gone or written otherwise")


def _lines_run(scene: Scene, found: Sequence[Alarm], gone: Sequence[Gone]) -> set[tuple[str, int]] | None:
    """Return which lines that are gone the incumbent's tests run; None where that cannot be told."""
    wanted = {place for alarm in found for place in alarm.gone}
    wanted |= {(path, line) for one in gone for path, first, last in one.places for line in range(first, last + 1)}
    lines = {path: sorted(line for other, line in wanted if other == path) for path in sorted({path for path, _ in wanted})}
    ran = scene.ran(lines) if lines else {}
    return None if ran is None else {(path, line) for path, numbers in ran.items() for line in numbers}
