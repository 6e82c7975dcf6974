"""Whether a candidate is simpler code: fewer statements and fewer nodes of syntax, whatever its comments and its layout. Pure functions."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .syntax import NO_PROGRAM

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .screen import Source

MARGIN = 0.03
"""By how much (a log ratio) simpler code may be worse at most, with the proof that any keep needs."""


def lines_less(found: Sequence[Source]) -> int:
    """Return how many logical lines the changed files have less; 0 unless they also have fewer nodes of syntax.

    Comments, blank lines, docstrings, and statements that are put on one line or spread over several make no difference; nor do
    annotations and assertions, which are no more than words about the code. What is no Python, or does not parse, counts as unchanged.
    """
    lines = nodes = 0
    for source in found:
        if not source.path.endswith(".py"):
            continue
        before, after = _size(source.before), _size(source.after)
        if before is None or after is None:
            return 0
        lines += before[0] - after[0]
        nodes += before[1] - after[1]
    return lines if nodes > 0 and lines > 0 else 0


def _size(text: bytes | None) -> tuple[int, int] | None:
    """Return how many statements and nodes a text has, or None where it does not parse."""
    if text is None:
        return 0, 0
    try:
        tree = _Bare().visit(ast.parse(text))
    except NO_PROGRAM:
        return None
    found = list(ast.walk(tree))
    return sum(isinstance(node, ast.stmt) for node in found), len(found)


class _Bare(ast.NodeTransformer):
    """Takes out what only says something about the code: strings that stand alone, assertions, annotations, `pass`."""

    def visit_Expr(self, node: ast.Expr) -> ast.Expr | None:
        if isinstance(node.value, ast.Constant):
            return None
        self.generic_visit(node)
        return node

    def visit_Assert(self, node: ast.Assert) -> None:
        """Leave it out."""

    def visit_Pass(self, node: ast.Pass) -> None:
        """Leave it out."""

    def visit_arg(self, node: ast.arg) -> ast.arg:
        node.annotation = None
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        node.returns = None
        self.generic_visit(node)
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST | None:
        if node.value is None:
            return None
        self.generic_visit(node.value)
        return ast.Assign(targets=[node.target], value=node.value)
