"""One module of the project: its functions, its module-level names, and how a change is written back into it."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from .function import Function
from .tree import children

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from .edit import Change

_SUITES = ("body", "handlers", "orelse", "finalbody", "cases")
Step = tuple[str, int | None]


class Module:
    """A parsed module. Raises SyntaxError where the source is no Python, or not such as can be written back unchanged."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.syntax = ast.parse(text)
        try:
            self.tree = cst.parse_module(text)
        except cst.ParserSyntaxError as error:
            raise SyntaxError(str(error)) from error
        if self.tree.code != text:
            raise SyntaxError("libcst does not give the same source back")
        self._steps: dict[Function, tuple[Step, ...]] = {}
        self._by_line: dict[tuple[int, str], Function] = {}
        self._find_functions()

    def function(self, line: int, name: str) -> Function | None:
        """Return the function that starts (with its first decorator, or its ``def``) on a line."""
        return self._by_line.get((line, name))

    def _find_functions(self) -> None:
        lines = self.text.splitlines(keepends=True) if "\f" not in self.text else self.text.split("\n")
        found = zip(_syntax_functions(self.syntax), _tree_functions(self.tree, (), ()), strict=True)
        by_node: dict[cst.CSTNode, Function] = {}
        for (syntax, qualname), (node, steps, around) in found:
            first = min([syntax.lineno, *(decorator.lineno for decorator in syntax.decorator_list)])
            source = "".join(lines[first - 1 : syntax.end_lineno])
            function = Function(node, self, qualname, source, [by_node[outer] for outer in around])
            by_node[node] = function
            self._steps[function] = steps
            self._by_line[first, node.name.value] = self._by_line[syntax.lineno, node.name.value] = function

    # Names

    @cached_property
    def words(self) -> frozenset[str]:
        """Everything in the source that could be a name: what a new name must not be."""
        return frozenset(re.findall(r"\w+", self.text))

    @cached_property
    def bound(self) -> Counter[str]:
        """How often each module-level name is bound, a ``global`` statement counting as well."""
        return Counter(_module_bindings(self.syntax))

    @cached_property
    def has_star_import(self) -> bool:
        """Whether names may come in that can't be seen here."""
        return any(alias.name == "*" for node in ast.walk(self.syntax) if isinstance(node, ast.ImportFrom) for alias in node.names)

    def is_builtin(self, name: str) -> bool:
        """Whether a name that no function binds is Python's own."""
        return hasattr(builtins, name) and name not in self.bound and not self.has_star_import

    @cached_property
    def origins(self) -> dict[str, str]:
        """What the names imported at the top of the module stand for, such as ``{"re": "re", "Counter": "collections.Counter"}``."""
        found: dict[str, str] = {}
        for statement in self.syntax.body[: self.prologue]:
            if isinstance(statement, ast.Import):
                for alias in statement.names:
                    if alias.asname or "." not in alias.name:
                        found[alias.asname or alias.name] = alias.name
            elif isinstance(statement, ast.ImportFrom) and not statement.level:
                found.update({alias.asname or alias.name: f"{statement.module}.{alias.name}" for alias in statement.names})
        return {name: origin for name, origin in found.items() if self.bound[name] == 1 and not self.has_star_import}

    @cached_property
    def prologue(self) -> int:
        """How many statements at the top are docstring and imports."""
        end = 0
        for number, statement in enumerate(self.syntax.body):
            if isinstance(statement, (ast.Import, ast.ImportFrom)) or (number == 0 and _is_docstring(statement)) or (isinstance(statement, (ast.If, ast.Try)) and _only_imports(statement)):
                end = number + 1
            elif not _is_dunder_assignment(statement):
                break
        return end

    # Writing

    def changed(self, function: Function, change: Change) -> str | None:
        """Return the module's source with one function changed, and what it needs at the top; None where there is no place for that."""
        tree = cast("cst.Module", _replaced(self.tree, self._steps[function], change.function))
        if not (change.imports or change.constants):
            return tree.code
        body = list(tree.body)
        end = self.prologue
        if not all(isinstance(line, cst.BaseCompoundStatement) or len(line.body) == 1 for line in body[:end]):
            # Statements that share a line: where the imports end can't be told by counting.
            return None
        for module, name in change.imports:
            end += _add_import(body, end, module, name)
        for number, (name, value) in enumerate(change.constants):
            line = cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(name))], value)])
            body.insert(end + number, line.with_changes(leading_lines=[cst.EmptyLine(indent=False)] if number == 0 and end else []))
        if change.constants and end + len(change.constants) < len(body):
            body[end + len(change.constants)] = _set_apart(body[end + len(change.constants)])
        return tree.with_changes(body=body).code


def _syntax_functions(node: ast.AST, prefix: str = "") -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, str]]:
    inner = prefix
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        inner = f"{prefix}{node.name}."
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node, prefix + node.name
    for name in _SUITES:
        for child in getattr(node, name, ()):
            if isinstance(child, (ast.stmt, ast.excepthandler, ast.match_case)):
                yield from _syntax_functions(child, inner)


Located = tuple[cst.FunctionDef, tuple[Step, ...], tuple[cst.FunctionDef, ...]]


def _tree_functions(node: cst.CSTNode, steps: tuple[Step, ...], around: tuple[cst.FunctionDef, ...]) -> Iterator[Located]:
    if isinstance(node, cst.FunctionDef):
        yield node, steps, around
        around = (*around, node)
    for name in _SUITES:
        value = getattr(node, name, None)
        if isinstance(value, (cst.BaseSuite, cst.Else, cst.If, cst.Finally)):
            yield from _tree_functions(value, (*steps, (name, None)), around)
        elif isinstance(value, (tuple, list)):
            for number, child in enumerate(value):
                if isinstance(child, (cst.BaseCompoundStatement, cst.ExceptHandler, cst.ExceptStarHandler, cst.MatchCase)):
                    yield from _tree_functions(child, (*steps, (name, number)), around)


def _replaced(node: cst.CSTNode, steps: Sequence[Step], new: cst.CSTNode) -> cst.CSTNode:
    if not steps:
        return new
    (name, index), rest = steps[0], steps[1:]
    child = getattr(node, name)
    if index is None:
        return node.with_changes(**{name: _replaced(child, rest, new)})
    return node.with_changes(**{name: [*child[:index], _replaced(child[index], rest, new), *child[index + 1 :]]})


def _module_bindings(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Global):
            yield from node.names
    pending: list[ast.AST] = list(tree.body)
    while pending:
        node = pending.pop()
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            yield node.name
            continue
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, (ast.MatchAs, ast.MatchStar)) and node.name:
            yield node.name
        if not isinstance(node, ast.Lambda):
            pending.extend(ast.iter_child_nodes(node))


def _is_docstring(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant) and isinstance(statement.value.value, str)


def _is_dunder_assignment(statement: ast.stmt) -> bool:
    targets = statement.targets if isinstance(statement, ast.Assign) else [getattr(statement, "target", None)]
    return all(isinstance(target, ast.Name) and target.id.startswith("__") for target in targets)


def _only_imports(statement: ast.If | ast.Try) -> bool:
    parts = (*statement.body, *statement.orelse, *getattr(statement, "finalbody", ()))
    parts += tuple(child for handler in getattr(statement, "handlers", ()) for child in handler.body)
    return all(isinstance(part, (ast.Import, ast.ImportFrom, ast.Pass, ast.Assign)) for part in parts)


def _set_apart(statement: cst.CSTNode) -> cst.CSTNode:
    """Make sure of blank lines between the new constants and what follows."""
    wanted = 2 if isinstance(statement, (cst.FunctionDef, cst.ClassDef)) else 1
    lines = list(statement.leading_lines)  # type: ignore[attr-defined]
    blank = next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * max(0, wanted - blank) + lines)


def _import_of(statement: cst.CSTNode) -> tuple[bool, str] | None:
    """Return the sorting key of an import statement: whether it is a ``from``, and the module."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if isinstance(small, cst.Import):
        return False, _dotted(small.names[0].name)
    if isinstance(small, cst.ImportFrom) and small.module is not None and not small.relative:
        return True, _dotted(small.module)
    return None


def _dotted(node: cst.CSTNode) -> str:
    return node.value if isinstance(node, cst.Name) else ".".join(_dotted(child) for child in children(node))


def _add_import(body: list[cst.CSTNode], end: int, module: str, name: str | None) -> int:
    """Put an import in its place among the standard library's, and return how many lines that took."""
    keys = [(number, key) for number, key in enumerate(map(_import_of, body[:end])) if key is not None and key[1] != "__future__"]
    wanted = (name is not None, module)
    same = [number for number, key in keys if key == wanted]
    if name is not None and len(same) == 1 and _extend_import(body, same[0], name):
        return 0
    ours = [(number, key) for number, key in keys if key[1].partition(".")[0] in sys.stdlib_module_names]
    line = cst.parse_statement(f"from {module} import {name}" if name else f"import {module}")
    place = next((number for number, key in ours if key > wanted), ours[-1][0] + 1 if ours else keys[0][0] if keys else end)
    if place < len(body) and (ours or keys) and any(number == place for number, _ in keys):
        following = body[place]
        line = line.with_changes(leading_lines=following.leading_lines)  # type: ignore[attr-defined]
        blank = [] if ours else [cst.EmptyLine(indent=False)]
        body[place] = following.with_changes(leading_lines=blank)
    elif not keys and place:
        line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    body.insert(place, line)
    if not keys and place + 1 < len(body):
        body[place + 1] = _set_apart(body[place + 1])
    return 1


def _extend_import(body: list[cst.CSTNode], number: int, name: str) -> bool:
    line = cast("cst.SimpleStatementLine", body[number])
    small = cast("cst.ImportFrom", line.body[0])
    if isinstance(small.names, cst.ImportStar) or small.lpar is not None:
        return False
    aliases = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in small.names]
    place = next((at for at, alias in enumerate(aliases) if _dotted(alias.name) > name), len(aliases))
    aliases.insert(place, cst.ImportAlias(cst.Name(name)))
    body[number] = line.with_changes(body=[small.with_changes(names=aliases)])
    return True
