"""Items of items, looked up before a loop rather than in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..flow import runs_first
from ..pattern import Pattern
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..tree import code
from ..tree import is_name
from ..tree import walk
from .ranges import singular

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..function import Loop

_INDICES = (Pattern("range(len(XS))"), Pattern("range(A, len(XS))"))
_SHIFTED = (Pattern("I + N"), Pattern("I - N"))


class HoistItem(Rule):
    """Look a row up once before the loop over its columns.

    Before: ``for j in range(n): total += table[i][j]``. After: ``row = table[i]`` before the loop, and ``row[j]`` in it; likewise
    ``bodies[i].x``. Neither container nor index may change in the loop, what the item holds may. The index must come from a loop over a
    range, and the first round be sure to look the item up; or from a loop over all that the container has.
    """

    name = "hoist-item"
    summary = "Look items up before the loop"
    priority = 49
    needs = (cst.Subscript,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Give the items that a loop looks up in every round a name."""
        done: set[cst.CSTNode] = set()
        for loop in function.loops:
            groups: dict[str, list[cst.Subscript]] = {}
            for node in function.below(loop.body, cst.Subscript):
                if node not in done and _is_row(function, node) and _is_same_in(function, node, loop):
                    groups.setdefault(code(node), []).append(node)
            for nodes in groups.values():
                if function.statement(loop) is not loop or not any(_is_sure(function, node, loop) for node in nodes):
                    continue
                name = cst.Name(edit.fresh(*_names(function, nodes[0])))
                edit.before(loop, statement("NAME = ITEM", NAME=name, ITEM=nodes[0]))
                for node in nodes:
                    edit.replace(node, name)
                    done.add(node)


def _is_row(function: Function, node: cst.Subscript) -> bool:
    """Whether this is an item of a name, of which an item or attribute is wanted."""
    parent = function.parents[node]
    if not isinstance(node.value, cst.Name) or len(node.slice) != 1 or not isinstance(parent, (cst.Attribute, cst.Subscript)):
        return False
    index = node.slice[0].slice
    if not isinstance(index, cst.Index) or parent.value is not node or function.kinds.is_a(node.value, "str", "bytes"):
        return False
    return _index_name(node) is not None and function.owns(node)


def _index_name(node: cst.Subscript) -> str | None:
    """Return the name of an index that is but a name, or that and a constant."""
    index = node.slice[0].slice
    if not isinstance(index, cst.Index):
        return None
    shifted = matches(_SHIFTED, index.value)
    plain = index.value if shifted is None or not isinstance(shifted["N"], cst.Integer) else shifted["I"]
    return plain.value if isinstance(plain, cst.Name) else None


def _is_same_in(function: Function, node: cst.Subscript, loop: Loop) -> bool:
    """Whether neither the container nor the index changes in a loop."""
    names = {part.value for part in walk(node) if isinstance(part, cst.Name)}
    if not all(map(function.is_plain, names)) or any(function.stores(name, loop) for name in names):
        return False
    assert isinstance(node.value, cst.Name)
    return function.effects.untouched(node.value.value, loop, shallow=True)


def _is_sure(function: Function, node: cst.Subscript, loop: Loop) -> bool:
    """Whether looking an item up before a loop can't fail unless the loop would."""
    name = _index_name(node)
    for outer in function.enclosing_loops(loop):
        if isinstance(outer, cst.For) and name is not None and is_name(outer.target, name):
            counted = isinstance(outer.iter, cst.Call) and is_name(outer.iter.func, "range")
            return counted and (runs_first(function, node, loop) or _is_valid(function, node, outer))
    return False


def _is_valid(function: Function, node: cst.Subscript, outer: cst.For) -> bool:
    """Whether a loop takes an index from all that a container has."""
    index = node.slice[0].slice
    found = matches(_INDICES, outer.iter)
    if found is None or not isinstance(node.value, cst.Name) or not is_name(found["XS"], node.value.value):
        return False
    plain = isinstance(index, cst.Index) and isinstance(index.value, cst.Name) and not isinstance(found.get("A"), cst.UnaryOperation)
    return plain and function.effects.untouched(node.value.value, outer, shallow=True)


def _names(function: Function, node: cst.Subscript) -> list[str]:
    """Return names for an item, the nicest first."""
    assert isinstance(node.value, cst.Name)
    if isinstance(function.parents[node], cst.Subscript):
        return [f"{node.value.value}_row"]
    return singular(node.value)
