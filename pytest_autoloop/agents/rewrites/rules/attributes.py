"""Attributes looked up before a loop rather than in it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..pattern import statement
from ..rule import Rule
from ..tree import code

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..function import Loop

# Modules whose functions do so little that looking them up matters.
_LIGHT = ("math", "cmath", "operator")


class LocalAttribute(Rule):
    """Look an attribute up once before a loop.

    Before: ``for x in xs: total += x * self.scale.factor``. After: ``factor = self.scale.factor`` before the loop; likewise functions of
    modules such as ``math.sqrt``. Only in loops that bind no attribute of these names and run nothing that could, and for attributes that
    the first round is sure to read. Attributes are assumed to be plain values: names that the module defines as methods or properties
    are left alone.
    """

    name = "local-attribute"
    summary = "Look attributes up before the loop"
    priority = 10
    needs = (cst.Attribute,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Give the attributes that a loop reads again and again a name."""
        done: list[cst.CSTNode] = []
        for loop in function.loops:
            if function.statement(loop) is not loop or any(function.inside(loop, other) for other in done):
                continue
            groups: dict[str, list[cst.Attribute]] = {}
            for node in function.below(loop.body, cst.Attribute):
                if _is_worthwhile(function, node, loop):
                    groups.setdefault(code(node), []).append(node)
            for nodes in groups.values():
                if any(_is_unconditional(function, node, loop) for node in nodes) or _is_module(function, nodes[0]):
                    name = cst.Name(edit.fresh(nodes[0].attr.value, f"local_{nodes[0].attr.value}"))
                    edit.before(loop, statement("NAME = VALUE", NAME=name, VALUE=nodes[0]))
                    for node in nodes:
                        edit.replace(node, name)
                    done.append(loop)


def _is_module(function: Function, node: cst.Attribute) -> bool:
    return function.effects.module_of(node.value) in _LIGHT


def _is_worthwhile(function: Function, node: cst.Attribute, loop: Loop) -> bool:
    """Whether an attribute costs more than a local name, and stays the same in a loop."""
    parent = function.parents[node]
    if _is_module(function, node):
        return isinstance(parent, cst.Call) and parent.func is node
    if (
        isinstance(parent, cst.Attribute)
        or (isinstance(parent, cst.Call) and parent.func is node)
        or not isinstance(node.value, cst.Attribute)
    ):
        return False
    root: cst.BaseExpression = node
    names = []
    while isinstance(root, cst.Attribute):
        names.append(root.attr.value)
        root = root.value
    if not isinstance(root, cst.Name) or not function.is_plain(root.value) or function.stores(root.value, loop) or not function.owns(node):
        return False
    if function.effects.doings(loop).unknown or not function.effects.is_read(node) or function.effects.role(node) == "change":
        return False
    bound = {part.attr.value for part in function.below(loop, cst.Attribute) if not function.effects.is_read(part)}
    return not bound & set(names) and not function.module.methods & set(names)


def _is_unconditional(function: Function, node: cst.Attribute, loop: Loop) -> bool:
    """Whether the first round of a loop is sure to read an attribute, nothing else before it."""
    line = function.statement(node)
    return line is not None and isinstance(line, cst.SimpleStatementLine) and line is cast("cst.IndentedBlock", loop.body).body[0]
