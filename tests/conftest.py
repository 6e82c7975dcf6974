"""Fixtures that any test may use: sample projects, and the judge's rooms opened over them."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from lab import open_lab
from sample import make_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from pathlib import Path

    from lab import Lab
    from sample import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of this test's own."""
    return make_project(tmp_path)


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Project]:
    """Make projects that several tests share."""
    return lambda files=None: make_project(tmp_path_factory.mktemp("shared"), files)


@pytest.fixture(scope="module")
def new_lab(new_project: Callable[..., Project], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Lab]]:
    """Open the judge's rooms over projects that the tests of a module share; they are closed at its end."""
    with contextlib.ExitStack() as stack:

        def make(files: Mapping[str, str] | None = None) -> Lab:
            return stack.enter_context(open_lab(new_project(files), tmp_path_factory.mktemp("lab")))

        yield make
