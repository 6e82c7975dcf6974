"""What a module keeps between calls, changes in other modules, or does when it is imported: told from its syntax."""

from __future__ import annotations

import ast
import itertools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal

from .constants import Constants
from .constants import target_of
from .neighbours import NOTHING_TAKEN
from .syntax import Definition
from .syntax import Function
from .syntax import bound
from .syntax import dotted
from .syntax import full_name
from .syntax import last_name
from .syntax import own
from .syntax import root_name
from .syntax import scoped
from .syntax import words
from .tables import CHANGING

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator

    from .neighbours import Taken

Agreement = Literal["clock", "first call", "fresh arguments", "other arguments", "every part", "new process", "results", "import"]
_Sign = tuple[ast.AST, str, frozenset[Agreement]]

TIMES: frozenset[Agreement] = frozenset({"first call", "fresh arguments"})
IMPORT: frozenset[Agreement] = frozenset({"import"})
NOTHING_EXPLAINS: frozenset[Agreement] = frozenset()


# Functions that change their first argument.
_CHANGING_FIRST = words("heapify heappush heappop heapreplace heappushpop insort insort_left insort_right shuffle")
# Methods that make an object.
_MAKING_ONE = words("__init__ __new__ __post_init__ __setstate__ __init_subclass__ __class_getitem__ __set_name__")
_BUILT_IN = frozenset({"dict", "list", "set", "bytearray"})
# What these of the standard library return is new.
_MAKING = words("collections.Counter collections.OrderedDict collections.defaultdict collections.deque copy.copy copy.deepcopy array.array")


def lasting(module: ast.Module, taken: Taken = NOTHING_TAKEN) -> Iterator[_Sign]:
    """Yield what lasts beyond a call, where, and the outer evidence that explains it.

    ``taken`` is what the module imports from others of its tree.
    """
    imported = _Imported.of(module, taken)
    names, modules = imported.names, imported.standard
    own_names = _own_names(module)
    constants = Constants.of(module)
    bases = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Attribute)}
    for node, hidden in scoped(module):
        if isinstance(node, Function):
            defaults = [*node.args.defaults, *(part for part in node.args.kw_defaults if part is not None)]
            if not all(map(constants.stays, defaults)):
                yield node, "keeps state in a default", TIMES
            inner = hidden | bound(node)
            state = _under_other_names(node, own_names - inner - constants.fixed)
            foreign = _under_other_names(node, names - inner)
            yield from ((part, "keeps state under another name", TIMES) for part in state)
            yield from ((part, "changes what is imported, under another name", NOTHING_EXPLAINS) for part in foreign)
        if isinstance(node, ast.ClassDef) and any(keyword.arg == "metaclass" for keyword in node.keywords):
            yield node, "uses a metaclass", NOTHING_EXPLAINS
        yield from ((node, text, NOTHING_EXPLAINS) for text in _foreign(node, imported.without(hidden)))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in modules - hidden and id(node) not in bases:
            yield node, f"hands {node.id} on", NOTHING_EXPLAINS
        if (name := _own_state(node, own_names - hidden | {"cls"})) is not None:
            yield node, f"keeps state in {name}", TIMES
    for function in _outermost(module):
        yield from ((node, "keeps state in a closure", TIMES) for node in _closures(function))


def on_objects(module: ast.Module) -> Iterator[tuple[ast.AST, str, str]]:
    """Yield what the methods of classes, but for those that make an object, keep in their own one: where, what, and the class."""
    for kind in (node for node in ast.walk(module) if isinstance(node, ast.ClassDef)):
        for method in kind.body:
            if not isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) or method.name in _MAKING_ONE or not method.args.args:
                continue
            if any(last_name(decorator) == "staticmethod" for decorator in method.decorator_list):
                continue
            me = method.args.args[0].arg
            others = _aliases(method, frozenset({me}))
            for node in ast.walk(method):
                changed = _changed(node) or _handed_on(node)
                if changed is not None and root_name(changed) in others:
                    yield node, f"keeps state in {kind.name} under another name", kind.name
                if changed is None or root_name(changed) != me:
                    continue
                attribute = node if isinstance(changed, ast.Name) else _next_to(me, changed)
                if isinstance(attribute, ast.Attribute):
                    yield node, f"keeps state in {kind.name}.{attribute.attr}", kind.name


def _next_to(name: str, node: ast.AST) -> ast.AST | None:
    """Return the part of an expression that is taken of a name: of `a.b[c].d` that is `a.b`."""
    parts = (part for part in ast.walk(node) if isinstance(part, ast.Attribute | ast.Subscript))
    return next((part for part in parts if isinstance(part.value, ast.Name) and part.value.id == name), None)


def at_import(module: ast.Module, elsewhere: Container[str] = ()) -> Iterator[_Sign]:
    """Yield what runs or is kept when the module is imported, and the outer evidence that explains it.

    What nothing changes later is a price to pay at import, and nothing else; ``elsewhere`` is what other modules' code names.
    """
    constants = Constants.of(module, elsewhere)
    todo = module.body[::-1]
    while todo:
        statement = todo.pop()
        explained_by = TIMES | IMPORT
        if isinstance(statement, ast.If):
            todo += reversed([*statement.body, *statement.orelse])
        elif isinstance(statement, ast.ClassDef):
            todo += reversed(statement.body)
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and statement.value is not None:
            name = target_of(statement)
            if name is not None and (name in constants.read or constants.is_constant(statement.value)):
                explained_by = IMPORT
            elif not constants.stays(statement.value) or last_name(statement.value) in CHANGING:
                yield statement, f"keeps state in {name or 'the module'}", explained_by
        elif isinstance(statement, ast.For | ast.While | ast.With | ast.Try | ast.Delete | ast.Match):
            yield statement, "runs statements at import", explained_by
        for part in _run_at_import(statement):
            if isinstance(part, ast.NamedExpr) and not constants.is_constant(part.value):
                yield part, f"keeps state in {part.target.id}", explained_by
            elif isinstance(part, ast.Call):
                yield part, f"calls {last_name(part.func) or 'something'} at import", explained_by


def _run_at_import(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the nodes of a statement that run when it does, but for statements in it that are looked at by themselves."""
    roots: list[ast.AST] = []
    if isinstance(statement, ast.If):
        roots = [statement.test]
    elif isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        roots = [*getattr(statement, "bases", ()), *(keyword.value for keyword in getattr(statement, "keywords", ()))]
        for part in statement.decorator_list:
            # `@dataclass(slots=True)` makes nothing that its name does not tell.
            named = isinstance(part, ast.Call) and full_name(part.func)
            roots += [*part.args, *part.keywords] if isinstance(part, ast.Call) and named else [part]
    elif not isinstance(statement, ast.Import | ast.ImportFrom):
        roots = [statement]
    return itertools.chain.from_iterable(map(ast.walk, roots))


def _own_names(module: ast.Module) -> frozenset[str]:
    """Return the names that a module gives to something outside of functions."""
    names = set()
    for node, hidden in scoped(module):
        if isinstance(node, Definition):
            names.add(node.name)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load) and node.id not in hidden:
            names.add(node.id)
    return frozenset(names)


def _under_other_names(function: Function, outer: frozenset[str]) -> Iterator[ast.AST]:
    """Yield what a function changes of a module's own through variables that stand for it."""
    aliases, methods = _aliases(function, outer), _methods(function, outer)
    for node in own(function) if aliases or methods else ():
        grown = isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in aliases
        if grown or _reaches_out(node, frozenset(), aliases, methods):
            yield node


@dataclass(frozen=True, slots=True, kw_only=True)
class _Imported:
    """The names of what a module imports: all of them, those of modules, and of these the standard library's.

    ``makers`` are those of functions and classes of it whose results are new.
    """

    names: frozenset[str]
    modules: frozenset[str]
    standard: frozenset[str]
    makers: frozenset[str]

    @classmethod
    def of(cls, module: ast.Module, taken: Taken) -> _Imported:
        names, modules, standard, makers = set[str](), set[str](), set[str](), set[str]()
        for node in ast.walk(module):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    modules.add(alias.asname or top)
                    if top in sys.stdlib_module_names:
                        standard.add(alias.asname or top)
                        makers.update(full for full in _MAKING if full.startswith(f"{alias.name}.") and not alias.asname)
            elif isinstance(node, ast.ImportFrom):
                names.update(alias.asname or alias.name for alias in node.names)
                if not node.level:
                    makers.update(alias.asname or alias.name for alias in node.names if f"{node.module}.{alias.name}" in _MAKING)
        return cls(
            names=frozenset((names | modules) - taken.constants),
            modules=frozenset(modules | taken.modules),
            standard=frozenset(standard),
            makers=frozenset(makers),
        )

    def without(self, hidden: frozenset[str]) -> _Imported:
        """Return the names that are not hidden by others."""
        makers = (name for name in self.makers if name.partition(".")[0] not in hidden)
        return _Imported(
            names=self.names - hidden, modules=self.modules - hidden, standard=self.standard - hidden, makers=frozenset(makers)
        )

    def is_new(self, node: ast.expr) -> bool:
        """Return whether what an expression stands for has just been made by it."""
        return isinstance(node, ast.Call) and full_name(node.func) in self.makers


def _changed(node: ast.AST) -> ast.expr | None:
    """Return what a node changes in its place: what it stores an attribute or a part in, or what it calls a changing method of."""
    if isinstance(node, ast.Attribute | ast.Subscript) and not isinstance(node.ctx, ast.Load):
        return node.value
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGING:
        by_type = isinstance(node.func.value, ast.Name) and node.func.value.id in _BUILT_IN and node.args
        return node.args[0] if by_type else node.func.value
    if isinstance(node, ast.Call) and last_name(node.func) in _CHANGING_FIRST and node.args:
        return node.args[0]
    return None


def _handed_on(node: ast.AST) -> ast.expr | None:
    """Return what a node takes a changing method of, to be called elsewhere."""
    if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and node.attr in CHANGING:
        return node.value
    return None


def _foreign(node: ast.AST, imported: _Imported) -> Iterator[str]:
    """Yield what a node changes in other modules, or uses of the standard library that is not for others."""
    changed = _changed(node)
    if changed is not None and root_name(changed) in imported.names and not imported.is_new(changed):
        # `os.remove` is a function of the module, no method of what is in it.
        if isinstance(node, ast.Attribute):
            yield f"changes {dotted(node)}"
        elif not (isinstance(node, ast.Call) and isinstance(changed, ast.Name) and changed.id in imported.modules):
            yield f"changes {dotted(changed) or root_name(changed)}"
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported.names:
        hidden = node.attr.startswith("_") and not node.attr.startswith("__")
        if (hidden and node.value.id in imported.standard) or (node.attr == "system" and node.value.id != "platform"):
            yield f"uses {dotted(node)}"
    if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] in sys.stdlib_module_names:
        private = (alias.name for alias in node.names if alias.name.startswith("_") and not alias.name.startswith("__"))
        yield from (f"uses {node.module}.{name}" for name in private)


def _own_state(node: ast.AST, own_names: frozenset[str]) -> str | None:
    """Return the name of the module's own of which a node changes something, or ``type``."""
    changed = _changed(node) or _handed_on(node)
    if changed is None:
        return None
    if isinstance(node, ast.Attribute) and isinstance(changed, ast.Call) and last_name(changed) == "type":
        return "type"
    name = root_name(changed)
    if name == "cls" and not isinstance(node, ast.Attribute) and isinstance(changed, ast.Name):
        return None
    return name if name in own_names else None


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
            methods = (methods - names) | _methods(scope, names | outer)
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
    found = (pair for node in own(scope) if isinstance(node, ast.Assign) for target in node.targets for pair in _pairs(target, node.value))
    stands = (target for target, value in found if root_name(value) in outer and not _is_call(value))
    return frozenset(target.id for target in stands if isinstance(target, ast.Name))


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[ast.expr, ast.expr]]:
    """Yield what is assigned to what, each part of tuples by itself."""
    if isinstance(target, ast.Tuple | ast.List) and isinstance(value, ast.Tuple | ast.List) and len(target.elts) == len(value.elts):
        yield from zip(target.elts, value.elts, strict=True)
    else:
        yield target, value


def _is_call(node: ast.AST) -> bool:
    return any(isinstance(part, ast.Call) for part in ast.walk(node))


def _methods(scope: Function, names: frozenset[str]) -> frozenset[str]:
    """Return the variables of a function that are changing methods of what has one of these names."""
    found = (node for node in own(scope) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute))
    changing = (node for node in found if last_name(node.value) in CHANGING and root_name(node.value) in names)
    return frozenset(target.id for node in changing for target in node.targets if isinstance(target, ast.Name))


def _reaches_out(node: ast.AST, outer: frozenset[str], aliases: frozenset[str], methods: frozenset[str]) -> bool:
    changed = _changed(node) or _handed_on(node)
    if changed is not None and root_name(changed) in outer | aliases:
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in methods
