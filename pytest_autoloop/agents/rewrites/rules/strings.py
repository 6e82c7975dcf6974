"""Strings built up in loops: from their pieces at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import expression
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import comments
from .loops import comprehension_of
from .loops import put_value

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..names import Use
    from ..spans import Span

Addition = cst.AugAssign | cst.Assign


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
            additions = list(dict.fromkeys(node for use in span.uses if (node := _addition(function, use)) is not None))
            if not any(_in_loop(function, node, span) for node in additions) or any(map(function.may_be_caught, additions)):
                continue
            if not _whole_loop(function, edit, span, additions):
                _collect(edit, span, additions)


def _addition(function: Function, use: Use) -> Addition | None:
    """Return the statement ``text += piece`` or ``text = text + piece`` that a use is part of."""
    node: cst.CSTNode = use.node
    while isinstance(function.parents[node], (cst.BinaryOperation, cst.AssignTarget)):
        node = function.parents[node]
    found = function.parents[node]
    if not isinstance(found, (cst.AugAssign, cst.Assign)) or not _alone(function, found):
        return None
    # Every mention must be the string itself: as the target, or at the very left of the sum.
    mentions = function.loads(use.name, found)
    if isinstance(found, cst.AugAssign):
        return found if isinstance(found.operator, cst.AddAssign) and found.target is use.node and len(mentions) == 1 else None
    target = found.targets[0].target
    first = _summands(found.value)[0]
    named = isinstance(target, cst.Name) and isinstance(first, cst.Name) and target.value == first.value == use.name
    return found if named and len(found.targets) == 1 and len(mentions) == 1 and first is not found.value else None


def _summands(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    """Return what a sum without parentheses adds up, from left to right."""
    found: list[cst.BaseExpression] = []
    while isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add) and (not node.lpar or not found):
        found.insert(0, node.right)
        node = node.left
    return [node, *found]


def _alone(function: Function, node: cst.CSTNode) -> bool:
    line = function.parents[node]
    return isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) and len(line.body) == 1


def _in_loop(function: Function, node: cst.CSTNode, span: Span) -> bool:
    return any(function.inside(loop, *span.between) for loop in function.enclosing_loops(node))


def _pieces(node: Addition) -> list[cst.BaseExpression]:
    """Return what is added, from left to right."""
    return [_unwrapped(node.value)] if isinstance(node, cst.AugAssign) else [_unwrapped(part) for part in _summands(node.value)[1:]]


def _unwrapped(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression without the parentheses that an argument doesn't need, unless there are comments in them."""
    plain = not isinstance(node, (cst.Tuple, cst.GeneratorExp, cst.NamedExpr, cst.Yield)) and not comments([node])
    return node.with_changes(lpar=[], rpar=[]) if plain else node


def _is_empty(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.SimpleString) and not value.raw_value


def _whole_loop(function: Function, edit: Edit, span: Span, additions: list[Addition]) -> bool:
    """Turn a loop that does nothing but add into one expression."""
    if len(span.between) != 1 or not _is_empty(span.value):
        return False
    loop = span.between[0]
    parts = comprehension_of(function, loop)
    if parts is None or list(parts.body) != additions or len(pieces := _pieces(additions[0])) != 1:
        return False
    items = parts.loop.iter if parts.yields(pieces[0]) else parts.build(cst.ListComp, elt=pieces[0])
    edit.replace_statements(*put_value(span, loop, expression("EMPTY.join(ITEMS)", EMPTY=span.value, ITEMS=items)))
    return True


def _collect(edit: Edit, span: Span, additions: list[Addition]) -> None:
    parts = edit.fresh(f"{span.name}_parts")
    start = "PARTS = []" if _is_empty(span.value) else "PARTS = [VALUE]"
    edit.replace_statements([span.first], [statement(start, PARTS=parts, VALUE=span.value)])
    for node in additions:
        calls = [statement("PARTS.append(PIECE)", PARTS=parts, PIECE=piece).body[0] for piece in _pieces(node)]
        edit.rewrite_small(node, calls)
    edit.after(span.last, statement('NAME = "".join(PARTS)', NAME=span.name, PARTS=parts))
