"""What no candidate has any business with is noticed when it changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.seals import Seals

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from .projects import Project

CHANGES: dict[str, Callable[[Project], object]] = {
    ".git/config": lambda project: project.git("config", "core.pager", "evil"),
    ".git/hooks/post-commit": lambda project: project.write(".git/hooks/post-commit", "#!/bin/sh\n"),
    ".git/hooks/there": lambda project: (project.top / ".git/hooks/there").chmod(0o755),
    ".git/info/attributes": lambda project: project.write(".git/info/attributes", "* filter=evil\n"),
    ".git/config.worktree": lambda project: project.write(".git/config.worktree", "[core]\n"),
    ".git/hooks/link": lambda project: (project.top / ".git/hooks/link").symlink_to("/bin/true"),
    "HEAD": lambda project: project.git("checkout", "--quiet", "-b", "other"),
    "refs/heads/main": lambda project: project.commit("Move on"),
    "refs/tags/v1": lambda project: project.git("tag", "v1"),
    "run/ledger.jsonl": lambda project: (project.top / "run/ledger.jsonl").write_text("one\ntwO\nthree\n"),
}


def sealed(project: Project, *, with_references: bool = True) -> Seals:
    project.write(".git/hooks/there", "#!/bin/sh\n")
    ledger: Path = project.write("run/ledger.jsonl", "one\ntwo\n")
    seals = Seals(Repository(project.top), ledger, "autoloop/one", with_references=with_references)
    seals.put()
    return seals


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_is_named(project: Project, name: str) -> None:
    """Whatever changes is named, by its place in the repository."""
    seals = sealed(project)
    assert seals.broken() is None

    CHANGES[name](project)

    broken = seals.broken()
    assert broken is not None
    # A commit moves HEAD as well.
    assert name in broken or (name == "refs/heads/main" and broken == "HEAD and 1 more changed")


@pytest.mark.parametrize(("configured", "changed"), [(".githooks", ".githooks/pre-commit"), (".husky/_", ".husky/pre-commit")])
def test_hooks_in_a_folder_of_the_users_choice(project: Project, configured: str, changed: str) -> None:
    """The hooks that count are those that git would run for the user, or that these run."""
    project.write(f"{configured}/there", "#!/bin/sh\n")
    project.git("config", "core.hooksPath", configured)
    seals = sealed(project)
    assert seals.broken() is None

    project.write(changed, "#!/bin/sh\n")

    assert seals.broken() == f"{changed} changed"


def test_what_is_gone(project: Project) -> None:
    """What is deleted has changed too."""
    seals = sealed(project)

    (project.top / ".git/hooks/there").unlink()
    (project.top / "run/ledger.jsonl").unlink()

    assert seals.broken() == ".git/hooks/there and 1 more changed"


def test_what_a_run_does_itself(project: Project) -> None:
    """The ledger grows and the run's own branch moves; the files of the project are sealed elsewhere."""
    seals = sealed(project)

    with (project.top / "run/ledger.jsonl").open("a") as file:
        file.write("three\n")
    project.git("branch", "autoloop/one")
    project.write("pkg/text.py", "changed\n")

    assert seals.broken() is None


def test_a_user_who_goes_on_working(project: Project) -> None:
    """Where candidates cannot write to the repository, its user may commit and fetch while a run goes on."""
    seals = sealed(project, with_references=False)

    project.commit("Move on")
    project.git("tag", "v1")

    assert seals.broken() is None


def test_linked_worktree(project: Project, tmp_path: Path) -> None:
    """In a linked worktree the shared files count, and its own."""
    project.git("worktree", "add", "--quiet", str(tmp_path / "linked"))
    seals = Seals(Repository(tmp_path / "linked"), tmp_path / "ledger", None, with_references=True)
    seals.put()
    assert seals.broken() is None

    project.git("config", "core.pager", "evil")

    assert str(seals.broken()).endswith("/.git/config changed")
