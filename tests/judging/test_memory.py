"""The guard on memory: what a would-be keep may take more than the incumbent, of a call and of its process."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.guards.memory import memory as memory_guard
from pytest_autoloop.judging.guards.scene import Scene
from pytest_autoloop.judging.honesty import Comparable
from pytest_autoloop.judging.memory import Memory
from pytest_autoloop.judging.reading import Reader
from pytest_autoloop.judging.reading import SameSeed

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    from lab import Lab

    from pytest_autoloop.workspace.trees import Tree

ANYTHING: Any = None
MIB = 1 << 20
FILE = "tests/test_sized.py"
TEST = f"{FILE}::test_bench_sized"
CODE = "src/demo/sized.py"
SIZED = "SIZE = {size}\n\n\ndef sized():\n    return len(bytearray(SIZE))\n"


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    bench = "from demo.sized import sized\n\n\ndef test_bench_sized(benchmark):\n    assert benchmark(sized)\n"
    return new_lab({CODE: SIZED.format(size=10 * MIB), FILE: bench})


@pytest.fixture(scope="module")
def incumbent(shared: Lab) -> Iterator[Tree]:
    tree = shared.tree()
    yield tree
    shared.arena.drop(tree)


@pytest.fixture(scope="module")
def memory(shared: Lab) -> Memory:
    """One guard for all: the incumbent is traced once."""
    launcher = shared.launcher()
    launcher.objective_files = (FILE,)
    reader = Reader(launcher=launcher, metric="memory", direction="lower", tests=[TEST])
    return Memory(readings=SameSeed(reader=reader, limit=60, seed=3), growth=0.2)


@pytest.mark.parametrize(
    ("size", "growth", "says"),
    [
        (12.5, 0.2, [f"a call of {TEST} needs 12.5 MiB of memory at its peak, the incumbent's 10.0 MiB"]),
        (11.5, 0.2, []),
        (12.5, 0.3, []),
        (10.75, 0.01, []),
    ],
    ids=["more", "within the share", "within a larger share", "less than 1 MiB more"],
)
def test_a_call(shared: Lab, incumbent: Tree, memory: Memory, size: float, growth: float, says: list[str]) -> None:
    """The peak of a call may grow by the share that is allowed, or by 1 MiB; beyond both it is named with both sizes."""
    memory.growth = growth
    candidate = shared.tree({CODE: SIZED.format(size=int(size * MIB))})

    assert list(memory.calls(*memory.traced(incumbent, candidate))) == says
    assert memory.readings.known is not None
    assert memory.readings.known[0] is incumbent
    shared.arena.drop(candidate)


def found(shared: Lab, memory: Memory, ours: Tree, theirs: Tree) -> list[tuple[str, str]]:
    """What the guard finds of a candidate that was timed."""
    scene = Scene(
        case=ANYTHING,
        tree=theirs,
        incumbent=ours,
        duels=[ANYTHING],
        benchmarks=(),
        comparable=Comparable({"result": frozenset({TEST})}),
        store=ANYTHING,
        arena=shared.arena,
        restless=frozenset(),
        memory=memory,
    )
    return [(finding.kind, finding.text) for finding in memory_guard(scene)]


def test_a_call_that_is_not_to_be_told(shared: Lab, incumbent: Tree, memory: Memory) -> None:
    """A candidate that keeps its memory from being traced is rejected; where the incumbent does, that is not checked."""
    stops = shared.tree({CODE: SIZED.format(size=MIB).replace("    return", "    __import__('tracemalloc').stop()\n    return")})
    why = f"{TEST}: memory cannot be told: the call stops tracemalloc"

    assert found(shared, memory, incumbent, stops)[0] == ("reject", f"the memory of its calls cannot be told: {why}")
    assert found(shared, memory, stops, incumbent) == [("not checked", f"peak memory of a call ({why})")]
    shared.arena.drop(stops)


def test_a_call_that_does_less_while_it_is_looked_at(shared: Lab, incumbent: Tree, memory: Memory) -> None:
    """What the traced call returns has to be the incumbent's, or it could leave the work that takes the memory."""
    less = "    if __import__('tracemalloc').is_tracing():\n        return 1\n    return"
    watchful = shared.tree({CODE: SIZED.format(size=20 * MIB).replace("    return", less)})
    kind, text = found(shared, memory, incumbent, watchful)[0]

    assert kind == "reject"
    assert text.startswith(f"while its memory is looked at, {TEST}: the measured call returns something else: the value is 1, and 10485760")
    shared.arena.drop(watchful)


@pytest.mark.parametrize(
    ("peaks", "says"),
    [
        ([(100 * MIB, 140 * MIB), (101 * MIB, 139 * MIB)] * 4, ["its process needs 139.5 MiB of memory, the incumbent's 100.5 MiB"]),
        ([(100 * MIB, 110 * MIB)] * 8, []),
        ([(100 * MIB, 140 * MIB)] + [(100 * MIB, 100 * MIB)] * 7, []),
        ([(0, 140 * MIB)] * 8, []),
        ([], []),
    ],
    ids=["more", "within", "once only", "not told", "no pair"],
)
def test_processes(memory: Memory, peaks: list[tuple[int, int]], says: list[str]) -> None:
    """Whole processes show what Python does not allocate: where most pairs have grown by more than the share, that is said."""
    memory.growth = 0.2

    assert list(memory.processes(peaks)) == says
