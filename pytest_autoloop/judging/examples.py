"""Examples in docstrings are tests: told from the text alone, each stays with its object, in its order."""

from __future__ import annotations

import ast
import doctest
from collections import defaultdict
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from .syntax import Definition
from .syntax import Function
from .syntax import everywhere
from .syntax import last_name
from .syntax import parsed
from .syntax import targets_of
from .syntax import written

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Sequence

    from .screen import Source

_CHANGED = "it changes examples in docstrings, which are tests"
_ADDED = "it adds examples to docstrings, which are tests, beside those of new objects that are only called"

_LOCAL = "<locals>"
_TEXTS = "<texts>"
# A name that Python reads as a table of more tests.
_TABLE = "__test__"
# These leave a docstring as it is.
_PLAIN_DRESS = frozenset({"cache", "lru_cache", "staticmethod", "classmethod", "property", "overload", "contextmanager", "final"})


@dataclass(slots=True)
class _Object:
    """What decides which examples are run under a name: those in its docstrings, its decorators, and how often it is bound."""

    examples: list[str] = field(default_factory=list)
    dress: list[str] = field(default_factory=list)
    bound: int = 0


def refuse_examples(found: Sequence[Source]) -> str | None:
    """Return why the examples are not as they were, or None.

    An object may go to another module with all of its examples. New examples are for new objects, and for those only that nothing could
    put in an old object's place.
    """
    before, after = ({source.path: _parsed(text(source)) for source in found} for text in (_old, _new))
    old, new = ({(path, name): thing for path, module in side.items() for name, thing in _objects(module)} for side in (before, after))
    moved = set()
    for (path, name), thing in old.items():
        if new.get((path, name)) == thing:
            continue
        places = [place for place, other in new.items() if place[1] == name and place not in old and other == thing]
        if (path, name) in new or not places:
            return _CHANGED
        moved.update(places)
    for path, name in new.keys() - old.keys() - moved:
        if not _fresh(name, new[path, name], before[path], after.values()):
            return _ADDED
    return None


def _old(source: Source) -> bytes | None:
    return source.before


def _new(source: Source) -> bytes | None:
    return source.after


def _parsed(text: bytes | None) -> ast.Module | None:
    return None if text is None else parsed(text)


def _objects(module: ast.Module | None) -> Iterator[tuple[str, _Object]]:
    """Yield what has examples by its qualified name; the module's own is empty."""
    if module is None:
        return
    objects: dict[str, _Object] = defaultdict(_Object)
    docstrings: set[int] = set()
    for name, node in (("", module), *_definitions(module)):
        thing = objects[name]
        if (docstring := _docstring(node)) is not None:
            docstrings.add(id(docstring))
            thing.examples += _split(str(docstring.value))
        if not isinstance(node, ast.Module):
            thing.bound += 1
            thing.dress += [written(part) for part in node.decorator_list if last_name(part) not in _PLAIN_DRESS]
    for name, value in _table(module):
        docstrings.add(id(value))
        objects[f"{_TABLE}.{name}"].examples += _split(str(value.value))
    # An example in another text may get into a docstring, and what else is said of the table into it.
    for part in everywhere(module):
        if isinstance(part, ast.Constant) and isinstance(part.value, str) and id(part) not in docstrings:
            objects[_TEXTS].examples += _split(part.value)
    objects[_TEXTS].examples += [written(statement) for statement in module.body if _mentions_table(statement)]
    bindings = list(_bindings(module))
    for name, thing in objects.items():
        if thing.examples:
            thing.bound += bindings.count(name.rpartition(".")[2]) if name else 0
            yield name, thing


def _definitions(module: ast.Module) -> Iterator[tuple[str, Definition]]:
    """Yield every function and class with its qualified name, wherever it stands and however deep."""
    todo: list[tuple[str, ast.AST]] = [("", module)]
    while todo:
        scope, node = todo.pop()
        if isinstance(node, Definition):
            yield (name := f"{scope}{node.name}"), node
            scope = f"{name}." if isinstance(node, ast.ClassDef) else f"{name}.{_LOCAL}."
        todo += reversed([(scope, child) for child in ast.iter_child_nodes(node)])


def _docstring(node: ast.Module | Definition) -> ast.Constant | None:
    first = node.body[0] if node.body else None
    value = first.value if isinstance(first, ast.Expr) else None
    return value if isinstance(value, ast.Constant) and isinstance(value.value, str) else None


def _split(text: str) -> list[str]:
    """Return the examples of a text, each with what it must print; where they are not well-formed the text counts as a whole."""
    if ">>>" not in text:
        return []
    try:
        return [f"{example.source}{example.want}" for example in doctest.DocTestParser().get_examples(text)]
    except ValueError:
        return [text]


def _is_table(statement: ast.stmt) -> bool:
    """Return whether a statement gives the table its texts, each under a name."""
    value = getattr(statement, "value", None)
    return (
        [isinstance(target, ast.Name) and target.id == _TABLE for target in targets_of(statement)] == [True]
        and isinstance(value, ast.Dict)
        and all(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in (*value.keys, *value.values))
    )


def _table(module: ast.Module) -> Iterator[tuple[str, ast.Constant]]:
    for statement in module.body:
        if _is_table(statement):
            value = statement.value  # type: ignore[attr-defined]
            yield from ((key.value, text) for key, text in zip(value.keys, value.values, strict=True))


def _mentions_table(statement: ast.stmt) -> bool:
    named = ((node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")) for node in ast.walk(statement))
    return not _is_table(statement) and _TABLE in named


def _bindings(module: ast.Module) -> Iterator[str]:
    """Yield each name that something is bound to in a module or class, and each attribute but an object's own, once for each time."""
    todo: list[tuple[ast.AST, bool]] = [(module, False)]
    while todo:
        node, local = todo.pop()
        if isinstance(node, ast.Attribute) and not isinstance(node.ctx, ast.Load) and last_name(node.value) != "self":
            yield node.attr
        elif isinstance(node, ast.Global):
            yield from node.names
        elif not local and isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif not local and isinstance(node, ast.Import | ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)
        todo += ((child, local or isinstance(node, Function)) for child in ast.iter_child_nodes(node))


def _fresh(name: str, thing: _Object, before: ast.Module | None, after: Iterable[ast.Module | None]) -> bool:
    """Return whether an object with examples is new, and nothing but calls is made of it: else its examples could take another's place."""
    if not name:
        return before is None
    if _LOCAL in name or name == _TEXTS or thing.dress or thing.bound > 1:
        return False
    if name.startswith(f"{_TABLE}."):
        return True
    parts = name.split(".")
    known = {old for old, _ in _definitions(before)} if before is not None else set()
    while ".".join(parts[:1]) in known and len(parts) > 1:
        known = {old.partition(".")[2] for old in known if old.startswith(f"{parts[0]}.")}
        del parts[0]
    return parts[0] not in _words(before) and not any(module is not None and _handed_on(module, frozenset(parts)) for module in after)


def _words(module: ast.Module | None) -> set[str]:
    """Return every name in a module, whatever it is for."""
    found: set[str] = set()
    for node in everywhere(module) if module is not None else ():
        found.update(value for _, value in ast.iter_fields(node) if isinstance(value, str))
        found.update(alias.asname or alias.name for alias in getattr(node, "names", ()) if isinstance(alias, ast.alias))
    return found


def _handed_on(module: ast.Module, names: frozenset[str]) -> bool:
    called = {id(node.func) for node in everywhere(module) if isinstance(node, ast.Call)}
    return any(
        isinstance(node, ast.Name | ast.Attribute)
        and isinstance(node.ctx, ast.Load)
        and last_name(node) in names
        and id(node) not in called
        for node in everywhere(module)
    )
