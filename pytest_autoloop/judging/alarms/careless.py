"""What in added code makes something less careful: checks that are switched off, objects made without theirs, data that may be lost.

Told from its syntax. Each of them is faster for a reason that no time and no test tells, so that nothing explains it.
"""

from __future__ import annotations

import ast
import re
from typing import TYPE_CHECKING

from ..syntax import Definition
from ..syntax import everywhere
from ..syntax import last_name
from ..syntax import words
from .protecting import refusing
from .queries import filled_queries
from .tables import CHANGING
from .tables import MAKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Keywords that ask for care, then those that ask for less of it.
_CAREFUL = words("""
verify check checks validate validation strict safe check_same_thread check_hostname durable sync fsync synchronous autoescape
escape sanitize isolation_level require_all verify_signature thread_safe threadsafe
""")
_CARELESS = words("""
unsafe unchecked trusted trust nocheck no_check no_checks no_verify no_validate skip_validation skip_checks skip_check skip_verify
ignore_errors bypass allow_stale unverified
""")
# A look of linters demands that `zip` be told what it does anyway.
_ANYWAY = frozenset({"zip"})
_DECODING = frozenset({"decode", "encode", "open", "read_text", "write_text", "TextIOWrapper"})
_LOSING = frozenset({"ignore", "replace", "surrogateescape", "surrogatepass"})
_PRAGMA = re.compile(r"\s*PRAGMA\s+([\w.]+)", re.IGNORECASE)
# How objects are made without what refuses bad ones.
_UNCHECKED = frozenset({"model_construct", "construct"})
_OWN_CLASS = frozenset({"cls", "type", "__class__"})
# Classes that refuse nothing of themselves.
_PLAIN = words("object tuple list dict set frozenset str bytes int float NamedTuple Generic Protocol ABC")
_UNSAFE = words("CLoader UnsafeLoader FullLoader CUnsafeLoader CFullLoader unsafe_load full_load unsafe_load_all full_load_all")
_SHOWN = ast.List | ast.Tuple | ast.Dict | ast.Set
_MAKING = MAKING | {"__setattr__"}


def careless(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield the places that make something less careful, each with what it does."""
    lossy: ast.AST | None = None
    for node in everywhere(module):
        if isinstance(node, ast.Call):
            yield from ((node, text) for text in _switches(node))
            lossy = lossy or (node if _passes_over(node) else None)
            if (name := _into_itself(node)) is not None:
                yield node, f"puts {name} into itself, so that only a collection of garbage frees it"
        elif isinstance(node, ast.Attribute) and node.attr in _UNSAFE:
            yield node, f"uses {node.attr}, which runs what a text says"
        elif isinstance(node, ast.ImportFrom):
            yield from ((node, f"uses {alias.name}, which runs what a text says") for alias in node.names if alias.name in _UNSAFE)
        elif isinstance(node, ast.FunctionDef) and any(map(_is_losing, (*node.args.defaults, *node.args.kw_defaults))):
            lossy = lossy or node
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and (found := _PRAGMA.match(node.value)) is not None:
            yield node, f"sets {found[1].lower()} of a database"
    if lossy is not None:
        # Once: a function may hand on what it is given.
        yield lossy, "passes over errors in texts"
    yield from _made_unchecked(module)
    yield from filled_queries(module)


def _into_itself(call: ast.Call) -> str | None:
    """Return the name of a list or a table that a call adds to itself."""
    if isinstance(call.func, ast.Attribute) and call.func.attr in CHANGING and isinstance(call.func.value, ast.Name):
        name = call.func.value.id
        shown = (part for arg in call.args if isinstance(arg, _SHOWN) for part in ast.walk(arg))
        return name if any(isinstance(part, ast.Name) and part.id == name for part in (*call.args, *shown)) else None
    return None


def _switches(call: ast.Call) -> Iterator[str]:
    """Yield which care a call is told to leave out."""
    name = last_name(call.func)
    for keyword in call.keywords:
        value = keyword.value
        if not isinstance(value, ast.Constant):
            continue
        off = keyword.arg in _CAREFUL and not value.value and name not in _ANYWAY
        if off or (keyword.arg in _CARELESS and value.value is True):
            yield f"calls {name} with {keyword.arg}={value.value!r}"


def _passes_over(call: ast.Call) -> bool:
    """Return whether a call decodes or encodes text and leaves out, or replaces, what it cannot."""
    errors = (keyword.value for keyword in call.keywords if keyword.arg == "errors")
    return any(map(_is_losing, errors)) or (last_name(call.func) in _DECODING and any(map(_is_losing, call.args[1:])))


def _is_losing(node: ast.expr | None) -> bool:
    return isinstance(node, ast.Constant) and node.value in _LOSING


def _made_unchecked(module: ast.Module) -> Iterator[tuple[ast.AST, str]]:
    """Yield where objects are made without their class' own ways to refuse, as far as these are not known to refuse nothing."""
    classes = [node for node in everywhere(module) if isinstance(node, ast.ClassDef)]
    harmless = _harmless(module, classes)
    inside = {id(node): one.name for one in classes for node in ast.walk(one)}
    making = {id(node) for one in everywhere(module) if isinstance(one, Definition) and one.name == "__new__" for node in ast.walk(one)}
    given = {id(node.func): last_name(node.args[0]) for node in everywhere(module) if isinstance(node, ast.Call) and node.args}
    for node in everywhere(module):
        # A method that is looked up once and called by another name is the same.
        if not isinstance(node, ast.Attribute) or id(node) in making:
            continue
        name = last_name(node.value)
        if node.attr in _UNCHECKED and name[:1].isupper():
            yield node, f"makes {name} without its checks"
        elif node.attr == "__new__" and name != "super":
            # `tuple.__new__(Point, parts)` makes a point.
            name = given.get(id(node)) or name
            made = inside.get(id(node), name) if name in _OWN_CLASS else name
            if made not in harmless:
                yield node, f"makes {made} without its checks"


def _harmless(module: ast.Module, classes: list[ast.ClassDef]) -> frozenset[str]:
    """Return the classes of a module whose making refuses nothing."""
    strict = refusing(module) - _MAKING
    assigned = (node for node in everywhere(module) if isinstance(node, ast.Assign) and last_name(node.value) == "namedtuple")
    found = {*_PLAIN, *(last_name(target) for node in assigned for target in node.targets)}
    for one in classes:
        making = [node for node in one.body if isinstance(node, ast.FunctionDef) and node.name in _MAKING]
        parts = [node for method in making for node in ast.walk(method)]
        refuses = any(
            isinstance(node, ast.Raise | ast.Assert) or (isinstance(node, ast.Call) and last_name(node) in strict) for node in parts
        )
        if not refuses and all(last_name(base) in found for base in one.bases):
            found.add(one.name)
    return frozenset(found - _PLAIN)
