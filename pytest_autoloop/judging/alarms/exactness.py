"""Numbers that are less exact than they were: coarser limits, fewer rounds, fewer bits. Told from both sides' syntax.

Results are compared, but only those of a benchmark's own numbers; for others the error may be any.
"""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from ..syntax import Def
from ..syntax import alone
from ..syntax import everywhere
from ..syntax import functions
from ..syntax import last_name
from ..syntax import own
from ..syntax import targets_of
from ..syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping

_LIMIT = 1e-3  # a number that is not nothing, and less than this, says how exact something is
_FEWER = words("float32 float16 half single int32 int16 int8 uint32 uint16 uint8 intc short ushort complex64")
_SHORT = words("f f2 f4 <f2 <f4 e i2 i4 <i2 <i4 u1 u2 u4")
_TYPED = frozenset({"dtype", "astype"})
_PACKAGES = words("np numpy jnp jax torch tf tensorflow cupy cp")
_READING = words("frombuffer fromfile memmap fromstring")


def less_exact(before: ast.Module, after: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield functions and constants of a module with coarser limits or fewer rounds, and numbers of fewer bits."""
    was, is_ = _by_name(before), _by_name(after)
    for name, node in is_.items():
        if name in was:
            ours, theirs = _limits(was[name]), _limits(node)
            if ours and theirs and min(theirs) > min(ours):
                yield node, f"{name} is content with {min(theirs):g}, where it was with {min(ours):g}"
            rounds, fewer = _rounds(was[name]), _rounds(node)
            if len(rounds) == len(fewer) and any(now < then for then, now in zip(rounds, fewer, strict=True)):
                yield node, f"{name} goes round less often than it did"
    bits = list(_of_fewer_bits(after))
    if len(bits) > sum(1 for _ in _of_fewer_bits(before)):
        yield bits[0], "has numbers of fewer bits"


def _by_name(module: ast.Module) -> Mapping[str, ast.AST]:
    """Return the functions of a module, and statements that give a name to something, by names that are there once."""
    found: list[tuple[str, ast.AST]] = [(function.name, function) for function in functions(module)]
    found += [(last_name(target), node) for node in module.body for target in targets_of(node)]
    return alone(found)


def _limits(node: ast.AST) -> list[float]:
    """Return the small numbers that something is compared with, that stand for an argument, or that a name of the module stands for."""
    compared = [part for one in ast.walk(node) if isinstance(one, ast.Compare) for part in ast.walk(one)]
    if isinstance(node, Def):
        compared += [value for value in (*node.args.defaults, *node.args.kw_defaults) if value is not None]
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        compared.append(node.value)
    values = (part.value for part in compared if isinstance(part, ast.Constant))
    return [value for value in values if isinstance(value, float) and 0 < value < _LIMIT]


def _rounds(node: ast.AST) -> list[int]:
    """Return how often statements run in the loops of a function whose number nobody looks at."""
    loops = (part for part in own(node) if isinstance(part, ast.For))
    sizes = ((_size(loop.iter) * len(loop.body), loop) for loop in loops)
    return [size for size, loop in sizes if size and last_name(loop.target) not in _names_in(loop.body)]


def _size(node: ast.expr) -> int:
    """Return the number in `range(9)`, and nothing for what goes round otherwise."""
    sizes = node.args if isinstance(node, ast.Call) and last_name(node.func) == "range" else []
    values = [size.value for size in sizes if isinstance(size, ast.Constant)]
    return values[0] if len(values) == len(sizes) == 1 and isinstance(values[0], int) else 0


def _names_in(body: list[ast.stmt]) -> set[str]:
    return {part.id for statement in body for part in ast.walk(statement) if isinstance(part, ast.Name)}


def _of_fewer_bits(module: ast.Module) -> Iterator[ast.AST]:
    """Yield the types of numbers that a module asks for, but for those that data have that come from elsewhere."""
    reads = (node for node in everywhere(module) if isinstance(node, ast.Call) and last_name(node.func) in _READING)
    given = {id(part) for node in reads for part in ast.walk(node)}
    for node in (node for node in everywhere(module) if id(node) not in given):
        if isinstance(node, ast.Attribute) and node.attr in _FEWER and last_name(node.value) in _PACKAGES:
            yield node
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in _PACKAGES:
            yield from (alias for alias in node.names if alias.name in _FEWER)
        elif isinstance(node, ast.keyword) and node.arg in _TYPED and _is_short(node.value):
            yield node.value
        elif isinstance(node, ast.Call) and last_name(node.func) in _TYPED:
            yield from (part for part in node.args if _is_short(part))


def _is_short(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value in _FEWER | _SHORT
