"""What a module keeps between calls, changes in other modules, or does when it is imported: told from its syntax."""

from __future__ import annotations

import ast
import sys
from typing import TYPE_CHECKING
from typing import Literal

from .constants import constants
from .syntax import Definition
from .syntax import Function
from .syntax import bound
from .syntax import dotted
from .syntax import last_name
from .syntax import own
from .syntax import root_name
from .syntax import scoped
from .syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator

Agreement = Literal["clock", "first call", "fresh arguments", "other arguments", "results", "import"]
_Sign = tuple[ast.AST, str, frozenset[Agreement]]

TIMES: frozenset[Agreement] = frozenset({"first call", "fresh arguments"})
IMPORT: frozenset[Agreement] = frozenset({"import"})
NOTHING_EXPLAINS: frozenset[Agreement] = frozenset()


_MUTABLE = (ast.Dict, ast.List, ast.Set, ast.DictComp, ast.ListComp, ast.SetComp)
# Methods that change what they are called on.
_CHANGING = words("""
append appendleft extend extendleft insert add update setdefault pop popitem popleft remove discard clear sort reverse move_to_end put
put_nowait intersection_update difference_update symmetric_difference_update __setitem__ __delitem__ __ior__ __iadd__
""")
# What these make can't be changed.
_FIXED = words("frozenset tuple int float complex str bytes bool object range len min max sum abs round")
_BUILT_IN = frozenset({"dict", "list", "set", "bytearray"})
_PLAIN = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.AsyncFunctionDef, ast.Pass)


def lasting(module: ast.Module) -> Iterator[_Sign]:
    """Yield what lasts beyond a call, where, and the outer evidence that explains it."""
    modules, names = _imported(module)
    defined = frozenset(node.name for node in ast.walk(module) if isinstance(node, Definition)) | {"cls"}
    bases = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    for node, hidden in scoped(module):
        if isinstance(node, Function):
            defaults = [*node.args.defaults, *(part for part in node.args.kw_defaults if part is not None)]
            if any(_keeps(part) or (isinstance(part, ast.Call) and last_name(part) not in _FIXED) for part in defaults):
                yield node, "keeps state in a default", TIMES
        yield from ((node, text, NOTHING_EXPLAINS) for text in _foreign(node, modules - hidden, names - hidden))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in modules - hidden and id(node) not in bases:
            yield node, f"hands {node.id} on", NOTHING_EXPLAINS
        if (name := _own_state(node, defined)) is not None:
            yield node, f"keeps state in {name}", TIMES
    for function in _outermost(module):
        yield from ((node, "keeps state in a closure", TIMES) for node in _closures(function))


def at_import(module: ast.Module) -> Iterator[_Sign]:
    """Yield what runs or is kept when the module is imported, and the outer evidence that explains it."""
    fixed = constants(module)
    todo = module.body[::-1]
    while todo:
        statement = todo.pop()
        # What nothing can change later is a price to pay at import, and nothing else.
        explained_by = IMPORT if id(statement) in fixed else TIMES | IMPORT
        if isinstance(statement, ast.ClassDef):
            todo += reversed(statement.body)
        elif isinstance(statement, ast.If):
            yield from ((call, text, explained_by) for call, text in _calls(statement.test))
            todo += reversed([*statement.body, *statement.orelse])
        elif not isinstance(statement, _PLAIN):
            value = getattr(statement, "value", None)
            if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and _keeps(value):
                yield statement, "keeps state in the module", explained_by
            yield from ((call, text, explained_by) for call, text in _calls(statement))
            if isinstance(statement, ast.For | ast.While | ast.With | ast.Try | ast.Delete | ast.Match):
                yield statement, "runs statements at import", explained_by


def _calls(node: ast.AST) -> Iterator[tuple[ast.AST, str]]:
    found = (call for call in ast.walk(node) if isinstance(call, ast.Call))
    return ((call, f"calls {last_name(call.func) or 'something'} at import") for call in found)


def _keeps(value: ast.AST | None) -> bool:
    """Return whether what a name is given can be changed later, or holds what can."""
    parts = [value]
    while parts:
        part = parts.pop()
        if isinstance(part, _MUTABLE):
            return True
        if isinstance(part, ast.Tuple | ast.IfExp | ast.BoolOp | ast.NamedExpr | ast.Starred):
            parts += ast.iter_child_nodes(part)
    return False


def _imported(module: ast.Module) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of modules of the standard library, and all names that are imported."""
    modules, names = set(), set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                top = alias.name.partition(".")[0]
                names.add(alias.asname or top)
                if top in sys.stdlib_module_names:
                    modules.add(alias.asname or top)
        elif isinstance(node, ast.ImportFrom):
            names.update(alias.asname or alias.name for alias in node.names)
    return frozenset(modules), frozenset(names)


def _changed(node: ast.AST) -> ast.expr | None:
    """Return what a node changes in its place: what it stores an attribute or a part in, or what it calls a changing method of."""
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _CHANGING:
        by_type = isinstance(node.func.value, ast.Name) and node.func.value.id in _BUILT_IN and node.args
        return node.args[0] if by_type else node.func.value
    return None


def _foreign(node: ast.AST, modules: frozenset[str], names: frozenset[str]) -> Iterator[str]:
    """Yield what a node changes in other modules, or uses of the standard library that is not for others."""
    changed = _changed(node)
    if changed is not None and root_name(changed) in names:
        # `os.remove` is a function of the module, no method of what is in it.
        if isinstance(node, ast.Attribute):
            yield f"changes {dotted(node)}"
        elif not (isinstance(node, ast.Call) and isinstance(changed, ast.Name) and changed.id in modules):
            yield f"changes {dotted(changed) or root_name(changed)}"
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in names:
        hidden = node.attr.startswith("_") and not node.attr.startswith("__")
        if (hidden and node.value.id in modules) or (node.attr == "system" and node.value.id != "platform"):
            yield f"uses {dotted(node)}"
    if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] in sys.stdlib_module_names:
        private = (alias.name for alias in node.names if alias.name.startswith("_") and not alias.name.startswith("__"))
        yield from (f"uses {node.module}.{name}" for name in private)


def _own_state(node: ast.AST, defined: frozenset[str]) -> str | None:
    """Return the function, class or type of the module's own that a node changes an attribute of."""
    changed = _changed(node)
    if changed is None:
        return None
    if isinstance(node, ast.Attribute) and isinstance(changed, ast.Call) and last_name(changed) == "type":
        return "type"
    direct = isinstance(node, ast.Attribute) and isinstance(changed, ast.Name)
    name = root_name(changed)
    return name if name in defined and (direct or "." in dotted(changed)) else None


def _outermost(module: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Yield the functions that are in no other, methods among them."""
    todo: list[ast.AST] = [module]
    while todo:
        node = todo.pop()
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node
        else:
            todo += ast.iter_child_nodes(node)


def _closures(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[ast.AST]:
    """Yield what functions inside another change of its variables, unless all of them are only called while it runs."""
    if not _outlives(function):
        return
    todo: list[tuple[ast.AST, frozenset[str], frozenset[str]]] = [(function, frozenset(), frozenset())]
    while todo:
        scope, outer, methods = todo.pop()
        if isinstance(scope, ast.ClassDef):
            names: frozenset[str] = frozenset()
        else:
            assert isinstance(scope, Function)
            names = bound(scope)
            yield from (node for node in own(scope) if _reaches_out(node, outer - names, _aliases(scope, outer - names), methods - names))
            methods = (methods - names) | _methods(scope)
        inside = (node for node in own(scope) if isinstance(node, Function | ast.ClassDef))
        todo += ((node, outer | names, methods) for node in inside)


def _outlives(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether something made inside of a function may be called after it has returned."""
    inside = [node for node in ast.walk(function) if isinstance(node, Function | ast.ClassDef) and node is not function]
    if any(isinstance(node, ast.Lambda | ast.ClassDef) or node.decorator_list for node in inside):
        return True
    names = {node.name for node in inside if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    loads = (node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return any(node.id in names and id(node) not in called for node in loads)


def _aliases(scope: Function, outer: frozenset[str]) -> frozenset[str]:
    """Return the variables of a function that are other names for something of those around it."""
    found = (node for node in own(scope) if isinstance(node, ast.Assign) and root_name(node.value) in outer and not _is_call(node.value))
    return frozenset(target.id for node in found for target in node.targets if isinstance(target, ast.Name))


def _is_call(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def _methods(scope: Function) -> frozenset[str]:
    """Return the variables of a function that are changing methods of something."""
    found = (node for node in own(scope) if isinstance(node, ast.Assign))
    changing = (node for node in found if isinstance(node.value, ast.Attribute) and node.value.attr in _CHANGING)
    return frozenset(target.id for node in changing for target in node.targets if isinstance(target, ast.Name))


def _reaches_out(node: ast.AST, outer: frozenset[str], aliases: frozenset[str], methods: frozenset[str]) -> bool:
    changed = _changed(node)
    if changed is not None and root_name(changed) in outer | aliases:
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in methods
