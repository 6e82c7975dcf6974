"""What a piece of code changes in its place, and under which other names a function has what it changes: told from its syntax."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections import defaultdict
from typing import TYPE_CHECKING

from ..syntax import Def
from ..syntax import Function
from ..syntax import base_of
from ..syntax import full_name
from ..syntax import last_name
from ..syntax import own
from ..syntax import root_names
from ..syntax import words
from .tables import CHANGING
from .tables import COPYING
from .tables import SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

# Functions that change their first argument.
_CHANGING_FIRST = words("next heapify heappush heappop heapreplace heappushpop insort insort_left insort_right shuffle")
# Methods that give out a part of what they are called on, whatever their arguments.
_TAKING = words("get setdefault pop __getitem__")
_BUILT_IN = frozenset({"dict", "list", "set", "bytearray"})


def changed_by(node: ast.AST) -> ast.expr | None:
    """Return what a node changes in its place: what it stores an attribute or a part in, or what it calls a changing method of."""
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        # `dict.update(it)`, and `Base.__init__(it)`.
        kind = _name(node.func.value)
        by_type = kind in _BUILT_IN or (node.func.attr.startswith("__") and kind[:1].isupper())
        return node.args[0] if by_type and node.args else node.func.value
    if isinstance(node, ast.Call) and last_name(node.func) in _CHANGING_FIRST and node.args:
        # What a call returns is new: `next(reader(file))`.
        return node.args[0] if not isinstance(node.args[0], ast.Call) else None
    return None


def handed_on(node: ast.AST) -> ast.expr | None:
    """Return what a node takes a changing method of, to be called elsewhere."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in CHANGING:
        return node.value
    return None


def aliases_of(scope: Function, outer: frozenset[str]) -> frozenset[str]:
    """Return the variables of a function that are other names for something of those around it."""
    return frozenset(name for name, meant in other_names(scope).items() if not meant.isdisjoint(outer))


def other_names(scope: Function) -> Mapping[str, set[str]]:
    """Return for each variable of a function that may be another name for something, or for a part of it, the names of that.

    They are noted on the function, as in `own`.
    """
    names: dict[str, set[str]] | None = scope.__dict__.get("_other_names")
    if names is None:
        names = scope.__dict__["_other_names"] = {}
        for node in own(scope):
            for name, meant in _meant(node):
                names.setdefault(name, set()).update(meant)
    return names


def attributes_by_name(method: Def, me: str) -> dict[str, str]:
    """Return the variables that are another name for one attribute of an object, and for nothing else, with its name."""
    stores = Counter(node.id for node in own(method) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    found = defaultdict[str, list[str]](list)
    given = ((target, node.value) for node in own(method) if isinstance(node, ast.Assign) for target in node.targets)
    for part, value in itertools.chain.from_iterable(itertools.starmap(_pairs, given)):
        if isinstance(part, ast.Name) and isinstance(value, ast.Attribute) and full_name(value) == f"{me}.{value.attr}":
            found[part.id].append(value.attr)
    return {name: attributes[0] for name, attributes in found.items() if len(attributes) == stores[name] and len({*attributes}) == 1}


def _meant(node: ast.AST) -> Iterator[tuple[str, frozenset[str]]]:
    """Yield the names that a node gives to something, each with those that it may be known by already."""
    if isinstance(node, ast.Assign):
        for target in node.targets:
            for part, value in _pairs(target, node.value):
                yield from ((name, _standing_for(value)) for name in _given_names(part))
    elif isinstance(node, ast.NamedExpr):
        yield node.target.id, _standing_for(node.value)
    elif isinstance(node, ast.For | ast.comprehension):
        renewed = _renewed(node) if isinstance(node, ast.For) else frozenset[str]()
        yield from ((name, _names(node.iter)) for name in _given_names(node.target) if name not in renewed)
    elif isinstance(node, ast.withitem) and node.optional_vars is not None:
        yield from ((name, _names(node.context_expr)) for name in _given_names(node.optional_vars))
    elif isinstance(node, ast.Match):
        taken = (part.name for part in ast.walk(node) if isinstance(part, ast.MatchAs | ast.MatchStar) and part.name)
        yield from ((name, _names(node.subject)) for name in taken)


def _name(node: ast.AST) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def _names(node: ast.AST) -> frozenset[str]:
    """Return the names of what an expression may give out parts of: what is called with arguments, as `product` is, is none."""
    calls = (part for part in ast.walk(node) if isinstance(part, ast.Call) and last_name(part.func) not in _TAKING)
    called = (call.func if isinstance(call.func, ast.Name) or not (call.args or call.keywords) else base_of(call.func) for call in calls)
    idle = {id(part) for part in called if isinstance(part, ast.Name)}
    return frozenset(part.id for part in ast.walk(node) if isinstance(part, ast.Name) and id(part) not in idle)


def _renewed(loop: ast.For) -> frozenset[str]:
    """Return the names that a loop gives a copy to before anything else is done with them: `row = list(row)`."""
    found, seen = set[str](), set[str]()
    for statement in loop.body:
        value = statement.value if isinstance(statement, ast.Assign) else None
        if isinstance(value, ast.Call) and last_name(value.func) in COPYING and len(value.args) == 1:
            name = _name(value.args[0])
            targets = {_name(target) for target in statement.targets} if isinstance(statement, ast.Assign) else set()
            found |= targets & {name} - seen
        seen |= {part.id for part in ast.walk(statement) if isinstance(part, ast.Name)}
    return frozenset(found)


def _given_names(target: ast.expr) -> Iterator[str]:
    return (part.id for part in ast.walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))


def _standing_for(value: ast.expr) -> frozenset[str]:
    """Return the names of what an expression is, or is a part of. What a call returns is new, mostly."""
    calls = any(isinstance(part, ast.Call) for part in ast.walk(value))
    return root_names(value) if not calls or last_name(value) in SHARED else frozenset()


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is assigned to what, each part of tuples by itself."""
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value
