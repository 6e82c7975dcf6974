"""Folders that hold what a child writes: measured, and given back whatever the child did to them."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from typing import TYPE_CHECKING

from .variables import HOME

if TYPE_CHECKING:
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

    def remove(self) -> None:
        """Delete it."""
        clear_away(self.folder)


def size_of(folder: Path) -> int:
    """Return how much of the disk everything below a folder takes, in bytes; what cannot be looked into counts as nothing."""
    total, folders = 0, [str(folder)]
    while folders:
        with contextlib.suppress(OSError), os.scandir(folders.pop()) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):
                    total += entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
    return total


def clear_away(folder: Path) -> None:
    """Delete a folder, also where somebody has taken rights away inside."""
    shutil.rmtree(folder, ignore_errors=True)
    if not folder.exists():
        return
    _open(str(folder))
    for root, names, _ in os.walk(folder):
        for name in names:
            _open(os.path.join(root, name))  # noqa: PTH118 - the walk is made of texts
    shutil.rmtree(folder, ignore_errors=True)


def _open(path: str) -> None:
    with contextlib.suppress(OSError):
        if not stat.S_ISLNK(os.lstat(path).st_mode):
            os.chmod(path, stat.S_IRWXU)  # noqa: PTH101
