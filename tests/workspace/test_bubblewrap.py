"""What a child in namespaces of its own is left to see."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from pytest_autoloop.workspace.bubblewrap import needed
from pytest_autoloop.workspace.bubblewrap import wrapped


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with code in a folder of its own."""
    (tmp_path / "project" / "src").mkdir(parents=True)
    (tmp_path / "libs").mkdir()
    return (tmp_path / "project").resolve()


def test_what_has_to_be_read(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Python, programs and libraries, and code of the project that is on the import path; never the top of the user's repository."""
    libs, top, src = repository.parent / "libs", str(repository), str(repository / "src")
    monkeypatch.setattr(sys, "path", [*sys.path, top, src, "", "."])

    found = needed({"PATH": os.pathsep.join(["/opt/bin", top, src + "/bin"])}, f"{libs}{os.pathsep}{top}", repository)

    assert {sys.prefix, "/opt/bin", str(libs), src} <= set(found)
    assert top not in found
    assert src + "/bin" not in found
    assert all(Path(path).is_absolute() for path in found)


def test_links_on_the_way(repository: Path) -> None:
    """What is needed is there by each of its names, and what may be written to comes last: it lies in what is hidden."""
    link = repository.parent / "link"
    link.symlink_to(repository / "src")

    command = wrapped(["x"], home="/", readable=[str(link)], writable=[str(repository)], network=False, program="b")

    if repository.is_relative_to("/tmp"):
        bound = [command[at + 1 : at + 3] for at, word in enumerate(command) if word == "--ro-bind-try"]
        real = str(repository / "src")
        assert [real, str(link)] in bound
        assert [real, real] in bound
    assert command[-7:] == ["--bind", str(repository), str(repository), "--chdir", "/", "--", "x"]
    assert "--share-net" not in command
