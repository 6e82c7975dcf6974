"""Containers that are rebuilt whenever something is added to them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..kinds import mentions
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import bare
from ..tree import is_name
from ..vocabulary import ITERATORS

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..names import Use
    from ..pattern import Match

# What rebuilds a container, and what adds to it; the kind that it must be of.
_GROWTHS = (
    (Pattern("OUT = OUT + [X]"), "OUT.append(X)", "list"),
    (Pattern("OUT += [X]"), "OUT.append(X)", "list"),
    (Pattern("OUT = [*OUT, X]"), "OUT.append(X)", "list"),
    (Pattern("OUT = OUT + XS"), "OUT.extend(XS)", "list"),
    (Pattern("OUT = {**OUT, K: X}"), "OUT[K] = X", "dict"),
    (Pattern("OUT = OUT | {X}"), "OUT.add(X)", "set"),
    (Pattern("OUT = OUT.union({X})"), "OUT.add(X)", "set"),
)
_FLATTENED = Pattern("sum(XS, [])")
_FRESH = (cst.List, cst.Dict, cst.ListComp, cst.SetComp, cst.DictComp)


class GrowInPlace(Rule):
    """Add to a container instead of rebuilding it.

    Before: ``out = out + [x]`` in a loop, and ``out = {**out, k: x}``. After: ``out.append(x)``, and ``out[k] = x``. Only containers made
    in the function of which nothing has got hold yet, since a new object and a changed one are told apart by whoever has the old one.
    What is added to a list is assumed to be a list, as adding anything else to one fails.
    """

    name = "grow-in-place"
    summary = "Add to a container instead of rebuilding it"
    priority = 87
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the statements that rebuild a container."""
        for span in spans(function, _is_fresh, lambda use: _growth(function, use) is not None or _is_safe_read(function, use)):
            found = {growth[0]: growth for use in span.uses if (growth := _growth(function, use)) is not None}
            looping = [line for line in found if any(function.inside(loop, *span.between) for loop in function.enclosing_loops(line))]
            if not looping or not function.kinds.is_a(span.value, *{kind for _, _, _, kind in found.values()}):
                continue
            if any(_is_iterated(function, line, span.name) for line in found) or len({kind for *_, kind in found.values()}) != 1:
                continue
            for line, match, template, _ in found.values():
                edit.replace_statements([line], [statement(template, **match)])


Growth = tuple[cst.CSTNode, "Match", str, str]


def _is_fresh(value: cst.BaseExpression) -> bool:
    return isinstance(value, _FRESH) or Pattern("set()").match(value) is not None


def _growth(function: Function, use: Use) -> Growth | None:
    line = function.statement(use.node)
    if not isinstance(line, cst.SimpleStatementLine):
        return None
    for pattern, template, kind in _GROWTHS:
        found = pattern.match(bare(line))
        if (
            found is None
            or not is_name(found["OUT"], use.name)
            or any(mentions(part, use.name) for name, part in found.items() if name != "OUT")
        ):
            continue
        if "XS" in found and function.kinds.name_of(found["XS"]) not in (None, "list"):
            continue
        return line, found, template, kind
    return None


def _is_safe_read(function: Function, use: Use) -> bool:
    """Whether a use reads the container as it is at this moment, and remembers nothing of it."""
    if use.kind != "load" or function.effects.role(use.node) != "read":
        return False
    parent = function.parents[use.node]
    if isinstance(parent, cst.Attribute):
        return False
    call = function.parents[parent] if isinstance(parent, cst.Arg) else None
    return not (isinstance(call, cst.Call) and isinstance(call.func, cst.Name) and call.func.value in ITERATORS)


def _is_iterated(function: Function, line: cst.CSTNode, name: str) -> bool:
    """Whether a loop around a statement goes over the container that it changes."""
    return any(isinstance(loop, cst.For) and mentions(loop.iter, name) for loop in function.enclosing_loops(line))


class FlattenByChain(Rule):
    """Flatten lists by itertools.chain.

    Before: ``sum(lists, [])``, which copies the result for each list. After: ``list(chain.from_iterable(lists))``. All items are assumed to
    be lists, as anything else makes ``sum`` fail.
    """

    name = "flatten-by-chain"
    summary = "Flatten lists by itertools.chain"
    priority = 83
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the sums of lists."""
        for call in function.all(cst.Call):
            found = matches((_FLATTENED,), call)
            chain = edit.imported("itertools", "chain") if found is not None else None
            if found is not None and chain is not None:
                edit.replace(call, expression("list(CHAIN.from_iterable(XS))", CHAIN=chain, XS=found["XS"]))
