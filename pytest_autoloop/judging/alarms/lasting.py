"""What a module keeps between calls, changes in other modules, or does when it is imported: told from its syntax."""

from __future__ import annotations

import ast
import itertools
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal

from ..syntax import Function
from ..syntax import bound
from ..syntax import dotted
from ..syntax import everywhere
from ..syntax import full_name
from ..syntax import last_name
from ..syntax import names_of_classes
from ..syntax import outermost
from ..syntax import own
from ..syntax import own_names
from ..syntax import root_names
from ..syntax import scoped
from ..syntax import words
from .changing import aliases_of
from .changing import changed_by
from .changing import handed_on
from .constants import Constants
from .constants import target_of
from .neighbours import NOTHING_TAKEN
from .tables import CHANGING
from .tables import keeps_for_all
from .unsteady import Lasting

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator

    from .neighbours import Taken

Agreement = Literal["clock", "first call", "fresh arguments", "other arguments", "every part", "new process", "results", "import", "policy"]
_Sign = tuple[ast.AST, str, frozenset[Agreement]]

TIMES: frozenset[Agreement] = frozenset({"first call", "fresh arguments"})
IMPORT: frozenset[Agreement] = frozenset({"import"})
POLICY: frozenset[Agreement] = frozenset({"policy"})
"""What lasts as long as the process, and grows: whether a project wants that is told by its policy alone, whatever the times are."""
NOTHING_EXPLAINS: frozenset[Agreement] = frozenset()


# What these of the standard library return is new.
_MAKING = words("collections.Counter collections.OrderedDict collections.defaultdict collections.deque copy.copy copy.deepcopy array.array")


# What is something else at another time, or in another place.
_MOMENTARY = words("""
today now utcnow time time_ns monotonic monotonic_ns perf_counter perf_counter_ns localtime gmtime ctime getcwd cwd getenv gethostname
getuser getlogin getpid urandom uuid1 uuid4 token_hex token_bytes token_urlsafe random randint randrange uniform getrandbits
""")


def lasting(module: ast.Module, taken: Taken = NOTHING_TAKEN) -> Iterator[_Sign]:
    """Yield what lasts beyond a call, where, and the outer evidence that explains it.

    ``taken`` is what the module imports from others of its tree.
    """
    imported = _Imported.of(module, taken)
    names, modules = imported.names, imported.standard
    ours = own_names(module)
    constants = Constants.of(module)
    in_classes = names_of_classes(module)
    # What runs at import only remembers no calls.
    once = {id(node) for node in own(module)}
    bases = {id(node.value) for node in everywhere(module) if isinstance(node, ast.Attribute)}
    for node, hidden in scoped(module):
        if isinstance(node, Function):
            defaults = [*node.args.defaults, *(part for part in node.args.kw_defaults if part is not None)]
            if not all(map(constants.inside(hidden | in_classes.get(id(node), frozenset())).stays, defaults)):
                yield node, "keeps state in a default", POLICY
            inner = hidden | bound(node)
            state = _under_other_names(node, ours - inner - constants.fixed)
            foreign = _under_other_names(node, names - inner - imported.operators)
            yield from ((part, "keeps state under another name", POLICY) for part in state)
            yield from ((part, "changes what is imported, under another name", NOTHING_EXPLAINS) for part in foreign)
            yield from ((part, "registers something in a call", TIMES) for part in _registering(node))
        if isinstance(node, ast.ClassDef) and any(keyword.arg == "metaclass" for keyword in node.keywords):
            yield node, "uses a metaclass", NOTHING_EXPLAINS
        yield from ((node, text, NOTHING_EXPLAINS) for text in _foreign(node, imported.without(hidden)))
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and node.id in modules - hidden and id(node) not in bases:
            yield node, f"hands {node.id} on", NOTHING_EXPLAINS
        if id(node) not in once and (name := _own_state(node, ours - hidden | {"cls"})) is not None:
            yield node, f"keeps state in {name}", POLICY
    for function in outermost(module):
        # A decorator's, say: it lasts as long as the process.
        how_long = POLICY if _hands_out(function) else TIMES
        yield from ((node, "keeps state in a closure", how_long) for node in _closures(function))


def by_others(module: ast.Module, imported: Lasting) -> Iterator[_Sign]:
    """Yield where functions call others, of the module or ``imported``, that keep something as long as the process lives."""
    keeping = Lasting.of(module, imported).changers
    for node, hidden in scoped(module):
        if hidden and isinstance(node, ast.Call) and (name := full_name(node.func)) in keeping and name.partition(".")[0] not in hidden:
            yield node, f"keeps state by {name}", POLICY


def noted_for_all(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where functions change something public of their module or of an imported one, such as a counter, and what."""
    names = frozenset(name for name in own_names(module) if not name.startswith("_"))
    imported = _Imported.of(module, NOTHING_TAKEN)
    for node, hidden in scoped(module):
        if isinstance(node, ast.Name) or (changed := changed_by(node)) is None:
            continue
        others = imported.names - hidden if isinstance(node, ast.Attribute | ast.Subscript) else frozenset[str]()
        if hidden and (name := min(root_names(changed) & (names - hidden | others), default=None)) is not None:
            yield node, name


def at_import(module: ast.Module, elsewhere: Container[str] = ()) -> Iterator[_Sign]:
    """Yield what runs or is kept when the module is imported, and the outer evidence that explains it.

    What nothing changes later is a price to pay at import, and nothing else; ``elsewhere`` is what other modules' code names.
    """
    constants, imported = Constants.of(module, elsewhere), _Imported.of(module, NOTHING_TAKEN).names
    todo = [(statement, constants) for statement in module.body[::-1]]
    while todo:
        statement, constants = todo.pop()
        explained_by = TIMES | IMPORT
        if isinstance(statement, ast.If):
            todo += reversed([(inner, constants) for inner in (*statement.body, *statement.orelse)])
        elif isinstance(statement, ast.ClassDef):
            inside = constants.inside(bound(statement))
            todo += reversed([(inner, inside) for inner in statement.body])
        elif isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign) and statement.value is not None:
            name = target_of(statement)
            if name is not None and (name in constants.read or constants.is_constant(statement.value)):
                explained_by = IMPORT
            elif not constants.stays(statement.value) or last_name(statement.value) in CHANGING:
                yield statement, f"keeps state in {name or 'the module'}", explained_by
        elif isinstance(statement, ast.For | ast.While | ast.With | ast.Try | ast.Delete | ast.Match):
            yield statement, "runs statements at import", explained_by
        elif _is_for_effect(statement, imported):
            # No work that is done there instead of in calls.
            explained_by = NOTHING_EXPLAINS
        for part in _run_at_import(statement):
            if isinstance(part, ast.NamedExpr) and not constants.is_constant(part.value):
                yield part, f"keeps state in {part.target.id}", explained_by
            elif isinstance(part, ast.Call):
                name = last_name(part.func)
                yield part, f"calls {name or 'something'} at import", NOTHING_EXPLAINS if name in _MOMENTARY else explained_by


def _is_for_effect(statement: ast.stmt, imported: frozenset[str]) -> bool:
    """Return whether a statement calls something imported whose result nobody uses."""
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call) and bool(root_names(statement.value) & imported)


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


def _registering(function: Function) -> Iterator[ast.AST]:
    """Yield where a function registers something each time that it is called; its decorators do so once."""
    once = {id(part) for decorator in getattr(function, "decorator_list", ()) for part in ast.walk(decorator)}
    return (part for part in own(function) if isinstance(part, ast.Attribute) and part.attr == "register" and id(part) not in once)


def _under_other_names(function: Function, outer: frozenset[str]) -> Iterator[ast.AST]:
    """Yield what a function changes of a module's own through variables that stand for it."""
    aliases, methods = aliases_of(function, outer), _methods(function, outer)
    for node in own(function) if aliases or methods else ():
        grown = isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name) and node.target.id in aliases
        if grown or _reaches_out(node, frozenset(), aliases, methods):
            yield node


@dataclass(frozen=True, slots=True, kw_only=True)
class _Imported:
    """The names of what a module imports: all of them, those of modules, and of these the standard library's.

    ``makers`` are those of functions and classes of it whose results are new, ``operators`` the names of that module.
    """

    names: frozenset[str]
    modules: frozenset[str]
    standard: frozenset[str]
    makers: frozenset[str]
    operators: frozenset[str]

    @classmethod
    def of(cls, module: ast.Module, taken: Taken) -> _Imported:
        names, modules, standard, makers, operators = set[str](), set[str](), set[str](), set[str](), set[str]()
        for node in everywhere(module):
            if isinstance(node, ast.Import):
                for alias in node.names:
                    top = alias.name.partition(".")[0]
                    modules.add(alias.asname or top)
                    if top in sys.stdlib_module_names:
                        standard.add(alias.asname or top)
                        operators.update({alias.asname or top} if top == "operator" else ())
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
            operators=frozenset(operators),
        )

    def without(self, hidden: frozenset[str]) -> _Imported:
        """Return the names that are not hidden by others."""
        makers = (name for name in self.makers if name.partition(".")[0] not in hidden)
        return _Imported(
            names=self.names - hidden,
            modules=self.modules - hidden,
            standard=self.standard - hidden,
            makers=frozenset(makers),
            operators=self.operators,
        )

    def is_new(self, node: ast.expr) -> bool:
        """Return whether what an expression stands for has just been made by it."""
        return isinstance(node, ast.Call) and full_name(node.func) in self.makers


def _foreign(node: ast.AST, imported: _Imported) -> Iterator[str]:
    """Yield what a node changes in other modules, or uses of the standard library that is not for others."""
    changed = changed_by(node)
    if changed is not None and root_names(changed) & imported.names and not imported.is_new(changed):
        # `os.remove` is a function of the module, no method of what is in it.
        if isinstance(node, ast.Attribute):
            yield f"changes {dotted(node)}"
        elif not (isinstance(node, ast.Call) and isinstance(changed, ast.Name) and changed.id in imported.modules):
            yield f"changes {dotted(changed) or min(root_names(changed) & imported.names)}"
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id in imported.names:
        hidden = node.attr.startswith("_") and not node.attr.startswith("__")
        if (hidden and node.value.id in imported.standard) or (node.attr == "system" and node.value.id != "platform"):
            yield f"uses {dotted(node)}"
    if isinstance(node, ast.Attribute) and keeps_for_all(full_name(node)) and root_names(node) & (imported.standard - imported.operators):
        yield f"uses {dotted(node)}, which lasts"
    if isinstance(node, ast.ImportFrom) and not node.level and (node.module or "").partition(".")[0] in sys.stdlib_module_names:
        private = (alias.name for alias in node.names if alias.name.startswith("_") and not alias.name.startswith("__"))
        yield from (f"uses {node.module}.{name}" for name in private)
        if node.module != "operator":
            keeping = (alias.name for alias in node.names if keeps_for_all(alias.name))
            yield from (f"uses {node.module}.{name}, which lasts" for name in keeping)


def _own_state(node: ast.AST, names: frozenset[str]) -> str | None:
    """Return the name of the module's own of which a node changes something, or ``type``."""
    changed = changed_by(node) or handed_on(node)
    if changed is None:
        return None
    if isinstance(node, ast.Attribute) and isinstance(changed, ast.Call) and last_name(changed) == "type":
        return "type"
    if isinstance(changed, ast.Name) and changed.id == "cls" and not isinstance(node, ast.Attribute):
        return None
    return min(root_names(changed) & names, default=None)


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
            around = outer - names
            aliases = aliases_of(scope, around)
            yield from (node for node in own(scope) if _reaches_out(node, around, aliases, methods - names))
            methods = (methods - names) | _methods(scope, names | outer)
        inside = (node for node in own(scope) if isinstance(node, Function | ast.ClassDef))
        todo += ((node, outer | names, methods) for node in inside)


def _hands_out(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether a function returns one that was made inside of it."""
    names = {node.name for node in ast.walk(function) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node is not function}
    parts = [part for node in own(function) if isinstance(node, ast.Return) and node.value is not None for part in ast.walk(node.value)]
    called = {id(part.func) for part in parts if isinstance(part, ast.Call)}
    return any(isinstance(part, ast.Lambda) or (last_name(part) in names and id(part) not in called) for part in parts)


def _outlives(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Return whether something made inside of a function may be called after it has returned."""
    inside = [node for node in ast.walk(function) if isinstance(node, Function | ast.ClassDef) and node is not function]
    if any(isinstance(node, ast.Lambda | ast.ClassDef) or node.decorator_list for node in inside):
        return True
    names = {node.name for node in inside if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    called = {id(node.func) for node in ast.walk(function) if isinstance(node, ast.Call)}
    loads = (node for node in ast.walk(function) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    return any(node.id in names and id(node) not in called for node in loads)


def _methods(scope: Function, names: frozenset[str]) -> frozenset[str]:
    """Return the variables of a function that are changing methods of what has one of these names."""
    found = (node for node in own(scope) if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute))
    changing = (node for node in found if last_name(node.value) in CHANGING and root_names(node.value) & names)
    return frozenset(target.id for node in changing for target in node.targets if isinstance(target, ast.Name))


def _reaches_out(node: ast.AST, outer: frozenset[str], aliases: frozenset[str], methods: frozenset[str]) -> bool:
    changed = changed_by(node) or handed_on(node)
    if changed is not None and root_names(changed) & (outer | aliases):
        return True
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in methods
