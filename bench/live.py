"""Live do-nothing candidates: rename one local variable at a time in a real project, and count what is kept (nothing should be).

Run as ``python -m bench.live``; ``--project`` names another project than the quickstart example, ``--candidates`` how many.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import itertools
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

EXAMPLE = Path(__file__).parents[1] / "examples" / "quickstart"
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


def scratch_copy(project: Path, folder: Path) -> Path:
    """Copy a project into a git repository of its own."""
    target = folder / project.name
    shutil.copytree(project, target, ignore=shutil.ignore_patterns("__pycache__", ".*cache*", ".benchmarks", ".git"))
    git = ["git", "-C", str(target), "-c", "user.name=Bench", "-c", "user.email=bench@localhost"]
    for args in (["init", "-q"], ["config", "user.name", "Bench"], ["config", "user.email", "bench@localhost"], ["add", "-A"]):
        subprocess.run([*git, *args], check=True)
    subprocess.run([*git, "commit", "-q", "-m", "As it comes"], check=True)
    return target


def main() -> int:
    """Run the loop over the renamings and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--project", type=Path, default=EXAMPLE)
    parser.add_argument("--candidates", type=int, default=200)
    parser.add_argument("--control", default="fdr")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="autoloop-live-") as name:
        folder = Path(name)
        patches = folder / "patches"
        patches.mkdir()
        project = scratch_copy(options.project.resolve(), folder)
        count = write_patches(project, patches, options.candidates)
        command = [sys.executable, "-m", "pytest", "--autoloop", "--autoloop-agent", f"replay:{patches}", "--autoloop-patience", "0"]
        command += ["--autoloop-control", options.control, "--autoloop-report", str(folder / "report")]
        subprocess.run(command, cwd=project, check=True)
        report = json.loads((folder / "report" / "report.json").read_text())
    rows = [row for row in report["experiments"] if row["level"] is not None]
    kept = sum(row["verdict"] == "kept" for row in rows)
    duels = [row["duels"] for row in rows]
    seconds = [row["seconds"].get("measure", 0.0) + row["seconds"].get("gate", 0.0) for row in rows]
    print(f"\n{count} do-nothing candidates, {len(rows)} measured, {kept} kept; load now {os.getloadavg()[0]:.1f}")
    print(f"noise of a duel {report['noise']['sigma']:.2%}, sees gains from {report['noise']['detects']:.1%}")
    print(f"duels per candidate: mean {statistics.mean(duels):.1f}, median {statistics.median(duels)}, most {max(duels)}")
    print(f"seconds per candidate: mean {statistics.mean(seconds):.1f}, median {statistics.median(seconds):.1f}, most {max(seconds):.1f}")
    return 1 if kept else 0


if __name__ == "__main__":
    sys.exit(main())
