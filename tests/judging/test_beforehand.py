"""Whether a call that needs less has its memory taken earlier: told from real processes of an incumbent and of candidates."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.judging.beforehand import Beforehand
from pytest_autoloop.judging.beforehand import taken_earlier
from pytest_autoloop.judging.beforehand import untold
from pytest_autoloop.judging.reading import Reader
from pytest_autoloop.judging.reading import Reading
from pytest_autoloop.judging.reading import SameSeed
from pytest_autoloop.worker.messages import Taken

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    from lab import Lab

    from pytest_autoloop.workspace.trees import Tree

MIB = 1 << 20
FILE = "tests/test_table.py"
TEST = f"{FILE}::test_bench_middle"
# How large numbers and lists are differs between Pythons by a little.
SAVED = rf"{TEST}: its call needs 4\.[56] MiB less, but "
CODE = "src/demo/table.py"
TABLE = """\
def helped(rows):
    return rows


class Table:
    def __init__(self, rows):
        self.rows = rows

    def middle(self):
        ranked = sorted(self.rows)
        return ranked[len(ranked) // 2]
"""
BENCH = """\
import pytest

from demo.table import Table

@pytest.fixture
def table():
    # Far more than any call takes, and given back: it is not the project's.
    assert len([None] * 10_000_000) > 1
    return Table([number * 7919 % 400_009 for number in range(400_000)])

def test_other(table):
    assert table.middle()

def test_bench_middle(benchmark, table):
    assert benchmark(table.middle)
"""
IN_THE_CALL = """\
        ranked = sorted(self.rows)
        return ranked[len(ranked) // 2]
"""
LEAN = """\
        return (min(self.rows) + max(self.rows)) // 2
"""
MOVED = {
    "kept by a constructor": ("        self.rows = rows\n", "        self.rows = rows\n        self.ranked = sorted(rows)\n"),
    "given back by a constructor": ("        self.rows = rows\n", "        self.rows = [sorted(rows)[len(rows) // 2]]\n"),
    "at import": ("def helped", "MADE = sorted(n * 7919 % 400_009 for n in range(400_000))\n\n\ndef helped"),
}
ANSWERS = {"kept by a constructor": "self.ranked[len(self.ranked) // 2]", "given back by a constructor": "self.rows[0]"}


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab({CODE: TABLE, FILE: BENCH})


@pytest.fixture(scope="module")
def incumbent(shared: Lab) -> Iterator[Tree]:
    tree = shared.tree()
    yield tree
    shared.arena.drop(tree)


@pytest.fixture(scope="module")
def beforehand(shared: Lab) -> Beforehand:
    """One for all: the incumbent is watched once."""
    launcher = shared.launcher()
    launcher.objective_files = (FILE,)
    reader = Reader(launcher=launcher, metric="memory", direction="lower", tests=[TEST])
    return Beforehand(readings=SameSeed(reader=reader, limit=60, seed=3), own=lambda _: [CODE])


def found(shared: Lab, beforehand: Beforehand, incumbent: Tree, code: str) -> list[str]:
    candidate = shared.tree({CODE: code})
    before, after = beforehand.watch(incumbent, candidate, [CODE])
    shared.arena.drop(candidate)
    assert beforehand.readings.known is not None
    assert beforehand.readings.known[0] is incumbent
    return list(taken_earlier(before, after, {TEST: (before.values[TEST], 1000.0)}))


@pytest.mark.parametrize("name", MOVED)
def test_memory_that_is_taken_earlier(shared: Lab, beforehand: Beforehand, incumbent: Tree, name: str) -> None:
    """By a constructor that keeps it or gives it back, or at import: it is named with what was saved and what it took."""
    code = TABLE.replace(*MOVED[name]).replace(IN_THE_CALL, f"        return {ANSWERS.get(name, 'MADE[len(MADE) // 2]')}\n")
    (why,) = found(shared, beforehand, incumbent, code)

    assert re.match(SAVED, why)
    assert why.endswith(" MiB more are taken before it")


def test_a_call_that_needs_less(shared: Lab, beforehand: Beforehand, incumbent: Tree) -> None:
    """What a test prepares itself does not matter, nor a little that is prepared for a lot less in the call."""
    assert found(shared, beforehand, incumbent, TABLE.replace(IN_THE_CALL, LEAN)) == []
    assert found(shared, beforehand, incumbent, "TABLE = list(range(10_000))\n" + TABLE.replace(IN_THE_CALL, LEAN)) == []


def test_a_candidate_that_notices(shared: Lab, beforehand: Beforehand, incumbent: Tree) -> None:
    """Whoever takes the memory where it belongs while watched has not the gain that is claimed; whoever stops the watching is named too."""
    watched = "        if __import__('sys').getprofile():\n            return\n"
    moved = MOVED["kept by a constructor"][1]
    shy = TABLE.replace(MOVED["kept by a constructor"][0], moved.replace("        self.ranked", f"{watched}        self.ranked"))
    (why,) = found(shared, beforehand, incumbent, shy)
    assert re.fullmatch(f"{SAVED}not while what comes before it is watched", why)

    (why,) = found(shared, beforehand, incumbent, f"__import__('sys').setprofile(None)\n{TABLE.replace(IN_THE_CALL, LEAN)}")
    assert re.fullmatch(f"{SAVED}what is taken before it is kept from being seen", why)


def reading(peak: float, *, disturbed: bool = False) -> Reading:
    """What a watched process told."""
    taken = Taken(nodeid=TEST, held=0, most=0, disturbed=disturbed)
    return Reading(seed=1, values={TEST: peak}, memory=0, seconds=1, taken={TEST: taken})


def test_what_cannot_be_told() -> None:
    """Where the incumbent's own tests watch, or a call saves too little, that is owned up to, and nothing is said against the candidate."""
    large, small = {TEST: (8.0 * MIB, 1.0 * MIB)}, {TEST: (90_000.0, 10_000.0)}
    watched, disturbed = reading(8 * MIB), reading(8 * MIB, disturbed=True)

    assert list(taken_earlier(disturbed, reading(MIB), large)) == []
    assert [why.rpartition(" (")[2] for why in untold(disturbed, large)] == ["something else traces or watches the incumbent)"]
    assert list(taken_earlier(watched, reading(90_000), small)) == []
    assert [why.rpartition(" (")[2] for why in untold(watched, small)] == ["less than 128 KiB is saved)"]
    assert list(untold(watched, large)) == []
    assert list(untold(watched, {TEST: (10.0, 10.0)})) == []


def test_a_project_of_which_nothing_may_be_changed_yet(shared: Lab, beforehand: Beforehand, incumbent: Tree) -> None:
    """Where a patch may only add files, the incumbent has none of its own: it is watched all the same."""
    new = Beforehand(readings=SameSeed(reader=beforehand.readings.reader, limit=60, seed=3), own=lambda _: [])
    before, after = new.watch(incumbent, incumbent, ["src/demo/new.py"])

    assert before.taken[TEST].held > 0
    assert after.taken[TEST].most == 0
    assert not before.taken[TEST].disturbed
