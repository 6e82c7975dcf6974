"""The other modules of a tree: what it is that a module imports from them, as far as their sources tell."""

from __future__ import annotations

import ast
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from typing import NamedTuple

from ..syntax import everywhere
from ..syntax import parsed
from .constants import Constants
from .unsteady import NOTHING_LASTS
from .unsteady import Lasting

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Collection


class Taken(NamedTuple):
    """The names that a module has for what it imports from its neighbours: other modules, and constants of theirs."""

    modules: frozenset[str] = frozenset()
    constants: frozenset[str] = frozenset()


NOTHING_TAKEN = Taken()
_FAR = 200  # modules that are read for what those import that import others, and so on


class Neighbours:
    """The files of a tree, each read when it is asked for."""

    def __init__(self, paths: Collection[str] = (), read: Callable[[str], bytes] | None = None) -> None:
        self._paths = frozenset(paths)
        self._read = read
        self._fixed: dict[str, frozenset[str]] = {}
        self._lasting: dict[str, Lasting] = {}

    def taken(self, path: str, module: ast.Module) -> Taken:
        """Return what a module at a path imports from here."""
        modules, constants = set[str](), set[str]()
        for node in everywhere(module):
            if not isinstance(node, ast.ImportFrom):
                continue
            name = node.module or ""
            for alias in node.names:
                if self._place(path, node.level, f"{name}.{alias.name}".lstrip(".")) is not None:
                    modules.add(alias.asname or alias.name)
                elif alias.name in self._constants_of(self._place(path, node.level, name)):
                    constants.add(alias.asname or alias.name)
        return Taken(frozenset(modules), frozenset(constants))

    def lasting(self, path: str, module: ast.Module) -> Lasting:
        """Return by which names a module at a path knows what lasts in modules that are here."""
        found = NOTHING_LASTS
        for node in everywhere(module):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    found = found.with_(self._lasting_in(self._place(path, 0, alias.name)).inside(alias.asname or alias.name))
            elif isinstance(node, ast.ImportFrom):
                name, known = node.module or "", {alias.name: alias.asname or alias.name for alias in node.names}
                found = found.with_(self._lasting_in(self._place(path, node.level, name)).known_as(known))
                for part, other in known.items():
                    inside = self._place(path, node.level, f"{name}.{part}".lstrip("."))
                    found = found.with_(self._lasting_in(inside).inside(other))
        return found

    def _lasting_in(self, path: str | None) -> Lasting:
        if path is None or self._read is None or (path not in self._lasting and len(self._lasting) >= _FAR):
            return NOTHING_LASTS
        if path not in self._lasting:
            # Modules may import each other.
            self._lasting[path] = NOTHING_LASTS
            module = parsed(self._read(path))
            if module is not None:
                self._lasting[path] = Lasting.of(module, self.lasting(path, module))
        return self._lasting[path]

    def _place(self, path: str, level: int, name: str) -> str | None:
        """Return the file that a module of this name is, if it is here: below a folder above for an absolute one."""
        folders = [str(folder) for folder in PurePosixPath(path).parents]
        for folder in folders[level - 1 : level] if level else folders:
            start = "/".join(part for part in (folder.removeprefix("."), *name.split(".")) if part)
            for found in (f"{start}.py", f"{start}/__init__.py"):
                if start and found in self._paths:
                    return found
        return None

    def _constants_of(self, path: str | None) -> frozenset[str]:
        if path is None or self._read is None:
            return frozenset()
        if path not in self._fixed:
            module = parsed(self._read(path))
            self._fixed[path] = frozenset() if module is None else frozenset(Constants.of(module).fixed)
        return self._fixed[path]
