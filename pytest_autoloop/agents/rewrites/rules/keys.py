"""Key functions written in C instead of lambdas."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import expression
from ..rule import Rule
from ..tree import is_name
from ..tree import walk
from ..vocabulary import STR_TO_STR
from ..vocabulary import words

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

_TAKES_KEY = words("sorted min max sort groupby nlargest nsmallest insort bisect bisect_left bisect_right")


class KeyFunction(Rule):
    """Sort and group by a function written in C.

    Before: ``key=lambda pair: pair[1]``. After: ``key=itemgetter(1)``; ``attrgetter("name")`` for an attribute, both of them for several,
    ``d.__getitem__`` for ``d[x]``, and ``f`` for ``f(x)`` where ``f`` is Python's own.
    """

    name = "key-function"
    summary = "Use a key function written in C"
    priority = 56
    saves = "calls"
    needs = (cst.Lambda,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the lambdas that are keys."""
        for node in function.all(cst.Lambda):
            arg = function.parents[node]
            if not isinstance(arg, cst.Arg) or arg.keyword is None or arg.keyword.value != "key":
                continue
            call = function.parents[arg]
            func = call.func if isinstance(call, cst.Call) else None
            name = func.attr.value if isinstance(func, cst.Attribute) else func.value if isinstance(func, cst.Name) else ""
            params = node.params.params
            if name not in _TAKES_KEY or len(params) != 1 or params[0].default is not None or _has_other_params(node.params):
                continue
            made = _key(function, edit, node.body, params[0].name.value, call)
            if made is not None:
                edit.replace(node, made)


def _has_other_params(params: cst.Parameters) -> bool:
    return bool(params.posonly_params or params.kwonly_params or params.star_kwarg) or isinstance(params.star_arg, cst.Param)


def _key(function: Function, edit: Edit, body: cst.BaseExpression, param: str, call: cst.CSTNode) -> cst.BaseExpression | None:
    parts = [element.value for element in body.elements] if isinstance(body, cst.Tuple) and len(body.elements) > 1 else [body]
    items = [_item(part, param) for part in parts]
    if all(item is not None for item in items):
        return _getter(edit, "itemgetter", [item for item in items if item is not None])
    attributes = [_attribute(part, param) for part in parts]
    if all(attribute is not None for attribute in attributes):
        return _getter(edit, "attrgetter", [cst.SimpleString(f'"{attribute}"') for attribute in attributes])
    return _plain_function(function, body, param, call)


def _getter(edit: Edit, name: str, args: list[cst.BaseExpression]) -> cst.BaseExpression | None:
    getter = edit.imported("operator", name)
    return cst.Call(getter, [cst.Arg(arg) for arg in args]) if getter is not None else None


def _item(node: cst.BaseExpression, param: str) -> cst.BaseExpression | None:
    """Return the constant in ``param[constant]``."""
    if not isinstance(node, cst.Subscript) or not is_name(node.value, param) or len(node.slice) != 1:
        return None
    index = node.slice[0].slice
    if not isinstance(index, cst.Index):
        return None
    negative = isinstance(index.value, cst.UnaryOperation) and isinstance(index.value.operator, cst.Minus)
    number = index.value.expression if negative and isinstance(index.value, cst.UnaryOperation) else index.value
    return index.value if isinstance(number, (cst.Integer, cst.SimpleString)) else None


def _attribute(node: cst.BaseExpression, param: str) -> str | None:
    """Return the dotted name in ``param.a.b``; names that classes mangle are left alone."""
    names: list[str] = []
    while isinstance(node, cst.Attribute):
        names.insert(0, node.attr.value)
        node = node.value
    mangled = any(name.startswith("__") and not name.endswith("__") for name in names)
    return ".".join(names) if names and is_name(node, param) and not mangled else None


def _plain_function(function: Function, body: cst.BaseExpression, param: str, call: cst.CSTNode) -> cst.BaseExpression | None:
    if isinstance(body, cst.Call) and len(body.args) == 1 and is_name(body.args[0].value, param) and not body.args[0].star:
        # Only what is Python's own: anything else may be bound again before it is called.
        builtin = isinstance(body.func, cst.Name) and function.is_builtin(body.func.value) and body.args[0].keyword is None
        return body.func if builtin else None
    if isinstance(body, cst.Subscript) and isinstance(body.value, cst.Name) and len(body.slice) == 1:
        index = body.slice[0].slice
        plain = isinstance(index, cst.Index) and is_name(index.value, param) and function.kinds.is_a(body.value, "dict", "list")
        return expression("D.__getitem__", D=body.value) if plain and body.value.value != param else None
    if isinstance(body, cst.Call) and not body.args and isinstance(body.func, cst.Attribute) and is_name(body.func.value, param):
        method = body.func.attr.value
        first = call.args[0].value if isinstance(call, cst.Call) and call.args else None
        if method in STR_TO_STR and first is not None and not any(isinstance(part, cst.Lambda) for part in walk(first)):
            items = function.kinds.items(first)
            return cst.parse_expression(f"str.{method}") if items is not None and items.name == "str" else None
    return None
