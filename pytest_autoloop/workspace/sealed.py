"""A folder outside the repository whose content is sealed: copies lie beside the trees that are judged, only while they are used.

What it holds is read once, when a run starts. Every copy is compared with that before it is used.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shlex
import shutil
import stat
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ..experiment import Refused
from .scratch import below
from .scratch import clear_away

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from .environment import Invocation
    from .launcher import Site
    from .trees import Tree

_FLAG = "--autoloop-holdout"
_OPTIONS = "PYTEST_ADDOPTS"
# What Python, its tools and git leave behind is no content.
_LEFT_BEHIND = frozenset({"__pycache__", ".pytest_cache", ".benchmarks", ".hypothesis", ".git"})
_SETTINGS = ("pytest.toml", ".pytest.toml", "pytest.ini", ".pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")
# In a file of this name anything else may stand, so it counts only with a section for pytest.
_SECTION = {"pyproject.toml": r"(?m)^\[tool\.pytest\b", "tox.ini": r"(?m)^\[pytest\]", "setup.cfg": r"(?m)^\[tool:pytest\]"}
_IRREGULAR = "irregular"


class Sealed:
    """A sealed folder. Making it takes the seal: a digest of each of its files. Raises `Refused` for what cannot be sealed.

    ``scratch`` is where those who run its copies keep files of their own, such as what these print.
    """

    def __init__(self, folder: Path, scratch: Path) -> None:
        self._folder = folder
        self.scratch = scratch
        self._name = secrets.token_hex(8)
        self._seal = _digests(folder)
        if (odd := next((name for name, digest in self._seal.items() if digest == _IRREGULAR), None)) is not None:
            raise Refused(f"{_FLAG}: {odd} is no ordinary file that can be read: put its content there, or take it away")
        self._settings = next((name for name in _SETTINGS if name in self._seal and self._counts(name)), None)

    def _counts(self, name: str) -> bool:
        text = (self._folder / name).read_text(encoding="utf-8", errors="replace")
        return name not in _SECTION or re.search(_SECTION[name], text) is not None

    def site(self, site: Site) -> Site:
        """Return what the children have in common that run a copy beside a tree, and nothing of the repository's tests.

        The code is imported as by all others. The sealed folder's own settings and conftest count and no others; of the user's options
        only the plugins they named.
        """
        environ = {name: value for name, value in site.environ.items() if name != _OPTIONS}
        invocation = replace(site.invocation, args=self._arguments(site.invocation, shlex.split(site.environ.get(_OPTIONS, ""))))
        return replace(site, invocation=invocation, environ=environ)

    def _arguments(self, invocation: Invocation, more: Sequence[str]) -> tuple[str, ...]:
        back = os.path.relpath(invocation.toplevel.parent, invocation.folder)
        top = f"{back}/{self._name}"
        copy = f"{top}/{self._folder.name}"
        settings = f"{copy}/{self._settings}" if self._settings else f"{top}/pytest.ini"
        # Where children are held in, nothing can be written beside the copy.
        return (
            *_plugins([*more, *invocation.args]),
            "-pno:cacheprovider",
            "-c",
            settings,
            f"--rootdir={copy}",
            f"--confcutdir={copy}",
            copy,
        )

    @contextlib.contextmanager
    def beside(self, *trees: Tree) -> Iterator[None]:
        """Lay a copy beside each of some trees; afterwards it is gone, and every file in the scratch folder with it.

        Raises `Refused` where the seal is broken.
        """
        try:
            for tree in trees:
                self._lay(tree)
            yield
        finally:
            for tree in trees:
                _remove(tree.place / self._name)
            for entry in below(self.scratch):
                if not entry.is_dir(follow_symlinks=False):
                    with contextlib.suppress(OSError):
                        Path(entry.path).unlink()

    def _lay(self, tree: Tree) -> None:
        top = tree.place / self._name
        # What ran there before may have guessed the name.
        _remove(top)
        copy = top / self._folder.name
        copy.mkdir(parents=True)
        for name in self._seal:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(OSError):
                shutil.copy(self._folder / name, copy / name)
        (top / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        changed = _differing(self._seal, _digests(self._folder)) | self.disturbed(tree)
        if changed:
            raise Refused(f"{_FLAG}: what it holds has changed since the run began ({min(changed)}): start a new run")

    def disturbed(self, tree: Tree) -> set[str]:
        """Return which files of the copy beside a tree are not as they were sealed: changed, gone, or new code."""
        found = _differing(self._seal, _digests(tree.place / self._name / self._folder.name))
        return {name for name in found if name in self._seal or name.endswith((".py", *_SETTINGS))}


def hushed(environ: Mapping[str, str], folder: Path | None) -> dict[str, str]:
    """Return an environment that does not tell where the sealed folder is."""
    kept = {name: value for name, value in environ.items() if folder is None or Path(value) != folder}
    if folder is not None and _OPTIONS in kept:
        words = shlex.split(kept[_OPTIONS])
        told = {at for at, word in enumerate(words) if word.partition("=")[0] == _FLAG}
        told |= {at + 1 for at in told if words[at] == _FLAG}
        kept[_OPTIONS] = shlex.join(word for at, word in enumerate(words) if at not in told)
    return kept


def _plugins(args: Sequence[str]) -> Iterator[str]:
    """Yield the options that name plugins, each as one word."""
    words = iter(args)
    for word in words:
        if word == "--":
            return
        if word == "-p":
            yield f"-p{next(words, '')}"
        elif word.startswith("-p"):
            yield word


def _digests(folder: Path) -> dict[str, str]:
    """Return a digest of every file below a folder, by its path in it."""
    found: dict[str, str] = {}
    for entry in below(folder, _LEFT_BEHIND):
        if not entry.is_dir(follow_symlinks=False) and not entry.name.endswith((".pyc", ".pyo")):
            path = Path(entry.path)
            found[path.relative_to(folder).as_posix()] = _digest(path)
    return found


def _digest(path: Path) -> str:
    try:
        mode = path.lstat().st_mode
        if not stat.S_ISREG(mode):
            return _IRREGULAR
        with path.open("rb") as file:
            digest = hashlib.sha256(b"x" if mode & stat.S_IXUSR else b"-")
            while block := file.read(1 << 20):
                digest.update(block)
        return digest.hexdigest()
    except OSError:
        return _IRREGULAR


def _differing(before: Mapping[str, str], now: Mapping[str, str]) -> set[str]:
    return {name for name in before.keys() | now.keys() if before.get(name) != now.get(name)}


def _remove(path: Path) -> None:
    if path.is_symlink():
        path.unlink()
    else:
        clear_away(path)
