"""Real duels: what both processes show of themselves, what is seen of them from outside, and what gives a forger away."""

from __future__ import annotations

import random
import sys
from typing import TYPE_CHECKING

import pytest
from sample import FILES

from pytest_autoloop.judging.duel import DuelFailed
from pytest_autoloop.judging.duel import Ring
from pytest_autoloop.judging.effects import moved
from pytest_autoloop.judging.equality import difference
from pytest_autoloop.judging.guards.clock import canary
from pytest_autoloop.judging.profile import take_profile
from pytest_autoloop.worker.canonical import form

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping

    from lab import Lab

    from pytest_autoloop.experiment import Benchmark
    from pytest_autoloop.judging.duel import Duel

BENCH = "tests/test_bench.py::test_bench_total"
DEMO = FILES["src/demo/__init__.py"]
# Half of the calls that were asked for: nothing about time is forged.
SLOW = """

import time

_total = total


def total(n):
    time.sleep(0.1)
    return _total(n)
"""
FLOOD = """
import sys
import time

channel = sys.modules.get("pytest_autoloop.worker.channel")
if channel is not None:
    messages, send = sys.modules["pytest_autoloop.worker.messages"], channel.WorkerEnd.send
    report = messages.Report(data={"nodeid": "x", "outcome": "passed"})

    def flood(self, record):
        while type(record).__name__ in ("Round", "Profiled"):
            send(self, report if type(record).__name__ == "Round" else record)
            time.sleep(0.05)
        send(self, record)

    channel.WorkerEnd.send = flood
"""
FEWER = """
import sys

fixture = sys.modules.get("pytest_autoloop.worker.fixture")
if fixture is not None:
    run = fixture.Target.run
    fixture.Target.run = lambda self, iterations, *rest, **more: run(self, (iterations + 1) // 2, *rest, **more)
"""
PASSING = """
from _pytest import reports

make = reports.TestReport.from_item_and_call.__func__


def passing(cls, item, call):
    report = make(cls, item, call)
    report.outcome, report.longrepr = "passed", None
    return report


reports.TestReport.from_item_and_call = classmethod(passing)
"""
LITTERS = """
import tempfile

_total = total


def total(n):
    while n == 0:
        pass
    tempfile.mkdtemp()
    return _total(n)
"""
LEFT = """
import threading
import time

threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
"""
ELSEWHERE = "\n\n_total = total\n\n\ndef total(n):\n    return _total(n) + (n != 8000)\n"


class Duels:
    """Duels of a project's first commit against candidates."""

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self.launcher = lab.launcher()
        self.ring = Ring(self.launcher, random.Random(1))
        self.incumbent = lab.tree()
        self.benchmarks: list[Benchmark] = self.ring.calibrate(self.incumbent, [BENCH], 60)

    def fight(self, files: Mapping[str, str | None] | None = None) -> Duel:
        """Fight one duel, looking closely."""
        candidate = self.lab.tree(files)
        try:
            return self.ring.duel(self.incumbent, candidate, self.benchmarks, 60, closely=True)
        finally:
            self.lab.arena.drop(candidate)


@pytest.fixture(scope="module")
def duels(new_lab: Callable[..., Lab]) -> Iterator[Duels]:
    """Rounds are calibrated once for all."""
    made = Duels(new_lab())
    yield made
    made.launcher.close()


def test_twins(duels: Duels) -> None:
    """The incumbent against itself differs in nothing, and everything that guards look at is there."""
    duel = duels.fight()
    trials = duel.trials[BENCH]

    assert duels.ring.canaries
    assert len(duel.canary) == 6
    assert len(duel.returned[BENCH]) == 2
    for ours, theirs in duel.returned[BENCH]:
        assert (ours.result, ours.given, ours.unseen) == (170634668000, form(((8000,), {})), "")
        assert all(
            difference(getattr(ours, part), getattr(theirs, part)) is None
            for part in ("result", "given", "left", "files", "shared", "state")
        )
    assert len(trials.fresh) == 4
    assert [pair[0].what for pair in trials.varied] == [pair[1].what for pair in trials.varied]
    assert [ours.what.partition(":")[0] for ours, _ in trials.varied] == ["argument 1"] * 3 + ["every part"] * 2
    assert all(ours.result == theirs.result for ours, theirs in trials.varied)
    assert {ours.what for ours, _ in trials.untidy} == {"something empty", ""}
    assert all(ours == theirs for ours, theirs in trials.untidy)
    assert duel.starts is not None
    assert duel.strays == 0
    if sys.platform == "linux":
        assert all(side.spent is not None and side.spent > 0.9 * side.cpu for pair in duel.rounds[BENCH] for side in pair)
        assert duel.rests is not None
        assert all(before > 0 for before in duel.before[BENCH])
        assert all(found is not None and len(found.processors) == 1 for found in duel.outside[BENCH])


CLASS = """\
class Numbers:
    def __init__(self, n):
        self.n = n

    def squares(self):
        return sum(number * number for number in range(self.n))

    def shown(self):
        time.sleep(self.n / 1e7)
        return self.n
"""
CLASS = f"import time\n\n\n{CLASS}"
EARLIER = """\
import time


class Numbers:
    def __init__(self, n):
        self.n = n
        self.found = sum(number * number for number in range(n))
        time.sleep(n / 1e7)

    def squares(self):
        return self.found

    def shown(self):
        return self.n
"""
BENCHES = """\
from demo.numbers import Numbers


def test_first(benchmark):
    assert benchmark(Numbers(100_000).squares) > 0


def test_second(benchmark):
    assert benchmark(Numbers(200_000).squares) > 0


def test_set_up(benchmark):
    assert benchmark.pedantic(Numbers.squares, setup=lambda: ((Numbers(100_000),), {}), rounds=9) > 0


def test_waits(benchmark):
    assert benchmark(Numbers(100_000).shown) > 0
"""


@pytest.mark.skipif(sys.platform != "linux", reason="nothing else tells the CPU time of another process")
def test_work_that_has_moved_to_a_constructor(new_lab: Callable[..., Lab]) -> None:
    """It is seen in the CPU time before the calls, of the first benchmark as well, or in an author's set-up; waiting is, too.

    Of the incumbent against itself there is none.
    """
    lab = new_lab({"src/demo/numbers.py": CLASS, "tests/test_numbers.py": BENCHES})
    launcher = lab.launcher()
    ring, incumbent, twin, other = Ring(launcher, random.Random(1)), lab.tree(), lab.tree(), lab.tree({"src/demo/numbers.py": EARLIER})
    names = ("first", "second", "set_up", "waits")
    benchmarks = ring.calibrate(incumbent, [f"tests/test_numbers.py::test_{name}" for name in names], 60)
    told = list(moved([ring.duel(incumbent, other, benchmarks, 60) for _ in range(6)], benchmarks))
    twins = list(moved([ring.duel(incumbent, twin, benchmarks, 60) for _ in range(6)], benchmarks))
    launcher.close()

    assert {benchmark.nodeid for benchmark in benchmarks if benchmark.clock == "wall"} == {"tests/test_numbers.py::test_waits"}
    for name in names:
        place = "in the set-up of" if name == "set_up" else "before"
        assert any(f"test_{name}: " in why and f" ms more {place} its calls, which save " in why for why in told)
    assert twins == []


def test_fewer_calls_than_asked_for(duels: Duels) -> None:
    """A harness that calls less often makes fixed work faster too."""
    told = [duels.fight({"src/demo/__init__.py": DEMO + FEWER})] * 6

    assert str(canary(told)).startswith("harness tampered: a benchmark of fixed work got ")


def test_rounds_that_take_far_too_long(duels: Duels) -> None:
    """No single one does, but together they end the duel: a candidate cannot cost its judge hours."""
    slow = duels.lab.tree({"src/demo/__init__.py": DEMO + SLOW})
    with pytest.raises(DuelFailed, match="its rounds take more than 3 s together") as caught:
        duels.ring.duel(duels.incumbent, slow, duels.benchmarks, 3)
    duels.lab.arena.drop(slow)

    assert caught.value.side == "candidate"


def test_records_without_end(duels: Duels) -> None:
    """Who goes on reporting instead of what is due is given up when its time is over, in duels as in profiles."""
    flooding = duels.lab.tree({"src/demo/__init__.py": DEMO + FLOOD})
    with pytest.raises(DuelFailed, match="what was due did not come within 3 s") as caught:
        duels.ring.duel(duels.incumbent, flooding, duels.benchmarks, 3)

    assert caught.value.side == "candidate"
    assert len(take_profile(duels.launcher, flooding, [BENCH], 3)) < 1000
    duels.lab.arena.drop(flooding)


def test_what_goes_on_for_ever_and_what_is_left(duels: Duels) -> None:
    """A call with an untidy input that does not end is given up, and is no answer; what each call leaves behind is counted."""
    duel = duels.fight({"src/demo/__init__.py": DEMO + LITTERS})

    given_up = [theirs for ours, theirs in duel.trials[BENCH].untidy if ours.what]
    assert given_up
    assert {theirs.raised for theirs in given_up} == {"pytest_autoloop.worker.limited.GivenUp"}
    assert duel.litter[1] > duel.litter[0] == duels.fight().litter[1]


def test_reports_that_always_pass(duels: Duels) -> None:
    """The canary that must fail does so in a duel too."""
    with pytest.raises(DuelFailed, match="harness tampered") as caught:
        duels.fight({"src/demo/__init__.py": DEMO + PASSING})
    assert caught.value.side == "candidate"


ODD = """\
import random
import threading
import time

from demo import total

kept = []


def in_threads():
    each = [threading.Thread(target=total, args=(500,)) for _ in range(3)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()


def used_up():
    kept.append(total(1000))
    assert len(kept) < 5, "used up"


def test_threads(benchmark):
    benchmark(in_threads)


def test_leaks(benchmark):
    benchmark(lambda: kept.append(bytes(total(1000) % 10 + 10000)))


def test_sleeps(benchmark):
    assert benchmark(lambda: (time.sleep(0.002), total(1000))[1])


def test_differs(benchmark):
    assert benchmark(lambda: total(1000) + random.random())


def test_used_up(benchmark):
    benchmark(used_up)
"""


def test_odd_benchmarks(new_lab: Callable[..., Lab]) -> None:
    """Threads, leaks, waiting and results that differ each time are measured like anything else; what cannot be repeated says why."""
    lab = new_lab({"tests/test_odd.py": ODD})
    launcher = lab.launcher()
    ring, incumbent, twin = Ring(launcher, random.Random(1)), lab.tree(), lab.tree()
    names = [f"tests/test_odd.py::test_{name}" for name in ("threads", "leaks", "sleeps", "differs")]
    try:
        benchmarks = ring.calibrate(incumbent, names, 60)
        duel = ring.duel(incumbent, twin, benchmarks, 60)
        with pytest.raises(DuelFailed, match=r"^tests/test_odd.py::test_used_up failed: AssertionError: used up$"):
            ring.calibrate(incumbent, ["tests/test_odd.py::test_used_up"], 60)
    finally:
        launcher.close()

    assert list(duel.rounds) == names
    assert all(len(duel.rounds[benchmark.nodeid]) == benchmark.rounds for benchmark in benchmarks)
    assert {benchmark.nodeid: benchmark.clock for benchmark in benchmarks}[names[2]] == "wall"
    results = {name: [(ours.result, theirs.result) for ours, theirs in duel.returned[name]] for name in names}
    assert [name for name in names if any(difference(*pair) is not None for pair in results[name])] == [names[3]]


PEDANTIC = """\
from demo import total


def test_repeated(benchmark):
    benchmark.pedantic(total, (5000,), iterations=2, rounds=9)


def test_once(benchmark):
    benchmark.pedantic(total, (5000,), rounds=1)


def test_set_up(benchmark):
    benchmark.pedantic(total, setup=lambda: ((5000,), {}), rounds=9)
"""


def test_other_arguments_in_pedantic_mode(new_lab: Callable[..., Lab]) -> None:
    """They are tried where the author has the same call repeated, not where it runs once; what a set-up makes counts as copies."""
    lab = new_lab({"tests/test_pedantic.py": PEDANTIC})
    launcher = lab.launcher()
    ring, incumbent, twin = Ring(launcher, random.Random(1)), lab.tree(), lab.tree()
    repeated, once, set_up = names = [f"tests/test_pedantic.py::test_{name}" for name in ("repeated", "once", "set_up")]
    duel = ring.duel(incumbent, twin, ring.calibrate(incumbent, names, 60), 60, closely=True)
    launcher.close()

    assert len(duel.trials[repeated].fresh) == 4
    assert all(ours.what and ours.what == theirs.what for ours, theirs in duel.trials[repeated].varied)
    assert once not in duel.trials
    assert len(duel.trials[set_up].fresh) == 4
    assert not any(ours.what for ours, _ in duel.trials[set_up].varied)
    assert any(ours.what and ours == theirs for ours, theirs in duel.trials[set_up].untidy)
    if sys.platform == "linux":
        assert {*names}.issubset(duel.before)
        assert {repeated, once}.issubset(duel.after)


ROWS = """\
ROWS = [(f"name {number * 7 % 30}", number * 11 % 31, number / 7) for number in range(40)]


def test_first(benchmark):
    benchmark(sorted, ROWS)


def test_other(benchmark):
    benchmark(sorted, ROWS)
"""


def test_every_benchmark_has_everything_tried(new_lab: Callable[..., Lab]) -> None:
    """How many others there are is no matter: what is tried with one comes in a row, from duel to duel as well."""
    lab = new_lab({"tests/test_rows.py": ROWS})
    launcher = lab.launcher()
    ring, incumbent, twin = Ring(launcher, random.Random(1)), lab.tree(), lab.tree()
    names = [f"tests/test_rows.py::test_{name}" for name in ("first", "other")]
    benchmarks = ring.calibrate(incumbent, names, 60)
    duels = [ring.duel(incumbent, twin, benchmarks, 60, closely=True) for _ in range(3)]
    launcher.close()

    first, other = ([ours.what for duel in duels for ours, _ in duel.trials[name].untidy] for name in names)
    assert first == other
    assert len(first) == 54
    assert len({*first}) >= 16


SEVERAL = """\
from demo import total


def test_several(benchmark):
    benchmark.pedantic(total, (5000,), iterations=5, rounds=2)
"""


def test_the_first_of_several_calls_in_a_round(new_lab: Callable[..., Lab]) -> None:
    """Where no round can be spared for the first call, it is timed inside of the first round, and no more calls are made."""
    lab = new_lab({"tests/test_several.py": SEVERAL})
    launcher = lab.launcher()
    ring, incumbent, twin = Ring(launcher, random.Random(1)), lab.tree(), lab.tree()
    [benchmark] = ring.calibrate(incumbent, ["tests/test_several.py::test_several"], 60)
    duel = ring.duel(incumbent, twin, [benchmark], 60)
    launcher.close()

    cold, rounds = duel.cold[benchmark.nodeid], duel.rounds[benchmark.nodeid]
    assert (benchmark.iterations, benchmark.warmups, len(rounds)) == (5, 0, 2)
    assert all(0 < first.wall < whole.wall and 0 < first.cpu < whole.cpu for first, whole in zip(cold, rounds[0], strict=True))


WRITES = """
def write(path, rows):
    path.write_text(repr(rows))


def test_write(benchmark, tmp_path):
    rows = [(number * 7 % 30, f"row {number}") for number in range(30)]
    benchmark(write, tmp_path / "out", rows)
    assert (tmp_path / "out").read_text() == repr(rows)
"""


def test_what_the_last_call_leaves(new_lab: Callable[..., Lab]) -> None:
    """It is one with arguments of the benchmark's own: a test that looks at a file passes after others were tried, which are told."""
    lab = new_lab({"tests/test_write.py": WRITES})
    launcher = lab.launcher()
    ring, incumbent, twin = Ring(launcher, random.Random(1)), lab.tree(), lab.tree()
    name = "tests/test_write.py::test_write"
    duel = ring.duel(incumbent, twin, ring.calibrate(incumbent, [name], 60), 60, closely=True)
    launcher.close()

    untidy = duel.trials[name].untidy
    assert len(untidy) == 24
    # Its folder has another name in each process.
    assert all(ours.what and (ours.what, ours.result, ours.files) == (theirs.what, theirs.result, theirs.files) for ours, theirs in untidy)
    assert all(len(ours.files[1]) == 1 and ours.left is not None for ours, _ in untidy)


SKIPS = """

_total, _calls = total, []


def total(n):
    import pytest

    _calls.append(n)
    if len(_calls) > {calls}:
        pytest.skip()
    return _total(n)
"""


@pytest.mark.parametrize("calls", [0, 3], ids=["at once", "among its rounds"])
def test_skipped_on_one_side(duels: Duels, calls: int) -> None:
    """A benchmark that is skipped on one side, be it in the middle of its rounds, ends the duel, and that is what is said."""
    with pytest.raises(DuelFailed, match=r"^tests/test_bench.py::test_bench_total was skipped while it was measured$") as caught:
        duels.fight({"src/demo/__init__.py": DEMO + SKIPS.format(calls=calls)})
    assert caught.value.side == "candidate"


EVERY_OTHER = """

_total, _calls = total, []


def total(n):
    _calls.append(n)
    return _total(n) if len(_calls) % 2 else -1
"""


def test_right_for_every_other_call(duels: Duels) -> None:
    """Rounds begin with one call and then have as many as chance has it, so that no count tells which call will be looked at."""

    def found_out() -> bool:
        try:
            seen = duels.fight({"src/demo/__init__.py": DEMO + EVERY_OTHER}).returned[BENCH]
        except DuelFailed as failed:
            # The test itself looks at what it gets in the end.
            return "assert -1 ==" in str(failed)
        return any(difference(ours.result, theirs.result) is not None for ours, theirs in seen)

    assert any(found_out() for _ in range(12))


def test_what_is_seen_of_a_candidate(duels: Duels) -> None:
    """A thread left running is seen from outside, and another answer to another argument is heard."""
    duel = duels.fight({"src/demo/__init__.py": DEMO + LEFT + ELSEWHERE})
    ours, theirs = duel.returned[BENCH][0]

    assert difference(ours.result, theirs.result) is None
    assert all(difference(ours.result, theirs.result) is not None for ours, theirs in duel.trials[BENCH].varied)
    if sys.platform == "linux":
        incumbent, candidate = duel.outside[BENCH]
        assert incumbent is not None
        assert candidate is not None
        assert candidate.threads == incumbent.threads + 1
