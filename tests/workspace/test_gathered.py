"""What a tree gathers while code runs in it."""

from __future__ import annotations

import ast
import compileall
import os
import shutil
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.gathered import Contents

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A tree with a package, data in a folder of their own, and a file that a set-up has made."""
    folder = tmp_path / "tree"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "mod.py").write_text("x = 1\n")
    (folder / "data" / "deep").mkdir(parents=True)
    (folder / "data" / "deep" / "golden.txt").write_text("right")
    (folder / "built.txt").write_text("built")
    return folder


@pytest.fixture
def contents(top: Path) -> Contents:
    """What was there at first."""
    return Contents(top)


def everything(top: Path) -> dict[str, bytes]:
    return {path.relative_to(top).as_posix(): path.read_bytes() if path.is_file() else b"" for path in top.rglob("*")}


def compiled(top: Path) -> Path:
    """Compile everything, and return the one module's byte code."""
    compileall.compile_dir(top, quiet=2)
    return next((top / "pkg" / "__pycache__").glob("mod.*.pyc"))


def test_what_was_there_at_first_stays(top: Path, contents: Contents) -> None:
    """Also what no revision knows, such as what a set-up has made."""
    before = everything(top)

    assert contents.tidy(top) == frozenset()
    assert everything(top) == before
    assert contents.touched == frozenset()


def test_what_has_come_goes(top: Path, contents: Contents, tmp_path: Path) -> None:
    """Files, folders with all they hold, and links, but never what a link leads to; also caches that no byte code is in."""
    before = everything(top)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (top / "pkg" / "answers.txt").write_text("343")
    (top / ".cache" / "deep").mkdir(parents=True)
    (top / ".cache" / "deep" / "answers").write_text("343")
    (top / "data" / "__pycache__" / "__pycache__").mkdir(parents=True)
    (top / "link").symlink_to(outside)

    caches = {"data/__pycache__/", "data/__pycache__/__pycache__/"}
    assert contents.tidy(top) == {"pkg/answers.txt", ".cache/", ".cache/deep/", ".cache/deep/answers", "link"} | caches
    assert everything(top) == before
    assert (outside / "precious").exists()


def test_byte_code_of_the_sources_stays(top: Path, contents: Contents) -> None:
    """To compile them again in each process would take its time; what it does to the folders around it is nothing odd."""
    compiled(top)
    before = everything(top)

    assert contents.tidy(top) == frozenset()
    assert contents.tidy(top) == frozenset()
    assert everything(top) == before
    assert contents.touched == frozenset()


NAMES = ["answers", "other.{tag}.pyc", "mod.other.pyc", "mod.{tag}.opt-1.pyc", "mod.{tag}-pytest-0.pyc", "mod.{tag}.pyc.1"]


@pytest.mark.parametrize("name", NAMES)
def test_what_only_looks_like_byte_code_goes(top: Path, contents: Contents, name: str) -> None:
    """Under a name that neither this Python nor this pytest would read in the next process."""
    made = compiled(top)
    planted = made.with_name(name.format(tag=made.name.split(".")[1]))
    planted.write_bytes(made.read_bytes())

    assert contents.tidy(top) == {planted.relative_to(top).as_posix()}


def test_byte_code_of_tests_stays(top: Path, contents: Contents) -> None:
    """As the pytest that is installed calls it."""
    made = compiled(top)
    made.rename(made.with_name(f"{made.stem}-pytest-{version('pytest')}.pyc"))

    assert contents.tidy(top) == frozenset()


@pytest.mark.parametrize("at", [0, 4, 8, 12])
def test_byte_code_that_says_it_is_of_another_source_goes(top: Path, contents: Contents, at: int) -> None:
    """Of another Python, never to be compared with its source, or of a source of another time or size: Python would not leave it so."""
    made = compiled(top)
    content = bytearray(made.read_bytes())
    content[at] ^= 1
    made.write_bytes(content)

    assert contents.tidy(top) == {"pkg/__pycache__/", made.relative_to(top).as_posix()}


def test_byte_code_that_is_changed_later(top: Path, contents: Contents) -> None:
    """Answers that are appended to it are gone before the next process, each time, and it is remembered that there were any."""
    made = compiled(top)
    name = made.relative_to(top).as_posix()
    contents.tidy(top)
    before = made.read_bytes()
    for _ in range(2):
        made.write_bytes(before + b"343")
        assert contents.tidy(top) == {name}
        assert contents.touched == {name}


def tidied_by(user: int | None, top: Path, contents: Contents) -> tuple[frozenset[str], frozenset[str]]:
    """Tidy in a process of its own, which root lets be somebody else's. Returns what went, and what then was touched."""
    if user is None:
        return contents.tidy(top), contents.touched
    here, there = os.pipe()
    if (child := os.fork()) == 0:
        try:
            # The way to the folder is not open to everybody.
            os.chdir(top.parent)
            os.setuid(user)
            told = repr((set(contents.tidy(Path(top.name))), set(contents.touched)))
            os.write(there, told.encode())
        finally:
            os._exit(0)
    os.close(there)
    with os.fdopen(here) as answer:
        gone, touched = ast.literal_eval(answer.read().replace("set()", "()"))
    os.waitpid(child, 0)
    return frozenset(gone), frozenset(touched)


@pytest.fixture
def user(top: Path) -> int | None:
    """Whom the tree belongs to, for whom rights count; None where that is who runs the tests."""
    if os.geteuid() != 0:
        return None
    for path in (top.parent, top, *top.rglob("*")):
        os.chown(path, 65534, -1)
    return 65534


@pytest.mark.parametrize("folder", ["pkg/__pycache__", ".", "data"])
@pytest.mark.parametrize("mode", [0o555, 0])
def test_nothing_stays_behind_rights_that_are_taken_away(top: Path, folder: str, mode: int, user: int | None) -> None:
    """A folder that cannot be written to or looked into is opened, and is afterwards as it was."""
    compiled(top)
    (top / "data").chmod(0o555)
    if user is not None:
        for path in (top / "pkg").rglob("*"):
            os.chown(path, user, -1)
    contents = Contents(top)
    before = {path: path.stat().st_mode for path in (top, *top.rglob("*"))}
    (top / "data").chmod(0o755)
    planted = top / folder / "answers"
    planted.write_text("343")
    (top / folder).chmod(mode)

    gone, touched = tidied_by(user, top, contents)

    assert gone == {planted.relative_to(top).as_posix()}
    assert not planted.exists()
    assert {path: path.stat().st_mode for path in (top, *top.rglob("*"))} == before
    assert not touched & {"pkg/mod.py", "built.txt"}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make what others cannot remove")
def test_what_cannot_be_removed_is_touched(top: Path, user: int) -> None:
    """What came and stays, whatever keeps it, is there for the next process."""
    (top / "held").mkdir()
    contents = Contents(top)
    (top / "held" / "answers").write_text("343")

    assert tidied_by(user, top, contents) == (frozenset({"held/answers"}), frozenset({"held/", "held/answers"}))


def test_byte_code_of_a_source_that_is_written_again(top: Path, contents: Contents) -> None:
    """It is written again too, and that is no more than the source tells: it stays where it is that of the source, and goes otherwise."""
    made = compiled(top)
    name = made.relative_to(top).as_posix()
    contents.tidy(top)
    for text, second in (("x = 22\n", 5), ("x = 333\n", 7)):
        (top / "pkg" / "mod.py").write_text(text)
        os.utime(top / "pkg" / "mod.py", (second, second))
        assert contents.tidy(top) == (frozenset() if second == 5 else {name})
        assert contents.touched - {name} == {"pkg/mod.py"}
        compiled(top)
    assert contents.tidy(top) == frozenset()
    assert contents.touched == {"pkg/mod.py"}


@pytest.mark.parametrize("whole", [True, False], ids=["with its folder", "alone"])
def test_byte_code_that_is_removed(top: Path, whole: bool) -> None:
    """It is missed by nobody, but the rest goes with it: otherwise which of it is there could tell the next process something."""
    (top / "data" / "other.py").write_text("y = 2\n")
    contents = Contents(top)
    made = compiled(top)
    contents.tidy(top)
    before = contents.touched

    shutil.rmtree(made.parent) if whole else made.unlink()

    other = next((top / "data" / "__pycache__").iterdir())
    assert contents.tidy(top) == {other.relative_to(top).as_posix()}
    compiled(top)
    assert contents.tidy(top) == frozenset()
    assert contents.touched == before == frozenset()


def test_files_with_other_names(top: Path, tmp_path: Path) -> None:
    """What a set-up has linked to from a store gets a copy of its own: what becomes of the store, or of another tree, is not its doing."""
    shared = tmp_path / "store.txt"
    shared.write_text("stored")
    os.utime(shared, (5, 5))
    os.link(shared, top / "data" / "linked.txt")
    os.link(shared, tmp_path / "of another tree")
    contents = Contents(top)
    assert (top / "data" / "linked.txt").stat().st_mtime == 5
    assert sorted(path.name for path in (top / "data").iterdir()) == ["deep", "linked.txt"]

    (tmp_path / "of another tree").unlink()
    shared.write_text("other")
    assert contents.tidy(top) == contents.touched == frozenset()
    assert (top / "data" / "linked.txt").read_text() == "stored"

    (top / "data" / "linked.txt").write_text("wrong")
    contents.tidy(top)
    assert shared.read_text() == "other"
    assert contents.touched == {"data/linked.txt"}


def test_a_tree_that_is_gone(top: Path, contents: Contents) -> None:
    """All of it was touched."""
    shutil.rmtree(top)

    assert contents.tidy(top) == frozenset()
    assert contents.touched >= {"pkg/mod.py", "data/", "built.txt"}


def rewritten(top: Path) -> None:
    file = top / "data" / "deep" / "golden.txt"
    before = file.stat()
    file.write_text("wrong")
    file.write_text("right")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))


def exchanged(top: Path) -> None:
    file = top / "data" / "deep" / "golden.txt"
    file.rename(top / "aside")
    file.write_text("wrong")
    (top / "aside").rename(file)


def behind_another_folder(top: Path) -> None:
    (top / "data").rename(top / "aside")
    (top / "data" / "deep").mkdir(parents=True)
    (top / "data" / "deep" / "golden.txt").write_text("wrong")
    (top / "data" / "deep" / "golden.txt").unlink()
    (top / "data" / "deep").rmdir()
    (top / "data").rmdir()
    (top / "aside").rename(top / "data")


@pytest.mark.parametrize(
    ("change", "name"),
    [(rewritten, "data/deep/golden.txt"), (exchanged, "data/deep/golden.txt"), (behind_another_folder, "data/")],
)
def test_data_that_are_put_back(top: Path, contents: Contents, change: Callable[[Path], None], name: str) -> None:
    """A file that was another for a while has been touched, also if nothing but a folder above it was exchanged."""
    before = everything(top)

    change(top)

    assert everything(top) == before
    assert contents.tidy(top) == frozenset()
    assert name in contents.touched


def test_nothing_is_remembered_in_times_and_attributes(top: Path, contents: Contents) -> None:
    """Of folders, in which much may come and go, and of byte code when it is first seen."""
    made = compiled(top)
    for path in (made, top / "pkg", top):
        os.utime(path, ns=(343, 343))
        if hasattr(os, "setxattr"):
            try:
                os.setxattr(path, "user.answer", b"343")
            except OSError:
                pytest.skip("this file system has no attributes")
    contents.tidy(top)

    assert made.stat().st_mtime_ns != 343
    assert (top / "pkg").stat().st_mtime_ns != 343
    assert top.stat().st_mtime_ns != 343
    if hasattr(os, "setxattr"):
        assert os.listxattr(made) == os.listxattr(top / "pkg") == os.listxattr(top) == []
