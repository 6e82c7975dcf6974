"""The trees that children run in, and the two places where they run."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING
from typing import Literal

from .gathered import Contents
from .scratch import clear_away
from .scratch import size_of

if TYPE_CHECKING:
    from pathlib import Path

    from .git import Store

Place = Literal["l", "r"]


class Tree:
    """The files of one revision, in a folder outside the repository, with a bytecode cache of their own.

    The files lie one level down, in a folder that is called as the user's is: tests print their working directory, and a package at the
    top of a repository takes its name from it.
    """

    def __init__(self, revision: str, shelf: Path) -> None:
        self.revision = revision
        self.shelf = shelf
        self.place = shelf
        self.contents: Contents | None = None

    def size(self) -> int:
        """Return how much of the disk it takes, in bytes."""
        return size_of(self.place)


class Arena:
    """Keeps the trees of a run, and puts them where they run.

    Both sides of a duel run in folders whose paths are equally long, and which of the two gets which is drawn anew for each duel. A tree
    is moved as a whole, and its bytecode moves with it. Nothing else that a process has left there is there for the next one.
    """

    def __init__(self, folder: Path, leaf: str) -> None:
        self.folder = folder
        self._leaf = leaf
        self._placed: dict[Place, Tree] = {}
        (folder / "shelf").mkdir(parents=True)

    def make(self, store: Store, revision: str, tree: str | None = None) -> Tree:
        """Fill a new tree with a revision, or with the tree object ``tree`` that came of it."""
        made = Tree(revision, self.folder / "shelf" / secrets.token_hex(6))
        store.fill(tree or revision, made.shelf / self._leaf)
        return made

    def put(self, tree: Tree, place: Place) -> Path:
        """Put a tree at a place, clearing it before, and return the top of its files."""
        if self._placed.get(place) is not tree:
            self.clear(place)
            self._take_away(tree)
            target = self.folder / place
            tree.place.rename(target)
            tree.place = target
            self._placed[place] = tree
        return tree.place / self._leaf

    def tidy(self, tree: Tree) -> None:
        """Take away what has come to a tree since it first ran; the first time, note what is there."""
        if tree.contents is None:
            tree.contents = Contents(self.folder_of(tree))
        else:
            tree.contents.tidy(self.folder_of(tree))

    def touched(self, tree: Tree) -> frozenset[str]:
        """Return what of a tree was written, set otherwise or exchanged since it first ran, even if it is as before again.

        What has come to it is taken away. Folders end with a slash.
        """
        if tree.contents is None:
            return frozenset()
        self.tidy(tree)
        return tree.contents.touched

    def clear(self, place: Place) -> None:
        """Put the tree at a place, if there is one, back on its shelf."""
        if tree := self._placed.get(place):
            self._take_away(tree)

    def _take_away(self, tree: Tree) -> None:
        for place, placed in list(self._placed.items()):
            if placed is tree:
                del self._placed[place]
                tree.place.rename(tree.shelf)
                tree.place = tree.shelf

    def drop(self, tree: Tree) -> None:
        """Delete a tree."""
        self._take_away(tree)
        clear_away(tree.shelf)

    def folder_of(self, tree: Tree) -> Path:
        """Return the top of a tree's files, wherever they are now."""
        return tree.place / self._leaf
