"""Imports repeated in each call."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..rule import Rule
from ..tree import code
from ..tree import comments
from ..vocabulary import words

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

# Small modules of the standard library that import nothing of the project's, and that practically every program has loaded anyway.
_CHEAP = words(
    "bisect collections copy datetime functools heapq itertools json math operator os random re statistics string sys textwrap time"
)


class ImportAtTop(Rule):
    """Import at the top of the module.

    Before: ``import math`` within a function. After: the same at the top. Only small modules of the standard library, whose names mean
    nothing else in the module.
    """

    name = "import-at-top"
    summary = "Import once at the top"
    priority = 43
    saves = "calls"
    needs = (cst.Import, cst.ImportFrom)

    def apply(self, function: Function, edit: Edit) -> None:
        """Move the imports of cheap modules."""
        for block in function.blocks:
            lines = [line for line in block.body if _wanted(line)]
            kept = len(block.body) - len(lines)
            for line in lines if kept else ():
                module, names = _imported(line)
                if all(_is_free(function, name or module) for name in names) and _move(edit, module, names):
                    edit.remove(line)


def _wanted(line: cst.CSTNode) -> bool:
    module, names = _imported(line)
    # Where there is a comment, somebody explains why the import stands here.
    return module in _CHEAP and bool(names) and not comments([line])


def _imported(line: cst.CSTNode) -> tuple[str, list[str | None]]:
    """Return module and names of a plain import statement, no names for anything else."""
    small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
    if isinstance(small, cst.Import) and len(small.names) == 1 and small.names[0].asname is None:
        return code(small.names[0].name), [None]
    if not isinstance(small, cst.ImportFrom) or small.module is None or small.relative or isinstance(small.names, cst.ImportStar):
        return "", []
    names: list[str | None] = [cast("str", alias.name.value) for alias in small.names if alias.asname is None]
    return code(small.module), names if len(names) == len(small.names) else []


def _is_free(function: Function, name: str) -> bool:
    """Whether nothing but one import binds a name in the function, nor in a function around it."""
    return len(function.stores(name)) == 1 and not any(name in outer.names.top.bound for outer in function.outer)


def _move(edit: Edit, module: str, names: list[str | None]) -> bool:
    return all(edit.provided(module, name) for name in names)
