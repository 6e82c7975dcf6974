"""Copies that a patch has dropped, and results that come all at once: told from the syntax of both sides.

What was an object's own, or its caller's, is shared from then on. What results of measured calls share is told by looking; what a
constructor keeps, or a method hands out that no benchmark calls, is not.
"""

from __future__ import annotations

import ast
from collections import Counter
from typing import TYPE_CHECKING

from ..syntax import COMPREHENSIONS
from ..syntax import Function
from ..syntax import arguments
from ..syntax import bound
from ..syntax import full_name
from ..syntax import functions
from ..syntax import last_name
from ..syntax import own
from ..syntax import root_names
from ..syntax import targets_of
from .changing import changed_by
from .tables import CHANGING
from .tables import COPYING
from .tables import LAZY
from .tables import MAKING

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator
    from collections.abc import Mapping

_ITSELF, _COPY, _DEEP = range(3)
_ITERABLE = frozenset({"Iterable", "Iterator", "Generator", "AsyncIterable", "AsyncIterator"})
_LOOKING = frozenset({"isinstance", "type", "id", "hasattr", "getattr", "callable", "bool", "repr"})
_VIEWS = frozenset({"items", "keys", "values"})
_PARTS = ast.List | ast.Tuple | ast.Set
Kept = tuple[str, str]


def dropped_copies(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where a function keeps or hands out something itself, or less deep a copy, of which there was a copy before."""
    was, is_ = _kept(before), _kept(after)
    for place, (depth, node) in is_.items():
        if place in was and depth < was[place][0]:
            yield node, f"{'a deep copy' if was[place][0] == _DEEP else 'a copy'} of {place[1]} was removed, and all tests still pass"


def no_longer_lazy(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the public functions that gave their results one by one and now work all of them out first."""
    lazy = {name for name, function in _by_name(before) if _is_lazy(function)}
    still = {name for name, function in _by_name(after) if _is_lazy(function)}
    known = {name for name, _ in _by_name(after)} - still
    for name, function in _by_name(after):
        if name in lazy - still and not name.startswith("_") and _is_eager(function, known):
            yield function, f"{name} gave its results one by one, and works all of them out first now"


def no_longer_exchanged(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where an object's attribute is changed in its place that was given anew as a whole, and that others may be going through."""
    for kind in (node for node in after.body if isinstance(node, ast.ClassDef)):
        for was in (node for node in before.body if isinstance(node, ast.ClassDef) and node.name == kind.name):
            old, new = _changes(was), _changes(kind)
            shown = {name for method in _methods(kind) for name in _gone_through(method)}
            for name in (_exchanged(was) - old.keys()) & new.keys() & shown:
                yield new[name], f"{kind.name}.{name} is changed in its place, while others may go through it; it was exchanged as a whole"


def _methods(kind: ast.ClassDef) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    """Yield the methods of a class that do not make its object, each with what it calls that."""
    methods = (node for node in kind.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and arguments(node))
    return ((arguments(method)[0].arg, method) for method in methods if method.name not in MAKING)


def _exchanged(kind: ast.ClassDef) -> set[str]:
    """Return the attributes in whose place methods put something else, once the object is made."""
    names = (full_name(target).partition(f"{me}.") for me, method in _methods(kind) for node in own(method) for target in targets_of(node))
    return {name for before, _, name in names if not before and name}


def _changes(kind: ast.ClassDef) -> Mapping[str, ast.AST]:
    """Return the attributes that methods change something of in its place, and where."""
    found: dict[str, ast.AST] = {}
    for me, method in _methods(kind):
        for node in own(method):
            changed = changed_by(node)
            name = full_name(changed) if changed is not None else ""
            if name.startswith(f"{me}."):
                found.setdefault(name.removeprefix(f"{me}."), node)
    return found


def _gone_through(of: tuple[str, Function]) -> Iterator[str]:
    """Yield the attributes that a method hands out, or goes through while it calls others or gives its results one by one."""
    me, method = of
    bit_by_bit = any(isinstance(node, ast.Yield | ast.YieldFrom) for node in own(method))
    for node in own(method):
        parts: list[ast.expr] = []
        if isinstance(node, ast.Return) and node.value is not None:
            parts = [node.value]
        elif isinstance(node, ast.For | ast.AsyncFor) and (bit_by_bit or _calls_its(node.target, *node.body)):
            parts = [node.iter]
        elif isinstance(node, COMPREHENSIONS) and any(_calls_its(part.target, node) for part in node.generators):
            parts = [part.iter for part in node.generators]
        yield from (name.removeprefix(f"{me}.") for part in parts if (name := _named(part)).startswith(f"{me}."))


def _calls_its(target: ast.expr, *nodes: ast.AST) -> bool:
    """Return whether what is gone through is called, or a method of it is for what it does: such may lead anywhere."""
    names = {part.id for part in ast.walk(target) if isinstance(part, ast.Name)}
    parts = [part for node in nodes for part in ast.walk(node)]
    calls = [part for part in parts if isinstance(part, ast.Call) and isinstance(part.func, ast.Name)]
    calls += [part.value for part in parts if isinstance(part, ast.Expr | ast.Await) and isinstance(part.value, ast.Call)]
    return any(not names.isdisjoint(root_names(call.func)) for call in calls)


def gone_through_twice(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the arguments that may be iterators, as they are annotated, and that a function now goes through more than once."""
    once = {(name, arg) for name, function in _by_name(before) for arg in _iterable(function) if _passes(function, arg) <= 1}
    for name, function in _by_name(after):
        for arg in _iterable(function):
            if (name, arg) in once and _passes(function, arg) > 1:
                yield function, f"{name} goes through {arg} more than once, which an iterator does not allow"


def _iterable(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[str]:
    """Yield the arguments of a function that may be iterators, as long as they are not given another value there."""
    stored = {node.id for node in own(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for arg in arguments(function):
        names = {last_name(node) for node in ast.walk(arg.annotation)} if arg.annotation is not None else set()
        if names & _ITERABLE and arg.arg not in stored:
            yield arg.arg


def _passes(function: Function, arg: str) -> int:
    """Return in how many places a function goes through an argument, or hands it to something that does."""
    found = 0
    for node in own(function):
        gone = [node.iter] if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension) else []
        gone += [*node.args] if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in _LOOKING) else []
        gone += [node.value] if isinstance(node, ast.Starred) else []
        found += sum(isinstance(part, ast.Name) and part.id == arg for part in gone)
    return found


def _by_name(module: ast.Module) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    return ((function.name, function) for function in functions(module))


def _is_lazy(function: Function) -> bool:
    for node in own(function):
        if isinstance(node, ast.Yield | ast.YieldFrom):
            return True
        if isinstance(node, ast.Return) and (isinstance(node.value, ast.GeneratorExp) or last_name(node.value) in LAZY):
            # Of a list that is made there nothing is left to be worked out.
            made = node.value.args[0] if isinstance(node.value, ast.Call) and node.value.args else None
            whole = isinstance(made, ast.List | ast.ListComp | ast.Tuple) or (isinstance(made, ast.Call) and last_name(made) not in LAZY)
            return last_name(node.value) != "iter" or not whole
    return False


def _is_eager(function: Function, known: Container[str]) -> bool:
    """Return whether a function may return something that is there as a whole; ``known`` are functions that give nothing out bit by bit."""
    given, returned = _given_once(function), [node.value for node in own(function) if isinstance(node, ast.Return)]
    values = [given.get(value.id, value) if isinstance(value, ast.Name) else value for value in returned if value is not None]
    # What comes of other functions nobody knows.
    return not returned or not all(isinstance(value, ast.Call) and not _is_whole(last_name(value), known) for value in values)


def _is_whole(made_by: str, known: Container[str]) -> bool:
    """Return whether a function, by its name, returns something that is there as a whole, or goes through such: `iter`."""
    return made_by in COPYING or made_by == "iter" or made_by in known


def _kept(module: ast.Module) -> Mapping[Kept, tuple[int, ast.AST]]:
    """Return by function, and by what it keeps in an attribute or a table or hands out, how deep a copy that is at least, and where."""
    found: dict[Kept, tuple[int, ast.AST]] = {}
    for _, function in _by_name(module):
        given = {arg.arg for arg in arguments(function)}
        made = bound(function) - given
        local = _given_once(function)
        for node, value in _values(function):
            name, depth = _copied(local.get(value.id, value) if isinstance(value, ast.Name) else value)
            # What a function has made itself nobody else has, but for what is in it.
            if name and name.partition(".")[0] not in made:
                place = (function.name, name)
                if place not in found or depth < found[place][0]:
                    found[place] = (depth, node)
    return found


def _given_once(function: Function) -> Mapping[str, ast.expr]:
    """Return what variables stand for that are given something once."""
    given = [
        node for node in own(function) if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name)
    ]
    names = Counter(node.id for node in own(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))
    return {name: node.value for node in given if names[name := last_name(node.targets[0])] == 1}


def _values(function: Function) -> Iterator[tuple[ast.AST, ast.expr]]:
    """Yield what a function keeps in an attribute or a table, adds to one, returns or yields; of a choice or a tuple, each part."""
    for node in own(function):
        if isinstance(node, ast.For | ast.AsyncFor) and "." in _copied(node.iter)[0] and _has_effects(node):
            # Whoever is called may change what an object has.
            yield node, node.iter
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
            yield from ((node, part) for part in node.args)
        kept = isinstance(node, ast.Return | ast.Yield)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            kept = any(isinstance(target, ast.Attribute | ast.Subscript) for target in targets_of(node))
        value = getattr(node, "value", None) if kept else None
        todo = [value] if isinstance(value, ast.expr) else []
        while todo:
            part = todo.pop()
            if isinstance(part, ast.IfExp):
                todo += [part.body, part.orelse]
            elif isinstance(part, ast.BoolOp):
                todo += part.values
            elif isinstance(part, ast.Tuple) and not any(isinstance(inner, ast.Starred) for inner in part.elts):
                todo += part.elts
            else:
                yield node, part


def _has_effects(loop: ast.For | ast.AsyncFor) -> bool:
    """Return whether a loop calls something for what it does, other than filling a table."""
    calls = [node.value for node in ast.walk(loop) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)]
    return any(isinstance(call, ast.Await) or last_name(call.func) not in CHANGING for call in calls)


def _copied(value: ast.expr) -> tuple[str, int]:
    """Return the name of what a value is or is a copy of, and which of both."""
    if name := _named(value):
        return name, _ITSELF
    if isinstance(value, ast.Call):
        made = last_name(value.func)
        if made == "deepcopy" and value.args:
            return _named(value.args[0]), _DEEP
        if made == "copy" and isinstance(value.func, ast.Attribute) and not value.args:
            return _named(value.func.value), _COPY
        if made == "tolist" and isinstance(value.func, ast.Attribute) and isinstance(value.func.value, ast.Call):
            made, value = "list", value.func.value
        if made in COPYING and len(value.args) == 1:
            return _named(value.args[0]), _COPY
    elif isinstance(value, ast.Subscript) and isinstance(value.slice, ast.Slice) and value.slice.lower is value.slice.upper is None:
        return _named(value.value), _COPY
    elif isinstance(value, _PARTS) and len(value.elts) == 1 and isinstance(value.elts[0], ast.Starred):
        return _named(value.elts[0].value), _COPY
    elif isinstance(value, ast.ListComp | ast.SetComp | ast.DictComp) and len(value.generators) == 1:
        # `{name: row for name, row in rows.items()}` has the same rows.
        part = value.value if isinstance(value, ast.DictComp) else value.elt
        taken = value.generators[0].iter
        taken = taken.func.value if isinstance(taken, ast.Call) and isinstance(taken.func, ast.Attribute) else taken
        if isinstance(part, ast.Name):
            return full_name(taken), _COPY
    elif isinstance(value, ast.Dict) and value.keys == [None]:
        return full_name(value.values[0]), _COPY
    return "", _ITSELF


def _named(value: ast.expr) -> str:
    """Return the name of what a value is, or is a view of, or of the table that it is looked up in."""
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr in _VIEWS and not value.args:
        return full_name(value.func.value)
    if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute) and value.func.attr == "get":
        name = full_name(value.func.value)
        return f"{name}.get()" if name else ""
    return full_name(value)
