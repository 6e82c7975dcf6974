"""Loops that count and group, which Python has containers for."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..kinds import SEQUENCES
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import same
from .comprehensions import EMPTY_DICT
from .loops import comprehension_of
from .loops import put_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..edit import Edit
    from ..function import Function
    from ..pattern import Match

_GET = Pattern("D[K] = D.get(K, 0) + 1")
_TESTED = (
    Pattern("if K in D:\n    D[K] += 1\nelse:\n    D[K] = 1"),
    Pattern("if K not in D:\n    D[K] = 1\nelse:\n    D[K] += 1"),
    Pattern("if K in D:\n    D[K] = D[K] + 1\nelse:\n    D[K] = 1"),
    Pattern("if K not in D:\n    D[K] = 1\nelse:\n    D[K] = D[K] + 1"),
    Pattern("try:\n    D[K] += 1\nexcept KeyError:\n    D[K] = 1"),
)
_ZERO = Pattern("if K not in D:\n    D[K] = 0")
_PLUS_ONE = Pattern("D[K] += 1")


def _counted(body: Sequence[cst.CSTNode]) -> Match | None:
    """Return dict and key of statements that count one key."""
    if len(body) == 1:
        return matches((_GET, *_TESTED), body[0])
    if len(body) == 2:
        first, second = _ZERO.match(body[0]), _PLUS_ONE.match(body[1])
        if first is not None and second is not None and all(same(first[name], second[name]) for name in first):
            return first
    return None


class CountItems(Rule):
    """Count by collections.Counter.

    Before: ``counts = {}`` and ``for x in xs: counts[x] = counts.get(x, 0) + 1``. After: ``counts = dict(Counter(xs))``, which has the same
    type, keys, order and values. What might be a mapping is counted through an iterator, since Counter takes a mapping for counts.
    """

    name = "count-items"
    summary = "Count by collections.Counter"
    priority = 75
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops that do nothing but count."""
        for span in spans(function, lambda value: matches(EMPTY_DICT, value) is not None, lambda _: True):
            loop = next(line for line in span.between if function.uses(span.name, line))
            parts = comprehension_of(function, loop, ends=lambda body: _counted(body) is not None)
            found = _counted(parts.body) if parts is not None else None
            if parts is None or found is None or not isinstance(found["D"], cst.Name) or found["D"].value != span.name:
                continue
            if not function.effects.is_pure(found["K"]) or len(function.uses(span.name, loop)) != _mentions(
                function, parts.body, span.name
            ):
                continue
            counter = edit.imported("collections", "Counter")
            if counter is not None:
                items = _items(function, parts.loop.iter) if parts.yields(found["K"]) else parts.build(cst.ListComp, elt=found["K"])
                made = expression("dict(COUNTER(ITEMS))", COUNTER=counter, ITEMS=items)
                edit.replace_statements(*put_value(span, loop, made))


def _items(function: Function, iterable: cst.BaseExpression) -> cst.BaseExpression:
    plain = function.kinds.name_of(iterable) in SEQUENCES | {"set", "frozenset", "iterable", "keys", "values", "items"}
    return iterable if plain else expression("iter(ITEMS)", ITEMS=iterable)


def _mentions(function: Function, body: Sequence[cst.CSTNode], name: str) -> int:
    return sum(len(function.uses(name, node)) for node in body)


class CountByGet(Rule):
    """Look a count up once.

    Before: ``if k in counts: counts[k] += 1`` and ``else: counts[k] = 1``. After: ``counts[k] = counts.get(k, 0) + 1``. Only for known
    dicts, and keys that compute to the same each time.
    """

    name = "count-by-get"
    summary = "Look each count up once"
    priority = 20
    needs = (cst.If, cst.Try)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the tests for a key that only count."""
        for node in function.all(cst.If, cst.Try):
            found = matches(_TESTED, node)
            if found is None or function.statement(node) is not node or not function.kinds.is_a(found["D"], "dict"):
                continue
            if function.effects.is_pure(found["K"]):
                edit.replace_statements([node], [statement("D[K] = D.get(K, 0) + 1", D=found["D"], K=found["K"])])
