"""Which of a module's own functions only compute: the same for the same arguments, and without a trace."""

from __future__ import annotations

from typing import TYPE_CHECKING

import libcst as cst

from .kinds import IMMUTABLE
from .tree import is_constant
from .tree import is_name
from .tree import walk
from .vocabulary import CHANGING_METHODS
from .vocabulary import PURE_BUILTINS
from .vocabulary import PURE_MODULES
from .vocabulary import READ_METHODS

if TYPE_CHECKING:
    from .function import Function
    from .module import Module

# What a function that only computes doesn't have: effects, or code that runs at another time.
_UNFIT = (
    *(cst.Global, cst.Nonlocal, cst.Yield, cst.Await, cst.With, cst.Import, cst.ImportFrom, cst.FunctionDef, cst.ClassDef),
    *(cst.Del, cst.GeneratorExp, cst.Lambda),
)
_ARITHMETIC = (cst.Divide, cst.FloorDivide, cst.Subtract, cst.Power, cst.Modulo)


class Purity:
    """Answers about the functions of one module."""

    def __init__(self, module: Module) -> None:
        self._module = module
        self._known: dict[str, bool] = {}

    def is_pure(self, name: str) -> bool:
        """Whether a name of the module stands for a function that only computes."""
        if name not in self._known:
            function = self._module.top_level.get(name)
            # A function that calls itself is as pure as the rest of it.
            self._known[name] = True
            self._known[name] = function is not None and self._module.bound[name] == 1 and self._only_computes(function)
        return self._known[name]

    def gives_plain_values(self, name: str) -> bool:
        """Whether all that a function returns is a number, a string or the like, which nobody can change."""
        function = self._module.top_level[name]
        values = [node.value for node in function.all(cst.Return)]
        return bool(values) and all(value is not None and _is_plain(function, value) for value in values)

    def _only_computes(self, function: Function) -> bool:
        node = function.node
        if node.decorators or node.asynchronous is not None or not function.is_rewritable:
            return False
        parts = list(walk(node.body))
        return not any(isinstance(part, _UNFIT) for part in parts) and all(self._is_harmless(function, part) for part in parts)

    def _is_harmless(self, function: Function, node: cst.CSTNode) -> bool:
        if isinstance(node, cst.Call):
            return self._is_harmless_call(function, node)
        if isinstance(node, cst.Name) and node in function.names.nodes and not function.is_local(node.value):
            return self._is_fixed(function, node)
        if isinstance(node, (cst.Attribute, cst.Subscript)) and not function.effects.is_read(node):
            return isinstance(node, cst.Subscript) and isinstance(node.value, cst.Name) and function.effects.is_owned(node.value.value)
        if isinstance(node, cst.AugAssign):
            return isinstance(node.target, cst.Subscript) or _is_number_or_own(function, node.target)
        return True

    def _is_fixed(self, function: Function, node: cst.Name) -> bool:
        """Whether a name from outside stands for the same at any time."""
        name = node.value
        if function.is_builtin(name) or function.effects.module_of(node) is not None or self.is_pure(name):
            return True
        value = self._module.values.get(name)
        return value is not None and is_constant(value)

    def _is_harmless_call(self, function: Function, call: cst.Call) -> bool:
        func = call.func
        if isinstance(func, cst.Name):
            builtin = func.value in PURE_BUILTINS or func.value.endswith("Error")
            return (builtin and function.is_builtin(func.value)) or (function.is_global(func.value) and self.is_pure(func.value))
        if not isinstance(func, cst.Attribute):
            return False
        module = function.effects.module_of(func.value)
        if module is not None:
            return module in PURE_MODULES
        if func.attr.value in CHANGING_METHODS:
            return isinstance(func.value, cst.Name) and function.effects.is_owned(func.value.value)
        return func.attr.value in READ_METHODS


def _is_number_or_own(function: Function, target: cst.CSTNode) -> bool:
    """Whether adding to a name changes no object that others know."""
    if not isinstance(target, cst.Name) or target.value in function.names.params:
        return False
    values = [function.effects.bound_value(use.node) for use in function.stores(target.value) if use.kind == "store"]
    plain = bool(values) and all(value is not None and is_constant(value) for value in values)
    return plain or function.kinds.name_of(target) in IMMUTABLE or function.effects.is_owned(target.value)


def _is_plain(function: Function, value: cst.BaseExpression) -> bool:
    if isinstance(value, cst.BinaryOperation):
        return isinstance(value.operator, _ARITHMETIC) or function.kinds.name_of(value) in IMMUTABLE
    if isinstance(value, cst.Name) and _is_number_or_own(function, value) and not function.effects.is_owned(value.value):
        return True
    return is_constant(value) or isinstance(value, cst.Comparison) or function.kinds.name_of(value) in IMMUTABLE


def sized(function: Function, name: str) -> bool:
    """Whether what a name holds has a length, as the function or one that it calls takes it."""
    if function.kinds.is_a(cst.Name(name), "list", "tuple", "dict", "set", "str", "frozenset", "sequence"):
        return True
    return any(is_name(call.func, "len") and call.args and is_name(call.args[0].value, name) for call in function.all(cst.Call))
