from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import Store
from pytest_autoloop.workspace.processes import Processes

from .lifeline import Lifeline
from .projects import AUTHOR
from .projects import Project
from .projects import new_project

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


# A slow machine is no failure.
settings.register_profile("patient", deadline=None)
settings.load_profile("patient")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home of the test's own, whose user has told git who they are."""
    for name in os.environ:
        if name.startswith(("GIT_", "XDG_")):
            monkeypatch.delenv(name)
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    name, mail = AUTHOR
    (folder / ".gitconfig").write_text(f"[user]\n\tname = {name}\n\temail = {mail}\n")
    return folder


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return new_project(tmp_path / "work" / "project")


@pytest.fixture
def store(tmp_path: Path, project: Project) -> Iterator[Store]:
    made = Store(tmp_path / "run" / "store", Repository(project.top), AUTHOR)
    yield made
    made.close()


@pytest.fixture
def processes() -> Iterator[Processes]:
    with Processes() as started:
        yield started


@pytest.fixture
def lifeline(tmp_path: Path) -> Iterator[Lifeline]:
    made = Lifeline(tmp_path / "lifeline")
    yield made
    made.close()


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that tells on whoever runs it."""
    script = tmp_path / "trap"
    script.write_text(f'#!/bin/sh\necho "$0 $@" >> "{tmp_path}/caught"\ncat\n')
    script.chmod(0o755)
    return script
