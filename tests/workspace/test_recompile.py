"""Which byte code in a tree is not that of its source."""

from __future__ import annotations

import json
import marshal
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace import recompile

if TYPE_CHECKING:
    from pathlib import Path

# A constant that is not equal to itself, one without an order, an invalid escape, a closure, and what depends on the level of optimisation.
SOURCE = '''\
"""A module."""
from __future__ import annotations

ODD = 1e999 - 1e999


def outer(x):
    """Return it."""
    assert x in {"a", "b", "c"}, "\\d"

    def inner(y: int = 3):
        try:
            return x * y
        except TypeError:
            return -x

    return inner
'''


@pytest.fixture
def top(tmp_path: Path) -> Path:
    """A tree with a module, and its byte code at every level."""
    folder = tmp_path / "tree"
    (folder / "pkg").mkdir(parents=True)
    (folder / "pkg" / "mod.py").write_text(SOURCE)
    # In a process of its own, where its invalid escape is no error.
    command = [sys.executable, "-I", "-W", "ignore", "-m", "compileall", "-q", "-o0", "-o1", "-o2", str(folder)]
    subprocess.run(command, check=True)
    return folder


@pytest.fixture
def compiled(top: Path) -> Path:
    """Its byte code at the ordinary level."""
    return top / "pkg" / "__pycache__" / f"mod.{sys.implementation.cache_tag}.pyc"


def found(top: Path, other: Path | None = None) -> list[str]:
    """Return what the program prints."""
    # Without any folder for packages: pytest is found where the judge has it.
    command = [sys.executable, "-I", "-S", "-W", "ignore", recompile.__file__, str(top), str(other or top), os.pathsep.join(sys.path)]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return [str(path) for path in json.loads(printed)]


def forged(path: Path, source: str) -> None:
    """Put other code behind the header of byte code."""
    path.write_bytes(path.read_bytes()[:16] + marshal.dumps(compile(source, "mod.py", "exec")))


def test_as_python_writes_it(top: Path) -> None:
    """Whatever is in the source, what Python makes of it is what was to be expected."""
    assert len(list((top / "pkg" / "__pycache__").iterdir())) == 3
    assert found(top) == []


def test_other_code(top: Path, compiled: Path) -> None:
    """However little of it is changed, deep inside."""
    forged(compiled, SOURCE.replace("x * y", "x + y").replace("\\", ""))

    assert found(top) == [str(compiled.relative_to(top))]


@pytest.mark.parametrize("name", ["mod.{tag}.pyc", "mod.{tag}-pytest-9.0.0.pyc"])
def test_what_follows_the_code(top: Path, compiled: Path, tmp_path: Path, name: str) -> None:
    """Python does not read on, but whoever keeps answers there does."""
    path = compiled.with_name(name.format(tag=compiled.name.split(".")[1]))
    other = tmp_path / "other" / path.relative_to(top)
    other.parent.mkdir(parents=True)
    other.write_bytes(compiled.read_bytes())
    path.write_bytes(compiled.read_bytes())
    assert found(top, tmp_path / "other") == []

    with path.open("ab") as file:
        file.write(b"343")

    assert found(top, tmp_path / "other") == [str(path.relative_to(top))]


def test_a_source_that_does_not_compile(top: Path, compiled: Path) -> None:
    """It has no byte code."""
    (top / "pkg" / "mod.py").write_text("def\n")

    assert str(compiled.relative_to(top)) in found(top)


def test_what_python_does_not_use(top: Path, compiled: Path) -> None:
    """Byte code of another Python, and what has lost its source, is nobody's business."""
    other = compiled.with_name("mod.cpython-27.pyc")
    other.write_bytes(b"\x03\xf3\r\n" + compiled.read_bytes()[4:])
    compiled.with_name(compiled.name.replace("mod.", "gone.")).write_bytes(compiled.read_bytes())

    assert found(top) == []


def test_what_pytest_writes(top: Path, compiled: Path, tmp_path: Path) -> None:
    """Tests are the same in both trees, and so is what pytest makes of their asserts; what only one of them has is none of a test."""
    ours = compiled.with_name(f"{compiled.stem}-pytest-9.0.0.pyc")
    theirs = tmp_path / "other" / ours.relative_to(top)
    theirs.parent.mkdir(parents=True)
    for path in (ours, theirs):
        path.write_bytes(compiled.read_bytes())
        forged(path, "rewritten = 1")
    assert found(top, tmp_path / "other") == []

    forged(ours, "rewritten = 2")
    assert found(top, tmp_path / "other") == [str(ours.relative_to(top))]

    theirs.unlink()
    assert found(top, tmp_path / "other") == [str(ours.relative_to(top))]


@pytest.mark.parametrize("option", ["", "enable_assertion_pass_hook = true"])
def test_what_pytest_writes_of_a_test_that_the_other_tree_has_not_run(tmp_path: Path, option: str) -> None:
    """It is compared with what pytest makes of the test's source."""
    top = tmp_path / "tree"
    top.mkdir()
    (top / "pytest.ini").write_text(f"[pytest]\n{option}\n")
    test = (
        'def test_it():\n    """Of course."""\n    a, b = 1, [1]\n    assert a in b, f"{a}"\n    assert 0 < a <= len(b) and not (b := [])\n'
    )
    (top / "test_it.py").write_text(test)
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:autoloop", str(top)], check=True, cwd=top, env={})
    [code] = (top / "__pycache__").iterdir()
    assert "-pytest-" in code.name
    assert found(top, tmp_path) == []

    forged(code, test)

    assert found(top, tmp_path) == [str(code.relative_to(top))]


@pytest.mark.parametrize("pipe", [True, False])
def test_what_is_no_file(top: Path, compiled: Path, pipe: bool) -> None:
    """It is not read: that may never end."""
    compiled.unlink()
    if pipe:
        os.mkfifo(compiled)
    else:
        compiled.symlink_to("/dev/zero")

    assert found(top) == [str(compiled.relative_to(top))]


def test_hostile_content(top: Path, compiled: Path) -> None:
    """What is no code, or cannot be read, ends the program with an error."""
    for content in (marshal.dumps(3), b"\xff\xff", b""):
        compiled.write_bytes(compiled.read_bytes()[:16] + content)

        with pytest.raises(subprocess.CalledProcessError):
            found(top)
