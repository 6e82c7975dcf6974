"""Folders of a child are looked through and deleted, whatever it has made of them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.scratch import Scratch
from pytest_autoloop.workspace.scratch import below
from pytest_autoloop.workspace.scratch import clear_away
from pytest_autoloop.workspace.scratch import size_of
from pytest_autoloop.workspace.variables import HOME

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder."""
    (tmp_path / "here").mkdir()
    return tmp_path / "here"


def deep(folder: Path, names: str, times: int) -> None:
    """Lay folders into each other, past the length that a path may have, with a file in the last."""
    here = os.open(".", os.O_RDONLY)
    try:
        os.chdir(folder)
        for _ in range(times):
            os.mkdir(names)  # noqa: PTH102 - a path would be too long
            os.chdir(names)
        os.close(os.open("last", os.O_CREAT | os.O_WRONLY))
    finally:
        os.fchdir(here)
        os.close(here)


@pytest.mark.parametrize(("name", "times"), [("d", 1500), ("long" * 50, 60)])
def test_deep_folders(here: Path, name: str, times: int) -> None:
    """They are as good as any, whether there are many or their names are long; what is beside them stays."""
    scratch = Scratch(here / "scratch")
    deep(scratch.folder, name, times)
    deep(scratch.folder, "other", 3)

    assert scratch.size() >= 0
    assert "last" in {entry.name for entry in below(scratch.folder)}
    scratch.remove()

    assert [*here.iterdir()] == []


def test_rights_taken_away(here: Path) -> None:
    """Folders that nobody may look into or change are deleted with what is in them, and links without what they lead to."""
    kept = here / "kept"
    kept.mkdir()
    (kept / "file").write_text("text")
    inner = here / "top" / "middle" / "inner"
    inner.mkdir(parents=True)
    (inner / "file").write_text("text")
    (inner / "link").symlink_to(kept)
    for folder in (inner, inner.parent, inner.parent.parent):
        folder.chmod(0)
    clear_away(here / "top")

    assert [*here.iterdir()] == [kept]
    assert (kept / "file").read_text() == "text"


def test_below_but_for_some(here: Path) -> None:
    """Folders of given names are left out, and what a link leads to is not below."""
    for name in ("a/b", "a/skipped"):
        (here / name).mkdir(parents=True)
        (here / name / "file").write_text("x" * 5000)
    (here / "link").symlink_to("a")

    assert {os.path.relpath(entry.path, here) for entry in below(here, {"skipped"})} == {"a", "a/b", "a/b/file", "link"}
    assert size_of(here) >= 10_000


def test_what_is_left_is_counted(tmp_path: Path) -> None:
    """Files and folders, however deep; the home that it is made with is none of them, what is in that is."""
    scratch = Scratch(tmp_path / "scratch")
    assert scratch.count() == 0

    (scratch.folder / "a" / "b").mkdir(parents=True)
    (scratch.folder / "a" / "c").write_text("x")
    (scratch.folder / HOME / "d").write_text("x")
    assert scratch.count() == 4
