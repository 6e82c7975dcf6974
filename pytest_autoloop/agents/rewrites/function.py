"""One function under the loupe: its tree, its names, its blocks and loops."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING
from typing import TypeVar

import libcst as cst

from .effects import Effects
from .kinds import Kinds
from .names import Names
from .names import all_params
from .tree import children
from .tree import is_name
from .tree import same
from .tree import walk
from .vocabulary import RELIED_ON

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from .module import Module
    from .names import Use

N = TypeVar("N", bound=cst.CSTNode)
Loop = cst.For | cst.While
_NESTED = (cst.FunctionDef, cst.ClassDef, cst.Lambda)
COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)

_NAMED = (cst.Name, cst.Attribute)
# Decorators that compile a function's source by rules of their own.
_COMPILERS = {"jit", "njit", "vectorize", "guvectorize", "cfunc", "stencil", "script", "kernel", "overload", "cython"}
_INTROSPECTION = {"locals", "vars", "eval", "exec", "globals", "dir", "__class__"}
_SWALLOWING = {"suppress", "raises", "ExitStack"}
_FRAMES = {"_getframe", "currentframe", "stack"}


class Function:
    """A function of a module, and the questions that rules ask about it.

    Everything is computed when first asked for, and never again: a function that no rule cares about costs next to nothing.
    """

    def __init__(self, node: cst.FunctionDef, module: Module, qualname: str, source: str, outer: Sequence[Function] = ()) -> None:
        self.node = node
        self.module = module
        self.qualname = qualname
        self.source = source
        self.outer = outer
        """The functions around this one, the innermost last."""

    @property
    def name(self) -> str:
        """The function's own name."""
        return self.node.name.value

    @cached_property
    def parents(self) -> dict[cst.CSTNode, cst.CSTNode]:
        """The parent of every node below the function."""
        return {child: node for node in self._nodes for child in children(node)}

    @cached_property
    def _nodes(self) -> list[cst.CSTNode]:
        """Every node in source order, the function itself first."""
        nodes: list[cst.CSTNode] = []
        pending: list[cst.CSTNode] = [self.node]
        while pending:
            node = pending.pop()
            nodes.append(node)
            pending.extend(reversed(list(children(node))))
        return nodes

    @cached_property
    def _spans(self) -> dict[cst.CSTNode, tuple[int, int]]:
        """Where the subtree of every node starts and ends in source order."""
        starts = {node: number for number, node in enumerate(self._nodes)}
        ends = dict(starts)
        for node in reversed(self._nodes):
            parent = self.parents.get(node)
            if parent is not None:
                ends[parent] = max(ends[parent], ends[node])
        return {node: (starts[node], ends[node]) for node in self._nodes}

    @cached_property
    def _own(self) -> dict[type[cst.CSTNode], list[cst.CSTNode]]:
        """The nodes that run as part of this function, not of a nested one, by type."""
        found: dict[type[cst.CSTNode], list[cst.CSTNode]] = {}
        skip_until = -1
        body = self._spans[self.node.body]
        for number, node in enumerate(self._nodes):
            if number <= skip_until or not body[0] <= number <= body[1]:
                continue
            found.setdefault(type(node), []).append(node)
            if isinstance(node, _NESTED):
                skip_until = self._spans[node][1]
        return found

    def all(self, *kinds: type[N]) -> list[N]:
        """Return the nodes of some types that run as part of this function, in source order."""
        if len(kinds) == 1:
            return self._own.get(kinds[0], [])  # type: ignore[return-value]
        found = [node for kind in kinds for node in self._own.get(kind, [])]
        return sorted(found, key=self.position)  # type: ignore[arg-type]

    def has(self, *kinds: type[cst.CSTNode]) -> bool:
        """Whether there is a node of one of some types."""
        return any(kind in self._own for kind in kinds)

    def position(self, node: cst.CSTNode) -> int:
        """Return where a node stands in source order."""
        return self._spans[node][0]

    def inside(self, node: cst.CSTNode, *regions: cst.CSTNode) -> bool:
        """Whether a node is one of some nodes, or below one of them."""
        position = self._spans[node][0]
        return any(start <= position <= end for start, end in map(self._spans.__getitem__, regions))

    def below(self, region: cst.CSTNode, *kinds: type[N]) -> list[N]:
        """Return the nodes of some types within a region, that run as part of this function."""
        start, end = self._spans[region]
        return [node for node in self.all(*kinds) if start <= self._spans[node][0] <= end]

    def ancestors(self, node: cst.CSTNode) -> Iterator[cst.CSTNode]:
        """Yield the parent of a node, its parent, and so on up to the function."""
        while node is not self.node:
            node = self.parents[node]
            yield node

    # Names

    @cached_property
    def names(self) -> Names:
        """All uses of names, resolved."""
        return Names(self.node, self.parents)

    @cached_property
    def taken(self) -> frozenset[str]:
        """All names of variables in this function, the functions around it and those within it, and of the module itself."""
        outermost = self.outer[0] if self.outer else self
        found = (node for node in walk(outermost.node) if isinstance(node, cst.Name) and node in outermost.parents)
        return frozenset(node.value for node in found if is_variable(node, outermost.parents[node])) | frozenset(self.module.bound)

    @cached_property
    def kinds(self) -> Kinds:
        """What kinds of values expressions have."""
        return Kinds(self)

    @cached_property
    def effects(self) -> Effects:
        """What code does to values."""
        return Effects(self, self.kinds)

    def uses(self, name: str, *regions: cst.CSTNode) -> list[Use]:
        """Return the uses of one of the function's names (or one that it takes from outside), in source order."""
        found = self.names.by_name.get(name, [])
        if regions:
            found = [use for use in found if self.inside(use.node, *regions)]
        return sorted(found, key=lambda use: self.position(use.node))

    def loads(self, name: str, *regions: cst.CSTNode) -> list[Use]:
        """Return the uses that read a name."""
        return [use for use in self.uses(name, *regions) if use.kind in ("load", "update")]

    def stores(self, name: str, *regions: cst.CSTNode) -> list[Use]:
        """Return the uses that bind, rebind or unbind a name."""
        return [use for use in self.uses(name, *regions) if use.kind != "load"]

    def is_local(self, name: str) -> bool:
        """Whether a name is this function's own, bound by no nested function."""
        return name in self.names.locals and name not in self.names.rebound_inside

    def is_plain(self, name: str) -> bool:
        """Whether a name is this function's own and used in no nested function or kept generator."""
        return name in self.names.locals and name not in self.names.captured

    def owns(self, node: cst.CSTNode) -> bool:
        """Whether the names in an expression mean the same as in the function's own statements: no comprehension binds one of them."""
        ours = self.names.nodes
        return all(part in ours for part in walk(node) if isinstance(part, cst.Name) and is_variable(part, self.parents[part]))

    def same_here(self, node: cst.CSTNode, wanted: cst.CSTNode) -> bool:
        """Whether an expression reads like another one of the function's own scope, and means it."""
        return same(node, wanted) and self.owns(node)

    def is_global(self, name: str) -> bool:
        """Whether a name is taken from the module, or from Python itself."""
        return name not in self.names.top.bound and not any(name in outer.names.top.bound for outer in self.outer)

    def is_builtin(self, name: str) -> bool:
        """Whether a name is Python's own, with nothing in the way."""
        return self.is_global(name) and self.module.is_builtin(name)

    # Statements

    @cached_property
    def blocks(self) -> list[cst.IndentedBlock]:
        """The indented blocks that belong to the function."""
        return self.all(cst.IndentedBlock)

    @cached_property
    def loops(self) -> list[Loop]:
        """The loops in source order, the outer before the inner."""
        return self.all(cst.For, cst.While)

    def statement(self, node: cst.CSTNode) -> cst.CSTNode | None:
        """Return the statement in an indented block that a node belongs to, or None where a line holds several."""
        current = node
        while current is not self.node:
            parent = self.parents[current]
            if isinstance(parent, cst.IndentedBlock):
                simple = isinstance(current, cst.SimpleStatementLine)
                return None if simple and len(current.body) != 1 else current  # type: ignore[attr-defined]
            current = parent
        return None

    def block(self, node: cst.CSTNode) -> cst.IndentedBlock | None:
        """Return the block of the statement that a node belongs to."""
        found = self.statement(node)
        parent = self.parents[found] if found is not None else None
        return parent if isinstance(parent, cst.IndentedBlock) else None

    def enclosing_loops(self, node: cst.CSTNode) -> list[Loop]:
        """Return the loops around a node, the innermost first; a node in a loop's header or its else isn't in the loop."""
        found: list[Loop] = []
        child = node
        for parent in self.ancestors(node):
            if isinstance(parent, (cst.For, cst.While)) and (
                child is parent.body or (isinstance(parent, cst.While) and child is parent.test)
            ):
                found.append(parent)
            child = parent
        return found

    def only_value(self, name: str) -> cst.BaseExpression | None:
        """Return what a name is bound to, if one plain assignment is all that ever binds it."""
        stores = self.stores(name)
        if len(stores) != 1 or name in self.names.params:
            return None
        return self.effects.bound_value(stores[0].node)

    @property
    def owner(self) -> str:
        """The name under which a method knows its own object, empty for other functions."""
        params = self.node.params.posonly_params or self.node.params.params
        return params[0].name.value if params and "." in self.qualname else ""

    @cached_property
    def optional(self) -> frozenset[str]:
        """The parameters that are None unless given."""
        params = all_params(self.node.params)
        return frozenset(param.name.value for param in params if param.default is not None and is_name(param.default, "None"))

    def surely_bound(self, name: str, place: cst.CSTNode) -> bool:
        """Whether a name has a value whenever a statement is reached."""
        if name in self.names.params:
            return True
        around = [place, *self.ancestors(place)]
        blocks = [node for node in around if isinstance(node, cst.IndentedBlock)]
        for use in self.stores(name):
            line = self.statement(use.node)
            if line is None or use.kind == "delete" or self.position(line) >= self.position(place):
                continue
            simple = isinstance(line, cst.SimpleStatementLine)
            if simple and self.parents[line] in blocks:
                return True
        return any(isinstance(node, cst.For) and binds(node.target, name) and place is not node for node in around)

    def outermost(self, node: cst.CSTNode, name: str) -> cst.CSTNode | None:
        """Return the outermost loop or comprehension around a node in which a container's name keeps its object, unchanged."""
        found: cst.CSTNode | None = None
        for parent in self.ancestors(node):
            if isinstance(parent, (cst.For, cst.While, *COMPREHENSIONS)):
                if not self.is_plain(name) or self.stores(name, parent) or not self.effects.untouched(name, parent):
                    break
                found = parent
        return found

    def may_be_caught(self, node: cst.CSTNode) -> bool:
        """Whether an exception raised here may be handled in this function, or swallowed by a ``with`` that says so."""
        child = node
        for parent in self.ancestors(node):
            if isinstance(parent, (cst.Try, cst.TryStar)) and child is parent.body:
                return True
            if isinstance(parent, cst.With) and any(word in _SWALLOWING for item in parent.items for word in _words(item)):
                return True
            child = parent
        return False

    @cached_property
    def called(self) -> frozenset[str]:
        """The names under which this function calls others."""
        funcs = (call.func for call in self.all(cst.Call))
        return frozenset(func.attr.value if isinstance(func, cst.Attribute) else func.value for func in funcs if isinstance(func, _NAMED))

    @cached_property
    def is_rewritable(self) -> bool:
        """Whether the function is ordinary code: compiled by Python, and showing its variables to nobody by name."""
        tools = {name for decorator in self.node.decorators for name in _words(decorator.decorator)}
        if tools & _COMPILERS or self.names.by_name.keys() & _INTROSPECTION or self.called & _FRAMES:
            return False
        return all(map(self.is_builtin, RELIED_ON))

    def read_later(self, name: str, statement: cst.CSTNode) -> bool:
        """Whether the value that a statement leaves in a name may be read after it (or in the next round of a loop around it)."""
        loops = self.enclosing_loops(statement)
        since = self.position(loops[-1] if loops else statement)
        for use in self.loads(name):
            if self.position(use.node) < since or self.inside(use.node, statement):
                continue
            if not self._bound_nearby(use, statement):
                return True
        return False

    def _bound_nearby(self, use: Use, statement: cst.CSTNode) -> bool:
        """Whether a loop around a use, and not around a statement, binds the name before the use is reached."""
        child = use.node
        for parent in self.ancestors(use.node):
            if parent in self._spans and self.inside(statement, parent):
                return False
            if isinstance(parent, cst.For) and child is parent.body and binds(parent.target, use.name):
                return True
            child = parent
        return False


def is_variable(node: cst.Name, parent: cst.CSTNode) -> bool:
    """Whether a name in the tree is a variable, not an attribute or a keyword."""
    if isinstance(parent, cst.Attribute):
        return node is parent.value
    return not (
        isinstance(parent, (cst.Arg, cst.MatchKeywordElement)) and node in (getattr(parent, "keyword", None), getattr(parent, "key", None))
    )


def _words(node: cst.CSTNode) -> Iterator[str]:
    return (part.value for part in walk(node) if isinstance(part, cst.Name))


def binds(target: cst.CSTNode, name: str) -> bool:
    """Whether an assignment target binds a name."""
    return name in target_names(target)


def target_names(target: cst.CSTNode) -> list[str]:
    """Return the names bound by a target."""
    if isinstance(target, cst.Name):
        return [target.value]
    if isinstance(target, (cst.Tuple, cst.List)):
        return [name for element in target.elements for name in target_names(element.value)]
    return []


def is_simple_target(target: cst.CSTNode) -> bool:
    """Whether a target binds names only, no attribute or item."""
    if isinstance(target, (cst.Tuple, cst.List)):
        return all(is_simple_target(element.value) for element in target.elements)
    return isinstance(target, cst.Name)
