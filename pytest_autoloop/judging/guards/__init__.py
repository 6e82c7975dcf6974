"""What a would-be keep has to stand besides tests and duels: a list of guards, each of which finds things or not.

The order is data: cheap ones first. A guard that rejects ends the judgement, one that flags leaves it to a person.
"""

from __future__ import annotations

from functools import partial
from math import expm1
from typing import TYPE_CHECKING

from ...text import one_line
from ..case import reject
from ..effects import first_longer
from ..effects import importing
from ..effects import left_running
from ..effects import littering
from ..effects import may_have_moved
from ..effects import moved
from ..effects import nothing_moved
from ..effects import saves_little
from ..effects import waiting
from ..honesty import SHARE
from ..honesty import calls_before
from ..honesty import deviations
from ..honesty import first_call
from ..honesty import unread
from .alone import alone
from .clock import canary
from .clock import confirmation
from .clock import doubt
from .earlier import in_several_pairs
from .earlier import prepared_in_several_pairs
from .memory import before_the_call
from .memory import memory
from .otherwise import against
from .otherwise import with_changes
from .otherwise import with_copies
from .scene import Finding
from .standing_out import standing_out
from .untidy import with_untidy_inputs

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ...worker.messages import Profiled
    from .scene import Kind
    from .scene import Scene

# So many benchmarks are profiled for what comes before their calls: a process of each side for every one.
_MOST_PREPARED = 6
# What each benchmark's own times are held against: the judge's clock, wall time, the kernel's CPU clock.
_CLOCKS = 3


# Parts of results that may do later what is no longer done in the call.
_PUT_OFF = tuple(f"holds a {what}" for what in ("closure", "function with", "generator", "coroutine", "async_generator"))


def clock(scene: Scene) -> Iterator[Finding]:
    """Reject times that the judge's own clocks, or a benchmark of fixed work, contradict."""
    if not scene.duels:
        return
    if (why := canary(scene.duels)) is not None:
        yield Finding(kind="reject", text=why)
    # On a busy machine one of many comparisons looks odd by chance.
    looks = _CLOCKS * len(scene.benchmarks)
    for benchmark in scene.benchmarks:
        if (why := doubt(scene.duels, benchmark, looks)) is not None:
            yield Finding(kind="reject", text=why)
    said = {benchmark.nodeid: confirmation(scene.duels, benchmark, looks) for benchmark in scene.benchmarks}
    for found in said.values():
        if found.kind == "contradicted":
            yield Finding(kind="reject", text=found.text)
    for nodeid in scene.gaining:
        kind: Kind = "proved" if said[nodeid].kind == "confirmed" else "not checked"
        yield Finding(kind=kind, text=said[nodeid].text)
    yield Finding(kind="consistent", text="the judge's own clock around every round")
    if any(duel.canary for duel in scene.duels):
        yield Finding(kind="consistent", text="a benchmark of fixed work takes as long as the incumbent's")
    scene.agrees("clock", [nodeid for nodeid, found in said.items() if found.kind in ("confirmed", "untold")])


def calling_before(scene: Scene) -> Iterator[Finding]:
    """Flag gains that a process' calls beside the measured ones do not have: what they have worked out is remembered."""
    for nodeid in scene.gaining:
        # Where there are several benchmarks, others may have called it: that is no matter in a process without them.
        if nodeid not in scene.called_before:
            continue
        before = scene.profiled(scene.incumbent, nodeid)
        if not before or any(found.before for found in before):
            scene.own_calls.add(nodeid)
            for told in in_several_pairs(partial(_profiles, scene, nodeid), [nodeid]):
                if told.remembered:
                    yield _remembered(scene, told.text)
                    continue
                yield Finding(kind="consistent", text=told.text)
                # Alone it may have no gain at all.
                if told.whole and told.saved >= -SHARE * expm1(-scene.gain_of(nodeid)):
                    scene.earlier.add(told.nodeid)


def preparing(scene: Scene) -> Iterator[Finding]:
    """Flag work that has moved before calls that save too little for it to show in the times of processes: told from profiles."""
    gaining = [benchmark for benchmark in scene.benchmarks if benchmark.nodeid in scene.gaining]
    doubtful = [one.nodeid for one in gaining if may_have_moved(scene.duels, one) or saves_little(scene.duels, one)]
    untold = set(doubtful)
    for nodeid in sorted(doubtful, key=lambda one: -scene.gain_of(one))[:_MOST_PREPARED]:
        found = prepared_in_several_pairs(partial(_profiles, scene, nodeid))
        if found is None or not (found.moved or found.told):
            continue
        untold.remove(nodeid)
        if found.moved:
            took = f"take {found.more * 1e3:.2g} ms more before its calls, which save {found.saved * 1e3:.2g} ms each"
            yield Finding(kind="flag", text=f"{nodeid}: by profiles, the project's functions {took}: work has moved there")
        else:
            scene.prepared.add(nodeid)
            yield Finding(kind="consistent", text=f"{nodeid}: what the project's functions take before its calls, by profiles")
    for nodeid in sorted(untold):
        yield Finding(kind="not checked", text=f"{nodeid}: whether work has moved before its calls (too little to be told from chance)")


def _profiles(scene: Scene, nodeid: str) -> tuple[Sequence[Profiled], Sequence[Profiled]]:
    return scene.profiled(scene.incumbent, nodeid), scene.profiled(scene.tree, nodeid)


def remembering(scene: Scene) -> Iterator[Finding]:
    """Reject gains that hold for one object or one input alone, flag those that are remembered from call to call."""
    if not scene.duels:
        return
    first, new, copies, changes, parts = set[str](), set[str](), set[str](), set[str](), set[str]()
    for benchmark in scene.benchmarks:
        nodeid = benchmark.nodeid
        apart = scene.apart.get(nodeid)
        failed = nodeid in scene.apart and apart is None
        cold = first_call(scene.duels, benchmark) if apart is None else first_call(apart, benchmark, scene.gain_of(nodeid))
        copied = with_copies(scene.duels, benchmark)
        changed = with_changes(
            scene.duels,
            benchmark,
            scene.tolerance,
            comparable=nodeid in scene.comparable.results,
            given=nodeid in scene.comparable.parts.get("given", ()),
        )
        for other in (copied, changed):
            yield from against(other)
        if cold is not None and cold.missing:
            yield _remembered(scene, cold.text)
        elif changed is not None and changed.kind == "remembered":
            yield _remembered(scene, changed.text)
        if nodeid not in scene.gaining:
            continue
        if (why := calls_before(scene.duels, benchmark, scene.called_before.get(nodeid, 0.0), len(scene.benchmarks))) is not None:
            yield _remembered(scene, why)
        partly = changed is not None and changed.kind == "partly"
        # A call with nothing that was there before is a first one too, and set-up cannot have prepared it.
        seen = [cold and cold.whole, changed and changed.throughout]
        if nodeid in scene.own_calls or failed:
            seen[0] = nodeid in scene.earlier or None
            if not seen[0]:
                why = "its duels without other benchmarks failed" if failed else "its process has called the same before"
                yield Finding(kind="not checked", text=f"{nodeid}: its first call, since {why}")
                cold = None
        if seen[0] and nodeid not in scene.prepared and may_have_moved(scene.duels, benchmark):
            # What comes before its calls takes so long that nobody knows whether it has prepared the first of them.
            seen[0] = None
        if True in seen and False not in seen:
            first.add(nodeid)
        if seen[0]:
            new.add(nodeid)
        if changed is not None and changed.throughout:
            parts.add(nodeid)
        for found, agreed in ((cold, None), (copied, copies), (None if partly else changed, changes)):
            if found is not None:
                if agreed is not None and getattr(found, "kind", "") != "answers":
                    agreed.add(nodeid)
                yield Finding(kind="consistent", text=found.text)
        if nodeid not in changes and not partly:
            why = "none could be changed" if changed is None else "its calls are too short to tell"
            yield Finding(kind="not checked", text=f"{nodeid}: whether the gain holds for other arguments ({why})")
    scene.agrees("first call", first)
    scene.agrees("new process", new)
    scene.agrees("fresh arguments", copies)
    scene.agrees("other arguments", changes)
    scene.agrees("every part", parts)


def _remembered(scene: Scene, text: str) -> Finding:
    return Finding(kind="consistent" if scene.memoise == "allow" else "flag", text=f"{text}: results are remembered")


def untidiness(scene: Scene) -> Iterator[Finding]:
    """Flag other answers to inputs that no benchmark has and users may have."""
    for benchmark in scene.benchmarks if scene.duels else ():
        found = with_untidy_inputs(scene.duels, benchmark, scene.comparable, scene.tolerance)
        if found is None:
            yield Finding(kind="not checked", text=f"{benchmark.nodeid}: untidy inputs (its own could not be made so)")
        else:
            yield Finding(kind="consistent" if found.alike else "flag", text=found.text)


def equivalence(scene: Scene) -> Iterator[Finding]:
    """Reject measured calls that return, are given, or leave of their arguments something else than the incumbent's."""
    if not any(scene.returned):
        yield Finding(kind="not checked", text="results, beyond what the tests assert")
        return
    at_import = bool(scene.collected) and any(source.path in scene.collected for source in scene.case.found)
    kept_otherwise = {one.nodeid for one in scene.benchmarks if nothing_moved(scene.duels, one, at_import=at_import)}
    found = []
    for deviation in deviations(scene.returned, scene.comparable, scene.tolerance):
        if deviation.made and deviation.nodeid in kept_otherwise:
            yield Finding(kind="consistent", text=f"{deviation.text} (agrees with CPU time before the calls)")
            continue
        found.append(deviation)
        yield Finding(kind="reject" if deviation.grave else "flag", text=deviation.text)
    named, hidden = [benchmark.nodeid for benchmark in scene.benchmarks], unread(scene.returned)
    same = {nodeid for nodeid in named if nodeid in scene.comparable.results and nodeid not in hidden}
    if same:
        yield Finding(kind="consistent", text=f"what the measured calls return ({len(same)} of {len(named)} benchmarks)")
    for nodeid in named:
        if nodeid not in scene.comparable.results:
            yield Finding(kind="not checked", text=f"{nodeid}: its results, which differ from call to call")
        elif nodeid in hidden:
            yield Finding(kind="not checked", text=f"{nodeid}: part of its results ({hidden[nodeid]})")
        if names := scene.comparable.left_out(nodeid):
            yield Finding(kind="not checked", text=f"{nodeid}: what differs by process around its calls ({names})")
    for nodeid in scene.gaining:
        if nodeid not in scene.comparable.results:
            yield Finding(kind="flag", text=f"{nodeid}: its results differ from call to call: nothing tells whether they are still right")
        if hidden.get(nodeid, "").startswith(_PUT_OFF):
            yield Finding(kind="flag", text=f"{nodeid}: what it returns {hidden[nodeid]}, which may put its work off")
    if not found and same.issuperset(scene.claiming or named):
        scene.agreed.add("results")


def side_effects(scene: Scene) -> Iterator[Finding]:
    """Flag what a candidate costs beside what it is measured by."""
    if not scene.duels:
        if scene.longer is not None:
            yield Finding(kind="flag", text=f"{scene.longer}: the gain is paid for with time")
        else:
            yield Finding(kind="consistent", text="the time of its processes, roughly")
        return
    # From a benchmark that gains nothing, no work has moved.
    gaining = [benchmark for benchmark in scene.benchmarks if benchmark.nodeid in scene.claiming]
    if (why := importing(scene.duels)) is not None:
        yield Finding(kind="flag", text=why)
    elif waiting(scene.duels, gaining):
        yield Finding(kind="not checked", text="whether it waits when it is imported")
    else:
        scene.agreed.add("import")
        yield Finding(kind="consistent", text="the time to import it")
    elsewhere = [*moved(scene.duels, gaining, len(scene.benchmarks)), *first_longer(scene.duels, scene.benchmarks)]
    # Alone a benchmark has to prepare itself what another one's set-up has done beside it.
    for benchmark in gaining:
        elsewhere += moved(scene.apart.get(benchmark.nodeid) or (), [benchmark], len(scene.benchmarks))
    for why in dict.fromkeys(elsewhere):
        yield Finding(kind="flag", text=why)
    if not elsewhere and any(duel.before for duel in scene.duels):
        yield Finding(kind="consistent", text="the CPU time before and after the measured calls")
    running = list(left_running(scene.duels))
    for why in running:
        yield Finding(kind="flag", text=why)
    if not running and any(duel.rests is not None for duel in scene.duels):
        yield Finding(kind="consistent", text="the CPU time of whole processes; threads and processes left")
    if (why := littering(scene.duels)) is not None:
        yield Finding(kind="flag", text=why)
    else:
        yield Finding(kind="consistent", text="what is left in temporary folders")


def integrity(scene: Scene) -> Iterator[Finding]:
    """Reject a candidate whose files are no longer those that were screened."""
    folder = scene.arena.folder_of(scene.tree)
    if changed := scene.store.overwritten(scene.case.tree_id, folder) - scene.restless:
        yield Finding(kind="reject", text=f"harness tampered: {min(changed)} was changed while it was judged")
    # Before the look at what was touched, which takes away what has no business there.
    told = True
    for tree, other in ((scene.tree, scene.incumbent), (scene.incumbent, scene.tree)):
        odd = scene.odd_bytecode(tree, other)
        told = told and odd is not None
        if odd:
            yield Finding(kind="reject", text=f"harness tampered: {odd[0]} is not the byte code of its source")
    if touched := scene.arena.touched(scene.tree) - scene.restless:
        # A folder tells least, and that of a file that was exchanged is among them.
        name = min(touched, key=lambda path: (path.endswith("/"), path))
        yield Finding(kind="reject", text=f"harness tampered: {name} was changed while it was judged")
    if told:
        yield Finding(kind="proved", text="its files are as proposed, and its byte code is theirs, after all that ran")
    else:
        # A candidate can make it slow, so this is no mere gap in what was looked at.
        yield Finding(kind="flag", text="whether its byte code is that of its files could not be told in time")


def limits(scene: Scene) -> Iterator[Finding]:
    """Say what no guard looks at: where nothing was timed, little but the metric; and what is never looked at."""
    if not scene.duels:
        if scene.beforehand is None:
            yield Finding(kind="not checked", text="whether the gain holds for first calls, new objects and other arguments")
        yield Finding(kind="not checked", text="the time to import it; threads and processes left")
    yield Finding(kind="not checked", text="what no test and no benchmark runs")
    yield Finding(kind="not checked", text="files and network outside the tree")


GUARDS: tuple[Callable[[Scene], Iterator[Finding]], ...] = (
    equivalence,
    clock,
    calling_before,
    preparing,
    alone,
    remembering,
    untidiness,
    side_effects,
    memory,
    before_the_call,
    integrity,
    standing_out,
    limits,
)


def stand(scene: Scene, guards: Sequence[Callable[[Scene], Iterator[Finding]]] = GUARDS) -> None:
    """Put a candidate before every guard, and note on its case what they find. Raises `Rejected`."""
    case = scene.case
    notes = {"flag": case.flags, "proved": case.proved, "consistent": case.consistent, "not checked": case.not_checked}
    for guard in guards:
        for finding in guard(scene):
            if finding.kind == "reject":
                reject("guard", finding.text)
            # Names of files, classes and tests in it are the candidate's words.
            notes[finding.kind].append(one_line(finding.text, 300))
