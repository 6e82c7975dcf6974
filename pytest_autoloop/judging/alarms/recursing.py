"""Functions that call themselves, each other in a circle among them: how deep that goes is for their inputs to say. Told from syntax."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from ..syntax import Def
from ..syntax import arguments
from ..syntax import full_name
from ..syntax import own
from .unsteady import read_through

if TYPE_CHECKING:
    from collections.abc import Iterator

RECURSES = "calls itself, and may do so too often for inputs that are deep or long"


def recursing(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the functions that may be called again before they have returned."""
    calls = defaultdict[str, frozenset[str]](frozenset)
    found = list(_functions(module))
    for name, function, me, kind in found:
        called = (full_name(node.func) for node in own(function) if isinstance(node, ast.Call))
        calls[name] |= {f"{kind}.{one.removeprefix(f'{me}.')}" if me and one.startswith(f"{me}.") else one for one in called}
    for name, function, *_ in found:
        if name in read_through(calls[name], calls):
            yield function, RECURSES


def _functions(module: ast.Module) -> Iterator[tuple[str, Def, str, str]]:
    """Yield functions by the names that they are called by, with what a method calls its object, and its class."""
    todo: list[tuple[ast.AST, str]] = [(module, "")]
    while todo:
        scope, kind = todo.pop()
        for node in own(scope):
            if isinstance(node, ast.ClassDef):
                todo.append((node, node.name))
            elif isinstance(node, Def):
                me = given[0].arg if kind and (given := arguments(node)) else ""
                yield (f"{kind}.{node.name}" if kind else node.name), node, me, kind
                todo.append((node, ""))
