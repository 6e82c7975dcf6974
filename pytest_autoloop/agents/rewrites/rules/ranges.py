"""Loops over indices that want the items."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..rule import Rule
from ..tree import same

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

_RANGE = (Pattern("range(len(XS))"), Pattern("range(0, len(XS))"))


class DirectIteration(Rule):
    """Iterate over a sequence, not over its indices.

    Before: ``for i in range(len(xs)): use(xs[i])``. After: ``for x in xs: use(x)``, or ``for i, x in enumerate(xs)`` where the index is
    used otherwise as well. The sequence and the index must not change in the loop. What has a length and is read by index is assumed to
    be a sequence; known mappings are left alone.
    """

    name = "direct-iteration"
    summary = "Iterate over the items instead of their indices"
    priority = 45
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the header of such loops, and the items read in their bodies."""
        done: list[cst.CSTNode] = []
        for loop in function.all(cst.For):
            match = next((found for pattern in _RANGE if (found := pattern.match(loop.iter)) is not None), None)
            if (
                match is None
                or loop.asynchronous is not None
                or not isinstance(loop.target, cst.Name)
                or not isinstance(match["XS"], cst.Name)
            ):
                continue
            if not all(map(function.is_builtin, ("range", "len", "enumerate"))):
                continue
            reads = _reads(function, loop, match["XS"], loop.target)
            if reads and not any(function.inside(loop, other) for other in done):
                self._iterate(function, edit, loop, match["XS"], reads)

    def _iterate(self, function: Function, edit: Edit, loop: cst.For, xs: cst.Name, reads: list[cst.Subscript]) -> None:
        assert isinstance(loop.target, cst.Name)
        index = loop.target.value
        item = edit.fresh(*_singular(xs.value))
        for node in reads:
            edit.replace(node, cst.Name(item))
        others = len(function.loads(index, loop.body)) > len(reads) or function.read_later(index, loop)
        if others or loop.orelse is not None:
            edit.replace(loop.target, expression("I, X", I=index, X=item))
            edit.replace(loop.iter, expression("enumerate(XS)", XS=xs))
        else:
            edit.replace(loop.target, cst.Name(item))
            edit.replace(loop.iter, xs)


def _reads(function: Function, loop: cst.For, xs: cst.Name, index: cst.Name) -> list[cst.Subscript]:
    """Return the places that read the current item, empty where the sequence or the index may change."""
    if not function.is_plain(index.value) or function.stores(index.value, loop.body) or xs.value == index.value:
        return []
    if function.kinds.is_a(xs, "dict", "mapping") or _looks_like_mapping(function, xs.value):
        return []
    if not function.effects.untouched(xs.value, loop.body) or not function.is_plain(xs.value):
        return []
    wanted = expression("XS[I]", XS=xs, I=index)
    return [node for node in function.below(loop.body, cst.Subscript) if same(node, wanted)]


def _looks_like_mapping(function: Function, name: str) -> bool:
    parents = (function.parents[use.node] for use in function.loads(name))
    return any(isinstance(parent, cst.Attribute) and parent.attr.value in ("keys", "values", "items", "get") for parent in parents)


def _singular(name: str) -> list[str]:
    """Return names for one item of a sequence, the nicest first."""
    last = name.rpartition("_")[2]
    wishes = []
    if last.endswith("ies") and len(last) > 4:
        wishes.append(last[:-3] + "y")
    if last.endswith(("sses", "xes", "ches", "shes")):
        wishes.append(last[:-2])
    if last.endswith("s") and len(last) > 1 and not last.endswith("ss"):
        wishes.append(last[:-1])
    return [*wishes, f"{name}_item"]
