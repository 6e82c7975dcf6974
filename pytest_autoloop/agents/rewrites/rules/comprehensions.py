"""Containers filled by a loop that does nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import fits_bare
from ..pattern import parenthesised
from ..rule import Rule
from ..spans import spans
from ..tree import bare
from ..tree import walk
from .loops import comprehension_of

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..spans import Span
    from .loops import Parts

_EMPTY_LIST = (Pattern("[]"), Pattern("list()"))
_EMPTY_SET = (Pattern("set()"),)
_EMPTY_DICT = (Pattern("{}"), Pattern("dict()"))
_APPEND = Pattern("OUT.append(VALUE)")
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
            loops = [line for line in span.between if function.uses(span.name, line)]
            if not loops or len(function.uses(span.name, loops[0])) != 1:
                continue
            parts = comprehension_of(function, loops[0])
            made = _made(function, span, parts) if parts is not None else None
            if made is not None:
                small = bare(span.first).with_changes(value=made)
                edit.replace_statements([span.first, loops[0]], [cst.SimpleStatementLine([small])])  # type: ignore[list-item]


def _is_empty(value: cst.BaseExpression) -> bool:
    return any(pattern.match(value) is not None for pattern in (*_EMPTY_LIST, *_EMPTY_SET, *_EMPTY_DICT))


def _made(function: Function, span: Span, parts: Parts) -> cst.BaseExpression | None:
    node = parts.innermost.value if isinstance(parts.innermost, cst.Expr) else parts.innermost
    for empties, pattern in ((_EMPTY_LIST, _APPEND), (_EMPTY_SET, _ADD), (_EMPTY_DICT, _STORE)):
        found = pattern.match(node)
        if found is None or not any(empty.match(span.value) is not None for empty in empties):
            continue
        out, value = found["OUT"], found["VALUE"]
        if not isinstance(out, cst.Name) or out.value != span.name:
            return None
        if pattern is _APPEND:
            return parts.build(lambda loops: cst.ListComp(elt=_whole(value), for_in=loops))
        if pattern is _ADD:
            return parts.build(lambda loops: cst.SetComp(elt=_whole(value), for_in=loops))
        key = found["KEY"]
        # A statement computes the value first, a comprehension the key.
        if any(map(_calls, (key,))) and _calls(value):
            return None
        return parts.build(lambda loops: cst.DictComp(key=_whole(key), value=_whole(value), for_in=loops))
    return None


def _whole(node: cst.BaseExpression) -> cst.BaseExpression:
    return node if fits_bare(node, cst.ListComp, "elt") else parenthesised(node)


def _calls(node: cst.CSTNode) -> bool:
    return any(isinstance(part, cst.Call) for part in walk(node))
