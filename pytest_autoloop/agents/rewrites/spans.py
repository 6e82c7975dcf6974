"""Values that are built up: a name bound afresh, the statements that add to it, and the first that looks at it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import libcst as cst

from .tree import bare

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    from .function import Function
    from .names import Use


@dataclass(frozen=True, slots=True, eq=False)
class Span:
    """``block[start]`` binds ``name`` to ``value``; up to ``block[stop]`` only accepted ``uses`` of it follow; all others come after."""

    name: str
    value: cst.BaseExpression
    block: tuple[cst.BaseStatement, ...]
    start: int
    stop: int
    uses: tuple[Use, ...]

    @property
    def first(self) -> cst.BaseStatement:
        """The statement that binds the name."""
        return self.block[self.start]

    @property
    def between(self) -> tuple[cst.BaseStatement, ...]:
        """The statements that build the value up."""
        return self.block[self.start + 1 : self.stop]

    @property
    def last(self) -> cst.BaseStatement:
        """The last statement that adds to the value."""
        return self.block[self.stop - 1]


def assigned(statement: cst.CSTNode) -> tuple[cst.Name, cst.BaseExpression] | None:
    """Return name and value of a statement that does nothing but bind a single name."""
    small = bare(statement)
    if isinstance(small, cst.Assign) and len(small.targets) == 1 and isinstance(small.targets[0].target, cst.Name):
        return small.targets[0].target, small.value
    if isinstance(small, cst.AnnAssign) and small.value is not None and isinstance(small.target, cst.Name):
        return small.target, small.value
    return None


def spans(function: Function, wanted: Callable[[cst.BaseExpression], bool], accept: Callable[[Use], bool]) -> Iterator[Span]:
    """Yield where a name is bound to a wanted value and then built up by accepted uses only, before anything else looks at it."""
    for block in function.blocks:
        body = tuple(block.body)
        for start, line in enumerate(body[:-1]):
            binding = assigned(line)
            if binding is None or not wanted(binding[1]) or not function.is_plain(binding[0].value):
                continue
            span = _span(function, binding, body, start, accept)
            if span is not None:
                yield span


def _span(
    function: Function,
    binding: tuple[cst.Name, cst.BaseExpression],
    body: tuple[cst.BaseStatement, ...],
    start: int,
    accept: Callable[[Use], bool],
) -> Span | None:
    others = [use for use in function.uses(binding[0].value) if use.node is not binding[0]]
    stop = start + 1
    taken: list[Use] = []
    for number, line in enumerate(body[start + 1 :], start + 1):
        here = [use for use in others if function.inside(use.node, line)]
        if not all(map(accept, here)):
            break
        if here:
            stop = number + 1
            taken.extend(here)
    # Whatever else looks at the value has to come after the span in the same block: nothing else can rely on the span being through.
    watching = [use for use in others if use not in taken and use.kind != "store"]
    after = body[stop:]
    if not taken or (watching and not after) or not all(function.inside(use.node, *after) for use in watching):
        return None
    return Span(binding[0].value, binding[1], body, start, stop, tuple(taken))
