"""Loops that add up or compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import bare
from ..tree import is_constant
from ..tree import is_name
from .loops import comprehension_of
from .loops import put_value

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..pattern import Match

_ADD = Pattern("TOTAL += VALUE")
_ADD_CALL = Pattern("TOTAL += F(VALUE)")
_COMPARISONS = (
    (">", Pattern("max(A, B)"), Pattern("BEST = max(BEST, X)")),
    ("<", Pattern("min(A, B)"), Pattern("BEST = min(BEST, X)")),
)


class SumItems(Rule):
    """Add whole numbers up by sum().

    Before: ``total = 0`` and ``for x in xs: total += x``. After: ``total = sum(xs)``; with ``len(x)``, ``sum(map(len, xs))``. Only for
    what is known to be whole: newer versions of Python add floats up more exactly than a loop does. Other terms gain nothing.
    """

    name = "sum-items"
    summary = "Add up by sum()"
    priority = 65
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops that only add up."""
        for span in spans(function, lambda value: isinstance(value, cst.Integer) and value.value == "0", lambda _: True):
            loop = next(line for line in span.between if function.uses(span.name, line))
            parts = comprehension_of(function, loop)
            found = _ADD.match(parts.body[0]) if parts is not None else None
            if parts is None or found is None or not is_name(found["TOTAL"], span.name) or len(function.uses(span.name, loop)) != 1:
                continue
            if not function.kinds.is_a(found["VALUE"], "int", "bool"):
                continue
            call = _ADD_CALL.match(parts.body[0])
            if parts.yields(found["VALUE"]):
                made = expression("sum(ITEMS)", ITEMS=parts.loop.iter)
            elif call is not None and parts.yields(call["VALUE"]) and is_name(call["F"], "len"):
                made = expression("sum(map(len, ITEMS))", ITEMS=parts.loop.iter)
            else:
                continue
            edit.replace_statements(*put_value(span, loop, made))


class CompareDirectly(Rule):
    """Compare two values without calling min() or max().

    Before: ``best = max(best, x)`` in a loop. After: ``if x > best: best = x``; and ``min(a, b)`` of two names or constants becomes
    ``b if b < a else a``. Which of two equal values is taken stays the same.
    """

    name = "compare-directly"
    summary = "Compare without calling min() or max()"
    priority = 35
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the calls with two arguments within loops."""
        for call in function.all(cst.Call):
            for sign, pair, keep in _COMPARISONS:
                found = pair.match(call)
                if found is None or not function.enclosing_loops(call):
                    continue
                line = function.statement(call)
                kept = keep.match(bare(line)) if line is not None else None
                if line is not None and kept is not None and isinstance(kept["BEST"], cst.Name):
                    self._keep_better(edit, line, kept, sign)
                elif all(isinstance(found[part], cst.Name) or is_constant(found[part]) for part in "AB"):
                    edit.replace(call, expression(f"B if B {sign} A else A", A=found["A"], B=found["B"]))

    def _keep_better(self, edit: Edit, line: cst.CSTNode, kept: Match, sign: str) -> None:
        best, value = kept["BEST"], kept["X"]
        lines: list[cst.BaseStatement] = []
        if not isinstance(value, cst.Name) and not is_constant(value):
            name = cst.Name(edit.fresh("candidate", "value"))
            lines.append(statement("NAME = VALUE", NAME=name, VALUE=value))
            value = name
        body = cst.IndentedBlock([statement("BEST = VALUE", BEST=best, VALUE=value)])
        lines.append(cst.If(test=expression(f"VALUE {sign} BEST", BEST=best, VALUE=value), body=body))
        edit.replace_statements([line], lines)
