"""Queries of databases: texts that ask otherwise than before, and values that become parts of such. What other data answer nobody tries."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from ...text import one_line
from ..syntax import everywhere
from ..syntax import last_name

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

_QUERY = re.compile(
    r"\s*(select\b.+\bfrom\b|insert\s+(or\s+\w+\s+)?into\b|update\s+\S+\s+set\b|delete\s+from\b|replace\s+into\b|with\s+\w+\s+as\s*\()",
    re.IGNORECASE | re.DOTALL,
)
_SHOWN = 50


def other_queries(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the texts that are queries in the place of others: what these find in other data nobody has tried."""
    was, is_ = _queries(before), _queries(after)
    if was.keys() - is_.keys():
        yield from ((is_[text], f"asks a database otherwise: {one_line(text, _SHOWN)}") for text in sorted(is_.keys() - was.keys()))


def filled_queries(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where values become parts of the text of a query, rather than being given with it."""
    said = _said(module)
    made = (node for node in everywhere(module) if isinstance(node, ast.Assign) and _has_marks(node.value))
    marks = frozenset(last_name(target) for node in made for target in node.targets)
    for node in everywhere(module):
        if isinstance(node, ast.JoinedStr | ast.BinOp) and id(node) not in said and _fills(node, marks):
            yield node, "puts values into a query"


def is_query(text: object) -> bool:
    """Return whether something is a text that asks a database for something."""
    return isinstance(text, str) and _QUERY.match(text) is not None


def _queries(module: ast.Module) -> Mapping[str, ast.AST]:
    said = _said(module)
    texts = (node for node in everywhere(module) if isinstance(node, ast.Constant) and id(node) not in said and is_query(node.value))
    return {" ".join(str(node.value).split()): node for node in texts}


def _said(module: ast.Module) -> set[int]:
    """Return the nodes that are said to people, in a remark or an error, and ask nobody, by their ids."""
    raised = (part for node in everywhere(module) if isinstance(node, ast.Raise) for part in ast.walk(node))
    return {id(node.value) for node in everywhere(module) if isinstance(node, ast.Expr)} | set(map(id, raised))


def _has_marks(node: ast.expr) -> bool:
    """Return whether an expression makes the marks that stand for values in a query: `",".join("?" * 3)`."""
    texts = (part.value for part in ast.walk(node) if isinstance(part, ast.Constant) and isinstance(part.value, str))
    return any(text and not text.strip("?,%s ()") for text in texts if set(text) & set("?%"))


def _fills(node: ast.JoinedStr | ast.BinOp, marks: frozenset[str]) -> bool:
    """Return whether values become parts of the text of a query, rather than being given with it for its ``marks``, by their names."""
    if isinstance(node, ast.JoinedStr):
        text = "".join(str(part.value) if isinstance(part, ast.Constant) else "?" for part in node.values)
        filled = (part.value for part in node.values if isinstance(part, ast.FormattedValue))
        return is_query(text) and not all(_has_marks(part) or last_name(part) in marks for part in filled)
    return isinstance(node.op, ast.Mod | ast.Add) and isinstance(node.left, ast.Constant) and is_query(node.left.value)
