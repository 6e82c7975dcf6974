"""Strings: built from their pieces at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import expression
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import bare
from .loops import comprehension_of

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..names import Use
    from ..spans import Span


class JoinPieces(Rule):
    """Collect the pieces of a string in a list and join them.

    Before: ``text = ""`` and then ``text += piece`` in a loop. After: ``text_parts.append(piece)`` and ``text = "".join(text_parts)``,
    or ``text = "".join([piece for ...])`` where the loop does nothing else. The string must not be looked at meanwhile. What is added is
    assumed to be an ordinary ``str``, as adding anything else to one fails.
    """

    name = "join-pieces"
    summary = "Join pieces instead of adding strings"
    priority = 60
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace every string that is built up in a loop."""
        for span in spans(function, lambda value: function.kinds.is_a(value, "str"), lambda use: _addition(function, use) is not None):
            additions = {node: True for use in span.uses if (node := _addition(function, use)) is not None}
            if not any(function.inside(node, *span.between) and _in_loop(function, node, span) for node in additions):
                continue
            if any(_may_be_caught(function, node) for node in additions):
                continue
            if not _whole_loop(function, edit, span):
                _collect(function, edit, span, list(additions))


def _addition(function: Function, use: Use) -> cst.AugAssign | cst.Assign | None:
    """Return the statement ``text += piece`` or ``text = text + piece`` that a use is part of."""
    parent = function.parents[use.node]
    if isinstance(parent, cst.AugAssign):
        return parent if isinstance(parent.operator, cst.AddAssign) and parent.target is use.node and _alone(function, parent) else None
    node: cst.CSTNode = use.node
    while isinstance(function.parents[node], (cst.BinaryOperation, cst.AssignTarget)):
        parent = function.parents[node]
        if isinstance(parent, cst.BinaryOperation) and (not isinstance(parent.operator, cst.Add) or parent.left is not node):
            return None
        node = parent
    assign = function.parents[node]
    if not isinstance(assign, cst.Assign) or len(assign.targets) != 1 or not _alone(function, assign):
        return None
    target = assign.targets[0].target
    first: cst.CSTNode = assign.value
    while isinstance(first, cst.BinaryOperation) and isinstance(first.operator, cst.Add):
        first = first.left
    named = isinstance(target, cst.Name) and isinstance(first, cst.Name) and target.value == first.value == use.name
    return assign if named and first is not assign.value else None


def _alone(function: Function, node: cst.CSTNode) -> bool:
    line = function.parents[node]
    return isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) and len(line.body) == 1


def _in_loop(function: Function, node: cst.CSTNode, span: Span) -> bool:
    return any(function.inside(loop, *span.between) for loop in function.enclosing_loops(node))


def _may_be_caught(function: Function, node: cst.CSTNode) -> bool:
    """Whether somebody waits for the addition itself to fail."""
    return any(isinstance(parent, (cst.Try, cst.TryStar)) and parent.handlers for parent in function.ancestors(node))


def _pieces(node: cst.AugAssign | cst.Assign) -> list[cst.BaseExpression]:
    """Return what is added, from left to right."""
    if isinstance(node, cst.AugAssign):
        return [node.value]
    found: list[cst.BaseExpression] = []
    value = node.value
    while isinstance(value, cst.BinaryOperation):
        found.insert(0, value.right)
        value = value.left
    return found


def _whole_loop(function: Function, edit: Edit, span: Span) -> bool:
    """Turn a loop that does nothing but add into one expression."""
    if len(span.between) != 1 or span.value.__class__ is not cst.SimpleString or span.value.raw_value:  # type: ignore[attr-defined]
        return False
    loop = span.between[0]
    parts = comprehension_of(function, loop)
    if parts is None:
        return False
    node = parts.innermost
    if not isinstance(node, (cst.AugAssign, cst.Assign)) or node not in [_addition(function, use) for use in span.uses]:
        return False
    pieces = _pieces(node)
    piece = pieces[0] if len(pieces) == 1 else None
    if piece is None:
        return False
    listed = parts.build(lambda loops: cst.ListComp(elt=piece, for_in=loops))
    value = expression("EMPTY.join(PIECES)", EMPTY=span.value, PIECES=listed)
    edit.replace_statements([span.first, loop], [_bound(span, value)])
    return True


def _bound(span: Span, value: cst.BaseExpression) -> cst.SimpleStatementLine:
    """Return the statement that first bound the name, with another value."""
    small = bare(span.first)
    return cst.SimpleStatementLine([small.with_changes(value=value)])  # type: ignore[list-item]


def _collect(function: Function, edit: Edit, span: Span, additions: list[cst.AugAssign | cst.Assign]) -> None:
    parts = edit.fresh(f"{span.name}_parts")
    empty = isinstance(span.value, cst.SimpleString) and not span.value.raw_value
    edit.replace_statements([span.first], [statement("PARTS = []" if empty else "PARTS = [VALUE]", PARTS=parts, VALUE=span.value)])
    for node in additions:
        calls = [statement("PARTS.append(PIECE)", PARTS=parts, PIECE=piece).body[0] for piece in _pieces(node)]
        edit.rewrite_small(node, calls)
    edit.after(span.last, statement('NAME = "".join(PARTS)', NAME=span.name, PARTS=parts))
