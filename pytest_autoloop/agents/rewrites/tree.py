"""Reading a syntax tree without its white space: children, order, equality, statements."""

from __future__ import annotations

import ast
from dataclasses import fields
from typing import TYPE_CHECKING

import libcst as cst

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

_TRIVIA_PREFIXES = ("whitespace", "leading_", "trailing_", "lines_after")
_TRIVIA = {
    *("lpar", "rpar", "comma", "semicolon", "header", "footer", "colon", "first_colon", "second_colon", "dot", "equal"),
    *("indent", "lbrace", "rbrace", "lbracket", "rbracket", "encoding", "default_indent", "default_newline", "has_trailing_newline"),
}
_fields: dict[type, tuple[str, ...]] = {}
_EMPTY = cst.Module([])


def meaningful(kind: type[cst.CSTNode]) -> tuple[str, ...]:
    """Return the names of a node type's fields that carry meaning rather than layout."""
    known = _fields.get(kind)
    if known is None:
        names = (field.name for field in fields(kind))
        kept = tuple(name for name in names if name not in _TRIVIA and not name.startswith(_TRIVIA_PREFIXES))
        # The equals sign of f"{x=}" prints the source of its expression: the only one with a meaning.
        known = _fields[kind] = (*kept, "equal") if kind is cst.FormattedStringExpression else kept
    return known


def children(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield the direct children that carry meaning, about in source order."""
    for name in meaningful(type(node)):
        value = getattr(node, name)
        if isinstance(value, cst.CSTNode):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from value


def walk(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    """Yield a node and everything below it."""
    pending = [node]
    while pending:
        current = pending.pop()
        yield current
        pending.extend(children(current))


def same(one: object, other: object) -> bool:
    """Whether two trees read the same once layout and parentheses are ignored."""
    if isinstance(one, cst.CSTNode):
        if type(one) is not type(other):
            return False
        return all(same(getattr(one, name), getattr(other, name)) for name in meaningful(type(one)))
    if isinstance(one, (tuple, list)):
        return isinstance(other, (tuple, list)) and len(one) == len(other) and all(map(same, one, other))
    return one == other or (isinstance(one, cst.MaybeSentinel) and isinstance(other, cst.MaybeSentinel))


def code(node: cst.CSTNode) -> str:
    """Return the source of one node."""
    return _EMPTY.code_for_node(node)


def is_name(node: object, name: str) -> bool:
    """Whether an expression is nothing but a certain name."""
    return isinstance(node, cst.Name) and node.value == name


def is_constant(node: cst.CSTNode) -> bool:
    """Whether an expression is a constant that can't change: a literal, or a tuple of such."""
    if isinstance(node, cst.Name):
        return node.value in ("None", "True", "False")
    if isinstance(node, cst.UnaryOperation):
        return isinstance(node.operator, cst.Minus) and isinstance(node.expression, (cst.Integer, cst.Float))
    if isinstance(node, cst.Tuple):
        return all(isinstance(element, cst.Element) and is_constant(element.value) for element in node.elements)
    if isinstance(node, cst.ConcatenatedString):
        return is_constant(node.left) and is_constant(node.right)
    return isinstance(node, (cst.Integer, cst.Float, cst.SimpleString))


def literal(node: cst.CSTNode) -> object:
    """Return the value of a constant."""
    return ast.literal_eval(f"({code(node)})")


def bare(statement: cst.CSTNode) -> cst.CSTNode:
    """Return the small statement on a line of its own, any other statement as it is."""
    if isinstance(statement, cst.SimpleStatementLine) and len(statement.body) == 1:
        return statement.body[0]
    return statement


def statements(suite: cst.CSTNode) -> list[cst.CSTNode]:
    """Return the statements of a suite, those that stand on a line of their own without it."""
    if isinstance(suite, cst.SimpleStatementSuite):
        return list(suite.body)
    if isinstance(suite, cst.IndentedBlock):
        return [bare(statement) for statement in suite.body]
    return [suite]


def comments(nodes: Sequence[cst.CSTNode]) -> list[cst.EmptyLine]:
    """Return all comments in some nodes, each as a line of its own."""
    finder = _Comments()
    for node in nodes:
        node.visit(finder)
    return [cst.EmptyLine(comment=comment) for comment in finder.found]


class _Comments(cst.CSTVisitor):
    """Collects comments in source order."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[cst.Comment] = []

    def visit_Comment(self, node: cst.Comment) -> None:  # noqa: N802 (libcst's name)
        """Remember a comment."""
        self.found.append(node)
