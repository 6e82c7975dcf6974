"""What functions owe to others, whatever they return: calls of what they are given, and what is done in the end. Told from both sides."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..syntax import alone
from ..syntax import arguments
from ..syntax import everywhere
from ..syntax import full_name
from ..syntax import functions
from ..syntax import own

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator
    from collections.abc import Mapping

    from ..syntax import Def


_TRIES = (ast.Try, getattr(ast, "TryStar", ast.Try))


def no_longer_called(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the functions that called an argument, or what an object was given, for what it does, and do nothing with it any more."""
    was, is_ = _by_name(before), _by_name(after)
    kept = {node.attr for node in everywhere(before) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)}
    for name, function in is_.items():
        if name in was:
            used = {full_name(node) for node in own(function)}
            yield from ((function, f"{name} no longer calls {called}") for called in sorted(_called_for_effect(was[name], kept) - used))


def no_longer_in_the_end(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the functions with fewer `finally` than before, unless as many more `with` do it."""
    was, is_ = _by_name(before), _by_name(after)
    for name, function in is_.items():
        if name in was and _endings(function) < _endings(was[name]) and any(_finally(was[name])):
            yield function, f"{name} no longer does in any case what it did in the end"


def _by_name(module: ast.Module) -> Mapping[str, Def]:
    return alone((function.name, function) for function in functions(module))


def _called_for_effect(function: Def, kept: Container[str]) -> set[str]:
    """Return what a function calls without a use for what that returns: its arguments, and attributes that its object is given."""
    given = [argument.arg for argument in arguments(function)]
    calls = (node.value for node in own(function) if isinstance(node, ast.Expr))
    called = {full_name(call.func) for call in calls if isinstance(call, ast.Call)}
    its_own = {name for name in called if (parts := name.partition("."))[0] in given[:1] and parts[2] in kept}
    return called.intersection(given) | its_own


def _endings(function: Def) -> int:
    return sum(map(bool, _finally(function))) + sum(len(node.items) for node in own(function) if isinstance(node, ast.With | ast.AsyncWith))


def _finally(function: Def) -> Iterator[list[ast.stmt]]:
    return (node.finalbody for node in own(function) if isinstance(node, _TRIES) and node.finalbody)
