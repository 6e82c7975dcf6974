from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

import pytest

from pytest_autoloop.workspace.git import Change
from pytest_autoloop.workspace.git import PatchFails
from pytest_autoloop.workspace.git import Store

from .projects import FASTER
from .projects import Project
from .projects import contents
from .projects import edited
from .projects import new_project
from .projects import opened
from .projects import patch_of


class TestTrees:
    """The files of a revision, as they lie in a tree."""

    def test_as_a_checkout_gives_them(self, project: Project, tmp_path: Path) -> None:
        """A tree holds what a checkout holds, to the byte and the mode: links, programs, odd names, binary, empty and converted files."""
        project.write(".gitattributes", "*.txt text eol=crlf\n* ident\n")
        project.write("a.txt", "a\nb\n")
        project.write("!first.txt", "a\nb\n")
        project.write("ident.py", "# $Id$\n")
        project.write("run.sh", "#!/bin/sh\n").chmod(0o755)
        project.write("binary", bytes(range(256)))
        project.write("empty", "")
        for name in (" a b ", "line\nend", "żółć/😀", os.fsdecode(b"\xff"), "-n", "--prefix=x", ":(top)x", "*?[x]"):
            project.write(name, name.encode("utf-8", "surrogateescape"))
        (project.top / "link").symlink_to("pkg/text.py")
        (project.top / "dangling").symlink_to("/nowhere/at/all")
        (project.top / "folder-link").symlink_to("pkg")
        project.commit()
        project.git("rm", "-r", "--quiet", "--cached", ".")
        project.git("reset", "--quiet", "--hard")
        repository, store = opened(project)

        store.fill(repository.head, tmp_path / "tree")

        expected = {path: rest for path, rest in contents(project.top).items() if not path.startswith(".git/") and path != ".git"}
        assert contents(tmp_path / "tree") == expected
        assert b"a\r\nb\r\n" in [content for _, content in expected.values()]
        store.close()

    def test_export_attributes(self, project: Project, tmp_path: Path) -> None:
        """A tree is a checkout and not an export: nothing is left out or filled in."""
        project.write(".gitattributes", "tests export-ignore\nversion.py export-subst\n")
        project.write("version.py", "# $Format:%H$\n")
        project.commit()
        repository, store = opened(project)

        store.fill(repository.head, tmp_path / "tree")

        assert (tmp_path / "tree" / "tests" / "test_text.py").exists()
        assert (tmp_path / "tree" / "version.py").read_text() == "# $Format:%H$\n"
        store.close()

    def test_attributes_of_the_user(self, project: Project, tmp_path: Path, home: Path) -> None:
        """What the user's own attributes or line end settings say has no influence on a tree."""
        (home / ".config" / "git").mkdir(parents=True)
        (home / ".config" / "git" / "attributes").write_text("* text eol=crlf\n")
        project.git("config", "--global", "core.autocrlf", "true")
        repository, store = opened(project)

        store.fill(repository.head, tmp_path / "tree")

        assert b"\r" not in (tmp_path / "tree" / "pkg" / "text.py").read_bytes()
        store.close()

    def test_another_revision(self, project: Project, store: Store, tmp_path: Path) -> None:
        """A tree may be filled with a tree object that no commit holds."""
        head = project.git("rev-parse", "HEAD")
        tree = store.snapshot(head, edited(store, head, tmp_path / "desk"))

        store.fill(tree, tmp_path / "tree")

        assert (tmp_path / "tree" / "pkg" / "text.py").read_text() == FASTER
        assert (tmp_path / "tree" / "tests" / "test_text.py").exists()


def modes(changes: list[Change]) -> list[tuple[str, str, str, str]]:
    return [(change.status, change.old_mode, change.new_mode, change.path) for change in changes]


class TestSnapshots:
    """What an agent left in its tree."""

    @pytest.fixture
    def head(self, project: Project) -> str:
        """The project's commit."""
        return project.git("rev-parse", "HEAD")

    @pytest.fixture
    def desk(self, tmp_path: Path, store: Store, head: str) -> Project:
        """An agent's tree."""
        store.seed(head, tmp_path / "desk" / "project")
        return Project(tmp_path / "desk" / "project")

    def changes(self, store: Store, head: str, desk: Project) -> list[tuple[str, str, str, str]]:
        """Return what an agent changed."""
        return modes(store.changes(head, store.snapshot(head, desk.top)))

    def test_untouched(self, store: Store, head: str, desk: Project, project: Project) -> None:
        """A tree that nobody touched is the revision, though it was a file's time that changed."""
        os.utime(desk.top / "pkg" / "text.py", (1, 1))

        assert store.snapshot(head, desk.top) == project.git("rev-parse", "HEAD^{tree}")

    def test_seed(self, desk: Project, project: Project) -> None:
        """The agent finds a repository of its own: one commit, nothing changed, nothing that leads to the user's."""
        assert desk.git("log", "--format=%s %an") == "The incumbent autoloop"
        assert desk.git("status", "--porcelain", "--ignored") == ""
        assert desk.git("remote") == ""
        assert desk.git("for-each-ref", "--format=%(refname)").count("\n") == 0
        for path, (_, content) in contents(desk.top / ".git").items():
            assert os.fsencode(project.top) not in content, path

    def test_seed_holds_what_git_ignores(self, project: Project, tmp_path: Path) -> None:
        """Files that are tracked though they match an ignore pattern are in the agent's commit too."""
        project.write(".gitignore", "*.dat\n")
        project.write("kept.dat", "1\n")
        project.git("add", "--force", "kept.dat")
        project.commit()
        repository, store = opened(project)

        store.seed(repository.head, tmp_path / "desk")

        assert Project(tmp_path / "desk").git("ls-files", "kept.dat") == "kept.dat"
        (tmp_path / "desk" / "kept.dat").write_text("2\n")
        (tmp_path / "desk" / "other.dat").write_text("2\n")
        found = store.changes(repository.head, store.snapshot(repository.head, tmp_path / "desk"))
        assert modes(found) == [("M", "100644", "100644", "kept.dat")]
        store.close()

    def test_edits(self, store: Store, head: str, desk: Project) -> None:
        """New, changed, deleted files, programs and links count, with their modes and whatever their names."""
        desk.write("pkg/text.py", FASTER)
        desk.write("-n new\nfile.py", "x\n")
        desk.write("run.sh", "").chmod(0o755)
        (desk.top / "tests" / "test_text.py").unlink()
        (desk.top / "link").symlink_to("/etc/passwd")

        assert sorted(self.changes(store, head, desk)) == [
            ("A", "000000", "100644", "-n new\nfile.py"),
            ("A", "000000", "100755", "run.sh"),
            ("A", "000000", "120000", "link"),
            ("D", "100644", "000000", "tests/test_text.py"),
            ("M", "100644", "100644", "pkg/text.py"),
        ]

    def test_commits_and_branches(self, store: Store, head: str, desk: Project) -> None:
        """Whether the agent commits, stages, stashes or rewrites history does not matter: the files do."""
        desk.write("pkg/text.py", FASTER)
        desk.git("checkout", "--quiet", "-b", "mine")
        desk.commit("Mine")
        desk.write("pkg/staged.py", "1\n")
        desk.git("add", "pkg/staged.py")
        desk.write("pkg/loose.py", "2\n")
        desk.git("update-ref", "-d", "HEAD")

        assert [path for *_, path in self.changes(store, head, desk)] == ["pkg/loose.py", "pkg/staged.py", "pkg/text.py"]

    def test_litter(self, store: Store, head: str, desk: Project) -> None:
        """What running tests leaves behind is no proposal."""
        for path in (
            "pkg/__pycache__/text.cpython-311.pyc",
            "stray.pyc",
            ".pytest_cache/v/cache/lastfailed",
            ".benchmarks/x.json",
            ".hypothesis/examples/x",
        ):
            desk.write(path, "x")

        assert self.changes(store, head, desk) == []

    def test_ignored_files(self, store: Store, head: str, desk: Project, home: Path) -> None:
        """What the project's git ignores is no proposal; what only the user's own lists ignore is one, on every machine alike."""
        (home / ".config" / "git").mkdir(parents=True)
        (home / ".config" / "git" / "ignore").write_text("*.mine\n")
        desk.write(".gitignore", "*.project\n")
        desk.write("a.mine", "")
        desk.write("a.project", "")

        assert [path for *_, path in self.changes(store, head, desk)] == [".gitignore", "a.mine"]

    def test_git_without_repository(self, store: Store, head: str, desk: Project) -> None:
        """An agent may have done away with its repository, or bent it: its files count all the same."""
        desk.write("pkg/text.py", FASTER)
        desk.write(".git/info/exclude", "*\n")
        desk.git("config", "core.worktree", "/")
        desk.git("config", "core.bare", "true")
        assert [path for *_, path in self.changes(store, head, desk)] == ["pkg/text.py"]

        subprocess.run(["rm", "-rf", str(desk.top / ".git")], check=True)
        assert [path for *_, path in self.changes(store, head, desk)] == ["pkg/text.py"]

    def test_nested_repository(self, store: Store, head: str, desk: Project) -> None:
        """A repository inside the tree shows as what it is, so that the screen can refuse it."""
        new_project(desk.top / "vendored")

        found = self.changes(store, head, desk)

        assert found == [("A", "000000", "160000", "vendored")]

    def test_nested_repository_without_commit(self, store: Store, head: str, desk: Project) -> None:
        """One without a commit has nothing to show, and is refused."""
        subprocess.run(["git", "init", "--quiet", str(desk.top / "vendored")], check=True)

        with pytest.raises(PatchFails, match="vendored"):
            store.snapshot(head, desk.top)

    def test_no_tree_any_more(self, store: Store, head: str, desk: Project) -> None:
        """An agent that deletes its whole tree is refused and ends nothing but its own proposal."""
        subprocess.run(["rm", "-rf", str(desk.top)], check=True)

        with pytest.raises(PatchFails):
            store.snapshot(head, desk.top)

    def test_odd_files(self, store: Store, head: str, desk: Project) -> None:
        """Pipes and sockets are passed over."""
        os.mkfifo(desk.top / "pipe")

        assert self.changes(store, head, desk) == []

    def test_attributes_of_the_agent(self, store: Store, head: str, desk: Project, trap: Path, tmp_path: Path) -> None:
        """No program runs that an agent's attributes and configuration name."""
        desk.git("config", "filter.shout.clean", str(trap))
        desk.git("config", "core.fsmonitor", str(trap))
        desk.write(".gitattributes", "* filter=shout\n")

        assert [path for *_, path in self.changes(store, head, desk)] == [".gitattributes"]
        assert not (tmp_path / "caught").exists()

    def test_submodule(self, project: Project, tmp_path: Path, store: Store) -> None:
        """A submodule, whose folder is empty in a tree, is no difference."""
        project.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
        project.git("commit", "--quiet", "-m", "Add a submodule")
        head = project.git("rev-parse", "HEAD")
        store.seed(head, tmp_path / "desk")
        assert store.changes(head, store.snapshot(head, tmp_path / "desk")) == []
        assert ("160000", "sub") in store.tracked(head)

        edited(store, head, tmp_path / "other")
        assert modes(store.changes(head, store.snapshot(head, tmp_path / "other"))) == [("M", "100644", "100644", "pkg/text.py")]


class TestOverwritten:
    """Whether a tree still is what it was, after all that ran in it."""

    @pytest.fixture
    def tree(self, project: Project) -> str:
        """A tree with one file of every kind."""
        project.write(".gitignore", "*.dat\n")
        project.write(".gitattributes", "*.txt text eol=crlf\n")
        project.write("crlf.txt", "a\n")
        project.write("tracked.dat", "1\n")
        project.write("odd\nname.py", "")
        project.write("run.sh", "").chmod(0o755)
        (project.top / "link").symlink_to("pkg")
        project.git("add", "--force", "tracked.dat")
        project.git("update-index", "--add", "--cacheinfo", f"160000,{'1' * 40},sub")
        project.git("add", ".gitignore", ".gitattributes", "crlf.txt", "odd\nname.py", "run.sh", "link")
        return project.git("write-tree")

    def test_untouched(self, store: Store, tree: str, tmp_path: Path) -> None:
        """A fresh tree is as it was; so it is with other times, and with whatever came on top, repositories and litter too."""
        store.fill(tree, tmp_path / "tree")
        assert store.overwritten(tree, tmp_path / "tree") == frozenset()

        os.utime(tmp_path / "tree" / "pkg" / "text.py", (1, 1))
        (tmp_path / "tree" / "new.py").write_text("")
        (tmp_path / "tree" / "pkg" / "__pycache__").mkdir()
        for name in ("empty", "pkg", "sub"):
            subprocess.run(["git", "init", "--quiet", str(tmp_path / "tree" / name)], check=True)

        assert store.overwritten(tree, tmp_path / "tree") == frozenset()

    def test_touched(self, store: Store, tree: str, tmp_path: Path) -> None:
        """Changed and deleted files, other modes, and links that lead elsewhere are found, ignored files too."""
        top = tmp_path / "tree"
        store.fill(tree, top)
        (top / "pkg" / "text.py").write_text("x")
        (top / "tracked.dat").write_text("2\n")
        (top / "odd\nname.py").unlink()
        (top / "run.sh").chmod(0o644)
        (top / "link").unlink()
        (top / "link").symlink_to("tests")

        assert store.overwritten(tree, top) == {"pkg/text.py", "tracked.dat", "odd\nname.py", "run.sh", "link"}

    def test_same_size_and_time(self, store: Store, tree: str, tmp_path: Path) -> None:
        """A change that hides behind the old size and the old times is found."""
        store.fill(tree, tmp_path / "tree")
        path = tmp_path / "tree" / "pkg" / "text.py"
        times, content = path.stat(), path.read_bytes()

        path.write_bytes(content.replace(b"split", b"strip"))
        os.utime(path, ns=(times.st_atime_ns, times.st_mtime_ns))

        assert store.overwritten(tree, tmp_path / "tree") == {"pkg/text.py"}

    def test_gone(self, store: Store, tree: str, tmp_path: Path) -> None:
        """If the whole tree is gone, every file is."""
        found = store.overwritten(tree, tmp_path / "tree")

        assert {"pkg/text.py", "link", "tests/test_text.py"} <= found


def adding(path: str, mode: str | None = "100644", line: str = "x\n") -> str:
    """Return a patch that adds a file of one line, as git writes it, or as diff does where there is no mode."""
    head = f"diff --git a/{path} b/{path}\nnew file mode {mode}\n" if mode else ""
    return f"{head}--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+{line}"


class TestPatches:
    """Patches, as agents and people hand them in."""

    def test_kinds(self, project: Project) -> None:
        """A patch may add, delete, rename, change modes, and hold line ends and bytes of any kind, to the letter."""
        project.write("crlf.py", "a\r\nb\r\nc\r\n")
        project.write("latin.py", "# caf\xe9\nx = 1\n".encode("latin-1"))
        project.write("open.py", "x = 1")
        project.write("old name.py", "1\n2\n3\n4\n5\n")
        project.write("gone.py", "x\n")
        project.write("run.sh", "x\n")
        project.commit()
        project.write("crlf.py", "a\r\nB\r\nc\r\n")
        project.write("latin.py", "# caf\xe9\nx = 2\n".encode("latin-1"))
        project.write("open.py", "x = 2")
        project.git("mv", "old name.py", "new\nname.py")
        project.write("gone.py", "").unlink()
        project.write("added.py", "no end")
        project.write("binary", bytes(range(256)))
        (project.top / "run.sh").chmod(0o755)
        project.git("add", "--all")
        wanted = project.git("write-tree")
        patch = patch_of(project)
        repository, store = opened(project)

        tree = store.applied(repository.head, patch)

        assert tree == wanted
        assert store.applied(repository.head, store.patch(repository.head, tree)) == wanted
        assert store.read(tree, "crlf.py") == b"a\r\nB\r\nc\r\n"
        assert store.read(tree, "latin.py") == "# caf\xe9\nx = 2\n".encode("latin-1")
        assert store.read(repository.head, "open.py") == b"x = 1"
        store.close()

    @pytest.mark.parametrize(
        ("patch", "says"),
        [
            pytest.param("", "", id="empty"),
            pytest.param("hello\n", "No valid patches", id="prose"),
            pytest.param("--- a/pkg/text.py\n+++ b/pkg/text.py\n@@ -1 +1 @@\n-nothing of it\n+x\n", "pkg/text.py", id="other lines"),
            pytest.param("--- a/pkg/none.py\n+++ b/pkg/none.py\n@@ -1 +1 @@\n-a\n+b\n", "pkg/none.py", id="other file"),
            pytest.param("--- a/pkg/text.py\n+++ b/pkg/text.py\n@@ -1,9 +1,9 @@\n-cut", "", id="cut off"),
            pytest.param(adding("pkg/text.py"), "pkg/text.py", id="a file that is there"),
            pytest.param(adding("../../out.py"), "out.py", id="climbing out"),
            pytest.param(adding("pkg/../../out.py"), "out.py", id="climbing"),
            pytest.param(adding(".git/hooks/post-checkout", "100755"), ".git/hooks", id="into .git"),
            pytest.param(adding(".GIT/config"), ".GIT/config", id="into .GIT"),
            pytest.param(adding("pkg/.git/config"), ".git/config", id="into a .git below"),
            pytest.param("\ud800", "no text", id="surrogate"),
            pytest.param("\0" * 100, "", id="zeros"),
        ],
    )
    def test_refused(self, project: Project, store: Store, patch: str, says: str) -> None:
        """A patch that does not apply, or leads out of the tree, is refused in one line that says why."""
        with pytest.raises(PatchFails) as caught:
            store.applied(project.git("rev-parse", "HEAD"), patch)

        assert says in str(caught.value)
        assert str(caught.value)
        assert "\n" not in str(caught.value)

    @pytest.mark.parametrize(
        ("patch", "mode", "path"),
        [
            pytest.param(adding("link", "120000", "/etc/passwd\n\\ No newline at end of file\n"), "120000", "link", id="link"),
            pytest.param(adding("sub", "160000", f"Subproject commit {'1' * 40}\n"), "160000", "sub", id="submodule"),
            pytest.param(adding("etc/passwd", None), "100644", "etc/passwd", id="as diff writes it"),
            pytest.param(adding("etc/passwd", None).replace("b/etc", "/etc"), "100644", "etc/passwd", id="absolute"),
        ],
    )
    def test_shown_for_what_they_are(self, project: Project, store: Store, patch: str, mode: str, path: str) -> None:
        """Links and submodules apply and show as such in the difference, for the screen to refuse; a path stays inside the tree."""
        head = project.git("rev-parse", "HEAD")

        found = store.changes(head, store.applied(head, patch))

        assert modes(found) == [("A", "000000", mode, path)]

    def test_nothing_is_written_outside(self, project: Project, tmp_path: Path) -> None:
        """Whatever a patch says, applying it writes nothing but the store."""
        repository, store = opened(project)
        before = {path: rest for path, rest in contents(tmp_path).items() if not path.startswith("run/store/")}
        for path in ("../out.py", ".git/config", "/etc/autoloop-was-here", "pkg/new.py"):
            for mode in ("100644", "120000", None):
                with contextlib.suppress(PatchFails):
                    store.changes(repository.head, store.applied(repository.head, adding(path, mode)))

        assert {path: rest for path, rest in contents(tmp_path).items() if not path.startswith("run/store/")} == before
        assert not Path("/etc/autoloop-was-here").exists()
        store.close()


def test_read(project: Project) -> None:
    """Files of a revision are read as bytes, whatever their names."""
    names = {"line\nend": b"1", ":colon": b"2", "-n": b"", os.fsdecode(b"\xff"): bytes(range(256))}
    for name, content in names.items():
        project.write(name, content)
    project.commit()
    repository, store = opened(project)

    assert {name: store.read(repository.head, name) for name in names} == names
    store.close()


def test_tracked(project: Project) -> None:
    """Every file of a revision is listed with its mode."""
    project.write("run it", "").chmod(0o755)
    (project.top / "link").symlink_to("pkg")
    project.commit()
    repository, store = opened(project)

    assert store.tracked(repository.head) == [
        ("120000", "link"),
        ("100644", "pkg/__init__.py"),
        ("100644", "pkg/text.py"),
        ("100755", "run it"),
        ("100644", "tests/test_text.py"),
    ]
    store.close()


def test_store_leaves_no_traces(project: Project, tmp_path: Path) -> None:
    """To make trees, apply patches and take snapshots writes nothing into the user's repository."""
    before = contents(project.top)
    repository, store = opened(project)
    tree = store.snapshot(repository.head, edited(store, repository.head, tmp_path / "desk"))
    store.commit(repository.head, tree, "Not published\n")
    store.applied(repository.head, store.patch(repository.head, tree))
    store.fill(tree, tmp_path / "tree")

    assert contents(project.top) == before
    assert not list(store.folder.glob("index*")), "an index for each step would fill the disk"
    store.close()
    assert not store.folder.exists()
