"""Folders that hold what a child writes: measured, and given back whatever the child did to them."""

from __future__ import annotations

import contextlib
import itertools
import os
import secrets
import shutil
import stat
from typing import TYPE_CHECKING

from .variables import HOME

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator
    from pathlib import Path


class Scratch:
    """The temporary folder of one child, with its home inside."""

    def __init__(self, folder: Path) -> None:
        """Make it."""
        self.folder = folder
        (folder / HOME).mkdir(parents=True)

    def size(self) -> int:
        """Return how much of the disk it takes, in bytes."""
        return size_of(self.folder)

    def count(self) -> int:
        """Return how many files and folders there are in it, besides its home."""
        return sum(1 for _ in below(self.folder)) - 1

    def remove(self) -> None:
        """Delete it."""
        clear_away(self.folder)


def below(folder: Path, without: Container[str] = ()) -> Iterator[os.DirEntry[str]]:
    """Yield everything below a folder, however deep, but for folders of some names; what cannot be looked into is left out."""
    folders = [str(folder)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                if not entry.is_dir(follow_symlinks=False):
                    yield entry
                elif entry.name not in without:
                    folders.append(entry.path)
                    yield entry


def size_of(folder: Path) -> int:
    """Return how much of the disk everything below a folder takes, in bytes; what cannot be looked into counts as nothing."""
    total = 0
    for entry in below(folder):
        with contextlib.suppress(OSError):
            total += entry.stat(follow_symlinks=False).st_blocks * 512
    return total


def clear_away(folder: Path) -> None:
    """Delete a folder, also where somebody has taken rights away inside, or laid folders into folders without end."""
    with contextlib.suppress(RecursionError):
        shutil.rmtree(folder, ignore_errors=True)
    if folder.exists():
        _flatten(str(folder))
        shutil.rmtree(folder, ignore_errors=True)


def _flatten(top: str) -> None:
    """Move all folders inside to the top: no path is too long then."""
    folders, name = [top], secrets.token_hex(8)
    for number in itertools.count():
        if not folders:
            return
        folder = folders.pop()
        _open(folder)
        with contextlib.suppress(OSError), os.scandir(folder) as entries:
            for at, entry in enumerate([entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]):
                _open(entry)
                folders.append(f"{top}/{name}-{number}-{at}")
                os.rename(entry, folders[-1])  # noqa: PTH104 - the paths are texts


def _open(path: str) -> None:
    with contextlib.suppress(OSError):
        if not stat.S_ISLNK(os.lstat(path).st_mode):
            os.chmod(path, stat.S_IRWXU)  # noqa: PTH101
