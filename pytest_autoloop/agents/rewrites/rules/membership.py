"""Membership tests: hashing instead of searching."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..flow import runs_at_once
from ..pattern import expression
from ..pattern import statement
from ..rule import Rule
from ..tree import is_constant
from ..tree import literal

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

# One or two comparisons are as fast as hashing.
FEWEST = 3
UNHASHABLE = ("list", "dict", "set", "deque")


class ConstantMembership(Rule):
    """Test membership in a set of constants, which Python folds into a frozenset.

    Before: ``word in ("a", "an", "the", "of")``. After: ``word in {"a", "an", "the", "of"}``. A tuple of constants with a name at the
    top of the module gets a frozenset beside it, and so does a list whose name is that of a constant. All constants must be of one
    type, since a mixture such as ``(None, "", 0)`` is what people test values of any type against. What is tested is assumed to be
    hashable, and such names at the top of the module never to change.
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
            if function.kinds.is_a(node.left, *UNHASHABLE):
                continue
            if isinstance(container, (cst.List, cst.Tuple)) and is_uniform(container):
                edit.replace(container, as_set(container))
            elif isinstance(container, cst.Name) and function.is_global(container.value):
                value = function.module.values.get(container.value)
                # A public list with an ordinary name may be there for others to extend.
                fixed = isinstance(value, cst.Tuple) or container.value.isupper() or container.value.startswith("_")
                if fixed and isinstance(value, (cst.List, cst.Tuple)) and is_uniform(value):
                    edit.replace(container, edit.constant("SET", expression("frozenset(X)", X=container), beside=container.value))


def is_uniform(container: cst.List | cst.Tuple) -> bool:
    """Whether a display holds constants of one hashable type, and enough of them."""
    values = [element.value for element in container.elements]
    if len(values) < FEWEST or not all(map(is_constant, values)):
        return False
    types = {type(literal(value)) for value in values}
    return len(types) == 1 and types <= {str, bytes, int}


def as_set(container: cst.List | cst.Tuple) -> cst.Set:
    """Return the same elements in braces, laid out as they were."""
    if isinstance(container, cst.List):
        after, before = container.lbracket.whitespace_after, container.rbracket.whitespace_before
    else:
        after, before = container.lpar[-1].whitespace_after, container.rpar[0].whitespace_before
    return cst.Set(container.elements, lbrace=cst.LeftCurlyBrace(after), rbrace=cst.RightCurlyBrace(before))


class LocalMembership(Rule):
    """Search in a set that is built once, instead of a list that is searched again and again.

    Before: ``for x in xs: if x in known``. After: ``known_set = set(known)`` before the loop and ``if x in known_set`` in it. Only for
    lists and tuples, by what they are bound to or by their annotation, that don't change in the loop. Their items are assumed to be
    hashable, and equal when their hashes and values are.
    """

    name = "local-membership"
    summary = "Search in a set built once"
    priority = 88
    needs = (cst.Comparison,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Give every list that is searched in a loop a set beside it."""
        sets: dict[tuple[cst.CSTNode, str], str] = {}
        for node in function.all(cst.Comparison):
            if len(node.comparisons) != 1 or not isinstance(node.comparisons[0].operator, (cst.In, cst.NotIn)):
                continue
            container = node.comparisons[0].comparator
            if (
                not isinstance(container, cst.Name)
                or not _is_searchable(function, container)
                or function.kinds.is_a(node.left, *UNHASHABLE)
            ):
                continue
            place = place_before(function, container)
            if place is None:
                continue
            key = (place, container.value)
            if key not in sets:
                sets[key] = edit.fresh(f"{container.value}_set")
                edit.before(place, statement("NAME = set(XS)", NAME=sets[key], XS=container))
            edit.replace(container, cst.Name(sets[key]))


def _is_searchable(function: Function, container: cst.Name) -> bool:
    found = function.kinds.of(container)
    if found is None or found.name not in ("list", "tuple") or not function.is_plain(container.value) or not function.owns(container):
        return False
    if found.item is not None and found.item.name in (*UNHASHABLE, "tuple"):
        # A tuple may hold what can't be hashed.
        return found.item.name == "tuple" and all(part is not None and part.name not in UNHASHABLE for part in found.item.parts)
    value = function.only_value(container.value)
    return not (isinstance(value, (cst.List, cst.Tuple)) and len(value.elements) < FEWEST)


def place_before(function: Function, container: cst.Name) -> cst.CSTNode | None:
    """Return the statement before which a container is complete, and that goes on to look into it several times."""
    region = function.outermost(container, container.value)
    place = function.statement(region) if region is not None else None
    if region is None or place is None or not runs_at_once(function, region, place):
        return None
    return place if function.surely_bound(container.value, place) else None
