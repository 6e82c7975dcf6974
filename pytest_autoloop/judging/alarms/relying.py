"""What a module relies on as a whole: safe ways, exact numbers, queues that threads may share. Told from its syntax.

How often it does so is no matter: one constant for three equal ones is as exact, and the quick loader that is safe is safe.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..syntax import Definition
from ..syntax import everywhere
from ..syntax import last_name
from ..syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator

_SAFE = ("safe_", "Safe", "CSafe", "literal_eval")
_EXACT = words("Decimal Fraction")
_NUMBERS = words("isnan isfinite isinf isneginf isposinf nanmean nansum nanmax nanmin nanmedian nanstd nanvar nan_to_num")
_QUEUES = words("Queue SimpleQueue LifoQueue PriorityQueue")
_QUOTING = {"shlex": words("quote join"), "html": frozenset({"escape"}), "saxutils": words("escape quoteattr")}


def relied_on(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield what a module relies on, each of it once, and where it does so first."""
    found: dict[str, ast.AST] = {}
    for node, what in _relied_on(module):
        found.setdefault(what, node)
    yield from ((node, what) for what, node in found.items())


def _relied_on(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    ours, imported = {node.name for node in everywhere(module) if isinstance(node, Definition)}, _imported(module)
    for node in everywhere(module):
        if isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Load):
            of, name = (last_name(node.value), node.attr) if isinstance(node, ast.Attribute) else imported.get(node.id, ("", node.id))
            if name.startswith(_SAFE) and name not in ours:
                yield node, "something safe by its name"
            elif name in _EXACT or name in _QUOTING.get(of, ()):
                yield node, name
            elif name in _NUMBERS:
                yield node, "a look for what is no number"
        elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Call) and _is_shared(node, module):
            yield node, "a queue for threads"


def _is_shared(node: ast.Assign, module: ast.Module) -> bool:
    """Return whether a queue is given to an object or a module: a variable of a function is nobody else's."""
    return last_name(node.value) in _QUEUES and (node in module.body or any(isinstance(target, ast.Attribute) for target in node.targets))


def _imported(module: ast.Module) -> dict[str, tuple[str, str]]:
    """Return the names of what a module imports from others, with the last name of the module and the name there."""
    imports = (node for node in everywhere(module) if isinstance(node, ast.ImportFrom))
    return {alias.asname or alias.name: ((node.module or "").rpartition(".")[2], alias.name) for node in imports for alias in node.names}
