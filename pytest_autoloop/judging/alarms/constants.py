"""What a module makes at import that nothing can change later, so that nothing can be remembered in it: told from its syntax."""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING

from ..syntax import COMPREHENSIONS
from ..syntax import everywhere
from ..syntax import full_name
from ..syntax import last_name
from ..syntax import names_of_classes
from ..syntax import scoped
from ..syntax import targets_of
from ..syntax import words
from .tables import CHANGING
from .tables import LAZY
from .tables import only_read

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator

# What these make can't be changed, whatever constants they are given.
_FIXED = words("""
bool bytes chr complex float frozenset int len object ord range repr str tuple bytes.maketrans re.compile re.escape struct.Struct
operator.attrgetter operator.itemgetter datetime.date datetime.datetime datetime.time datetime.timedelta datetime.timezone decimal.Decimal
fractions.Fraction
""")
# What these make is as fixed as a class or a function is, whatever they are given names of.
_DECLARING = words("collections.namedtuple dataclasses.field functools.partial types.MappingProxyType typing.NewType typing.TypeVar")
_FIXED_METHODS = words("casefold encode decode format join lower lstrip replace rstrip strip title upper zfill")
# What these make may hold constants only as long as nobody else has it.
_PASSING = words("""
dict enumerate list reversed set sorted zip str.maketrans itertools.accumulate itertools.chain itertools.pairwise itertools.product
""")
_PASSING_METHODS = words("split rsplit splitlines")
_VIEWS = words("items keys values")
# What is read once; these names are too usual for what only might be that.
_USED_UP = LAZY | words("pairwise product")
# What these return is a part of what they are given, or made of such parts.
_TAKING = words("max min sum")
_LARGEST = 1 << 16  # parts of a constant that is made of fewer
# Constants, and functions that make some.
_KNOWN = re.compile(r"math\.[a-z]\w*|re\.[A-Z]+|string\.[a-z]\w*")
_LAYERS = ast.List | ast.Set | ast.Dict
_OPERATIONS = ast.UnaryOp | ast.BinOp | ast.BoolOp | ast.Compare | ast.IfExp | ast.JoinedStr | ast.FormattedValue
_PARTS = ast.Tuple | ast.Subscript | ast.Slice
# What gives something to a module's names from inside of functions and classes.
_FROM_ANYWHERE = ast.Global | ast.Nonlocal | ast.Attribute


@dataclass(slots=True)
class Constants:
    """The constants of one module.

    ``plain`` are the names that mean what they mean elsewhere, of built-in functions and modules of the standard library, ``taken`` the
    full ones of what is imported from the latter; ``fixed`` are names of the module's own for what stays as it is, ``layers`` those for
    lists, sets and tables of such, ``read`` those for what is only read, be it a table of functions.
    """

    plain: frozenset[str]
    taken: dict[str, str] = field(default_factory=dict)
    fixed: set[str] = field(default_factory=set)
    layers: set[str] = field(default_factory=set)
    read: frozenset[str] = frozenset()

    @classmethod
    def of(cls, module: ast.Module, elsewhere: Container[str] = ()) -> Constants:
        """Read them in the order in which a module makes them; ``elsewhere`` is what other modules' code names."""
        in_classes = names_of_classes(module)
        given = Counter(name for _, name in _given(module))
        names = Counter(name for node, name in _given(module) if isinstance(node, _FROM_ANYWHERE) or id(node) not in in_classes)
        # What comes with a star may bring any name.
        found = cls(plain=frozenset() if "*" in names else frozenset({*dir(builtins), *_modules(module)} - names.keys()))
        found.taken = {name: full for name, full in _taken(module) if names[name] == 1 and "*" not in names}
        tables = set[str]()
        for statement in module.body:
            value = getattr(statement, "value", None)
            if (name := target_of(statement)) is None or value is None or given[name] != 1:
                continue
            if found.is_constant(value):
                found.fixed.add(name)
            elif found.is_constant(value, given=True) and last_name(value) not in _USED_UP:
                found.layers.add(name)
                tables.add(name)
            elif isinstance(value, _LAYERS) and found.is_constant(value, given=True, naming=True):
                tables.add(name)
        found.read = frozenset(only_read(module, tables, found.known_name, elsewhere))
        return found

    def inside(self, hidden: frozenset[str]) -> Constants:
        """Return those that go by their names where functions have some of their own."""
        taken = {name: full for name, full in self.taken.items() if name not in hidden}
        return replace(self, plain=self.plain - hidden, taken=taken, fixed=self.fixed - hidden, layers=self.layers - hidden)

    def stays(self, value: ast.expr) -> bool:
        """Return whether a value is no new thing to remember in: a constant, or another name for something."""
        parts = [value]
        while parts:
            part = parts.pop()
            if isinstance(part, ast.Tuple):
                parts += part.elts
            elif isinstance(part, ast.Starred):
                parts.append(part.value)
            elif not full_name(part) and not self.is_constant(part):
                return False
        return True

    def is_constant(self, value: ast.expr, *, given: bool = False, naming: bool = False) -> bool:
        """Return whether a value is known not to change; what is ``given`` away at once may have a first layer that could.

        With ``naming`` it may hold functions and other things that have names, whatever becomes of those.
        """
        todo: list[tuple[ast.AST, bool, bool, frozenset[str]]] = [(value, given, naming, frozenset())]
        while todo:
            node, given, naming, known = todo.pop()
            if _is_large(node):
                return False
            if isinstance(node, ast.Call):
                declares, keeps = self._declares(node), self.known_name(node.func) == "functools.partial"
                asks = self.known_name(node.func) == "type" and len(node.args) == 1
                if (parts := self._parts_taken(node, given)) is not None:
                    todo += [(part, first, naming, known) for part, first in parts]
                    continue
                if not (declares or asks or self._makes_constants(node.func) or (given and self._passes_on(node.func))):
                    return False
                # A partial keeps what it is given, and hands it to every call.
                todo += [(part, not keeps, naming or declares, known) for part in node.args]
                todo += [(keyword.value, False, naming or declares, known) for keyword in node.keywords]
            elif isinstance(node, COMPREHENSIONS | _LAYERS):
                if not given:
                    return False
                for part in getattr(node, "generators", ()):
                    # What constants hold are constants.
                    todo.append((part.iter, True, False, known))
                    known |= {name.id for name in ast.walk(part.target) if isinstance(name, ast.Name)}
                    todo += ((test, False, False, known) for test in part.ifs)
                todo += ((part, False, naming, known) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr))
            elif isinstance(node, ast.Starred):
                todo.append((node.value, True, naming, known))
            elif isinstance(node, _OPERATIONS | _PARTS):
                todo += [(part, False, naming, known) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
            elif isinstance(node, ast.Name):
                if not (naming or node.id in self.fixed | known or (given and node.id in self.layers) or self._is_class(node)):
                    return False
            elif isinstance(node, ast.Attribute):
                if self._is_known(node) or (naming and (self.known_name(node) or (full_name(node) and node.attr not in CHANGING))):
                    continue
                # A method of a text or a pattern does not change either; what classes and partials hold may.
                if isinstance(node.value, ast.Name | ast.Attribute) or self._declares(node.value):
                    return False
                todo.append((node.value, False, False, known))
            elif not (isinstance(node, ast.Constant) or (naming and isinstance(node, ast.Lambda))):
                return False
        return True

    def known_name(self, node: ast.expr) -> str:
        """Return the full name of a built-in function, or of something of the standard library; nothing of anything else."""
        first, dot, rest = full_name(node).partition(".")
        if first in self.taken:
            return f"{self.taken[first]}{dot}{rest}"
        return f"{first}{dot}{rest}" if first in self.plain else ""

    def _is_class(self, node: ast.Name) -> bool:
        """Return whether a name is that of a built-in class, which nobody can change."""
        return node.id in self.plain and isinstance(getattr(builtins, node.id, None), type)

    def _parts_taken(self, call: ast.Call, given: bool) -> list[tuple[ast.expr, bool]] | None:
        """Return what has to be constant for what a call takes out of something or makes of it, and whether a first layer may change.

        None for any other call.
        """
        name, args = self.known_name(call.func), call.args
        if call.keywords or any(isinstance(arg, ast.Starred) for arg in args):
            return None
        if name in _TAKING and len(args) == 1:
            return [(args[0], True)]
        if not given:
            return None
        if isinstance(call.func, ast.Attribute) and call.func.attr in _VIEWS and not args:
            return [(call.func.value, True)]
        if name == "dict.fromkeys" and args:
            return [(arg, at == 0) for at, arg in enumerate(args)]
        if name == "map" and len(args) > 1 and self._makes_constants(args[0]):
            return [(arg, True) for arg in args[1:]]
        return None

    def _declares(self, node: ast.expr) -> bool:
        return isinstance(node, ast.Call) and self.known_name(node.func) in _DECLARING

    def _is_known(self, node: ast.expr) -> bool:
        return _KNOWN.fullmatch(self.known_name(node)) is not None

    def _makes_constants(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant):
            return function.attr in _FIXED_METHODS
        name = self.known_name(function)
        kind, _, method = name.rpartition(".")
        return name in _FIXED or kind == "math" or (kind in ("str", "bytes") and method in _FIXED_METHODS)

    def _passes_on(self, function: ast.expr) -> bool:
        if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant):
            return function.attr in _PASSING_METHODS
        return self.known_name(function) in _PASSING


def _is_large(node: ast.AST) -> bool:
    """Return whether an expression may be there for the memory that it takes: one of a size that is not known, or not small."""
    if isinstance(node, ast.Call):
        # A collection has the size that it is written with.
        sized = [size for size in node.args[:1] if not isinstance(size, _LAYERS | COMPREHENSIONS | ast.Tuple)]
        sized = sized if last_name(node.func) in ("bytes", "zfill") else []
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
    targets = targets_of(statement)
    return targets[0].id if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _modules(module: ast.Module) -> Iterator[str]:
    """Yield the names under which a module imports those of the standard library as they are."""
    for node in everywhere(module):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if _as_it_is(alias))


def _taken(module: ast.Module) -> Iterator[tuple[str, str]]:
    """Yield the names of what a module imports of the standard library under names of its own, each with its full one."""
    for node in everywhere(module):
        if isinstance(node, ast.ImportFrom) and not node.level and node.module in sys.stdlib_module_names:
            yield from ((alias.asname or alias.name, f"{node.module}.{alias.name}") for alias in node.names)
        elif isinstance(node, ast.Import):
            others = (alias for alias in node.names if alias.asname and not _as_it_is(alias))
            yield from ((alias.asname or "", alias.name) for alias in others if alias.name.partition(".")[0] in sys.stdlib_module_names)


def _as_it_is(alias: ast.alias) -> bool:
    return alias.asname in (None, alias.name) and alias.name in sys.stdlib_module_names


def _given(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where something is given to names, and each name, but for those of modules of the standard library.

    What functions name so for themselves is something else.
    """
    for node, hidden in scoped(module):
        yield from ((node, name) for name in _named_by(node) if isinstance(node, _FROM_ANYWHERE) or name not in hidden)


def _named_by(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names if not _as_it_is(alias)]
    if isinstance(node, ast.ImportFrom):
        return [alias.asname or alias.name for alias in node.names]
    if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load):
        # A module can be reached under other names than its own, but hardly as an object's own methods do.
        return [] if isinstance(node.value, ast.Name) and node.value.id == "self" else [node.attr]
    if isinstance(node, ast.Global | ast.Nonlocal):
        return node.names
    if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
        return [node.id]
    names = () if isinstance(node, ast.alias) else (getattr(node, "name", None), getattr(node, "rest", None))
    return [name for name in names if isinstance(name, str)]
