"""What functions keep in objects, their own and those that they are given: told from its syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .changing import aliases_of
from .changing import changed_by
from .changing import handed_on
from .syntax import Function
from .syntax import last_name
from .syntax import own
from .syntax import root_name
from .syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator

# Methods that make an object.
_MAKING_ONE = words("__init__ __new__ __post_init__ __setstate__ __init_subclass__ __class_getitem__ __set_name__")
# What is worked out only when it is asked for.
_LAZY = words(
    "iter map filter zip enumerate cycle tee chain from_iterable starmap accumulate islice groupby takewhile dropwhile filterfalse"
)


def on_objects(module: ast.Module) -> Iterator[tuple[ast.AST, str, str]]:
    """Yield what the methods of classes, but for those that make an object, keep in their own one: where, what, and the class."""
    for kind in (node for node in ast.walk(module) if isinstance(node, ast.ClassDef)):
        for method in _methods_of(kind):
            me = method.args.args[0].arg
            if method.name in _MAKING_ONE:
                yield from ((node, f"keeps an iterator in {kind.name}", kind.name) for node in _iterators_kept(method, me))
                continue
            others = aliases_of(method, frozenset({me}))
            for node in ast.walk(method):
                changed = changed_by(node) or handed_on(node)
                if changed is not None and root_name(changed) in others:
                    yield node, f"keeps state in {kind.name} under another name", kind.name
                if changed is None or root_name(changed) != me:
                    continue
                attribute = node if isinstance(changed, ast.Name) else _next_to(me, changed)
                if isinstance(attribute, ast.Attribute):
                    yield node, f"keeps state in {kind.name}.{attribute.attr}", kind.name


def on_arguments(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield what functions change of their arguments, each of these once: objects may remember by them. A method's own is not meant."""
    methods = {id(method) for node in ast.walk(module) if isinstance(node, ast.ClassDef) for method in _methods_of(node)}
    for node in ast.walk(module):
        if isinstance(node, Function):
            yield from ((part, f"changes its argument {name}") for part, name in _given(node, is_method=id(node) in methods))


def _given(function: Function, *, is_method: bool) -> Iterator[tuple[ast.AST, str]]:
    listed = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs, function.args.vararg]
    names = frozenset(arg.arg for arg in listed[is_method:] if arg is not None)
    for name in names:
        others = aliases_of(function, frozenset({name})) | {name}
        changing = (
            node for node in own(function) if (changed := _grown(node) or changed_by(node)) is not None and root_name(changed) in others
        )
        if (first := next(changing, None)) is not None:
            yield first, name


def _grown(node: ast.AST) -> ast.expr | None:
    """Return what a node adds a list, a dictionary or a set to, or takes a changing method of."""
    if isinstance(node, ast.AugAssign):
        return node.target if isinstance(node.value, ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp) else None
    return handed_on(node)


def _methods_of(kind: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the methods of a class whose first argument is the object, or the class."""
    for method in kind.body:
        if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) or not method.args.args:
            continue
        if not any(last_name(decorator) == "staticmethod" for decorator in method.decorator_list):
            yield method


def _iterators_kept(method: ast.FunctionDef | ast.AsyncFunctionDef, me: str) -> Iterator[ast.AST]:
    """Yield where an object is given what works only when something is taken of it, and may go on for ever with what it has found."""
    for node in own(method):
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            lazy = isinstance(node.value, ast.GeneratorExp) or last_name(node.value) in _LAZY
            if lazy and any(root_name(target) == me for target in targets):
                yield node


def _next_to(name: str, node: ast.AST) -> ast.AST | None:
    """Return the part of an expression that is taken of a name: of `a.b[c].d` that is `a.b`."""
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Attribute | ast.Subscript))
    return next((part for part in parts if isinstance(part.value, ast.Name) and part.value.id == name), None)
