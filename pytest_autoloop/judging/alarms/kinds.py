"""Looks at types that leave subclasses out, and other queries of databases: what tests of plain data do not tell. From both sides."""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from ..syntax import everywhere
from ..syntax import last_name
from ..syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

_QUERY = re.compile(
    r"\s*(select\b.+\bfrom\b|insert\s+(or\s+\w+\s+)?into\b|update\s+\S+\s+set\b|delete\s+from\b|replace\s+into\b|with\s+\w+\s+as\s*\()",
    re.IGNORECASE | re.DOTALL,
)
_SHOWN = 50
# Who asks for one of these asks for what is derived from others.
_ABSTRACT = words("Mapping MutableMapping Sequence MutableSequence Set MutableSet Iterable Collection Number Real Integral Rational")


def subclasses_left_out(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where a type is asked for by `type` of which objects of subclasses were as well, by `isinstance`."""
    if not _ABSTRACT.isdisjoint(_asked(after)):
        return
    asked = _asked(before).keys() - _asked(after).keys()
    same = _same(before)
    yield from ((node, f"leaves out subclasses of {name}") for name, node in _same(after).items() if name in asked and name not in same)


def other_queries(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the texts that are queries in the place of others: what these find in other data nobody has tried."""
    was, is_ = _queries(before), _queries(after)
    if was.keys() - is_.keys():
        yield from ((is_[text], f"asks a database otherwise: {_short(text)}") for text in sorted(is_.keys() - was.keys()))


def is_query(text: object) -> bool:
    """Return whether something is a text that asks a database for something."""
    return isinstance(text, str) and _QUERY.match(text) is not None


def _asked(module: ast.Module) -> Mapping[str, ast.AST]:
    """Return the types that are asked for with their subclasses."""
    looks = (node for node in everywhere(module) if isinstance(node, ast.Call) and last_name(node.func) == "isinstance")
    kinds = (part for look in looks for kind in look.args[1:2] for part in (kind.elts if isinstance(kind, ast.Tuple) else [kind]))
    return {last_name(kind): kind for kind in kinds}


def _same(module: ast.Module) -> Mapping[str, ast.AST]:
    """Return the types that are asked for alone: ``type(x) is dict``, ``type(x) in (list, dict)``."""
    found: dict[str, ast.AST] = {}
    for node in (node for node in everywhere(module) if isinstance(node, ast.Compare)):
        parts = [node.left, *node.comparators]
        if any(isinstance(part, ast.Call) and last_name(part.func) == "type" and len(part.args) == 1 for part in parts) or any(
            isinstance(part, ast.Attribute) and part.attr == "__class__" for part in parts
        ):
            kinds = (kind for part in parts for kind in (part.elts if isinstance(part, ast.Tuple | ast.Set | ast.List) else [part]))
            found |= {last_name(kind): node for kind in kinds if isinstance(kind, ast.Name | ast.Attribute)}
    return found


def _queries(module: ast.Module) -> Mapping[str, ast.AST]:
    # What is said to people, in a remark or an error, asks nobody.
    said = {id(part) for node in everywhere(module) if isinstance(node, ast.Raise) for part in ast.walk(node)}
    said |= {id(node.value) for node in everywhere(module) if isinstance(node, ast.Expr)}
    texts = (node for node in everywhere(module) if isinstance(node, ast.Constant) and id(node) not in said and is_query(node.value))
    return {" ".join(str(node.value).split()): node for node in texts}


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
