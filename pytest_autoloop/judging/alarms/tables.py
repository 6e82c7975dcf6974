"""Tables of a module that its code only reads, so that nothing is remembered in them: told from its syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING
from typing import TypeGuard

from ..syntax import everywhere
from ..syntax import root_names
from ..syntax import scoped
from ..syntax import words

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Container
    from collections.abc import Iterable
    from collections.abc import Iterator

CHANGING = words("""
append appendleft extend extendleft insert add update setdefault pop popitem popleft remove discard clear sort reverse move_to_end put
put_nowait intersection_update difference_update symmetric_difference_update __setitem__ __delitem__ __ior__ __iadd__ send
setLevel addHandler addFilter seed setstate push enter_context add_note __init__ __setstate__
set rotate frombytes fromlist
""")
"""Methods that change what they are called on."""

MAKING = words("__init__ __new__ __post_init__ __setstate__")
"""Methods that make an object."""
COPYING = words("list dict set tuple frozenset bytearray sorted copy deque OrderedDict defaultdict Counter")
"""What makes of one thing another that has its parts."""
LAZY = words("""
iter map filter zip enumerate reversed cycle tee chain from_iterable starmap accumulate islice groupby takewhile dropwhile filterfalse
""")
"""What works something out only when it is asked for."""

_SETTING = ("add", "set", "register", "unregister", "install", "enable", "disable", "reset")
_KEEPING = words("""
seed purge textdomain bindtextdomain simplefilter filterwarnings resetwarnings lazycache updatecache basicConfig captureWarnings dictConfig
field_size_limit stack_size umask nice chdir fchdir tzset alarm
""")
SHARED = words("getcontext getLogger getLoggerClass getHandlerByName current_thread main_thread")
"""Functions of the standard library that return what everybody else gets from them too."""


def keeps_for_all(name: str) -> bool:
    """Return whether a function of the standard library, by its name, keeps what it is given for the whole process."""
    last = name.rpartition(".")[2]
    return last.startswith(_SETTING) or last in _KEEPING


# Methods of a table that read it, built-in functions that read their arguments, and methods that do.
_READING = words("get items keys values index count copy isdisjoint issubset issuperset union intersection difference")
_READERS = words("""
all any dict enumerate filter frozenset iter len list map max min reversed set sorted sum tuple zip bisect.bisect bisect.bisect_left
bisect.bisect_right collections.Counter collections.deque itertools.accumulate itertools.chain itertools.count itertools.cycle
itertools.islice itertools.pairwise itertools.product random.choice
""")
_READING_ARGUMENTS = words("join translate extend update isdisjoint issubset issuperset union intersection difference")


def only_read(module: ast.Module, names: Iterable[str], full: Callable[[ast.expr], str], elsewhere: Container[str] = ()) -> Iterator[str]:
    """Yield those of a module's names that its code nowhere does more with than read parts.

    ``full`` returns the full names of what is built in or the standard library's, ``elsewhere`` is what the code of other modules names.
    """
    reading = {id(node) for node in _read(module, full)}
    loads = (node for node in everywhere(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load))
    otherwise = named(module) | {node.id for node in loads if id(node) not in reading}
    yield from (name for name in names if name not in otherwise and name not in elsewhere)


def named(module: ast.Module) -> set[str]:
    """Return the names by which code may take something from another module, or its own: attributes, imported names and texts."""
    found = set()
    for node in everywhere(module):
        if isinstance(node, ast.Attribute):
            found.add(node.attr)
        elif isinstance(node, ast.ImportFrom):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            found.add(node.value)
    return found


def _read(module: ast.Module, full: Callable[[ast.expr], str]) -> Iterator[ast.AST]:
    """Yield the nodes whose values are read where they stand, and handed to nobody."""
    for node, hidden in scoped(module):
        if _looks_into(node):
            yield node.value
        elif isinstance(node, ast.Compare):
            yield from (part for op, part in zip(node.ops, node.comparators, strict=True) if isinstance(op, ast.In | ast.NotIn))
        elif isinstance(node, ast.For | ast.comprehension):
            yield node.iter
        elif isinstance(node, ast.BinOp):
            yield from (node.left, node.right)
        elif isinstance(node, ast.Call) and _reads(node.func, full, hidden):
            yield from node.args
            yield from (keyword.value for keyword in node.keywords if keyword.arg is None)


def _looks_into(node: ast.AST) -> TypeGuard[ast.Subscript | ast.Starred | ast.Attribute]:
    if isinstance(node, ast.Subscript | ast.Starred):
        return isinstance(node.ctx, ast.Load)
    return isinstance(node, ast.Attribute) and node.attr in _READING


def _reads(function: ast.expr, full: Callable[[ast.expr], str], hidden: frozenset[str]) -> bool:
    if isinstance(function, ast.Attribute) and function.attr in _READING_ARGUMENTS:
        return True
    return full(function) in _READERS and root_names(function).isdisjoint(hidden)
