"""One process that tells a metric: what it says where tests record well, and what is said of those that do not."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.judging.fighter import DuelFailed
from pytest_autoloop.judging.reading import Reader

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab import Lab

    from pytest_autoloop.judging.reading import Reading

RECORDING = """\
import pytest


def test_seed(autoloop_metric):
    autoloop_metric("loss", autoloop_metric.seed)


def test_hash(autoloop_metric):
    autoloop_metric("loss", hash("a word"))


def test_nan(autoloop_metric):
    autoloop_metric("loss", float("nan"))


def test_endless(autoloop_metric):
    autoloop_metric("loss", 10**400)


def test_twice(autoloop_metric):
    autoloop_metric("loss", 1)
    autoloop_metric("loss", 2)


def test_never(autoloop_metric):
    autoloop_metric("other", 1)


def test_otherwise(autoloop_metric):
    autoloop_metric("loss", 1, direction="higher")


def test_skipped(autoloop_metric):
    autoloop_metric("loss", 1)
    pytest.skip("not today")


def test_fails(autoloop_metric):
    autoloop_metric("loss", 1)
    assert autoloop_metric.seed == 20090, "no other seed"


def test_leaves(autoloop_metric):
    import os

    os._exit(3)
"""
# Peaks in MiB that are known: lists of bytes of that size.
CALLS = """\
import threading
import time

MIB = 1 << 20
kept = []


def threads():
    done = []
    each = [threading.Thread(target=lambda: done.append(bytearray(2 * MIB))) for _ in range(4)]
    for thread in each:
        thread.start()
    for thread in each:
        thread.join()
    return len(done)


def test_threads(benchmark):
    assert benchmark(threads) == 4


def test_leaks(benchmark):
    benchmark(lambda: kept.append(bytearray(3 * MIB)))


def test_sleeps(benchmark):
    benchmark(time.sleep, 0.05)


def test_another_each_time(benchmark):
    assert benchmark(lambda: time.perf_counter_ns()) > 0


def test_the_first_call_counts(benchmark):
    def remembering():
        if not kept:
            kept.append(len(bytearray(5 * MIB)))

    kept.clear()
    benchmark(remembering)


def test_traces_itself(benchmark):
    import tracemalloc

    tracemalloc.start()
    before = len(bytearray(7 * MIB))
    assert benchmark(lambda: len(bytearray(2 * MIB))) < before
    assert tracemalloc.get_traced_memory()[1] > MIB
    tracemalloc.stop()


class Row:
    def __init__(self, number):
        self.number = number


def test_asks_for_what_objects_hold(benchmark):
    rows = [Row(number) for number in range(20_000)]
    benchmark(lambda rows: [vars(row)["number"] for row in rows], rows)


def test_stops_tracing(benchmark):
    import tracemalloc

    benchmark(tracemalloc.stop)
"""


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab({"tests/test_recording.py": RECORDING, "tests/test_calls.py": CALLS})


def read(lab: Lab, metric: str, *names: str, seed: int = 1) -> Reading:
    file = "tests/test_calls.py" if metric == "memory" else "tests/test_recording.py"
    launcher = lab.launcher()
    launcher.objective_files = (file,)
    reader = Reader(launcher=launcher, metric=metric, direction="lower", tests=[f"{file}::test_{name}" for name in names])
    tree = lab.tree()
    try:
        found = reader.read(tree, seed, 60, "candidate")
    finally:
        lab.arena.drop(tree)
    assert list(found.values) == list(reader.tests)
    return found


def test_both_sides_of_a_pair_share_all_chance(shared: Lab) -> None:
    """With the same seed come the same seed of the fixture and the same hashes; with another, others."""
    [one, same, other] = [read(shared, "loss", "seed", "hash", seed=seed) for seed in (7, 7, 8)]

    assert next(iter(one.values.values())) == 7
    assert one.values == same.values
    assert not set(one.values.values()) & set(other.values.values())
    assert one.memory > 1 << 20
    assert one.seconds > 0


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("nan", "tests/test_recording.py::test_nan: loss is nan"),
        ("endless", "tests/test_recording.py::test_endless: loss is inf"),
        (
            "twice",
            "tests/test_recording.py::test_twice failed: ValueError: autoloop_metric: 'loss' was recorded as 1.0 (lower) and now as 2.0",
        ),
        ("never", "tests/test_recording.py::test_never recorded no loss"),
        ("otherwise", "tests/test_recording.py::test_otherwise: loss is better higher now, and was better lower"),
        ("skipped", "tests/test_recording.py::test_skipped was skipped"),
        ("fails", "tests/test_recording.py::test_fails failed: AssertionError: no other seed"),
        ("leaves", "its process ended with status 3 in the middle"),
    ],
)
def test_no_value(shared: Lab, name: str, says: str) -> None:
    """A test of the objective that has no number to compare ends the reading, and is named with what it did."""
    with pytest.raises(DuelFailed) as caught:
        read(shared, "loss", name)

    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)
    assert caught.value.side == "candidate"


@pytest.mark.skipif(sys.version_info < (3, 11), reason="objects have their dictionaries from the start")
def test_looking_at_arguments_would_change_what_is_measured(shared: Lab) -> None:
    """An object's dictionary is made when somebody first asks for it: that has to be the measured call, not the one who measures."""
    [peak] = read(shared, "memory", "asks_for_what_objects_hold").values.values()

    assert peak > 1 << 20


def test_memory_of_calls(shared: Lab) -> None:
    """The peak of the first call counts, of all its threads, be it given back or not.

    Waiting, changing results and a test that traces do not disturb.
    """
    names = ("threads", "leaks", "sleeps", "another_each_time", "the_first_call_counts", "traces_itself")
    found = read(shared, "memory", *names)
    peaks = [value / 2**20 for value in found.values.values()]

    assert peaks == pytest.approx([8, 3, 0, 0, 5, 2], abs=0.2)
    assert [returned.result for returned in found.returned.values()][:3] == [4, None, None]
    assert list(found.returned) == list(found.values)
    with pytest.raises(DuelFailed, match="test_stops_tracing: memory cannot be told: the call stops tracemalloc"):
        read(shared, "memory", "stops_tracing")


WRITES = """\
from demo import write


def test_write(benchmark, tmp_path):
    rows = [(number, f"row {number}") for number in range(40)]
    benchmark(write, tmp_path / "out", rows)
    assert (tmp_path / "out").read_text().count("row") == 40
"""


def test_what_the_last_call_leaves(new_lab: Callable[..., Lab]) -> None:
    """It is one with arguments of the benchmark's own: a test that looks at a file passes after others were tried."""
    code = "def write(path, rows):\n    path.write_text(repr(rows))\n"
    lab = new_lab({"src/demo/__init__.py": code, "tests/test_write.py": WRITES})
    launcher = lab.launcher()
    launcher.objective_files = ("tests/test_write.py",)
    name = "tests/test_write.py::test_write"
    reader = Reader(launcher=launcher, metric="memory", direction="lower", tests=[name])

    found = reader.read(lab.tree(), 3, 60, own=["src/demo/__init__.py"])

    assert any(varied.what for varied in found.varied[name])
