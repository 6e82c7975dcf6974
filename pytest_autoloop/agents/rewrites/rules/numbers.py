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

_ADD = Pattern("TOTAL += VALUE")
_ADD_CALL = Pattern("TOTAL += F(VALUE)")
_SIGNS = {"max": ">", "min": "<"}
_SQUARE = Pattern("X ** 2")


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
    """Compare values without calling min() or max().

    Before: ``best = max(best, x)`` in a loop. After: ``if x > best: best = x``; ``min(a, b)`` of two names or constants becomes
    ``b if b < a else a``, and ``x = min(f(a), b[c], d)`` the same in several statements. Which of equal values is taken stays the same.
    """

    name = "compare-directly"
    summary = "Compare without calling min() or max()"
    priority = 35
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the calls with two or three arguments within loops."""
        names: list[str] = []
        for call in function.all(cst.Call):
            sign = _SIGNS.get(call.func.value) if isinstance(call.func, cst.Name) else None
            values = [arg.value for arg in call.args if arg.keyword is None and not arg.star]
            if sign is None or not 2 <= len(values) <= 3 or len(values) != len(call.args) or not function.enclosing_loops(call):
                continue
            line = function.statement(call)
            target = _whole_target(line, call)
            if line is not None and len(values) == 2 and isinstance(target, cst.Name) and is_name(values[0], target.value):
                names = names or [edit.fresh("candidate", "other_value")]
                edit.replace_statements([line], _if_better(target, values[1], names[0], sign))
            elif len(values) == 2 and all(map(_is_simple, values)):
                edit.replace(call, expression(f"B if B {sign} A else A", A=values[0], B=values[1]))
            elif line is not None and target is not None:
                names = names or [edit.fresh("candidate", "other_value")]
                best = edit.fresh("best_value") if len(names) == 1 else names[1]
                names = [names[0], best]
                lines: list[cst.BaseStatement] = [statement("BEST = VALUE", BEST=best, VALUE=values[0])]
                for value in values[1:]:
                    lines += _if_better(cst.Name(best), value, names[0], sign)
                edit.replace_statements([line], [*lines, statement("TARGET = BEST", TARGET=target, BEST=best)])


def _whole_target(line: cst.CSTNode | None, call: cst.Call) -> cst.BaseExpression | None:
    """Return what a statement binds to the result of a call, if that is all it does."""
    small = bare(line) if line is not None else None
    if not isinstance(small, cst.Assign) or len(small.targets) != 1 or small.value is not call:
        return None
    target = small.targets[0].target
    return target if isinstance(target, (cst.Name, cst.Attribute, cst.Subscript)) else None


def _is_simple(value: cst.BaseExpression) -> bool:
    return isinstance(value, cst.Name) or is_constant(value)


def _if_better(best: cst.Name, value: cst.BaseExpression, spare: str, sign: str) -> list[cst.BaseStatement]:
    """Return the statements that keep the better of two values."""
    lines: list[cst.BaseStatement] = []
    if not _is_simple(value):
        lines.append(statement("NAME = VALUE", NAME=spare, VALUE=value))
        value = cst.Name(spare)
    body = cst.IndentedBlock([statement("BEST = VALUE", BEST=best, VALUE=value)])
    return [*lines, cst.If(test=expression(f"VALUE {sign} BEST", BEST=best, VALUE=value), body=body)]


class SquareWhole(Rule):
    """Multiply a whole number by itself instead of raising it to a power.

    Before: ``n ** 2``. After: ``n * n``. Only for names known to hold whole numbers: with floats, an overflow makes a difference.
    """

    name = "square-whole"
    summary = "Multiply instead of raising to a power"
    priority = 26
    needs = (cst.BinaryOperation,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the squares."""
        for node in function.all(cst.BinaryOperation):
            found = _SQUARE.match(node)
            if found is not None and isinstance(found["X"], cst.Name) and function.kinds.is_a(found["X"], "int"):
                edit.replace(node, expression("X * X", X=found["X"]))
