"""Strings put together from parts, in one go."""

from __future__ import annotations

import string
from typing import TYPE_CHECKING

import libcst as cst

from ..rule import Rule
from ..tree import code
from ..tree import is_name
from ..tree import walk
from ..vocabulary import STR_TO_STR

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

# Fewer parts are put together as fast by adding them.
FEWEST = 3


class FormatString(Rule):
    """Write a call of format() as an f-string.

    Before: ``"{}: {:.2f}".format(name, value)``. After: ``f"{name}: {value:.2f}"``, which formats the same values in the same way. Only
    plain fields and simple arguments, each used once and in order.
    """

    name = "format-string"
    summary = "Format by an f-string"
    priority = 42
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the calls of format() on a literal."""
        for call in function.all(cst.Call):
            func = call.func
            if not isinstance(func, cst.Attribute) or func.attr.value != "format" or not isinstance(func.value, cst.SimpleString):
                continue
            made = _as_fstring(func.value, call)
            if made is not None:
                edit.replace(call, made)


def _as_fstring(text: cst.SimpleString, call: cst.Call) -> cst.BaseExpression | None:
    if text.prefix.lower() not in ("", "r") or "\\N" in text.raw_value or any(arg.star or arg.keyword is not None for arg in call.args):
        return None
    try:
        fields = list(string.Formatter().parse(text.raw_value))
    except ValueError:
        return None
    names = [name for _, name, _, _ in fields if name is not None]
    if any(names) or len(names) != len(call.args):
        return None
    args = iter(call.args)
    parts = []
    for literal, name, spec, conversion in fields:
        parts.append(_escaped(literal))
        if name is not None:
            value = _embedded(next(args).value, text.quote)
            if value is None or "{" in (spec or ""):
                return None
            parts.append(f"{{{value}{f'!{conversion}' if conversion else ''}{f':{spec}' if spec else ''}}}")
    return _parsed(f"f{text.prefix}{text.quote}{''.join(parts)}{text.quote}")


def _escaped(literal: str) -> str:
    return literal.replace("{", "{{").replace("}", "}}")


def _parsed(source: str) -> cst.BaseExpression | None:
    try:
        return cst.parse_expression(source)
    except cst.ParserSyntaxError:
        return None


def _embedded(node: cst.BaseExpression, quote: str) -> str | None:
    """Return an expression's source if it may stand in an f-string, in versions of Python that allow little there."""
    if any(
        isinstance(part, (cst.Lambda, cst.NamedExpr, cst.Yield, cst.Await, cst.FormattedString, cst.Dict, cst.Set)) for part in walk(node)
    ):
        return None
    source = code(node)
    return None if any(sign in source for sign in (quote[0], "\\", "\n", "#", "{", "}", "!")) else source


class ConcatenatedString(Rule):
    """Write a sum of strings as an f-string.

    Before: ``"<" + str(x) + ">"``. After: ``f"<{x!s}>"``. Only where every summand is known to be a string itself, not just to be annotated
    as one: what else could be added may be formatted differently.
    """

    name = "concatenated-string"
    summary = "Put a string together by an f-string"
    priority = 41
    needs = (cst.BinaryOperation,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the sums of at least three strings."""
        for top in function.all(cst.BinaryOperation):
            parent = function.parents[top]
            if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Add) and parent.left is top and not top.lpar:
                continue
            operands = _summands(top)
            literals = [part for part in operands if isinstance(part, cst.SimpleString)]
            if (
                len(operands) < FEWEST
                or not literals
                or len({part.quote for part in literals}) != 1
                or any(part.prefix for part in literals)
            ):
                continue
            if len(literals[0].quote) != 1 or len(literals) == len(operands):
                continue
            parts = [_part(function, operand, literals[0].quote) for operand in operands]
            made = _parsed(f"f{literals[0].quote}{''.join(map(str, parts))}{literals[0].quote}") if None not in parts else None
            if made is not None:
                edit.replace(top, made)


def _summands(node: cst.BaseExpression) -> list[cst.BaseExpression]:
    found: list[cst.BaseExpression] = []
    while isinstance(node, cst.BinaryOperation) and isinstance(node.operator, cst.Add) and (not node.lpar or not found):
        found.insert(0, node.right)
        node = node.left
    return [node, *found]


def _part(function: Function, node: cst.BaseExpression, quote: str) -> str | None:
    """Return a summand as it stands in an f-string, or None where it may be no string."""
    if isinstance(node, cst.SimpleString):
        return None if "\\N" in node.raw_value else _escaped(node.raw_value)
    if (
        isinstance(node, cst.Call)
        and is_name(node.func, "str")
        and len(node.args) == 1
        and not node.args[0].star
        and node.args[0].keyword is None
    ):
        value = _embedded(node.args[0].value, quote)
        return f"{{{value}!s}}" if value is not None else None
    value = _embedded(node, quote) if is_exactly_str(function, node) else None
    return f"{{{value}}}" if value is not None else None


def is_exactly_str(function: Function, node: cst.BaseExpression, depth: int = 3) -> bool:
    """Whether an expression is a ``str`` and of no class derived from it, by what computes it."""
    if isinstance(node, (cst.SimpleString, cst.FormattedString)):
        return function.kinds.is_a(node, "str")
    if isinstance(node, cst.Call):
        method = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
        return function.kinds.is_a(node, "str") and (method in STR_TO_STR or is_name(node.func, "repr") or is_name(node.func, "chr"))
    if not isinstance(node, cst.Name) or not depth or node.value in function.names.params or not function.owns(node):
        return False
    values = [function.effects.bound_value(use.node) for use in function.stores(node.value)]
    return bool(values) and all(value is not None and is_exactly_str(function, value, depth - 1) for value in values)
