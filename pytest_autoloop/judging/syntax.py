"""Names and scopes of Python's syntax. Nothing here recurses into expressions, since old sources may nest them deeply."""

from __future__ import annotations

import ast
import warnings
from collections import Counter
from typing import TYPE_CHECKING
from typing import TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping

Def = ast.FunctionDef | ast.AsyncFunctionDef
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_Node = TypeVar("_Node", bound=ast.AST)
_NO_NAMES: frozenset[str] = frozenset()
NO_PROGRAM = (SyntaxError, ValueError, RecursionError, MemoryError)
"""What parsing and compiling raise: the last two where a source is nested too deeply."""


def words(text: str) -> frozenset[str]:
    """Return the names in a text, for tables of them."""
    return frozenset(text.split())


def last_name(node: ast.AST | None) -> str:
    """Return the last name of an expression: of an attribute, or of what is called."""
    while isinstance(node, ast.Call):
        node = node.func
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def root_names(node: ast.AST) -> frozenset[str]:
    """Return the names that an expression starts with, through attributes, parts and calls; of a choice, those of all that it may be."""
    found, todo = set[str](), [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif isinstance(part, ast.Subscript) and isinstance(part.value, ast.Tuple | ast.List):
            todo += part.value.elts
        elif isinstance(part, ast.Attribute | ast.Subscript | ast.NamedExpr | ast.Starred | ast.Await):
            todo.append(part.value)
        elif isinstance(part, ast.Call):
            todo.append(part.func)
        elif isinstance(part, ast.IfExp):
            todo += (part.body, part.orelse)
        elif isinstance(part, ast.BoolOp):
            todo += part.values
    return frozenset(found)


def dotted(node: ast.AST) -> str:
    """Return a name with its attributes, or as much of its end as is plain."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join(reversed([*parts, *([node.id] if isinstance(node, ast.Name) else [])]))


def full_name(node: ast.AST) -> str:
    """Return a name with its attributes if that is all there is, and nothing otherwise."""
    return dotted(node) if isinstance(base_of(node), ast.Name) else ""


def base_of(node: ast.AST) -> ast.AST:
    """Return what the attributes of an expression are of."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node


def parsed(text: bytes | str) -> ast.Module | None:
    """Return the syntax of a source, None of one that is no program. What Python warns of is not for the user's screen."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return ast.parse(text)
        except NO_PROGRAM:
            return None


def written(node: ast.AST) -> str:
    """Return what a node says wherever it stands: equal texts are equal code."""
    parts: list[str] = []
    todo: list[object] = [node]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.AST):
            fields = [value for _, value in ast.iter_fields(part)]
            parts.append(f"{type(part).__name__}{len(fields)}")
            todo += reversed(fields)
        elif isinstance(part, list):
            parts.append(f"list{len(part)}")
            todo += reversed(part)
        else:
            # A long number has no decimal form.
            parts.append(hex(part) if type(part) is int else repr(part))
    return " ".join(parts)


def everywhere(module: ast.AST) -> Iterator[ast.AST]:
    """Yield a module, or another node, and all nodes in it. They are noted on it, as in `own`."""
    found: list[ast.AST] | None = module.__dict__.get("_everywhere")
    if found is None:
        found = module.__dict__["_everywhere"] = list(ast.walk(module))
    return iter(found)


def functions(module: ast.AST) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield all functions that have a name, methods and those inside of others among them."""
    return (node for node in everywhere(module) if isinstance(node, Def))


def alone(named: Iterable[tuple[str, _Node]]) -> dict[str, _Node]:
    """Return by name what no other has the name of."""
    found = list(named)
    count = Counter(name for name, _ in found)
    return {name: node for name, node in found if count[name] == 1}


def lineage(kind: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> Iterator[ast.ClassDef]:
    """Yield a class and those of some classes that it is derived from, the nearest first."""
    found = {kind.name: kind}
    todo = [kind]
    while todo:
        one = todo.pop(0)
        yield one
        # Each once: classes that have two bases of two bases each, and so on, have very many ways up.
        new = {name: classes[name] for base in one.bases if (name := last_name(base)) in classes and name not in found}
        found |= new
        todo += new.values()


def arguments(function: Function) -> list[ast.arg]:
    """Return the arguments of a function that have a place or a name of their own."""
    return [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]


def targets_of(node: ast.AST) -> list[ast.expr]:
    """Return what a node gives its value to; nothing where it is no assignment."""
    if isinstance(node, ast.Assign):
        return node.targets
    return [node.target] if isinstance(node, ast.AnnAssign | ast.NamedExpr) else []


def names_of_classes(module: ast.Module) -> Mapping[int, frozenset[str]]:
    """Return for each node that runs in the scope of a class, by its id, the names that the class has of its own."""
    return {id(node): bound(one) for one in everywhere(module) if isinstance(one, ast.ClassDef) for node in own(one)}


def source_of(node: ast.AST) -> str:
    """Return what a node would be written as, for people; of what Python cannot write back, only its kind."""
    try:
        return ast.unparse(node)
    except NO_PROGRAM:
        return f"({type(node).__name__})"


def own(function: ast.AST) -> Iterator[ast.AST]:
    """Yield the nodes that run in a function's own scope: not what is inside of functions and classes in it.

    They are noted on the function, for they are asked for again and again: whoever changes its syntax must not ask.
    """
    found: list[ast.AST] | None = function.__dict__.get("_own")
    if found is None:
        found, todo = [], list(ast.iter_child_nodes(function))
        while todo:
            node = todo.pop()
            found.append(node)
            if not isinstance(node, Function | ast.ClassDef):
                todo += ast.iter_child_nodes(node)
        function.__dict__["_own"] = found
    return iter(found)


def outermost(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield functions that are in no other one, methods among them."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        else:
            todo += ast.iter_child_nodes(node)


def bound(scope: Function | ast.ClassDef) -> frozenset[str]:
    """Return the names that are a function's or a class' own; those it imports are not counted. They are noted on it, as in `own`."""
    known: frozenset[str] | None = scope.__dict__.get("_bound")
    if known is not None:
        return known
    names, others = set[str](), set[str]()
    if not isinstance(scope, ast.ClassDef):
        names = {argument.arg for argument in (*arguments(scope), scope.args.vararg, scope.args.kwarg) if argument}
    for node in own(scope):
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            names.add(node.id)
        elif isinstance(node, Definition | ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
            names.add(node.name)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            others.update(node.names)
    known = scope.__dict__["_bound"] = frozenset(names - others)
    return known


def scoped(module: ast.Module) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Yield every node in the order of the text, with the names that functions around it have of their own.

    They are noted on the module, as in `own`.
    """
    found: list[tuple[ast.AST, frozenset[str]]] | None = module.__dict__.get("_scoped")
    if found is None:
        found = module.__dict__["_scoped"] = list(_scoped(module))
    return iter(found)


def _scoped(module: ast.Module) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    todo: list[tuple[ast.AST, frozenset[str]]] = [(module, _NO_NAMES)]
    while todo:
        node, hidden = todo.pop()
        yield node, hidden
        inside = hidden | bound(node) if isinstance(node, Function) else hidden
        children: list[tuple[ast.AST, frozenset[str]]] = []
        for child in ast.iter_child_nodes(node):
            # Defaults and decorators are no part of the function.
            outer = isinstance(node, Function) and (isinstance(child, ast.arguments) or child in getattr(node, "decorator_list", ()))
            children.append((child, hidden if outer else inside))
        todo += reversed(children)


def own_names(module: ast.Module) -> frozenset[str]:
    """Return the names that a module gives to something outside of functions."""
    names = set()
    for node, hidden in scoped(module):
        if isinstance(node, Definition):
            names.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and node.id not in hidden:
            names.add(node.id)
    return frozenset(names)
