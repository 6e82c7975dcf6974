"""What the guards make of all the evidence together, and what they own up to not having looked at."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.journal.dossier import FolderDossier
from pytest_autoloop.judging.alarms import Alarm
from pytest_autoloop.judging.case import Case
from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.duel import DuelFailed
from pytest_autoloop.judging.duel import Trials
from pytest_autoloop.judging.guards import GUARDS
from pytest_autoloop.judging.guards import calling_before
from pytest_autoloop.judging.guards import clock
from pytest_autoloop.judging.guards import equivalence
from pytest_autoloop.judging.guards import integrity
from pytest_autoloop.judging.guards import limits
from pytest_autoloop.judging.guards import preparing
from pytest_autoloop.judging.guards import remembering
from pytest_autoloop.judging.guards import side_effects
from pytest_autoloop.judging.guards.alone import alone
from pytest_autoloop.judging.guards.scene import Scene
from pytest_autoloop.judging.guards.standing_out import standing_out
from pytest_autoloop.judging.honesty import Comparable
from pytest_autoloop.judging.screen import Source
from pytest_autoloop.worker.messages import Profiled
from pytest_autoloop.worker.messages import Returned
from pytest_autoloop.worker.messages import Varied

from ..duels import MS
from ..duels import SAME
from ..duels import benchmark
from ..duels import duel
from ..duels import timing

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from lab import Lab

    from pytest_autoloop.experiment import Benchmark
    from pytest_autoloop.judging.alarms.lasting import Agreement
    from pytest_autoloop.judging.fighter import Side
    from pytest_autoloop.judging.guards.scene import Memoise

NOBODY: Any = None
BENCH = benchmark(seconds=0.01)


def agreed(gain: float, *, fresh: bool = True, own_calls: set[str] | None = None) -> set[Agreement]:
    """What the guards find to agree with a claim of this ratio, seen in nine duels."""
    duels = []
    for number in range(9):
        incumbent, candidate = timing(10.0 * gain + number / 100), timing(10.0)
        pairs = ((incumbent, candidate),) * 4
        trials = {"b": Trials(fresh=pairs)} if fresh else {}
        duels.append(Duel(rounds={"b": pairs}, cold={"b": pairs[0]}, returned={"b": (SAME,)}, trials=trials, seconds=1.0))
    scene = Scene(
        case=NOBODY,
        tree=NOBODY,
        incumbent=NOBODY,
        duels=duels,
        benchmarks=(BENCH,),
        own_calls=own_calls or set(),
        comparable=Comparable({"result": frozenset("b")}),
        returned=[duel.returned for duel in duels],
        store=NOBODY,
        arena=NOBODY,
        restless=frozenset(),
        alarms=(),
    )
    for guard in (equivalence, clock, remembering):
        assert not [finding for finding in guard(scene) if finding.kind in ("reject", "flag")]
    return scene.agreed


def test_a_large_gain_is_seen_from_several_sides() -> None:
    """First calls, copies, results and clocks show it too, each where there was something to look at."""
    assert agreed(2.0) == {"results", "clock", "first call", "new process", "fresh arguments"}
    assert agreed(2.0, fresh=False) == {"results", "clock", "first call", "new process"}
    assert agreed(2.0, own_calls={"b"}) == {"results", "clock", "fresh arguments"}


def test_what_a_test_calls_by_itself_saves_as_much() -> None:
    """A saving that only measured calls have, and not the call before them, is flagged, unless remembering is allowed."""
    pairs = ((timing(100.0), timing(10.0)),) * 4
    duels = [
        Duel(rounds={"b": pairs}, cold={"b": pairs[0]}, returned={"b": (SAME,)}, before={"b": (150 * MS + number, 149 * MS)}, seconds=1.0)
        for number in range(9)
    ]
    rest: dict[str, Any] = {"comparable": Comparable(), **dict.fromkeys(("case", "tree", "incumbent", "store", "arena"), NOBODY)}
    scene = Scene(duels=duels, benchmarks=(benchmark(seconds=0.1),), called_before={"b": 1.0}, restless=frozenset(), alarms=(), **rest)

    flagged = [finding.text for finding in remembering(scene) if finding.kind == "flag"]

    assert flagged == ["b: the call before the measured ones saved 1.00 ms, these save 90.00 ms each: results are remembered"]
    assert not [finding for finding in remembering(replace(scene, memoise="allow")) if finding.kind == "flag"]


@pytest.mark.parametrize("gain", [1.0, 1.12])
def test_what_was_not_looked_at_explains_nothing(gain: float) -> None:
    """A gain too small for a look at first calls and copies has not been seen in them, and no gain at all has nothing to be explained."""
    assert not agreed(gain) & {"first call", "fresh arguments", "other arguments"}


@pytest.mark.parametrize(
    ("cold", "part", "agrees"),
    [
        (2.0, None, True),
        (1.3, None, False),
        (2.0, 2.0, True),
        (2.0, 1.0, False),
        (None, 2.0, True),
        (None, 1.0, False),
        (None, None, False),
    ],
)
def test_what_explains_state(cold: float | None, part: float | None, *, agrees: bool) -> None:
    """The whole gain in the first call, and in calls of which every part is another, as far as these are told; one of them has to be."""

    def made(ratio: float, what: str) -> tuple[Varied, Varied]:
        ours, theirs = (Varied(what=what, result=5, cpu=[round(took * MS)] * 2) for took in (10.0, 10.0 / ratio))
        return ours, theirs

    varied = [made(2.0, "argument 1: 3 for 4"), *([] if part is None else [made(part, "every part: 9 parts")])]
    pairs = ((timing(20), timing(10)),) * 4
    first = (timing(20), timing(20 / (cold or 2.0)))
    trials = {"b": Trials(varied=tuple(varied))}
    duels = [Duel(rounds={"b": pairs}, cold={"b": first}, returned={"b": (SAME,)}, trials=trials, seconds=1.0)] * 9
    single = replace(benchmark(seconds=0.01 if cold else 50e-6), iterations=1)
    seen = replace(scene(duels), benchmarks=(single,))
    list(remembering(seen))

    assert ("first call" in seen.agreed) == agrees


@pytest.mark.parametrize(("gain", "count"), [(2.0, 1), (1.0, 0)])
def test_work_that_has_moved(gain: float, count: int) -> None:
    """What comes before the calls of a benchmark that gains nothing is no work of theirs."""
    duels = [replace(duel(timing(gain + number / 1000), timing(1)), before={"b": (9 * MS, 10 * MS)}) for number in range(9)]
    found = [finding.text for finding in side_effects(scene(duels)) if finding.kind == "flag"]

    assert len(found) == count


def test_objects_of_another_make() -> None:
    """Arguments that hold their data otherwise are explained where it is proven that no work has moved there."""

    def flags(more: int) -> list[str]:
        rows = (["list", [1]], ["dict", [[1, 1]]])
        ours, theirs = (["object", "demo.Index", None, ["dict", [["_rows", kept]]]] for kept in rows)
        made = (Returned(result=1, given=ours, left=ours), Returned(result=1, given=theirs, left=theirs))
        seen = replace(
            duel(timing(2), timing(1)),
            returned={"b": (made,)},
            before={"b": (9 * MS, 9 * MS + more)},
            starts=(9 * MS, 9 * MS),
        )
        comparable = Comparable(dict.fromkeys(("result", "given", "left"), frozenset("b")))
        return [found.text for found in equivalence(replace(scene([seen] * 9), comparable=comparable)) if found.kind != "consistent"]

    assert flags(0) == []
    assert flags(MS // 2) == [
        "b: the measured call is given objects of another make: ['_rows'] is dict, and list in the incumbent",
        "b: the measured call leaves objects of another make: ['_rows'] is dict, and list in the incumbent",
    ]


def test_a_gain_whose_results_may_do_the_work_later() -> None:
    """A function that is returned counts by its name: what it does when it is called is for a person to see."""
    hidden = (SAME[0], replace(SAME[1], unseen="holds a closure"))
    faster, alike = (scene([replace(duel(timing(gain), timing(1)), returned={"b": (hidden,)})] * 3) for gain in (2, 1))

    [flag] = (found.text for found in equivalence(faster) if found.kind == "flag")
    assert flag == "b: what it returns holds a closure, which may put its work off"
    assert not [found for found in equivalence(alike) if found.kind == "flag"]


def called_before(ours: list[float], theirs: list[float]) -> Scene:
    """Return a scene of a test that calls what it measures: seconds of that call, and of a measured one, on both sides."""
    before, after = (
        [Profiled(nodeid="b", calls=9, seconds=1.0, functions=[], before=True, earlier=[["a.py", "f", 1, *row]])] for row in (ours, theirs)
    )
    tree: Any = object()
    return replace(
        scene([duel(timing(10), timing(1))] * 9),
        tree=tree,
        called_before={"b": 0.0},
        profiled=lambda asked, _nodeid: after if asked is tree else before,
        benchmarks=(benchmark(seconds=0.01),),
    )


@pytest.mark.parametrize(("seconds", "kind", "whole"), [(1.0, "flag", False), (0.1, "consistent", True), (0.4, "consistent", False)])
def test_calls_before_the_measured_ones(seconds: float, kind: str, *, whole: bool) -> None:
    """One that takes what the incumbent's takes has worked out what is remembered; if it has the gain, that stands for a first call."""
    seen = called_before([1.0, 1.0], [seconds, 0.1])

    [found] = calling_before(seen)
    list(remembering(seen))

    assert found.kind == kind
    assert (seen.earlier == {"b"}) == whole
    assert ("first call" in seen.agreed) == whole
    assert [finding.kind for finding in calling_before(replace(seen, memoise="allow"))] == ["consistent"]
    assert list(calling_before(replace(seen, called_before={}))) == []


@pytest.mark.parametrize(
    ("first", "memoise", "fought", "agrees", "flags"),
    [
        (10.0, "flag", 9, True, 0),
        (1.0, "flag", 9, False, 1),
        (10.0, "flag", 0, False, 0),
        (1.0, "allow", 9, False, 0),
    ],
)
def test_first_calls_of_benchmarks_that_run_alone(first: float, memoise: Memoise, fought: int, *, agrees: bool, flags: int) -> None:
    """Beside others a first call may be prepared by them; a process without them has a true one, and what it tells counts."""
    asked = []

    def fight(benchmark: Benchmark, count: int) -> list[Duel]:
        asked.append((benchmark.nodeid, count))
        return [duel(timing(10), timing(1), cold=(timing(10), timing(10 / first)))] * (count if fought else 0)

    keeps = Alarm(text="keeps state", path="a.py", line=1, explained_by=frozenset({"first call"}))
    seen = replace(
        scene([duel(timing(10), timing(1))] * 9),
        benchmarks=(benchmark(seconds=0.01), replace(benchmark(), nodeid="other")),
        alone=fight,
        alarms=(keeps,),
        memoise=memoise,
    )

    found = [finding.kind for guard in (alone, remembering) for finding in guard(seen)]

    assert found.count("flag") == flags
    assert ("first call" in seen.agreed) == agrees
    assert asked == ([("b", 3)] if memoise == "allow" else [("b", 9)])
    asked.clear()
    list(alone(replace(seen, alarms=())))
    assert asked == ([("b", 3)] if memoise == "allow" or first > 1 or not fought else [("b", 3), ("b", 6)])
    asked.clear()
    list(alone(replace(seen, benchmarks=seen.benchmarks[:1])))
    assert asked == []


def apart(fight: Callable[[Benchmark, int], Sequence[Duel]]) -> Scene:
    """Return a scene of two benchmarks, of which one gains; what comes of it alone is up to a test."""
    two = (benchmark(seconds=0.01), replace(benchmark(), nodeid="other"))
    return replace(scene([duel(timing(10), timing(1))] * 9), benchmarks=two, alone=fight, alarms=())


def test_a_gain_that_is_not_there_alone() -> None:
    """Who has the gain only after other benchmarks, and works as the incumbent does without them, is told by what first calls lack."""
    seen = apart(lambda _benchmark, count: [duel(timing(10), timing(10))] * count)

    [flag] = [finding.text for guard in (alone, remembering) for finding in guard(seen) if finding.kind == "flag"]
    assert flag == "b: the first call of a process is 1.00x, later ones are 10.00x: results are remembered"
    assert "first call" not in seen.agreed


@pytest.mark.parametrize(("side", "kinds"), [("candidate", ["flag"]), ("incumbent", [])])
def test_who_fails_alone(side: Side, kinds: list[str]) -> None:
    """A candidate that needs other benchmarks is flagged; where the incumbent does, nothing is told."""

    def fails(_benchmark: Benchmark, _count: int) -> Sequence[Duel]:
        raise DuelFailed(side, "it raises ValueError")

    seen = apart(fails)

    assert [finding.kind for finding in alone(seen)] == kinds
    told = [finding.text for finding in remembering(seen) if finding.kind == "not checked"]
    assert "b: its first call, since its duels without other benchmarks failed" in told
    assert "first call" not in seen.agreed


def test_other_answers_alone() -> None:
    """What is returned where no other benchmark runs before is compared as ever."""
    other = replace(SAME[1], result=8)
    seen = apart(lambda _benchmark, count: [duel(timing(10), timing(1), returned=(SAME[0], other))] * count)

    [found] = alone(seen)
    assert found.kind == "reject"
    assert found.text.endswith("in the incumbent (where no other benchmark runs before)")


def test_work_that_moves_to_a_set_up_which_others_share() -> None:
    """Beside other benchmarks one of them does it; alone it comes before the calls that gain by it."""
    before = {"b": (1 * MS, 9 * MS)}
    seen = apart(lambda _benchmark, count: [replace(duel(timing(10), timing(1)), before=before)] * count)

    list(alone(seen))
    [flag] = [finding.text for finding in side_effects(seen) if finding.kind == "flag"]
    assert flag == "b: 8.00 ms more before its calls, which save 9.00 ms each: work has moved there"


@pytest.mark.parametrize(("each", "whole"), [(0.1, True), (0.99, False)])
def test_calls_before_that_save_nothing_alone(each: float, *, whole: bool) -> None:
    """They stand for a first call only if what is measured beside them has the gain."""
    seen = called_before([1.0, 1.0], [each, each])

    assert [finding.kind for finding in calling_before(seen)] == ["consistent"]
    assert (seen.earlier == {"b"}) == whole


@pytest.mark.parametrize(
    ("seconds", "more", "kinds"),
    [(20e-6, 1.0, ["flag"]), (20e-6, 0.0, ["consistent"]), (20e-6, 0.4, ["consistent"]), (0.01, 1.0, [])],
)
def test_what_is_prepared_for_short_calls(seconds: float, more: float, kinds: list[str]) -> None:
    """Where a call saves too little to be told from processes, profiles tell whether the project's functions take more before it."""
    before, after = (
        [Profiled(nodeid="b", calls=1, seconds=each, functions=[], prepared=took)] for each, took in ((1.0, 0.1), (0.1, 0.1 + more))
    )
    tree: Any = object()
    seen = replace(
        scene([duel(timing(10), timing(1))] * 9),
        tree=tree,
        profiled=lambda asked, _nodeid: after if asked is tree else before,
        benchmarks=(benchmark(seconds=seconds),),
    )

    assert [finding.kind for finding in preparing(seen)] == kinds
    assert (seen.prepared == {"b"}) == (kinds == ["consistent"])


def test_what_is_prepared_for_many_short_calls() -> None:
    """The six that gain most are profiled, and the report owns up to the others."""
    names = [f"b{number}" for number in range(8)]
    pairs = {name: ((timing(10 + number), timing(1)),) * 3 for number, name in enumerate(names)}
    asked = set[str]()

    def profiled(_tree: object, nodeid: str) -> list[Profiled]:
        asked.add(nodeid)
        return [Profiled(nodeid=nodeid, calls=1, seconds=1.0, functions=[])]

    benchmarks = tuple(replace(benchmark(seconds=20e-6), nodeid=name) for name in names)
    seen = replace(scene([Duel(rounds=pairs, cold={}, returned={}, seconds=1.0)] * 9), benchmarks=benchmarks, profiled=profiled)

    untold = [finding.text.partition(":")[0] for finding in preparing(seen) if finding.kind == "not checked"]
    assert asked == set(names[2:])
    assert untold == names[:2]


def test_a_gain_whose_results_never_repeat() -> None:
    """Nothing tells whether what is drawn or stamped anew each time is right yet, so that is for a person, where there is a gain."""
    faster, alike = (replace(scene([replace(duel(timing(gain), timing(1)))] * 3), comparable=Comparable()) for gain in (2, 1))

    [flag] = (found.text for found in equivalence(faster) if found.kind == "flag")
    assert flag == "b: its results differ from call to call: nothing tells whether they are still right"
    assert not [found for found in equivalence(alike) if found.kind == "flag"]


class _Unchanged:
    found = ()


def scene(duels: Sequence[Duel]) -> Scene:
    case: Any = _Unchanged()
    return Scene(
        case=case,
        tree=NOBODY,
        incumbent=NOBODY,
        duels=duels,
        benchmarks=[benchmark()],
        comparable=Comparable.by([duel.returned for duel in duels]),
        returned=[duel.returned for duel in duels],
        store=NOBODY,
        arena=NOBODY,
        restless=frozenset(),
    )


def test_results_that_are_told_whole_agree() -> None:
    """What both sides return alike counts for a candidate, and explains alarms."""
    seen = scene([duel(timing(2), timing(1))] * 3)
    found = [(finding.kind, finding.text) for finding in equivalence(seen)]

    assert found == [("consistent", "what the measured calls return (1 of 1 benchmarks)")]
    assert seen.agreed == {"results"}


def test_luck_of_one_of_many_benchmarks_is_no_claim() -> None:
    """Whoever looks at nine finds one that is better by chance: it need not be explained. What is better in every duel is claimed."""
    duels = []
    for number in range(12):
        lucky = timing(10.4 if number % 6 else 9.9 - number / 100)
        rounds = {"b": ((timing(10.4 + number / 100), timing(10)),) * 3, "c": ((lucky, timing(10)),) * 3}
        duels.append(Duel(rounds=rounds, cold={}, returned={}, seconds=1.0))
    two = [benchmark(), replace(benchmark(), nodeid="c")]

    assert replace(scene(duels), benchmarks=two[1:]).claiming == {"c"}
    assert replace(scene(duels), benchmarks=[*two, *[replace(BENCH, nodeid=str(number)) for number in range(7)]]).claiming == {"b"}


@pytest.mark.parametrize(
    ("odd", "kinds"), [(["a.pyc"], ["reject", "reject", "proved"]), ([], ["proved"]), (None, ["flag"])], ids=["odd", "none", "not told"]
)
def test_byte_code(new_lab: Callable[..., Lab], tmp_path: Path, odd: list[str] | None, kinds: list[str]) -> None:
    """What is not that of its source is no slip; that there was no time to tell is nobody's deed, but nothing to keep unseen either."""
    lab = new_lab({})
    tree, other = lab.tree(), lab.tree()
    case = Case(1, "A change", tree.revision, FolderDossier(tmp_path), tree=tree, tree_id=tree.revision)
    looked = replace(scene([]), case=case, tree=tree, incumbent=other, store=lab.store, arena=lab.arena, odd_bytecode=lambda *_: odd)

    assert [finding.kind for finding in integrity(looked)] == kinds


@pytest.mark.parametrize(("ran", "kind"), [([4, 6], "consistent"), ([4], "flag"), ([], "flag")])
def test_a_check_that_tests_run(new_lab: Callable[..., Lab], tmp_path: Path, ran: list[int], kind: str) -> None:
    """Two checks that are one now are no loss where tests run both of them, and pass; where they do not, a person has to look."""
    lab = new_lab({})
    before = (
        b"def f(n):\n    # Two.\n    if n < 0:\n        raise ValueError(n)\n    if n > 9:\n        raise ValueError(n)\n    return n\n"
    )
    after = b"def f(n):\n    if not 0 <= n <= 9:\n        raise ValueError(n)\n    return n\n"
    tree = lab.tree()
    case = Case(1, "A change", tree.revision, FolderDossier(tmp_path), tree=tree, tree_id=tree.revision)
    case.found = (Source(path="src/a.py", before=before, after=after),)
    asked: list[object] = []

    def told(lines: Mapping[str, Sequence[int]]) -> Mapping[str, Sequence[int]]:
        asked.append(lines)
        return {"src/a.py": ran}

    (found,) = standing_out(replace(scene([]), case=case, store=lab.store, ran=told))
    assert asked == [{"src/a.py": [4, 6]}]
    assert found.kind == kind
    said = "src/a.py:4: raise ValueError was removed, and all tests still pass"
    why = " (of those that run it, too)" if kind == "consistent" else f": none of them runs line {min({4, 6} - {*ran})} as it was"
    assert found.text == said + why


@pytest.mark.parametrize(
    ("ran", "kind", "text"),
    [
        ([3, 4], "consistent", "tests run all statements that are gone or written otherwise"),
        ([4], "flag", "src/a.py:3: no test runs what is gone or written otherwise there: return 0"),
        (None, "not checked", "which of the lines that are gone tests run"),
    ],
)
def test_what_no_test_runs(new_lab: Callable[..., Lab], tmp_path: Path, ran: list[int] | None, kind: str, text: str) -> None:
    """A branch that is gone without a test that comes there is for a person to see."""
    lab = new_lab({})
    before, after = b"def f(n):\n    if n == 7:\n        return 0\n    return n * 1\n", b"def f(n):\n    return n\n"
    tree = lab.tree()
    case = Case(1, "A change", tree.revision, FolderDossier(tmp_path), tree=tree, tree_id=tree.revision)
    case.found = (Source(path="src/a.py", before=before, after=after),)
    seen = replace(scene([]), case=case, store=lab.store, ran=lambda _: None if ran is None else {"src/a.py": ran})

    assert [(finding.kind, finding.text) for finding in standing_out(seen)] == [(kind, text)]


@pytest.mark.parametrize(("memoise", "flagged"), [("flag", ["_KNOWN"]), ("allow", [])])
def test_what_a_policy_explains(new_lab: Callable[..., Lab], tmp_path: Path, memoise: Memoise, flagged: list[str]) -> None:
    """A table that grows for ever is for a person to see, whatever the times are, unless a project allows that results are remembered."""
    lab = new_lab({})
    after = b"_KNOWN = {}\n\ndef f(n):\n    if n not in _KNOWN:\n        _KNOWN[n] = n * n\n    return _KNOWN[n]\n"
    tree = lab.tree()
    case = Case(1, "A change", tree.revision, FolderDossier(tmp_path), tree=tree, tree_id=tree.revision)
    case.found = (Source(path="src/a.py", before=b"def f(n):\n    return n * n\n", after=after),)
    seen = replace(scene([]), case=case, store=lab.store, memoise=memoise)
    seen.agreed.update({"first call", "fresh arguments", "import", "results", "clock"})

    assert [finding.text.rpartition(" ")[2] for finding in standing_out(seen) if finding.kind == "flag"] == flagged


@pytest.mark.parametrize("side", [0, 1])
def test_results_that_are_told_in_part_do_not(side: int) -> None:
    """Where either side returns something of which only the class is told, that is not checked, and explains nothing."""
    pair = list(SAME)
    pair[side] = replace(pair[side], unseen="holds a generator\x1b[2J")
    seen = scene([duel(timing(2), timing(1)), duel(timing(2), timing(1), returned=(pair[0], pair[1]))])
    found = [(finding.kind, finding.text) for finding in equivalence(seen)]

    assert found == [
        ("not checked", "b: part of its results (holds a generator)"),
        ("flag", "b: what it returns holds a generator, which may put its work off"),
    ]
    assert seen.agreed == set()


def test_data_that_differ_by_process_are_owned_up_to() -> None:
    """By their names; the rest is compared, and the results are evidence."""
    seen = scene([duel(timing(2), timing(1))])
    seen = replace(seen, comparable=replace(seen.comparable, restless={("b", "data"): frozenset({"paths", "at"})}))
    found = [finding.text for finding in equivalence(seen) if finding.kind == "not checked"]

    assert found == ["b: what differs by process around its calls (at, paths)"]
    assert seen.agreed == {"results"}


def test_without_duels_the_report_owns_up_to_what_was_not_looked_at() -> None:
    """Where the metric is not time: no result, no time, no other argument, no import is compared, and each of them is named."""
    told = [guard for guard in GUARDS if guard is not integrity]
    found = [finding for guard in told for finding in guard(scene([]))]
    left_out = [finding.text for finding in found if finding.kind == "not checked"]

    assert [finding.text for finding in found if finding.kind != "not checked"] == ["the time of its processes, roughly"]
    for words in ("results, beyond what the tests assert", "the time", "first calls", "other arguments", "import", "processes left"):
        assert any(words in text for text in left_out), words
    assert "what no test and no benchmark runs" in left_out
    assert len(list(limits(scene([duel(timing(2), timing(1))])))) == 2
