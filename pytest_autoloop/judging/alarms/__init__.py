"""Alarms: what the added and removed code of a patch looks like, told from its syntax alone, without running any of it.

An alarm is a reason to look, not a verdict: most of them have honest uses. Each kind names the outer evidence that explains it; what stays
unexplained is for a person to decide.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import math
from collections import Counter
from dataclasses import dataclass
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Literal
from typing import NamedTuple

from ...worker.messages import TOO_MANY
from ..syntax import everywhere
from ..syntax import parsed
from ..syntax import scoped
from ..syntax import written
from .caching import endless
from .caching import outdated
from .careless import careless
from .checking import dropped_checks
from .checking import no_longer_at_first
from .checking import no_longer_refused_here
from .copying import dropped_copies
from .copying import gone_through_twice
from .copying import no_longer_exchanged
from .copying import no_longer_lazy
from .emptying import no_longer_emptied
from .exactness import less_exact
from .kinds import subclasses_left_out
from .lasting import NOTHING_EXPLAINS
from .lasting import POLICY
from .lasting import TIMES
from .lasting import Agreement
from .lasting import at_import
from .lasting import by_others
from .lasting import lasting
from .lasting import noted_for_all
from .neighbours import NOTHING_TAKEN
from .neighbours import Neighbours
from .objects import on_arguments
from .objects import on_objects
from .owed import no_longer_called
from .owed import no_longer_in_the_end
from .protecting import asked_again
from .protecting import choosing
from .protecting import hashing
from .protecting import lines_gone
from .protecting import on_containers
from .protecting import protecting
from .protecting import refusing
from .protecting import written_out
from .public import is_public_module
from .public import no_longer_taken
from .public import no_longer_there
from .queries import other_queries
from .recursing import recursing
from .relying import relied_on
from .strange import COMMON
from .strange import REMEMBERS
from .strange import defined
from .strange import out_of_place
from .strange import remembering
from .strange import strange
from .tables import named
from .unsteady import NOTHING_LASTS

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..screen import Source
    from .neighbours import Taken
    from .unsteady import Lasting


# What tells one side of a module from the other.
_BESIDE = (
    dropped_copies,
    no_longer_lazy,
    gone_through_twice,
    dropped_checks,
    no_longer_at_first,
    no_longer_refused_here,
    no_longer_emptied,
    no_longer_called,
    no_longer_in_the_end,
    no_longer_there,
    no_longer_taken,
    no_longer_exchanged,
    less_exact,
    subclasses_left_out,
    other_queries,
)
# Literals that are smaller, or shorter, tell nothing.
_SMALL_NUMBER = 16
_SHORT_TEXT = 4
_REMOVED = " was removed, and all tests still pass"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that stands out, where it stands, and the outer evidence that together explains it (nothing: always for a person).

    What is kept in objects of a class is ``of`` this: where benchmarks work on such, more evidence is needed. Where ``gone`` has lines of
    the old texts (path and number), and tests run all of these, it is these tests that tell whether what they do is done still.
    """

    text: str
    path: str
    line: int
    explained_by: frozenset[Agreement] = NOTHING_EXPLAINS
    of: str = ""
    gone: tuple[tuple[str, int], ...] = ()

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"

    def explained(self, agreed: Container[str], kinds: Container[str] = ()) -> bool:
        """Return whether what was measured from outside explains it; ``kinds`` are the classes of what benchmarks work on."""
        needed = self.explained_by | ({"new process"} if self.of and (self.of in kinds or TOO_MANY in kinds) else set())
        return bool(self.explained_by) and all(kind in agreed for kind in needed)


def alarms(found: Sequence[Source], arguments: Iterable[object] = (), neighbours: Neighbours | None = None) -> tuple[Alarm, ...]:
    """Return the alarms that a change raises.

    ``arguments`` are numbers and texts that the benchmarks are called with: a new literal that equals one looks like a prepared answer.
    What was in the old text of any changed file and only moved raises none. ``neighbours`` are the other modules of the tree.
    """
    around = neighbours or Neighbours()
    old, new = both_sides(found)
    inlined = written_out(old.values(), new.values())
    before, after = _Signs.of(old, around, inlined), _Signs.of(new, around, inlined)
    told = frozenset((type(value), value) for value in arguments if _is_telling(value))
    added = [
        *after.beyond(before, "added"),
        *(
            Alarm(path=path, line=getattr(node, "lineno", 1), text=text)
            for path in old.keys() & new.keys()
            for beside in _BESIDE
            for node, text in beside(old[path], new[path])
        ),
        *(Alarm(path=path, line=1, text="the module is gone") for path in old.keys() - new.keys() if is_public_module(path)),
        *(
            Alarm(
                path=path,
                line=line,
                text=f"{_short(value)} is what a benchmark is called with",
                explained_by=frozenset({"other arguments", "every part"}),
            )
            for (kind, value), (path, line) in after.literals.items()
            if (kind, value) in told and (kind, value) not in before.literals
        ),
    ]
    gone = lines_gone(old, new)
    removed = [replace(alarm, gone=tuple(gone.get(alarm.text.removesuffix(_REMOVED), ()))) for alarm in before.beyond(after, "removed")]
    return tuple(sorted([*added, *removed], key=lambda alarm: (alarm.path, alarm.line, alarm.text)))


def both_sides(found: Sequence[Source]) -> tuple[dict[str, ast.Module], dict[str, ast.Module]]:
    """Return the syntax of the old and the new texts of a change, by path; what is no program is left out."""
    return _modules([(source.path, source.before) for source in found]), _modules([(source.path, source.after) for source in found])


def _modules(texts: Iterable[tuple[str, bytes | None]]) -> dict[str, ast.Module]:
    """Return the syntax of what is a program, by its path."""
    parts = ((path, parsed(text)) for path, text in texts if text is not None and path.endswith(".py"))
    return {path: module for path, module in parts if module is not None}


def _is_telling(value: object) -> bool:
    if type(value) is int:
        return abs(value) > _SMALL_NUMBER
    if type(value) is float:
        return math.isfinite(value) and value not in (0.0, 0.5, 1.0, 2.0, 10.0, 100.0, -1.0)
    return type(value) in (str, bytes) and len(value) >= _SHORT_TEXT  # type: ignore[arg-type]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


class _Key(NamedTuple):
    """What is counted: whether it stands out where it is added or removed, what it is, what explains it, of which class it is."""

    kind: str
    text: str
    explained_by: frozenset[Agreement] = NOTHING_EXPLAINS
    of: str = ""


@dataclass(slots=True)
class _Signs:
    """What stands out in one side of a change: counted, since what was there before may move; and where it stands first."""

    added: Counter[_Key]
    removed: Counter[_Key]
    places: dict[_Key, list[tuple[str, int, str]]]
    literals: dict[tuple[type, object], tuple[str, int]]

    @classmethod
    def of(cls, modules: Mapping[str, ast.Module], neighbours: Neighbours, inlined: frozenset[str]) -> _Signs:
        """Read the modules of one side; a call of what is ``inlined`` is not missed."""
        signs = cls(Counter(), Counter(), {}, {})
        names = {path: named(module) for path, module in modules.items()}
        for path, module in modules.items():
            signs.read(path, module, neighbours.taken(path, module), inlined, neighbours.lasting(path, module))
            elsewhere = frozenset[str]().union(*(found for other, found in names.items() if other != path))
            for node, what, explained_by in at_import(module, elsewhere):
                signs._count(signs.added, _Key("added", what, explained_by), path, node)
            for example in _examples(module):
                signs.read(path, example)
        return signs

    def beyond(self, other: _Signs, kind: Literal["added", "removed"]) -> Iterator[Alarm]:
        """Yield an alarm for what this side has more of than the other."""
        mine, theirs = (self.added, other.added) if kind == "added" else (self.removed, other.removed)
        for key in mine - theirs:
            others = Counter(text for *_, text in other.places.get(key, ()))
            # What is not as it is there on the other side is what is meant.
            path, line, _ = next((place for place in self.places[key] if not others[place[2]]), self.places[key][0])
            yield Alarm(path=path, line=line, text=key.text, explained_by=key.explained_by, of=key.of)

    def read(
        self,
        path: str,
        module: ast.Module,
        taken: Taken = NOTHING_TAKEN,
        inlined: frozenset[str] = frozenset(),
        imported: Lasting = NOTHING_LASTS,
    ) -> None:
        # A text that stands by itself is a remark.
        remarks = {id(node.value) for node in everywhere(module) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
        harmless = remarks | {id(node) for node in (*choosing(module), *asked_again(module), *on_containers(module))}
        strict, hashes = refusing(module) - inlined, hashing(module)
        called = {id(node.func) for node in everywhere(module) if isinstance(node, ast.Call)}
        definitions = (node for node in everywhere(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))
        decorators = {id(decorator) for node in definitions for decorator in node.decorator_list}
        caches = remembering(module)
        given = {node.id for node in everywhere(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} & COMMON
        for node, hidden in scoped(module):
            if id(node) in harmless or (isinstance(node, ast.Name) and node.id in hidden | given):
                continue
            if isinstance(node, ast.Name) and node.id in caches:
                self._count(self.added, _Key("added", REMEMBERS, TIMES), path, node)
            for text in out_of_place(node, called | decorators, decorators):
                self._count(self.added, _Key("added", text, NOTHING_EXPLAINS), path, node)
            for text, explained_by in (*strange(node), *defined(node)):
                self._count(self.added, _Key("added", text, explained_by), path, node)
            for text in protecting(node, strict, hashes):
                self._count(self.removed, _Key("removed", f"{text}{_REMOVED}", NOTHING_EXPLAINS), path, node)
            if isinstance(node, ast.Constant):
                self.literals.setdefault((type(node.value), node.value), (path, node.lineno))
        for node, text, explained_by in (*lasting(module, taken), *by_others(module, imported)):
            self._count(self.added, _Key("added", text, explained_by), path, node)
        for node, what in relied_on(module):
            self._count(self.removed, _Key("removed", f"{what}{_REMOVED}"), path, node)
        for node, name in noted_for_all(module):
            self._count(self.removed, _Key("removed", f"a change of {name}{_REMOVED}"), path, node)
        for node, text in endless(module):
            self._count(self.added, _Key("added", text, POLICY), path, node)
        for node, text in (*outdated(module, imported.unsteady), *careless(module), *recursing(module)):
            self._count(self.added, _Key("added", text, NOTHING_EXPLAINS), path, node)
        for node, text in on_arguments(module):
            self._count(self.added, _Key("added", text, TIMES), path, node)
        for node, text, of in on_objects(module):
            self._count(self.added, _Key("added", text, TIMES, of), path, node)

    def _count(self, counter: Counter[_Key], key: _Key, path: str, node: ast.AST) -> None:
        counter[key] += 1
        self.places.setdefault(key, []).append((path, getattr(node, "lineno", 1), written(node)))


def _examples(module: ast.Module) -> Iterator[ast.Module]:
    """Yield the examples in the texts of a module: they are run as code is."""
    texts = (node for node in everywhere(module) if isinstance(node, ast.Constant) and isinstance(node.value, str) and ">>>" in node.value)
    for text in texts:
        # What is not well-formed, and an example that is no Python, is run by nobody; the examples beside it are.
        with contextlib.suppress(ValueError):
            for example in doctest.DocTestParser().get_examples(str(text.value)):
                if (found := parsed(example.source)) is not None:
                    yield ast.increment_lineno(found, text.lineno + example.lineno - 1)
