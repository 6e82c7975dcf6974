"""Which names of a module stand for what may be something else later: what functions change, and functions that read that.

Told from syntax.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING
from typing import NamedTuple

from ..syntax import Def
from ..syntax import Function
from ..syntax import bound
from ..syntax import full_name
from ..syntax import last_name
from ..syntax import own
from ..syntax import own_names
from ..syntax import root_names
from ..syntax import scoped
from ..syntax import targets_of
from .changing import aliases_of
from .changing import changed_by
from .changing import handed_on
from .tables import MAKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator


Kinds = Mapping[str, frozenset[str]]


def changed_names(module: ast.Module) -> frozenset[str]:
    """Return the names outside of functions for what functions change: parts of it, or what the name stands for."""
    return frozenset[str]().union(*(_changed_in(node, hidden) for node, hidden in scoped(module) if isinstance(node, Function)))


def changers(module: ast.Module, imported: frozenset[str], kinds: Kinds = MappingProxyType({})) -> frozenset[str]:
    """Return a module's functions, and methods of its objects, that change what lasts, themselves or through others.

    ``imported`` are such of other modules, ``kinds`` the methods of classes that change their object.
    """
    functions = [node for node in module.body if isinstance(node, Def)]
    names = own_names(module)
    direct = {function.name for function in functions if not names.isdisjoint(_changed_in(function))} | imported
    direct |= {f"{name}.{method}" for name, kind in _objects(module) for method in kinds.get(kind, ())}
    read = reading(module)
    return frozenset(direct | {name for name in read if not direct.isdisjoint(read_through([name], read))})


def changing_methods(module: ast.Module, imported: Kinds) -> Kinds:
    """Return by class the methods that change their object; ``imported`` are such of other modules."""
    found = dict(imported)
    for kind in (node for node in module.body if isinstance(node, ast.ClassDef)):
        methods = [(node, node.args.args[0].arg) for node in kind.body if isinstance(node, Def) and node.args.args]
        called = {method.name: frozenset(name.removeprefix(f"{me}.") for name in read_in(method) if "." in name) for method, me in methods}
        changing = {method.name for method, me in methods if _changes_itself(method, me)}
        changing |= {name for name in called if not changing.isdisjoint(read_through([name], called))}
        inherited = frozenset[str]().union(*(found.get(last_name(base), frozenset()) for base in kind.bases))
        found[kind.name] = (inherited - called.keys()) | (changing - MAKING)
    return found


def _changes_itself(method: Def, me: str) -> bool:
    itself = {me, *aliases_of(method, frozenset({me}))}
    changed = (changed_by(node) or handed_on(node) for node in own(method))
    return any(one is not None and not itself.isdisjoint(root_names(one)) for one in changed)


def _objects(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names of a module for objects that it makes, each with the name of their class."""
    for node in module.body:
        if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Call):
            yield from ((target.id, full_name(node.value.func)) for target in targets_of(node) if isinstance(target, ast.Name))


def _changed_in(function: Function, hidden: frozenset[str] = frozenset()) -> set[str]:
    """Return the names of the module that a function changes something of, or gives anew; ``hidden`` are those of functions around it."""
    found, inside = set[str](), bound(function) | hidden
    for node in own(function):
        if isinstance(node, ast.Global):
            found.update(node.names)
        elif (changed := changed_by(node) or handed_on(node)) is not None:
            found |= root_names(changed) - inside
    return found


def reading(module: ast.Module) -> Mapping[str, frozenset[str]]:
    """Return for each function of a module the names from outside that it reads, alone and with attributes (``rates.rate_of``)."""
    functions = (node for node in module.body if isinstance(node, Def))
    return {function.name: read_in(function) - bound(function) for function in functions}


def read_in(node: ast.AST) -> frozenset[str]:
    """Return the names that a piece of code reads, alone and with attributes."""
    loads = (part for part in ast.walk(node) if isinstance(part, ast.Name | ast.Attribute) and isinstance(part.ctx, ast.Load))
    return frozenset(name for part in loads if (name := full_name(part)))


def read_through(names: Iterable[str], read: Mapping[str, frozenset[str]]) -> set[str]:
    """Return names with all that functions among them read, and so on."""
    found = set(names)
    todo = list(found)
    while todo:
        more = read.get(todo.pop(), frozenset()) - found
        found |= more
        todo += more
    return found


class Lasting(NamedTuple):
    """Names of a module for what lasts: ``unsteady`` is what may be something else later, ``changers`` are functions that change such.

    ``kinds`` are the methods of classes, by their names, that change their object.
    """

    unsteady: frozenset[str] = frozenset()
    changers: frozenset[str] = frozenset()
    kinds: Kinds = MappingProxyType({})

    @classmethod
    def of(cls, module: ast.Module, imported: Lasting) -> Lasting:
        """Return them for a module, by what it has imported of others."""
        kinds = changing_methods(module, imported.kinds)
        return cls(unsteady(module, imported.unsteady), changers(module, imported.changers, kinds), kinds)

    def known_as(self, names: Mapping[str, str]) -> Lasting:
        """Return those that are among some names, or parts of these, by other names."""

        def known(name: str) -> str:
            first, dot, rest = name.partition(".")
            return f"{names[first]}{dot}{rest}" if first in names else ""

        unsteady, changers = (frozenset(map(known, part)) - {""} for part in self[:2])
        return Lasting(unsteady, changers, {known(name): methods for name, methods in self.kinds.items() if known(name)})

    def inside(self, name: str) -> Lasting:
        """Return them as attributes of something that is known by a name."""
        unsteady, changers = (frozenset(f"{name}.{one}" for one in part) for part in self[:2])
        return Lasting(unsteady, changers, {f"{name}.{kind}": methods for kind, methods in self.kinds.items()})

    def with_(self, other: Lasting) -> Lasting:
        """Return these and others."""
        return Lasting(self.unsteady | other.unsteady, self.changers | other.changers, {**self.kinds, **other.kinds})


NOTHING_LASTS = Lasting()


def unsteady(module: ast.Module, imported: frozenset[str]) -> frozenset[str]:
    """Return what a module's functions change, and those of them that read it; ``imported`` are such names of other modules."""
    changing, read = changed_names(module) | imported, reading(module)
    return changing | {name for name in read if not changing.isdisjoint(read_through([name], read))}
