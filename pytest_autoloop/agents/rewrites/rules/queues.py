"""Lists used as queues."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import bare
from ..tree import is_name
from ..tree import walk
from ..vocabulary import words
from .comprehensions import EMPTY_LIST

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..names import Use

_POP_FIRST = Pattern("Q.pop(0)")
_POP_LAST = Pattern("Q.pop()")
_INSERT_FIRST = Pattern("Q.insert(0, X)")
_SAME_METHODS = words("append extend clear")
_SAME_CALLS = words("len list tuple set sorted sum min max any all")
_LIST = Pattern("list(XS)")
_ENDS = (Pattern("Q[0]"), Pattern("Q[-1]"))


class DequeQueue(Rule):
    """Take from the front of a deque instead of a list.

    Before: ``queue = [start]`` and ``queue.pop(0)`` in a loop. After: ``queue = deque([start])`` and ``queue.popleft()``. Only for lists
    that are made in the function and used as queues: ends, length and truth are looked at, nothing else gets hold of them.
    """

    name = "deque-queue"
    summary = "Take from the front of a deque"
    priority = 84
    needs = (cst.While, cst.For)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the lists that are used as queues."""
        for name in sorted(function.names.locals):
            loads, stores = function.loads(name), function.stores(name)
            values = [function.effects.bound_value(use.node) if use.kind == "store" else None for use in stores]
            if not function.is_plain(name) or name in function.names.params or not all(map(_is_list, values)):
                continue
            takes = [use for use in loads if _call_of(function, use, _POP_FIRST) is not None]
            if not any(function.enclosing_loops(use.node) for use in takes) or not all(_is_queue_use(function, use) for use in loads):
                continue
            deque = edit.imported("collections", "deque")
            if deque is None:
                continue
            for value in values:
                if value is not None:
                    edit.replace(value, _as_deque(deque, value))
            for use in loads:
                _replace_use(function, edit, use)


def _is_list(value: cst.BaseExpression | None) -> bool:
    return isinstance(value, (cst.List, cst.ListComp)) or (value is not None and matches((*EMPTY_LIST, _LIST), value) is not None)


def _as_deque(deque: cst.Name, value: cst.BaseExpression) -> cst.BaseExpression:
    if matches(EMPTY_LIST, value) is not None:
        return expression("DEQUE()", DEQUE=deque)
    found = _LIST.match(value)
    return expression("DEQUE(XS)", DEQUE=deque, XS=found["XS"] if found is not None else value)


def _call_of(function: Function, use: Use, pattern: Pattern) -> cst.Call | None:
    attribute = function.parents[use.node]
    call = function.parents[attribute]
    return call if isinstance(call, cst.Call) and pattern.match(call) is not None and call.func is attribute else None


def _is_queue_use(function: Function, use: Use) -> bool:
    parent = function.parents[use.node]
    if isinstance(parent, cst.Attribute):
        call = function.parents[parent]
        if not isinstance(call, cst.Call) or call.func is not parent:
            return False
        return parent.attr.value in _SAME_METHODS or matches((_POP_FIRST, _POP_LAST, _INSERT_FIRST), call) is not None
    if isinstance(parent, cst.Arg):
        call = function.parents[parent]
        return isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value in _SAME_CALLS and not parent.star
    if isinstance(parent, cst.Subscript):
        return matches(_ENDS, parent) is not None and function.effects.is_read(parent)
    if isinstance(parent, cst.ComparisonTarget):
        return isinstance(parent.operator, (cst.In, cst.NotIn))
    return function.effects.is_condition(use.node)


def _replace_use(function: Function, edit: Edit, use: Use) -> None:
    if (call := _call_of(function, use, _POP_FIRST)) is not None:
        edit.replace(call, expression("Q.popleft()", Q=use.name))
    elif (call := _call_of(function, use, _INSERT_FIRST)) is not None:
        edit.rewrite(call, _append_left)


def _append_left(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    return node.with_changes(func=node.func.with_changes(attr=cst.Name("appendleft")), args=node.args[1:])


class AppendAndReverse(Rule):
    """Append, and reverse the list once, instead of inserting at the front.

    Before: ``out = []`` and ``out.insert(0, x)`` in a loop. After: ``out.append(x)``, and ``out.reverse()`` behind it. Nothing may look at
    the list meanwhile.
    """

    name = "append-and-reverse"
    summary = "Append and reverse instead of inserting at the front"
    priority = 78
    needs = (cst.While, cst.For)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the lists that are built from the back."""
        for span in spans(
            function, lambda value: matches(EMPTY_LIST, value) is not None, lambda use: _call_of(function, use, _INSERT_FIRST) is not None
        ):
            calls = [call for use in span.uses if (call := _call_of(function, use, _INSERT_FIRST)) is not None]
            if not any(function.inside(loop, *span.between) for call in calls for loop in function.enclosing_loops(call)):
                continue
            for call in calls:
                edit.rewrite(call, _append)
            edit.after(span.last, statement("OUT.reverse()", OUT=span.name))


def _append(node: cst.CSTNode) -> cst.CSTNode:
    assert isinstance(node, cst.Call)
    assert isinstance(node.func, cst.Attribute)
    return node.with_changes(func=node.func.with_changes(attr=cst.Name("append")), args=node.args[1:])


class HeapQueue(Rule):
    """Keep a queue in order by heapq instead of sorting it again and again.

    Before: ``queue.sort()`` and ``queue.pop(0)`` in a loop. After: ``heappop(queue)``, and ``heappush(queue, x)`` for ``queue.append(x)``.
    Only for lists made in the function, empty or with one item, whose items are tuples or numbers by the look of them: which of two
    equal ones is taken first doesn't matter.
    """

    name = "heap-queue"
    summary = "Keep the queue in order by heapq"
    priority = 86
    needs = (cst.While, cst.For)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the lists that are sorted for the sake of their first item."""
        for name in sorted(function.names.locals):
            value = function.only_value(name)
            loads = function.loads(name)
            if value is None or not function.is_plain(name) or not isinstance(value, cst.List) or len(value.elements) > 1:
                continue
            sorts = [line for block in function.blocks for line in _sorts_before_pop(block, name)]
            pops = [call for use in loads if (call := _call_of(function, use, _POP_FIRST)) is not None]
            appends = [call for use in loads if (call := _call_of(function, use, _APPEND)) is not None]
            items = [element.value for element in value.elements] + [call.args[0].value for call in appends]
            if not sorts or len(sorts) != len(pops) or not all(_is_ordered(function, item) for item in items):
                continue
            others = len(loads) - len(sorts) - len(pops) - len(appends)
            if others != sum(_is_size(function, use) for use in loads):
                continue
            push, pop = edit.imported("heapq", "heappush"), edit.imported("heapq", "heappop")
            if push is None or pop is None:
                continue
            for line in sorts:
                edit.remove(line)
            for call in pops:
                edit.replace(call, expression("POP(Q)", POP=pop, Q=name))
            for call in appends:
                edit.replace(call, expression("PUSH(Q, X)", PUSH=push, Q=name, X=call.args[0].value))


_APPEND = Pattern("Q.append(X)")
_SORT = Pattern("Q.sort()")


def _sorts_before_pop(block: cst.IndentedBlock, name: str) -> list[cst.CSTNode]:
    """Return the statements that sort a list of which the next one takes the first item."""
    found: list[cst.CSTNode] = []
    for line, following in zip(block.body, block.body[1:], strict=False):
        match = _SORT.match(_expression(line))
        if match is None or not is_name(match["Q"], name) or not isinstance(following, cst.SimpleStatementLine):
            continue
        pops = [node for node in walk(following) if (pop := _POP_FIRST.match(node)) is not None and is_name(pop["Q"], name)]
        if len(pops) == 1:
            found.append(line)
    return found


def _expression(line: cst.CSTNode) -> cst.CSTNode:
    small = bare(line)
    return small.value if isinstance(small, cst.Expr) else small


def _is_ordered(function: Function, value: cst.BaseExpression) -> bool:
    """Whether equal values can't be told apart: numbers, strings, and tuples of whatever is compared in turn."""
    return isinstance(value, cst.Tuple) or function.kinds.is_a(value, "int", "float", "str", "tuple")


def _is_size(function: Function, use: Use) -> bool:
    parent = function.parents[use.node]
    if isinstance(parent, cst.Arg):
        call = function.parents[parent]
        return isinstance(call, cst.Call) and is_name(call.func, "len")
    return function.effects.is_condition(use.node)
