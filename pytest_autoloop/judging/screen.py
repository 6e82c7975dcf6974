"""The screen: a candidate's difference is judged before any of it runs."""

from __future__ import annotations

import ast
import hashlib
import sys
import unicodedata
import warnings
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Protocol

from ..text import one_line
from .examples import refuse_examples
from .spelling import refuse_spelling
from .surface import shadowed
from .syntax import NO_PROGRAM
from .syntax import written

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..workspace.git import Change
    from .surface import Surface

# Bytes of a path and of a name in it.
_LONGEST_PATH = 1000
_LONGEST_NAME = 200
_MAX_FILES = 50
_MAX_BYTES = 200_000
_MAX_GROWTH = 100_000
_REGULAR = {"A": ("000000", "100644"), "M": ("100644", "100644"), "D": ("100644", "000000")}
_EXECUTABLE = ("100755", "100755")


class Blobs(Protocol):
    """Reads files of a revision or tree."""

    def read(self, revision: str, path: str) -> bytes:
        """Return the content of a file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A changed Python file: its text before (None: new) and after (None: deleted)."""

    path: str
    before: bytes | None
    after: bytes | None


def sources(changes: Sequence[Change], blobs: Blobs, revision: str, tree: str) -> list[Source]:
    """Read both sides of every changed file."""
    return [
        Source(
            path=change.path,
            before=None if change.status == "A" else blobs.read(revision, change.path),
            after=None if change.status == "D" else blobs.read(tree, change.path),
        )
        for change in changes
    ]


def refuse_changes(
    changes: Sequence[Change], surface: Surface, tracked: Sequence[str], installed: Callable[[], frozenset[str]] = frozenset
) -> str | None:
    """Return why the raw difference is not acceptable, or None. Looks at names, modes and numbers only.

    ``installed`` tells the top-level names of what is installed; it is asked only where a file is new.
    """
    if not changes:
        return "it changes nothing"
    if len(changes) > _MAX_FILES:
        return f"it changes {len(changes)} files, more than {_MAX_FILES}"
    for change in changes:
        modes = (change.old_mode, change.new_mode)
        if (why := surface.refusal(change.path)) is not None:
            return f"{change.path}: {why}"
        if change.status == "A" and not _can_be_written(change.path):
            return f"{one_line(change.path, 60)}: its name or path is too long"
        if modes != _REGULAR.get(change.status) and not (change.status == "M" and modes == _EXECUTABLE):
            return f"{change.path}: only regular files may change ({change.status} {change.old_mode} → {change.new_mode})"
    return _twin(changes, tracked) or _shadow(changes, frozenset(tracked), installed)


def _can_be_written(path: str) -> bool:
    """Return whether file systems take a path, below a folder of one's own and with what byte code adds to its name."""
    encoded = path.encode("utf-8", "surrogateescape")
    return len(encoded) <= _LONGEST_PATH and max(map(len, encoded.split(b"/"))) <= _LONGEST_NAME


def _twin(changes: Sequence[Change], tracked: Sequence[str]) -> str | None:
    """Return which path would be another's twin where a file system or a reader makes no difference between the two."""
    cases = {path.casefold(): path for path in tracked}
    looks = {_look(path): path for path in tracked}
    for change in changes:
        if (twin := cases.setdefault(change.path.casefold(), change.path)) != change.path:
            return f"{change.path}: it differs from {twin} in case only"
        if (twin := looks.setdefault(_look(change.path), change.path)) != change.path:
            return f"{change.path}: it reads as {twin} does"
    return None


def _look(path: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", path).casefold())


def _shadow(changes: Sequence[Change], tracked: frozenset[str], installed: Callable[[], frozenset[str]]) -> str | None:
    """Return which new file would be imported in place of something else."""
    new = [change.path for change in changes if change.status == "A"]
    taken = sys.stdlib_module_names | installed() if new else frozenset()
    for path in new:
        if (name := shadowed(path, tracked, taken)) is not None:
            return f"{path}: it would be imported in place of {name}"
    return None


def refuse_sources(found: Sequence[Source]) -> str | None:
    """Return why the new text is not acceptable, or None: too large, not Python, the same program as before."""
    size = sum(len(source.after or b"") for source in found)
    growth = size - sum(len(source.before or b"") for source in found)
    if growth > _MAX_GROWTH or any(len(s.after or b"") > max(_MAX_BYTES, len(s.before or b"")) for s in found):
        return f"it is too large ({size} bytes, {growth} more than before)"
    changed = False
    for source in found:
        if not source.path.endswith(".py"):
            changed = True
            continue
        try:
            after = None if source.after is None else _program(source.after)
        except NO_PROGRAM as error:
            return f"{source.path}: it does not compile ({str(error) or 'it is nested too deeply'})"
        if source.after is not None and (why := refuse_spelling(source.before, source.after)) is not None:
            return f"{source.path}: {why}"
        changed = changed or after != _before(source)
    if (why := refuse_examples([source for source in found if source.path.endswith(".py")])) is not None:
        return why
    return None if changed else "it changes comments or layout only"


def _before(source: Source) -> str | None:
    try:
        return None if source.before is None else _program(source.before)
    except NO_PROGRAM:
        return None


def _program(text: bytes) -> str:
    """Return what a text means to the compiler, whatever its layout and comments."""
    with warnings.catch_warnings():
        # What the compiler warns of is neither an error here nor for the user's screen.
        warnings.simplefilter("ignore")
        module = ast.parse(text)
        compile(text, "<candidate>", "exec", dont_inherit=True)
    return written(module)


def fingerprint(found: Sequence[Source]) -> str:
    """Return a digest of the candidate's changed programs, equal for patches that differ in layout only."""
    digest = hashlib.sha256()
    for source in sorted(found, key=lambda source: source.path):
        text = b"" if source.after is None else source.after
        program = _program(text).encode() if source.path.endswith(".py") and source.after is not None else text
        digest.update(f"{source.path}\0{len(program)}\0".encode())
        digest.update(program)
    return digest.hexdigest()


@dataclass(slots=True)
class Tried:
    """Remembers what was tried against which incumbent."""

    _seen: dict[tuple[str, str], int] = field(default_factory=dict)

    def earlier(self, incumbent: str, print_: str, number: int) -> int | None:
        """Remember an experiment's fingerprint, and return the number of the one that was alike, if there was one."""
        earlier = self._seen.setdefault((incumbent, print_), number)
        return None if earlier == number else earlier

    def fingerprint_of(self, number: int) -> str | None:
        """Return the fingerprint of an experiment, or None if it did not come so far or was like an earlier one."""
        return next((print_ for (_, print_), seen in self._seen.items() if seen == number), None)

    @property
    def seen(self) -> Mapping[tuple[str, str], int]:
        """Every fingerprint so far, by incumbent and digest."""
        return self._seen
