"""Configurations of real projects in which a run could silently do something else than the user's own pytest."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from typing import TYPE_CHECKING

import pytest
from sample import IDLE
from sample import PLUGINS

from pytest_autoloop.judging.surface import surface

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab import Lab
    from sample import Project

BENCH = "tests/test_bench.py::test_bench_total"

SHUFFLE = """\
import random

import pytest


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    random.shuffle(items)
"""
BENCHES = "from demo import total\n\n" + "\n\n".join(f"def test_{n}(benchmark):\n    benchmark(total, 4)\n" for n in range(6))


def test_plugins_that_shuffle_by_themselves(new_lab: Callable[..., Lab]) -> None:
    """Whatever a conftest makes of the order, both sides of a duel meet the benchmarks in the judge's."""
    lab = new_lab({"conftest.py": SHUFFLE, "tests/test_benches.py": BENCHES})
    wanted = [f"tests/test_benches.py::test_{number}" for number in range(6)]

    for _ in range(2):
        assert [record.nodeid for record in lab.drive(wanted, rounds=0).parked] == wanted


PATHS = """\
from pathlib import Path

import pytest

from demo import total

HERE = Path(__file__).parent


@pytest.mark.parametrize("path", [str(HERE / "data.txt"), "data.txt"])
def test_data(path):
    assert (HERE / path).name == "data.txt"


@pytest.mark.parametrize("folder", [str(HERE)])
def test_bench_folder(benchmark, folder):
    assert benchmark(total, 4) == 14
"""


def test_paths_among_the_parameters(new_lab: Callable[..., Lab]) -> None:
    """A test that is named after a path of the project is the same test in every tree, in gates and in duels."""
    lab = new_lab({"tests/test_paths.py": PATHS})
    here = lab.repository.toplevel / "tests"
    bench, data = f"tests/test_paths.py::test_bench_folder[{here}]", f"tests/test_paths.py::test_data[{here / 'data.txt'}]"

    session = lab.gate("tests/test_paths.py")

    assert session.collected is not None
    assert session.collected.ids == [data, "tests/test_paths.py::test_data[data.txt]", bench]
    assert set(session.outcomes) == set(session.collected.ids)
    assert list(session.timed) == [bench]
    assert [record.nodeid for record in lab.drive([bench], rounds=0).parked] == [bench]


DOCTESTED = '''\
"""Numbers.

>>> total(3)
5
"""


def total(n):
    """Return the sum of the squares below n.

    >>> total(2)
    1
    """
    return sum(number * number for number in range(n))
'''


def test_doctests_in_the_sources(new_lab: Callable[..., Lab]) -> None:
    """Modules with doctests are gates, and may be edited all the same; text files with doctests are tests."""
    lab = new_lab({"src/demo/__init__.py": DOCTESTED, "docs/use.txt": ">>> 1 + 1\n2\n"})
    session = lab.gate("src", "tests", "docs", "--doctest-modules", "--doctest-glob=*.txt", canaries=True)
    assert session.collected is not None
    assert session.imported is not None
    tracked = lab.project.git("ls-files").splitlines()
    found = surface(asked=(), imported=session.imported.files, collected=session.collected.files, testpaths=["tests"], tracked=tracked)

    assert {"src/demo/__init__.py::demo", "src/demo/__init__.py::demo.total", "docs/use.txt::use.txt"} <= set(session.collected.ids)
    assert set(session.outcomes.values()) == {"passed"}
    assert session.honest
    assert session.collected.files == ["docs/use.txt", "tests/test_bench.py", "tests/test_demo.py"]
    assert found.editable == ("src/demo/*.py",)
    assert found.refusal("src/demo/__init__.py") is None


LINTER = """\
import pytest


class Check(pytest.Item):
    def runtest(self):
        compile(self.path.read_text(), str(self.path), "exec")


class Source(pytest.File):
    def collect(self):
        yield Check.from_parent(self, name="compiles")


def pytest_collect_file(file_path, parent):
    if file_path.suffix == ".py":
        return Source.from_parent(parent, path=file_path)
"""


def test_linters_that_make_tests_of_sources(new_lab: Callable[..., Lab]) -> None:
    """A plugin that makes a test of every source file takes none of them away from the agents."""
    session = new_lab({"conftest.py": LINTER}).gate("src", "tests/test_demo.py")
    assert session.collected is not None

    assert {"src/demo/__init__.py::compiles", "src/demo/text.py::compiles"} <= set(session.collected.ids)
    assert session.collected.files == ["tests/test_demo.py"]


SUBTESTS = """\
import pytest


def test_some_fail(subtests):
    for number in range(3):
        with subtests.test(number=number):
            assert number != 1


def test_some_are_skipped(subtests):
    for number in range(3):
        with subtests.test(number=number):
            if number == 1:
                pytest.skip()


def test_all_pass(subtests):
    with subtests.test():
        pass
"""


def test_subtests(new_lab: Callable[..., Lab]) -> None:
    """A test is as good as the worst of its subtests, and a skipped subtest skips only itself."""
    if not hasattr(pytest, "Subtests"):
        pytest.skip("this pytest has no subtests of its own")
    session = new_lab({"tests/test_subtests.py": SUBTESTS}).gate("tests/test_subtests.py")
    found = {nodeid.rpartition("::")[2]: outcome for nodeid, outcome in session.outcomes.items()}

    assert found == {"test_some_fail": "failed", "test_some_are_skipped": "passed", "test_all_pass": "passed"}


@pytest.mark.parametrize("mode", ["importlib", "append"])
def test_import_modes(new_lab: Callable[..., Lab], mode: str) -> None:
    """Whatever way pytest imports tests, their code is the tree's."""
    lab = new_lab({"flat/__init__.py": "VALUE = 1\n", "tests/test_flat.py": "import flat\n\ndef test_flat():\n    assert flat.VALUE\n"})
    session = lab.gate(env={"PYTEST_ADDOPTS": f"--import-mode={mode}"})
    assert session.imported is not None

    assert len(session.outcomes) == 4
    assert set(session.outcomes.values()) == {"passed"}
    assert {"flat/__init__.py", "src/demo/__init__.py"} <= set(session.imported.files)
    assert session.imported.foreign == []


STRICT = """\
[pytest]
testpaths = tests
pythonpath = src
filterwarnings = error
addopts = --strict-markers --strict-config -x --junitxml=inside.xml
"""


def test_a_strict_project(project: Project) -> None:
    """With warnings as errors, strict modes, -x and result files, a baseline is whole, warns of nothing, and is written once."""
    failing = "def test_a():\n    assert False\n\ndef test_b():\n    pass\n"
    project.commit({"pytest.ini": STRICT, "tests/test_a_first.py": failing, ".gitignore": "*.xml\n*.pyc\n.pytest_cache/\n", **IDLE})
    outside = project.path.parent / "outside.xml"
    files = ["tests/test_a_first.py", "tests/test_demo.py", "tests/test_idle.py"]
    result = project.run("--autoloop", *files, f"--junitxml={outside}", "-x", "-rA", "--durations=3")
    suite = ET.parse(outside).getroot()[0]

    result.assert_outcomes(failed=1, passed=3, skipped=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["*def test_a():", "*PASSED tests/test_demo.py::test_join", "FAILED tests/test_a_first.py::test_a*"])
    assert (suite.get("tests"), suite.get("failures")) == ("5", "1")
    assert "stopping after" not in result.stdout.str()
    assert "warnings" not in result.stdout.str()
    assert not (project.path / "inside.xml").exists()


def test_the_header(project: Project) -> None:
    """One line of the header says what is going to happen, and a quiet header is quiet."""
    loop = project.run("--autoloop", "--collect-only", "--autoloop-agent=rewrites", "--autoloop-agent=cmd:true")
    judge = project.run("--autoloop-judge=HEAD", "--autoloop-judge=other", "--collect-only")
    quiet = project.run("--autoloop", "--collect-only", "-q")

    loop.stdout.fnmatch_lines(["autoloop: agents rewrites, cmd:true; isolation *"])
    judge.stdout.fnmatch_lines(["autoloop: judging 2 against HEAD, keeping nothing; isolation *"])
    assert "isolation" not in quiet.stdout.str()


TOP = "import pytest\n\n@pytest.fixture\ndef top():\n    return 1\n"
BELOW = "import pytest\n\n@pytest.fixture\ndef below(top):\n    return top + 1\n"
LEVELS = "def test_levels(below):\n    assert below == 2\n"


def test_a_conftest_at_every_level(new_lab: Callable[..., Lab]) -> None:
    """Folders of conftests work in a tree as they do for the user; the ones around the repository are not looked at."""
    lab = new_lab({"conftest.py": TOP, "tests/conftest.py": BELOW, "tests/test_levels.py": LEVELS})
    (lab.project.path.parent / "conftest.py").write_text("raise OSError('not mine')\n")
    session = lab.gate("tests/test_levels.py")

    assert session.outcomes == {"tests/test_levels.py::test_levels": "passed"}


@pytest.mark.parametrize("flag", ["-n2", "-n2 --dist=loadfile", "-d --tx=2*popen"])
def test_workers_asked_for(new_lab: Callable[..., Lab], flag: str) -> None:
    """However workers are asked for in the configuration, a child runs its tests itself, where the judge can hear them."""
    pytest.importorskip("xdist")
    lab = new_lab()
    lab.flags = ("--maxfail=0", "-n0")
    session = lab.gate(plugins=[*PLUGINS, "-p", "xdist"], env={"PYTEST_ADDOPTS": flag})

    assert session.trouble is None
    assert len(session.outcomes) == 3
    assert list(session.timed) == [BENCH]


FORK = """\
import os


def test_fork():
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0
"""


def test_a_test_that_forks(new_lab: Callable[..., Lab]) -> None:
    """A test may fork: its child has the channel too, and ending it there harms nothing."""
    session = new_lab({"tests/test_fork.py": FORK}).gate("tests/test_fork.py")

    assert session.outcomes == {"tests/test_fork.py::test_fork": "passed"}
    assert session.trouble is None


CHANGES = """\
import os
import sys


def test_changes(tmp_path):
    os.chdir(tmp_path)
    os.environ.clear()
    sys.stdout = sys.stderr = None
"""


def test_a_test_that_changes_the_process(new_lab: Callable[..., Lab]) -> None:
    """A test that changes the working folder, the environment and the output of its process does not disturb the reports."""
    lab = new_lab({"tests/test_changes.py": CHANGES})
    session = lab.gate("tests/test_changes.py", "tests/test_demo.py", "-p", "no:cacheprovider", "-s")

    assert session.trouble is None
    assert len(session.outcomes) == 3
