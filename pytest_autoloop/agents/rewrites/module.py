"""One module of the project: its functions, its module-level names, and how a change is written back into it."""

from __future__ import annotations

import ast
import builtins
import re
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from .function import Function
from .header import with_needs
from .purity import Purity
from .vocabulary import CHANGING_METHODS

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
        self._sources: dict[cst.CSTNode, str] = {line: self.tree.code_for_node(line) for line in self.tree.body}
        if self._source(self.tree) != text:
            raise SyntaxError("libcst does not give the same source back")
        self._steps: dict[Function, tuple[Step, ...]] = {}
        self._by_line: dict[tuple[int, str], Function] = {}
        self._find_functions()

    def function(self, line: int, name: str) -> Function | None:
        """Return the function that starts (with its first decorator, or its ``def``) on a line."""
        return self._by_line.get((line, name))

    @property
    def functions(self) -> list[Function]:
        """All functions, those around others first."""
        return list(self._steps)

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

    @cached_property
    def top_level(self) -> dict[str, Function]:
        """The functions that stand in the module itself, in no class and no other function."""
        return {function.qualname: function for function in self.functions if "." not in function.qualname}

    @cached_property
    def purity(self) -> Purity:
        """Which of them only compute."""
        return Purity(self)

    # Names

    @cached_property
    def words(self) -> frozenset[str]:
        """Everything in the source that could be a name."""
        return frozenset(re.findall(r"\w+", self.text))

    @cached_property
    def names(self) -> frozenset[str]:
        """Every name of a variable, function, class or import, in whatever scope: what a new name must not be."""
        return frozenset(name for node in ast.walk(self.syntax) for name in _names(node))

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
            if _is_import(statement) or (number == 0 and _is_docstring(statement)):
                end = number + 1
            elif not _is_dunder_assignment(statement):
                break
        return end

    @cached_property
    def methods(self) -> frozenset[str]:
        """The names of all functions in the module, methods and properties among them."""
        kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
        return frozenset(node.name for node in ast.walk(self.syntax) if isinstance(node, kinds))

    @cached_property
    def unchanged(self) -> frozenset[str]:
        """The module-level names that are bound once, and whose objects nothing in this module changes."""
        changed: set[str] = set()
        for node in ast.walk(self.syntax):
            target: ast.AST | None = None
            stored = isinstance(node, (ast.Attribute, ast.Subscript)) and not isinstance(node.ctx, ast.Load)
            if stored or (isinstance(node, ast.Attribute) and node.attr in CHANGING_METHODS):
                target = node.value  # type: ignore[attr-defined]
            elif isinstance(node, ast.AugAssign):
                target = node.target
            if isinstance(target, ast.Name):
                changed.add(target.id)
        return frozenset(name for name, count in self.bound.items() if count == 1 and name not in changed)

    @cached_property
    def values(self) -> dict[str, cst.BaseExpression]:
        """What the names that never change are bound to, by plain statements at the top level."""
        found: dict[str, cst.BaseExpression] = {}
        for line in self.tree.body:
            small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
            target: cst.BaseExpression | None = None
            if isinstance(small, cst.Assign) and len(small.targets) == 1:
                target = small.targets[0].target
            elif isinstance(small, cst.AnnAssign):
                target = small.target
            value = getattr(small, "value", None)
            if isinstance(target, cst.Name) and value is not None and target.value in self.unchanged:
                found[target.value] = value
        return found

    def changed(self, function: Function, change: Change) -> str | None:
        """Return the module's source with one function changed, and what it needs at the top; None where there is no place for that."""
        tree = cast("cst.Module", _replaced(self.tree, self._steps[function], change.function))
        body = with_needs(tree.body, self.prologue, change.imports, change.constants)
        return self._source(tree.with_changes(body=body)) if body is not None else None

    def _source(self, tree: cst.Module) -> str:
        """Return the source of a tree that shares most of its statements with this module."""
        lines = [*tree.header, *tree.body, *tree.footer]
        source = "".join([self._sources.get(line) or tree.code_for_node(line) for line in lines])
        return source if tree.has_trailing_newline else source.removesuffix("\n").removesuffix("\r")


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


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.arg):
        yield node.arg
    elif isinstance(node, (ast.Global, ast.Nonlocal)):
        yield from node.names
    elif isinstance(node, ast.alias):
        yield (node.asname or node.name).partition(".")[0]
    else:
        # Functions, classes, exception handlers and patterns bind plain strings.
        yield from (value for field in ("name", "rest") if isinstance(value := getattr(node, field, None), str))


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


def _is_import(statement: ast.stmt) -> bool:
    """Whether a statement does nothing but import, perhaps under a condition."""
    if not isinstance(statement, (ast.If, ast.Try)):
        return isinstance(statement, (ast.Import, ast.ImportFrom))
    parts = (*statement.body, *statement.orelse, *getattr(statement, "finalbody", ()))
    parts += tuple(child for handler in getattr(statement, "handlers", ()) for child in handler.body)
    return all(isinstance(part, (ast.Import, ast.ImportFrom, ast.Pass, ast.Assign)) for part in parts)
