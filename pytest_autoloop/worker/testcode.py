"""Which code is the tests', which no patch may change, and which may be a candidate's."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

from .classes import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable


_type = type


class TestCode:
    """The Python ``files`` (relative to the top of a tree) that no patch may change: tests, helpers, whatever is not the project's."""

    __test__ = False

    def __init__(self, files: Iterable[str]) -> None:
        self._files = frozenset(files)
        self._known: dict[str, bool] = {}

    def owns(self, function: types.FunctionType) -> bool:
        """Return whether a function's code is in one of the files."""
        return self._holds(function.__code__.co_filename)

    def owns_module(self, name: str) -> bool:
        """Return whether a module that has been imported is one of the files."""
        module = sys.modules.get(name)
        path = names_in(module).get("__file__") if issubclass(_type(module), types.ModuleType) else None
        return _type(path) is str and self._holds(path)

    def _holds(self, path: str) -> bool:
        # By its end: what was compiled in one place of the tree may run in another.
        if (known := self._known.get(path)) is None:
            parts = path.split("/")
            known = self._known[path] = any("/".join(parts[start:]) in self._files for start in range(len(parts)))
        return known
