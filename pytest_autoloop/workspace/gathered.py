"""What a tree gathers while code runs in it: all of it goes before the next process, so that none finds what another has worked out."""

from __future__ import annotations

import contextlib
import os
import re
import sys
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import TYPE_CHECKING

from .scratch import clear_away

if TYPE_CHECKING:
    from collections.abc import Iterable

_CACHE = "__pycache__"
# Byte code as Python writes it, and as pytest writes it for the asserts of tests.
_BYTECODE = re.compile(rf"(?P<module>[^/]+)\.{re.escape(sys.implementation.cache_tag or '')}(-pytest-[0-9a-z.]+)?\.pyc")
# Behind the magic number: that it is to be compared with its source before it is used.
_CHECKED = bytes(4)


def everything_in(top: Path) -> frozenset[str]:
    """Return everything below a folder by its path, folders too; no link is followed."""
    found: list[str] = []
    rest = [""]
    while rest:
        folder = rest.pop()
        with contextlib.suppress(OSError), os.scandir(top / folder) as entries:
            for entry in entries:
                path = f"{folder}{entry.name}"
                if entry.is_dir(follow_symlinks=False):
                    rest.append(f"{path}/")
                    path += "/"
                found.append(path)
    return frozenset(found)


def clear(top: Path, born: frozenset[str]) -> frozenset[str]:
    """Remove what has come to a folder on top of what was there when it was ``born``, but for byte code of its sources.

    Returns what was removed.
    """
    come = everything_in(top) - born
    gone = frozenset(path for path in come if not _is_bytecode(top, path))
    for path in sorted(gone):
        target = top / path
        if path.endswith("/"):
            clear_away(target)
        else:
            with contextlib.suppress(OSError):
                target.unlink()
    return gone


def stamps(top: Path, paths: Iterable[str]) -> dict[str, tuple[int, ...]]:
    """Return, for the Python sources among some paths, what no process can write one without changing.

    A process can set the time of a file back, but not the time of that.
    """
    found: dict[str, tuple[int, ...]] = {}
    for path in paths:
        if path.endswith(".py"):
            with contextlib.suppress(OSError):
                state = os.lstat(top / path)
                found[path] = (state.st_ino, state.st_size, state.st_mtime_ns, state.st_ctime_ns)
    return found


def _is_bytecode(top: Path, path: str) -> bool:
    """Return whether a path is Python's own: a cache's folder, or byte code in it that says it is of the source beside it."""
    place = Path(path)
    if path.endswith("/"):
        return place.name == _CACHE
    found = _BYTECODE.fullmatch(place.name)
    if found is None or place.parent.name != _CACHE or not (top / place.parent.parent / f"{found['module']}.py").is_file():
        return False
    try:
        with (top / place).open("rb") as file:
            return file.read(8) == MAGIC_NUMBER + _CHECKED
    except OSError:
        return False
