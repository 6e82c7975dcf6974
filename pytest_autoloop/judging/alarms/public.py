"""What others may call, and whether it is there still: public names, and the arguments that functions take. Told from both sides.

Tests tell of what they use themselves; a project's users have code of their own.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..syntax import Def
from ..syntax import Definition
from ..syntax import alone
from ..syntax import arguments
from ..syntax import bound
from ..syntax import full_name
from ..syntax import last_name
from ..syntax import lineage
from ..syntax import own
from ..syntax import targets_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

_ITSELF = frozenset({"self", "cls"})
# What makes an object may be written by a decorator instead; slots are no promise.
_MADE_BY_OTHERS = frozenset({"__init__", "__new__", "__slots__", "__doc__", "__module__"})


def no_longer_there(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the public names of a module and of its classes that are gone, and classes that are no longer what they were."""
    left = _names(after)
    if "*" in left:
        return
    defined = {name: node for name, node in _defined(before).items() if not name.startswith("_")}
    yield from ((node, f"{name} is gone") for name, node in defined.items() if name not in left)
    classes = _classes(after)
    for name, was in _classes(before).items():
        if not _is_public(name) or name not in left:
            continue
        kind = classes.get(name)
        if kind is None:
            # It may come from elsewhere now, or be made in another way.
            yield from [(was, f"{name} is no class any more")] if isinstance(_defined(after).get(name), Def) else []
            continue
        lost = sorted(_members(was, _classes(before)) - _members(kind, classes) - _MADE_BY_OTHERS)
        yield from ((kind, f"{name}.{member} is gone") for member in lost if _is_public(member))
        still = {full_name(base) for one in lineage(kind, classes) for base in one.bases}
        bases = {full_name(base) for base in was.bases} - still - {"object", ""}
        yield from ((kind, f"{name} is no {base} any more") for base in sorted(bases))


def is_public_module(path: str) -> bool:
    """Return whether others may import a module, by its path."""
    name = path.rpartition("/")[2]
    return name == "__init__.py" or not name.startswith("_")


def no_longer_taken(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the public functions that can't be called as before, or that take another default."""
    is_ = _functions(after)
    for name, was in _functions(before).items():
        if name in is_ and (what := _lost(was, is_[name])):
            yield is_[name], f"{name} {what}"


def _lost(before: Def, after: Def) -> str:
    """Return what callers may no longer do; nothing if there is no such thing."""
    was, is_ = before.args, after.args
    places, now = _places(before), _places(after)
    names, others = [arg.arg for arg in places], [arg.arg for arg in now]
    gone = {arg.arg for arg in (*was.args, *was.kwonlyargs)} - {arg.arg for arg in (*is_.args, *is_.kwonlyargs)} - _ITSELF
    gone = {name for name in gone if not name.startswith("_")}
    if gone and is_.kwarg is None:
        return f"no longer takes {min(gone)}"
    if (len([name for name in names if not name.startswith("_")]) > len(others) and is_.vararg is None) or (was.vararg and not is_.vararg):
        return "takes fewer arguments"
    if was.kwarg and not is_.kwarg:
        return "takes no other names"
    if any(one != other and other in names for one, other in zip(names, others, strict=False)):
        return "takes its arguments in another order"
    given, given_now = _defaults(was), _defaults(is_)
    could = {*names, *(arg.arg for arg in was.kwonlyargs)} - given.keys()
    could |= {other for name, other in zip(names, others, strict=False) if name not in given}
    if needed := sorted({*others, *(arg.arg for arg in is_.kwonlyargs)} - given_now.keys() - could):
        return f"cannot do without {needed[0]}"
    changed = sorted(name for name in given.keys() & given_now.keys() if _are_others(given[name], given_now[name]))
    return f"has another default for {changed[0]}" if changed else ""


def _places(function: Def) -> list[ast.arg]:
    """Return the arguments that have a place, but for a method's own object, or class."""
    places = [*function.args.posonlyargs, *function.args.args]
    return places[1:] if places and places[0].arg in _ITSELF else places


def _are_others(one: ast.expr, other: ast.expr) -> bool:
    """Return whether two defaults are written down as values, and as different ones."""
    try:
        values = [ast.literal_eval(value) for value in (one, other)]
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    first, second = (list(value) if isinstance(value, tuple) else value for value in values)
    return bool(first != second)


def _defaults(args: ast.arguments) -> Mapping[str, ast.expr]:
    """Return the defaults by argument."""
    places = [*args.posonlyargs, *args.args]
    found = dict(zip([arg.arg for arg in places[len(places) - len(args.defaults) :]], args.defaults, strict=True))
    return found | {arg.arg: value for arg, value in zip(args.kwonlyargs, args.kw_defaults, strict=True) if value is not None}


def _is_public(name: str) -> bool:
    return not name.startswith("_") or (name.startswith("__") and name.endswith("__"))


def _names(module: ast.Module) -> set[str]:
    """Return all names that a module has, those that it imports among them."""
    found = set()
    for node in own(module):
        if isinstance(node, Definition):
            found.add(node.name)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            found.add(node.id)
        elif isinstance(node, ast.alias):
            found.add(node.asname or node.name.partition(".")[0])
    return found


def _defined(module: ast.Module) -> Mapping[str, ast.AST]:
    """Return the names of what a module makes itself, and where: what it imports it may need no longer."""
    found: dict[str, ast.AST] = {}
    for node in module.body:
        if isinstance(node, Definition):
            found.setdefault(node.name, node)
        for target in targets_of(node):
            stores = (part for part in ast.walk(target) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store))
            found |= {part.id: node for part in stores if part.id not in found}
    return found


def _classes(module: ast.Module) -> Mapping[str, ast.ClassDef]:
    return {node.name: node for node in module.body if isinstance(node, ast.ClassDef)}


def _members(kind: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> set[str]:
    """Return the names that a class and its objects have, and those that they have from classes of its module."""
    return set[str]().union(*(bound(one) | _given(one) | _generated(one) for one in lineage(kind, classes)))


def _generated(kind: ast.ClassDef) -> set[str]:
    """Return the methods that a class is given by what it is made with."""
    found = set[str]()
    if any(last_name(base) == "NamedTuple" for base in kind.bases):
        found |= {"__eq__", "__hash__", "__lt__", "__le__", "__gt__", "__ge__", "__repr__", "__iter__", "__len__", "__getitem__"}
    names = {last_name(part) for part in kind.decorator_list}
    found |= {"__eq__", "__hash__", "__repr__", "__init__"} if names & {"dataclass", "define", "frozen", "attrs"} else set()
    return found | ({"__lt__", "__le__", "__gt__", "__ge__"} if "total_ordering" in names else set())


def _given(kind: ast.ClassDef) -> set[str]:
    """Return the attributes that methods of a class give their object."""
    found = set()
    for method in (node for node in kind.body if isinstance(node, Def) and arguments(node)):
        me = arguments(method)[0].arg
        stores = (node for node in own(method) if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store))
        found |= {node.attr for node in stores if full_name(node) == f"{me}.{node.attr}"}
    return found


def _functions(module: ast.Module) -> Mapping[str, Def]:
    """Return the public functions of a module, and methods of its public classes, by name: those that are there once only."""
    found = [(node.name, node) for node in module.body if isinstance(node, Def)]
    for kind in _classes(module).values():
        found += [(f"{kind.name}.{node.name}", node) for node in kind.body if isinstance(node, Def) and _is_public(kind.name)]
    return {name: node for name, node in alone(found).items() if _is_public(node.name)}
