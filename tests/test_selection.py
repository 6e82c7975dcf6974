"""A child runs what the user's own command line selects, wherever it was typed and whatever form its paths have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sample import IDLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab import Lab
    from sample import Project

A = {
    "pkgs/a/pyproject.toml": '[tool.pytest.ini_options]\ntestpaths = ["checks"]\npythonpath = ["src"]\nmarkers = ["slow"]\n',
    "pkgs/a/src/apart/__init__.py": "def work(n):\n    return sum(range(n))\n",
    "pkgs/a/checks/test_a.py": """\
import pytest

from apart import work


@pytest.mark.slow
def test_slow():
    assert work(3) == 3


@pytest.mark.parametrize("n", [1, 2], ids=["one", "two"])
def test_quick(n):
    assert work(n) == n - 1
""",
    "pkgs/a/checks/test_bench_a.py": "from apart import work\n\ndef test_bench_a(benchmark):\n    benchmark(work, 10000)\n",
    "pkgs/a/more/test_more.py": "def test_more():\n    pass\n",
    "pkgs/a/other.ini": "[pytest]\npythonpath = src\npython_functions = test_more\n",
}
SLOW, ONE, TWO = "checks/test_a.py::test_slow", "checks/test_a.py::test_quick[one]", "checks/test_a.py::test_quick[two]"
BENCH, MORE = "checks/test_bench_a.py::test_bench_a", "more/test_more.py::test_more"


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    """A repository with a project at its top and another below."""
    return new_lab(A)


@pytest.mark.parametrize(
    ("folder", "args", "ids"),
    [
        ("pkgs/a", [], [SLOW, ONE, TWO, BENCH]),
        ("pkgs/a", ["-k", "quick and two"], [TWO]),
        ("pkgs/a", ["-m", "not slow", "-k", "not bench"], [ONE, TWO]),
        ("pkgs/a", ["more"], [MORE]),
        ("pkgs/a", ["{top}/pkgs/a/more", "checks/test_bench_a.py"], [MORE, BENCH]),
        ("pkgs/a", [TWO, f"{{top}}/pkgs/a/{SLOW}"], [TWO, SLOW]),
        ("pkgs/a", ["--deselect", SLOW, "--ignore={top}/pkgs/a/checks/test_bench_a.py"], [ONE, TWO]),
        ("pkgs/a", ["-c", "{top}/pkgs/a/other.ini", "more"], [MORE]),
        ("pkgs/a/checks", ["test_a.py", "-k", "slow"], [SLOW]),
        ("", ["pkgs/a", "-k", "slow"], [SLOW]),
        ("", ["pkgs/a/checks", "--rootdir={top}", "-k", "slow"], [f"pkgs/a/{SLOW}"]),
        ("", ["-k", "join"], ["tests/test_demo.py::test_join"]),
        ("tests", [], ["tests/test_bench.py::test_bench_total", "tests/test_demo.py::test_total", "tests/test_demo.py::test_join"]),
    ],
)
def test_the_same_tests(shared: Lab, folder: str, args: list[str], ids: list[str]) -> None:
    """Expressions, markers, files, folders, node ids and options select in a tree what they select for the user, from the tree."""
    top = shared.project.path
    session = shared.gate(*(arg.format(top=top) for arg in args), folder=folder)
    assert session.collected is not None
    assert session.imported is not None

    assert session.collected.ids == ids
    assert set(session.outcomes.values()) == {"passed"}
    assert not session.imported.foreign
    assert str(top) not in session.output


@pytest.mark.parametrize("args", [[], [f"{{top}}/pkgs/a/{SLOW}", BENCH], ["checks/test_a.py", "checks/test_bench_a.py"]])
def test_the_objective_alone(shared: Lab, args: list[str]) -> None:
    """In a duel the files that hold no benchmark are not even collected, also if the user named them or tests in them."""
    given = [arg.format(top=shared.project.path) for arg in ["--rootdir={top}/pkgs/a", "-c", "{top}/pkgs/a/pyproject.toml", *args]]
    launcher = shared.launcher(*given, folder="pkgs/a")
    launcher.objective_files = ("pkgs/a/checks/test_bench_a.py",)
    done = shared.drive([BENCH], launcher=launcher)

    assert [record.nodeid for record in done.parked] == [BENCH]
    assert done.collected is not None
    assert done.collected.files == ["pkgs/a/checks/test_bench_a.py"]
    assert done.status == 0


def test_from_a_folder_below(new_project: Callable[..., Project]) -> None:
    """A run from a folder below the top shows the tests as pytest does there, and everything lands at the top."""
    project = new_project({**A, "pkgs/a/more/test_idle.py": IDLE["tests/test_idle.py"]})
    result = project.run("--autoloop", f"{project.path}/pkgs/a/checks/test_a.py", "more", "-k", "not slow", folder="pkgs/a")

    result.assert_outcomes(passed=3, skipped=1, deselected=1)
    result.stdout.fnmatch_lines(["checks/test_a.py ..*", "more/test_idle.py s*", "more/test_more.py .*", "nothing to optimise: *"])
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert project.run_folder.parent.parent.parent == project.path
    assert not (project.path / "pkgs" / "a" / ".autoloop").exists()


def test_dry_run(new_project: Callable[..., Project]) -> None:
    """With --collect-only nothing is run or written: it says what would be objective and what gate, in a dirty tree and without git."""
    project = new_project()
    project.write({"tests/test_loose.py": "def test_loose(autoloop_metric):\n    assert False\n"})
    dirty = project.run("--autoloop", "--collect-only", "-k", "not join")
    (project.path / ".git").rename(project.path.parent / "elsewhere")
    recorded = project.run("--autoloop-judge=loose.patch", "--autoloop-metric=loss", "--collect-only", "-q")
    bare = project.run("--autoloop", "--collect-only", "-q", "tests/test_demo.py")

    dirty.stdout.fnmatch_lines(
        [
            "*<Function test_bench_total>",
            "=* autoloop: what a run would do =*",
            "objective: 1 benchmark, to become faster",
            "  tests/test_bench.py::test_bench_total",
            "gate: 3 tests, every one to pass (the objective among them)",
            "*3/4 tests collected (1 deselected)*",
        ]
    )
    recorded.stdout.fnmatch_lines(
        [
            "objective: those of 1 test that record loss, to become better",
            "  tests/test_loose.py::test_loose",
            "gate: 4 tests, every one to pass (the objective among them)",
        ]
    )
    bare.stdout.fnmatch_lines(["objective: 0 benchmarks, to become faster", "gate: 2 tests, every one to pass*"])
    assert dirty.ret == recorded.ret == bare.ret == pytest.ExitCode.OK
    assert not (project.path / ".autoloop").exists()
