"""What a child pytest tells the judge, and that it runs what a person's own pytest would run."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest
from sample import name_of

from pytest_autoloop.worker.bootstrap import TreeFirst
from pytest_autoloop.worker.messages import Finish
from pytest_autoloop.worker.messages import Imported
from pytest_autoloop.worker.messages import Order
from pytest_autoloop.worker.messages import Report

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from lab import Lab

    from pytest_autoloop.workspace.trees import Tree

BENCH = "tests/test_bench.py::test_bench_total"

PROBES = """\
import os
import subprocess
import sys
from pathlib import Path

import pytest

import demo

HERE = Path(__file__).parents[1]


def test_started_as_a_person_starts_it():
    assert Path(sys.argv[0]).parts[-2:] == ("pytest", "__main__.py")
    assert Path.cwd() == HERE
    assert sys.path.index(str(HERE / "src")) < sys.path.index(next(path for path in sys.path if path.endswith("site-packages")))
    assert Path(demo.__file__) == HERE / "src" / "demo" / "__init__.py"


def test_environment():
    assert not [name for name in os.environ if name.startswith(("GIT_", "PYTEST_XDIST_", "COV_CORE_", "CODSPEED_"))]
    assert os.environ["HOME"]
    assert Path(os.environ["TMPDIR"]).is_dir()
    assert not HERE.is_relative_to(os.environ["TMPDIR"])


def test_temporary_folder(tmp_path):
    assert tmp_path.is_relative_to(os.environ["TMPDIR"])


def test_what_it_starts_itself():
    found = subprocess.run([sys.executable, "-c", "import demo; print(demo.__file__)"], capture_output=True, text=True, check=True)
    assert Path(found.stdout.strip()) == HERE / "src" / "demo" / "__init__.py"


def test_the_users_own_path():
    import beside

    assert beside.NAME == "beside"


def test_no_repository():
    assert not (HERE / ".git").exists()
    assert subprocess.run(["git", "rev-parse"], capture_output=True).returncode != 0


def test_descriptor_is_not_passed_on():
    assert not os.get_inheritable(3)


def test_prints(capfd):
    print("garbage")
    os.write(1, b"more garbage")


@pytest.mark.xfail
def test_expected():
    assert False


def test_talkative():
    print("talk " * 100_000)
    print("the end")


def test_recorded(record_property):
    record_property("odd", {(1, 2): {3}, "plain": 1})


def test_recorded_large(record_property):
    record_property("large", 10**5000)
"""
BROKEN = "import nothing_of_that_name\n"
# As some editable installs do it: whatever the import path says, this is where the package is.
EDITABLE = """\
import importlib.util
import sys

spec = importlib.util.spec_from_file_location("demo", {src!r} + "/demo/__init__.py", submodule_search_locations=[{src!r} + "/demo"])
sys.modules["demo"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["demo"])
"""


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab({"tests/test_probes.py": PROBES, "odd/test_broken.py": BROKEN})


def test_a_child_is_like_the_users_own_pytest(shared: Lab, tmp_path: Path) -> None:
    """Working folder, import path, variables, temporary files and sub-processes: all are of the tree, and nothing else is different."""
    (tmp_path / "beside.py").write_text("NAME = 'beside'\n")
    env = {
        "PYTHONPATH": f"{shared.project.path}/src:{tmp_path}:",
        "PYTEST_XDIST_WORKER": "gw7",
        "COV_CORE_SOURCE": "x",
        "CODSPEED_ENV": "1",
    }
    session = shared.gate("tests/test_probes.py", env=env)

    assert session.failures() == {}
    assert set(session.outcomes.values()) == {"passed", "xfailed"}
    assert session.imported is not None
    assert session.imported.foreign == []
    assert session.exitstatus == 0
    assert "ResourceWarning" not in session.output
    [(title, text)] = next(
        report["sections"] for report in session.reports if name_of(report["nodeid"]) == "test_talkative" and report["sections"]
    )
    assert title == "Captured stdout call"
    assert text.endswith("talk \nthe end\n")
    assert len(text) == 100_000


def test_what_was_collected_is_told(shared: Lab) -> None:
    """A child tells its tests, their files, where its root and configuration lie, and what it imported, all relative to the tree."""
    session = shared.gate("tests/test_bench.py")
    assert session.collected is not None
    assert session.imported is not None

    assert session.collected.ids == [BENCH]
    assert session.collected.benchmarks == {BENCH: "tests/test_bench.py"}
    assert session.collected.files == ["tests/test_bench.py"]
    assert (session.collected.rootdir, session.collected.inipath) == (".", "pyproject.toml")
    assert session.imported.files == ["src/demo/__init__.py", "tests/test_bench.py"]
    assert session.imported.foreign == []


def test_a_module_that_cannot_be_collected(shared: Lab) -> None:
    """The error of a broken module arrives with its text."""
    session = shared.gate("odd")
    [(nodeid, text)] = session.failures().items()

    assert nodeid == "odd/test_broken.py"
    assert "nothing_of_that_name" in text
    assert session.exitstatus == 2


def test_earlier_killers_run_first(shared: Lab) -> None:
    """A gate starts with the tests it is told to; the others keep their order, and none is left out."""
    tree = shared.tree()
    first = ["tests/test_demo.py::test_join", "tests/gone.py::test_gone", BENCH]
    with shared.launcher("tests/test_demo.py", "tests/test_bench.py").start(tree, "l", mode="gate", objective=[], first=first) as child:
        records = [child.channel.take(30)]
        while not isinstance(records[-1], Finish):
            records.append(child.channel.take(30))
    shared.arena.drop(tree)
    ran = [record.data["nodeid"] for record in records if isinstance(record, Report) and record.data["when"] == "setup"]

    assert ran == ["tests/test_demo.py::test_join", BENCH, "tests/test_demo.py::test_total"]


def test_importing_the_original_is_seen(shared: Lab) -> None:
    """When the tests find the original's code in spite of all, the child says so."""
    src = str(shared.repository.toplevel / "src")
    session = shared.gate("tests/test_bench.py", files={"conftest.py": EDITABLE.format(src=src)})
    assert session.imported is not None

    assert session.imported.foreign == [f"{src}/demo/__init__.py"]
    assert "src/demo/__init__.py" not in session.imported.files


def test_an_environment_around_the_repository(shared: Lab) -> None:
    """A repository that lies below the folder of Python itself, such as ``/usr``, is no less the original for that."""
    package = shared.repository.toplevel / "src" / "demo"
    code = f"import sys; sys.prefix = {str(package.parents[2])!r}\n{FINDER.format(file=str(package / '__init__.py'), folder=str(package))}"
    tree = shared.tree({"conftest.py": EDITABLE.format(src=str(package.parent))})
    imported = _serve(shared, _order(shared, tree), [sys.executable, "-c", code])
    shared.arena.drop(tree)

    assert imported.foreign == [f"{package}/__init__.py", f"{package}/text.py"]


def _order(lab: Lab, tree: Tree) -> Order:
    top = lab.arena.folder_of(tree)
    return Order(
        key="ab" * 16,
        mode="gate",
        tree=str(top),
        original=str(lab.repository.toplevel),
        cwd=str(top),
        args=["-p", "benchmark", "tests/test_bench.py", "tests/test_demo.py"],
        roots=[str(top / "src")],
        environ={"PYTHONPATH": str(top / "src")},
    )


def _serve(lab: Lab, order: Order, command: list[str]) -> Imported:
    lab.folder.mkdir(exist_ok=True)
    child = lab.processes.spawn(command, env=lab.project.environ, cwd=lab.folder, output=lab.folder / "log", channel=True)
    child.channel.send(order)
    imported = None
    while not isinstance(record := child.channel.take(30), Finish):
        if isinstance(record, Imported):
            imported = record
    child.end()
    assert imported is not None
    return imported


# What editable installs of compiled projects leave at the start of every interpreter: a finder before all others.
FINDER = """\
import importlib.machinery
import sys
from importlib.util import spec_from_file_location


class Editable:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name == "demo":
            return spec_from_file_location(name, {file!r}, submodule_search_locations=[{folder!r}])


sys.meta_path.insert(0, Editable)
from pytest_autoloop.worker.bootstrap import main

sys.exit(main(3))
"""


def test_a_finder_before_all_others(shared: Lab) -> None:
    """Where an editable install finds its code before the import path is looked at, the tree's code is found before that."""
    package = shared.repository.toplevel / "src" / "demo"
    code = FINDER.format(file=str(package / "__init__.py"), folder=str(package))
    tree = shared.tree()
    imported = _serve(shared, _order(shared, tree), [sys.executable, "-c", code])
    shared.arena.drop(tree)

    assert imported.foreign == []
    assert {"src/demo/__init__.py", "src/demo/text.py"} <= set(imported.files)


def test_tree_first_leaves_submodules_alone(tmp_path: Path) -> None:
    """The finder answers for top-level modules of the roots, and for nothing else."""
    (tmp_path / "mine.py").write_text("")
    finder = TreeFirst([str(tmp_path)])

    assert finder.find_spec("mine") is not None
    assert finder.find_spec("json") is None
    assert finder.find_spec("mine.sub", [str(tmp_path)]) is None


SLOW_TO_PARK = """\
import pytest

from demo import total


def test_unmarked(benchmark):
    benchmark(total, 4)


@pytest.mark.timeout(0.3)
def test_marked(benchmark):
    benchmark(total, 4)
"""


@pytest.mark.parametrize("plugin", ["timeout", None])
def test_time_limits_do_not_count_while_parked(new_lab: Callable[..., Lab], plugin: str | None) -> None:
    """A benchmark that waits for its turn is not failed for it, neither by pytest-timeout nor by pytest's own dump of stacks."""
    if plugin is not None:
        pytest.importorskip("pytest_timeout")
    ini = "[pytest]\nmarkers = timeout\nfaulthandler_timeout = 0.3\nfaulthandler_exit_on_timeout = true\n"
    lab = new_lab({"tests/test_slow.py": SLOW_TO_PARK, "pytest.ini": ini})
    with_it = ["-p", plugin] if plugin else []
    flags = ["--timeout=0.3"] if plugin else []
    ids = ["tests/test_slow.py::test_unmarked", "tests/test_slow.py::test_marked"]
    done = lab.drive(ids, *flags, plugins=["-p", "autoloop", "-p", "benchmark", *with_it], while_parked=lambda: time.sleep(0.5))

    assert done.outcomes == dict.fromkeys(map(name_of, ids), "passed")
    assert done.status == 0


def test_time_limits_of_a_gate_hold(new_lab: Callable[..., Lab]) -> None:
    """In a gate the project's own time limits are as good as its assertions."""
    pytest.importorskip("pytest_timeout")
    lab = new_lab({"tests/test_hang.py": "import time\n\ndef test_hang():\n    time.sleep(30)\n"})
    session = lab.gate("tests/test_hang.py", "--timeout=0.3", plugins=["-p", "benchmark", "-p", "timeout"])

    assert session.outcomes == {"tests/test_hang.py::test_hang": "failed"}


def test_reruns(new_lab: Callable[..., Lab]) -> None:
    """A test that passes when it is run again has passed."""
    pytest.importorskip("pytest_rerunfailures")
    text = "TRIES = []\n\ndef test_flaky():\n    TRIES.append(1)\n    assert len(TRIES) == 2\n"
    lab = new_lab({"tests/test_flaky.py": text})
    session = lab.gate("tests/test_flaky.py", "--reruns=2", plugins=["-p", "benchmark", "-p", "rerunfailures"])

    assert session.outcomes == {"tests/test_flaky.py::test_flaky": "passed"}
    assert session.exitstatus == 0
