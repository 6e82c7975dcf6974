"""Constants built anew in each call."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import matches
from ..rule import Rule
from ..tree import is_constant
from ..vocabulary import words
from .copies import is_flat

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

# Making the smallest ones costs as little as looking a global name up.
FEWEST = 3
_TABLES = (Pattern("str.maketrans(A)"), Pattern("str.maketrans(A, B)"), Pattern("str.maketrans(A, B, C)"), Pattern("frozenset(A)"))
_READ_METHODS = words("get keys values items")


class ConstantContainer(Rule):
    """Build a constant container once, at the top of the module.

    Before: ``names = {"a": 1, "b": 2, "c": 3}`` in a function that only reads it. After: ``names = _FUNCTION_NAMES``. Likewise dicts looked
    up right where they are written, translation tables and frozensets. Only containers of nothing but constants, that nothing else gets
    hold of.
    """

    name = "constant-container"
    summary = "Build a constant container once"
    priority = 57
    needs = (cst.Dict, cst.List, cst.Set, cst.Call)

    def apply(self, function: Function, edit: Edit) -> None:
        """Move every constant container that is only read."""
        for node in function.all(cst.Dict, cst.List, cst.Set, cst.Call):
            if not _is_constant_value(node):
                continue
            name = _bound_name(function, node)
            if name is not None:
                edit.replace(node, edit.constant(name.strip("_").upper(), node))
            elif _is_looked_up(function, node):
                edit.replace(node, edit.constant("TABLE", node))


def _is_constant_value(node: cst.CSTNode) -> bool:
    if isinstance(node, (cst.List, cst.Set, cst.Dict)):
        return len(node.elements) >= FEWEST and is_flat(node)
    if not isinstance(node, cst.Call):
        return False
    found = matches(_TABLES, node)
    return found is not None and all(is_constant(part) or is_flat(part) for part in found.values())


def _bound_name(function: Function, node: cst.BaseExpression) -> str | None:
    """Return the name that is bound to a value, if it is bound to no other, and only ever read."""
    parent = function.parents[node]
    target = parent.target if isinstance(parent, cst.AnnAssign) else None
    if isinstance(parent, cst.Assign) and len(parent.targets) == 1:
        target = parent.targets[0].target
    if not isinstance(target, cst.Name) or not function.is_plain(target.value) or function.only_value(target.value) is not node:
        return None
    read = all(function.effects.role(use.node) == "read" and not _leaks(function, use.node) for use in function.loads(target.value))
    return target.value if read else None


def _leaks(function: Function, node: cst.CSTNode) -> bool:
    """Whether what reads a container may hand it on: a view of it, or an iterator over it."""
    parent = function.parents[node]
    if isinstance(parent, cst.Attribute):
        call = function.parents[parent]
        view = parent.attr.value in ("keys", "values", "items")
        return view and function.effects.role(call) != "read"
    return isinstance(parent, cst.Arg) and parent.star == "" and function.effects.role(function.parents[parent]) in ("keep", "return")


def _is_looked_up(function: Function, node: cst.BaseExpression) -> bool:
    """Whether a value is read right where it is written."""
    parent = function.parents[node]
    if isinstance(node, cst.Call):
        call = function.parents[parent]
        return (
            isinstance(parent, cst.Arg)
            and isinstance(call, cst.Call)
            and isinstance(call.func, cst.Attribute)
            and call.func.attr.value == "translate"
        )
    if not isinstance(node, cst.Dict):
        return False
    if isinstance(parent, cst.Attribute):
        return parent.attr.value == "get" and isinstance(function.parents[parent], cst.Call)
    if isinstance(parent, cst.ComparisonTarget):
        return isinstance(parent.operator, (cst.In, cst.NotIn))
    return isinstance(parent, cst.Subscript) and parent.value is node and function.effects.is_read(parent)
