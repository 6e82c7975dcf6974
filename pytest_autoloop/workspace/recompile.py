"""Tell which byte code in a tree is not that of its source.

Run as ``python -I recompile.py TREE OTHER PATH``: a process of its own, since byte code that is read may be hostile. Nothing of the tree
is executed. PATH is the import path of the judge, whose pytest it takes. It prints the paths as a JSON list.

A module's byte code is compared with what its source compiles to; that of a test, which pytest rewrites, with what lies in the OTHER tree,
whose tests are the same, or else with what pytest makes of its source. Whatever follows the code in a file is odd too.
"""

from __future__ import annotations

import ast
import io
import json
import marshal
import os
import re
import stat
import sys
from importlib.util import MAGIC_NUMBER
from importlib.util import source_from_cache
from pathlib import Path
from types import CodeType
from types import SimpleNamespace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Magic number, flags, and the source's time and size.
_HEADER = 16
_BY_PYTEST = re.compile(r"-pytest-[^/]*\.pyc$")


class _Appended(Exception):
    """A file goes on behind its code."""


def odd_bytecode(top: Path, other: Path) -> list[str]:
    """Return the paths below ``top`` of byte code that was not made from the source beside it, in order."""
    found: list[str] = []
    for folder, _, names in os.walk(top):
        place = Path(folder).relative_to(top)
        if place.name == "__pycache__":
            found += [str(place / name) for name in names if name.endswith(".pyc") and not _faithful(place / name, top, other)]
    return sorted(found)


def _faithful(path: Path, top: Path, other: Path) -> bool:
    """Return whether byte code is what was to be expected there; what Python would not use counts as that too."""
    try:
        if not stat.S_ISREG(os.lstat(top / path).st_mode):
            # To read a pipe takes forever.
            return False
        code = _code(top / path)
        if code is None:
            return True
        if (rewritten := _BY_PYTEST.search(path.name)) and (other / path).is_file():
            return _same(code, _code(other / path))
    except FileNotFoundError:
        return True
    except _Appended:
        return False
    try:
        # The dots of a version are too many for a name of byte code as Python knows it.
        plain = path.with_name(f"{path.name[: rewritten.start()]}.pyc") if rewritten else path
        source = Path(source_from_cache(str(top / plain))).read_bytes()
    except (OSError, ValueError):
        return True
    level = re.search(r"\.opt-([12])\.pyc$", path.name)
    try:
        if rewritten:
            return any(_same(code, made) for made in _rewritten(source, code.co_filename))
        return _same(code, compile(source, code.co_filename, "exec", dont_inherit=True, optimize=int(level[1]) if level else 0))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _rewritten(source: bytes, name: str) -> Iterator[CodeType]:
    """Yield what pytest makes of a source, without and with its hook for asserts that pass."""
    # Half of this program's time: needed after each keep, for a fresh incumbent has run none of the tests beside its objective.
    from _pytest.assertion.rewrite import rewrite_asserts

    for hook in (False, True):
        module = ast.parse(source, filename=name)
        rewrite_asserts(module, source, name, SimpleNamespace(getini=lambda _, hook=hook: hook))  # type: ignore[arg-type]
        yield compile(module, name, "exec", dont_inherit=True)


def _code(path: Path) -> CodeType | None:
    """Return the code in a file; None where this Python would not use it."""
    content = path.read_bytes()
    if not content.startswith(MAGIC_NUMBER):
        return None
    # Hostile content can at worst end this process, and that tells.
    rest = io.BytesIO(content[_HEADER:])
    found = marshal.load(rest)  # noqa: S302
    if not isinstance(found, CodeType):
        raise TypeError(f"{path} holds no code")
    # What Python does not read, the module can.
    if rest.read(1):
        raise _Appended(path)
    return found


def _same(one: CodeType, two: CodeType | None) -> bool:
    """Return whether two modules' code is the same; the second way is for constants that are not equal to themselves."""
    return one == two or marshal.dumps(one, 2) == marshal.dumps(two, 2)


if __name__ == "__main__":
    sys.setrecursionlimit(10_000)
    sys.path[:] = sys.argv[3].split(os.pathsep)
    print(json.dumps(odd_bytecode(Path(sys.argv[1]), Path(sys.argv[2]))))
