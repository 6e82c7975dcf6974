"""Patterns and templates in plain Python, in which a name in capitals stands for any expression.

``Pattern("sorted(XS)[0]")`` matches ``sorted(rows)[0]`` with XS = ``rows``; ``expression("min(XS)", XS=rows)`` builds ``min(rows)``. A name
that comes twice has to match the same code twice.
"""

from __future__ import annotations

import ast
from functools import cache
from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from .tree import code
from .tree import meaningful
from .tree import same
from .tree import statements

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

Match = dict[str, cst.BaseExpression]

_ATOMS = (cst.Name, cst.Attribute, cst.Call, cst.Subscript, cst.SimpleString, cst.FormattedString, cst.Ellipsis)
_DISPLAYS = (cst.List, cst.Set, cst.Dict, cst.ListComp, cst.SetComp, cst.DictComp)
# What needs parentheses even where any ordinary expression does without.
_NEVER_BARE = (cst.NamedExpr, cst.Yield, cst.GeneratorExp)
_OPEN = {
    cst.Arg: ("value",),
    cst.Assign: ("value",),
    cst.AnnAssign: ("value",),
    cst.AugAssign: ("value",),
    cst.AssignTarget: ("target",),
    cst.Return: ("value",),
    cst.Expr: ("value",),
    cst.Index: ("value",),
    cst.Element: ("value",),
    cst.DictElement: ("key", "value"),
    cst.ListComp: ("elt",),
    cst.SetComp: ("elt",),
    cst.GeneratorExp: ("elt",),
    cst.DictComp: ("key", "value"),
    cst.CompFor: ("target", "iter"),
    cst.CompIf: ("test",),
    cst.For: ("target", "iter"),
    cst.If: ("test",),
    cst.While: ("test",),
    cst.IfExp: ("body", "test", "orelse"),
}
_TUPLES = {
    (cst.Assign, "value"),
    (cst.Return, "value"),
    (cst.AssignTarget, "target"),
    (cst.CompFor, "target"),
    (cst.For, "target"),
    (cst.Index, "value"),
}
_BRACKETED = (
    cst.Arg,
    cst.Index,
    cst.Element,
    cst.DictElement,
    cst.ListComp,
    cst.SetComp,
    cst.GeneratorExp,
    cst.DictComp,
    cst.CompFor,
    cst.CompIf,
)

_COMPARISON = 4


class Pattern:
    """A piece of Python to look for: an expression, or one statement."""

    def __init__(self, source: str) -> None:
        self.node = _parse_any(source)

    def match(self, node: cst.CSTNode) -> Match | None:
        """Return what the names in capitals stand for, or None where the node doesn't fit."""
        found: Match = {}
        return found if _fits(self.node, node, found) else None


def matches(patterns: Sequence[Pattern], node: cst.CSTNode) -> Match | None:
    """Return the match of the first of several patterns that fits."""
    for pattern in patterns:
        found = pattern.match(node)
        if found is not None:
            return found
    return None


def expression(template: str, **parts: cst.BaseExpression | str) -> cst.BaseExpression:
    """Build an expression from a template, with parentheses where they are needed."""
    return cast("cst.BaseExpression", _fill(cst.Expr(_parse_any(template)), parts).value)  # type: ignore[attr-defined, arg-type]


def statement(template: str, **parts: cst.BaseExpression | str) -> cst.SimpleStatementLine:
    """Build a statement of one line from a template."""
    parsed = _parse_module(template).body[0]
    return cast("cst.SimpleStatementLine", _fill(parsed, parts))


def is_hole(name: str) -> bool:
    """Whether a name in a pattern stands for something else."""
    return name.isupper()


@cache
def _parse_module(source: str) -> cst.Module:
    return cst.parse_module(source)


def _parse_any(source: str) -> cst.CSTNode:
    body = statements(_parse_module(source).body[0])[0]
    body = statements(cst.IndentedBlock([cast("cst.BaseStatement", body)]))[0]
    return body.value if isinstance(body, cst.Expr) else body


def _fits(pattern: object, node: object, found: Match) -> bool:
    if isinstance(pattern, cst.Name) and is_hole(pattern.value):
        if not isinstance(node, cst.BaseExpression):
            return False
        known = found.setdefault(pattern.value, node)
        return known is node or same(known, node)
    if isinstance(pattern, cst.BaseSuite):
        return isinstance(node, cst.BaseSuite) and _fits(statements(pattern), statements(node), found)
    if isinstance(pattern, cst.CSTNode):
        if type(pattern) is not type(node):
            return False
        return all(_fits(getattr(pattern, name), getattr(node, name), found) for name in meaningful(type(pattern)))
    if isinstance(pattern, (tuple, list)):
        if not isinstance(node, (tuple, list)) or len(pattern) != len(node):
            return False
        return all(_fits(a, b, found) for a, b in zip(pattern, node, strict=True))
    return same(pattern, node)


def _fill(template: cst.CSTNode, parts: Mapping[str, cst.BaseExpression | str]) -> cst.CSTNode:
    nodes = {name: cst.parse_expression(part) if isinstance(part, str) else part for name, part in parts.items()}
    return cast("cst.CSTNode", template.deep_clone().visit(_Filler(nodes)))


class _Filler(cst.CSTTransformer):
    """Puts expressions in the place of names in capitals."""

    def __init__(self, parts: Mapping[str, cst.BaseExpression]) -> None:
        super().__init__()
        self.parts = parts

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        """Replace the holes among the children of a node."""
        changes: dict[str, object] = {}
        for name in meaningful(type(original)):
            child = getattr(original, name)
            if isinstance(child, cst.Name) and child.value in self.parts:
                part = self.parts[child.value].deep_clone()
                changes[name] = part if fits_bare(part, type(original), name) else parenthesised(part)
        return updated.with_changes(**changes) if changes else updated


def fits_bare(node: cst.BaseExpression, parent: type[cst.CSTNode], field: str) -> bool:
    """Whether an expression needs no parentheses in some field of some sort of node."""
    if node.lpar or isinstance(node, _DISPLAYS):
        return True
    if not issubclass(parent, _BRACKETED) and _spills(code(node)):
        return False
    if isinstance(node, _ATOMS) or (isinstance(node, (cst.Integer, cst.Float)) and parent is not cst.Attribute):
        return True
    if isinstance(node, _NEVER_BARE) or field not in _OPEN.get(parent, ()):
        return False
    if isinstance(node, cst.Tuple):
        return (parent, field) in _TUPLES
    return not (isinstance(node, (cst.IfExp, cst.Lambda)) and parent in (cst.CompFor, cst.CompIf, cst.IfExp))


def binds_as_tightly(new: cst.BaseExpression, old: cst.BaseExpression) -> bool:
    """Whether an expression needs no parentheses where another one needs none."""
    if old.lpar or _spills(code(new)):
        return False
    one, other = _precedence(new), _precedence(old)
    return one is not None and other is not None and (one > other or one == other == _COMPARISON)


def _precedence(node: cst.BaseExpression) -> int | None:
    """Return how tightly the loosest operators bind; None for all others."""
    if isinstance(node, cst.IfExp):
        return 0
    if isinstance(node, cst.BooleanOperation):
        return 1 if isinstance(node.operator, cst.Or) else 2
    if isinstance(node, cst.UnaryOperation) and isinstance(node.operator, cst.Not):
        return 3
    if isinstance(node, cst.Comparison):
        return _COMPARISON
    return _COMPARISON + 1 if isinstance(node, cst.BinaryOperation) else None


def _spills(source: str) -> bool:
    """Whether an expression goes on over a line's end without a bracket around it."""
    if "\n" not in source:
        return False
    try:
        ast.parse(source, mode="eval")
    except SyntaxError:
        return True
    return False


def parenthesised(node: cst.BaseExpression) -> cst.BaseExpression:
    """Return an expression within parentheses."""
    return node.with_changes(lpar=[cst.LeftParen(), *node.lpar], rpar=[*node.rpar, cst.RightParen()])
