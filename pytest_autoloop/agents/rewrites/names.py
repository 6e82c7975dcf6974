"""Whose name is it: every use of a name in a function, resolved to the scope that owns it."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any
from typing import Final
from typing import Literal

import libcst as cst

from .tree import children

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping

UseKind = Literal["load", "store", "update", "delete"]
_COMPREHENSIONS = (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)


@dataclass(eq=False, slots=True)
class Scope:
    """A function, lambda, class body or comprehension, and the names bound in it."""

    node: cst.CSTNode
    parent: Scope | None
    bound: set[str] = field(default_factory=set)
    outer: set[str] = field(default_factory=set)
    """Names declared global here."""
    nonlocals: set[str] = field(default_factory=set)

    @property
    def is_comprehension(self) -> bool:
        """Whether this scope lives and dies within one expression."""
        return isinstance(self.node, _COMPREHENSIONS)


@dataclass(frozen=True, slots=True, eq=False)
class Use:
    """One appearance of a name as a variable. ``node`` is what holds the name: mostly a Name."""

    name: str
    node: cst.CSTNode
    kind: UseKind
    scope: Scope


class Names:
    """The uses of the names that a function owns or takes from outside, by name.

    What nested scopes bind for themselves is left out. ``captured`` are those of the function's own names that nested functions use,
    ``rebound_inside`` those that nested functions also bind.
    """

    def __init__(self, function: cst.FunctionDef, parents: Mapping[cst.CSTNode, cst.CSTNode]) -> None:
        self._parents = parents
        self._uses: list[Use] = []
        self._scopes: list[Scope] = []
        self.top = self._new_scope(function, None)
        self.params: set[str] = set()
        self._parameters(function.params, self.top)
        self.params |= self.top.bound
        self._visit(function.body, self.top)
        self.by_name: dict[str, list[Use]] = {}
        self.nodes: set[cst.CSTNode] = set()
        """Whatever holds one of these uses."""
        self.captured: set[str] = set()
        self.rebound_inside: set[str] = set()
        self._resolve()
        self.locals = self.top.bound - self.top.outer - self.top.nonlocals

    def _new_scope(self, node: cst.CSTNode, parent: Scope | None) -> Scope:
        scope = Scope(node, parent)
        self._scopes.append(scope)
        return scope

    def _resolve(self) -> None:
        for use in self._uses:
            if self._reaches_top(use):
                self.by_name.setdefault(use.name, []).append(use)
                self.nodes.add(use.node)
                if use.scope is not self.top and not self._runs_in_place(use.scope):
                    self.captured.add(use.name)
                    if use.kind != "load":
                        self.rebound_inside.add(use.name)

    def _runs_in_place(self, scope: Scope | None) -> bool:
        """Whether a scope is done with where it stands, as a comprehension is and a function isn't."""
        while scope is not None and scope is not self.top:
            lazy = isinstance(scope.node, cst.GeneratorExp) and not isinstance(self._parents[scope.node], cst.Arg)
            if lazy or not scope.is_comprehension:
                return False
            scope = scope.parent
        return True

    def _reaches_top(self, use: Use) -> bool:
        scope: Scope | None = use.scope
        while scope is not None and scope is not self.top:
            if use.name in scope.outer:
                return False
            visible = not isinstance(scope.node, cst.ClassDef) or scope is use.scope
            if visible and use.name in scope.bound and use.name not in scope.nonlocals:
                return False
            scope = scope.parent
        return True

    # One method per construct that binds, so that what binds what can be checked against the language reference.

    def _use(self, name: str, node: cst.CSTNode, kind: UseKind, scope: Scope) -> None:
        self._uses.append(Use(name, node, kind, scope))
        if kind in ("store", "update"):
            scope.bound.add(name)

    def _visit(self, node: cst.CSTNode, scope: Scope) -> None:
        visitor = _VISITORS.get(type(node))
        if visitor is not None:
            visitor(self, node, scope)
        else:
            for child in children(node):
                self._visit(child, scope)

    def _bind(self, target: cst.CSTNode, scope: Scope, kind: UseKind = "store") -> None:
        if isinstance(target, cst.Name):
            self._use(target.value, target, kind, scope)
        elif isinstance(target, (cst.Tuple, cst.List)):
            for element in target.elements:
                self._bind(element.value, scope, kind)
        else:
            self._visit(target, scope)

    def _name(self, node: cst.Name, scope: Scope) -> None:
        self._use(node.value, node, "load", scope)

    def _attribute(self, node: cst.Attribute, scope: Scope) -> None:
        self._visit(node.value, scope)

    def _argument(self, node: cst.Arg, scope: Scope) -> None:
        self._visit(node.value, scope)

    def _assign(self, node: cst.Assign, scope: Scope) -> None:
        self._visit(node.value, scope)
        for target in node.targets:
            self._bind(target.target, scope)

    def _ann_assign(self, node: cst.AnnAssign, scope: Scope) -> None:
        if node.value is not None:
            self._visit(node.value, scope)
            self._bind(node.target, scope)
        elif isinstance(node.target, cst.Name):
            scope.bound.add(node.target.value)

    def _aug_assign(self, node: cst.AugAssign, scope: Scope) -> None:
        self._visit(node.value, scope)
        self._bind(node.target, scope, "update")

    def _named(self, node: cst.NamedExpr, scope: Scope) -> None:
        self._visit(node.value, scope)
        while scope.is_comprehension and scope.parent is not None:
            scope = scope.parent
        self._bind(node.target, scope)

    def _for(self, node: cst.For, scope: Scope) -> None:
        self._visit(node.iter, scope)
        self._bind(node.target, scope)
        self._visit(node.body, scope)
        if node.orelse is not None:
            self._visit(node.orelse, scope)

    def _delete(self, node: cst.Del, scope: Scope) -> None:
        self._bind(node.target, scope, "delete")

    def _as_name(self, node: cst.AsName, scope: Scope) -> None:
        self._bind(node.name, scope)

    def _import_alias(self, node: cst.ImportAlias, scope: Scope) -> None:
        if node.asname is not None:
            self._visit(node.asname, scope)
            return
        name: cst.BaseExpression = node.name
        while isinstance(name, cst.Attribute):
            name = name.value
        self._bind(name, scope)

    def _import_from(self, node: cst.ImportFrom, scope: Scope) -> None:
        if not isinstance(node.names, cst.ImportStar):
            for alias in node.names:
                self._visit(alias, scope)

    def _global(self, node: cst.Global, scope: Scope) -> None:
        scope.outer.update(item.name.value for item in node.names)

    def _nonlocal(self, node: cst.Nonlocal, scope: Scope) -> None:
        scope.nonlocals.update(item.name.value for item in node.names)

    def _function(self, node: cst.FunctionDef, scope: Scope) -> None:
        self._use(node.name.value, node, "store", scope)
        for decorator in node.decorators:
            self._visit(decorator.decorator, scope)
        inner = self._new_scope(node, scope)
        self._parameters(node.params, inner)
        self._visit(node.body, inner)

    def _lambda(self, node: cst.Lambda, scope: Scope) -> None:
        inner = self._new_scope(node, scope)
        self._parameters(node.params, inner)
        self._visit(node.body, inner)

    def _class(self, node: cst.ClassDef, scope: Scope) -> None:
        self._use(node.name.value, node, "store", scope)
        for part in (*node.bases, *node.keywords, *(d.decorator for d in node.decorators)):
            self._visit(part, scope)
        self._visit(node.body, self._new_scope(node, scope))

    def _parameters(self, params: cst.Parameters, scope: Scope) -> None:
        for param in all_params(params):
            scope.bound.add(param.name.value)
            if param.default is not None and scope.parent is not None:
                self._visit(param.default, scope.parent)

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp, scope: Scope) -> None:
        inner = self._new_scope(node, scope)
        self._comp_for(node.for_in, inner, scope)
        for value in (node.key, node.value) if isinstance(node, cst.DictComp) else (node.elt,):
            self._visit(value, inner)

    def _comp_for(self, node: cst.CompFor, scope: Scope, iter_scope: Scope) -> None:
        self._visit(node.iter, iter_scope)
        self._bind(node.target, scope)
        for condition in node.ifs:
            self._visit(condition, scope)
        if node.inner_for_in is not None:
            self._comp_for(node.inner_for_in, scope, scope)

    def _match_name(self, node: cst.MatchAs | cst.MatchStar, scope: Scope) -> None:
        if isinstance(node, cst.MatchAs) and node.pattern is not None:
            self._visit(node.pattern, scope)
        if node.name is not None:
            self._bind(node.name, scope)

    def _match_mapping(self, node: cst.MatchMapping, scope: Scope) -> None:
        for element in node.elements:
            self._visit(element, scope)
        if node.rest is not None:
            self._bind(node.rest, scope)

    def _match_keyword(self, node: cst.MatchKeywordElement, scope: Scope) -> None:
        self._visit(node.pattern, scope)


def all_params(params: cst.Parameters) -> Iterator[cst.Param]:
    """Yield the parameters of a function or lambda, of every sort."""
    yield from params.posonly_params
    yield from params.params
    if isinstance(params.star_arg, cst.Param):
        yield params.star_arg
    yield from params.kwonly_params
    if params.star_kwarg is not None:
        yield params.star_kwarg


_VISITORS: Final[Mapping[type[cst.CSTNode], Callable[[Names, Any, Scope], None]]] = {
    cst.Name: Names._name,
    cst.Attribute: Names._attribute,
    cst.Arg: Names._argument,
    cst.Assign: Names._assign,
    cst.AnnAssign: Names._ann_assign,
    cst.AugAssign: Names._aug_assign,
    cst.NamedExpr: Names._named,
    cst.For: Names._for,
    cst.Del: Names._delete,
    cst.AsName: Names._as_name,
    cst.ImportAlias: Names._import_alias,
    cst.ImportFrom: Names._import_from,
    cst.Global: Names._global,
    cst.Nonlocal: Names._nonlocal,
    cst.FunctionDef: Names._function,
    cst.Lambda: Names._lambda,
    cst.ClassDef: Names._class,
    cst.ListComp: Names._comprehension,
    cst.SetComp: Names._comprehension,
    cst.DictComp: Names._comprehension,
    cst.GeneratorExp: Names._comprehension,
    cst.MatchAs: Names._match_name,
    cst.MatchStar: Names._match_name,
    cst.MatchMapping: Names._match_mapping,
    cst.MatchKeywordElement: Names._match_keyword,
}
