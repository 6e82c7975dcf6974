"""Which code is sure to run: what may be computed earlier, or has to wait its turn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .function import COMPREHENSIONS
from .tree import children
from .tree import walk

if TYPE_CHECKING:
    from .function import Function

_UNSURE = (*COMPREHENSIONS, cst.Lambda, cst.Try, cst.TryStar, cst.With, cst.Else, cst.Match, cst.Assert)
_ENDING = (cst.Return, cst.Raise, cst.Yield)


def surely_reaches(parent: cst.CSTNode, child: cst.CSTNode) -> bool:
    """Whether running a node is sure to run one of its children, and nothing that decides about it first."""
    if isinstance(parent, (cst.If, cst.IfExp, cst.While)):
        return child is parent.test
    if isinstance(parent, cst.BooleanOperation):
        return child is parent.left
    if isinstance(parent, (cst.For, cst.CompFor)):
        return child is parent.iter
    if isinstance(parent, cst.Comparison):
        return child is parent.left or child is parent.comparisons[0]
    if isinstance(parent, COMPREHENSIONS):
        return child is parent.for_in
    return not isinstance(parent, _UNSURE)


def runs_at_once(function: Function, node: cst.CSTNode, line: cst.CSTNode) -> bool:
    """Whether a statement, whenever it runs, runs a part of it."""
    child = node
    if child is line:
        return True
    for parent in function.ancestors(node):
        outer = isinstance(parent, cst.CompFor) and isinstance(function.parents[parent], cst.CompFor)
        if outer or not surely_reaches(parent, child):
            return False
        if parent is line:
            return True
        child = parent
    return False


def runs_first(function: Function, node: cst.CSTNode, region: cst.CSTNode) -> bool:
    """Whether the first round of a loop is sure to run a node in it."""
    child = node
    for parent in function.ancestors(node):
        if parent is region:
            return True
        if isinstance(parent, cst.IndentedBlock) and any(map(may_leave, parent.body[: parent.body.index(child)])):
            return False
        if not surely_reaches(parent, child):
            return False
        child = parent
    return False


def may_leave(node: cst.CSTNode) -> bool:
    """Whether a statement may end more than itself."""
    if isinstance(node, (cst.For, cst.While)):
        # A break or continue in there ends no more than that loop.
        return any(isinstance(part, _ENDING) for part in walk(node)) or (node.orelse is not None and may_leave(node.orelse))
    if isinstance(node, (*_ENDING, cst.Break, cst.Continue)):
        return True
    return any(map(may_leave, children(node)))
