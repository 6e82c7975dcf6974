"""Membership tests: hashing instead of searching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..pattern import Pattern
from ..pattern import expression
from ..pattern import statement
from ..rule import Rule
from ..spans import assigned
from ..spans import spans
from ..tree import bare
from ..tree import is_constant
from ..tree import literal
from ..tree import same
from .loops import comprehension_of

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..names import Use

# Up to three comparisons are about as fast as hashing.
FEWEST = 4
_UNHASHABLE = ("list", "dict", "set", "deque")
_EMPTY_LIST = (Pattern("[]"), Pattern("list()"))


class ConstantMembership(Rule):
    """Test membership in a set of constants, which Python folds into a frozenset.

    Before: ``word in ("a", "an", "the", "of")``. After: ``word in {"a", "an", "the", "of"}``. All constants must be of one type, since a
    mixture such as ``(None, "", 0)`` is what people test values of any type against. What is tested is assumed to be hashable.
    """

    name = "constant-membership"
    summary = "Test membership in a set"
    priority = 55
    needs = (cst.Comparison,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the lists and tuples of constants that something is looked for in."""
        for node in function.all(cst.Comparison):
            if len(node.comparisons) != 1 or not isinstance(node.comparisons[0].operator, (cst.In, cst.NotIn)):
                continue
            container = node.comparisons[0].comparator
            if isinstance(container, (cst.List, cst.Tuple)) and _is_uniform(container) and not function.kinds.is_a(node.left, *_UNHASHABLE):
                edit.replace(container, _as_set(container))


def _is_uniform(container: cst.List | cst.Tuple) -> bool:
    values = [element.value for element in container.elements]
    if len(values) < FEWEST or not all(map(is_constant, values)):
        return False
    types = {type(literal(value)) for value in values}
    return len(types) == 1 and types <= {str, bytes, int}


def _as_set(container: cst.List | cst.Tuple) -> cst.Set:
    """Return the same elements in braces, laid out as they were."""
    if isinstance(container, cst.List):
        after, before = container.lbracket.whitespace_after, container.rbracket.whitespace_before
    else:
        after, before = container.lpar[-1].whitespace_after, container.rpar[0].whitespace_before
    return cst.Set(container.elements, lbrace=cst.LeftCurlyBrace(after), rbrace=cst.RightCurlyBrace(before))


class UniqueList(Rule):
    """Drop duplicates by a dict's keys, which keep their order.

    Before: ``out = []`` and ``for x in xs: if x not in out: out.append(x)``. After: ``out = list(dict.fromkeys(xs))``. The items are
    assumed to be hashable, and equal when their hashes and values are.
    """

    name = "unique-list"
    summary = "Drop duplicates by hashing"
    priority = 90
    needs = (cst.For,)
    _test = Pattern("VALUE not in OUT")
    _append = Pattern("OUT.append(VALUE)")

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops that do nothing but collect what isn't there yet."""
        for span in spans(function, _is_empty_list, lambda _: True):
            loops = [line for line in span.between if function.uses(span.name, line)]
            parts = comprehension_of(function, loops[0]) if len(function.uses(span.name, loops[0])) == 2 else None
            if parts is None or not isinstance(parts.levels[-1], cst.If) or not isinstance(parts.innermost, cst.Expr):
                continue
            test, append = self._test.match(parts.levels[-1].test), self._append.match(parts.innermost.value)
            if test is None or append is None or not all(same(test[part], append[part]) for part in test):
                continue
            if not isinstance(test["OUT"], cst.Name) or test["OUT"].value != span.name or function.kinds.is_a(test["VALUE"], *_UNHASHABLE):
                continue
            rest = type(parts)(parts.levels[:-1], parts.innermost)
            plain = rest.only_target is not None and same(rest.only_target, test["VALUE"])
            items = rest.loop.iter if plain else rest.build(lambda loops, elt=test["VALUE"]: cst.GeneratorExp(elt, loops))  # type: ignore[misc]
            made = expression("list(dict.fromkeys(ITEMS))", ITEMS=items)
            small = bare(span.first).with_changes(value=made)
            edit.replace_statements([span.first, loops[0]], [cst.SimpleStatementLine([small])])  # type: ignore[list-item]


def _is_empty_list(value: cst.BaseExpression) -> bool:
    return any(pattern.match(value) is not None for pattern in _EMPTY_LIST)


class SeenSet(Rule):
    """Keep what was seen in a set beside the list.

    Before: ``if x not in out: out.append(x)`` among other things in a loop. After: ``if x not in out_seen: out.append(x);
    out_seen.add(x)``. A list that is only ever appended to and searched becomes a set itself. The items are assumed to be hashable.
    """

    name = "seen-set"
    summary = "Search in a set instead of a list"
    priority = 85
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Give every list that is searched while it grows a set to search in."""
        for span in spans(function, _is_empty_list, lambda use: _search(function, use) or _append_call(function, use) is not None):
            searches = [use for use in span.uses if _search(function, use)]
            appends = [node for use in span.uses if (node := _append_call(function, use)) is not None]
            if not appends or not any(function.enclosing_loops(use.node) for use in searches):
                continue
            values = [call.args[0].value for call in appends]
            if any(function.kinds.is_a(value, *_UNHASHABLE) or not _is_repeatable(value) for value in values):
                continue
            self._give_set(function, edit, span.name, span.first, searches, appends)

    def _give_set(
        self, function: Function, edit: Edit, name: str, first: cst.CSTNode, searches: list[Use], appends: list[cst.Call]
    ) -> None:
        binding = assigned(first)
        assert binding is not None
        only = len(function.uses(name)) == len(searches) + len(appends) + 1
        if only:
            edit.replace(binding[1], expression("set()"))
            for call in appends:
                edit.rewrite(call, lambda node: node.with_changes(func=node.func.with_changes(attr=cst.Name("add"))))  # type: ignore[attr-defined]
            return
        seen = edit.fresh(f"{name}_seen", f"{name}_set")
        edit.after(first, statement("SEEN = set()", SEEN=seen))
        for use in searches:
            edit.replace(use.node, cst.Name(seen))  # type: ignore[arg-type]
        for call in appends:
            line = function.parents[function.parents[call]]
            edit.after_small(line, statement("SEEN.add(VALUE)", SEEN=seen, VALUE=call.args[0].value))


def _search(function: Function, use: Use) -> bool:
    parent = function.parents[use.node]
    return isinstance(parent, cst.ComparisonTarget) and isinstance(parent.operator, (cst.In, cst.NotIn))


def _append_call(function: Function, use: Use) -> cst.Call | None:
    """Return the call, a statement of its own, by which a use appends."""
    attribute = function.parents[use.node]
    call = function.parents[attribute]
    if (
        not isinstance(attribute, cst.Attribute)
        or attribute.attr.value != "append"
        or not isinstance(call, cst.Call)
        or len(call.args) != 1
    ):
        return None
    return call if isinstance(function.parents[call], cst.Expr) and not call.args[0].star else None


def _is_repeatable(value: cst.BaseExpression) -> bool:
    """Whether a value can be written twice without being computed twice."""
    while isinstance(value, cst.Attribute):
        value = value.value
    if isinstance(value, cst.Tuple):
        return all(_is_repeatable(element.value) for element in value.elements)
    return isinstance(value, (cst.Name, cst.SimpleString, cst.Integer))
