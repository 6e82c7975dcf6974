"""What a would-be keep has to stand where memory is looked at: two of the guards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..beforehand import LEAST
from ..beforehand import taken_earlier
from ..beforehand import untold
from ..fighter import DuelFailed
from ..honesty import deviations
from ..reading import shown
from ..reading import varied
from .otherwise import against
from .otherwise import memory_with_changes
from .scene import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..reading import Reading
    from .scene import Kind
    from .scene import Scene

_ALLOWED = "more than --autoloop-memory-growth allows"


def memory(scene: Scene) -> Iterator[Finding]:
    """Reject a gain that is bought with memory, and a call that does something else while its memory is looked at."""
    if scene.memory is None:
        return
    for why in scene.memory.processes(scene.peaks):
        yield Finding(kind="reject", text=f"{why}: {_ALLOWED}")
    if not scene.duels:
        yield Finding(kind="consistent", text="peak memory of its processes")
        return
    try:
        pair = scene.memory.traced(scene.incumbent, scene.tree)
        for why in scene.memory.calls(*pair):
            yield Finding(kind="reject", text=f"{why}: {_ALLOWED}")
        yield from _otherwise_watched(scene, pair)
        yield Finding(kind="consistent", text="peak memory, as far as Python allocates it")
    except DuelFailed as failed:
        # The incumbent is traced first: what only the candidate does not stand keeps its memory from being seen.
        if failed.side == "candidate":
            yield Finding(kind="reject", text=f"the memory of its calls cannot be told: {failed}")
        yield Finding(kind="not checked", text=f"peak memory of a call ({failed})")


def _otherwise_watched(scene: Scene, pair: tuple[Reading, Reading]) -> Iterator[Finding]:
    """Reject or flag what answers otherwise in processes whose memory is looked at: it could leave undone what takes the memory."""
    known = {deviation.text for deviation in deviations(scene.returned, scene.comparable, scene.tolerance)}
    for deviation in deviations([shown(*pair)], scene.comparable, scene.tolerance):
        if deviation.text in known:
            continue
        yield Finding(kind="reject" if deviation.grave else "flag", text=f"while its memory is looked at, {deviation.text}")


def before_the_call(scene: Scene) -> Iterator[Finding]:
    """Flag memory that a call no longer needs because it was taken earlier."""
    if scene.beforehand is None or scene.case.match is None:
        return
    values = scene.case.match.values
    try:
        pair = scene.beforehand.watch(scene.incumbent, scene.tree, scene.case.changed)
    except DuelFailed as failed:
        kind: Kind = "flag" if failed.side == "candidate" else "not checked"
        yield Finding(kind=kind, text=f"what is taken before the calls cannot be told: {failed}")
        return
    yield from _otherwise_watched(scene, pair)
    yield from _with_other_arguments(scene, *pair)
    earlier, unknown = list(taken_earlier(*pair, values)), list(untold(pair[0], values))
    for why in earlier:
        yield Finding(kind="flag", text=why)
    for why in unknown:
        yield Finding(kind="not checked", text=why)
    if not earlier and not unknown:
        yield Finding(kind="consistent", text="the memory that is taken before the calls")


def _with_other_arguments(scene: Scene, before: Reading, after: Reading) -> Iterator[Finding]:
    """Reject savings that changed arguments lack, and answers that only the benchmark's own arguments have."""
    untried = []
    for nodeid, pairs in varied(before, after).items():
        saved, peak = before.values[nodeid] - after.values[nodeid], before.values[nodeid]
        found = memory_with_changes(
            nodeid,
            pairs,
            saved / peak if saved > LEAST else 0.0,
            scene.tolerance,
            comparable=nodeid in scene.comparable.results,
            given=nodeid in scene.comparable.parts.get("left", ()),
        )
        yield from against(found)
        if found is None:
            untried.append(nodeid)
        elif found.kind == "holds":
            yield Finding(kind="consistent", text=found.text)
    for nodeid in untried:
        yield Finding(kind="not checked", text=f"{nodeid}: whether it holds for other arguments (none could be changed)")
    if not untried:
        scene.agreed.add("other arguments")
