"""What in code protects a caller or tells a person of something, so that it is missed when a patch takes it away: told from its syntax."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

from .syntax import Definition
from .syntax import last_name
from .syntax import words

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator

_LASTING = frozenset({"fsync", "fdatasync", "sync", "flush", "commit", "acquire", "release", "rollback", "validate", "verify"})
_STRICT = frozenset({"frozen", "strict", "check"})
_LOGS = frozenset({"log", "logging", "warnings"})
_TELLING_PEOPLE = frozenset({"debug", "info", "warn", "warning", "error", "exception", "critical", "log"})
USUAL_DECORATORS = words("""
property setter getter deleter staticmethod classmethod wraps dataclass overload override final cache lru_cache cached_property
total_ordering contextmanager asynccontextmanager singledispatch singledispatchmethod register abstractmethod
""")
"""Decorators that neither protect anybody nor remember unseen."""

# Exceptions that mostly serve control flow.
_FLOW = frozenset({"KeyError", "IndexError", "StopIteration", "AttributeError", "TypeError"})


def refusing(module: ast.Module) -> frozenset[str]:
    """Return the names of functions that may raise something themselves."""
    functions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef))
    return frozenset(one.name for one in functions if any(isinstance(node, ast.Raise | ast.Assert) for node in ast.walk(one)))


def _is_log(node: ast.expr) -> bool:
    name = last_name(node).casefold().strip("_")
    return name in _LOGS or name.endswith(("_log", "logger"))


def protecting(node: ast.AST, strict: Container[str]) -> Iterator[str]:
    """Yield what a node has that protects a caller, should it be gone; ``strict`` are the functions that may raise."""
    if isinstance(node, ast.Raise):
        yield f"raise {last_name(node.exc)}".rstrip()
    elif isinstance(node, ast.Assert):
        yield "an assert"
    elif isinstance(node, ast.ExceptHandler):
        names = [last_name(part) for part in node.type.elts] if isinstance(node.type, ast.Tuple) else [last_name(node.type)]
        yield from (f"except {name}".rstrip() for name in names if name not in _FLOW)
    elif isinstance(node, ast.Call):
        name = last_name(node.func)
        if name in ("isinstance", "issubclass"):
            yield name
        elif name in _LASTING or (name in _TELLING_PEOPLE and isinstance(node.func, ast.Attribute) and _is_log(node.func.value)):
            yield f"a call of {name}"
    elif isinstance(node, ast.keyword) and node.arg in _STRICT and isinstance(node.value, ast.Constant) and node.value.value:
        yield str(node.arg)
    elif isinstance(node, Definition):
        yield from (f"@{name}" for part in node.decorator_list if (name := last_name(part)) not in USUAL_DECORATORS)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value.func) in strict:
        # Nobody uses what it returns, so it is called for what it refuses.
        yield f"a check by {last_name(node.value.func)}"
    elif isinstance(node, ast.With | ast.AsyncWith):
        yield from (f"with {name}" for item in node.items if "lock" in (name := last_name(item.context_expr)).casefold())
