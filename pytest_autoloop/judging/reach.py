"""Which benchmarks can feel a change: those whose profile shows a function that the change touches. Pure functions.

A benchmark that never calls what was changed contributes nothing but noise and time to the duels of a trial. The choice depends on the
patch and on a profile of the incumbent, never on a score, so it leaves the decision rule as it is. What runs at import, or in a table of
functions built there, escapes a profile: whenever a change is more than the bodies of functions, every benchmark counts as reached, and
audit and guard run all of them in any case.
"""

from __future__ import annotations

import ast
import builtins
from typing import TYPE_CHECKING

from .syntax import parsed
from .syntax import written

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from .screen import Source

_Function = ast.FunctionDef | ast.AsyncFunctionDef
_Span = tuple[int, int]


def reached(found: Sequence[Source], called: Mapping[str, Iterable[tuple[str, int]]]) -> frozenset[str]:
    """Return the benchmarks that a change may reach.

    ``called`` maps each benchmark to path and line of the functions it calls in the incumbent. Where the change cannot be pinned to
    functions that some benchmark calls, all of them are returned.
    """
    everything = frozenset(called)
    touched: dict[str, list[_Span]] = {}
    for source in found:
        spans = _touched(source)
        if spans is None:
            return everything
        touched[source.path] = spans
    felt = {
        nodeid
        for nodeid, functions in called.items()
        if any(first <= line <= last for path, line in functions for first, last in touched.get(path, ()))
    }
    return frozenset(felt) or everything


def _touched(source: Source) -> list[_Span] | None:
    """Return the lines of the functions whose bodies differ, in the old text; None where more than bodies differs."""
    if not source.path.endswith(".py") or source.after is None:
        return None
    if source.before is None:
        return []
    before, after = parsed(source.before), parsed(source.after)
    if before is None or after is None:
        return None
    old, new = dict(_functions(before)), dict(_functions(after))
    spans = [_span(function) for name, function in old.items() if name not in new or written(function) != written(new[name])]
    taken = _bound(before) | frozenset(dir(builtins))
    return spans if _only_adds(_skeleton(before), _skeleton(after), taken) else None


def _functions(tree: ast.Module) -> Iterator[tuple[str, _Function]]:
    """Yield every outermost function and every method with its qualified name; one defined twice counts each time."""
    seen: dict[str, int] = {}
    todo: list[tuple[str, ast.AST]] = [("", tree)]
    while todo:
        prefix, node = todo.pop()
        if isinstance(node, _Function):
            name = f"{prefix}{node.name}"
            seen[name] = seen.get(name, 0) + 1
            yield f"{name}#{seen[name]}", node
        else:
            inside = f"{prefix}{node.name}." if isinstance(node, ast.ClassDef) else prefix
            todo += reversed([(inside, inner) for inner in ast.iter_child_nodes(node)])


def _span(function: _Function) -> _Span:
    first = min([function.lineno, *(decorator.lineno for decorator in function.decorator_list)])
    return first, function.end_lineno or function.lineno


def _skeleton(tree: ast.Module) -> list[ast.stmt]:
    """Return what a module does at import, statement by statement: of functions their names, decorators, defaults and annotations."""
    for node in ast.walk(tree):
        if isinstance(node, _Function):
            node.body = [ast.Pass()]
    return tree.body


def _only_adds(before: Sequence[ast.stmt], after: Sequence[ast.stmt], taken: frozenset[str]) -> bool:
    """Return whether the new skeleton is the old one with nothing put in but what binds new names: it is felt only by code that uses it."""
    rest = iter(after)
    for statement in before:
        wanted = written(statement)
        for other in rest:
            if written(other) == wanted:
                break
            if not _is_new(other, taken):
                return False
        else:
            return False
    return all(_is_new(other, taken) for other in rest)


def _is_new(statement: ast.stmt, taken: frozenset[str]) -> bool:
    """Return whether a statement is an import, a plain assignment or a function, whose names nobody has known before."""
    plain = isinstance(statement, ast.Assign) and all(isinstance(target, ast.Name) for target in statement.targets)
    if not plain and not isinstance(statement, ast.Import | ast.ImportFrom | _Function):
        return False
    names = _bound(ast.Module(body=[statement], type_ignores=[]))
    return "*" not in names | taken and names.isdisjoint(taken)


def _bound(tree: ast.Module) -> frozenset[str]:
    """Return the names that a module binds at its top, and what its functions declare global; ``*`` where an import hides them."""
    names: set[str] = set()
    rest: list[ast.AST] = list(tree.body)
    while rest:
        node = rest.pop()
        if isinstance(node, _Function | ast.ClassDef):
            names.add(node.name)
            names.update(name for inner in ast.walk(node) if isinstance(inner, ast.Global) for name in inner.names)
            continue
        if isinstance(node, ast.Import | ast.ImportFrom):
            names.update((alias.asname or alias.name).partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store | ast.Del):
            names.add(node.id)
        rest.extend(ast.iter_child_nodes(node))
    return frozenset(names)
