"""What functions keep in objects, their own and those that they are given: told from its syntax."""

from __future__ import annotations

import ast
import itertools
from collections import defaultdict
from typing import TYPE_CHECKING
from typing import NamedTuple

from ..syntax import Def
from ..syntax import Function
from ..syntax import everywhere
from ..syntax import last_name
from ..syntax import own
from ..syntax import root_names
from ..syntax import targets_of
from ..syntax import words
from .changing import aliases_of
from .changing import attributes_by_name
from .changing import changed_by
from .changing import handed_on
from .changing import other_names
from .tables import LAZY
from .tables import MAKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator

# What functions change of what they are given, by their names: places and names of arguments.
_Keeping = dict[str, frozenset[int | str]]
_OWN = -1  # the place of a method's own object

# Methods that make an object, or a class.
_MAKING_ONE = MAKING | words("__init_subclass__ __class_getitem__ __set_name__")


def on_objects(module: ast.Module) -> Iterator[tuple[ast.AST, str, str]]:
    """Yield what the methods of classes, but for those that make an object, keep in their own one: where, what, and the class.

    What a method keeps in one attribute is told once, also if another method does it for it.
    """
    functions = [node for node in everywhere(module) if isinstance(node, Def)]
    lazy = LAZY | {node.name for node in functions if any(isinstance(part, ast.Yield | ast.YieldFrom) for part in own(node))}
    keeping = _keeping(module)
    for kind in (node for node in everywhere(module) if isinstance(node, ast.ClassDef)):
        for method in _methods_of(kind):
            me = _arguments(method)[0].arg
            if method.name in _MAKING_ONE:
                yield from ((node, f"keeps an iterator in {kind.name}", kind.name) for node in _iterators_kept(method, me, lazy))
                continue
            told: dict[str, ast.AST] = {}
            for node, what in _kept(method, me, keeping):
                told.setdefault(what, node)
            yield from ((node, f"keeps state in {kind.name}{what}", kind.name) for what, node in told.items())


def _kept(method: Def, me: str, keeping: _Keeping) -> Iterator[tuple[ast.AST, str]]:
    """Yield where a method keeps something in its object, and in what of it. What is in a table of one's own is what that is for."""
    others, known = aliases_of(method, frozenset({me})), attributes_by_name(method, me)
    for change in _changes(ast.walk(method)):
        for changed in change.of(keeping):
            roots = root_names(changed)
            for name in roots & others:
                yield change.node, f".{known[name]}" if name in known else " under another name"
            if me not in roots:
                continue
            node = change.node
            attribute = _next_to(me, changed) if not isinstance(changed, ast.Name) else node.func if isinstance(node, ast.Call) else node
            if isinstance(attribute, ast.Attribute):
                yield node, f".{attribute.attr}"
            elif isinstance(attribute, ast.Name):
                yield node, f" by {attribute.id}"


def on_arguments(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield what functions change of their arguments, each of these once: objects may remember by them. A method's own is not meant."""
    methods, keeping = _ids_of_methods(module), _keeping(module)
    for function in everywhere(module):
        if isinstance(function, Function):
            touched = _touched(function, list(_changes(own(function))), keeping)
            for name in _names(function)[id(function) in methods :]:
                if name in touched:
                    yield touched[name], f"changes its argument {name}"


def _keeping(module: ast.Module) -> _Keeping:
    """Return by name what functions and methods change of what they are given, by themselves or by each other."""
    methods, keeping = _ids_of_methods(module), dict[str, frozenset[int | str]]()
    functions = [node for node in everywhere(module) if isinstance(node, Def) and node.name not in _MAKING_ONE]
    called = {function.name for function in functions}
    changes = {function: [one for one in _changes(own(function)) if one.itself or one.by in called] for function in functions}
    callers = defaultdict[str, dict[Def, None]](dict)
    for function, found in changes.items():
        for change in found:
            callers[change.by][function] = None
    todo = dict.fromkeys(function for function, found in changes.items() if found)
    while todo:
        function, _ = todo.popitem()
        touched = _touched(function, changes[function], keeping)
        # A method's own object is none of the arguments that are counted where it is called.
        places = [(at - (id(function) in methods), name) for at, name in enumerate(_names(function)) if name in touched]
        known = keeping.get(function.name, frozenset())
        keeping[function.name] = known.union(itertools.chain.from_iterable(places))
        if keeping[function.name] != known:
            todo.update(callers[function.name])
    return keeping


def _touched(function: Function, changes: Iterable[_Change], keeping: _Keeping) -> dict[str, ast.AST]:
    """Return what a function changes something of, by the names that it has there, each with where that is first."""
    found: dict[str, ast.AST] = {}
    others = other_names(function)
    for change in changes:
        for name in (name for part in change.of(keeping) for name in root_names(part)):
            for one in (name, *others.get(name, ())):
                found.setdefault(one, change.node)
    return found


class _Change(NamedTuple):
    """A node that changes ``itself`` something, or calls what may do so, by its name."""

    node: ast.AST
    itself: ast.expr | None
    by: str = ""

    def of(self, keeping: _Keeping) -> Iterator[ast.expr]:
        """Yield what is changed, as far as it is known what those change who are called."""
        if self.itself is not None:
            yield self.itself
        elif isinstance(self.node, ast.Call) and (places := keeping.get(self.by)) is not None:
            yield from (arg for at, arg in enumerate(self.node.args) if at in places or isinstance(arg, ast.Starred))
            yield from (keyword.value for keyword in self.node.keywords if keyword.arg is None or keyword.arg in places)
            if isinstance(self.node.func, ast.Attribute) and _OWN in places:
                yield self.node.func.value


def _changes(nodes: Iterable[ast.AST]) -> Iterator[_Change]:
    """Yield what changes something, itself or by a call."""
    for node in nodes:
        if (changed := _grown(node) or changed_by(node)) is not None:
            yield _Change(node, changed)
        elif isinstance(node, ast.Call):
            yield _Change(node, None, last_name(node.func))


def _grown(node: ast.AST) -> ast.expr | None:
    """Return what a node adds a list, a dictionary or a set to, or takes a changing method of."""
    if isinstance(node, ast.AugAssign):
        return node.target if isinstance(node.value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp) else None
    return handed_on(node)


def _names(function: Function) -> list[str]:
    """Return the names of a function's arguments, in their order; what it is given by other names is new."""
    return [arg.arg for arg in (*_arguments(function), *function.args.kwonlyargs, function.args.vararg) if arg is not None]


def _ids_of_methods(module: ast.Module) -> frozenset[int]:
    return frozenset(id(method) for node in everywhere(module) if isinstance(node, ast.ClassDef) for method in _methods_of(node))


def _arguments(function: Function) -> list[ast.arg]:
    return [*function.args.posonlyargs, *function.args.args]


def _methods_of(kind: ast.ClassDef) -> Iterator[Def]:
    """Yield the methods of a class whose first argument is the object, or the class."""
    for method in kind.body:
        if not isinstance(method, Def) or not _arguments(method):
            continue
        if not any(last_name(decorator) == "staticmethod" for decorator in method.decorator_list):
            yield method


def _iterators_kept(method: Def, me: str, lazy: frozenset[str]) -> Iterator[ast.AST]:
    """Yield where an object is given what works only when something is taken of it, and may go on for ever with what it has found.

    ``lazy`` are the functions that return such.
    """
    for node in own(method):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            works_later = isinstance(node.value, ast.GeneratorExp) or last_name(node.value) in lazy
            if works_later and any(me in root_names(target) for target in targets_of(node)):
                yield node


def _next_to(name: str, node: ast.AST) -> ast.AST | None:
    """Return the part of an expression that is taken of a name: of `a.b[c].d` that is `a.b`."""
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Attribute | ast.Subscript))
    return next((part for part in parts if isinstance(part.value, ast.Name) and part.value.id == name), None)
