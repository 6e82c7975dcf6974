"""What a module makes at import that nothing can change later, so that nothing can be remembered in it: told from its syntax."""

from __future__ import annotations

import ast
import builtins
import sys
from collections import Counter
from typing import TYPE_CHECKING

from .syntax import Definition
from .syntax import dotted
from .syntax import root_name
from .syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Set

# What these make can't be changed.
_FIXED = words("""
bool bytes chr complex divmod float frozenset int len ord range repr str tuple
re.compile struct.Struct operator.itemgetter bytes.maketrans
""")
# What these make has a layer that can be changed, and holds what they are given. The last ones are changed by being read.
_HOLDING = words("dict list set sorted str.maketrans")
_PASSING = words("enumerate reversed zip")
_FIXED_METHODS = words("casefold encode decode format join lower lstrip replace rstrip strip title upper zfill")
_HOLDING_METHODS = words("split rsplit splitlines")
_DISPLAYS = ast.List | ast.Set | ast.Dict | ast.ListComp | ast.SetComp | ast.DictComp
# Functions and methods that only read what they are given, and methods that only read what they belong to.
_READERS = words("all any bool dict enumerate frozenset len list max min reversed set sorted sum tuple zip")
_READING_OTHERS = words("join translate")
_READING = words("copy count get index isdisjoint issubset issuperset items keys union values")
# Whether a value has to be fixed, may have a layer that can be changed, or is given to a call that reads it at once.
_AS_IS, _KEPT, _GIVEN = range(3)


def constants(module: ast.Module) -> frozenset[int]:
    """Return the statements, by `id`, that give a name of a module or class what stays as it is."""
    plain = _plain_names(module)
    read = _only_read(module, plain)
    found = set()
    for body, outer in _bodies(module):
        for statement in body:
            target = _target(statement)
            value = getattr(statement, "value", None)
            if target is None or value is None:
                continue
            if _stays(value, plain, _KEPT if outer and target.id in read else _AS_IS):
                found.add(id(statement))
    return frozenset(found)


def _bodies(module: ast.Module) -> Iterable[tuple[list[ast.stmt], bool]]:
    """Yield what runs at import, and whether it is the module's own: what a class holds, any of its objects can change."""
    todo: list[tuple[list[ast.stmt], bool]] = [(module.body, True)]
    while todo:
        body, outer = todo.pop()
        yield body, outer
        todo += [(statement.body, False) for statement in body if isinstance(statement, ast.ClassDef)]


def _target(statement: ast.stmt) -> ast.Name | None:
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target] if isinstance(statement, ast.AnnAssign) else []
    return targets[0] if len(targets) == 1 and isinstance(targets[0], ast.Name) else None


def _plain_names(module: ast.Module) -> frozenset[str]:
    """Return the names that mean in a module what they mean elsewhere: of built-in functions, and of modules of the standard library."""
    imported: set[str] = set()
    bound: set[str] = set()
    for node in ast.walk(module):
        if isinstance(node, ast.Import):
            for alias in node.names:
                plain = alias.asname is None and "." not in alias.name and alias.name in sys.stdlib_module_names
                (imported if plain else bound).add(alias.asname or alias.name.partition(".")[0])
        elif isinstance(node, ast.ImportFrom):
            bound.update(alias.asname or alias.name for alias in node.names)
        elif isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            bound.add(node.id)
        elif isinstance(node, ast.arg):
            bound.add(node.arg)
        elif isinstance(node, ast.Global | ast.Nonlocal):
            bound.update(node.names)
        elif not isinstance(node, ast.alias):
            bound.update(name for field in ("name", "rest") if isinstance(name := getattr(node, field, None), str))
    # Whatever comes with a star may bring any name.
    return frozenset() if "*" in bound else frozenset(imported | {*dir(builtins)}) - bound


def _stays(value: ast.expr, plain: frozenset[str], where: int) -> bool:
    """Return whether nothing can change a value, or nothing beyond its first layer where it is kept or given away."""
    todo: list[tuple[ast.AST, int]] = [(value, where)]
    while todo:
        node, where = todo.pop()
        if isinstance(node, ast.Call):
            if where < _needed(node.func, plain):
                return False
            todo += [(part.value if isinstance(part, ast.Starred) else part, _GIVEN) for part in node.args]
            todo += [(part.value, _AS_IS) for part in node.keywords]
        elif isinstance(node, _DISPLAYS | ast.GeneratorExp):
            if where < (_GIVEN if isinstance(node, ast.GeneratorExp) else _KEPT):
                return False
            todo += [(child, _GIVEN if isinstance(child, ast.comprehension) else _AS_IS) for child in ast.iter_child_nodes(node)]
        elif isinstance(node, ast.comprehension):
            todo += [(node.iter, _GIVEN), *((test, _AS_IS) for test in node.ifs)]
        elif isinstance(node, ast.Lambda | ast.Await | ast.Yield | ast.YieldFrom | ast.NamedExpr):
            return False
        elif not isinstance(node, ast.Name | ast.Attribute | ast.Constant):
            todo += [(child, _AS_IS) for child in ast.iter_child_nodes(node)]
    return True


def _needed(function: ast.expr, plain: frozenset[str]) -> int:
    """Return where a call may stand for what it makes not to be changed later; nowhere, if nothing is known of it."""
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Constant):
        name, fixed, holding = function.attr, _FIXED_METHODS, _HOLDING_METHODS
    else:
        name, fixed, holding = dotted(function), _FIXED, _HOLDING
        if name.partition(".")[0] not in plain:
            return _GIVEN + 1
        if name in _PASSING:
            return _GIVEN
    return _AS_IS if name in fixed else _KEPT if name in holding else _GIVEN + 1


def _only_read(module: ast.Module, plain: frozenset[str]) -> frozenset[str]:
    """Return the names that are given something once, and that are only looked up in, counted and iterated over."""
    bound: Counter[str] = Counter()
    handed: set[str] = set()
    parents = {id(child): node for node in ast.walk(module) for child in ast.iter_child_nodes(node)}
    own = {node.name for node in ast.walk(module) if isinstance(node, Definition)}
    imported = {(alias.asname or alias.name).partition(".")[0] for alias in ast.walk(module) if isinstance(alias, ast.alias)}
    for node in ast.walk(module):
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            if not _reads(node, parents, _READERS & plain, _READING_OTHERS - own, imported):
                handed.add(node.id)
        elif isinstance(node, ast.Name):
            bound[node.id] += 1
        elif isinstance(node, ast.Global | ast.Nonlocal):
            handed.update(node.names)
    return frozenset(name for name, count in bound.items() if count == 1) - handed


def _reads(name: ast.Name, parents: dict[int, ast.AST], functions: Set[str], methods: Set[str], imported: Set[str]) -> bool:
    """Return whether a name is used in a way that neither changes what it stands for nor gives it another name."""
    user = parents[id(name)]
    if isinstance(user, ast.Subscript):
        return user.value is name and isinstance(user.ctx, ast.Load)
    if isinstance(user, ast.Compare):
        return all(isinstance(op, ast.In | ast.NotIn | ast.Eq | ast.NotEq) for op in user.ops)
    if isinstance(user, ast.For | ast.AsyncFor | ast.comprehension):
        return user.iter is name
    if isinstance(user, ast.Attribute):
        caller = parents[id(user)]
        return user.attr in _READING and isinstance(caller, ast.Call) and caller.func is user
    if isinstance(user, ast.Call) and isinstance(user.func, ast.Attribute):
        return user.func.attr in methods and root_name(user.func) not in imported
    if isinstance(user, ast.Call):
        return isinstance(user.func, ast.Name) and user.func is not name and user.func.id in functions
    return isinstance(user, ast.UnaryOp) and isinstance(user.op, ast.Not)
