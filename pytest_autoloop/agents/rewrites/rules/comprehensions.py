"""Containers filled by a loop that does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import code
from ..tree import is_constant
from ..tree import walk
from .loops import comprehension_of
from .loops import put_value

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..pattern import Match
    from ..spans import Span
    from .loops import Parts

EMPTY_LIST = (Pattern("[]"), Pattern("list()"))
EMPTY_SET = (Pattern("set()"),)
EMPTY_DICT = (Pattern("{}"), Pattern("dict()"))
_APPEND = Pattern("OUT.append(VALUE)")
_APPEND_EITHER = Pattern("if TEST:\n    OUT.append(VALUE)\nelse:\n    OUT.append(OTHER)")
_ADD = Pattern("OUT.add(VALUE)")
_STORE = Pattern("OUT[KEY] = VALUE")


class Comprehension(Rule):
    """Fill a container by a comprehension.

    Before: ``out = []`` and ``for x in xs: if x: out.append(f(x))``. After: ``out = [f(x) for x in xs if x]``. Likewise sets that are
    added to, and dicts that are stored to. The loop must do nothing else, and nothing in it may look at the container. If an exception
    leaves the loop, nobody in the function may see how far it came.
    """

    name = "comprehension"
    summary = "Build a container by a comprehension"
    priority = 50
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace every loop that only fills a fresh container."""
        for span in spans(function, _is_empty, lambda _: True):
            loop = next(line for line in span.between if function.uses(span.name, line))
            parts = comprehension_of(function, loop, ends=_is_either_append)
            made = _made(span, parts) if parts is not None else None
            if parts is not None and made is not None and len(function.uses(span.name, loop)) == 1 + _is_either_append(list(parts.body)):
                edit.replace_statements(*put_value(span, loop, made))


class ExtendAtOnce(Rule):
    """Add all items in one call.

    Before: ``for x in xs: out.append(f(x))``, where ``out`` is a list made in this function. After: ``out.extend([f(x) for x in xs])``, and
    ``out.extend(xs)`` for the items themselves. Likewise ``add`` and ``update`` of sets. Nothing in the loop may look at the container,
    and if an exception leaves it, nobody sees how far it came.
    """

    name = "extend-at-once"
    summary = "Add all items at once"
    priority = 48
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace every loop that only adds to a container of the function's own."""
        for loop in function.all(cst.For):
            parts = comprehension_of(function, loop)
            if parts is None or parts.expression is None or function.statement(loop) is not loop:
                continue
            for pattern, kind, method in ((_APPEND, "list", "extend"), (_ADD, "set", "update")):
                found = pattern.match(parts.expression)
                if found is None or not _is_own(function, found["OUT"], kind, loop):
                    continue
                items = parts.loop.iter if parts.yields(found["VALUE"]) else parts.build(cst.ListComp, elt=found["VALUE"])
                edit.replace_statements([loop], [statement(f"OUT.{method}(ITEMS)", OUT=found["OUT"], ITEMS=items)])


def _is_own(function: Function, out: cst.BaseExpression, kind: str, loop: cst.For) -> bool:
    if not isinstance(out, cst.Name) or not function.effects.is_owned(out.value) or not function.kinds.is_a(out, kind):
        return False
    if len(function.uses(out.value, loop)) != 1 or function.may_be_caught(loop):
        return False
    first, *others = function.uses(out.value)
    value = function.effects.bound_value(first.node)
    # A list that the loop itself begins is better made by a comprehension.
    begins = value is not None and _is_empty(value) and function.block(first.node) is function.block(loop)
    return not (begins and function.inside(others[0].node, loop))


def _is_empty(value: cst.BaseExpression) -> bool:
    return matches((*EMPTY_LIST, *EMPTY_SET, *EMPTY_DICT), value) is not None


def _is_either_append(body: list[cst.CSTNode]) -> bool:
    return len(body) == 1 and _APPEND_EITHER.match(body[0]) is not None


def _made(span: Span, parts: Parts) -> cst.BaseExpression | None:
    node = parts.expression or parts.body[0]
    for empties, pattern, make in _MAKERS:
        found = pattern.match(node)
        if found is not None and matches(empties, span.value) is not None:
            ours = isinstance(found["OUT"], cst.Name) and found["OUT"].value == span.name
            return make(parts, found) if ours else None
    return None


def _made_list(parts: Parts, found: Match) -> cst.BaseExpression | None:
    if parts.yields(found["VALUE"]):
        return expression("list(ITEMS)", ITEMS=parts.loop.iter)
    times = Pattern("range(N)").match(parts.loop.iter)
    if times is not None and len(parts.levels) == 1 and is_constant(found["VALUE"]):
        return expression("[VALUE] * N", VALUE=found["VALUE"], N=times["N"])
    return parts.build(cst.ListComp, elt=found["VALUE"])


def _made_either(parts: Parts, found: Match) -> cst.BaseExpression | None:
    if any("\n" in code(part) for part in found.values()):
        # Nobody could read that.
        return None
    return parts.build(
        cst.ListComp, elt=expression("VALUE if TEST else OTHER", **{name: found[name] for name in ("VALUE", "TEST", "OTHER")})
    )


def _made_set(parts: Parts, found: Match) -> cst.BaseExpression | None:
    if parts.yields(found["VALUE"]):
        return expression("set(ITEMS)", ITEMS=parts.loop.iter)
    return parts.build(cst.SetComp, elt=found["VALUE"])


def _made_dict(parts: Parts, found: Match) -> cst.BaseExpression | None:
    # A statement computes the value first, a comprehension the key.
    if _calls(found["KEY"]) and _calls(found["VALUE"]):
        return None
    return parts.build(cst.DictComp, key=found["KEY"], value=found["VALUE"])


_MAKERS = (
    (EMPTY_LIST, _APPEND, _made_list),
    (EMPTY_LIST, _APPEND_EITHER, _made_either),
    (EMPTY_SET, _ADD, _made_set),
    (EMPTY_DICT, _STORE, _made_dict),
)


def _calls(node: cst.CSTNode) -> bool:
    return any(isinstance(part, cst.Call) for part in walk(node))
