"""The same computation written out several times."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..flow import runs_at_once
from ..function import COMPREHENSIONS
from ..pattern import statement
from ..rule import Rule
from ..tree import code
from ..tree import is_constant
from ..tree import walk
from .invariants import is_repeatable_call
from .invariants import names_for

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

_UNFIT = (cst.Attribute, *COMPREHENSIONS, cst.FormattedString, cst.Slice)


class RepeatedCall(Rule):
    """Compute once what several places near each other need.

    Before: ``if text.lower() == "yes" or text.lower() == "y"``. After: ``text_lower = text.lower()`` before the statement. Only for calls
    known to have no effect, of which the first is sure to run, with names that are not bound and objects that are not changed until the
    last. ``len`` costs too little to be worth it.
    """

    name = "repeated-call"
    summary = "Compute once what is written several times"
    priority = 44
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Give the repeated calls of every block a name."""
        calls: dict[str, list[cst.Call]] = {}
        for call in function.all(cst.Call):
            if not _is_cheap(call) and (is_repeatable_call(function, call) or _is_repeatable_path(function, call)):
                calls.setdefault(code(call), []).append(call)
        done: list[cst.CSTNode] = []
        for same_calls in sorted(calls.values(), key=lambda found: -len(code(found[0]))):
            for group in _groups(function, same_calls):
                if len(group) > 1 and not any(function.inside(call, *done) for call in group):
                    self._name(function, edit, group)
                    done.extend(group)

    def _name(self, function: Function, edit: Edit, group: list[cst.Call]) -> None:
        _, lines = _lines(function, group)
        name = cst.Name(edit.fresh(*names_for(group[0])))
        edit.before(lines[0], statement("NAME = VALUE", NAME=name, VALUE=group[0]))
        for call in group:
            edit.replace(call, name)


def _is_repeatable_path(function: Function, call: cst.Call) -> bool:
    """Whether a call looks into nothing but names and their items, and gives what nobody can change."""
    parts = [node for arg in call.args for node in walk(arg)]
    if not function.effects.is_pure(call) or not function.owns(call) or any(isinstance(node, _UNFIT) for node in parts):
        return False
    if isinstance(call.func, cst.Attribute):
        return (
            call.func.attr.value == "group" and isinstance(call.func.value, cst.Name) and all(is_constant(arg.value) for arg in call.args)
        )
    plain = all(arg.keyword is None and not arg.star for arg in call.args)
    return isinstance(call.func, cst.Name) and call.func.value in ("len", "str", "int", "float", "repr") and len(call.args) == 1 and plain


def _is_cheap(call: cst.Call) -> bool:
    """Whether a call costs about as little as the name for its result."""
    plain = bool(call.args) and isinstance(call.args[0].value, cst.Name)
    return plain and isinstance(call.func, cst.Name) and call.func.value in ("len", "list", "tuple", "abs")


def _groups(function: Function, calls: list[cst.Call]) -> list[list[cst.Call]]:
    """Split equal calls into runs between which nothing changes."""
    groups: list[list[cst.Call]] = []
    current: list[cst.Call] = []
    for call in calls:
        if current and _is_steady(function, [*current, call]):
            current.append(call)
        else:
            current = [call]
            groups.append(current)
    return groups


def _lines(function: Function, calls: list[cst.Call]) -> tuple[cst.IndentedBlock | None, list[cst.CSTNode]]:
    """Return the innermost block that some nodes share, and which of its statements they belong to."""
    around = [[node for node in function.ancestors(call) if isinstance(node, cst.IndentedBlock)] for call in calls]
    block = next((node for node in around[0] if all(node in others for others in around)), None)
    if block is None:
        return None, []
    lines = [next(line for line in block.body if function.inside(call, line)) for call in calls]
    return block, cast("list[cst.CSTNode]", lines)


def _is_steady(function: Function, calls: list[cst.Call]) -> bool:
    """Whether equal calls give the same, and the first is sure to run."""
    block, lines = _lines(function, calls)
    if block is None or not runs_at_once(function, calls[0], lines[0]) or any(isinstance(line, cst.While) for line in lines[:1]):
        return False
    if isinstance(lines[0], cst.SimpleStatementLine) and len(lines[0].body) != 1:
        return False
    between = list(block.body)[block.body.index(lines[0]) : block.body.index(lines[-1]) + 1]
    for node in walk(calls[0]):
        if not isinstance(node, cst.Name) or node not in function.names.nodes:
            continue
        name = node.value
        if function.is_builtin(name) or function.effects.module_of(node) is not None:
            continue
        if function.is_global(name) and function.module.purity.is_pure(name):
            continue
        if not function.is_plain(name):
            return False
        if any(function.stores(name, line) or not function.effects.untouched(name, line, strictly=True) for line in between):
            return False
    return True
