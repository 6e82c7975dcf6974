"""Fixtures that any test may use: sample projects, and the judge's rooms opened over them."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from lab import open_lab
from sample import make_project

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping

    from lab import Lab
    from sample import Project


# Files of whole runs, which share them: begun first, so that no worker is left with one at the end.
LONG = ("test_redteam", "test_holdout_run", "test_whole_run", "test_resumed_runs", "test_session", "test_metrics")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, after all shuffling."""
    items.sort(key=lambda item: item.path.stem not in LONG)


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project of this test's own."""
    return make_project(tmp_path)


@pytest.fixture(scope="session")
def new_project(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Project]:
    """Make projects that several tests share."""
    return lambda files=None: make_project(tmp_path_factory.mktemp("shared"), files)


@pytest.fixture(scope="module")
def new_lab(new_project: Callable[..., Project]) -> Iterator[Callable[..., Lab]]:
    """Open the judge's rooms over projects that the tests of a module share; they are closed at its end."""
    with contextlib.ExitStack() as stack:

        def make(files: Mapping[str, str] | None = None) -> Lab:
            # Addresses of sockets in the file system must be short, so the path to it is.
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
            return stack.enter_context(open_lab(new_project(files), folder))

        yield make
