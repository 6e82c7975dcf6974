"""Writing a change of one function: what is replaced, what goes before it, what the module has to provide."""

from __future__ import annotations

import builtins
import keyword
from collections.abc import Callable
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from .pattern import binds_as_tightly
from .pattern import fits_bare
from .pattern import parenthesised
from .tree import code
from .tree import comments
from .tree import meaningful

if TYPE_CHECKING:
    from .function import Function

Replacement = Callable[[cst.CSTNode], "cst.CSTNode | cst.RemovalSentinel | cst.FlattenSentinel[cst.CSTNode]"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Constant:
    """A name for a value at the top of the module, or right behind the statement that binds another name."""

    name: str
    value: cst.BaseExpression
    beside: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A changed function, with the constants and imports it needs at the top of its module."""

    function: cst.FunctionDef
    constants: tuple[Constant, ...] = ()
    imports: tuple[tuple[str, str | None], ...] = ()


class Edit:
    """Gathers the replacements that make up one change. Nothing happens before :meth:`finish`."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self._replacements: dict[cst.CSTNode, Replacement] = {}
        self._before: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
        self._after: dict[cst.CSTNode, list[cst.BaseStatement]] = {}
        self._above: dict[cst.CSTNode, list[cst.EmptyLine]] = {}
        self._constants: list[Constant] = []
        self._imports: list[tuple[str, str | None]] = []
        self._taken: set[str] = set()

    # Names

    def fresh(self, *wishes: str) -> str:
        """Return the first of some names that nothing in the function has, or the last one with a number."""
        return self._first_free(wishes, self.function.taken)

    def _first_free(self, wishes: Sequence[str], taken: frozenset[str]) -> str:
        numbered = (f"{wishes[-1]}_{number}" for number in range(2, 1000))
        for name in (*wishes, *numbered):
            usable = name.isidentifier() and not keyword.iskeyword(name) and not hasattr(builtins, name)
            if usable and name not in taken and name not in self._taken:
                self._taken.add(name)
                return name
        raise AssertionError("a thousand names are taken")

    def constant(self, what: str, value: cst.BaseExpression, beside: str | None = None) -> cst.Name:
        """Add a constant to the module, named after the function, and return its name.

        It goes to the top, or beside the binding of a name that its value needs.
        """
        known = next((constant.name for constant in self._constants if code(constant.value) == code(value)), None)
        if known is None:
            own = self.function.name.strip("_").upper()
            wish = f"_{own}_{what}" if beside is None else f"_{beside.strip('_').upper()}_{what}"
            known = self._first_free([wish], self.function.module.names)
            self._constants.append(Constant(name=known, value=value.deep_clone(), beside=beside))
        return cst.Name(known)

    def imported(self, module: str, name: str | None = None) -> cst.Name | None:
        """Return the name under which something of the standard library is known, imported if need be; None where its name is taken."""
        function = self.function
        wanted = module if name is None else f"{module}.{name}"
        for known, origin in function.module.origins.items():
            if origin == wanted and function.is_global(known):
                return cst.Name(known)
        plain = name or module
        if plain in function.module.bound or not function.is_global(plain) or function.module.has_star_import:
            return None
        if (module, name) not in self._imports:
            self._imports.append((module, name))
        return cst.Name(plain)

    def provided(self, module: str, name: str | None) -> bool:
        """Make sure that the module imports something under its own name; False where that name means something else."""
        plain, wanted = name or module, module if name is None else f"{module}.{name}"
        known = self.function.module.origins.get(plain)
        if known == wanted:
            return True
        if plain in self.function.module.bound or self.function.module.has_star_import:
            return False
        if (module, name) not in self._imports:
            self._imports.append((module, name))
        return True

    # Changes

    def replace(self, old: cst.BaseExpression, new: cst.BaseExpression) -> None:
        """Put one expression in the place of another, within parentheses if the place asks for them."""
        parent = self.function.parents[old]
        field = next(name for name in meaningful(type(parent)) if _holds(getattr(parent, name), old))
        if old.lpar and not new.lpar and not isinstance(old, cst.Tuple):
            new = new.with_changes(lpar=old.lpar, rpar=old.rpar)
        elif not fits_bare(new, type(parent), field) and not binds_as_tightly(new, old):
            new = parenthesised(new)
        self._replacements[old] = lambda _: new

    def rewrite(self, old: cst.CSTNode, how: Callable[[cst.CSTNode], cst.CSTNode]) -> None:
        """Change a node by a function that gets it with the changes below it already made."""
        self._replacements[old] = how

    def replace_statements(self, old: Sequence[cst.CSTNode], new: Sequence[cst.BaseStatement], *, moved: bool = False) -> None:
        """Put statements in the place of the last of some others; the comments of all of them stay, above the new ones.

        ``moved`` says that the new statements bring the comments within the old ones along.
        """
        spot = old[-1]
        above = list(getattr(spot, "leading_lines", ())) if moved else [*_blank_lines(old[0]), *comments(old)]
        first = new[0].with_changes(leading_lines=above)
        self._replacements[spot] = lambda _: cst.FlattenSentinel([first, *new[1:]])
        for statement in old[:-1]:
            self._replacements[statement] = lambda _: cst.RemoveFromParent()

    def rewrite_small(self, old: cst.CSTNode, new: Sequence[cst.BaseSmallStatement]) -> None:
        """Put small statements in the place of one that has a line to itself."""
        line = self.function.parents[old]
        if isinstance(line, cst.SimpleStatementLine):
            lines = [cst.SimpleStatementLine([small]) for small in new]
            lines[0] = lines[0].with_changes(leading_lines=line.leading_lines)
            lines[-1] = lines[-1].with_changes(trailing_whitespace=line.trailing_whitespace)
            self._replacements[line] = lambda _: cst.FlattenSentinel(lines)
        else:
            self._replacements[line] = lambda node: node.with_changes(body=list(new))

    def after_small(self, line: cst.CSTNode, new: cst.SimpleStatementLine) -> None:
        """Put a statement behind a line, or behind the small statements that follow a colon."""
        if isinstance(line, cst.SimpleStatementSuite):
            self._replacements[line] = lambda node: node.with_changes(body=[*node.body, *new.body])  # type: ignore[attr-defined]
        else:
            self.after(line, new)

    def remove(self, statement: cst.CSTNode) -> None:
        """Take a statement out; the comments above it stay, above what follows."""
        self._replacements[statement] = lambda _: cst.RemoveFromParent()
        _, lines = _split_lines(statement)
        block = self.function.parents[statement]
        if lines and isinstance(block, cst.IndentedBlock):
            place = block.body.index(cast("cst.BaseStatement", statement)) + 1
            if place < len(block.body):
                self._above.setdefault(block.body[place], []).extend(lines)

    def before(self, statement: cst.CSTNode, *new: cst.BaseStatement) -> None:
        """Put statements in front of another."""
        self._before.setdefault(statement, []).extend(new)

    def after(self, statement: cst.CSTNode, *new: cst.BaseStatement) -> None:
        """Put statements behind another."""
        self._after.setdefault(statement, []).extend(new)

    def finish(self) -> Change | None:
        """Make the changes, or return None if there were none."""
        if not (self._replacements or self._before or self._after):
            return None
        changed = self.function.node.visit(_Applier(self._replacements, self._before, self._after, self._above))
        return Change(function=cast("cst.FunctionDef", changed), constants=tuple(self._constants), imports=tuple(self._imports))


class _Applier(cst.CSTTransformer):
    """Applies gathered replacements on the way up."""

    def __init__(
        self,
        replacements: dict[cst.CSTNode, Replacement],
        before: dict[cst.CSTNode, list[cst.BaseStatement]],
        after: dict[cst.CSTNode, list[cst.BaseStatement]],
        above: dict[cst.CSTNode, list[cst.EmptyLine]],
    ) -> None:
        super().__init__()
        self.replacements = replacements
        self.before = before
        self.after = after
        self.above = above

    def on_leave(self, original: cst.CSTNode, updated: cst.CSTNode) -> cst.CSTNode:  # type: ignore[override]
        """Replace a node, or put its new neighbours around it."""
        replacement = self.replacements.get(original)
        result = [updated] if replacement is None else _nodes(replacement(updated))
        before, after = self.before.get(original, []), self.after.get(original, [])
        if original in self.above and result:
            result[0] = result[0].with_changes(leading_lines=[*self.above[original], *getattr(result[0], "leading_lines", ())])
        if before and result:
            blank, rest = _split_lines(result[0])
            head = before[0].with_changes(leading_lines=blank)
            result = [head, *before[1:], result[0].with_changes(leading_lines=rest), *result[1:]]
        result += after
        if len(result) == 1:
            return result[0]
        return cst.FlattenSentinel(result) if result else cst.RemoveFromParent()  # type: ignore[return-value]


def _nodes(result: object) -> list[cst.CSTNode]:
    if isinstance(result, cst.FlattenSentinel):
        return list(result)
    return [] if isinstance(result, cst.RemovalSentinel) else [cast("cst.CSTNode", result)]


def _holds(value: object, node: cst.CSTNode) -> bool:
    return value is node or (isinstance(value, (tuple, list)) and node in value)


def _split_lines(statement: cst.CSTNode) -> tuple[list[cst.EmptyLine], list[cst.EmptyLine]]:
    """Split what stands above a statement into blank lines, and the rest from the first comment on."""
    lines = list(getattr(statement, "leading_lines", ()))
    count = next((number for number, line in enumerate(lines) if line.comment is not None), len(lines))
    return lines[:count], lines[count:]


def _blank_lines(statement: cst.CSTNode) -> list[cst.EmptyLine]:
    return _split_lines(statement)[0]
