"""What kind of value an expression has, as far as syntax and annotations tell.

Annotations of parameters are believed. None means "can't tell", and a rule that needs to know must then leave its hands off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING

import libcst as cst

from .names import all_params
from .tree import walk
from .vocabulary import ANNOTATIONS
from .vocabulary import STR_TO_BOOL
from .vocabulary import STR_TO_INT
from .vocabulary import STR_TO_LIST
from .vocabulary import STR_TO_STR

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .function import Function
    from .names import Use

IMMUTABLE = frozenset({"str", "bytes", "int", "float", "bool", "none", "range", "frozenset"})
HASHABLE = IMMUTABLE
SEQUENCES = frozenset({"list", "tuple", "str", "bytes", "range", "deque", "sequence"})
CONTAINERS = SEQUENCES | {"dict", "set", "frozenset", "mapping", "keys", "values", "items"}
_TO_INT = frozenset({"len", "int", "ord", "hash", "id"})
_TO_STR = frozenset({"str", "repr", "chr", "format", "hex", "bin", "oct", "ascii", "input"})
_COPIES = frozenset({"list", "set", "frozenset", "tuple", "sorted"})
_ARITHMETIC = (cst.Add, cst.Subtract, cst.Multiply, cst.FloorDivide, cst.Modulo)
_BITWISE = (cst.BitAnd, cst.BitOr, cst.BitXor, cst.LeftShift, cst.RightShift)


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of value. ``item`` is the kind of what iteration gives, ``value`` that of a mapping's values, ``parts`` a tuple's."""

    name: str
    item: Kind | None = None
    value: Kind | None = None
    parts: tuple[Kind | None, ...] = ()


STR, INT, FLOAT, BOOL, BYTES = Kind("str"), Kind("int"), Kind("float"), Kind("bool"), Kind("bytes")
_PLAIN: dict[type[cst.CSTNode], Kind] = {cst.Integer: INT, cst.Float: FLOAT, cst.FormattedString: STR}
LINES = Kind("list", STR)


def merged(one: Kind | None, other: Kind | None) -> Kind | None:
    """Return the kind of a value that is of one kind or of the other."""
    if one is None or other is None:
        return None
    if one == other:
        return one
    if one.name == other.name:
        parts = tuple(map(merged, one.parts, other.parts)) if len(one.parts) == len(other.parts) else ()
        return Kind(one.name, merged(one.item, other.item), merged(one.value, other.value), parts)
    return INT if {one.name, other.name} == {"int", "bool"} else None


def merge(kinds: Iterable[Kind | None]) -> Kind | None:
    """Return the kind that fits all of some kinds, or None."""
    found = list(kinds)
    return reduce(merged, found) if found else None


class Kinds:
    """The kinds of the expressions of one function."""

    def __init__(self, function: Function) -> None:
        self._function = function
        self._names: dict[str, Kind | None] = {}
        self._guess: dict[str, Kind | None] = {}

    def of(self, node: cst.CSTNode) -> Kind | None:
        """Return the kind of an expression."""
        if type(node) in _PLAIN:
            return _PLAIN[type(node)]
        rule = _RULES.get(type(node))
        return rule(self, node) if rule is not None else None  # type: ignore[operator]

    def name_of(self, node: cst.CSTNode) -> str | None:
        """Return the bare name of an expression's kind, such as ``"list"``."""
        found = self.of(node)
        return found.name if found is not None else None

    def is_a(self, node: cst.CSTNode, *names: str) -> bool:
        """Whether an expression is known to be of one of some kinds."""
        return self.name_of(node) in names

    def items(self, node: cst.CSTNode) -> Kind | None:
        """Return the kind of what iterating over an expression gives."""
        found = self.of(node)
        if found is None:
            return None
        return {"str": STR, "bytes": INT, "range": INT, "file": STR}.get(found.name, found.item)

    def of_variable(self, name: str) -> Kind | None:
        """Return the kind that all bindings of one of the function's own names agree on."""
        if name in self._names:
            return self._names[name]
        if name in self._guess:
            return self._guess[name]
        if not self._function.is_local(name):
            return None
        # Bindings may refer to the name itself (``line = line.strip()``): take the others' word for it, then check that all agree.
        self._guess[name] = None
        self._guess[name] = merge(kind for kind in self._bindings(name) if kind is not None)
        result = merge(self._bindings(name)) if self._guess[name] is not None else None
        del self._guess[name]
        if not self._guess:
            self._names[name] = result
        return result

    def _bindings(self, name: str) -> list[Kind | None]:
        kinds = [self._of_store(use) for use in self._function.stores(name) if use.kind != "delete"]
        params = [param for param in all_params(self._function.node.params) if param.name.value == name]
        return kinds + [self._of_param(param) for param in params]

    def _of_param(self, param: cst.Param) -> Kind | None:
        if param.star == "**":
            return Kind("dict", STR)
        if param.star == "*":
            return Kind("tuple")
        if isinstance(param.default, cst.Name) and param.default.value == "None":
            return None
        if param.annotation is not None:
            return of_annotation(param.annotation.annotation)
        return self.of(param.default) if isinstance(param.default, (cst.SimpleString, cst.Integer, cst.Float)) else None

    def _of_store(self, use: Use) -> Kind | None:
        parent = self._function.parents[use.node]
        if isinstance(parent, cst.AssignTarget):
            return self.of(self._function.parents[parent].value)  # type: ignore[attr-defined]
        if isinstance(parent, cst.AnnAssign):
            return of_annotation(parent.annotation.annotation)
        if isinstance(parent, cst.NamedExpr):
            return self.of(parent.value)
        if isinstance(parent, cst.AugAssign):
            return self._of_update(parent)
        if isinstance(parent, cst.For):
            return self.items(parent.iter)
        if isinstance(parent, cst.Element):
            return self._of_part(use, parent)
        return None

    def _of_update(self, node: cst.AugAssign) -> Kind | None:
        known = self.of(node.target)
        if known is not None and known.name in ("list", "set", "dict"):
            return known
        if isinstance(node.operator, cst.DivideAssign):
            return FLOAT
        return self.of(node.value)

    def _of_part(self, use: Use, element: cst.Element) -> Kind | None:
        """Return the kind of a name in a tuple target, one level deep."""
        target = self._function.parents[element]
        parent = self._function.parents[target]
        whole: Kind | None = None
        if isinstance(parent, cst.AssignTarget):
            whole = self.of(self._function.parents[parent].value)  # type: ignore[attr-defined]
        elif isinstance(parent, (cst.For, cst.CompFor)):
            whole = self.items(parent.iter)
        if whole is None or not isinstance(target, (cst.Tuple, cst.List)):
            return None
        place = [part.value for part in target.elements].index(use.node)  # type: ignore[arg-type]
        return whole.parts[place] if place < len(whole.parts) else whole.item

    # One method per sort of expression.

    def _name(self, node: cst.Name) -> Kind | None:
        if node.value in ("True", "False"):
            return BOOL
        if node.value == "None":
            return Kind("none")
        for parent in self._function.ancestors(node) if node in self._function.parents else ():
            if isinstance(parent, (cst.ListComp, cst.SetComp, cst.DictComp, cst.GeneratorExp)):
                found = self._of_comprehension_name(parent, node.value)
                if found is not False:
                    return found or None  # type: ignore[return-value]
        return self.of_variable(node.value)

    def _of_comprehension_name(self, comp: cst.CSTNode, name: str) -> Kind | bool | None:
        """Return the kind of a name that a comprehension binds, False where it doesn't bind it."""
        level: cst.CompFor | None = comp.for_in  # type: ignore[attr-defined]
        while level is not None:
            if isinstance(level.target, cst.Name) and level.target.value == name:
                return self.items(level.iter)
            if isinstance(level.target, (cst.Tuple, cst.List)):
                names = [e.value.value if isinstance(e.value, cst.Name) else None for e in level.target.elements]
                if name in names:
                    whole = self.items(level.iter)
                    place = names.index(name)
                    return whole.parts[place] if whole is not None and place < len(whole.parts) else None
            level = level.inner_for_in
        return False

    def _string(self, node: cst.SimpleString) -> Kind:
        return BYTES if "b" in node.prefix.lower() else STR

    def _concatenated(self, node: cst.ConcatenatedString) -> Kind | None:
        return self.of(node.left)

    def _list(self, node: cst.List | cst.Set | cst.Tuple) -> Kind:
        name = type(node).__name__.lower()
        if any(isinstance(element, cst.StarredElement) for element in node.elements):
            return Kind(name)
        kinds = tuple(self.of(element.value) for element in node.elements)
        return Kind(name, merge(kinds), None, kinds if name == "tuple" else ())

    def _dict(self, node: cst.Dict) -> Kind:
        pairs = [element for element in node.elements if isinstance(element, cst.DictElement)]
        if len(pairs) != len(node.elements):
            return Kind("dict")
        return Kind("dict", merge(self.of(pair.key) for pair in pairs), merge(self.of(pair.value) for pair in pairs))

    def _comprehension(self, node: cst.ListComp | cst.SetComp | cst.GeneratorExp) -> Kind:
        name = {cst.ListComp: "list", cst.SetComp: "set"}.get(type(node), "iterable")
        return Kind(name, self.of(node.elt))

    def _dict_comprehension(self, node: cst.DictComp) -> Kind:
        return Kind("dict", self.of(node.key), self.of(node.value))

    def _comparison(self, node: cst.Comparison) -> Kind | None:
        plain = all(isinstance(part.operator, (cst.In, cst.NotIn, cst.Is, cst.IsNot)) for part in node.comparisons)
        known = self.name_of(node.left) in IMMUTABLE or any(self.name_of(part.comparator) in IMMUTABLE for part in node.comparisons)
        return BOOL if plain or known else None

    def _boolean(self, node: cst.BooleanOperation) -> Kind | None:
        return merged(self.of(node.left), self.of(node.right))

    def _conditional(self, node: cst.IfExp) -> Kind | None:
        return merged(self.of(node.body), self.of(node.orelse))

    def _unary(self, node: cst.UnaryOperation) -> Kind | None:
        if isinstance(node.operator, cst.Not):
            return BOOL
        found = self.of(node.expression)
        return INT if found in (INT, BOOL) else found if found == FLOAT else None

    def _binary(self, node: cst.BinaryOperation) -> Kind | None:
        left, right = self.of(node.left), self.of(node.right)
        if left is None or right is None:
            return STR if left == STR and isinstance(node.operator, cst.Modulo) else None
        numbers = {left.name, right.name}
        if numbers <= {"int", "bool"}:
            whole_power = isinstance(node.operator, cst.Power) and isinstance(node.right, cst.Integer)
            if isinstance(node.operator, (*_ARITHMETIC, *_BITWISE)) or whole_power:
                return INT
            return FLOAT if isinstance(node.operator, cst.Divide) else None
        if numbers <= {"int", "bool", "float"}:
            return FLOAT if isinstance(node.operator, (*_ARITHMETIC, cst.Divide)) else None
        if isinstance(node.operator, cst.Add):
            return merged(left, right) if left.name == right.name and left.name in ("str", "list", "bytes") else None
        if isinstance(node.operator, cst.Modulo) and left == STR:
            return STR
        if isinstance(node.operator, cst.Multiply) and left.name in ("str", "list", "bytes") and right.name == "int":
            return left
        both_sets = left.name == right.name == "set"
        return merged(left, right) if both_sets and isinstance(node.operator, (*_BITWISE, cst.Subtract)) else None

    def _subscript(self, node: cst.Subscript) -> Kind | None:
        whole = self.of(node.value)
        if whole is None or len(node.slice) != 1:
            return None
        index = node.slice[0].slice
        if not isinstance(index, cst.Index):
            return whole if whole.name in ("list", "str", "bytes") else None
        if whole.name in ("dict", "mapping"):
            return whole.value
        if whole.name == "tuple" and isinstance(index.value, cst.Integer) and int(index.value.value, 0) < len(whole.parts):
            return whole.parts[int(index.value.value, 0)]
        return {"str": STR, "bytes": INT}.get(whole.name, whole.item if whole.name in SEQUENCES else None)

    def _call(self, node: cst.Call) -> Kind | None:
        if isinstance(node.func, cst.Attribute):
            return self._method(node.func)
        if not isinstance(node.func, cst.Name) or not self._function.is_builtin(node.func.value):
            return None
        name, args = node.func.value, [arg.value for arg in node.args if not arg.star and arg.keyword is None]
        if name in _TO_INT:
            return INT
        if name in _TO_STR:
            return STR
        if name in _COPIES:
            return Kind("list" if name == "sorted" else name, self.items(args[0]) if args else None)
        if name in ("float", "bool", "bytes", "range", "dict"):
            return Kind(name)
        return self._iterators(name, args)

    def _iterators(self, name: str, args: list[cst.BaseExpression]) -> Kind | None:
        if name == "enumerate" and args:
            return Kind("iterable", Kind("tuple", None, None, (INT, self.items(args[0]))))
        if name == "zip":
            return Kind("iterable", Kind("tuple", None, None, tuple(map(self.items, args))))
        if name in ("reversed", "iter") and args:
            return Kind("iterable", self.items(args[0]))
        if name in ("min", "max", "sum") and len(args) == 1:
            found = self.items(args[0])
            return INT if name == "sum" and found == BOOL else found
        if name in ("min", "max"):
            return merge(map(self.of, args))
        if name == "abs" and args:
            return self.of(args[0])
        if name == "map" and len(args) == 2 and isinstance(args[0], cst.Name) and self._function.is_builtin(args[0].value):
            known = {"str": STR, "int": INT, "len": INT, "ord": INT, "chr": STR, "float": FLOAT, "repr": STR}
            return Kind("iterable", known.get(args[0].value))
        return None

    def _method(self, func: cst.Attribute) -> Kind | None:
        receiver, name = self.of(func.value), func.attr.value
        if receiver is None:
            return None
        if receiver.name == "str":
            if name == "encode":
                return BYTES
            if name in ("partition", "rpartition"):
                return Kind("tuple", STR, None, (STR, STR, STR))
            known = ((STR_TO_STR, STR), (STR_TO_INT, INT), (STR_TO_LIST, LINES), (STR_TO_BOOL, BOOL))
            return next((kind for names, kind in known if name in names), None)
        if receiver.name in ("dict", "mapping"):
            pair = Kind("tuple", None, None, (receiver.item, receiver.value))
            return {"keys": Kind("keys", receiver.item), "values": Kind("values", receiver.value), "items": Kind("items", pair)}.get(name)
        if name == "copy" and receiver.name in ("list", "set"):
            return receiver
        if receiver.name in ("list", "tuple") and name in ("count", "index"):
            return INT
        return None

    def _named(self, node: cst.NamedExpr) -> Kind | None:
        return self.of(node.value)


def of_annotation(node: cst.BaseExpression) -> Kind | None:
    """Return the kind that an annotation promises."""
    if isinstance(node, cst.SimpleString):
        try:
            return of_annotation(cst.parse_expression(str(node.evaluated_value)))
        except cst.ParserSyntaxError:
            return None
    if isinstance(node, cst.Attribute):
        return of_annotation(node.attr)
    if isinstance(node, cst.Name):
        return Kind(ANNOTATIONS[node.value]) if node.value in ANNOTATIONS else None
    if not isinstance(node, cst.Subscript):
        return None
    base = of_annotation(node.value)
    args = [element.slice.value for element in node.slice if isinstance(element.slice, cst.Index)]
    if base is None or len(args) != len(node.slice):
        return None
    if base.name == "tuple":
        endless = len(args) == 2 and isinstance(args[1], cst.Ellipsis)
        return Kind("tuple", of_annotation(args[0])) if endless else Kind("tuple", None, None, tuple(map(of_annotation, args)))
    return Kind(base.name, of_annotation(args[0]), of_annotation(args[1]) if len(args) > 1 else None)


def mentions(node: cst.CSTNode, name: str) -> bool:
    """Whether a name appears in an expression."""
    return any(isinstance(part, cst.Name) and part.value == name for part in walk(node))


_RULES = {
    cst.Name: Kinds._name,
    cst.SimpleString: Kinds._string,
    cst.ConcatenatedString: Kinds._concatenated,
    cst.List: Kinds._list,
    cst.Set: Kinds._list,
    cst.Tuple: Kinds._list,
    cst.Dict: Kinds._dict,
    cst.ListComp: Kinds._comprehension,
    cst.SetComp: Kinds._comprehension,
    cst.GeneratorExp: Kinds._comprehension,
    cst.DictComp: Kinds._dict_comprehension,
    cst.Comparison: Kinds._comparison,
    cst.BooleanOperation: Kinds._boolean,
    cst.IfExp: Kinds._conditional,
    cst.UnaryOperation: Kinds._unary,
    cst.BinaryOperation: Kinds._binary,
    cst.Subscript: Kinds._subscript,
    cst.Call: Kinds._call,
    cst.NamedExpr: Kinds._named,
}
