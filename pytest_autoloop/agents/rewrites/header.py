"""The top of a module: where imports and constants are added."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from .tree import children

if TYPE_CHECKING:
    from collections.abc import Sequence

    from .edit import Constant

Line = cst.SimpleStatementLine | cst.BaseCompoundStatement


def with_needs(
    lines: Sequence[Line], prologue: int, imports: Sequence[tuple[str, str | None]], constants: Sequence[Constant]
) -> list[Line] | None:
    """Return a module's statements with imports and constants added; None where there is no telling where they belong.

    ``prologue`` is how many statements docstring and imports are.
    """
    body = list(lines)
    if not (imports or constants):
        return body
    if any(isinstance(line, cst.SimpleStatementLine) and len(line.body) != 1 for line in body[:prologue]):
        # Statements that share a line: where the imports end can't be told by counting.
        return None
    for module, name in imports:
        prologue += _add_import(body, prologue, module, name)
    for constant in constants:
        if constant.beside is not None:
            place = _place_of(body, constant.beside)
            if place is None:
                return None
            body.insert(place + 1, _definition(constant))
    _add_constants(body, prologue, [_definition(constant) for constant in constants if constant.beside is None])
    return body


def _definition(constant: Constant) -> cst.SimpleStatementLine:
    return cst.SimpleStatementLine([cst.Assign([cst.AssignTarget(cst.Name(constant.name))], constant.value)])


def _place_of(body: list[Line], name: str) -> int | None:
    """Return which statement binds a name."""
    for number, line in enumerate(body):
        small = line.body[0] if isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 else None
        target = small.targets[0].target if isinstance(small, cst.Assign) else getattr(small, "target", None)
        if isinstance(target, cst.Name) and target.value == name:
            return number
    return None


def _add_constants(body: list[Line], prologue: int, lines: list[cst.SimpleStatementLine]) -> None:
    if not lines:
        return
    if prologue:
        lines[0] = lines[0].with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    body[prologue:prologue] = lines
    if prologue + len(lines) < len(body):
        body[prologue + len(lines)] = _set_apart(body[prologue + len(lines)])


def _set_apart(statement: Line) -> Line:
    """Make sure of blank lines between the new constants and what follows."""
    wanted = 2 if isinstance(statement, (cst.FunctionDef, cst.ClassDef)) else 1
    lines = list(statement.leading_lines)
    blank = next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))
    return statement.with_changes(leading_lines=[cst.EmptyLine(indent=False)] * max(0, wanted - blank) + lines)


def _import_of(statement: cst.CSTNode) -> tuple[bool, str] | None:
    """Return the sorting key of an import statement: whether it is a ``from``, and the module."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1:
        return None
    small = statement.body[0]
    if isinstance(small, cst.Import):
        return False, _dotted(small.names[0].name)
    if isinstance(small, cst.ImportFrom) and small.module is not None and not small.relative:
        return True, _dotted(small.module)
    return None


def _dotted(node: cst.CSTNode) -> str:
    return node.value if isinstance(node, cst.Name) else ".".join(_dotted(child) for child in children(node))


def _add_import(body: list[Line], end: int, module: str, name: str | None) -> int:
    """Put an import in its place among the standard library's, and return how many lines that took."""
    keys = [(number, key) for number, key in enumerate(map(_import_of, body[:end])) if key is not None and key[1] != "__future__"]
    wanted = (name is not None, module)
    same = [number for number, key in keys if key == wanted]
    if name is not None and len(same) == 1 and _extend_import(body, same[0], name):
        return 0
    ours = [(number, key) for number, key in keys if key[1].partition(".")[0] in sys.stdlib_module_names]
    line = cst.parse_statement(f"from {module} import {name}" if name else f"import {module}")
    place = next((number for number, key in ours if key > wanted), ours[-1][0] + 1 if ours else keys[0][0] if keys else end)
    if place < len(body) and (ours or keys) and any(number == place for number, _ in keys):
        following = body[place]
        line = line.with_changes(leading_lines=following.leading_lines)
        blank = [] if ours else [cst.EmptyLine(indent=False)]
        body[place] = following.with_changes(leading_lines=blank)
    elif not keys and place:
        line = line.with_changes(leading_lines=[cst.EmptyLine(indent=False)])
    body.insert(place, line)
    if not keys and place + 1 < len(body):
        body[place + 1] = _set_apart(body[place + 1])
    return 1


def _extend_import(body: list[Line], number: int, name: str) -> bool:
    line = cast("cst.SimpleStatementLine", body[number])
    small = cast("cst.ImportFrom", line.body[0])
    if isinstance(small.names, cst.ImportStar) or small.lpar is not None:
        return False
    aliases = [alias.with_changes(comma=cst.MaybeSentinel.DEFAULT) for alias in small.names]
    place = next((at for at, alias in enumerate(aliases) if _dotted(alias.name) > name), len(aliases))
    aliases.insert(place, cst.ImportAlias(cst.Name(name)))
    body[number] = line.with_changes(body=[small.with_changes(names=aliases)])
    return True
