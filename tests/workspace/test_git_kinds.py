from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.experiment import Refused

from .projects import FASTER
from .projects import Project
from .projects import contents
from .projects import kept
from .projects import new_project
from .projects import opened

if TYPE_CHECKING:
    from pathlib import Path


class TestKindsOfRepositories:
    """Repositories other than the plain one."""

    def test_shallow(self, project: Project, tmp_path: Path) -> None:
        """A clone that has only the last commits, as CI makes it, is as good as any."""
        for number in range(3):
            project.write("pkg/text.py", f"x = {number}\n")
            project.commit()
        subprocess.run(["git", "clone", "--quiet", "--depth=1", f"file://{project.top}", str(tmp_path / "clones" / "shallow")], check=True)
        clone = Project(tmp_path / "clones" / "shallow")
        shallow = (clone.top / ".git" / "shallow").read_bytes()
        repository, store = opened(clone)

        commit = kept(repository, store, tmp_path / "desk")

        assert clone.git("rev-parse", "autoloop/one") == commit
        assert (clone.top / ".git" / "shallow").read_bytes() == shallow
        assert clone.git("fsck") == ""
        assert repository.change_of("autoloop/one")[1] == "Split faster"
        store.close()

    def test_worktree(self, project: Project, tmp_path: Path) -> None:
        """A linked worktree, whose .git is a file, has its own HEAD and files; references and the exclude file are the repository's."""
        project.git("worktree", "add", "--quiet", "-b", "second", str(tmp_path / "trees" / "second"))
        second = Project(tmp_path / "trees" / "second")
        second.write("pkg/new.py", "")
        head = second.commit()
        before = contents(project.top)
        repository, store = opened(second)

        assert repository.toplevel == second.top
        assert repository.head == head
        repository.hide("/.autoloop/")
        second.write(".autoloop/x", "")
        assert repository.status() == ([], [])
        commit = kept(repository, store, tmp_path / "desk")

        assert project.git("rev-parse", "autoloop/one") == commit
        ours = (".git/objects", ".git/refs/heads/autoloop", ".git/logs/refs/heads/autoloop")
        changed = {path for path, _ in set(contents(project.top).items()) ^ set(before.items()) if not path.startswith(ours)}
        assert changed == {".git/info/exclude"}
        store.close()

    def test_sha256(self, tmp_path: Path) -> None:
        """A repository with the longer kind of ids works from end to end."""
        project = new_project(tmp_path / "work" / "long", "--object-format=sha256")
        repository, store = opened(project)
        assert len(repository.head) == 64

        commit = kept(repository, store, tmp_path / "desk")

        assert project.git("rev-parse", "autoloop/one") == commit
        assert store.read(commit, "pkg/text.py").decode() == FASTER
        store.close()

    def test_git_folder_elsewhere(self, tmp_path: Path) -> None:
        """A repository whose git folder lies elsewhere is found, whatever the names of the folders."""
        project = new_project(tmp_path / "wörk dir" / "a b", f"--separate-git-dir={tmp_path / 'gïts x'}")
        repository, store = opened(project)

        commit = kept(repository, store, tmp_path / "desk")

        assert repository.toplevel == project.top
        assert project.git("rev-parse", "autoloop/one") == commit
        store.close()

    def test_borrowed_objects(self, project: Project, tmp_path: Path) -> None:
        """A clone that borrows its objects from another works: what is borrowed is borrowed again."""
        subprocess.run(["git", "clone", "--quiet", "--shared", str(project.top), str(tmp_path / "clones" / "shared")], check=True)
        clone = Project(tmp_path / "clones" / "shared")
        repository, store = opened(clone)

        commit = kept(repository, store, tmp_path / "desk")

        assert clone.git("rev-parse", "autoloop/one") == commit
        store.close()

    def test_submodule(self, project: Project, tmp_path: Path) -> None:
        """In a project with a submodule a kept commit keeps its entry, and the submodule's own files play no part."""
        library = new_project(tmp_path / "library")
        project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.top), "sub")
        project.commit("Add a submodule")
        repository, store = opened(project)
        assert repository.status() == ([], [])

        kept(repository, store, tmp_path / "desk")

        assert project.git("diff", "--name-only", "main", "autoloop/one") == "pkg/text.py"
        store.close()

    def test_inside_a_submodule(self, project: Project, tmp_path: Path) -> None:
        """A run that starts in a submodule is about the submodule."""
        library = new_project(tmp_path / "library")
        project.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library.top), "sub")
        project.commit("Add a submodule")
        sub = Project(project.top / "sub")
        repository, store = opened(sub)

        commit = kept(repository, store, tmp_path / "desk")

        assert repository.toplevel == sub.top
        assert sub.git("rev-parse", "autoloop/one") == commit
        assert project.git("status", "--porcelain") == ""
        store.close()

    def test_replaced_objects(self, project: Project, tmp_path: Path) -> None:
        """A commit that the user's git replaces by another counts as what it is."""
        first = project.git("rev-parse", "HEAD")
        project.write("pkg/text.py", "x = 1\n")
        second = project.commit("Second")
        project.git("replace", second, first)
        repository, store = opened(project)

        store.fill(repository.head, tmp_path / "tree")

        assert (tmp_path / "tree" / "pkg" / "text.py").read_text() == "x = 1\n"
        store.close()

    def test_partial(self, project: Project, tmp_path: Path) -> None:
        """A clone that fetches contents as they are needed works if it has those of its last commit; else the remedy is named."""
        project.write("other/big.txt", "1\n")
        project.commit()
        project.git("config", "uploadpack.allowFilter", "true")
        partial = ["git", "clone", "--quiet", "--filter=blob:none", f"file://{project.top}"]
        subprocess.run([*partial, str(tmp_path / "clones" / "whole")], check=True)
        subprocess.run([*partial, str(tmp_path / "clones" / "sparse"), "--sparse"], check=True)

        whole = Project(tmp_path / "clones" / "whole")
        repository, store = opened(whole)
        assert kept(repository, store, tmp_path / "desk") == whole.git("rev-parse", "autoloop/one")
        store.close()

        repository, store = opened(Project(tmp_path / "clones" / "sparse"))
        with pytest.raises(Refused, match="in a partial clone run `git sparse-checkout disable`"):
            store.fill(repository.head, tmp_path / "tree")
        store.close()
