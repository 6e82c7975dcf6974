"""Do-nothing candidates: a module with one local variable of one function renamed, over and over with other names."""

from __future__ import annotations

import ast
import difflib
import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.ClassDef)


def renamings(source: str, stem: str) -> Iterator[str]:
    """Yield versions of a module, each with one local variable of one function renamed and nothing else changed."""
    lines = [line.encode() for line in source.splitlines(keepends=True)]
    for function in ast.walk(ast.parse(source)):
        if not isinstance(function, ast.FunctionDef):
            continue
        inner = [node for node in ast.walk(function) if isinstance(node, _SCOPES) and node is not function]
        hidden = {name.id for scope in inner for name in ast.walk(scope) if isinstance(name, ast.Name)}
        declared = {name for node in ast.walk(function) if isinstance(node, ast.Global | ast.Nonlocal) for name in node.names}
        # Arguments, caught errors and the like are bound elsewhere than by a plain name.
        declared |= {node.arg for node in ast.walk(function.args) if isinstance(node, ast.arg)}
        declared |= {node.name for node in ast.walk(function) if isinstance(node, ast.ExceptHandler | ast.MatchAs) and node.name}
        names = [node for node in ast.walk(function) if isinstance(node, ast.Name)]
        local = {node.id for node in names if isinstance(node.ctx, ast.Store)} - hidden - declared
        for number, name in enumerate(sorted(local)):
            changed = list(lines)
            uses = [node for node in names if node.id == name]
            for node in sorted(uses, key=lambda node: (node.lineno, -node.col_offset)):
                line = changed[node.lineno - 1]
                assert node.end_col_offset is not None
                changed[node.lineno - 1] = line[: node.col_offset] + f"{stem}{number}_{name}".encode() + line[node.end_col_offset :]
            text = b"".join(changed).decode()
            if _compiles(text):
                yield text


def _compiles(text: str) -> bool:
    try:
        compile(text, "<renamed>", "exec")
    except SyntaxError:
        return False
    return True


def all_renamings(project: Path) -> Iterator[tuple[Path, str]]:
    """Yield every renaming of every module of a project's packages, over and over with other names."""
    modules = sorted(path for path in project.glob("*/*.py") if path.parent.name not in ("tests", "benchmarks"))
    for wave in itertools.count():
        found = False
        for path in modules:
            for text in renamings(path.read_text(), f"aa{wave}_"):
                found = True
                yield path, text
        if not found:
            return


def write_patches(project: Path, folder: Path, count: int) -> int:
    """Write up to ``count`` renaming patches, and return how many there are."""
    written = 0
    for path, text in itertools.islice(all_renamings(project), count):
        name = path.relative_to(project).as_posix()
        old, new = path.read_text().splitlines(keepends=True), text.splitlines(keepends=True)
        patch = "".join(difflib.unified_diff(old, new, f"a/{name}", f"b/{name}"))
        (folder / f"{written:04}-rename.patch").write_text(f"diff --git a/{name} b/{name}\n{patch}")
        written += 1
    return written
