from __future__ import annotations

import os
import re
import sys
import sysconfig
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.workspace.environment import Invocation
from pytest_autoloop.workspace.environment import environment_folders
from pytest_autoloop.workspace.environment import import_path
from pytest_autoloop.workspace.environment import import_roots
from pytest_autoloop.workspace.environment import inherited
from pytest_autoloop.workspace.environment import processors
from pytest_autoloop.workspace.environment import python_path_beside
from pytest_autoloop.workspace.environment import rebased_arguments
from pytest_autoloop.workspace.environment import rebased_path
from pytest_autoloop.workspace.environment import tree_environment

TOP = Path("/repo/project")
TREE = Path("/run/l/project")


def rebased(*args: str, folder: Path = TOP, toplevel: Path = TOP, flags: tuple[str, ...] = ()) -> list[str]:
    return rebased_arguments(Invocation(args=args, folder=folder, toplevel=toplevel), TREE, flags)


@pytest.mark.parametrize(
    ("given", "there"),
    [
        ("/repo/project", "/run/l/project"),
        ("/repo/project/", "/run/l/project"),
        ("/repo/project/tests/test_a.py", "/run/l/project/tests/test_a.py"),
        (
            "/repo/project/tests/test_a.py::Test::test[/repo/project/x-a::b]",
            "/run/l/project/tests/test_a.py::Test::test[/repo/project/x-a::b]",
        ),
        ("/repo//project/./tests/../tests/a b.py", "/run/l/project/tests/a b.py"),
        ("--rootdir=/repo/project/sub", "--rootdir=/run/l/project/sub"),
        ("--ignore=/repo/project/tests/slow", "--ignore=/run/l/project/tests/slow"),
        ("--snapshot-dir=/repo/project/snapshots", "--snapshot-dir=/run/l/project/snapshots"),
        ("-c/repo/project/pytest.ini", "-c/run/l/project/pytest.ini"),
        ("-c=/repo/project/pytest.ini", "-c=/run/l/project/pytest.ini"),
        ("-opythonpath=/repo/project/src", "-opythonpath=/run/l/project/src"),
    ],
)
def test_paths_lead_into_the_tree(given: str, there: str) -> None:
    """An absolute path below the top of the repository leads into the tree, alone, behind an option, as part of a node id."""
    assert rebased(given) == [there]


@pytest.mark.parametrize(
    "args",
    [
        ("tests/test_a.py::test_x[a=/b]", "."),
        ("/repo/project-two/tests", "/repo/project/../other/tests", "/repo", "/elsewhere/tests", "/"),
        ("--rootdir=/elsewhere", "--ignore=tests/slow", "--ignore=../other"),
        ("-k", "not slow and /x", "-m", "fast", "-x", "-q", "-vv", "--tb=short", "-p", "no:cacheprovider", "-W", "error"),
        ("--dsn=postgres://localhost/repo/project", "-o", "addopts=-x --foo=/bar"),
        ("--benchmark-compare-fail=min:5%", "--benchmark-disable-gc", "--cov=pkg", "--pyargs", "pkg.tests"),
        ("@args.txt",),
    ],
)
def test_everything_else_stays(args: tuple[str, ...]) -> None:
    """Relative paths, paths outside, selections and options of other plugins stand as the user wrote them, in their order."""
    assert rebased(*args) == list(args)


def test_values_behind_a_space() -> None:
    """The value of an option may stand in an argument of its own."""
    args = ("-c", "/repo/project/a.ini", "--rootdir", "/repo/project", "-o", "pythonpath=/repo/project/src", "--deselect", "tests/a.py::b")

    assert rebased(*args) == [
        "-c", "/run/l/project/a.ini", "--rootdir", "/run/l/project", "-o", "pythonpath=/run/l/project/src", "--deselect", "tests/a.py::b",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("args", "left"),
    [
        (["--junitxml=report.xml", "tests"], ["tests"]),
        (["--junit-xml", "report.xml", "tests"], ["tests"]),
        (["--cov-report", "xml:/x/cov.xml", "--cov-report=term", "--cov=pkg"], ["--cov=pkg"]),
        (["--debug", "-x"], ["-x"]),
        (["--debug", "trace.log", "-x"], ["-x"]),
        (["--debug"], []),
        (["--pastebin=all", "tests"], ["tests"]),
        (["--benchmark-compare", "-k", "fast"], ["-k", "fast"]),
        (["--benchmark-compare", "0001", "-k", "fast"], ["-k", "fast"]),
        (["--benchmark-histogram", "--benchmark-json", "x.json", "--log-file=x"], []),
        (["--junitxml"], []),
    ],
)
def test_nothing_is_written_twice(args: list[str], left: list[str]) -> None:
    """Options that name a file to write, or a place to send to, are left out with their values, and nothing else is."""
    assert rebased(*args) == left


def _options_in_help(text: str) -> dict[str, str]:
    """Return the options that pytest's help names: what takes no value, needs one, or may have one."""
    found = dict(re.findall(r"(?<![\w-])(--[a-z][\w-]*)(=\S+|)", text))
    # Of a value such as [GLOB=]ERROR only a part may be left out.
    whole = re.compile(r"=\[[^]]*\],?")
    return {name: "none" if not value else "optional" if whole.fullmatch(value) else "needed" for name, value in found.items()}


def test_agreement_with_the_parser(pytester: pytest.Pytester) -> None:
    """Every option of ours is left out, with its value if it has one, and so is every file to write: as pytest itself parses them."""
    options = _options_in_help("\n".join(line for line in pytester.runpytest_inprocess("--help").outlines if line.lstrip().startswith("-")))
    ours = {name for name in options if name.startswith("--autoloop")}
    artefacts = {"--junit-xml", "--log-file", "--debug", "--pastebin"} | {
        f"--benchmark-{x}" for x in ("json", "save", "storage", "compare")
    }
    assert {"--autoloop", "--autoloop-judge", "--autoloop-agent"} <= ours
    assert artefacts <= options.keys()

    for name in ours | artefacts:
        takes = options[name]
        assert rebased(name, "tests/x", "-q") == (["tests/x", "-q"] if takes == "none" else ["-q"]), name
        assert rebased("-q", f"{name}=tests/x", "tests/y") == ["-q", "tests/y"], name
        if takes == "optional":
            assert rebased(name, "-q") == ["-q"], name


def test_flags_come_last(tmp_path: Path) -> None:
    """Flags come behind the user's options, where they win, but before a ``--``: behind that everything is a path."""
    assert rebased("-x", "tests", flags=("-n0",)) == ["-x", "tests", "-n0"]
    assert rebased("-x", "--", "--autoloop", "/repo/project/tests", flags=("-n0", "-q")) == [
        "-x",
        "-n0",
        "-q",
        "--",
        "--autoloop",
        "/run/l/project/tests",
    ]


def test_ways_through_links(tmp_path: Path) -> None:
    """A repository may be named by a link to it, and a path inside keeps its own links: node ids depend on them."""
    top = tmp_path / "real" / "project"
    (top / "tests").mkdir(parents=True)
    (top / "link").symlink_to("tests")
    (tmp_path / "way").symlink_to("real")
    (tmp_path / "straight").symlink_to(top / "tests")

    assert rebased(str(tmp_path / "way" / "project" / "tests"), toplevel=top) == [f"{TREE}/tests"]
    assert rebased(str(top / "link" / "test_a.py"), toplevel=top) == [f"{TREE}/link/test_a.py"]
    assert rebased(str(tmp_path / "straight" / "test_a.py::test"), toplevel=top) == [f"{TREE}/tests/test_a.py::test"]


def test_environment_inside_the_repository(monkeypatch: pytest.MonkeyPatch) -> None:
    """A path into a virtual environment that lies in the repository stays: a tree has none."""
    monkeypatch.setattr(sys, "prefix", str(TOP / ".venv"))

    assert rebased("--python=/repo/project/.venv/bin/python", "/repo/project/tests") == [
        "--python=/repo/project/.venv/bin/python",
        "/run/l/project/tests",
    ]


names = st.sampled_from(["a", "b c", "tests", "x.py", "-y", "ż"])
below = st.lists(names, max_size=3).map(lambda parts: "/".join(["/repo/project", *parts]))
arguments = st.one_of(
    below,
    below.map(lambda path: f"--opt={path}"),
    below.map(lambda path: f"{path}::test[{path}]"),
    st.sampled_from(["-x", "--tb=short", "-k", "a or b", "tests", "/elsewhere/x", "--autoloop", "--debug=x"]),
)


@given(st.lists(arguments, max_size=6))
def test_no_path_leads_back(args: list[str]) -> None:
    """No argument of a child leads into the user's own folder; doing it twice changes nothing more; what stays, stays in order."""
    once = rebased(*args)

    for arg in once:
        assert not arg.partition("::")[0].partition("=")[2].startswith(str(TOP))
        assert not arg.startswith(str(TOP))
    assert rebased(*once) == once
    assert len(once) == len([arg for arg in args if arg not in ("--autoloop", "--debug=x")])


def test_rebased_path() -> None:
    """A single path moves along if it is the project's."""
    invocation = Invocation(args=(), folder=TOP, toplevel=TOP)

    assert rebased_path("/repo/project/src", invocation, TREE) == "/run/l/project/src"
    assert rebased_path("/run/l/project/src", invocation, TREE) == "/run/l/project/src"


class TestImportRoots:
    """Where a project's code is imported from."""

    @pytest.fixture
    def top(self, tmp_path: Path) -> Path:
        """The top of a repository with the usual folders."""
        for name in ("src", "tests", "tools/lib", ".venv/lib/site-packages"):
            (tmp_path / "project" / name).mkdir(parents=True)
        return tmp_path / "project"

    def roots(self, top: Path, *entries: object, folder: Path | None = None, environment: tuple[Path, ...] = ()) -> tuple[str, ...]:
        """Return the roots that an import path makes."""
        invocation = Invocation(args=(), folder=folder or top, toplevel=top)
        return import_roots([str(entry) for entry in entries], invocation, iter(environment))

    def test_flat(self, top: Path) -> None:
        """The current folder counts, however it is written, in the order of the path and once."""
        (top / "src").rmdir()

        assert self.roots(top, "", top, top / "tests", ".", "tests") == (".", "tests")

    def test_source_folder(self, top: Path) -> None:
        """``src`` counts also when nothing has put it on the path, but behind what has been."""
        assert self.roots(top) == ("src",)
        assert self.roots(top, "tests", top) == ("tests", ".", "src")
        assert self.roots(top, top / "src", top) == ("src", ".")

    def test_from_a_folder_below(self, top: Path) -> None:
        """Relative entries start at the folder that pytest was started in."""
        assert self.roots(top, "lib", "../tests", folder=top / "tools") == ("tools/lib", "tests", "src")

    def test_what_does_not_count(self, top: Path, tmp_path: Path) -> None:
        """What does not exist, is no folder, lies outside or leads outside is none."""
        (top / "packed.zip").write_text("")
        (tmp_path / "outside").mkdir()
        (top / "away").symlink_to(tmp_path / "outside")

        assert self.roots(top, "nowhere", top / "packed.zip", "/usr", tmp_path / "outside", top / "away", tmp_path) == ("src",)

    def test_environment_in_the_repository(self, top: Path) -> None:
        """A virtual environment inside the repository is not the project's."""
        assert self.roots(top, top / ".venv/lib/site-packages", top / ".venv", environment=(top / ".venv", Path("/usr"))) == ("src",)

    def test_repository_in_the_environment(self, top: Path, tmp_path: Path) -> None:
        """A project that lies below the prefix of its Python, as in ``/usr/src``, or at it, is a project all the same."""
        assert self.roots(top, top, environment=(tmp_path,)) == (".", "src")
        assert self.roots(top, top, top / ".venv/lib/site-packages", environment=(top, top / ".venv/lib")) == (".", "src")


class TestPythonPath:
    """The user's own ``PYTHONPATH``."""

    def test_beside_the_project(self, tmp_path: Path) -> None:
        """What lies outside the repository, or in an environment inside it, is kept, from wherever it is written; the rest is not."""
        top = tmp_path / "project"
        (top / "src").mkdir(parents=True)
        (top / ".venv" / "lib").mkdir(parents=True)
        (tmp_path / "libs").mkdir()
        entries = [top / "src", "src", "", "/opt/libs", top, "../libs", top / ".venv/lib", "nowhere"]
        invocation = Invocation(args=(), folder=top, toplevel=top)

        found = python_path_beside(os.pathsep.join(map(str, entries)), invocation, iter([top / ".venv"]))

        assert [Path(entry).resolve() for entry in found.split(os.pathsep)] == [Path("/opt/libs"), tmp_path / "libs", top / ".venv" / "lib"]

    def test_none(self) -> None:
        """Without one there is none."""
        assert python_path_beside("", Invocation(args=(), folder=TOP, toplevel=TOP), ()) == ""
        assert python_path_beside(os.pathsep, Invocation(args=(), folder=TOP, toplevel=TOP), ()) == ""


def test_tree_environment() -> None:
    """A child's own tree comes first on its import path, the user's own entries behind it."""
    found = tree_environment(["/run/l/project", "/run/l/project/src"], "/opt/libs")

    assert found["PYTHONPATH"].split(os.pathsep) == ["/run/l/project", "/run/l/project/src", "/opt/libs"]
    assert tree_environment(["/a"], "")["PYTHONPATH"] == "/a"


def test_both_sides_of_a_duel_are_alike() -> None:
    """The variables of both places have the same names and take the same space."""
    left, right = (tree_environment([f"/run/{place}/project"], "/opt") for place in "lr")

    assert left.keys() == right.keys()
    assert [len(value) for value in left.values()] == [len(value) for value in right.values()]


def test_this_process() -> None:
    """What a child inherits is what this process has."""
    assert inherited() == dict(os.environ)
    assert import_path() == tuple(sys.path)
    assert Path(sysconfig.get_path("purelib")).resolve() in environment_folders()
    assert Path(sys.prefix).resolve() in environment_folders()
    if hasattr(os, "sched_getaffinity"):
        assert set(processors()) == os.sched_getaffinity(0)
