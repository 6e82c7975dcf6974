"""What a tree gathers while code runs in it: all of it goes before the next process, so that none finds what another has worked out."""

from __future__ import annotations

import contextlib
import os
import re
import secrets
import shutil
import stat
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from typing import NamedTuple

from .scratch import clear_away

if TYPE_CHECKING:
    from collections.abc import Iterable

_TOP = "./"
# Behind the magic number: that it is to be compared with its source before it is used.
_CHECKED = bytes(4)
_LOW = 0xFFFFFFFF


class Stamp(NamedTuple):
    """What no process can change a file or folder without changing. Folders have no size and one link."""

    mode: int
    inode: int
    links: int
    size: int
    modified: int
    # A process can set the time of a file back, but not the time of that.
    changed: int


class Contents:
    """What a tree held when it first ran, by its path, and what was done to it since. Folders end with a slash; no link is followed.

    Byte code that processes write belongs to it from the first time it is seen. ``touched`` is what was written, set otherwise or
    exchanged since, even if it is as before again, and what came and cannot be removed.
    """

    def __init__(self, top: Path) -> None:
        self._stamps = _look(top)
        for path in [path for path, stamp in self._stamps.items() if stamp.links > 1]:
            with contextlib.suppress(OSError):
                self._stamps[path] = _made_own(top / path)
        self._code = _taken_out(self._stamps)
        self.touched: frozenset[str] = frozenset()
        self._set_back(top, self._stamps)

    def tidy(self, top: Path) -> frozenset[str]:
        """Note what was touched, and remove what has come, but for byte code as Python writes it. Returns what was removed."""
        now = _look(top)
        code = _taken_out(now)
        odd = {path for path, stamp in self._stamps.items() if now.get(path) != stamp}
        come = now.keys() - self._stamps.keys()
        fresh = {path for path, stamp in code.items() if self._code.get(path) != stamp}
        # That of a source which is written again and again is, too; any other would be a place to remember answers in.
        rewritten = {path for path in fresh & (self._code.keys() | self.touched) if _source(path) not in odd}
        stay = (code.keys() - fresh) | {path for path in fresh - rewritten if self._is_faithful(top, path)}
        if self._code.keys() - code.keys():
            # To remove some is no harm, but which are left could be a message.
            stay = set()
        gone = frozenset((come - {_above(path) for path in stay}) | (code.keys() - stay))
        _remove(top, gone)
        # Byte code and its cache make another folder of the one that they come to or go from; and much comes to the top and goes again.
        excused = {_above(path) for path in odd | come if _is_cache(path)} | {_TOP}
        left = {path for path in gone if os.path.lexists(top / path)}
        self.touched |= {path for path in odd - excused if not _is_cache(path)} | rewritten | left
        self._code = {path: self._code[path] for path in stay - fresh}
        for path in stay & fresh:
            with contextlib.suppress(OSError):
                self._code[path] = _plain(top / path, 0o644)
        self._set_back(top, now.keys() - gone)
        return gone

    def _is_faithful(self, top: Path, path: str) -> bool:
        """Return whether byte code is of a source that was there at first, as Python or pytest leaves it for the next process."""
        source = _source(path)
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

    def _set_back(self, top: Path, paths: Iterable[str]) -> None:
        """Take folders as they are now, but for what could be remembered in their rights, times and attributes."""
        for path in [path for path in paths if path.endswith("/")]:
            with contextlib.suppress(OSError):
                known = self._stamps.get(path)
                if known is None or known != _stamp(os.lstat(top / path)):
                    self._stamps[path] = _plain(top / path, known.mode if known else 0o755, known.modified if known else 0)


def _look(top: Path) -> dict[str, Stamp]:
    """Return a folder and everything below it. Afterwards all folders can be written to, whoever had taken the right to that away."""
    found: dict[str, Stamp] = {}
    with contextlib.suppress(FileNotFoundError):
        found[_TOP] = _stamp(os.lstat(top))
    rest = list(found)
    while rest:
        folder = rest.pop()
        # What goes in between is not there.
        with contextlib.suppress(OSError):
            if (mode := found[folder].mode) & stat.S_IRWXU != stat.S_IRWXU:
                (top / folder).chmod(stat.S_IMODE(mode) | stat.S_IRWXU)
            with os.scandir(top / folder) as entries:
                for entry in entries:
                    path = f"{folder.removeprefix(_TOP)}{entry.name}"
                    with contextlib.suppress(OSError):
                        state = entry.stat(follow_symlinks=False)
                        if stat.S_ISDIR(state.st_mode):
                            path += "/"
                            rest.append(path)
                        found[path] = _stamp(state)
    return found


def _stamp(state: os.stat_result) -> Stamp:
    links, size = (1, 0) if stat.S_ISDIR(state.st_mode) else (state.st_nlink, state.st_size)
    return Stamp(state.st_mode, state.st_ino, links, size, state.st_mtime_ns, state.st_ctime_ns)


def _made_own(path: Path) -> Stamp:
    """Put a copy in the place of a file with other names: what is done to it by one of these is none of the tree's doing."""
    if path.is_symlink() or not path.is_file():
        return _stamp(os.lstat(path))
    copy = path.with_name(secrets.token_hex(8))
    try:
        shutil.copy2(path, copy)
        copy.replace(path)
    finally:
        copy.unlink(missing_ok=True)
    return _stamp(os.lstat(path))


def _plain(path: Path, mode: int, modified: int = 0) -> Stamp:
    """Give a file or folder these rights, this time and no attributes."""
    with contextlib.suppress(OSError):
        if hasattr(os, "listxattr"):
            for name in os.listxattr(path, follow_symlinks=False):
                # What the system itself puts there cannot be removed, nor chosen.
                with contextlib.suppress(OSError):
                    os.removexattr(path, name, follow_symlinks=False)
        path.chmod(stat.S_IMODE(mode))
        os.utime(path, ns=(modified, modified))
    return _stamp(os.lstat(path))


def _remove(top: Path, paths: Iterable[str]) -> None:
    for path in sorted(paths):
        if path.endswith("/"):
            clear_away(top / path)
        else:
            with contextlib.suppress(OSError):
                (top / path).unlink()


def _taken_out(stamps: dict[str, Stamp]) -> dict[str, Stamp]:
    """Return what is called as byte code is, and leave the rest."""
    return {path: stamps.pop(path) for path in list(stamps) if path.endswith(".pyc") and _is_cache(_above(path))}


def _is_cache(path: str) -> bool:
    return f"/{path}".endswith("/__pycache__/")


def _above(path: str) -> str:
    return f"{PurePosixPath(path).parent}/"


def _source(path: str) -> str:
    """Return the source of byte code; empty where its name is none that this Python or this pytest would give it."""
    found = _names().fullmatch(PurePosixPath(path).name)
    return f"{_above(_above(path)).removeprefix(_TOP)}{found['module']}.py" if found else ""


@cache
def _names() -> re.Pattern[str]:
    """Return how byte code is called that this Python writes, and this pytest for the asserts of tests."""
    tag = re.escape(sys.implementation.cache_tag or "")
    return re.compile(rf"(?P<module>[^/]+)\.{tag}(-pytest-{re.escape(version('pytest'))})?\.pyc")
