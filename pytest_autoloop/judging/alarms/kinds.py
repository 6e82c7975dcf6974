"""Looks at types, and which of them leave subclasses out: what tests of plain data do not tell. Told from both sides' syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..syntax import everywhere
from ..syntax import last_name
from ..syntax import outermost
from ..syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

# Who asks for one of these asks for what is derived from others.
_ABSTRACT = words("Mapping MutableMapping Sequence MutableSequence Set MutableSet Iterable Collection Number Real Integral Rational")


def types_asked(look: ast.Call) -> list[ast.expr]:
    """Return the types that `isinstance` asks for: `(int, str)` and `int | str` are two."""
    return [part for asked in look.args[1:2] for part in _each(asked)]


def subclasses_left_out(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where a type is asked for by `type` of which objects of subclasses were as well, by `isinstance`.

    A function that asks for an abstract type besides may well mean all that is of it.
    """
    gone, same = _asked(before) - _asked(after), _same(before)
    for function in outermost(after):
        if _ABSTRACT.isdisjoint(_asked(function)):
            found = _same(function)
            yield from ((found[name], f"leaves out subclasses of {name}") for name in sorted(found.keys() & gone - same.keys()))


def _each(asked: ast.expr) -> Iterator[ast.expr]:
    """Yield the types that an expression names, one by one."""
    todo = [asked]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Tuple | ast.Set | ast.List):
            todo += part.elts
        elif isinstance(part, ast.BinOp):
            todo += [part.left, part.right]
        else:
            yield part


def _asked(node: ast.AST) -> frozenset[str]:
    """Return the names of the types that are asked for with their subclasses."""
    looks = (part for part in everywhere(node) if isinstance(part, ast.Call) and last_name(part.func) == "isinstance")
    return frozenset(last_name(kind) for look in looks for kind in types_asked(look))


def _same(node: ast.AST) -> Mapping[str, ast.AST]:
    """Return by name the types that are asked for alone, and where: ``type(x) is dict``, ``type(x) in (list, dict)``."""
    found: dict[str, ast.AST] = {}
    for one in (part for part in everywhere(node) if isinstance(part, ast.Compare)):
        parts = [one.left, *one.comparators]
        if any(map(_is_type_of, parts)):
            found |= {last_name(kind): one for part in parts for kind in _each(part) if isinstance(kind, ast.Name | ast.Attribute)}
    return found


def _is_type_of(node: ast.expr) -> bool:
    """Return whether an expression is the type of something: `type(x)`, `x.__class__`."""
    called = isinstance(node, ast.Call) and last_name(node.func) == "type" and len(node.args) == 1
    return called or (isinstance(node, ast.Attribute) and node.attr == "__class__")
