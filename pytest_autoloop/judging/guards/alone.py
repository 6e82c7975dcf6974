"""The guard that looks at benchmarks alone: what other benchmarks have prepared in the same process is no gain."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..effects import moved
from ..fighter import DuelFailed
from ..honesty import deviations
from ..honesty import first_call
from ..honesty import is_told
from .scene import Finding
from .standing_out import BY_FIRST_CALLS
from .standing_out import alarms_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ...experiment import Benchmark
    from ..duel import Duel
    from .scene import Scene

# So many benchmarks are run alone, in so many duels each: if first calls have to explain something or seem to lack the gain, or else.
_MOST, _MANY, _FEW = 12, 9, 3


def alone(scene: Scene) -> Iterator[Finding]:
    """Look at the benchmarks that gain most in processes that run nothing else: others may have prepared them.

    Few duels are enough, unless something in the patch has to be explained by first calls, or a gain seems to be missing. What those calls
    return and what comes before them counts as ever, and so does a candidate that fails there, where the incumbent does not.
    """
    if len(scene.benchmarks) == 1 or not scene.duels:
        return
    remembers = scene.memoise == "flag"
    needed = remembers and any(alarm.of or not BY_FIRST_CALLS.isdisjoint(alarm.explained_by) for alarm in alarms_of(scene))
    named = [one for one in scene.benchmarks if one.nodeid in scene.gaining]
    for benchmark in sorted(named, key=lambda one: -scene.gain_of(one.nodeid))[:_MOST]:
        nodeid = benchmark.nodeid
        try:
            many = needed and is_told(benchmark)
            duels = [*scene.alone(benchmark, _MANY if many else _FEW)]
            if not many and ((remembers and _is_missing(scene, duels, benchmark)) or any(moved(duels, [benchmark]))):
                duels += scene.alone(benchmark, _MANY - _FEW)
        except DuelFailed as failed:
            scene.apart[nodeid] = None
            if failed.side == "candidate":
                yield Finding(kind="flag", text=f"{nodeid}: it fails where no other benchmark runs before: {failed}")
            continue
        scene.apart[nodeid] = duels
        for deviation in deviations([duel.returned for duel in duels], scene.comparable, scene.tolerance):
            if deviation.grave:
                yield Finding(kind="reject", text=f"{deviation.text} (where no other benchmark runs before)")


def _is_missing(scene: Scene, duels: Sequence[Duel], benchmark: Benchmark) -> bool:
    found = first_call(duels, benchmark, scene.gain_of(benchmark.nodeid))
    return found is not None and found.missing
