"""Copies that nobody needs, and containers built by detours."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..rule import Rule
from ..tree import is_constant
from ..tree import is_name
from ..tree import walk
from ..vocabulary import words

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

# What takes any iterable, and goes through all of it at once.
_CONSUMERS = words("list tuple set frozenset sorted sum min max")
_COPIERS = words("list tuple")
_UNFIT = (cst.Await, cst.Yield, cst.NamedExpr)


def _called(node: cst.CSTNode) -> str:
    return node.func.value if isinstance(node, cst.Call) and isinstance(node.func, cst.Name) else ""


def _only_argument(node: cst.CSTNode) -> cst.BaseExpression | None:
    """Return the argument of a call that has just one."""
    if not isinstance(node, cst.Call) or len(node.args) != 1 or node.args[0].star or node.args[0].keyword is not None:
        return None
    return node.args[0].value


class NeedlessCopy(Rule):
    """Leave out a copy that is used up at once.

    Before: ``sorted(list(xs))``, ``list(sorted(xs))``, ``set([x for x in xs])``, ``for x in list(xs)``. After: ``sorted(xs)``,
    ``sorted(xs)``, ``{x for x in xs}``, ``for x in xs``. A loop over a copy loses it only if the loop neither changes the known container
    nor runs anything that could.
    """

    name = "needless-copy"
    summary = "Leave out a needless copy"
    priority = 47
    saves = "calls"
    needs = (cst.Call, cst.For)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the copies, the outermost first."""
        done: list[cst.CSTNode] = []
        for call in function.all(cst.Call):
            made = None if any(function.inside(call, other) for other in done) else _without_copy(call)
            if made is not None:
                edit.replace(call, made)
                done.append(call)
        for loop in function.all(cst.For):
            copied = _only_argument(loop.iter) if _called(loop.iter) in _COPIERS else None
            if not isinstance(copied, cst.Name) or not function.kinds.is_a(copied, "list", "tuple", "set", "dict") or loop.iter in done:
                continue
            if function.effects.untouched(copied.value, loop.body, strictly=True) and function.is_plain(copied.value):
                edit.replace(loop.iter, copied)


def _without_copy(call: cst.Call) -> cst.BaseExpression | None:
    outer, inner = _called(call), _only_argument(call)
    if outer == "list" and inner is not None and (_called(inner) == "sorted" or isinstance(inner, cst.ListComp)):
        return inner
    if outer == "set" and isinstance(inner, (cst.ListComp, cst.GeneratorExp)):
        return cst.SetComp(elt=inner.elt, for_in=inner.for_in)
    if outer == "list" and isinstance(inner, cst.GeneratorExp):
        return cst.ListComp(elt=inner.elt, for_in=inner.for_in)
    if outer == "dict" and isinstance(inner, (cst.ListComp, cst.GeneratorExp)) and isinstance(inner.elt, cst.Tuple):
        pair = [element.value for element in inner.elt.elements]
        starred = any(isinstance(element, cst.StarredElement) for element in inner.elt.elements)
        return cst.DictComp(key=pair[0], value=pair[1], for_in=inner.for_in) if len(pair) == 2 and not starred else None
    if outer in _CONSUMERS and call.args and not call.args[0].star and call.args[0].keyword is None:
        copied = _only_argument(call.args[0].value) if _called(call.args[0].value) in _COPIERS else None
        plain = (
            copied is not None and not isinstance(copied, (cst.GeneratorExp, cst.ListComp)) and (len(call.args) == 1 or outer == "sorted")
        )
        if plain:
            return call.with_changes(args=[call.args[0].with_changes(value=copied), *call.args[1:]])
    return None


class PlainContainer(Rule):
    """Copy a container without a comprehension.

    Before: ``[x for x in xs]`` and ``[0 for _ in range(n)]``. After: ``list(xs)`` and ``[0] * n``.
    """

    name = "plain-container"
    summary = "Copy without a comprehension"
    priority = 51
    needs = (cst.ListComp, cst.SetComp)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the comprehensions that change nothing."""
        for comp in function.all(cst.ListComp, cst.SetComp):
            loop = comp.for_in
            if loop.ifs or loop.inner_for_in is not None or loop.asynchronous is not None or not isinstance(loop.target, cst.Name):
                continue
            times = Pattern("range(N)").match(loop.iter)
            if is_name(comp.elt, loop.target.value):
                name = "list" if isinstance(comp, cst.ListComp) else "set"
                edit.replace(comp, expression(f"{name}(XS)", XS=loop.iter))
            elif isinstance(comp, cst.ListComp) and times is not None and is_constant(comp.elt):
                edit.replace(comp, expression("[X] * N", X=comp.elt, N=times["N"]))


class ListNotGenerator(Rule):
    """Hand a list to what makes a list of its argument anyway.

    Before: ``", ".join(f(x) for x in xs)``. After: ``", ".join([f(x) for x in xs])``; likewise ``sorted`` and ``tuple``.
    """

    name = "list-not-generator"
    summary = "Hand over a list where one is made anyway"
    priority = 30
    saves = "calls"
    needs = (cst.GeneratorExp,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the generators handed to such functions."""
        for generator in function.all(cst.GeneratorExp):
            arg = function.parents[generator]
            call = function.parents[arg] if isinstance(arg, cst.Arg) else None
            if not isinstance(call, cst.Call) or call.args[0] is not arg:
                continue
            func = call.func
            joins = isinstance(func, cst.Attribute) and func.attr.value == "join" and function.kinds.is_a(func.value, "str", "bytes")
            if joins or _called(call) in ("sorted", "tuple"):
                edit.rewrite(generator, _as_list)


def _as_list(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.GeneratorExp)
    inside = node.lpar[-1].whitespace_after if node.lpar else cst.SimpleWhitespace("")
    behind = node.rpar[0].whitespace_before if node.rpar else cst.SimpleWhitespace("")
    return cst.ListComp(
        elt=node.elt,
        for_in=node.for_in,
        lbracket=cst.LeftSquareBracket(cast("cst.SimpleWhitespace", inside)),
        rbracket=cst.RightSquareBracket(cast("cst.SimpleWhitespace", behind)),
    )


class MappedLambda(Rule):
    """Write a comprehension instead of mapping a lambda.

    Before: ``list(map(lambda x: x * 2, xs))`` and ``list(filter(lambda x: x > 3, xs))``. After: ``[x * 2 for x in xs]`` and
    ``[x for x in xs if x > 3]``. Only where the result is gone through at once.
    """

    name = "mapped-lambda"
    summary = "Write a comprehension instead of mapping a lambda"
    priority = 54
    saves = "calls"
    needs = (cst.Lambda,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the calls of map() and filter() with a lambda."""
        for call in function.all(cst.Call):
            if _called(call) not in ("map", "filter") or len(call.args) != 2 or any(arg.star or arg.keyword for arg in call.args):
                continue
            arg = function.parents[call]
            outer = function.parents[arg] if isinstance(arg, cst.Arg) else None
            if not isinstance(outer, cst.Call) or outer.args[0] is not arg or not _goes_through(function, outer):
                continue
            comp = _comprehension(call)
            if comp is None:
                continue
            if _called(outer) == "set" and len(outer.args) == 1:
                edit.replace(outer, cst.SetComp(elt=comp.elt, for_in=comp.for_in))
            elif _called(outer) == "list" and len(outer.args) == 1:
                edit.replace(outer, comp)
            else:
                edit.replace(call, comp)


def _goes_through(function: Function, outer: cst.Call) -> bool:
    func = outer.func
    joins = isinstance(func, cst.Attribute) and func.attr.value == "join" and function.kinds.is_a(func.value, "str")
    return joins or _called(outer) in _CONSUMERS


def _comprehension(call: cst.Call) -> cst.ListComp | None:
    func, items = call.args[0].value, call.args[1].value
    if (
        not isinstance(func, cst.Lambda)
        or len(func.params.params) != 1
        or any(isinstance(part, (*_UNFIT, cst.Lambda)) for part in walk(func.body))
    ):
        return None
    others = (
        func.params.star_kwarg or func.params.kwonly_params or func.params.posonly_params or isinstance(func.params.star_arg, cst.Param)
    )
    if others or func.params.params[0].default is not None or any(isinstance(part, (*_UNFIT, cst.Lambda)) for part in walk(items)):
        return None
    target = cst.Name(func.params.params[0].name.value)
    made = "[X for T in XS]" if _called(call) == "map" else "[T for T in XS if X]"
    return cast("cst.ListComp", expression(made, X=func.body, T=target, XS=items))


class FlatCopy(Rule):
    """Copy a flat container flat.

    Before: ``copy.deepcopy(DEFAULTS)``. After: ``DEFAULTS.copy()``, where ``DEFAULTS`` is a dict, list or set of constants, made at the
    top of the module and changed nowhere in it; or made in the function, which only reads it.
    """

    name = "flat-copy"
    summary = "Copy a flat container flat"
    priority = 72
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the deep copies of what has no depth."""
        for call in function.all(cst.Call):
            source = _only_argument(call)
            func = call.func
            deep = isinstance(func, cst.Attribute) and func.attr.value == "deepcopy" and function.effects.module_of(func.value) == "copy"
            named = isinstance(func, cst.Name) and function.effects.module_of(func) == "copy.deepcopy"
            if not (deep or named) or not isinstance(source, cst.Name):
                continue
            value = (
                function.module.values.get(source.value) if function.is_global(source.value) else _only_read_value(function, source.value)
            )
            if value is not None and is_flat(value):
                edit.replace(call, expression("X.copy()", X=source))


def _only_read_value(function: Function, name: str) -> cst.BaseExpression | None:
    """Return what one of the function's own names is bound to, if nothing ever changes it."""
    read = function.is_plain(name) and all(function.effects.role(use.node) == "read" for use in function.loads(name))
    return function.only_value(name) if read else None


def is_flat(node: cst.BaseExpression) -> bool:
    """Whether an expression is a list, set or dict of nothing but constants."""
    if isinstance(node, (cst.List, cst.Set)):
        return all(isinstance(element, cst.Element) and is_constant(element.value) for element in node.elements)
    if not isinstance(node, cst.Dict):
        return False
    return all(
        isinstance(element, cst.DictElement) and is_constant(element.key) and is_constant(element.value) for element in node.elements
    )
