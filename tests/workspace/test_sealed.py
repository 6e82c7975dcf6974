"""A sealed folder: what of it is content, how its copies come and go, and what an environment tells of it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.workspace.environment import Invocation
from pytest_autoloop.workspace.launcher import Site
from pytest_autoloop.workspace.sealed import Sealed
from pytest_autoloop.workspace.sealed import hushed
from pytest_autoloop.workspace.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

USUAL = {"test_a.py": "a", "data/words.txt": "b", "__pycache__/test_a.pyc": "c", ".pytest_cache/v": "d"}


def write(folder: Path, files: Mapping[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def site(tmp_path: Path, *args: str, options: str = "", folder: str = "") -> Site:
    top = tmp_path / "project"
    return Site(
        invocation=Invocation(args=args, folder=top / folder, toplevel=top),
        environ={"PATH": "/bin", "PYTEST_ADDOPTS": options},
        python_path="",
        roots=("src",),
        flags=("--maxfail=0",),
    )


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    made = Tree("0" * 40, tmp_path / "shelf")
    (made.shelf / "project").mkdir(parents=True)
    return made


def copy_of(tree: Tree) -> Path:
    [copy] = tree.place.glob("*/held")
    return copy


def test_copies_come_and_go(tmp_path: Path, tree: Tree) -> None:
    """A copy has all the content, and no caches; afterwards neither it nor what those who ran it have written is there."""
    sealed = Sealed(write(tmp_path / "held", USUAL), tmp_path / "scratch")

    with sealed.beside(tree):
        copy = copy_of(tree)
        assert sorted(path.relative_to(copy).as_posix() for path in copy.rglob("*") if path.is_file()) == ["data/words.txt", "test_a.py"]
        write(sealed.scratch, {"logs/1.log": "what a test printed"})
        copy.chmod(0o500)

    assert [path.name for path in tree.place.iterdir()] == ["project"]
    assert [path for path in sealed.scratch.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize(
    ("change", "disturbed"),
    [
        ({"test_a.py": "other"}, {"test_a.py"}),
        ({"conftest.py": "", "data/more.py": ""}, {"conftest.py", "data/more.py"}),
        ({"pytest.ini": ""}, {"pytest.ini"}),
        ({"results.txt": "", "__pycache__/more.pyc": "", "data/more.pyc": ""}, set()),
    ],
)
def test_disturbed(tmp_path: Path, tree: Tree, change: dict[str, str], disturbed: set[str]) -> None:
    """What was sealed must not change, and no code may come to it; what tests write beside it is of no account."""
    sealed = Sealed(write(tmp_path / "held", USUAL), tmp_path / "scratch")

    with sealed.beside(tree):
        assert sealed.disturbed(tree) == set()
        write(copy_of(tree), change)
        assert sealed.disturbed(tree) == disturbed
    with sealed.beside(tree):
        assert sealed.disturbed(tree) == set()


def test_links_are_found(tmp_path: Path, tree: Tree) -> None:
    """A file that was replaced by a link to one of the same content is disturbed."""
    sealed = Sealed(write(tmp_path / "held", USUAL), tmp_path / "scratch")

    with sealed.beside(tree):
        (copy_of(tree) / "test_a.py").unlink()
        (copy_of(tree) / "test_a.py").symlink_to(tmp_path / "held" / "test_a.py")
        assert sealed.disturbed(tree) == {"test_a.py"}


@pytest.mark.parametrize(("change", "named"), [({"test_a.py": "x"}, "test_a.py"), ({"new.txt": ""}, "new.txt")])
def test_the_seal(tmp_path: Path, tree: Tree, change: dict[str, str], named: str) -> None:
    """No copy is used of a folder that is not as it was, and none is left."""
    sealed = Sealed(write(tmp_path / "held", USUAL), tmp_path / "scratch")
    write(tmp_path / "held", change)

    with pytest.raises(Refused, match=rf"has changed since the run began \({named}\)"), sealed.beside(tree):
        pytest.fail("it was laid out")
    assert [path.name for path in tree.place.iterdir()] == ["project"]


def test_a_file_that_is_gone(tmp_path: Path, tree: Tree) -> None:
    """A folder that lacks a file now is not as it was."""
    sealed = Sealed(write(tmp_path / "held", USUAL), tmp_path / "scratch")
    (tmp_path / "held" / "test_a.py").unlink()

    with pytest.raises(Refused, match=r"test_a\.py"), sealed.beside(tree):
        pytest.fail("it was laid out")


@pytest.mark.parametrize(
    ("files", "settings"),
    [
        ({}, "pytest.ini"),
        ({"pytest.ini": ""}, "held/pytest.ini"),
        ({"pyproject.toml": "[tool.black]\n"}, "pytest.ini"),
        ({"pyproject.toml": "[tool.black]\n[tool.pytest.ini_options]\n"}, "held/pyproject.toml"),
        ({"pyproject.toml": "[tool.pytest]\n"}, "held/pyproject.toml"),
        ({"setup.cfg": "[tool:pytest]\n", "tox.ini": "[tox]\n"}, "held/setup.cfg"),
    ],
)
def test_settings(tmp_path: Path, tree: Tree, files: dict[str, str], settings: str) -> None:
    """Its own settings count where it has some, and empty ones where it has none; both are there when it is laid out."""
    sealed = Sealed(write(tmp_path / "held", {**USUAL, **files}), tmp_path / "scratch")

    args = sealed.site(site(tmp_path)).invocation.args

    given = args[args.index("-c") + 1]
    with sealed.beside(tree):
        assert (tree.place / "project" / given).resolve() == copy_of(tree).parent / settings
        assert (tree.place / "project" / given).is_file()


def test_what_is_taken_over(tmp_path: Path) -> None:
    """Of the user's options the plugins they named, also in the environment, and nothing else; from a folder below the way is longer."""
    sealed = Sealed(write(tmp_path / "held", USUAL), tmp_path / "scratch")
    before = site(tmp_path, "-k", "x", "-p", "one", "-pno:two", "tests", "--", "-p", "tests", options="-q -p three", folder="sub")

    found = sealed.site(before)

    args = found.invocation.args
    assert args[: args.index("-c")] == ("-pthree", "-pone", "-pno:two", "-pno:cacheprovider")
    assert args[-1].startswith("../../")
    assert args[-3:-1] == (f"--rootdir={args[-1]}", f"--confcutdir={args[-1]}")
    assert found.environ == {"PATH": "/bin"}
    assert (found.roots, found.flags, found.invocation.folder) == (before.roots, before.flags, before.invocation.folder)


@pytest.mark.parametrize("name", ["a link", "a link to a folder", "a broken link"])
def test_what_cannot_be_sealed(tmp_path: Path, name: str) -> None:
    """What a link leads to may change unseen."""
    folder = write(tmp_path / "held", USUAL)
    target = {"a link": folder / "test_a.py", "a link to a folder": folder / "data", "a broken link": tmp_path / "nowhere"}[name]
    (folder / "odd").symlink_to(target)

    with pytest.raises(Refused, match="odd is no ordinary file that can be read"):
        Sealed(folder, tmp_path / "scratch")


@pytest.mark.parametrize(
    ("options", "left"),
    [
        ("-q --autoloop-holdout={} -x", ["-q", "-x"]),
        ("-q --autoloop-holdout {} -x", ["-q", "-x"]),
        ("-k 'a b'", ["-k", "a b"]),
        ("", []),
    ],
)
def test_hushed(tmp_path: Path, options: str, left: list[str]) -> None:
    """An environment that names the folder does so no more, and is the same otherwise."""
    told = {"PYTEST_ADDOPTS": options.format(shlex.quote(str(tmp_path))), "HELD": str(tmp_path), "HOME": "/root", "EMPTY": ""}

    found = hushed(told, tmp_path)

    assert shlex.split(found.pop("PYTEST_ADDOPTS")) == left
    assert found == {"HOME": "/root", "EMPTY": ""}
    assert hushed(told, None) == told
