"""Loops over indices that want the items, and counters kept by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..function import COMPREHENSIONS
from ..kinds import mentions
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..rule import Rule
from ..spans import assigned
from ..tree import bare
from ..tree import children
from ..tree import is_name
from ..tree import same
from ..tree import walk

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

_RANGE = (Pattern("range(len(XS))"), Pattern("range(0, len(XS))"))
_LESS = Pattern("I < N")
_STEP = Pattern("I += 1")
_STEP_LONG = Pattern("I = I + 1")
_LEN = Pattern("len(XS)")
_MAPPING_METHODS = ("keys", "values", "items", "get", "setdefault")


class DirectIteration(Rule):
    """Iterate over a sequence, not over its indices.

    Before: ``for i in range(len(xs)): use(xs[i])``. After: ``for x in xs: use(x)``. Where the index is used otherwise as well, and the item
    in an inner loop, ``for i, x in enumerate(xs)``. Likewise in comprehensions. The sequence and the index must not change in the loop.
    What has a length and is read by index is assumed to be a sequence; known mappings are left alone.
    """

    name = "direct-iteration"
    summary = "Iterate over the items instead of their indices"
    priority = 52
    needs = (cst.For, cst.CompFor)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the headers of such loops, and the items read in them."""
        done: list[cst.CSTNode] = []
        loops: list[cst.For | cst.CompFor] = [*function.all(cst.For), *function.all(cst.CompFor)]
        for loop in loops:
            found = matches(_RANGE, loop.iter)
            if found is None or loop.asynchronous is not None or not isinstance(loop.target, cst.Name):
                continue
            region = loop if isinstance(loop, cst.For) else function.parents[loop]
            xs, index = found["XS"], loop.target
            if not isinstance(region, (cst.For, *COMPREHENSIONS)) or any(function.inside(loop, other) for other in done):
                continue
            if _is_steady(function, region, xs, index) and self._iterate(function, edit, loop, region, xs):
                done.append(region)

    def _iterate(self, function: Function, edit: Edit, loop: cst.For | cst.CompFor, region: cst.CSTNode, xs: cst.BaseExpression) -> bool:
        index = cast("cst.Name", loop.target)
        wanted = expression("XS[I]", XS=xs, I=index)
        reads = [node for node in function.below(region, cst.Subscript) if _same_place(function, region, node, wanted)]
        indices = [node for node in walk(region) if is_name(node, index.value) and node is not index]
        later = isinstance(loop, cst.For) and (loop.orelse is not None or function.read_later(index.value, loop))
        needed = later or len(indices) > len(reads)
        deep = any(_inner_loops(function, node, region) for node in reads)
        if not reads or (needed and (not deep or isinstance(loop, cst.CompFor))):
            return False
        item = cst.Name(edit.fresh(*singular(xs)))
        for node in reads:
            edit.replace(node, item)
        edit.replace(index, expression("I, X", I=index, X=item) if needed else item)
        edit.replace(loop.iter, expression("enumerate(XS)", XS=xs) if needed else xs)
        return True


def _is_steady(function: Function, region: cst.CSTNode, xs: cst.BaseExpression, index: cst.Name) -> bool:
    """Whether neither sequence nor index change, and the sequence isn't known to be something else."""
    if is_name(xs, function.owner) or mentions(xs, index.value) or function.kinds.is_a(xs, "dict", "mapping", "set"):
        return False
    if isinstance(region, cst.For) and (not function.is_plain(index.value) or function.stores(index.value, region.body)):
        return False
    if isinstance(xs, cst.Name):
        methods = (function.parents[use.node] for use in function.loads(xs.value))
        if any(isinstance(parent, cst.Attribute) and parent.attr.value in _MAPPING_METHODS for parent in methods):
            return False
    return function.effects.steady(xs, region)


def _same_place(function: Function, region: cst.CSTNode, node: cst.Subscript, wanted: cst.BaseExpression) -> bool:
    """Whether this reads the current item, in no expression that prints its own source."""
    if isinstance(region, cst.For):
        if not function.same_here(node, wanted):
            return False
    elif not _same_in(function, region, node, wanted):
        return False
    for parent in function.ancestors(node):
        if isinstance(parent, cst.FormattedStringExpression) and parent.equal is not None:
            return False
        if parent is region:
            break
    return function.effects.is_read(node)


def _same_in(function: Function, comprehension: cst.CSTNode, node: cst.Subscript, wanted: cst.BaseExpression) -> bool:
    """Whether a node reads as wanted, with no other comprehension or function in between."""
    if not same(node, wanted):
        return False
    for parent in function.ancestors(node):
        if parent is comprehension:
            return True
        if isinstance(parent, (*COMPREHENSIONS, cst.Lambda)):
            return False
    return False


def _inner_loops(function: Function, node: cst.CSTNode, region: cst.CSTNode) -> bool:
    """Whether a node is in a loop within a region."""
    for parent in function.ancestors(node):
        if parent is region:
            return False
        if isinstance(parent, (cst.For, cst.While, *COMPREHENSIONS)):
            return True
    return False


def singular(xs: cst.CSTNode) -> list[str]:
    """Return names for one item of a sequence, the nicest first."""
    name = xs.attr.value if isinstance(xs, cst.Attribute) else xs.value if isinstance(xs, cst.Name) else "items"
    last = name.rpartition("_")[2]
    wishes = []
    if last.endswith("ies") and len(last) > 4:
        wishes.append(last[:-3] + "y")
    elif last.endswith(("sses", "xes", "ches", "shes")):
        wishes.append(last[:-2])
    elif last.endswith("s") and len(last) > 1 and not last.endswith(("ss", "ices")):
        wishes.append(last[:-1])
    return [*wishes, f"{name.strip('_')}_item"]


class CountedLoop(Rule):
    """Count by range().

    Before: ``i = 0`` and ``while i < len(xs): ...; i += 1``. After: ``for i in range(len(xs)): ...``. The counter must be stepped nowhere
    but at the end, by no ``continue`` jumped over, and not be read after the loop; the limit must not change.
    """

    name = "counted-loop"
    summary = "Count by range()"
    priority = 53
    needs = (cst.While,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops that count by hand."""
        for block in function.blocks:
            for first, loop in zip(block.body, block.body[1:], strict=False):
                binding = assigned(first)
                if isinstance(loop, cst.While) and binding is not None and isinstance(binding[1], cst.Integer):
                    self._replace(function, edit, first, loop, binding)

    def _replace(
        self, function: Function, edit: Edit, first: cst.CSTNode, loop: cst.While, binding: tuple[cst.Name, cst.BaseExpression]
    ) -> None:
        index, start = binding
        found = _LESS.match(loop.test)
        if found is None or not is_name(found["I"], index.value) or loop.orelse is not None or not isinstance(loop.body, cst.IndentedBlock):
            return
        step = loop.body.body[-1]
        stepped = _STEP.match(bare(step)) or _STEP_LONG.match(bare(step))
        if stepped is None or not is_name(stepped["I"], index.value) or len(loop.body.body) < 2:
            return
        if len(function.stores(index.value, loop)) != 1 or not function.is_plain(index.value) or function.read_later(index.value, loop):
            return
        if _continues(loop.body) or not _is_whole_limit(function, found["N"]) or not function.effects.steady(found["N"], loop):
            return
        limit = found["N"] if start.value == "0" else None  # type: ignore[attr-defined]
        header = expression("range(N)", N=limit) if limit is not None else expression("range(A, N)", A=start, N=found["N"])
        edit.remove(first)
        edit.remove(step)
        edit.rewrite(loop, lambda node: _for_loop(cast("cst.While", node), index, header))


def _for_loop(loop: cst.While, index: cst.Name, header: cst.BaseExpression) -> cst.For:
    return cst.For(target=cst.Name(index.value), iter=header, body=loop.body, leading_lines=loop.leading_lines)


def _is_whole_limit(function: Function, limit: cst.BaseExpression) -> bool:
    """Whether a limit is a whole number that isn't computed at any cost."""
    return function.kinds.is_a(limit, "int") and (isinstance(limit, (cst.Name, cst.Integer)) or _LEN.match(limit) is not None)


def _continues(node: cst.CSTNode) -> bool:
    """Whether a loop's body has a ``continue`` of its own."""
    if isinstance(node, cst.Continue):
        return True
    if isinstance(node, (cst.For, cst.While)):
        return node.orelse is not None and _continues(node.orelse)
    if isinstance(node, (cst.FunctionDef, cst.ClassDef)):
        return False
    return any(map(_continues, children(node)))
