"""Loops that count, add up or compare, which Python has builtins for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..rule import Rule
from ..spans import spans
from ..tree import bare
from ..tree import same
from ..tree import statements

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

_EMPTY_DICT = (Pattern("{}"), Pattern("dict()"))
_COUNTS = (
    Pattern("D[K] = D.get(K, 0) + 1"),
    Pattern("if K in D:\n    D[K] += 1\nelse:\n    D[K] = 1"),
    Pattern("if K not in D:\n    D[K] = 1\nelse:\n    D[K] += 1"),
    Pattern("if K in D:\n    D[K] = D[K] + 1\nelse:\n    D[K] = 1"),
    Pattern("if K not in D:\n    D[K] = 1\nelse:\n    D[K] = D[K] + 1"),
    Pattern("try:\n    D[K] += 1\nexcept KeyError:\n    D[K] = 1"),
)
_COUNTS_IN_TWO = (Pattern("if K not in D:\n    D[K] = 0"), Pattern("D[K] += 1"))


class CountItems(Rule):
    """Count by collections.Counter.

    Before: ``counts = {}`` and ``for x in xs: counts[x] = counts.get(x, 0) + 1``. After: ``counts = dict(Counter(xs))``, which has the same
    type, keys, order and values.
    """

    name = "count-items"
    summary = "Count by collections.Counter"
    priority = 75
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops that do nothing but count."""
        for span in spans(function, lambda value: any(p.match(value) is not None for p in _EMPTY_DICT), lambda _: True):
            loop = next(line for line in span.between if function.uses(span.name, line))
            if (
                not isinstance(loop, cst.For)
                or loop.orelse is not None
                or loop.asynchronous is not None
                or not isinstance(loop.target, cst.Name)
            ):
                continue
            found = _counted(statements(loop.body))
            if found is None or not same(found["D"], cst.Name(span.name)) or not same(found["K"], loop.target):
                continue
            if function.uses(span.name, loop.iter) or function.read_later(loop.target.value, loop):
                continue
            counter = edit.imported("collections", "Counter")
            if counter is not None:
                made = expression("dict(COUNTER(ITEMS))", COUNTER=counter, ITEMS=loop.iter)
                edit.replace_statements([span.first, loop], [cst.SimpleStatementLine([bare(span.first).with_changes(value=made)])])  # type: ignore[list-item]


def _counted(body: list[cst.CSTNode]) -> dict[str, cst.BaseExpression] | None:
    if len(body) == 1:
        return next((found for pattern in _COUNTS if (found := pattern.match(body[0])) is not None), None)
    if len(body) == 2:
        first, second = (pattern.match(node) for pattern, node in zip(_COUNTS_IN_TWO, body, strict=True))
        if first is not None and second is not None and all(same(first[name], second[name]) for name in first):
            return first
    return None
