"""What code does to values: what only reads, what changes, what lets a value out of sight.

Ordinary objects are assumed: operators, attribute reads and the methods named here do what they do on Python's own types.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal
from typing import cast

import libcst as cst

from .kinds import IMMUTABLE
from .tree import is_name
from .tree import same
from .tree import walk
from .vocabulary import CHANGING_METHODS
from .vocabulary import FRESH_CALLS
from .vocabulary import ITERATORS
from .vocabulary import PURE_BUILTINS
from .vocabulary import PURE_MODULES
from .vocabulary import QUIET_BUILTINS
from .vocabulary import QUIET_MODULES
from .vocabulary import READ_METHODS

if TYPE_CHECKING:
    from .function import Function
    from .kinds import Kinds

Role = Literal["read", "change", "return", "keep"]

_FRESH = (cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp)


@dataclass(frozen=True, slots=True)
class Doings:
    """What a region of code does: the objects that it changes by name, and whether it runs code that can't be seen from here."""

    changed: tuple[cst.BaseExpression, ...]
    unknown: tuple[cst.CSTNode, ...]


class Effects:
    """Answers about one function."""

    def __init__(self, function: Function, kinds: Kinds) -> None:
        self._function = function
        self._kinds = kinds
        self._doings: dict[cst.CSTNode, Doings] = {}

    def role(self, node: cst.CSTNode, *, shallow: bool = False) -> Role:
        """Return what the place where an expression stands does to its value.

        ``shallow`` looks at the value alone, not at what it holds: ``rows[0][1] = 2`` then only reads ``rows``.
        """
        parent = self._function.parents[node]
        if isinstance(parent, cst.Attribute):
            return self._role_of_receiver(parent)
        if isinstance(parent, cst.Subscript):
            return "change" if self._is_target(parent) and not (shallow and self._is_step(parent)) else "read"
        if isinstance(parent, cst.Arg):
            call = self._function.parents[parent]
            return "read" if parent.star or self._is_quiet_call(call) else "keep"
        if isinstance(
            parent, (cst.Comparison, cst.ComparisonTarget, cst.BinaryOperation, cst.FormattedStringExpression, cst.StarredElement)
        ):
            return "read"
        if isinstance(parent, (cst.For, cst.CompFor)):
            return "read" if node is parent.iter else "change"
        if isinstance(parent, (cst.If, cst.While, cst.IfExp, cst.CompIf, cst.Assert)):
            return "read" if node is parent.test else self.role(parent) if isinstance(parent, cst.IfExp) else "keep"
        if isinstance(parent, cst.UnaryOperation):
            return "read"
        if isinstance(parent, cst.BooleanOperation):
            return "read" if self.is_condition(parent) else "keep"
        if isinstance(parent, cst.Return):
            return "return"
        if isinstance(parent, (cst.Element, cst.DictElement)):
            return "return" if self.role(self._function.parents[parent]) == "return" else "keep"
        if isinstance(parent, (cst.Index, cst.Slice, cst.Expr)):
            return "read"
        if isinstance(parent, cst.Assign):
            return "read" if all(isinstance(target.target, (cst.Tuple, cst.List)) for target in parent.targets) else "keep"
        if isinstance(parent, cst.AugAssign):
            return "read" if node is parent.value else "change"
        return "change" if isinstance(parent, (cst.AssignTarget, cst.Del)) else "keep"

    def is_condition(self, node: cst.CSTNode) -> bool:
        """Whether only the truth of an expression matters where it stands."""
        parent = self._function.parents[node]
        if isinstance(parent, (cst.If, cst.While, cst.CompIf, cst.Assert)):
            return True
        if isinstance(parent, cst.IfExp):
            return node is parent.test
        if isinstance(parent, cst.UnaryOperation):
            return isinstance(parent.operator, cst.Not)
        return isinstance(parent, cst.BooleanOperation) and self.is_condition(parent)

    def _role_of_receiver(self, attribute: cst.Attribute) -> Role:
        call = self._function.parents[attribute]
        if isinstance(call, cst.Call) and call.func is attribute:
            name = attribute.attr.value
            return "read" if name in READ_METHODS else "change" if name in CHANGING_METHODS else "keep"
        if attribute.attr.value in CHANGING_METHODS:
            # A method that is kept may be called later, under another name.
            return "keep"
        return "change" if self._is_target(attribute) else "read"

    def _is_step(self, node: cst.CSTNode) -> bool:
        """Whether an item or attribute is only on the way to another one."""
        parent = self._function.parents[node]
        return isinstance(parent, (cst.Attribute, cst.Subscript)) and parent.value is node

    def _is_target(self, node: cst.CSTNode) -> bool:
        parent = self._function.parents[node]
        if isinstance(parent, (cst.Attribute, cst.Subscript)):
            return self._is_target(parent)
        if isinstance(parent, (cst.Element, cst.Tuple, cst.List)):
            return self._is_target(parent)
        if isinstance(parent, (cst.For, cst.CompFor, cst.AugAssign)):
            return node is parent.target
        return isinstance(parent, (cst.AssignTarget, cst.Del)) or (isinstance(parent, cst.AnnAssign) and node is parent.target)

    def _is_quiet_call(self, call: cst.CSTNode) -> bool:
        """Whether a call is known to change nothing that it is given, and to keep nothing."""
        if not isinstance(call, cst.Call):
            return False
        func = call.func
        if isinstance(func, cst.Name):
            if self._function.is_builtin(func.value):
                return func.value in QUIET_BUILTINS or func.value.endswith(("Error", "Exception", "StopIteration"))
            if self._is_own_pure(func):
                return True
            origin = self._function.module.origins.get(func.value, "") if self._function.is_global(func.value) else ""
            return origin.partition(".")[0] in QUIET_MODULES
        if isinstance(func, cst.Attribute):
            if isinstance(func.value, cst.Name) and self.module_of(func.value) is not None:
                return self.module_of(func.value) in QUIET_MODULES
            return func.attr.value in READ_METHODS or func.attr.value in ("extend", "update", "write", "writelines")
        return False

    def module_of(self, node: cst.CSTNode) -> str | None:
        """Return the standard module that a name stands for."""
        if isinstance(node, cst.Name) and self._function.is_global(node.value):
            return self._function.module.origins.get(node.value)
        return None

    def is_pure(self, node: cst.CSTNode) -> bool:
        """Whether an expression has no effect, and the same value each time as long as its names and their objects stay as they are."""
        for part in walk(node):
            if isinstance(part, (cst.Await, cst.Yield, cst.NamedExpr, cst.Lambda, cst.GeneratorExp)):
                return False
            if isinstance(part, cst.Call) and not self._is_pure_call(part):
                return False
        return True

    def _is_pure_call(self, call: cst.Call) -> bool:
        func = call.func
        if isinstance(func, cst.Name):
            builtin = func.value in PURE_BUILTINS - ITERATORS and self._function.is_builtin(func.value)
            return builtin or self._is_own_pure(func)
        if isinstance(func, cst.Attribute):
            module = self.module_of(func.value)
            return module in PURE_MODULES - {"itertools"} if module is not None else func.attr.value in READ_METHODS
        return False

    def _is_own_pure(self, func: cst.Name) -> bool:
        """Whether a name stands for a function of the module that only computes."""
        return self._function.is_global(func.value) and self._function.module.purity.is_pure(func.value)

    def doings(self, region: cst.CSTNode) -> Doings:
        """Return what a region changes, and what it runs that can't be seen from here."""
        if region not in self._doings:
            self._doings[region] = self._find_doings(region)
        return self._doings[region]

    def _find_doings(self, region: cst.CSTNode) -> Doings:
        changed: list[cst.BaseExpression] = []
        unknown: list[cst.CSTNode] = []
        for node in walk(region):
            if isinstance(node, cst.Call):
                name = node.func.attr.value if isinstance(node.func, cst.Attribute) else ""
                if isinstance(node.func, cst.Attribute) and name in CHANGING_METHODS:
                    changed.append(node.func.value)
                elif not self._is_quiet_call(node):
                    unknown.append(node)
            elif isinstance(node, (cst.Subscript, cst.Attribute)) and not self._is_step(node) and self._is_target(node):
                changed.append(node.value)
            elif isinstance(node, (cst.Await, cst.Yield, cst.With, cst.Import, cst.ImportFrom)):
                unknown.append(node)
        return Doings(tuple(changed), tuple(unknown))

    def is_fresh(self, node: cst.CSTNode) -> bool:
        """Whether an expression makes a new container that nobody else knows."""
        return isinstance(node, _FRESH) or (
            isinstance(node, cst.Call)
            and isinstance(node.func, cst.Name)
            and node.func.value in FRESH_CALLS
            and self._function.is_global(node.func.value)
        )

    def is_owned(self, name: str) -> bool:
        """Whether a name always holds a container made in this function, that nothing else ever gets hold of before it is returned."""
        function = self._function
        if not function.is_plain(name) or name in function.names.params:
            return False
        for use in function.uses(name):
            if use.kind == "load":
                if self.role(use.node) == "keep":
                    return False
            elif use.kind == "store":
                value = self.bound_value(use.node)
                if value is None or not self.is_fresh(value):
                    return False
        return True

    def bound_value(self, target: cst.CSTNode) -> cst.BaseExpression | None:
        """Return the expression that a single name is bound to by an assignment."""
        parent = self._function.parents[target]
        if isinstance(parent, cst.AnnAssign):
            return parent.value
        if isinstance(parent, cst.AssignTarget):
            assign = self._function.parents[parent]
            return assign.value if isinstance(assign, cst.Assign) and len(assign.targets) == 1 else None
        return None

    def untouched(self, name: str, region: cst.CSTNode, *, strictly: bool = False, shallow: bool = False) -> bool:
        """Whether a name and the object that it holds stay as they are throughout a region.

        Code that can't be seen from here is trusted not to change the object behind the function's back, unless the object came from
        somewhere it can reach (an attribute, an item), or ``strictly`` forbids all trust. ``shallow`` allows what
        the object holds to change.
        """
        function = self._function
        if name in function.names.rebound_inside or function.stores(name, region):
            return False
        if any(self.role(use.node, shallow=shallow) not in ("read", "return") for use in function.loads(name, region)):
            return self._is_immutable(name)
        if self._is_immutable(name) or self.is_owned(name):
            return True
        doings = self.doings(region)
        changed = [node for node in doings.changed if not (shallow and _is_part_of(node, name))]
        if any(self._may_alias(name, root_name(node), strictly) for node in changed):
            return False
        if not doings.unknown:
            return True
        return not strictly and not self._is_shared(name)

    def steady(self, node: cst.CSTNode, region: cst.CSTNode) -> bool:
        """Whether a name, an attribute, ``len`` of one or a constant gives the same throughout a region, whatever the object holds."""
        if isinstance(node, cst.Integer):
            return True
        if isinstance(node, cst.Call) and len(node.args) == 1 and is_name(node.func, "len"):
            return self.steady(node.args[0].value, region)
        if isinstance(node, cst.Name):
            known = self._function.is_plain(node.value) or self._function.is_global(node.value)
            return known and self.untouched(node.value, region, shallow=True)
        if isinstance(node, cst.Attribute) and isinstance(node.value, cst.Name):
            return self._attribute_untouched(node, region)
        return False

    def _attribute_untouched(self, node: cst.Attribute, region: cst.CSTNode) -> bool:
        """Whether an attribute stays as it is: nobody binds one of its name, nor gets hold of the object, nor calls a method of it."""
        function, root = self._function, cast("cst.Name", node.value).value
        if not function.is_plain(root) or function.stores(root, region):
            return False
        for other in function.below(region, cst.Attribute):
            same_name = other.attr.value == node.attr.value
            if same_name and (self._is_target(other) or (same(other, node) and self.role(other) != "read")):
                return False
        for use in function.loads(root, region):
            attribute = function.parents[use.node]
            if not isinstance(attribute, cst.Attribute) or attribute.value is not use.node:
                return False
            call = function.parents[attribute]
            if isinstance(call, cst.Call) and call.func is attribute:
                return False
        return True

    def is_read(self, node: cst.CSTNode) -> bool:
        """Whether an item or attribute is read where it stands, rather than bound or deleted."""
        return not self._is_target(node) or isinstance(self._function.parents[node], (cst.Attribute, cst.Subscript))

    def _is_immutable(self, name: str) -> bool:
        found = self._kinds.of_variable(name)
        return found is not None and found.name in IMMUTABLE

    def _may_alias(self, name: str, other: str | None, strictly: bool) -> bool:
        """Whether changing what another name holds may change what a name holds."""
        if other is None or other == name:
            return True
        if self.is_owned(other):
            return False
        known, others = self._kinds.of_variable(name), self._kinds.of_variable(other)
        if known is not None and others is not None and known.name != others.name:
            return False
        function = self._function
        return strictly or any(self._comes_from(a, b) for a, b in ((name, other), (other, name))) or not function.is_local(other)

    def _comes_from(self, name: str, other: str) -> bool:
        values = (self.bound_value(use.node) for use in self._function.stores(name))
        return any(root_name(value) == other for value in values if value is not None)

    def _is_shared(self, name: str) -> bool:
        """Whether a name holds an object got from an attribute or item of another, or the module's."""
        if not self._function.is_local(name):
            return False
        values = [self.bound_value(use.node) for use in self._function.stores(name)]
        return any(isinstance(value, (cst.Attribute, cst.Subscript)) for value in values)


def _is_part_of(node: cst.CSTNode, name: str) -> bool:
    """Whether an expression is an item or attribute of what a name holds."""
    return not isinstance(node, cst.Name) and root_name(node) == name


def root_name(node: cst.CSTNode) -> str | None:
    """Return the name at the start of a chain such as ``a.b[c].d()``."""
    while isinstance(node, (cst.Attribute, cst.Subscript, cst.Call)):
        node = node.func if isinstance(node, cst.Call) else node.value
    return node.value if isinstance(node, cst.Name) else None
