"""Which code is the tests', which no patch may change, and which may be a candidate's."""

from __future__ import annotations

import os
import sys
import types
from typing import TYPE_CHECKING

from .classes import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable


_type = type


class TestCode:
    """The Python ``files`` (relative to the top of the ``tree``) that no patch may change: tests, helpers, what is not the project's."""

    __test__ = False

    def __init__(self, files: Iterable[str], tree: str) -> None:
        self._files = frozenset(files)
        self._tops = [path.split("/") for path in {tree, os.path.realpath(tree)}]
        self._known: dict[str, bool] = {}

    def owns(self, function: types.FunctionType) -> bool:
        """Return whether a function's code is in one of the files."""
        return self.holds(function.__code__.co_filename)

    def owns_module(self, name: str) -> bool:
        """Return whether a module that has been imported is one of the files."""
        module = sys.modules.get(name)
        path = names_in(module).get("__file__") if issubclass(_type(module), types.ModuleType) else None
        return _type(path) is str and self.holds(path)

    def holds(self, path: str) -> bool:
        """Return whether a path, below the top or not, is one of the files."""
        if (known := self._known.get(path)) is None:
            known = self._known[path] = path in self._files or any(self._below(top, path) in self._files for top in self._tops)
        return known

    @staticmethod
    def _below(top: list[str], path: str) -> str:
        """Return the end of a path below a top, in whatever place it stands: what was compiled in one place may run in another."""
        *base, _, leaf = top
        parts = path.split("/")
        there = [*parts[: len(base)], *parts[len(base) + 1 : len(top)]] == [*base, leaf]
        return "/".join(parts[len(top) :]) if there else ""
