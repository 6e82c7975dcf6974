"""The strongest level that costs no test is settled for, and a step down is named: real baselines under real levels."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.judging.baseline import Expected
from pytest_autoloop.judging.outcomes import fold
from pytest_autoloop.judging.settle import settle
from pytest_autoloop.worker.confine import landlock_version
from pytest_autoloop.workspace.isolation import PROCESS
from pytest_autoloop.workspace.isolation import Level

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

    from lab import Lab

    from pytest_autoloop.judging.baseline import Baseline

pytestmark = pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")

STRICT = Level(name="landlock", network="no-tcp", terminals=False, landlock=True)
LENIENT = Level(name="landlock", network="open", terminals=True, landlock=True)
FILES = {
    "tests/test_terminal.py": "import os\n\n\ndef test_terminal():\n    os.close(os.openpty()[0])\n",
    "tests/test_beside.py": "import pathlib\n\n\ndef test_beside():\n"
    "    beside = pathlib.Path(__file__).parents[2] / 'beside'\n    beside.write_text('x')\n    beside.unlink()\n",
    "tests/test_broken.py": "def test_broken():\n    assert False\n",
}
BENCH = "tests/test_bench.py::test_bench_total"


@pytest.fixture(scope="module")
def lab(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab(FILES)


def settled(
    lab: Lab, name: str, levels: Sequence[Level], asked: str | None = None
) -> tuple[Baseline, str | None, Level, list[dict[str, Any]]]:
    """Settle for a selection of the benchmark and one test, and return what came of it, with all reports that a person saw."""
    files = [f"tests/test_{name}.py", "tests/test_bench.py"]
    expected = Expected(ids=(f"{files[0]}::test_{name}", BENCH), rootdir=".", inipath="pyproject.toml")
    launcher, seen, tree = lab.launcher(*files), list[dict[str, Any]](), lab.tree()
    try:
        baseline, note = settle(
            launcher, tree, expected, levels, asked, limit=120, ignored=(), withheld=("MY_DATABASE",), on_report=seen.append
        )
    finally:
        lab.arena.drop(tree)
    return baseline, note, launcher.level, seen


def test_what_fails_anyway(lab: Lab) -> None:
    """A test that fails under every level costs nothing: the strongest stays, every report is seen once, withheld variables are named."""
    baseline, note, level, seen = settled(lab, "broken", [STRICT, PROCESS])

    assert (note, level) == (None, STRICT)
    assert baseline.quarantined == {"tests/test_broken.py::test_broken": "fails"}
    assert fold(seen) == {"tests/test_broken.py::test_broken": "failed", BENCH: "passed"}
    assert len(seen) == 6
    assert "tests do not see the variables MY_DATABASE: name those they need with --autoloop-env" in " ".join(baseline.notes)


def test_one_step_down(lab: Lab) -> None:
    """A test that needs a terminal has it at the next step; its failure at the first is not shown to anybody, and the step is named."""
    baseline, note, level, seen = settled(lab, "terminal", [STRICT, LENIENT, PROCESS])

    assert level == LENIENT
    before = "isolation stepped down from landlock (no TCP, shared memory open)"
    assert note == f"{before}: tests fail only under it (tests/test_terminal.py::test_terminal)"
    assert baseline.quarantined == {}
    assert fold(seen) == {"tests/test_terminal.py::test_terminal": "passed", BENCH: "passed"}
    assert len(seen) == 6


def test_all_the_way_down(lab: Lab) -> None:
    """A test that writes beside its tree has that only without a hold; if one was asked for by name, that is refused with the remedy."""
    baseline, note, level, _ = settled(lab, "beside", [STRICT, PROCESS])

    assert level == PROCESS
    assert "tests/test_beside.py::test_beside" in str(note)
    assert baseline.quarantined == {}

    with pytest.raises(Refused, match=r"^tests fail only under --autoloop-isolation=landlock \(tests/test_beside.*\): choose"):
        settled(lab, "beside", [STRICT, PROCESS], "landlock")


def test_a_baseline_that_no_level_helps(lab: Lab) -> None:
    """What is refused under every level alike is refused for its own reason, and no level is blamed."""
    launcher, tree = lab.launcher("tests/test_bench.py"), lab.tree()
    expected = Expected(ids=(BENCH, "tests/test_bench.py::test_gone"), rootdir=".", inipath="pyproject.toml")

    with pytest.raises(Refused, match=r"^a fresh tree of HEAD lacks tests/test_bench\.py::test_gone"):
        settle(launcher, tree, expected, [STRICT, PROCESS], "landlock", limit=120, ignored=(), withheld=(), on_report=lambda _: None)

    lab.arena.drop(tree)
