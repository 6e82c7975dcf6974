"""Searches within loops, replaced by an index that is built once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..effects import root_name
from ..function import COMPREHENSIONS
from ..function import target_names
from ..kinds import mentions
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import statement
from ..rule import Rule
from ..tree import bare
from ..tree import code
from ..tree import is_name
from ..tree import walk
from .membership import place_before

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..function import Loop

_EQUAL = Pattern("A == B")
_COUNT = Pattern("XS.count(X)")
_SET_OF = Pattern("set(XS)")


class IndexedScan(Rule):
    """Look matching items up in an index instead of going through all of them each time.

    Before: ``for a in xs: for b in ys: if b.key == a.key: ...``. After: ``ys_by_key`` maps each key to its items, built once before the
    outer loop, and the inner loop goes over ``ys_by_key.get(a.key, ())``. The inner loop must do nothing else; its items must not be bound
    in the outer one, nor the keys changed. The items are assumed to stand in a container, and all of both loops to have a hashable key.
    """

    name = "indexed-scan"
    summary = "Look matching items up in an index"
    priority = 95
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Give the scans of inner loops an index."""
        for inner in function.all(cst.For):
            scan = _scan(function, inner)
            if scan is None:
                continue
            outer, item_key, wanted = scan
            item = cast("cst.Name", inner.target)
            container = cast("cst.Name", inner.iter)
            index = cst.Name(edit.fresh(f"{container.value}_by_{_key_name(item_key)}", f"{container.value}_index"))
            copied = cst.Name(edit.fresh(f"each_{item.value}"))
            filled = statement("INDEX.setdefault(KEY, []).append(B)", INDEX=index, KEY=_renamed(item_key, item.value, copied), B=copied)
            build = cst.For(target=copied, iter=container, body=cst.IndentedBlock([filled]))
            made = statement("INDEX = {}", INDEX=index)
            edit.before(outer, made, build)
            edit.replace(inner.iter, expression("INDEX.get(WANTED, ())", INDEX=index, WANTED=wanted))
            edit.rewrite(inner.body, _unwrapped)


Scan = tuple["Loop", cst.BaseExpression, cst.BaseExpression]


def _scan(function: Function, inner: cst.For) -> Scan | None:
    """Return the outer loop, the item's key and the wanted key, of a loop that only looks for matching items."""
    loops = function.enclosing_loops(inner)
    if not loops or inner.orelse is not None or inner.asynchronous is not None or function.statement(inner) is not inner:
        return None
    test = bare(inner.body.body[0]) if isinstance(inner.body, cst.IndentedBlock) and len(inner.body.body) == 1 else None
    if not isinstance(test, cst.If) or test.orelse is not None or not isinstance(test.body, cst.IndentedBlock):
        return None
    if not isinstance(inner.target, cst.Name) or not isinstance(inner.iter, cst.Name):
        return None
    item, container, outer = inner.target.value, inner.iter.value, loops[0]
    found = _EQUAL.match(test.test)
    if found is None or function.statement(outer) is not outer or isinstance(outer, cst.While):
        return None
    keys = [part for part in found.values() if mentions(part, item)]
    wanted = [part for part in found.values() if not mentions(part, item)]
    if len(keys) != 1 or not _is_key_of(keys[0], item) or not function.effects.is_pure(wanted[0]):
        return None
    if root_name(wanted[0]) not in target_names(outer.target) or mentions(wanted[0], container):
        return None
    if (
        not function.is_plain(item)
        or not function.is_plain(container)
        or function.read_later(item, inner)
        or function.stores(item, inner.body)
    ):
        return None
    if not _is_undisturbed(function, outer, inner, container, keys[0]):
        return None
    return outer, keys[0], wanted[0]


def _is_undisturbed(function: Function, outer: Loop, inner: cst.For, container: str, key: cst.BaseExpression) -> bool:
    """Whether neither the container nor a key changes in the outer loop, nor what is wanted in the inner one."""
    if function.stores(container, outer) or not function.effects.untouched(container, outer) or not function.surely_bound(container, outer):
        return False
    if not function.kinds.is_a(cst.Name(container), "list", "tuple", "set", "dict") and container not in function.names.params:
        return False
    names = {node.value for node in walk(key) if isinstance(node, cst.Name)}
    for node in function.below(outer, cst.Attribute):
        if node.attr.value in names and not function.effects.is_read(node):
            return False
    test = cast("cst.If", bare(cast("cst.IndentedBlock", inner.body).body[0]))
    bound = {use.name for name in _variables(test.test) for use in function.stores(name, test.body)}
    subscripted = isinstance(key, cst.Subscript) and any(
        not function.effects.is_read(node) for node in function.below(outer, cst.Subscript)
    )
    return not bound and not subscripted


def _variables(node: cst.CSTNode) -> set[str]:
    return {part.value for part in walk(node) if isinstance(part, cst.Name)}


def _is_key_of(node: cst.BaseExpression, item: str) -> bool:
    """Whether an expression is an item itself, an attribute of it, or what it holds under a constant."""
    if isinstance(node, cst.Attribute):
        return _is_key_of(node.value, item)
    if isinstance(node, cst.Subscript):
        index = node.slice[0].slice
        constant = isinstance(index, cst.Index) and isinstance(index.value, (cst.SimpleString, cst.Integer))
        return len(node.slice) == 1 and constant and _is_key_of(node.value, item)
    return isinstance(node, cst.Name) and node.value == item


def _key_name(node: cst.BaseExpression) -> str:
    if isinstance(node, cst.Attribute):
        return node.attr.value
    if isinstance(node, cst.Subscript) and isinstance(node.slice[0].slice, cst.Index):
        text = code(node.slice[0].slice.value).strip("\"'")
        return text if text.isidentifier() else "key"
    return "value"


def _renamed(node: cst.BaseExpression, old: str, new: cst.Name) -> cst.BaseExpression:
    if isinstance(node, cst.Name):
        return new if node.value == old else node
    assert isinstance(node, (cst.Attribute, cst.Subscript))
    return node.with_changes(value=_renamed(node.value, old, new))


def _unwrapped(node: cst.CSTNode) -> cst.CSTNode:
    """Return the body of the only statement of a block."""
    assert isinstance(node, cst.IndentedBlock)
    test = node.body[0]
    assert isinstance(test, cst.If)
    inner = cast("cst.IndentedBlock", test.body)
    first = cast("cst.SimpleStatementLine", inner.body[0])
    first = first.with_changes(leading_lines=[*test.leading_lines, *first.leading_lines])
    return inner.with_changes(body=[first, *inner.body[1:]])


class CountOnce(Rule):
    """Count all items once instead of each in turn.

    Before: ``xs.count(x)`` in a loop, of a list that doesn't change in it. After: ``xs_counts = Counter(xs)`` before the loop, and
    ``xs_counts[x]``. Only for known lists, and where the loop itself goes over what is counted. The items are assumed to be hashable.
    """

    name = "count-once"
    summary = "Count all items once"
    priority = 93
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the counts taken in loops."""
        names: dict[tuple[cst.CSTNode, str], cst.Name] = {}
        for call in function.all(cst.Call):
            found = _COUNT.match(call)
            if found is None or not isinstance(found["XS"], cst.Name):
                continue
            if not function.kinds.is_a(found["XS"], "list", "tuple") and not _is_own_item(function, call, found["XS"], found["X"]):
                continue
            place = place_before(function, found["XS"])
            if place is None or function.kinds.is_a(found["X"], "list", "dict", "set") or mentions(found["X"], found["XS"].value):
                continue
            key = (place, found["XS"].value)
            if key not in names:
                counter = edit.imported("collections", "Counter")
                if counter is None:
                    continue
                names[key] = cst.Name(edit.fresh(f"{found['XS'].value}_counts"))
                edit.before(place, statement("NAME = COUNTER(XS)", NAME=names[key], COUNTER=counter, XS=found["XS"]))
            edit.replace(call, expression("COUNTS[X]", COUNTS=names[key], X=found["X"]))


def _is_own_item(function: Function, call: cst.Call, xs: cst.Name, item: cst.BaseExpression) -> bool:
    """Whether what is counted is what a loop around takes from the same sequence, be it a list or a string."""
    if function.kinds.of(xs) is not None and not function.kinds.is_a(xs, "str", "sequence"):
        return False
    for parent in function.ancestors(call):
        loop = parent if isinstance(parent, cst.For) else parent.for_in if isinstance(parent, COMPREHENSIONS) else None
        if loop is not None and isinstance(item, cst.Name) and is_name(loop.target, item.value):
            found = _SET_OF.match(loop.iter)
            bound = function.stores(item.value, loop.body) if isinstance(loop, cst.For) else []
            return is_name(found["XS"] if found is not None else loop.iter, xs.value) and not bound
    return False
