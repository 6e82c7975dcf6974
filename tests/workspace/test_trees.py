from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.trees import Arena

from .projects import FASTER
from .projects import contents
from .projects import edited

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_autoloop.workspace.git import Store

    from .projects import Project


@pytest.fixture
def arena(tmp_path: Path) -> Arena:
    return Arena(tmp_path / "run" / "trees", "project")


@pytest.fixture
def head(project: Project) -> str:
    return project.git("rev-parse", "HEAD")


def test_files_of_a_revision(arena: Arena, store: Store, project: Project, head: str) -> None:
    """A tree holds the files of its revision, nothing of git, in a folder that is called as the user's, outside the repository."""
    tree = arena.make(store, head)

    files = {path: rest for path, rest in contents(project.top).items() if not path.startswith(".git")}
    assert contents(arena.folder_of(tree)) == files
    assert arena.folder_of(tree).name == project.top.name
    assert not arena.folder_of(tree).is_relative_to(project.top)
    assert tree.revision == head


def test_files_of_a_tree_object(arena: Arena, store: Store, head: str, tmp_path: Path) -> None:
    """A candidate's tree belongs to its parent's revision, and holds what came of it."""
    tree = arena.make(store, head, store.snapshot(head, edited(store, head, tmp_path / "desk")))

    assert tree.revision == head
    assert (arena.folder_of(tree) / "pkg" / "text.py").read_text() == FASTER


def test_places(arena: Arena, store: Store, head: str) -> None:
    """The two places have paths of one length that differ in nothing but the place, whichever tree is there, and each time the same."""
    one, two = arena.make(store, head), arena.make(store, head)

    left, right = arena.put(one, "l"), arena.put(two, "r")
    assert len(str(left)) == len(str(right))
    assert left != right
    assert (arena.put(two, "l"), arena.put(one, "r")) == (left, right)


def test_what_a_tree_gathers_moves_with_it(arena: Arena, store: Store, head: str) -> None:
    """A tree is moved as a whole: what was written there, such as bytecode, is there again at another place, and not left at the first."""
    one, two = arena.make(store, head), arena.make(store, head)
    (arena.put(one, "l") / "cache").write_text("one")
    (arena.put(two, "r") / "cache").write_text("two")

    assert (arena.put(one, "r") / "cache").read_text() == "one"
    assert (arena.put(two, "l") / "cache").read_text() == "two"
    assert (arena.folder_of(one) / "cache").read_text() == "one"

    three = arena.make(store, head)
    assert not (arena.put(three, "l") / "cache").exists()
    assert (arena.folder_of(two) / "cache").read_text() == "two"
    assert arena.folder_of(two).name == "project"


def test_staying_put(arena: Arena, store: Store, head: str) -> None:
    """A tree that is where it should be is not moved."""
    tree = arena.make(store, head)
    top = arena.put(tree, "l")
    moved = top.parent.stat().st_ctime_ns

    assert arena.put(tree, "l") == top
    assert top.parent.stat().st_ctime_ns == moved


def test_clear(arena: Arena, store: Store, head: str) -> None:
    """A cleared place is empty, its tree is kept, and to clear it again does no harm."""
    tree = arena.make(store, head)
    top = arena.put(tree, "l")

    arena.clear("l")
    arena.clear("l")
    arena.clear("r")

    assert not top.exists()
    assert arena.folder_of(tree).exists()
    assert arena.put(tree, "l") == top


def test_drop(arena: Arena, store: Store, head: str) -> None:
    """A dropped tree is gone, from its shelf or from its place, and the place is free for the next."""
    shelved, placed = arena.make(store, head), arena.make(store, head)
    top = arena.put(placed, "l")

    arena.drop(shelved)
    arena.drop(placed)

    assert not top.exists()
    assert not shelved.shelf.exists()
    assert not placed.shelf.exists()
    assert arena.put(arena.make(store, head), "l") == top


def test_what_a_process_leaves_is_not_there_for_the_next(arena: Arena, store: Store, head: str) -> None:
    """What was in a tree when it first ran stays, wherever it is put; what has come since goes."""
    tree = arena.make(store, head)
    (arena.folder_of(tree) / "built").write_text("by a set-up")
    arena.tidy(tree)
    (arena.put(tree, "l") / "answer").write_text("343")
    arena.tidy(tree)
    top = arena.put(tree, "r")

    assert (top / "built").exists()
    assert not (top / "answer").exists()


def test_files_that_were_written_meanwhile(arena: Arena, store: Store, head: str) -> None:
    """A file that was rewritten is remembered even when its content and times are as before; what comes on top is free."""
    tree, other = arena.make(store, head), arena.make(store, head)
    source = arena.folder_of(tree) / "pkg" / "text.py"
    assert arena.touched(tree) == frozenset()
    for each in (tree, other):
        arena.tidy(each)
    assert arena.touched(tree) == frozenset()

    before, text = source.stat(), source.read_text()
    source.write_text("x = 1\n")
    source.write_text(text)
    os.utime(source, ns=(before.st_atime_ns, before.st_mtime_ns))
    (arena.folder_of(tree) / "answers.txt").write_text("343")
    arena.tidy(tree)

    assert arena.touched(tree) == {"pkg/text.py"}
    arena.put(other, "l")
    assert arena.touched(other) == frozenset()
    (arena.folder_of(other) / "pkg" / "text.py").unlink()
    assert "pkg/text.py" in arena.touched(other)
