"""Functions that call themselves, each other in a circle among them: how deep that goes is for their inputs to say. Told from syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..syntax import Def
from ..syntax import arguments
from ..syntax import bound
from ..syntax import full_name
from ..syntax import own
from .unsteady import read_through

if TYPE_CHECKING:
    from collections.abc import Iterator

RECURSES = "calls itself, and may do so too often for inputs that are deep or long"
_Scope = tuple[str, ...]


def recursing(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the functions that may be called again before they have returned, but for those that halve what they do."""
    found = dict(_functions(module))
    calls = {".".join(scope): frozenset(".".join(one) for one in _called(scope, node, found)) for scope, (node, _) in found.items()}
    for scope, (node, _) in found.items():
        name = ".".join(scope)
        if name in read_through(calls[name], calls) and not _halves(node):
            yield node, RECURSES


def _functions(module: ast.Module) -> Iterator[tuple[_Scope, tuple[Def, str]]]:
    """Yield functions by the names of the scopes that they are in, and their own, with what a method calls its object."""
    todo: list[tuple[ast.AST, _Scope, bool]] = [(module, (), False)]
    while todo:
        scope, path, is_class = todo.pop()
        for node in own(scope):
            if isinstance(node, ast.ClassDef):
                todo.append((node, (*path, node.name), True))
            elif isinstance(node, Def):
                yield (*path, node.name), (node, given[0].arg if is_class and (given := arguments(node)) else "")
                todo.append((node, (*path, node.name), False))


def _called(scope: _Scope, node: Def, known: dict[_Scope, tuple[Def, str]]) -> Iterator[_Scope]:
    """Yield the functions that one calls: by a name that means one of them there, or as a method of its own object."""
    me, names = known[scope][1], bound(node)
    for call in (part for part in own(node) if isinstance(part, ast.Call)):
        name = full_name(call.func)
        if me and name.startswith(f"{me}.") and (*scope[:-1], name.removeprefix(f"{me}.")) in known:
            yield (*scope[:-1], name.removeprefix(f"{me}."))
        elif name and "." not in name:
            inner = (*scope, name)
            # An argument, or a variable, is another thing than a function around it.
            around = () if name in names else ((*scope[:depth], name) for depth in range(len(scope) - 1, -1, -1))
            meant = (one for one in (inner, *around) if one in known and not (known[one][1] and one[:-1] != ()))
            yield from [found] if (found := next(meant, None)) is not None else []


def _halves(function: Def) -> bool:
    """Return whether a function calls itself for parts of what it is given, as a division without a rest makes them: that ends soon."""
    calls = [node for node in own(function) if isinstance(node, ast.Call) and full_name(node.func).rpartition(".")[2] == function.name]
    operations = ((part.op for part in ast.walk(call) if isinstance(part, ast.BinOp)) for call in calls)
    return bool(calls) and all(any(isinstance(one, ast.FloorDiv | ast.RShift) for one in some) for some in operations)
