"""Dicts of lists, sets and sums, built up key by key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..kinds import mentions
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..spans import spans
from ..tree import bare
from ..tree import same
from .comprehensions import EMPTY_DICT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..edit import Edit
    from ..function import Function
    from ..pattern import Match

_FIRSTS = (
    (Pattern("if K not in D:\n    D[K] = []"), "list"),
    (Pattern("if K not in D:\n    D[K] = list()"), "list"),
    (Pattern("if K not in D:\n    D[K] = set()"), "set"),
    (Pattern("if K not in D:\n    D[K] = 0"), "int"),
)
_THEN = {"list": Pattern("D[K].append(V)"), "set": Pattern("D[K].add(V)"), "int": Pattern("D[K] += V")}
_EITHER = (
    Pattern("if K in D:\n    D[K].append(V)\nelse:\n    D[K] = [V]"),
    Pattern("if K not in D:\n    D[K] = [V]\nelse:\n    D[K].append(V)"),
)
_SETDEFAULT = ((Pattern("D.setdefault(K, [])"), "list"), (Pattern("D.setdefault(K, set())"), "set"))


class GroupByDefault(Rule):
    """Group by collections.defaultdict.

    Before: ``if k not in groups: groups[k] = []`` and ``groups[k].append(v)``, or ``groups.setdefault(k, []).append(v)``. After:
    ``groups = defaultdict(list)``, ``groups[k].append(v)``, and ``groups = dict(groups)`` once it is complete. Meanwhile nothing may look
    at the dict. Likewise sets, and numbers that are added up from 0.
    """

    name = "group-by-default"
    summary = "Group by collections.defaultdict"
    priority = 40
    needs = (cst.For, cst.While)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the dicts that are filled this way."""
        steps = [step for step in _steps(function) if function.effects.is_pure(step.found["K"])]
        parts = [part for step in steps for part in step.parts]
        for span in spans(function, lambda value: matches(EMPTY_DICT, value) is not None, lambda use: function.inside(use.node, *parts)):
            ours = [step for step in steps if step.name == span.name and function.inside(step.parts[0], *span.between)]
            in_loop = any(function.inside(loop, *span.between) for step in ours for loop in function.enclosing_loops(step.parts[0]))
            if not in_loop or len({step.factory for step in ours}) != 1:
                continue
            default = edit.imported("collections", "defaultdict")
            if default is None:
                continue
            value = expression("DEFAULT(FACTORY)", DEFAULT=default, FACTORY=ours[0].factory)
            edit.replace(span.value, value)
            for step in ours:
                step.enter(edit)
            edit.after(span.last, statement("D = dict(D)", D=span.name))


@dataclass(frozen=True, slots=True, eq=False)
class _Step:
    """One place where a value is added to a group: the statements or the call that do it."""

    found: Match
    factory: str
    parts: tuple[cst.CSTNode, ...]

    @property
    def name(self) -> str:
        return cast("cst.Name", self.found["D"]).value

    def enter(self, edit: Edit) -> None:
        """Leave the test out, or the default."""
        if isinstance(self.parts[0], cst.Call):
            edit.replace(self.parts[0], expression("D[K]", D=self.found["D"], K=self.found["K"]))
        elif len(self.parts) == 2:
            edit.remove(self.parts[0])
        else:
            edit.replace_statements(self.parts, [statement("D[K].append(V)", **{name: self.found[name] for name in "DKV"})])


def _steps(function: Function) -> Iterator[_Step]:
    for step in _all_steps(function):
        others = [value for name, value in step.found.items() if name != "D"]
        if isinstance(step.found["D"], cst.Name) and not any(mentions(value, step.name) for value in others):
            yield step


def _all_steps(function: Function) -> Iterator[_Step]:
    for block in function.blocks:
        for number, line in enumerate(block.body):
            either = matches(_EITHER, line)
            if either is not None:
                yield _Step(either, "list", (line,))
            elif number + 1 < len(block.body):
                yield from _step_in_two(line, block.body[number + 1])
    for call in function.all(cst.Call):
        for pattern, factory in _SETDEFAULT:
            found = pattern.match(call)
            if found is not None and _THEN[factory].match(_replayed(function, call, found)) is not None:
                yield _Step(found, factory, (call,))


def _step_in_two(line: cst.CSTNode, following: cst.CSTNode) -> Iterator[_Step]:
    for pattern, factory in _FIRSTS:
        first = pattern.match(line)
        small = bare(following)
        then = _THEN[factory].match(small.value if isinstance(small, cst.Expr) else small) if first is not None else None
        if first is not None and then is not None and same(then["D"], first["D"]) and same(then["K"], first["K"]):
            yield _Step(then, factory, (line, following))


def _replayed(function: Function, call: cst.Call, found: Match) -> cst.CSTNode:
    """Return what is called on the group, as if the group had been looked up."""
    outer = function.parents[function.parents[call]]
    looked_up = expression("D[K]", D=found["D"], K=found["K"])
    return (
        outer.with_changes(func=outer.func.with_changes(value=looked_up))
        if isinstance(outer, cst.Call) and isinstance(outer.func, cst.Attribute)
        else call
    )
