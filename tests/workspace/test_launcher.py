from __future__ import annotations

import compileall
import marshal
import os
import random
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker.channel import ChannelClosed
from pytest_autoloop.worker.messages import Collected
from pytest_autoloop.worker.messages import Finish
from pytest_autoloop.worker.messages import Report
from pytest_autoloop.workspace.environment import Invocation
from pytest_autoloop.workspace.environment import processors
from pytest_autoloop.workspace.launcher import Launcher
from pytest_autoloop.workspace.launcher import Site
from pytest_autoloop.workspace.trees import Arena
from pytest_autoloop.workspace.variables import child_environment

from .projects import opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_autoloop.workspace.git import Store
    from pytest_autoloop.workspace.launcher import PytestChild
    from pytest_autoloop.workspace.processes import Processes
    from pytest_autoloop.workspace.trees import Tree

    from .projects import Project

_LIMIT = 60.0
# By name and no others: what else is installed makes no difference here, and children start faster.
_PLUGINS = ("-p", "autoloop", "-p", "benchmark")


@dataclass
class Ground:
    """A project, and what starts pytest in trees of it."""

    project: Project
    processes: Processes
    folder: Path
    store: Store
    arena: Arena

    def launcher(
        self, *args: str, folder: str = "", python_path: str = "", roots: tuple[str, ...] = (), flags: tuple[str, ...] = ()
    ) -> Launcher:
        """Return what starts children as for a user who called pytest with these arguments in a folder."""
        environ = {"PATH": os.environ["PATH"], "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "LANG": "C.UTF-8", "GIT_DIR": "/nowhere"}
        top = self.project.top
        site = Site(
            invocation=Invocation(args=(*_PLUGINS, *args), folder=top / folder, toplevel=top),
            environ=child_environment(environ),
            python_path=python_path,
            roots=roots,
            flags=flags,
        )
        return Launcher(self.processes, self.arena, site, self.folder / "children", random.Random(1))

    def tree(self) -> Tree:
        """Make a tree of the last commit."""
        return self.arena.make(self.store, self.project.git("rev-parse", "HEAD"))

    def outcomes(self, launcher: Launcher, tree: Tree | None = None) -> dict[str, str]:
        """Run a gate to its end, and return the outcome of each test by name, with the text of a failure."""
        with launcher.start(tree or self.tree(), "l", mode="gate") as child:
            found, status = listen(child)
            assert child.finished().status == status
        return found


def listen(child: PytestChild) -> tuple[dict[str, str], int]:
    """Take a gate's records to the end, and return what became of each test, and the exit status."""
    found = {}
    while not isinstance(record := child.channel.take(_LIMIT), Finish):
        if isinstance(record, Report) and (record.data["when"] == "call" or record.data["outcome"] != "passed"):
            failure = "" if record.data["outcome"] == "passed" else f": {record.data['longrepr']}"
            found[record.data["nodeid"].rpartition("::")[2]] = record.data["outcome"] + failure
    return found, record.exitstatus


@pytest.fixture
def ground(project: Project, processes: Processes, tmp_path: Path) -> Iterator[Ground]:
    _, store = opened(project)
    yield Ground(project, processes, tmp_path / "run", store, Arena(tmp_path / "run" / "trees", project.top.name))
    store.close()


def test_byte_code(ground: Ground, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not that of its source is named, that of tests too; and that there was no time to tell is another answer."""
    tree, other, launcher = ground.tree(), ground.tree(), ground.launcher()
    top = ground.arena.folder_of(tree)
    compileall.compile_dir(top, quiet=2)
    assert launcher.odd_bytecode(tree, other) == []

    code = next(top.rglob("*.pyc"))
    planted = code.with_name(f"{code.stem}-pytest-{pytest.__version__}.pyc")
    planted.write_bytes(code.read_bytes()[:16] + marshal.dumps(compile("x = 343", "x.py", "exec")))
    assert launcher.odd_bytecode(tree, other) == [str(planted.relative_to(top))]

    monkeypatch.setattr("pytest_autoloop.workspace.launcher._RECOMPILING", 0.0)
    assert launcher.odd_bytecode(tree, other) is None


_SEEN = """
import os
import subprocess
import sys
import tempfile
from pathlib import Path

TOP = Path(__file__).parents[1]
ORIGINAL = {original!r}


def test_code_of_this_tree():
    import pkg.text
    assert Path(pkg.text.__file__) == TOP / "pkg" / "text.py"
    assert Path.cwd() == TOP
    assert TOP.name == "project"
    assert next(path for path in sys.path if Path(path, "pkg").exists()) == str(TOP)
    assert not [path for path in sys.path if path.startswith(ORIGINAL)]


def test_code_of_this_tree_in_programs_it_starts():
    found = subprocess.run([sys.executable, "-c", "import pkg, helper; print(pkg.__file__, helper.__file__)"], cwd="/", capture_output=True)
    assert found.stdout.split() == [str(TOP / "pkg" / "__init__.py").encode(), {beside!r}.encode()], found.stderr


def test_own_path():
    import helper
    assert helper.__file__ == {beside!r}


def test_variables():
    assert not [name for name in os.environ if name.startswith(("GIT_", "PYTEST_XDIST_", "PYTEST_AUTOLOOP"))]
    assert os.environ["PYTHONHASHSEED"].isdigit()
    assert os.environ["OMP_NUM_THREADS"] == "1"
    assert ORIGINAL not in "".join(os.environ.values())


def test_temporary_files(tmp_path):
    folder = Path(os.environ["TMPDIR"])
    assert folder.is_dir()
    assert tempfile.gettempdir() == str(folder)
    assert tmp_path.is_relative_to(folder)
    (folder / "left").write_text("behind")
    print("printed", folder)


def test_descriptors():
    names = [f"/proc/self/fd/{{fd}}" for fd in os.listdir("/proc/self/fd") if fd != "3"]
    assert not [name for name in names if os.path.exists(name) and os.readlink(name).startswith("socket")]
"""


def test_child(ground: Ground, tmp_path: Path) -> None:
    """A child runs the user's selection in its tree as their pytest ran here: code, folder, variables and files are the tree's own."""
    beside = tmp_path / "beside" / "helper.py"
    beside.parent.mkdir()
    beside.write_text("")
    top = ground.project.top
    ground.project.write("tests/test_seen.py", _SEEN.format(original=str(top), beside=str(beside)))
    ground.project.commit()
    path = os.pathsep.join([str(top), "", str(beside.parent), "pkg"])
    launcher = ground.launcher("-rA", str(top / "tests" / "test_seen.py"), "--junitxml=report.xml", python_path=path, roots=(".",))
    tree = ground.tree()

    with launcher.start(tree, "l", mode="gate") as child:
        first = child.channel.take(_LIMIT)
        found, status = listen(child)
        child.finished()
        output = child.output()
        temporary = Path(output.partition("printed ")[2].splitlines()[0])
        assert (temporary / "left").exists()

    assert isinstance(first, Collected)
    assert first.files == ["tests/test_seen.py"]
    assert first.rootdir == "."
    assert found == dict.fromkeys(found, "passed")
    assert len(found) == 6
    assert status == 0
    assert not temporary.exists()
    assert not (ground.arena.folder_of(tree) / "report.xml").exists()
    assert ground.project.git("status", "--porcelain") == ""


def test_pair(ground: Ground) -> None:
    """A pair of interpreters has one hash seed, and trees, places and temporary folders of its own; the next pair has another seed."""
    what = "os.getcwd(), os.environ['TMPDIR'], hash('x'), sorted(os.sched_getaffinity(0))"
    ground.project.write("tests/test_text.py", f"import os\ndef test_it():\n    print('at', {what})\n")
    ground.project.commit()
    launcher = ground.launcher("-s")
    trees = {"l": ground.tree(), "r": ground.tree()}
    launcher.prepare_pair(processors()[:1])

    def printed() -> list[list[str]]:
        one, two = launcher.pair()
        children = [launcher.order(one, trees["l"], "l", mode="gate"), launcher.order(two, trees["r"], "r", mode="gate")]
        found = []
        for child in children:
            with child:
                listen(child)
                child.finished()
                found.append(child.output().partition("at ")[2].splitlines()[0].split(maxsplit=3))
        return found

    left, right = printed()
    assert left[0] == str(ground.arena.folder_of(trees["l"]))
    assert right[0] == str(ground.arena.folder_of(trees["r"]))
    assert left[1] != right[1]
    assert left[2:] == right[2:]
    assert left[3] == str(list(processors()))
    assert printed()[0][2] != left[2]


def test_interpreters_that_are_not_needed(ground: Ground) -> None:
    """Interpreters that were started ahead are ended when there is no more to run; asking twice starts no more than one pair."""
    launcher = ground.launcher()
    launcher.prepare_pair(())
    launcher.prepare_pair(())
    pids = [interpreter.child.pid for interpreter in launcher._reserve]
    assert len(pids) == 2

    launcher.close()
    launcher.close()

    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def test_leaving_a_child_that_runs(ground: Ground) -> None:
    """To leave a child ends it, whatever it is doing, and clears its temporary folder away."""
    ground.project.write(
        "tests/test_text.py", "import os, signal\ndef test_it():\n    print(os.environ['TMPDIR'], flush=True)\n    signal.pause()\n"
    )
    ground.project.commit()

    with ground.launcher("-s").start(ground.tree(), "l", mode="gate") as child:
        while not (isinstance(record := child.channel.take(_LIMIT), Report) and record.data["when"] == "setup"):
            pass

    assert child.exit is not None
    assert child.exit.status == -signal.SIGKILL
    assert not list((ground.folder / "children" / "tmp").iterdir())


def test_child_that_lingers(ground: Ground) -> None:
    """A child that has said that it is done, but does not end, is ended after a while."""
    ground.project.write("conftest.py", "import atexit, signal\natexit.register(signal.pause)\n")
    ground.project.commit()

    with ground.launcher().start(ground.tree(), "l", mode="gate") as child:
        assert listen(child) == ({"test_words": "passed"}, 0)
        assert child.finished(grace=0.1).status == -signal.SIGKILL


def test_interpreter_that_is_gone(ground: Ground) -> None:
    """If an interpreter has died before it gets its order, that shows when it is listened to, and nowhere else."""
    launcher = ground.launcher()
    one, two = launcher.pair()
    os.kill(one.child.pid, signal.SIGKILL)
    one.child.wait(_LIMIT)

    with launcher.order(one, ground.tree(), "l", mode="gate") as child, pytest.raises(ChannelClosed):
        child.channel.take(_LIMIT)

    assert child.exit is not None
    assert child.exit.status == -signal.SIGKILL
    two.child.end()


def test_files_that_a_child_leaves(ground: Ground) -> None:
    """What a child leaves in the folders around its own is not imported by the next one."""
    launcher = ground.launcher()
    for folder in ("children", "children/tmp", "children/logs", "trees", "trees/shelf"):
        for name in ("pytest.py", "hashlib.py", "sitecustomize.py", "_pytest/__init__.py", "pytest_autoloop/__init__.py"):
            planted = ground.folder / folder / name
            planted.parent.mkdir(parents=True, exist_ok=True)
            planted.write_text("raise SystemExit('planted')\n")

    assert ground.outcomes(launcher) == {"test_words": "passed"}


def test_import_root_with_an_absolute_path(ground: Ground) -> None:
    """An import root that the user gives as an absolute path leads into the tree like any other."""
    ground.project.write("lib/deep.py", "")
    test = "import deep\nfrom pathlib import Path\ndef test_it():\n    assert Path(deep.__file__).parents[1] == Path(__file__).parents[1]\n"
    ground.project.write("tests/test_text.py", test)
    ground.project.commit()

    for root in ("lib", str(ground.project.top / "lib")):
        assert ground.outcomes(ground.launcher(roots=(root,))) == {"test_it": "passed"}


def test_folder_below_the_top(ground: Ground) -> None:
    """A user who starts pytest in a folder below the top has children that do so."""
    ground.project.write("tests/test_text.py", "from pathlib import Path\ndef test_it():\n    assert Path.cwd() == Path(__file__).parent\n")
    ground.project.commit()

    assert ground.outcomes(ground.launcher("test_text.py", folder="tests")) == {"test_it": "passed"}


def test_flags_and_separator(ground: Ground) -> None:
    """Our flags are options also for a user who separates paths from options."""
    assert ground.outcomes(ground.launcher("-x", "--", "tests", flags=("--maxfail=0", "-k", "words"))) == {"test_words": "passed"}


def test_python_that_is_found_on_the_path(ground: Ground, tmp_path: Path) -> None:
    """Where pytest itself is found by PYTHONPATH, children find it there."""
    marker = tmp_path / "beside" / "sitecustomize.py"
    marker.parent.mkdir()
    marker.write_text("import sys\nsys.found_beside = True\n")
    ground.project.write("tests/test_text.py", "import sys\ndef test_it():\n    assert sys.found_beside\n")
    ground.project.commit()

    assert ground.outcomes(ground.launcher(python_path=str(marker.parent))) == {"test_it": "passed"}
    assert "found_beside" not in vars(sys)
