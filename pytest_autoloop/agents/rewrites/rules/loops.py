"""Loops that could be comprehensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import TypeVar

import libcst as cst

from ..function import is_simple_target
from ..function import target_names
from ..pattern import fits_bare
from ..pattern import parenthesised
from ..tree import statements
from ..tree import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..function import Function

C = TypeVar("C", bound=cst.BaseExpression)
# What means something else, or nothing, inside a comprehension.
_UNFIT = (cst.Yield, cst.Await, cst.NamedExpr, cst.Lambda, cst.StarredElement)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """A nest of ``for`` and ``if`` around a single statement."""

    levels: tuple[cst.For | cst.If, ...]
    innermost: cst.CSTNode

    def build(self, make: Callable[[cst.CompFor], C]) -> C:
        """Return a comprehension over the same loops and conditions."""
        inner: cst.CompFor | None = None
        conditions: list[cst.CompIf] = []
        for level in reversed(self.levels):
            if isinstance(level, cst.If):
                conditions.insert(0, cst.CompIf(_bare(level.test, cst.CompIf, "test")))
            else:
                target = level.target.with_changes(lpar=[], rpar=[]) if isinstance(level.target, cst.Tuple) else level.target
                inner = cst.CompFor(target, _bare(level.iter, cst.CompFor, "iter"), ifs=conditions, inner_for_in=inner)
                conditions = []
        assert inner is not None
        return make(inner)

    @property
    def loop(self) -> cst.For:
        """The outermost loop."""
        assert isinstance(self.levels[0], cst.For)
        return self.levels[0]

    @property
    def only_target(self) -> cst.BaseExpression | None:
        """The target, if there is but one loop without a condition."""
        return self.loop.target if len(self.levels) == 1 else None


def comprehension_of(function: Function, loop: cst.CSTNode) -> Parts | None:
    """Return the parts of a loop that could as well be a comprehension, or None.

    The loop's variables must not be read after it, nor by a nested function; there is one statement inside and no ``else``.
    """
    levels: list[cst.For | cst.If] = []
    node = loop
    while isinstance(node, (cst.For, cst.If)):
        if node.orelse is not None or (isinstance(node, cst.For) and (node.asynchronous is not None or not is_simple_target(node.target))):
            return None
        levels.append(node)
        body = statements(node.body)
        if len(body) != 1:
            return None
        node = body[0]
    if not levels or not isinstance(levels[0], cst.For) or any(isinstance(part, _UNFIT) for part in walk(loop)):
        return None
    if any(isinstance(part, cst.Call) and isinstance(part.func, cst.Name) and part.func.value == "super" for part in walk(loop)):
        return None
    for level in levels:
        for name in target_names(level.target) if isinstance(level, cst.For) else ():
            if not function.is_plain(name) or function.read_later(name, loop):
                return None
    return Parts(tuple(levels), node)


def _bare(node: cst.BaseExpression, parent: type[cst.CSTNode], field: str) -> cst.BaseExpression:
    return node if fits_bare(node, parent, field) else parenthesised(node)
