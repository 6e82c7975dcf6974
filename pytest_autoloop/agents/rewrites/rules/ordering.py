"""Sorting: only as much as is needed, by keys that cost little."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from ..kinds import mentions
from ..pattern import Pattern
from ..pattern import expression
from ..rule import Rule
from ..spans import assigned
from ..spans import spans
from ..tree import bare
from ..tree import is_name
from ..tree import same

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..names import Use

# Where only the very first items are wanted, a heap is faster than sorting, provided there are many.
FEW = 16
# Equal values of these kinds can't be told apart.
_ALIKE = ("str", "int", "bytes")
_FIRST = Pattern("ORDERED[0]")
_LAST = Pattern("ORDERED[-1]")
_HEAD = Pattern("ORDERED[:N]")


@dataclass(frozen=True, slots=True, eq=False)
class _Sorted:
    """The arguments of a call of sorted()."""

    items: cst.BaseExpression
    key: cst.BaseExpression | None
    falling: bool

    @classmethod
    def of(cls, node: cst.CSTNode) -> _Sorted | None:
        if not isinstance(node, cst.Call) or not is_name(node.func, "sorted") or not node.args or node.args[0].keyword or node.args[0].star:
            return None
        options = {arg.keyword.value: arg.value for arg in node.args[1:] if arg.keyword is not None}
        if len(options) != len(node.args) - 1 or not options.keys() <= {"key", "reverse"}:
            return None
        falling = options.get("reverse", cst.Name("False"))
        if not isinstance(falling, cst.Name) or falling.value not in ("True", "False"):
            return None
        return cls(node.args[0].value, options.get("key"), falling.value == "True")

    def call(self, function: cst.BaseExpression, items: cst.BaseExpression, *before: cst.BaseExpression) -> cst.Call:
        """Return a call of another function with these items and this key."""
        args = [cst.Arg(value) for value in (*before, items)]
        if self.key is not None:
            equal = cst.AssignEqual(whitespace_before=cst.SimpleWhitespace(""), whitespace_after=cst.SimpleWhitespace(""))
            args.append(cst.Arg(self.key, keyword=cst.Name("key"), equal=equal))
        return cst.Call(function, args)


class SortedFirst(Rule):
    """Find the smallest or largest item without sorting.

    Before: ``sorted(xs, key=k)[0]``. After: ``min(xs, key=k)``; with ``reverse=True``, ``max``. Among equal items both take the first.
    The last item is only taken from what can be reversed, or where equal items can't be told apart. An empty sequence raises ValueError
    instead of IndexError: modules that mention the latter are left alone.
    """

    name = "sorted-first"
    summary = "Find the first in order without sorting"
    priority = 80
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the sorted lists of which one end is read."""
        if function.module.words & {"IndexError", "LookupError"}:
            return
        for node in function.all(cst.Subscript):
            found = _FIRST.match(node) or _LAST.match(node)
            if found is None or function.may_be_caught(node):
                continue
            last = _FIRST.match(node) is None
            if isinstance(found["ORDERED"], cst.Name):
                self._replace_bound(function, edit, node, found["ORDERED"], last)
            else:
                made = _extreme(function, found["ORDERED"], last=last)
                if made is not None:
                    edit.replace(node, made)

    def _replace_bound(self, function: Function, edit: Edit, node: cst.Subscript, name: cst.Name, last: bool) -> None:
        """Replace ``ordered = sorted(xs)`` where the very next statement reads one end of it, and nothing else does."""
        value = function.only_value(name.value)
        if value is None:
            return
        uses = function.uses(name.value)
        line, first = function.statement(node), function.statement(uses[0].node)
        block = function.block(node)
        if len(uses) != 2 or line is None or first is None or block is None or block is not function.block(first):
            return
        lines = list(block.body)
        if lines.index(line) != lines.index(first) + 1 or not isinstance(line, cst.SimpleStatementLine) or assigned(first) is None:  # type: ignore[arg-type]
            return
        made = _extreme(function, value, last=last)
        if made is not None and function.is_plain(name.value):
            edit.replace(node, made)
            edit.remove(first)


def _extreme(function: Function, node: cst.BaseExpression, *, last: bool) -> cst.BaseExpression | None:
    found = _Sorted.of(node)
    if found is None:
        return None
    name = cst.Name("max" if found.falling != last else "min")
    if not last:
        return found.call(name, found.items)
    items = function.kinds.items(found.items)
    if found.key is None and items is not None and items.name in _ALIKE:
        return found.call(name, found.items)
    if function.kinds.is_a(found.items, "list", "tuple"):
        return found.call(name, expression("reversed(XS)", XS=found.items))
    return None


class SmallestFew(Rule):
    """Pick the few smallest items without sorting all.

    Before: ``sorted(xs)[:5]``. After: ``heapq.nsmallest(5, xs)``, which is documented to give the same, duplicates and ties included; with
    ``reverse=True``, ``nlargest``. Only for a small constant number.
    """

    name = "smallest-few"
    summary = "Pick the first few without sorting all"
    priority = 24
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the sorted lists of which only the head is kept."""
        for node in function.all(cst.Subscript):
            found = _HEAD.match(node)
            ordered = _Sorted.of(found["ORDERED"]) if found is not None else None
            if found is None or ordered is None or not isinstance(found["N"], cst.Integer) or not 1 < int(found["N"].value, 0) <= FEW:
                continue
            picker = edit.imported("heapq", "nlargest" if ordered.falling else "nsmallest")
            if picker is not None:
                edit.replace(node, ordered.call(picker, ordered.items, found["N"]))


class SortedInsert(Rule):
    """Insert into a sorted list where the item belongs.

    Before: ``out.append(x)`` and ``out.sort()`` in a loop. After: ``insort(out, x)``, which puts it behind its equals, as a stable sort
    does. The list must start empty and grow in no other way.
    """

    name = "sorted-insert"
    summary = "Insert where the item belongs instead of sorting again"
    priority = 82
    saves = "calls"
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the pairs of append and sort."""
        pairs = [(a, b) for block in function.blocks for a, b in zip(block.body, block.body[1:], strict=False) if _is_pair(a, b)]
        lines = [line for pair in pairs for line in pair]

        def accept(use: Use) -> bool:
            return function.inside(use.node, *lines) or (use.kind == "load" and function.effects.role(use.node) == "read")

        for span in spans(function, lambda value: Pattern("[]").match(value) is not None, accept):
            ours = [pair for pair in pairs if function.inside(pair[0], *span.between) and _mentions_only(function, pair, span.name)]
            if len(ours) * 2 != sum(function.inside(use.node, *lines) for use in span.uses) or not ours:
                continue
            if not any(function.inside(loop, *span.between) for pair in ours for loop in function.enclosing_loops(pair[0])):
                continue
            insort = edit.imported("bisect", "insort")
            for append, sort in ours if insort is not None else ():
                call, key = bare(append).value, _sort_key(sort)  # type: ignore[attr-defined]
                made = expression("F(OUT, X)", F=insort or "insort", OUT=span.name, X=call.args[0].value)
                if key is not None and isinstance(made, cst.Call):
                    made = made.with_changes(args=[*made.args, key])
                edit.replace_statements([append, sort], [cst.SimpleStatementLine([cst.Expr(made)])])


_APPEND = Pattern("OUT.append(X)")
_SORT = Pattern("OUT.sort()")
_SORT_BY = Pattern("OUT.sort(key=KEY)")


def _expression(line: cst.CSTNode) -> cst.CSTNode:
    small = bare(line)
    return small.value if isinstance(small, cst.Expr) else small


def _is_pair(append: cst.CSTNode, sort: cst.CSTNode) -> bool:
    first = _APPEND.match(_expression(append))
    second = _SORT.match(_expression(sort)) or _SORT_BY.match(_expression(sort))
    if first is None or second is None or not isinstance(first["OUT"], cst.Name) or not same(first["OUT"], second["OUT"]):
        return False
    return not mentions(first["X"], first["OUT"].value)


def _mentions_only(function: Function, pair: tuple[cst.CSTNode, cst.CSTNode], name: str) -> bool:
    return len(function.uses(name, *pair)) == 2


def _sort_key(line: cst.CSTNode) -> cst.Arg | None:
    call = _expression(line)
    return call.args[0] if isinstance(call, cst.Call) and call.args else None
