"""Layout of new code: long comprehensions over several lines."""

from __future__ import annotations

from typing import TypeVar

import libcst as cst

from .tree import code

# Code of this length mostly fits a line, indented as it may be.
WIDEST = 88

C = TypeVar("C", cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


def spread(comprehension: C, step: str) -> C:
    """Give each part of a comprehension a line of its own if they don't all fit on one."""
    if isinstance(comprehension, cst.GeneratorExp) or (len(text := code(comprehension)) <= WIDEST and "\n" not in text):
        return comprehension
    inner = _line_break(step)
    shifted = comprehension.visit(_Shift(step))
    assert isinstance(shifted, type(comprehension))
    changes = {"for_in": _spread_loops(shifted.for_in, inner)}
    if isinstance(shifted, cst.ListComp):
        ends = {"lbracket": cst.LeftSquareBracket(inner), "rbracket": cst.RightSquareBracket(_line_break(""))}
    else:
        ends = {"lbrace": cst.LeftCurlyBrace(inner), "rbrace": cst.RightCurlyBrace(_line_break(""))}
    return shifted.with_changes(**changes, **ends)


def _spread_loops(loop: cst.CompFor, inner: cst.ParenthesizedWhitespace) -> cst.CompFor:
    ifs = [condition.with_changes(whitespace_before=inner) for condition in loop.ifs]
    rest = _spread_loops(loop.inner_for_in, inner) if loop.inner_for_in is not None else None
    return loop.with_changes(whitespace_before=inner, ifs=ifs, inner_for_in=rest)


def _line_break(indent: str) -> cst.ParenthesizedWhitespace:
    return cst.ParenthesizedWhitespace(indent=True, last_line=cst.SimpleWhitespace(indent))


class _Shift(cst.CSTTransformer):
    """Indents the lines within an expression by one more step."""

    def __init__(self, step: str) -> None:
        super().__init__()
        self.step = step

    def leave_ParenthesizedWhitespace(  # noqa: N802 (libcst's name)
        self, original_node: cst.ParenthesizedWhitespace, updated_node: cst.ParenthesizedWhitespace
    ) -> cst.ParenthesizedWhitespace:
        """Indent a line."""
        return updated_node.with_changes(last_line=cst.SimpleWhitespace(self.step + original_node.last_line.value))
