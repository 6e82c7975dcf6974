"""Loops that look for something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from ..function import is_simple_target
from ..function import target_names
from ..kinds import mentions
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..tree import bare
from ..tree import is_constant
from ..tree import is_name
from ..tree import statements

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

_FOUND = (
    Pattern("for T in XS:\n    if T == X:\n        return True"),
    Pattern("for T in XS:\n    if X == T:\n        return True"),
)
_NOT_FOUND = Pattern("return False")
_ANY = (Pattern("any(T == X for T in XS)"), Pattern("any(X == T for T in XS)"), Pattern("any([T == X for T in XS])"))
_SEARCHABLE = ("list", "tuple", "set", "frozenset", "dict", "range", "deque", "keys")


class SearchByIn(Rule):
    """Look for a value by ``in``.

    Before: ``for x in xs: if x == wanted: return True`` and ``return False``, or ``any(x == wanted for x in xs)``. After:
    ``return wanted in xs``. Only for known containers. What equals nothing, not even itself, is assumed not to be looked for.
    """

    name = "search-by-in"
    summary = "Look for a value by 'in'"
    priority = 68
    saves = "calls"
    needs = (cst.For, cst.GeneratorExp, cst.ListComp)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops and the calls of any()."""
        for block in function.blocks:
            for loop, following in zip(block.body, block.body[1:], strict=False):
                found = matches(_FOUND, loop)
                if found is None or _NOT_FOUND.match(bare(following)) is None or not _is_search(function, found):
                    continue
                if isinstance(found["T"], cst.Name) and function.is_plain(found["T"].value):
                    edit.replace_statements([loop, following], [statement("return X in XS", X=found["X"], XS=found["XS"])])
        for call in function.all(cst.Call):
            found = matches(_ANY, call)
            if found is not None and isinstance(found["T"], cst.Name) and _is_search(function, found):
                edit.replace(call, expression("X in XS", X=found["X"], XS=found["XS"]))


def _is_search(function: Function, found: dict[str, cst.BaseExpression]) -> bool:
    if not isinstance(found["T"], cst.Name) or mentions(found["X"], found["T"].value):
        return False
    return function.kinds.is_a(found["XS"], *_SEARCHABLE) and (isinstance(found["X"], cst.Name) or is_constant(found["X"]))


class StopAtFirst(Rule):
    """Leave a loop that has found what it was looking for.

    Before: ``for x in xs: if x.name == name: found = True``. After: the same with a ``break`` behind. The loop must do nothing but set
    constants, under a condition that has no effect and doesn't look at them.
    """

    name = "stop-at-first"
    summary = "Stop at the first hit"
    priority = 62
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Add a break to every such loop."""
        for loop in function.all(cst.For):
            body = statements(loop.body)
            test = body[0] if len(body) == 1 else None
            if not isinstance(test, cst.If) or test.orelse is not None or loop.orelse is not None or loop.asynchronous is not None:
                continue
            settings = statements(test.body)
            flags = [_flag(setting) for setting in settings]
            if not isinstance(test.body, cst.IndentedBlock) or None in flags or not is_simple_target(loop.target):
                continue
            if not function.effects.is_pure(test.test) or not _is_whole(function, loop.iter):
                continue
            if any(mentions(test.test, flag) or mentions(loop.iter, flag) for flag in flags if flag is not None):
                continue
            if not any(function.read_later(name, loop) or not function.is_plain(name) for name in target_names(loop.target)):
                edit.after(test.body.body[-1], cst.SimpleStatementLine([cst.Break()]))


def _flag(setting: cst.CSTNode) -> str | None:
    """Return the name that a statement binds to a constant."""
    if not isinstance(setting, cst.Assign) or len(setting.targets) != 1 or not is_constant(setting.value):
        return None
    target = setting.targets[0].target
    return target.value if isinstance(target, cst.Name) else None


def _is_whole(function: Function, iterable: cst.BaseExpression) -> bool:
    """Whether it makes no difference how far an iterable has been gone through."""
    if isinstance(iterable, cst.Attribute):
        return True
    if isinstance(iterable, cst.Call):
        paired = is_name(iterable.func, "enumerate") or is_name(iterable.func, "zip")
        return all(_is_whole(function, arg.value) for arg in iterable.args) if paired else function.effects.is_pure(iterable)
    if isinstance(iterable, cst.Name):
        return function.kinds.is_a(iterable, *_SEARCHABLE, "str", "sequence") or len(function.uses(iterable.value)) == 1
    return isinstance(iterable, (cst.List, cst.Tuple, cst.Subscript))
