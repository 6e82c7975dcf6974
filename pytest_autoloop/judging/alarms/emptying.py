"""What a patch no longer takes out of tables that last, or lets grow without a limit: told from the syntax of both sides."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from ..syntax import Def
from ..syntax import Function
from ..syntax import arguments
from ..syntax import bound
from ..syntax import full_name
from ..syntax import last_name
from ..syntax import own
from ..syntax import own_names
from ..syntax import targets_of
from ..syntax import words
from .changing import attributes_by_name
from .tables import MAKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping

_TAKING = words("pop popitem popleft remove discard clear")
_TAKING_FROM_FIRST = words("heappop heapreplace heappushpop")
_GROWING = words("append appendleft extend extendleft insert add update setdefault")


def no_longer_emptied(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where tables of a module or of its objects grow, of which nothing is taken any more, or no longer for their length."""
    was, is_ = _tables(before), _tables(after)
    for name, old in was.items():
        new = is_.get(name)
        if new is None or not new.grows or new.ends:
            continue
        if old.limited and not new.limited:
            yield new.grows[0], f"{name} grows without the limit that it had"
        elif old.taken and not new.taken:
            yield new.grows[0], f"{name} still grows, and nothing is taken out of it any more"


@dataclass(slots=True)
class _Table:
    """What becomes of one table: whether anything takes parts out of it, also for its length (``limited``), and where it ``grows``.

    ``ends`` says that it is made with a limit of its own.
    """

    taken: bool = False
    limited: bool = False
    ends: bool = False
    grows: list[ast.AST] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scope:
    """A module, a class or a function: ``names`` are the module's as they are known there, ``of`` is the class that it is or is in."""

    node: ast.AST
    names: frozenset[str]
    of: str = ""

    def inside(self) -> Iterator[_Scope]:
        """Yield the scopes that are directly in it."""
        for node in own(self.node):
            if isinstance(node, ast.ClassDef):
                yield _Scope(node=node, names=self.names, of=node.name)
            elif isinstance(node, Function):
                # What a function inside of a method calls its first argument is another object.
                of = self.of if isinstance(self.node, ast.ClassDef) else ""
                yield _Scope(node=node, names=self.names - bound(node), of=of)

    def tables(self) -> Mapping[str, str]:
        """Return by how they are written there the tables that last: the module's own by their names, objects' as ``Catalog.known``."""
        found = {name: name for name in self.names}
        if self.of and isinstance(self.node, Def) and (given := arguments(self.node)):
            me = given[0].arg
            its = {full_name(node): node.attr for node in own(self.node) if isinstance(node, ast.Attribute)}
            its = {written: name for written, name in its.items() if written == f"{me}.{name}"}
            found |= {written: f"{self.of}.{name}" for written, name in (its | attributes_by_name(self.node, me)).items()}
        return found

    def given_anew(self, node: ast.AST) -> Iterator[ast.expr]:
        """Yield the tables in whose place a node puts another one, once they are made."""
        if isinstance(self.node, Function) and not (self.of and getattr(self.node, "name", "") in MAKING):
            targets = node.targets if isinstance(node, ast.Assign | ast.Delete) and not _holds_itself(node) else []
            targets = [part for one in targets for part in (one.elts if isinstance(one, ast.Tuple) else [one])]
            # A variable is another name for the same table.
            yield from (one for one in targets if isinstance(one, ast.Attribute) or (isinstance(one, ast.Name) and one.id in self.names))


def _tables(module: ast.Module) -> Mapping[str, _Table]:
    found: dict[str, _Table] = defaultdict(_Table)
    todo = [_Scope(node=module, names=own_names(module))]
    while todo:
        scope = todo.pop()
        todo += scope.inside()
        known = scope.tables()
        for node in own(scope.node):
            for name in _among(known, _grown(node)):
                found[name].grows.append(node)
            for name in _among(known, (*_emptied(node), *scope.given_anew(node))):
                found[name].taken = True
            for name in _among(known, _with_an_end(node)):
                found[name].ends = True
            measured = set(_among(known, _measured(node.test))) if isinstance(node, ast.If | ast.While) else set()
            if measured:
                taken = {name for part in ast.walk(node) for name in _among(known, (*_emptied(part), *scope.given_anew(part)))}
                for name in taken & measured:
                    found[name].limited = True
    return found


def _holds_itself(node: ast.Assign | ast.Delete) -> bool:
    """Return whether what is put in a table's place has all of it: `known = {**known, name: value}`."""
    value = node.value if isinstance(node, ast.Assign) else None
    names = {full_name(target) for target in getattr(node, "targets", ())}
    if isinstance(value, ast.Dict):
        parts = [part for key, part in zip(value.keys, value.values, strict=True) if key is None]
    elif isinstance(value, ast.List | ast.Set | ast.Tuple):
        parts = [part.value for part in value.elts if isinstance(part, ast.Starred)]
    else:
        parts = [value.left, value.right] if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Add | ast.BitOr) else []
    return not names.isdisjoint(map(full_name, parts))


def _among(known: Mapping[str, str], nodes: Iterable[ast.expr]) -> Iterator[str]:
    return (known[name] for node in nodes if (name := full_name(node)) in known)


def _grown(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node puts something into."""
    if isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Store):
        # Places that are counted from the end are those of lists, and are there.
        counted = (
            isinstance(node.slice, ast.UnaryOp) and isinstance(node.slice.op, ast.USub) and isinstance(node.slice.operand, ast.Constant)
        )
        yield from [] if counted else [node.value]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in _GROWING:
        yield node.func.value
    elif isinstance(node, ast.AugAssign):
        yield node.target


def _emptied(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node takes something out of."""
    if isinstance(node, ast.Attribute) and node.attr in _TAKING and isinstance(node.ctx, ast.Load):
        # It may be called by another name.
        yield node.value
    elif isinstance(node, ast.Call) and last_name(node.func) in _TAKING_FROM_FIRST:
        yield from node.args[:1]
    elif isinstance(node, ast.Subscript):
        whole = isinstance(node.ctx, ast.Store) and isinstance(node.slice, ast.Slice)
        yield from [node.value] if whole or isinstance(node.ctx, ast.Del) else []


def _with_an_end(node: ast.AST) -> Iterator[ast.expr]:
    """Yield what a node gives a table with a limit to: ``deque(maxlen=9)``."""
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    if isinstance(value, ast.Call) and any(keyword.arg == "maxlen" for keyword in value.keywords):
        yield from targets_of(node)


def _measured(test: ast.expr) -> Iterator[ast.expr]:
    """Yield what a condition asks the length of."""
    for node in ast.walk(test):
        if isinstance(node, ast.Call) and last_name(node.func) == "len":
            yield from node.args
