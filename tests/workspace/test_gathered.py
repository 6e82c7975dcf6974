"""What a tree gathers while code runs in it."""

from __future__ import annotations

import compileall
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.gathered import clear
from pytest_autoloop.workspace.gathered import everything_in

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A tree with a package, and a file that a set-up has made."""
    folder = tmp_path / "tree"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "mod.py").write_text("x = 1\n")
    (folder / "built.txt").write_text("built")
    return folder


def test_what_was_there_at_first_stays(top: Path) -> None:
    """Also what no revision knows, such as what a set-up has made."""
    born = everything_in(top)

    assert born == {"pkg/", "pkg/mod.py", "built.txt"}
    assert clear(top, born) == frozenset()
    assert everything_in(top) == born


def test_what_has_come_goes(top: Path, tmp_path: Path) -> None:
    """Files, folders with all they hold, and links, but never what a link leads to."""
    born = everything_in(top)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "precious").write_text("x")
    (top / "pkg" / "answers.txt").write_text("343")
    (top / ".cache" / "deep").mkdir(parents=True)
    (top / ".cache" / "deep" / "answers").write_text("343")
    (top / "link").symlink_to(outside)

    assert clear(top, born) == {"pkg/answers.txt", ".cache/", ".cache/deep/", ".cache/deep/answers", "link"}
    assert everything_in(top) == born
    assert (outside / "precious").exists()


def test_byte_code_of_the_sources_stays(top: Path) -> None:
    """To compile them again in each process would take its time."""
    born = everything_in(top)
    compileall.compile_dir(top, quiet=2)
    before = everything_in(top)

    assert len(before - born) == 2
    assert clear(top, born) == frozenset()
    assert everything_in(top) == before


@pytest.mark.parametrize("name", ["answers", "other.{tag}.pyc", "mod.other.pyc", "mod.{tag}.opt-9.pyc", "mod.{tag}.pyc"])
def test_what_only_looks_like_byte_code_goes(top: Path, name: str) -> None:
    """Not in the cache under its source's name, or marked as never to be compared with its source."""
    born = everything_in(top)
    compileall.compile_dir(top, quiet=2)
    made = next((top / "pkg" / "__pycache__").iterdir())
    content = bytearray(made.read_bytes())
    content[4] = 1
    planted = made.with_name(name.format(tag=made.name.split(".")[1]))
    planted.write_bytes(content)

    assert clear(top, born) == {planted.relative_to(top).as_posix()}
