"""Chains of tests that one test can do."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..rule import Rule
from ..tree import is_constant
from ..tree import literal
from ..tree import same
from .membership import FEWEST
from .membership import UNHASHABLE

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..edit import Edit
    from ..function import Function

Joint = type[cst.Or] | type[cst.And]


@dataclass(frozen=True, slots=True, eq=False)
class Link:
    """One operand of a chain that tests ``subject`` against ``value``."""

    node: cst.BaseExpression
    subject: cst.BaseExpression
    value: cst.BaseExpression


class _ChainRule(Rule):
    """What rules for chains of ``or`` (and of negations joined by ``and``) have in common."""

    needs = (cst.BooleanOperation,)
    fewest = 2

    @abstractmethod
    def link(self, function: Function, node: cst.BaseExpression, joint: Joint) -> Link | None:
        """Return what an operand tests, if it is of the sort that the rule joins."""

    @abstractmethod
    def joined(self, links: list[Link], joint: Joint) -> cst.BaseExpression | None:
        """Return the one test that does the same as several, or None where there is none."""

    def apply(self, function: Function, edit: Edit) -> None:
        """Join every run of tests of the same subject."""
        for top in function.all(cst.BooleanOperation):
            joint: Joint = type(top.operator)  # type: ignore[assignment]
            parent = function.parents[top]
            if isinstance(parent, cst.BooleanOperation) and isinstance(parent.operator, joint) and parent.left is top and not top.lpar:
                continue
            for run in _runs(_operands(top), lambda node, joint=joint: self.link(function, node, joint)):  # type: ignore[misc]
                made = self.joined(run, joint) if len(run) >= self.fewest and function.effects.is_pure(run[0].subject) else None
                if made is not None:
                    _enter(function, edit, top, run, made)


def _operands(node: cst.BooleanOperation) -> list[cst.BaseExpression]:
    """Return the operands of a chain without parentheses, from left to right."""
    found: list[cst.BaseExpression] = [node.right]
    left = node.left
    while isinstance(left, cst.BooleanOperation) and isinstance(left.operator, type(node.operator)) and not left.lpar:
        found.insert(0, left.right)
        left = left.left
    return [left, *found]


def _runs(operands: list[cst.BaseExpression], link: Callable[[cst.BaseExpression], Link | None]) -> list[list[Link]]:
    """Return the runs of neighbours that test the same subject."""
    runs: list[list[Link]] = [[]]
    for node in operands:
        found = link(node)
        if found is None:
            runs.append([])
        elif runs[-1] and same(runs[-1][-1].subject, found.subject):
            runs[-1].append(found)
        else:
            runs.append([found])
    return runs


def _enter(function: Function, edit: Edit, top: cst.BooleanOperation, run: list[Link], made: cst.BaseExpression) -> None:
    """Put one test in the place of the first of a run, and drop the others."""
    first, last = run[0].node, run[-1].node
    leftmost = first is _operands(top)[0]
    if leftmost and last is top.right:
        edit.replace(top, made)
    elif leftmost:
        edit.replace(cast("cst.BaseExpression", function.parents[last]), made)
    else:
        edit.replace(first, made)
        for other in run[1:]:
            edit.rewrite(function.parents[other.node], _without_right)


def _without_right(node: cst.CSTNode) -> cst.CSTNode:
    """Return the left operand, within the parentheses that were around both."""
    assert isinstance(node, cst.BooleanOperation)
    return node.left.with_changes(lpar=[*node.lpar, *node.left.lpar], rpar=[*node.left.rpar, *node.rpar])


_EQUAL = Pattern("A == B")
_UNEQUAL = Pattern("A != B")


class EqualityChain(_ChainRule):
    """Look a value up among constants instead of comparing it with each.

    Before: ``x == "a" or x == "b" or x == "c"``. After: ``x in {"a", "b", "c"}``; likewise ``!=`` and ``and``. Only for three or more
    constants of one type. What is compared is assumed to be hashable, and compares as its type does.
    """

    name = "equality-chain"
    summary = "Test membership instead of comparing one by one"
    priority = 38
    fewest = FEWEST

    def link(self, function: Function, node: cst.BaseExpression, joint: Joint) -> Link | None:
        """Accept a comparison with a constant."""
        found = (_EQUAL if joint is cst.Or else _UNEQUAL).match(node)
        if found is None or function.kinds.is_a(found["A"], *UNHASHABLE):
            return None
        return Link(node, found["A"], found["B"]) if is_constant(found["B"]) else None

    def joined(self, links: list[Link], joint: Joint) -> cst.BaseExpression | None:
        """Return a membership test, if the constants are of one type."""
        values = [link.value for link in links]
        types = {type(literal(value)) for value in values}
        if len(types) != 1 or not types <= {str, bytes, int}:
            return None
        found = cst.Set([cst.Element(value) for value in values])
        return expression(f"X {'in' if joint is cst.Or else 'not in'} VALUES", X=links[0].subject, VALUES=found)


class PrefixChain(_ChainRule):
    """Test for several prefixes at once.

    Before: ``s.startswith("a") or s.startswith("b")``. After: ``s.startswith(("a", "b"))``; likewise ``endswith``, and ``not`` with
    ``and``.
    """

    name = "prefix-chain"
    summary = "Test for several prefixes at once"
    priority = 39

    def link(self, function: Function, node: cst.BaseExpression, joint: Joint) -> Link | None:  # noqa: ARG002 (other links need it)
        """Accept a test for a constant prefix or suffix, with ``not`` in front where the joint is ``and``."""
        call: cst.BaseExpression = node
        if joint is cst.And:
            if not isinstance(node, cst.UnaryOperation) or not isinstance(node.operator, cst.Not):
                return None
            call = node.expression
        if not isinstance(call, cst.Call) or len(call.args) != 1 or call.args[0].keyword is not None or call.args[0].star:
            return None
        method = call.func.attr.value if isinstance(call.func, cst.Attribute) else ""
        value = call.args[0].value
        return Link(node, call.func, value) if method in ("startswith", "endswith") and isinstance(value, cst.SimpleString) else None

    def joined(self, links: list[Link], joint: Joint) -> cst.BaseExpression:
        """Return one test with a tuple."""
        values = cst.Tuple([cst.Element(link.value) for link in links])
        template = "METHOD(VALUES)" if joint is cst.Or else "not METHOD(VALUES)"
        return expression(template, METHOD=links[0].subject, VALUES=values)
