"""Checks that a patch makes for less than before, or too late: told from the syntax of both sides.

What is raised no more is told by its name; here it is raised still, but for other values, or after something has changed already.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from ..syntax import COMPREHENSIONS
from ..syntax import Def
from ..syntax import arguments
from ..syntax import everywhere
from ..syntax import functions
from ..syntax import last_name
from ..syntax import own
from ..syntax import root_names
from ..syntax import written
from .changing import aliases_of
from .changing import changed_by
from .protecting import calls_for_effect
from .protecting import refusing
from .tables import MAKING
from .unsteady import read_through

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator
    from collections.abc import Mapping

_LOOPS = ast.For | ast.AsyncFor | ast.While
_SHORT = 8  # statements of a function that does little but check


def dropped_checks(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the functions that pass fewer values through one that checks them, and that is there still."""
    checkers = _checkers(before) & _checkers(after)
    handed_on = _handed_on(after)
    was, is_ = _checked(before, checkers), _checked(after, checkers)
    there = {function.name: function for function in functions(after)}
    for (name, checker), values in was.items():
        if name in there and checker not in handed_on and len(is_.get((name, checker), ())) < len(values):
            yield there[name], f"{name} checks fewer values by {checker}"


def no_longer_at_first(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the loops that refuse one thing and do something with it, of functions that looked at all of them first."""
    were, are = refusing(before), refusing(after)
    looked = {function.name for function in functions(before) if _looks_first(function, were)}
    for function in functions(after):
        if function.name in looked and not _looks_first(function, are):
            both = (loop for loop in _loops(function) if _refuses(loop, are) and _changes(loop, function))
            yield from ((loop, f"{function.name} may refuse something when it has changed something already") for loop in both)


def no_longer_refused_here(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the functions that called others for what these refuse, and no longer do so, whoever does now: it may come too late."""
    # Where there are fewer calls of it, that is told already, or what it does is written out.
    called, calls = calls_for_effect([before]), calls_for_effect([after])
    strict = {name for name in refusing(before) & refusing(after) if calls[name] >= called[name]}
    was, is_ = _called(before), _called(after)
    left = {function.name: function for function in functions(after)}
    for function in functions(before):
        checks = {last_name(node.value) for node in own(function) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call)}
        if checks.isdisjoint(strict) or function.name not in left:
            continue
        for name in sorted(checks & strict & read_through([function.name], was) - read_through([function.name], is_)):
            yield left[function.name], f"{function.name} no longer checks anything by {name}"


def _called(module: ast.Module) -> Mapping[str, frozenset[str]]:
    """Return by function, and by class what makes its objects, the names that are used there."""
    found = defaultdict[str, frozenset[str]](frozenset)
    for node in everywhere(module):
        if isinstance(node, Def):
            found[node.name] |= _used(node)
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                if isinstance(method, Def) and method.name in MAKING:
                    found[node.name] |= _used(method)
    return found


def _used(function: Def) -> frozenset[str]:
    return frozenset(last_name(node) for node in ast.walk(function) if isinstance(node, ast.Name | ast.Attribute))


def _checkers(module: ast.Module) -> frozenset[str]:
    """Return a module's short functions that raise something, and return what they make of what they are given."""
    found = set[str]()
    for function in (node for node in module.body if isinstance(node, Def) and node.args.args):
        statements = [node for node in own(function) if isinstance(node, ast.stmt)]
        returns = any(isinstance(node, ast.Return) and node.value is not None for node in statements)
        if returns and len(statements) <= _SHORT and any(isinstance(node, ast.Raise) for node in statements):
            found.add(function.name)
    return frozenset(found)


def _checked(module: ast.Module, checkers: Container[str]) -> Mapping[tuple[str, str], set[str]]:
    """Return by function and by what checks values there which these are, as they are written."""
    found = defaultdict[tuple[str, str], set[str]](set)
    for function in functions(module):
        for node in own(function):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in checkers:
                found[function.name, node.func.id].add(" ".join(map(written, node.args)))
    return found


def _handed_on(module: ast.Module) -> frozenset[str]:
    """Return the names that are used otherwise than in calls, or in those that are made again and again: ``map(whole, cells)``."""
    again = {id(part) for node in everywhere(module) if isinstance(node, COMPREHENSIONS) for part in ast.walk(node)}
    called = {id(node.func) for node in everywhere(module) if isinstance(node, ast.Call) and id(node) not in again}
    return frozenset(
        last_name(node) for node in everywhere(module) if isinstance(node, ast.Name | ast.Attribute) and id(node) not in called
    )


def _looks_first(function: Def, strict: Container[str]) -> bool:
    """Return whether a function has a loop that only refuses, before anything is changed."""
    loops = sorted(_loops(function), key=lambda loop: loop.lineno)
    for at, loop in enumerate(loops):
        if _changes(loop, function):
            return False
        if _refuses(loop, strict):
            return any(_changes(later, function) for later in loops[at + 1 :])
    return False


def _loops(function: Def) -> Iterator[ast.For | ast.AsyncFor | ast.While]:
    return (node for node in own(function) if isinstance(node, _LOOPS))


def _refuses(loop: ast.AST, strict: Container[str]) -> bool:
    parts = ast.walk(loop)
    return any(isinstance(node, ast.Raise) or (isinstance(node, ast.Call) and last_name(node.func) in strict) for node in parts)


def _changes(loop: ast.AST, function: Def) -> bool:
    """Return whether a loop changes something of what a function is given, its own object among it."""
    given = frozenset(arg.arg for arg in arguments(function))
    names = given | aliases_of(function, given)
    if isinstance(loop, ast.For | ast.AsyncFor):
        # What it goes through is another name for it, too.
        names -= {node.id for node in ast.walk(loop.target) if isinstance(node, ast.Name)}
    changed = (changed_by(node) for node in ast.walk(loop))
    return any(one is not None and not names.isdisjoint(root_names(one)) for one in changed)
