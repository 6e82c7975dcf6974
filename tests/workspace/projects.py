"""A project in a real git repository, and a look at everything in a folder."""

from __future__ import annotations

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import Store

AUTHOR = ("Ada Lovelace", "ada@example.org")
FASTER = "def words(text):\n    return list(text.split())\n"


@dataclass(frozen=True)
class Project:
    """A checkout of somebody's, with the git of that somebody."""

    top: Path

    def git(self, *args: str, data: bytes | None = None) -> str:
        """Run git as the user would, and return what it prints, without the last line end."""
        ran = subprocess.run(["git", *args], cwd=self.top, input=data, capture_output=True, check=True)
        return ran.stdout.decode("utf-8", "surrogateescape").removesuffix("\n")

    def write(self, path: str, text: str | bytes) -> Path:
        """Write a file, and the folders above it."""
        target = self.top / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        return target

    def commit(self, message: str = "Change something") -> str:
        """Commit everything there is, without hooks, and return the commit's id."""
        self.git("add", "--all")
        self.git("-c", "core.hooksPath=/dev/null", "commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")


def new_project(top: Path, *options: str) -> Project:
    """Make a repository with one commit of a small package."""
    top.mkdir(parents=True)
    project = Project(top)
    project.git("init", "--quiet", "--initial-branch=main", *options)
    project.write("pkg/__init__.py", "")
    project.write("pkg/text.py", "def words(text):\n    return text.split()\n")
    project.write("tests/test_text.py", "from pkg.text import words\n\n\ndef test_words():\n    assert words('a b') == ['a', 'b']\n")
    project.commit("Begin")
    return project


def contents(folder: Path) -> dict[str, tuple[int, bytes]]:
    """Return mode and content of everything below a folder, git's own files too: equal twice means untouched."""
    found = {}
    for root, folders, files in os.walk(folder):
        for name in [*folders, *files]:
            path = Path(root, name)
            mode = path.lstat().st_mode
            content = os.fsencode(path.readlink()) if path.is_symlink() else path.read_bytes() if stat.S_ISREG(mode) else b""
            found[path.relative_to(folder).as_posix()] = (mode, content)
    return found


def opened(project: Project) -> tuple[Repository, Store]:
    """Open a project and make a store for it."""
    repository = Repository(project.top)
    return repository, Store(project.top.parent.parent / "run" / "store", repository, AUTHOR)


def patch_of(project: Project) -> str:
    """Return what the user's edits are as a patch, and take them back."""
    project.git("add", "--all")
    patch = subprocess.run(["git", "diff", "--cached", "--binary"], cwd=project.top, capture_output=True, check=True).stdout
    project.git("reset", "--quiet", "--hard")
    return patch.decode("utf-8", "surrogateescape")


def edited(store: Store, head: str, folder: Path) -> Path:
    """Give an agent its tree, and make an edit as it would."""
    store.seed(head, folder)
    (folder / "pkg" / "text.py").write_text(FASTER)
    return folder


def kept(repository: Repository, store: Store, folder: Path, branch: str = "autoloop/one", parent: str | None = None) -> str:
    """Take an edit all the way to a commit on a branch of the user's."""
    tree = store.snapshot(parent or repository.head, edited(store, parent or repository.head, folder))
    commit = store.commit(parent or repository.head, tree, "Split faster\n\nAutoloop-Run: one\n")
    repository.publish(store, commit, branch)
    return commit
