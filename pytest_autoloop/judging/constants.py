"""What a module makes at import that nothing can change later, so that nothing can be remembered in it: told from its syntax."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from .syntax import Definition
from .syntax import full_name
from .syntax import last_name
from .syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator

# What these make can't be changed, whatever constants they are given.
_FIXED = words("bool bytes chr complex float frozenset int len object ord range repr str tuple re.compile re.escape")
_FIXED_METHODS = words("casefold encode decode format join lower lstrip replace rstrip strip title upper zfill")
# What these make may hold constants only as long as nobody else has it.
_PASSING = words("dict enumerate list reversed set sorted zip")
_PASSING_METHODS = words("split rsplit splitlines")
_LARGEST = 1 << 16  # parts of a constant that is made of fewer
# Constants, and functions that make some.
_KNOWN = re.compile(r"math\.[a-z]\w*|re\.[A-Z]+|string\.[a-z]\w*")
_LAYERS = ast.List | ast.Set | ast.Dict
_COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
_OPERATIONS = ast.UnaryOp | ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.JoinedStr | ast.FormattedValue
_PARTS = ast.Tuple | ast.Subscript | ast.Slice


@dataclass(slots=True)
class Constants:
    """The constants of one module.

    ``plain`` are the names that mean what they mean elsewhere, of built-in functions and modules of the standard library; ``fixed`` are
    names of the module's own for what stays as it is, ``layers`` those for lists, sets and tables of such.
    """

    plain: frozenset[str]
    fixed: set[str] = field(default_factory=set)
    layers: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, module: ast.Module) -> Constants:
        """Read them in the order in which a module makes them."""
        bound = Counter(_bound(module))
        # What comes with a star may bring any name.
        found = cls(plain=frozenset() if "*" in bound else frozenset({*dir(builtins), *_modules(module)} - bound.keys()))
        for statement in module.body:
            value = getattr(statement, "value", None)
            if (name := target_of(statement)) is None or value is None or bound[name] != 1:
                continue
            if found.is_constant(value):
                found.fixed.add(name)
            elif found.is_constant(value, given=True):
                found.layers.add(name)
        return found

    def stays(self, value: ast.expr) -> bool:
        """Return whether a value is no new thing to remember in: a constant, or another name for something."""
        parts = [value]
        while parts:
            part = parts.pop()
            if isinstance(part, ast.Tuple):
                parts += part.elts
            elif not full_name(part) and not self.is_constant(part):
                return False
        return True

    def is_constant(self, value: ast.expr, *, given: bool = False) -> bool:
        """Return whether a value is known not to change; what is ``given`` away at once may have a first layer that could."""
        todo: list[tuple[ast.AST, bool, frozenset[str]]] = [(value, given, frozenset())]
        while todo:
            node, given, known = todo.pop()
            if _is_large(node):
                return False
            if isinstance(node, ast.Call):
                if not (self._makes_constants(node.func) or (given and self._passes_on(node.func))):
                    return False
                todo += [(part, True, known) for part in node.args]
                todo += [(keyword.value, False, known) for keyword in node.keywords]
            elif isinstance(node, _COMPREHENSIONS | _LAYERS):
                if not given:
                    return False
                for part in getattr(node, "generators", ()):
                    # What constants hold are constants.
                    todo.append((part.iter, True, known))
                    known |= {name.id for name in ast.walk(part.target) if isinstance(name, ast.Name)}
                    todo += ((test, False, known) for test in part.ifs)
                todo += ((part, False, known) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
            elif isinstance(node, ast.Starred):
                todo.append((node.value, True, known))
            elif isinstance(node, _OPERATIONS | _PARTS):
                todo += [(part, False, known) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
            elif isinstance(node, ast.Name):
                if not (node.id in self.fixed | known or (given and node.id in self.layers)):
                    return False
            elif isinstance(node, ast.Attribute):
                if not self._is_known(node):
                    return False
            elif not isinstance(node, ast.Constant):
                return False
        return True

    def _is_known(self, node: ast.expr) -> bool:
        name = full_name(node)
        return name.partition(".")[0] in self.plain and _KNOWN.fullmatch(name) is not None

    def _makes_constants(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant):
            return function.attr in _FIXED_METHODS
        name = full_name(function)
        return name.partition(".")[0] in self.plain and (name in _FIXED or name.startswith("math."))

    def _passes_on(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant):
            return function.attr in _PASSING_METHODS
        return full_name(function) in _PASSING & self.plain


def _is_large(node: ast.AST) -> bool:
    """Return whether an expression may be there for the memory that it takes: one of a size that is not known, or not small."""
    if isinstance(node, ast.Call):
        sized = node.args[:1] if last_name(node.func) in ("bytes", "zfill") else []
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.LShift | ast.Pow):
        sized = [node.right]
    elif isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult):
        sides = (node.left, node.right)
        sized = [one for one, other in (sides, sides[::-1]) if isinstance(other, ast.Tuple | ast.JoinedStr) or _is_text(other)]
    else:
        return False
    return not all(isinstance(size, ast.Constant) and _is_small(size.value) for size in sized)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)


def _is_small(value: object) -> bool:
    return not isinstance(value, int | float) or value <= _LARGEST


def target_of(statement: ast.stmt) -> str | None:
    """Return the one name that a statement gives something to, if it is that."""
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _modules(module: ast.Module) -> Iterator[str]:
    """Yield the names under which a module imports those of the standard library as they are."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _as_it_is(alias))


def _as_it_is(alias: ast.alias) -> bool:
    return alias.asname in (None, alias.name) and alias.name in sys.stdlib_module_names


def _bound(module: ast.Module) -> Iterator[str]:
    """Yield each name that something is given to, once for each time, but for the names of modules of the standard library."""
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names if not _as_it_is(alias))
        elif isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
            # A module can be reached under other names than its own.
            yield node.attr
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        elif isinstance(node, Definition):
            yield node.name
        elif not isinstance(node, ast.alias):
            yield from (name for name in (getattr(node, "name", None), getattr(node, "rest", None)) if isinstance(name, str))
