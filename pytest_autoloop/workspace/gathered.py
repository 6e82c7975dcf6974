"""What a tree gathers while code runs in it: all of it goes before the next process, so that none finds what another has worked out."""

from __future__ import annotations

import contextlib
import os
import re
import stat
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import TYPE_CHECKING

from .scratch import clear_away

if TYPE_CHECKING:
    from collections.abc import Iterable

    # Mode, inode, size, and the times of the last change of the content and of these. Folders have no size.
    Stamp = tuple[int, ...]

_CACHE = "__pycache__"
# Behind the magic number: that it is to be compared with its source before it is used.
_CHECKED = bytes(4)
_LOW = 0xFFFFFFFF


class Contents:
    """What a tree held when it first ran, by its path, and what was done to it since. Folders end with a slash; no link is followed.

    Byte code that processes write belongs to it from the first time it is seen. ``touched`` is what was written, set otherwise or
    exchanged since, even if it is as before again: a process can set the time of a file back, but not the time of that.
    """

    def __init__(self, top: Path) -> None:
        self._stamps = _look(top)
        self.touched: frozenset[str] = frozenset()

    def tidy(self, top: Path) -> frozenset[str]:
        """Note what was touched, and remove what has come, but for byte code as Python writes it. Returns what was removed."""
        now = _look(top)
        odd = {path for path, stamp in self._stamps.items() if now.get(path) != stamp}
        come = now.keys() - self._stamps.keys()
        code = {path for path in come if self._is_bytecode(top, path)}
        caches = {f"{path.rpartition('/')[0]}/" for path in code} & come
        # Byte code that is not as it was first seen is a place to remember answers in.
        gone = frozenset(come - code - caches | {path for path in odd & now.keys() if _is_cached(path)})
        _remove(top, gone)
        for path in code | caches:
            self._adopt(top, path)
        folders = {f"{path.removesuffix('/').rpartition('/')[0]}/" for path in gone | caches}
        for path in (odd | folders) & self._stamps.keys() & now.keys():
            if path.endswith("/"):
                self._adopt(top, path)
        # A cache for byte code makes another folder of the one that it appears in, and byte code another one of the cache.
        excused = {path.removesuffix(f"{_CACHE}/") for path in caches}
        self.touched |= {path for path in odd - excused if not path.endswith(f"{_CACHE}/")}
        return gone

    def _is_bytecode(self, top: Path, path: str) -> bool:
        """Return whether a path is byte code of a source that was there at first, as Python or pytest leaves it for the next process."""
        folder, _, name = path.rpartition("/")
        parent, _, cache_ = f"/{folder}".rpartition("/")
        found = _names().fullmatch(name)
        if cache_ != _CACHE or found is None:
            return False
        source = f"{parent}/{found['module']}.py".lstrip("/")
        if source not in self._stamps:
            return False
        try:
            state, origin = os.lstat(top / path), (top / source).stat()
            if not stat.S_ISREG(state.st_mode) or state.st_nlink != 1:
                return False
            with (top / path).open("rb") as file:
                head = file.read(16)
        except OSError:
            return False
        told = (int(origin.st_mtime) & _LOW, origin.st_size & _LOW)
        return head == MAGIC_NUMBER + _CHECKED + b"".join(number.to_bytes(4, "little") for number in told)

    def _adopt(self, top: Path, path: str) -> None:
        """Take a file or folder as it is now, but for what could be remembered in its times and attributes."""
        target = top / path
        with contextlib.suppress(OSError):
            if hasattr(os, "listxattr"):
                for name in os.listxattr(target, follow_symlinks=False):
                    # What the system itself puts there cannot be removed, nor chosen.
                    with contextlib.suppress(OSError):
                        os.removexattr(target, name, follow_symlinks=False)
            known = self._stamps.get(path)
            mode, time = (known[0], known[-2]) if known else (0o755 if path.endswith("/") else 0o644, 0)
            target.chmod(stat.S_IMODE(mode))
            os.utime(target, ns=(time, time))
            self._stamps[path] = _stamp(os.lstat(target))


def _look(top: Path) -> dict[str, Stamp]:
    """Return everything below a folder, with what no process can change a file without changing."""
    found: dict[str, Stamp] = {}
    rest = [""]
    while rest:
        folder = rest.pop()
        with contextlib.suppress(OSError), os.scandir(top / folder) as entries:
            for entry in entries:
                path = f"{folder}{entry.name}"
                # One that goes in between is not there.
                with contextlib.suppress(OSError):
                    state = entry.stat(follow_symlinks=False)
                    if stat.S_ISDIR(state.st_mode):
                        path += "/"
                        rest.append(path)
                    found[path] = _stamp(state)
    return found


def _stamp(state: os.stat_result) -> Stamp:
    size = 0 if stat.S_ISDIR(state.st_mode) else state.st_size
    return (state.st_mode, state.st_ino, size, state.st_mtime_ns, state.st_ctime_ns)


def _remove(top: Path, paths: Iterable[str]) -> None:
    for path in sorted(paths):
        if path.endswith("/"):
            clear_away(top / path)
        else:
            with contextlib.suppress(OSError):
                (top / path).unlink()


def _is_cached(path: str) -> bool:
    return path.endswith(".pyc") and Path(path).parent.name == _CACHE


@cache
def _names() -> re.Pattern[str]:
    """Return how byte code is called that this Python writes, and this pytest for the asserts of tests."""
    tag = re.escape(sys.implementation.cache_tag or "")
    return re.compile(rf"(?P<module>[^/]+)\.{tag}(-pytest-{re.escape(version('pytest'))})?\.pyc")
