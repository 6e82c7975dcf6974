"""Regular expressions: compiled once, not looked up in each call."""

from __future__ import annotations

import re
import warnings
from typing import TYPE_CHECKING

import libcst as cst

from ..rule import Rule
from ..tree import code
from ..tree import is_constant
from ..tree import literal
from ..tree import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..edit import Edit
    from ..function import Function

# Where the functions of the module take the flags that the method of a pattern doesn't, counted from the left.
_FLAGS_AT = {"match": 2, "fullmatch": 2, "search": 2, "findall": 2, "finditer": 2, "split": 3, "sub": 4, "subn": 4}


class CompiledPattern(Rule):
    """Compile a constant pattern at the top of the module.

    Before: ``re.sub(" +", " ", text)``. After: ``_CLEAN_PATTERN.sub(" ", text)``.
    Also ``re.compile`` of a constant within the function. Only patterns that compile without a warning are moved.
    """

    name = "compiled-pattern"
    summary = "Compile a regular expression once"
    priority = 70
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the calls of the module ``re`` that have a constant pattern."""
        for call in function.all(cst.Call):
            func = call.func
            if not isinstance(func, cst.Attribute) or function.effects.module_of(func.value) != "re":
                continue
            method = func.attr.value
            parts = _split_arguments(call, 1 if method == "compile" else _FLAGS_AT.get(method, 0))
            if parts is None or not _compiles(parts[0], parts[1], func.value):
                continue
            pattern, flags, rest = parts
            args = [cst.Arg(pattern), cst.Arg(flags)] if flags is not None else [cst.Arg(pattern)]
            name = edit.constant("PATTERN", cst.Call(cst.Attribute(func.value, cst.Name("compile")), args))
            if method == "compile":
                edit.replace(call, name)
            else:
                edit.rewrite(call, _method_call(name, func.attr, [call.args.index(arg) for arg in rest]))


def _method_call(pattern: cst.Name, method: cst.Name, places: list[int]) -> Callable[[cst.CSTNode], cst.CSTNode]:
    def change(node: cst.CSTNode) -> cst.CSTNode:
        assert isinstance(node, cst.Call)
        args = [node.args[place] for place in places]
        if args and places[-1] != len(node.args) - 1:
            args[-1] = args[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
        return node.with_changes(func=cst.Attribute(pattern, method), args=args)

    return change


def _split_arguments(call: cst.Call, flags_at: int) -> tuple[cst.BaseExpression, cst.BaseExpression | None, list[cst.Arg]] | None:
    """Return the pattern, the flags and the other arguments of a call, or None where the pattern is no constant."""
    if not flags_at or not call.args or any(arg.star for arg in call.args):
        return None
    pattern, *others = call.args
    if pattern.keyword is not None or not is_constant(pattern.value) or not isinstance(literal(pattern.value), (str, bytes)):
        return None
    flags: cst.BaseExpression | None = None
    rest = []
    for place, arg in enumerate(others, 1):
        if (arg.keyword is None and place == flags_at) or (arg.keyword is not None and arg.keyword.value == "flags"):
            flags = arg.value
        else:
            rest.append(arg)
    return pattern.value, flags, rest


def _compiles(pattern: cst.BaseExpression, flags: cst.BaseExpression | None, module: cst.BaseExpression) -> bool:
    """Whether a pattern and its flags are constant and sound."""
    value = 0
    for node in walk(flags) if flags is not None else ():
        if isinstance(node, cst.Attribute) and code(node.value) == code(module):
            value |= getattr(re, node.attr.value, re.DEBUG)
        elif not isinstance(node, (cst.Name, cst.BinaryOperation, cst.BitOr)):
            return False
    if isinstance(flags, cst.Name) or value & re.DEBUG:
        return False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            re.compile(literal(pattern), value)  # type: ignore[call-overload]
    except (re.error, ValueError, Warning, OverflowError, RecursionError):
        return False
    return True
