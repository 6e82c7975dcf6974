"""Lists that are searched for what they hold already."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import is_name
from ..tree import same
from .comprehensions import EMPTY_LIST
from .loops import comprehension_of
from .loops import put_value
from .membership import UNHASHABLE

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..names import Use
    from ..spans import Span

_NOT_IN = Pattern("VALUE not in OUT")
_APPEND = Pattern("OUT.append(VALUE)")


class UniqueList(Rule):
    """Drop duplicates by a dict's keys, which keep their order.

    Before: ``out = []`` and ``for x in xs: if x not in out: out.append(x)``. After: ``out = list(dict.fromkeys(xs))``. The items are
    assumed to be hashable, and equal when their hashes and values are.
    """

    name = "unique-list"
    summary = "Drop duplicates by hashing"
    priority = 90
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops that do nothing but collect what isn't there yet."""
        for span in spans(function, lambda value: matches(EMPTY_LIST, value) is not None, lambda _: True):
            loop = next(line for line in span.between if function.uses(span.name, line))
            parts = comprehension_of(function, loop)
            if (
                parts is None
                or parts.expression is None
                or not isinstance(parts.levels[-1], cst.If)
                or len(function.uses(span.name, loop)) != 2
            ):
                continue
            test, append = _NOT_IN.match(parts.levels[-1].test), _APPEND.match(parts.expression)
            if test is None or append is None or not all(same(test[part], append[part]) for part in test):
                continue
            if not is_name(test["OUT"], span.name) or function.kinds.is_a(test["VALUE"], *UNHASHABLE):
                continue
            rest = parts.without_last_condition()
            items = rest.loop.iter if rest.yields(test["VALUE"]) else rest.build(cst.ListComp, elt=test["VALUE"])
            edit.replace_statements(*put_value(span, loop, expression("list(dict.fromkeys(ITEMS))", ITEMS=items)))


class SeenSet(Rule):
    """Keep what was seen in a set beside the list.

    Before: ``if x not in out: out.append(x)`` among other things in a loop. After: ``if x not in out_seen: out.append(x);
    out_seen.add(x)``. A list that is only ever appended to and searched becomes a set itself. The items are assumed to be hashable.
    """

    name = "seen-set"
    summary = "Search in a set instead of a growing list"
    priority = 85
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Give every list that is searched while it grows a set to search in."""
        for span in spans(function, lambda value: matches(EMPTY_LIST, value) is not None, lambda use: _is_known_use(function, use)):
            searches = [use for use in span.uses if _is_search(function, use)]
            appends = [node for use in span.uses if (node := _append_call(function, use)) is not None]
            values = [call.args[0].value for call in appends]
            if not appends or any(function.kinds.is_a(value, *UNHASHABLE) or not _is_repeatable(value) for value in values):
                continue
            if any(any(function.inside(loop, *span.between) for loop in function.enclosing_loops(use.node)) for use in searches):
                self._give_set(function, edit, span, searches, appends)

    def _give_set(self, function: Function, edit: Edit, span: Span, searches: list[Use], appends: list[cst.Call]) -> None:
        if len(function.uses(span.name)) == len(searches) + len(appends) + 1:
            edit.replace(span.value, expression("set()"))
            for call in appends:
                edit.replace(call, expression("SEEN.add(VALUE)", SEEN=span.name, VALUE=call.args[0].value))
            return
        seen = edit.fresh(f"{span.name}_seen", f"{span.name}_set")
        edit.after(span.first, statement("SEEN = set()", SEEN=seen))
        for use in searches:
            assert isinstance(use.node, cst.Name)
            edit.replace(use.node, cst.Name(seen))
        for call in appends:
            line = function.parents[function.parents[call]]
            edit.after_small(line, statement("SEEN.add(VALUE)", SEEN=seen, VALUE=call.args[0].value))


def _is_known_use(function: Function, use: Use) -> bool:
    """Whether a use searches or appends, or only reads."""
    return use.kind == "load" and (_append_call(function, use) is not None or function.effects.role(use.node) == "read")


def _is_search(function: Function, use: Use) -> bool:
    parent = function.parents[use.node]
    return isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, (cst.In, cst.NotIn))


def _append_call(function: Function, use: Use) -> cst.Call | None:
    """Return the call, a statement of its own, by which a use appends."""
    attribute = function.parents[use.node]
    call = function.parents[attribute]
    if (
        not isinstance(attribute, cst.Attribute)
        or attribute.attr.value != "append"
        or not isinstance(call, cst.Call)
        or len(call.args) != 1
    ):
        return None
    line = function.parents[function.parents[call]]
    alone = isinstance(line, (cst.SimpleStatementLine, cst.SimpleStatementSuite)) and len(line.body) == 1
    return call if alone and isinstance(function.parents[call], cst.Expr) and not call.args[0].star else None


def _is_repeatable(value: cst.BaseExpression) -> bool:
    """Whether a value can be written twice without being computed twice."""
    while isinstance(value, cst.Attribute):
        value = value.value
    if isinstance(value, cst.Tuple):
        return all(_is_repeatable(element.value) for element in value.elements)
    return isinstance(value, (cst.Name, cst.SimpleString, cst.Integer))
