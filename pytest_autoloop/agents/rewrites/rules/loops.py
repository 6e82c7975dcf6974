"""Loops that could be comprehensions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any
from typing import TypeVar
from typing import cast

import libcst as cst

from ..function import is_simple_target
from ..function import target_names
from ..layout import spread
from ..pattern import fits_bare
from ..pattern import parenthesised
from ..tree import bare
from ..tree import statements
from ..tree import walk

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..function import Function
    from ..spans import Span

C = TypeVar("C", cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)
# What means something else, or nothing, inside a comprehension.
_UNFIT = (cst.Yield, cst.Await, cst.NamedExpr, cst.Lambda, cst.StarredElement)


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """A nest of ``for`` and ``if``, and the statements inside."""

    levels: tuple[cst.For | cst.If, ...]
    body: tuple[cst.CSTNode, ...]
    indent: str

    @property
    def loop(self) -> cst.For:
        """The outermost loop."""
        return cast("cst.For", self.levels[0])

    @property
    def expression(self) -> cst.CSTNode | None:
        """The expression that is the only statement inside."""
        only = self.body[0] if len(self.body) == 1 else None
        return only.value if isinstance(only, cst.Expr) else None

    def yields(self, value: cst.CSTNode) -> bool:
        """Whether a value is what a single loop without conditions gives."""
        target = self.loop.target
        return len(self.levels) == 1 and isinstance(target, cst.Name) and isinstance(value, cst.Name) and target.value == value.value

    def build(self, kind: type[C], **values: cst.BaseExpression) -> C:
        """Return a comprehension over the same loops and conditions."""
        inner: cst.CompFor | None = None
        conditions: list[cst.CompIf] = []
        for level in reversed(self.levels):
            if isinstance(level, cst.If):
                conditions.insert(0, cst.CompIf(_fitting(level.test, cst.CompIf, "test")))
            else:
                target = level.target.with_changes(lpar=[], rpar=[]) if isinstance(level.target, cst.Tuple) else level.target
                inner = cst.CompFor(target, _fitting(level.iter, cst.CompFor, "iter"), ifs=conditions, inner_for_in=inner)
                conditions = []
        parts: dict[str, Any] = {name: _fitting(value, kind, name) for name, value in values.items()}
        return spread(kind(for_in=cast("cst.CompFor", inner), **parts), self.indent)

    def without_last_condition(self) -> Parts:
        """Return the same parts with the innermost condition taken off."""
        return Parts(self.levels[:-1], self.body, self.indent)


def comprehension_of(function: Function, loop: cst.CSTNode, *, ends: Callable[[list[cst.CSTNode]], bool] | None = None) -> Parts | None:
    """Return the parts of a loop that could as well be a comprehension, or None.

    The loop's variables must not be read after it, nor by a nested function. ``ends`` tells which statements are the innermost, rather
    than another loop or condition; there may be several.
    """
    levels: list[cst.For | cst.If] = []
    body = [loop]
    while not (levels and ends is not None and ends(body)):
        node = body[0]
        if len(body) != 1 or not isinstance(node, (cst.For, cst.If)) or not _is_plain(node):
            break
        levels.append(node)
        body = statements(node.body)
    if not levels or not isinstance(levels[0], cst.For) or (len(body) != 1 and ends is None):
        return None
    if any(isinstance(part, _UNFIT) or _is_super(part) for part in walk(loop)):
        return None
    names = [name for level in levels if isinstance(level, cst.For) for name in target_names(level.target)]
    if any(not function.is_plain(name) or function.read_later(name, loop) for name in names):
        return None
    return Parts(tuple(levels), tuple(body), function.module.tree.default_indent)


def put_value(span: Span, loop: cst.CSTNode, value: cst.BaseExpression) -> tuple[list[cst.CSTNode], list[cst.BaseStatement]]:
    """Return what to replace by what, so that a span's name is bound to a finished value where a loop built it."""
    small = bare(span.first).with_changes(value=value)
    return [span.first, loop], [cst.SimpleStatementLine([cast("cst.BaseSmallStatement", small)])]


def _is_plain(node: cst.For | cst.If) -> bool:
    if node.orelse is not None:
        return False
    return isinstance(node, cst.If) or (node.asynchronous is None and is_simple_target(node.target))


def _is_super(node: cst.CSTNode) -> bool:
    """Whether this is ``super``, which finds its class only outside of comprehensions."""
    return isinstance(node, cst.Name) and node.value == "super"


def _fitting(node: cst.BaseExpression, parent: type[cst.CSTNode], field: str) -> cst.BaseExpression:
    return node if fits_bare(node, parent, field) else parenthesised(node)
