"""The benchmark fixture as a child's tests meet it: once in a gate, and driven round by round."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING
from typing import NoReturn

import pytest
from pytest_benchmark.fixture import BenchmarkFixture
from sample import name_of

from pytest_autoloop.judging.gate import failure_text
from pytest_autoloop.worker.fixture import Target
from pytest_autoloop.worker.fixture import unsupported

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab import Drive
    from lab import Lab

    from pytest_autoloop.judging.gate import Session

BENCHMARKS = """\
import unittest

import pytest

from demo import total

CALLS = []


def note(*args, **kwargs):
    CALLS.append((args, kwargs))
    return len(CALLS)


@pytest.fixture(autouse=True)
def forget():
    CALLS.clear()


def test_plain(benchmark):
    assert benchmark(total, 4) == 14


def test_keywords(benchmark):
    benchmark(note, 1, two=2)
    assert CALLS[0] == ((1,), {"two": 2})


@pytest.mark.parametrize("n", [3, 5], ids=["three", "five"])
def test_parametrised(benchmark, n):
    benchmark(total, n)
    assert benchmark.params == {"n": n}


class TestGroup:
    @pytest.mark.benchmark(group="numbers", min_rounds=1000, warmup=True, disable_gc=True)
    def test_in_class(self, benchmark):
        assert benchmark.group == "numbers"
        benchmark(total, 10)


class TestUnit(unittest.TestCase):
    @pytest.fixture(autouse=True)
    def keep(self, benchmark):
        self.benchmark = benchmark

    def test_unittest(self):
        self.assertEqual(self.benchmark(total, 4), 14)


@pytest.fixture
def through(benchmark):
    return lambda: benchmark(total, 4)


def test_through_fixture(through):
    assert through() == 14


def test_by_name(request):
    request.getfixturevalue("benchmark")(total, 4)


@pytest.mark.benchmark
def test_marker_only():
    assert total(4) == 14


def test_decorator(benchmark):
    @benchmark
    def result():
        return total(4)

    assert result == 14


def test_stats(benchmark):
    benchmark(total, 4)
    assert benchmark.stats["mean"] > 0
    assert benchmark.stats.stats.mean > 0
    assert benchmark.stats.stats.rounds >= 1
    assert benchmark.enabled


def test_extra_info(benchmark):
    benchmark.extra_info["size"] = 4
    benchmark(total, 4)
    assert benchmark.extra_info == {"size": 4}
    assert benchmark.name == "test_extra_info"


def test_twice(benchmark):
    benchmark(total, 4)
    benchmark(total, 4)


def test_twice_pedantic(benchmark):
    benchmark.pedantic(total, args=(4,))
    benchmark.pedantic(total, args=(4,))


@pytest.mark.filterwarnings("error")
def test_used_needs_no_warning(benchmark):
    benchmark(total, 4)


@pytest.mark.filterwarnings("error")
def test_never_called(benchmark):
    pass


def test_target_raises(benchmark):
    benchmark(lambda: 1 / 0)


def test_fails_afterwards(benchmark):
    assert benchmark(total, 4) == 15


def test_skips_inside(benchmark):
    benchmark(lambda: pytest.skip("not here"))


def test_pedantic(benchmark):
    assert benchmark.pedantic(note, args=[1], kwargs={"two": 2}, rounds=3, warmup_rounds=2, iterations=2) == len(CALLS)
    assert set(map(repr, CALLS)) == {"((1,), {'two': 2})"}


def test_pedantic_once(benchmark):
    assert benchmark.pedantic(note) == 1


def test_pedantic_setup(benchmark):
    made, gone = [], []

    def setup():
        made.append(object())
        return (made[-1],), {"key": len(made)}

    def teardown(value, key):
        gone.append((value, key))

    benchmark.pedantic(note, setup=setup, teardown=teardown, rounds=4)
    assert [call[0][0] for call in CALLS] == made == [value for value, _ in gone]
    assert [key for _, key in gone] == list(range(1, len(made) + 1))


def test_pedantic_setup_for_its_effect(benchmark):
    ready = []
    benchmark.pedantic(lambda *args: ready.pop(), args=(1,), setup=lambda: ready.append(1), rounds=2)


@pytest.mark.parametrize(
    "options", [{"iterations": 0}, {"rounds": 0}, {"warmup_rounds": -1}, {"iterations": 2, "setup": list}, {"rounds": "2"}], ids=repr
)
def test_pedantic_refuses(benchmark, options):
    with pytest.raises(ValueError):
        benchmark.pedantic(total, args=(4,), **options)


def test_pedantic_arguments_twice(benchmark):
    with pytest.raises(TypeError):
        benchmark.pedantic(total, args=(4,), setup=lambda: ((4,), {}))


def test_pedantic_odd_setup(benchmark):
    with pytest.raises(ValueError):
        benchmark.pedantic(total, setup=lambda: ((4,), {}, 1))


def test_prints_and_leaves(benchmark, capsys):
    benchmark(print, "hello")
    assert "hello" in capsys.readouterr().out
"""

# What a person sees of these tests when they run pytest without the loop.
FAILING = {"test_twice", "test_twice_pedantic", "test_never_called", "test_target_raises", "test_fails_afterwards"}
SKIPPED = {"test_skips_inside"}
UNTIMED = {"test_never_called", "test_marker_only", "test_target_raises", "test_skips_inside"}
REFUSING = ("test_pedantic_refuses", "test_pedantic_arguments_twice", "test_pedantic_odd_setup")
FILE = "tests/test_kinds.py"


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    """A project with a benchmark of every kind."""
    return new_lab({FILE: BENCHMARKS})


@pytest.fixture(scope="module")
def gate(shared: Lab) -> Session:
    """One gate over every kind of benchmark."""
    return shared.gate(FILE)


@pytest.fixture(scope="module")
def duel(shared: Lab, gate: Session) -> Drive:
    """One driven child over every kind of benchmark."""
    assert gate.collected is not None
    return shared.drive([nodeid for nodeid in gate.collected.ids if name_of(nodeid) != "test_marker_only"], FILE)


def test_this_pytest_benchmark_can_be_driven() -> None:
    """What is needed of pytest-benchmark is there."""
    assert unsupported() is None


def test_same_outcomes_as_without_the_loop(shared: Lab, gate: Session) -> None:
    """In a gate each test ends as it does when a person runs pytest; only a teardown works also where pytest-benchmark has none yet."""
    early = set() if "teardown" in inspect.signature(BenchmarkFixture.pedantic).parameters else {"test_pedantic_setup"}
    plain = shared.project.run(FILE, "--benchmark-max-time=0.001", "--benchmark-min-rounds=1", "-rA", "-q")
    failed = {name_of(line.split()[1]) for line in plain.outlines if line.startswith(("FAILED ", "ERROR "))}
    found = {name_of(nodeid): outcome for nodeid, outcome in gate.outcomes.items()}

    assert failed - early == FAILING
    assert {name for name, outcome in found.items() if outcome == "failed"} == FAILING
    assert {name for name, outcome in found.items() if outcome == "skipped"} == SKIPPED
    # A failure in teardown comes after a pass, and pytest counts both.
    assert list(found.values()).count("passed") == plain.parseoutcomes()["passed"] - 1 + len(early)
    assert gate.exitstatus == 1


def test_gate_times_each_benchmark_once(gate: Session) -> None:
    """A gate tells a time for every benchmark that ran, also for one that is asked for at run time, and for no other test."""
    assert gate.collected is not None
    untimed = {name_of(nodeid) for nodeid in set(gate.collected.ids) - gate.timed.keys()}

    assert untimed - {name for name in untimed if name.startswith(REFUSING)} == UNTIMED
    assert all(seconds > 0 for seconds in gate.timed.values())


def test_objective_is_in_the_closure(gate: Session) -> None:
    """The benchmarks are the tests that request the fixture, themselves or through others; a marker is none, nor is a late request."""
    assert gate.collected is not None
    names = {name_of(nodeid) for nodeid in gate.collected.benchmarks}

    assert {"test_plain", "test_through_fixture", "test_unittest", "test_parametrised[five]", "test_never_called"} <= names
    assert not names & {"test_marker_only", "test_by_name"}
    assert set(gate.collected.benchmarks.values()) == {FILE}


def test_driven_outcomes(gate: Session, duel: Drive) -> None:
    """Driven round by round, each test ends as it does in a gate."""
    expected = {name_of(nodeid): outcome for nodeid, outcome in gate.outcomes.items() if name_of(nodeid) != "test_marker_only"}

    assert duel.outcomes == expected
    assert duel.status == 1


def test_the_first_call_of_a_round() -> None:
    """It is one of the round's calls, and timed besides where that is asked for."""
    calls: list[int] = []
    target = Target(nodeid="test_it", call=lambda: calls.append(sum(range(50_000))), prepare=lambda: ((), {}))
    usual, timed = target.run(3)[0], target.run(3, first=True)[0]

    assert len(calls) == 6
    assert (usual.first, usual.first_wall) == (0, 0)
    assert 0 < timed.first < timed.cpu
    assert 0 < timed.first_wall < timed.wall


def test_driven_rounds(duel: Drive) -> None:
    """Every benchmark parks and answers each command with a time by both clocks."""
    rounds = {name_of(nodeid): taken for nodeid, taken in duel.rounds.items()}

    assert len(rounds["test_plain"]) == 3
    assert all(type(taken.wall) is int and taken.wall > 0 and taken.cpu >= 0 for each in rounds.values() for taken in each)
    assert not rounds["test_target_raises"]
    assert not rounds["test_skips_inside"]
    assert "test_never_called" not in rounds


def test_parked_with_the_authors_limits(duel: Drive) -> None:
    """A pedantic benchmark keeps its author's iterations, and may run no more rounds than the author allowed."""
    limits = {name_of(record.nodeid): (record.iterations, record.rounds) for record in duel.parked}

    assert limits["test_plain"] == (None, None)
    assert limits["test_in_class"] == (None, None)
    assert limits["test_pedantic"] == (2, 5)
    assert limits["test_pedantic_once"] == (1, 1)
    assert limits["test_pedantic_setup"] == (1, 4)
    assert len(duel.rounds[f"{FILE}::test_pedantic_once"]) == 1


def test_a_failing_target_is_reported_in_place_of_its_time(duel: Drive) -> None:
    """When a target raises, what comes instead of the round is the failed report, with the error in it."""
    report = next(
        report for report in duel.reports if name_of(report.data["nodeid"]) == "test_target_raises" and report.data["when"] == "call"
    )

    assert report.data["outcome"] == "failed"
    assert "ZeroDivisionError" in failure_text(report.data)


def test_objective_alone_in_the_judges_order(shared: Lab) -> None:
    """Only what is asked for runs, in the order asked for: a plugin that shuffles tests must not set the two sides against each other."""
    wanted = [f"{FILE}::test_stats", f"{FILE}::test_plain"]
    done = shared.drive(wanted, FILE, rounds=0)

    assert [record.nodeid for record in done.parked] == wanted
    assert done.outcomes == {"test_stats": "passed", "test_plain": "passed"}
    assert done.status == 0


def test_profile(shared: Lab) -> None:
    """Under the profiler the project's own functions are named by path, line and calls."""
    done = shared.drive([f"{FILE}::test_plain", f"{FILE}::test_pedantic", f"{FILE}::test_pedantic_once"], FILE, mode="profile")
    plain, pedantic = done.profiles

    assert done.status == 0
    assert plain.nodeid == f"{FILE}::test_plain"
    assert [(path, line, name, calls == plain.calls) for path, line, name, calls, *_ in plain.functions] == [
        ("src/demo/__init__.py", 4, "total", True)
    ]
    assert pedantic.calls <= 8
    assert not done.parked
    assert not plain.before


CALLED_BEFORE = """\
import pytest

from demo import total


@pytest.fixture
def known():
    return total(40)


def test_by_itself(benchmark):
    expected = total(40)
    assert benchmark(total, 40) == expected


def test_by_a_fixture(benchmark, known):
    assert benchmark(lambda: total(40)) == known


def test_not_before(benchmark):
    benchmark(total, 40)
    total(40)


def first(n):
    return sum([number * number for number in range(n)])


def second(n):
    return sum([number * number for number in range(n)])


def third(n):
    return sum([number * number for number in range(n)])


def test_by_a_part(benchmark):
    first(2000)
    benchmark(lambda: (first(2000), second(2000), third(2000)))


def test_after_another(benchmark):
    benchmark(total, 40)


def test_once_more(benchmark):
    benchmark(total, 40)


def test_something_less(benchmark):
    total(0)
    benchmark(total, 4000)
"""


@pytest.mark.parametrize(
    ("names", "before"),
    [
        (["test_by_itself"], [True]),
        (["test_by_a_fixture"], [True]),
        (["test_by_a_part"], [True]),
        (["test_not_before"], [False]),
        (["test_not_before", "test_after_another"], [False, True]),
        (["test_after_another", "test_once_more"], [False, True]),
    ],
)
def test_profile_of_what_was_called_before(new_lab: Callable[..., Lab], names: list[str], before: list[bool]) -> None:
    """Whoever works out what it expects, or a good part of that, or has a fixture do so, has called it before; so has the next test."""
    done = new_lab({FILE: CALLED_BEFORE}).drive([f"{FILE}::{name}" for name in names], FILE, mode="profile")

    assert [profile.before for profile in done.profiles] == before


def test_profile_of_what_was_called_at_import(new_lab: Callable[..., Lab]) -> None:
    """A module that calls at import what it measures has called it before, and its tests take no time for that."""
    done = new_lab({FILE: f"{CALLED_BEFORE}\n\ntotal(40)\n"}).drive([f"{FILE}::test_not_before"], FILE, mode="profile")

    assert [(profile.before, profile.worth) for profile in done.profiles] == [(True, 0.0)]
    assert [row[1:3] for profile in done.profiles for row in profile.earlier] == [["total", 1]]


def test_profile_of_what_is_prepared(new_lab: Callable[..., Lab]) -> None:
    """What the project's functions take before a benchmark's calls is told, and not again for the next one."""
    names = ["test_by_itself", "test_not_before"]
    done = new_lab({FILE: CALLED_BEFORE}).drive([f"{FILE}::{name}" for name in names], FILE, mode="profile")

    prepared = [profile.prepared for profile in done.profiles]
    assert prepared[0] > 0
    assert prepared[1] < prepared[0]


def test_profile_of_how_much_was_called_before(new_lab: Callable[..., Lab]) -> None:
    """Calls with as much to do are worth something, one with next to nothing to do is worth nothing."""
    names = ["test_by_itself", "test_something_less"]
    done = new_lab({FILE: CALLED_BEFORE}).drive([f"{FILE}::{name}" for name in names], FILE, mode="profile")

    assert [(profile.before, profile.worth > 0) for profile in done.profiles] == [(True, True), (True, False)]


@pytest.mark.parametrize(
    "flags",
    [
        "--benchmark-skip",
        "--benchmark-disable",
        "--benchmark-enable",
        "--benchmark-only",
        "--benchmark-json=out.json --benchmark-autosave --benchmark-histogram --benchmark-cprofile=tottime",
        "--benchmark-compare --benchmark-compare-fail=min:5% --benchmark-storage=elsewhere --benchmark-save=name",
        "--autoloop --autoloop-judge=HEAD",
    ],
)
def test_flags_in_the_users_configuration(shared: Lab, flags: str) -> None:
    """Flags that would skip, disable, select, store or compare benchmarks, or start a loop, do nothing in a child."""
    session = shared.gate(FILE, "tests/test_demo.py", "-k", "test_plain or test_total", env={"PYTEST_ADDOPTS": flags})

    assert session.trouble is None
    assert {name_of(nodeid): outcome for nodeid, outcome in session.outcomes.items()} == {"test_plain": "passed", "test_total": "passed"}
    assert list(session.timed) == [f"{FILE}::test_plain"]
    assert session.exitstatus == 0
    assert "Saved" not in session.output


CONFTEST = """\
import pytest


class Own:
    def __call__(self, function, *args):
        return function(*args)


@pytest.fixture
def benchmark(benchmark):
    benchmark.extra_info["mine"] = True
    return benchmark


class Plugin:
    @pytest.fixture
    def other(self):
        return Own()


def pytest_configure(config):
    config.pluginmanager.register(Plugin())
"""
REDEFINED = """\
import pytest

from demo import total


def test_redefined(benchmark):
    assert benchmark.extra_info == {"mine": True}
    assert benchmark(total, 4) == 14


class TestOwn:
    @pytest.fixture
    def benchmark(self, other):
        return other

    def test_own(self, benchmark):
        assert benchmark(total, 4) == 14
"""


def test_redefined_fixture(new_lab: Callable[..., Lab]) -> None:
    """A fixture that wraps pytest-benchmark's is driven all the same; one that has nothing to do with it is left alone."""
    lab = new_lab({"conftest.py": CONFTEST, "tests/test_redefined.py": REDEFINED})
    session = lab.gate("tests/test_redefined.py")

    assert set(session.outcomes.values()) == {"passed"}
    assert list(session.timed) == ["tests/test_redefined.py::test_redefined"]
    done = lab.drive(list(session.timed))
    assert [len(taken) for taken in done.rounds.values()] == [3]
    assert done.status == 0


def test_weave(new_lab: Callable[..., Lab]) -> None:
    """A function that is benchmarked by weaving is driven like any other."""
    pytest.importorskip("aspectlib")
    text = "import demo\n\ndef test_woven(benchmark_weave):\n    benchmark_weave('demo.total')\n    assert demo.total(4) == 14\n"
    lab = new_lab({"tests/test_woven.py": text})
    session = lab.gate("tests/test_woven.py")

    assert list(session.timed) == ["tests/test_woven.py::test_woven"]
    assert [len(taken) for taken in lab.drive(list(session.timed)).rounds.values()] == [3]


SHARED = """\
import functools

ROWS = [[1], [2], [3]]


def test_copies(benchmark):
    benchmark(lambda rows: [list(row) for row in rows], ROWS)


def test_the_same_rows(benchmark):
    benchmark(lambda: list(ROWS))


def test_what_it_was_given(benchmark):
    benchmark(functools.partial(sorted, ROWS))


def test_one_row(benchmark):
    benchmark(lambda: [[0]] * 3)


def test_in_place(benchmark):
    benchmark(lambda: ROWS.append([4]))


class Run:
    held = [[1], [2], [3]]

    def go(self):
        return list(self.held)

    def in_place(self):
        ROWS.append([4])


def test_by_a_method(benchmark):
    benchmark(Run().go)


def test_in_place_by_a_method(benchmark):
    benchmark(Run().in_place)
"""


def test_shared_parts_and_data_of_the_test(new_lab: Callable[..., Lab]) -> None:
    """A copy is told from what it was copied from, whatever way a benchmark comes by its data, and so is what calls do to these."""
    names = ("copies", "the_same_rows", "what_it_was_given", "one_row", "in_place", "by_a_method", "in_place_by_a_method")
    drive = new_lab({"tests/test_shared.py": SHARED}).drive([f"tests/test_shared.py::test_{name}" for name in names])

    shared = [(one.shared["with its inputs"], one.shared["in itself"]) for one in drive.returned]
    assert shared == [(0, 0), (3, 0), (3, 0), (0, 2), (0, 0), (3, 0), (0, 0)]
    assert [one.changed for one in drive.returned] == [{}, {}, {}, {}, {"ROWS": 1}, {}, {"ROWS": 1}]


class Failing(dict[str, object]):
    """What a test was given, and cannot be asked for."""

    def items(self) -> NoReturn:
        """Fail."""
        raise OSError


def test_what_cannot_be_found_out() -> None:
    """Whatever objects raise that are looked at, a benchmark does not fail for it; but nobody says that they are as before."""
    target = Target(nodeid="test_it", call=len, prepare=lambda: ((), {}), fixtures=Failing(a=1))

    assert target.traces((), {}).remember().changed() == {"what it works on": 1}
