"""Statements of the incumbent that a patch has taken away or written otherwise: where no test runs one, no test misses it.

A function may well do the same in another way. For what its tests run they say so by passing; for the rest nobody does.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING
from typing import NamedTuple

from ..syntax import everywhere
from ..syntax import outermost
from ..syntax import source_of
from ..syntax import written

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Container
    from collections.abc import Iterator
    from collections.abc import Mapping

# What raises or asserts is told by itself; what only declares does nothing.
_DOING = ast.Return | ast.Assign | ast.AugAssign | ast.AnnAssign | ast.Expr | ast.Delete | ast.Continue | ast.Break
_SHOWN = 50


class Gone(NamedTuple):
    """Equal statements of the old texts, in functions that have changed: where they stand, and how many of them are gone."""

    places: tuple[tuple[str, int, int], ...]  # path, first line, last line
    times: int
    text: str

    def untested(self, ran: Collection[tuple[str, int]]) -> tuple[str, int] | None:
        """Return path and line of one that is gone and was not among the lines that ``ran``; None if those that ran may be the ones."""
        idle = [place for place in self.places if not any((place[0], line) in ran for line in range(place[1], place[2] + 1))]
        return idle[0][:2] if idle and self.times > len(self.places) - len(idle) else None


def statements_gone(old: Mapping[str, ast.Module], new: Mapping[str, ast.Module]) -> Iterator[Gone]:
    """Yield the statements of functions that are in no new text any more, or not as often."""
    kept = {written(function) for module in new.values() for function in outermost(module)}
    before, after = _statements(old), _statements(new, known=frozenset(_names_of_functions(old)))
    for key, found in before.items():
        count = len(found) - len(after.get(key, ()))
        places = [(path, node.lineno, node.end_lineno or node.lineno) for path, node, whole in found if count > 0 and whole not in kept]
        if places:
            text = " ".join(source_of(found[0][1]).split())
            yield Gone(tuple(sorted(places)), count, text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…")


def _names_of_functions(modules: Mapping[str, ast.Module]) -> Iterator[str]:
    return (function.name for module in modules.values() for function in outermost(module))


def _statements(modules: Mapping[str, ast.Module], known: Container[str] | None = None) -> dict[str, list[tuple[str, ast.stmt, str]]]:
    """Return what functions do, by what it says: path, statement, and what the whole function says.

    Of functions that are not ``known`` those count that somebody names: what stands where nobody comes is not done.
    """
    found = defaultdict[str, list[tuple[str, ast.stmt, str]]](list)
    nodes = [node for module in modules.values() for node in everywhere(module)] if known is not None else []
    named = {node.id if isinstance(node, ast.Name) else node.attr for node in nodes if isinstance(node, ast.Name | ast.Attribute)}
    for path, module in modules.items():
        for function in outermost(module):
            if known is not None and function.name not in known and function.name not in named:
                continue
            whole, idle = written(function), set(map(id, _idle(function)))
            for node, condition in _under(function):
                # A remark, and an annotation alone.
                says = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
                says = says or (isinstance(node, ast.AnnAssign) and node.value is None)
                if isinstance(node, _DOING) and not says and id(node) not in idle:
                    found[f"{condition} {written(node)}"].append((path, node, whole))
    return found


def _idle(function: ast.AST) -> Iterator[ast.stmt]:
    """Yield what only says what happens anyway: a `continue` with which a loop's body ends, under whatever conditions."""
    for loop in (node for node in ast.walk(function) if isinstance(node, ast.For | ast.AsyncFor | ast.While)):
        todo = [loop.body[-1]]
        while todo:
            last = todo.pop()
            if isinstance(last, ast.Continue):
                yield last
            elif isinstance(last, ast.If):
                todo += [branch[-1] for branch in (last.body, last.orelse) if branch]


def _under(function: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    """Yield the nodes of a function, each with the condition that it stands under next: `return False` is another thing under each."""
    todo: list[tuple[ast.AST, str]] = [(function, "")]
    while todo:
        node, condition = todo.pop()
        yield node, condition
        if isinstance(node, ast.If | ast.While):
            told = written(node.test)
            todo += [(part, told) for part in node.body]
            todo += [(part, f"not {told}") for part in node.orelse]
        elif isinstance(node, ast.ExceptHandler):
            todo += [(part, written(node.type) if node.type is not None else "except") for part in node.body]
        else:
            todo += [(part, condition) for part in ast.iter_child_nodes(node)]
