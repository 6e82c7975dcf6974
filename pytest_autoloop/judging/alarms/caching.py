"""What is remembered for ever, or of something that may change meanwhile: no time explains either. Told from syntax.

A first call that is as fast as later ones shows that a gain does not come of remembering. It shows nothing of answers that are out of date
one day, nor of what fills memory until the process ends.
"""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING
from typing import NamedTuple

from ..syntax import Def
from ..syntax import arguments
from ..syntax import bound
from ..syntax import everywhere
from ..syntax import last_name
from ..syntax import lineage
from ..syntax import own
from ..syntax import root_names
from ..syntax import targets_of
from ..syntax import words
from .changing import changed_by
from .changing import handed_on
from .protecting import USUAL_DECORATORS
from .tables import COPYING
from .tables import MAKING
from .unsteady import changed_names
from .unsteady import read_in
from .unsteady import read_through
from .unsteady import reading

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

_BOUND = 1 << 16  # results that a cache may keep
_CHANGEABLE = words("list dict set List Dict Set defaultdict deque Counter OrderedDict bytearray")
_MOST = 30  # attributes, and methods that change one of them, that are looked at
_CACHES = frozenset({"cache", "lru_cache"})
_FIXED_BASES = words("NamedTuple tuple Enum IntEnum StrEnum Flag str int float frozenset")


def endless(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where results are remembered without a bound, so that memory fills for as long as the process lives."""
    for node in everywhere(module):
        if isinstance(node, Def):
            takes = any((node.args.args, node.args.posonlyargs, node.args.kwonlyargs, node.args.vararg, node.args.kwarg))
            yield from ((part, _FOR_EVER) for part in node.decorator_list if takes and _is_endless(part))
        elif isinstance(node, ast.Call) and node.args and _is_endless(node.func):
            yield node, _FOR_EVER


_RESULTS = "remembers results"
_FOR_EVER = "remembers results for ever (functools), with no bound"


def outdated(module: ast.Module, imported: frozenset[str] = frozenset()) -> Iterator[tuple[ast.AST, str]]:
    """Yield what is remembered though what it was made of may change: results of functions, and what objects work out of themselves.

    ``imported`` is what may change of what the module has from others.
    """
    functions = {node.name: node for node in module.body if isinstance(node, Def)}
    kept = [*_cached(module, functions), *_worked_out_at_import(module)]
    if kept:
        changing, read = changed_names(module) | imported, reading(module)
        for what, node, part in kept:
            for name in sorted(read_through(read_in(part) - _own_names(part), read) & changing):
                yield node, f"{what} that depend on {name}, which may change"
    for what, node, function in kept:
        if isinstance(function, Def) and what == _RESULTS and _gives_what_can_change(function):
            yield node, f"remembers results of {function.name}, which their callers can change"
    classes = {node.name: node for node in everywhere(module) if isinstance(node, ast.ClassDef)}
    for kind in classes.values():
        if not _stays(kind):
            yield from _of_objects(kind)
        yield from _parts_outdated(kind, list(_methods(kind, classes)))


def _own_names(part: ast.AST) -> frozenset[str]:
    """Return the names that a function, or what goes through something in an expression, has for itself."""
    if isinstance(part, Def):
        return bound(part)
    return frozenset(node.id for node in ast.walk(part) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store))


def _is_endless(node: ast.expr) -> bool:
    if last_name(node) == "cache":
        return not isinstance(node, ast.Call)
    if last_name(node) != "lru_cache" or not isinstance(node, ast.Call):
        return False
    sizes = [*node.args[:1], *(keyword.value for keyword in node.keywords if keyword.arg == "maxsize")]
    return not all(isinstance(size, ast.Constant) and type(size.value) is int and size.value <= _BOUND for size in sizes)


def is_cache(name: str) -> bool:
    """Return whether a decorator remembers results, by its name."""
    return name in _CACHES or (name not in USUAL_DECORATORS and any(part in name.casefold() for part in ("cache", "memo")))


def _cached(module: ast.Module, functions: Mapping[str, Def]) -> Iterator[tuple[str, ast.AST, Def]]:
    """Yield the functions whose results are remembered, or may be by a decorator of one's own, and where that is said."""
    for node in everywhere(module):
        if isinstance(node, Def):
            for part in node.decorator_list:
                if (name := last_name(part)) in _CACHES or name not in USUAL_DECORATORS:
                    yield _RESULTS if is_cache(name) else f"decorates with {name} results", part, node
        elif isinstance(node, ast.Call) and is_cache(last_name(node.func)):
            yield from ((_RESULTS, node, functions[name]) for part in node.args if (name := last_name(part)) in functions)


def _worked_out_at_import(module: ast.Module) -> Iterator[tuple[str, ast.AST, ast.AST]]:
    """Yield the statements of a module that call something for what they give a name to."""
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            calls = [last_name(part.func) for part in ast.walk(node.value) if isinstance(part, ast.Call)]
            # The results of a function that is given to a cache are worked out later.
            if calls and not any(map(is_cache, calls)):
                yield "works out parts of the module", node, node.value


def _methods(kind: ast.ClassDef, classes: Mapping[str, ast.ClassDef]) -> Iterator[Def]:
    """Yield the methods of a class, and those that it has from others of its module."""
    known = set[str]()
    for one in lineage(kind, classes):
        methods = [method for method in one.body if isinstance(method, Def)]
        yield from (method for method in methods if method.name not in known or method.name in MAKING)
        known |= {method.name for method in methods}


def _gives_what_can_change(function: Def) -> bool:
    """Return whether what a function returns is a list, a table or a set that was made there."""
    if function.returns is not None and root_names(function.returns) & _CHANGEABLE:
        return True
    made = {
        target.id
        for node in own(function)
        if isinstance(node, ast.Assign) and _is_changeable(node.value)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    returned = [node.value for node in own(function) if isinstance(node, ast.Return)]
    return any(value is not None and (_is_changeable(value) or (isinstance(value, ast.Name) and value.id in made)) for value in returned)


def _is_changeable(value: ast.expr) -> bool:
    shown = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
    return isinstance(value, shown) or (isinstance(value, ast.Call) and last_name(value.func) in _CHANGEABLE | {"sorted", "split"})


def _stays(kind: ast.ClassDef) -> bool:
    """Return whether objects of a class are what they are from the beginning, as its definition says."""
    frozen = any(
        keyword.arg == "frozen" and isinstance(keyword.value, ast.Constant) and keyword.value.value is True
        for decorator in kind.decorator_list
        if isinstance(decorator, ast.Call)
        for keyword in decorator.keywords
    )
    return frozen or any(last_name(base) in _FIXED_BASES for base in kind.bases)


def _of_objects(kind: ast.ClassDef) -> Iterator[tuple[ast.AST, str]]:
    """Yield the methods whose results are remembered by their object, which may change."""
    for method in kind.body:
        if not isinstance(method, Def) or not (me := _self_of(method)) or not any(_attributes(me, ast.walk(method))):
            continue
        for part in method.decorator_list:
            if last_name(part) in _CACHES:
                yield part, f"remembers results of {kind.name}.{method.name}, whose object may change"


class _Deed(NamedTuple):
    """A statement that gives an object some attributes, and what of itself and of the arguments it makes them of."""

    node: ast.AST
    gives: frozenset[str]
    made_of: frozenset[str]


def _parts_outdated(kind: ast.ClassDef, methods: Sequence[Def]) -> Iterator[tuple[ast.AST, str]]:
    """Yield what is made once of an attribute that a method changes, which does not make it anew."""
    read = {method.name: frozenset(_attributes(_self_of(method), ast.walk(method))) for method in methods}
    deeds = [(_through(deed, read), method) for method in methods for deed in _deeds(method, read.keys())]
    its_own = {method.name for method in methods if method in kind.body}
    given = frozenset[str]().union(*(deed.gives for deed, _ in deeds))
    changes = {method.name: _changed_in(method) for method in methods if method.name not in MAKING}
    calls = {method.name: _called_in(method) for method in methods}
    everything = {name: changed.union(*(changes.get(other, frozenset()) for other in calls[name])) for name, changed in changes.items()}
    by, found = defaultdict[str, list[str]](list), dict[str, ast.AST]()
    for name, changed in changes.items():
        for attribute in changed:
            by[attribute].append(name)
    for deed, maker in deeds:
        for attribute in sorted(deed.made_of & (given | by.keys()) - deed.gives)[:_MOST]:
            # What both are inherited the class has that they are from.
            near = (name for name in by[attribute][:_MOST] if name in its_own or maker in kind.body)
            late = (name for name in near if deed.gives.isdisjoint(everything[name]))
            if (method := next(late, None)) is not None:
                found.setdefault(f"{kind.name}.{min(deed.gives)} stays as it is when {method} changes {attribute}", deed.node)
    yield from ((node, text) for text, node in found.items())


def _through(deed: _Deed, read: Mapping[str, frozenset[str]]) -> _Deed:
    """Return a deed with what the methods read that it calls."""
    return deed._replace(made_of=deed.made_of.union(*(read[name] for name in deed.made_of if name in read)) - deed.gives)


def _deeds(method: Def, methods: Collection[str] = ()) -> Iterator[_Deed]:
    """Yield what is made once for an object: by the statements of what makes it, by a property that is worked out once, or when needed.

    ``methods`` are those of its class.
    """
    me = _self_of(method)
    for node in ast.walk(method) if me else ():
        if isinstance(node, ast.If) and method.name not in MAKING:
            gives = frozenset(_given_in(me, node)) & frozenset(_attributes(me, ast.walk(node.test)))
            if gives:
                yield _Deed(node, gives, frozenset(_attributes(me, ast.walk(node))) - gives)
    for noted in _remembered_in(me, method) if me else ():
        yield _Deed(method, frozenset({noted}), frozenset(_attributes(me, ast.walk(method))) - {noted})
    if any(last_name(part) == "cached_property" for part in method.decorator_list):
        yield _Deed(method, frozenset({method.name}), frozenset(_attributes(me, ast.walk(method))))
        return
    if method.name not in MAKING or not me:
        return
    given = {arg.arg for arg in arguments(method)} - {me}
    kept: dict[str, frozenset[str]] = {}
    sources: dict[str, frozenset[str]] = defaultdict(frozenset)
    for statement in method.body:
        read = frozenset(_attributes(me, ast.walk(statement), ast.Load))
        names = {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
        wholes = _wholes(statement) & (given | sources.keys())
        read = read.union(*(sources[name] for name in names if name in sources), wholes & given)
        value = getattr(statement, "value", None)
        for name in {*_local_names(statement)} - {me}:
            sources[name] = sources[name] | read
        gives = frozenset(_given_in(me, statement))
        if gives and value is not None and (name := _copied(value)) in given:
            # Another name for an argument, or a copy of it.
            kept[name] = kept.get(name, frozenset()) | gives
        elif gives and not isinstance(value, ast.Attribute):
            read -= _only_named(me, value) & set(methods)
            yield _Deed(statement, gives, frozenset().union(read, *(kept.get(name, frozenset()) for name in read)) - gives)


def _remembered_in(me: str, method: Def) -> Iterator[str]:
    """Yield the tables of an object in which a method notes what it returns, and from which it returns it the next time."""
    names: dict[str, str] = {}

    def table(node: ast.AST | None) -> str:
        if isinstance(node, ast.Name):
            return names.get(node.id, "")
        return node.attr if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == me else ""

    def taken(node: ast.AST | None) -> str:
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
            return table(node.value)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("get", "setdefault"):
            return table(node.func.value)
        return names.get(f"{node.id} of", "") if isinstance(node, ast.Name) else ""

    noted, returned = set[str](), set[str]()
    for node in ast.walk(method):
        if isinstance(node, ast.Assign | ast.NamedExpr):
            for target in targets_of(node):
                # A variable may get what was found or, later, what was worked out.
                for kind, told in (("", table(node.value)), (" of", taken(node.value))):
                    if told and isinstance(target, ast.Name):
                        names[f"{target.id}{kind}"] = told
    for node in ast.walk(method):
        if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
            noted.add(table(node.value))
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setdefault":
            noted.add(table(node.func.value))
        elif isinstance(node, ast.Return):
            returned.add(taken(node.value))
    yield from sorted((noted & returned) - {""})


def _local_names(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement gives something to, or changes something of."""
    for node in ast.walk(statement):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.id
        elif (changed := changed_by(node) or handed_on(node)) is not None:
            yield from root_names(changed)


def _wholes(statement: ast.stmt) -> set[str]:
    """Return the names that a statement uses as they are: of `config.rows` it is not `config` that anything is made of."""
    bases = {id(node.value) for node in ast.walk(statement) if isinstance(node, ast.Attribute)}
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name) and id(node) not in bases}


def _copied(value: ast.expr) -> str:
    """Return the name of what a value is, or is a copy of."""
    if isinstance(value, ast.BoolOp):
        value = value.values[0]
    if isinstance(value, ast.IfExp):
        value = value.body
    if isinstance(value, ast.Call) and last_name(value.func) in COPYING | {"deepcopy"}:
        value = value.args[0] if value.args else getattr(value.func, "value", value)
    return value.id if isinstance(value, ast.Name) else ""


def _only_named(me: str, value: ast.AST | None) -> frozenset[str]:
    """Return the attributes of an object that are put in a collection as they are: of methods, nothing is read before they are called."""
    if not isinstance(value, ast.Dict | ast.List | ast.Tuple | ast.Set):
        return frozenset()
    return frozenset(_attributes(me, value.values if isinstance(value, ast.Dict) else value.elts))


def _self_of(method: Def) -> str:
    """Return what a method calls its object; nothing for one that has none."""
    arguments = [*method.args.posonlyargs, *method.args.args]
    static = any(last_name(part) in ("staticmethod", "classmethod") for part in method.decorator_list)
    return arguments[0].arg if arguments and not static else ""


def _attributes(me: str, nodes: Iterable[ast.AST], context: type[ast.expr_context] = ast.expr_context) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == me and isinstance(node.ctx, context):
            yield node.attr


def _given_in(me: str, statement: ast.AST) -> Iterator[str]:
    """Yield the attributes that a statement gives something to, or changes in their place, under another name too."""
    yield from _attributes(me, ast.walk(statement), ast.Store)
    others: dict[str, list[str]] = defaultdict(list)
    for node in ast.walk(statement):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute | ast.Subscript) and me in root_names(node.value):
            for target in node.targets:
                others[last_name(target)] += _attributes(me, ast.walk(node.value))
        elif isinstance(node, ast.For | ast.comprehension):
            # What it goes through are parts of it.
            for part in ast.walk(node.target):
                others[last_name(part)] += _attributes(me, ast.walk(node.iter))
    for node in ast.walk(statement):
        if (changed := changed_by(node) or handed_on(node)) is None:
            continue
        if me in root_names(changed):
            yield from _attributes(me, ast.walk(changed))
        for name in root_names(changed):
            yield from others.get(name, ())


def _changed_in(method: Def) -> frozenset[str]:
    me = _self_of(method)
    if not me or any(last_name(part) in ("property", "cached_property") for part in method.decorator_list):
        return frozenset()
    deleted = _attributes(me, ast.walk(method), ast.Del)
    return frozenset([*_given_in(me, method), *deleted])


def _called_in(method: Def) -> frozenset[str]:
    me = _self_of(method)
    return frozenset(_attributes(me, (node.func for node in ast.walk(method) if isinstance(node, ast.Call))))
