from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import Store
from pytest_autoloop.workspace.git import identity

from .projects import AUTHOR
from .projects import FASTER
from .projects import Project
from .projects import contents
from .projects import kept
from .projects import opened


class TestOpening:
    """Finding the repository of a run."""

    def test_folder_without_repository(self, tmp_path: Path) -> None:
        """Outside a repository the remedy is named."""
        with pytest.raises(Refused, match="not in a git repository: run `git init`") as caught:
            Repository(tmp_path)
        assert caught.value.status == 4

    def test_folder_that_is_not_there(self, tmp_path: Path) -> None:
        """So it is for a folder that does not exist."""
        with pytest.raises(Refused, match="not in a git repository"):
            Repository(tmp_path / "nowhere")

    def test_bare(self, tmp_path: Path) -> None:
        """A bare repository has no files to start from."""
        subprocess.run(["git", "init", "--quiet", "--bare", str(tmp_path / "bare.git")], check=True)

        with pytest.raises(Refused, match="bare repository: run in a checkout"):
            Repository(tmp_path / "bare.git")

    def test_no_commit(self, tmp_path: Path) -> None:
        """A repository without a commit has no files to start from either."""
        subprocess.run(["git", "init", "--quiet", str(tmp_path / "new")], check=True)

        with pytest.raises(Refused, match="no commit yet: commit the project first"):
            Repository(tmp_path / "new")

    def test_top_and_head(self, project: Project) -> None:
        """The top of the repository and its last commit are found from any folder in it, also through a link."""
        link = project.top.parent / "link"
        link.symlink_to(project.top / "tests")

        for folder in (project.top, project.top / "tests", link):
            repository = Repository(folder)
            assert repository.toplevel == project.top
            assert repository.head == project.git("rev-parse", "HEAD")

    def test_detached(self, project: Project) -> None:
        """A checkout that is on no branch will do."""
        project.git("checkout", "--quiet", "--detach")

        assert Repository(project.top).head == project.git("rev-parse", "main")

    def test_somebody_elses(self, project: Project) -> None:
        """A repository that belongs to another user, as in many containers, opens: the user stands in it and asks for it."""
        if os.getuid() != 0:
            pytest.skip("only root can give a repository away")
        for root, folders, files in os.walk(project.top):
            for name in [".", *folders, *files]:
                os.lchown(Path(root, name), 12345, 12345)
        project.git("config", "--global", "--unset-all", "user.email")
        project.git("config", "--file", ".git/config", "user.email", "local@example.org")
        os.lchown(project.top / ".git" / "config", 12345, 12345)

        repository, store = opened(project)

        assert repository.status() == ([], [])
        assert identity(project.top) == (AUTHOR[0], "local@example.org")
        kept(repository, store, project.top.parent / "desk")
        assert repository.branch_exists("autoloop/one")

    def test_no_git(self, project: Project) -> None:
        """Where git is not installed, that is said."""
        code = "import sys; from pathlib import Path; from pytest_autoloop.workspace.git import Repository; Repository(Path(sys.argv[1]))"
        ran = subprocess.run(
            [sys.executable, "-c", code, str(project.top)], env={"PATH": "/nowhere"}, capture_output=True, text=True, check=False
        )

        last = ran.stderr.splitlines()[-1]
        assert "Refused: git is needed and was not found" in last
        assert "install git" in last


class TestIdentity:
    """Under whose name commits are made."""

    def test_configured(self, project: Project) -> None:
        """It is the user's own, of this repository before that of all."""
        assert identity(project.top) == AUTHOR
        project.git("config", "user.name", "Ada (of this project) Łovelace")
        assert identity(project.top / "pkg") == ("Ada (of this project) Łovelace", AUTHOR[1])

    def test_from_the_environment(self, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
        """Inside a hook git gives it by variables."""
        monkeypatch.setenv("GIT_AUTHOR_NAME", "Grace Hopper")
        monkeypatch.setenv("GIT_AUTHOR_EMAIL", "grace@example.org")

        assert identity(project.top) == ("Grace Hopper", "grace@example.org")

    def test_none(self, project: Project) -> None:
        """Without one the remedy is named."""
        project.git("config", "--global", "--remove-section", "user")
        project.git("config", "--global", "user.useConfigOnly", "true")

        with pytest.raises(Refused, match=r"git does not know who you are: run `git config user\.name"):
            identity(project.top)


class TestStatus:
    """What a fresh tree would lack."""

    def test_kinds(self, project: Project) -> None:
        """Changed, staged, deleted and renamed files are changes; files that git does not know are told apart."""
        for name in ("staged.py", "gone.py", "old.py"):
            project.write(name, f"# {name}\n" * 5)
        project.commit()
        project.write("pkg/text.py", "")
        project.write("staged.py", "")
        project.write("added.py", "")
        project.git("add", "staged.py", "added.py")
        (project.top / "gone.py").unlink()
        project.git("mv", "old.py", "new.py")
        project.write("loose/deep.py", "")

        changed, untracked = Repository(project.top).status()

        assert set(changed) == {"pkg/text.py", "staged.py", "added.py", "gone.py", "old.py", "new.py"}
        assert untracked == ["loose/deep.py"]

    def test_odd_names(self, project: Project) -> None:
        """Names come as they are: spaces, line ends, quotes, other scripts, bytes that are no text, a leading dash."""
        names = {" a b ", "line\nend", '"quoted"', "żółć 😀", os.fsdecode(b"\xff\xfe"), "-n", "->", "??", "tab\t"}
        for name in names:
            project.write(name, "")

        assert set(Repository(project.top).status()[1]) == names

    def test_ignored_files(self, project: Project, home: Path) -> None:
        """What the user's git ignores is neither changed nor unknown: by the project's file, their own two, or the repository's list."""
        (home / ".config" / "git").mkdir(parents=True)
        (home / "ignore").write_text("*.mine\n")
        project.git("config", "--global", "core.excludesFile", str(home / "ignore"))
        (project.top / ".git" / "info" / "exclude").write_text("*.listed\n")
        project.write(".gitignore", "*.project\nbuild/\n")
        project.commit()
        for name in ("a.mine", "a.listed", "a.project", "build/x.so"):
            project.write(name, "")

        repository = Repository(project.top)

        assert repository.status() == ([], [])
        assert set(repository.ignored()) == {"a.mine", "a.listed", "a.project", "build/"}

    @pytest.mark.parametrize(
        "setting", ["status.showUntrackedFiles=no", "status.relativePaths=true", "status.short=true", "status.branch=true"]
    )
    def test_settings_of_status(self, project: Project, setting: str) -> None:
        """How the user likes their own status does not matter, nor the folder they stand in."""
        project.git("config", "--global", *setting.split("="))
        project.write("tests/loose.py", "")

        assert Repository(project.top / "tests").status() == ([], ["tests/loose.py"])

    def test_index_is_not_written(self, project: Project) -> None:
        """A look at the status leaves git's index as it is, also when git would like to refresh it."""
        os.utime(project.top / "pkg" / "text.py", (1, 1))
        before = contents(project.top)

        assert Repository(project.top).status() == ([], [])

        assert contents(project.top) == before


class TestHide:
    """The one line in ``info/exclude``."""

    def test_once(self, project: Project) -> None:
        """The line is there once, however often it is asked for, and does what it is for."""
        repository = Repository(project.top)
        before = (project.top / ".git" / "info" / "exclude").read_bytes()
        repository.hide("/.autoloop/")
        repository.hide("/.autoloop/")
        Repository(project.top / "pkg").hide("/.autoloop/")
        project.write(".autoloop/runs/one/ledger.jsonl", "")

        assert (project.top / ".git" / "info" / "exclude").read_bytes() == before + b"/.autoloop/\n"
        assert repository.status() == ([], [])

    def test_what_was_there(self, project: Project) -> None:
        """What the user had there stays, byte by byte: other encodings, other line ends, a last line without an end."""
        exclude = project.top / ".git" / "info" / "exclude"
        exclude.write_bytes(b"caf\xe9.txt\r\n*.tmp")

        Repository(project.top).hide("/.autoloop/")

        assert exclude.read_bytes() == b"caf\xe9.txt\r\n*.tmp\n/.autoloop/\n"

    def test_nothing_was_there(self, project: Project) -> None:
        """The file and its folder are made if need be."""
        (project.top / ".git" / "info" / "exclude").unlink()
        (project.top / ".git" / "info").rmdir()

        Repository(project.top).hide("/.autoloop/")

        assert (project.top / ".git" / "info" / "exclude").read_bytes() == b"/.autoloop/\n"


class TestBranches:
    """Names of branches."""

    @pytest.mark.parametrize("name", ["a b", "-x", "a..b", "a.lock", "", "/a", "a~1", "a:b", "@{-1}", "HEAD", "a\nb", "refs/../x", "--all"])
    def test_invalid(self, project: Project, name: str) -> None:
        """A name that can be no branch's is refused, and named."""
        project.git("checkout", "--quiet", "-b", "second")

        with pytest.raises(Refused, match="no valid branch name: choose another with --autoloop-branch"):
            Repository(project.top).branch_exists(name)

    def test_taken(self, project: Project) -> None:
        """Only a branch counts as one, and not a tag or a commit."""
        project.git("branch", "taken/one")
        project.git("tag", "tagged")
        repository = Repository(project.top)

        assert repository.branch_exists("taken/one")
        assert repository.branch_exists("main")
        assert not repository.branch_exists("tagged")
        assert not repository.branch_exists("taken/two")
        assert not repository.branch_exists("żółć")
        assert not repository.branch_exists(repository.head)

    @pytest.mark.parametrize("name", ["main/faster", "main/a/b", "taken"])
    def test_in_the_way(self, project: Project, name: str) -> None:
        """A branch cannot lie below another, nor above one: that shows before hours of work, not after."""
        project.git("branch", "taken/one")

        with pytest.raises(Refused, match="is in the way: choose another with --autoloop-branch"):
            Repository(project.top).branch_exists(name)


class TestChangeOf:
    """The change that a commit or a branch stands for."""

    def test_commit(self, project: Project) -> None:
        """A commit on HEAD's child stands for its difference, and its subject is told."""
        project.git("checkout", "--quiet", "-b", "side")
        project.write("pkg/text.py", FASTER)
        project.write("pkg/table", bytes(range(256)))
        commit = project.commit("Split faster: it's żółć\n\nwith a body")
        project.git("checkout", "--quiet", "main")
        repository, store = opened(project)

        for name in (commit, commit[:10], "side", "refs/heads/side", "side^0"):
            patch, subject = repository.change_of(name)
            assert subject == "Split faster: it's żółć"
            tree = store.applied(repository.head, patch)
            assert store.read(tree, "pkg/text.py").decode() == FASTER
            assert store.read(tree, "pkg/table") == bytes(range(256))
        store.close()

    def test_branch_of_several_commits(self, project: Project) -> None:
        """A branch stands for all that it changed since it left HEAD's line, and nothing that HEAD has changed since."""
        project.git("checkout", "--quiet", "-b", "side")
        project.write("pkg/one.py", "1\n")
        project.commit("One")
        project.write("pkg/two.py", "2\n")
        project.commit("Two")
        project.git("checkout", "--quiet", "main")
        project.write("pkg/main.py", "3\n")
        project.commit("On main")
        repository, store = opened(project)

        patch, subject = repository.change_of("side")
        changes = store.changes(repository.head, store.applied(repository.head, patch))

        assert [(change.status, change.path) for change in changes] == [("A", "pkg/one.py"), ("A", "pkg/two.py")]
        assert subject == "Two"
        store.close()

    @pytest.mark.parametrize(
        "name", ["nowhere", "--output=x", "-x", "", "HEAD:pkg/text.py", "HEAD^{tree}", "a\nb", "--all", "HEAD..HEAD", "^HEAD"]
    )
    def test_no_commit(self, project: Project, name: str) -> None:
        """What names no commit is refused, also if it looks like an option, and nothing is written."""
        before = contents(project.top)

        with pytest.raises(Refused, match="neither a patch file nor a commit that shares history with HEAD"):
            Repository(project.top).change_of(name)

        assert contents(project.top) == before

    def test_no_common_history(self, project: Project) -> None:
        """Neither is a commit whose line never met HEAD's."""
        project.git("checkout", "--quiet", "--orphan", "island")
        project.commit("Alone")
        project.git("checkout", "--quiet", "main")

        with pytest.raises(Refused, match="shares history with HEAD"):
            Repository(project.top).change_of("island")

    @pytest.mark.parametrize(
        "setting",
        [
            "diff.noprefix=true",
            "diff.mnemonicPrefix=true",
            "diff.srcPrefix=x/",
            "diff.renames=copies",
            "diff.context=0",
            "diff.external=false",
            "diff.relative=true",
            "diff.orderFile=nowhere",
            "diff.submodule=log",
            "color.ui=always",
            "log.showSignature=true",
            "i18n.logOutputEncoding=latin1",
            "core.quotePath=false",
            "core.pager=false",
        ],
    )
    def test_settings_of_diff(self, project: Project, setting: str) -> None:
        """How the user likes their diffs and logs has no influence on what is judged."""
        project.git("checkout", "--quiet", "-b", "side")
        project.write("pkg/text.py", FASTER)
        project.write("pkg/żółć.py", "x = 1\n")
        project.commit("Łatwo")
        project.git("checkout", "--quiet", "main")
        name, _, value = setting.partition("=")
        project.git("config", name, value)
        repository, store = opened(project)

        patch, subject = Repository(project.top / "tests").change_of("side")

        assert subject == "Łatwo"
        changes = store.changes(repository.head, store.applied(repository.head, patch))
        assert [(change.status, change.path) for change in changes] == [("M", "pkg/text.py"), ("A", "pkg/żółć.py")]
        store.close()


class TestPublish:
    """The way of a commit into the user's repository."""

    def test_commit(self, project: Project, tmp_path: Path) -> None:
        """A kept commit has the incumbent as its parent, the user as author and committer, its message with trailers, the edited files."""
        repository, store = opened(project)

        commit = kept(repository, store, tmp_path / "desk")

        form = "%P|%an|%ae|%cn|%ce|%s|%(trailers:key=Autoloop-Run,valueonly,separator=)"
        assert project.git("log", "-1", f"--format={form}", "autoloop/one") == "|".join(
            [repository.head, *AUTHOR, *AUTHOR, "Split faster", "one"]
        )
        assert project.git("rev-parse", "autoloop/one") == commit
        assert project.git("show", "autoloop/one:pkg/text.py") == FASTER.rstrip("\n")
        assert project.git("diff", "--stat", "main", "autoloop/one", "--", "tests") == ""
        assert project.git("fsck", "--strict") == ""
        store.close()

    def test_message_as_it_is(self, project: Project, store: Store) -> None:
        """A message is not edited by git: no comment taken out, no line end added, no encoding guessed."""
        head = project.git("rev-parse", "HEAD")
        message = "# Łatwo\n\n# not a comment\n\n\n  indented\nScissors: # ------ >8 ------\n"

        commit = store.commit(head, f"{head}^{{tree}}", message)

        raw = store._call("cat-file", "commit", commit)
        assert raw.partition("\n\n")[2] == message

    def test_names_of_authors(self, project: Project, tmp_path: Path) -> None:
        """A name may have letters of any script, and quotes."""
        repository = Repository(project.top)
        store = Store(tmp_path / "s", repository, ('Łukasz "Luc" O\'Neil', "l@example.org"))

        commit = store.commit(repository.head, f"{repository.head}^{{tree}}", "x\n")
        repository.publish(store, commit, "x")

        assert project.git("log", "-1", "--format=%an <%ae>", "x") == 'Łukasz "Luc" O\'Neil <l@example.org>'
        store.close()

    def test_nothing_else_changes(self, project: Project, tmp_path: Path) -> None:
        """The user's files, index, HEAD, configuration, hooks and other references are the same byte by byte, before and after."""
        project.git("branch", "other")
        project.git("tag", "v1")
        project.git("update-ref", "refs/remotes/origin/main", "HEAD")
        project.git("config", "fetch.prune", "true")
        project.git("config", "fetch.pruneTags", "true")
        project.git("config", "fetch.writeCommitGraph", "true")
        project.git("config", "remote.origin.url", str(tmp_path / "nowhere"))
        project.write("loose.txt", "not committed\n")
        project.write("pkg/text.py", "also not committed\n")
        project.git("add", "pkg/text.py")
        repository, store = opened(project)
        before = contents(project.top)

        first = kept(repository, store, tmp_path / "one")
        kept(repository, store, tmp_path / "two", parent=first)

        ours = (".git/objects/", ".git/refs/heads/autoloop", ".git/logs/refs/heads/autoloop")
        after = {path: rest for path, rest in contents(project.top).items() if not path.startswith(ours)}
        assert after == {path: rest for path, rest in before.items() if not path.startswith(".git/objects/")}
        assert project.git("rev-list", "--count", "main..autoloop/one") == "2"
        objects = {path for path in contents(project.top / ".git" / "objects") if path.startswith("info/")}
        assert not any("commit-graph" in path for path in objects)
        store.close()

    def test_only_forward(self, project: Project, tmp_path: Path) -> None:
        """If somebody else has moved the branch, it stays as they left it, and the run is told so."""
        repository, store = opened(project)
        kept(repository, store, tmp_path / "one")
        project.git("update-ref", "refs/heads/autoloop/one", project.git("commit-tree", "-m", "Mine", "HEAD^{tree}"))
        mine = project.git("rev-parse", "autoloop/one")

        with pytest.raises(Refused, match="autoloop/one"):
            kept(repository, store, tmp_path / "two")

        assert project.git("rev-parse", "autoloop/one") == mine
        store.close()

    @pytest.mark.parametrize("where", ["here", "in another worktree"])
    def test_checked_out(self, project: Project, tmp_path: Path, where: str) -> None:
        """If the user has checked the branch out meanwhile, their files and HEAD stay as they are, and the remedy is named."""
        repository, store = opened(project)
        first = kept(repository, store, tmp_path / "one")
        if where == "here":
            project.git("checkout", "--quiet", "autoloop/one")
        else:
            project.git("worktree", "add", "--quiet", str(tmp_path / "look"), "autoloop/one")

        with pytest.raises(Refused, match=r"autoloop/one.*checked out"):
            kept(repository, store, tmp_path / "two", parent=first)

        assert project.git("rev-parse", "autoloop/one") == first
        assert project.git("status", "--porcelain") == ""
        store.close()

    def test_in_the_way(self, project: Project, tmp_path: Path) -> None:
        """A branch that came to be in the way is named."""
        repository, store = opened(project)
        project.git("branch", "autoloop")

        with pytest.raises(Refused, match="autoloop/one"):
            kept(repository, store, tmp_path / "one")
        store.close()

    def test_step_by_step(self, project: Project, tmp_path: Path) -> None:
        """A commit is there before any branch knows it, and stays there without the store it came from; then the branch moves."""
        repository, store = opened(project)
        commit = store.commit(repository.head, f"{repository.head}^{{tree}}", "x\n")
        before = project.git("for-each-ref"), sorted(path for path in contents(project.top) if not path.startswith(".git/objects/"))
        assert not repository.has(commit)

        repository.take(store, commit)
        store.close()

        assert repository.has(commit)
        assert repository.tip("x") is None
        assert before == (
            project.git("for-each-ref"),
            sorted(path for path in contents(project.top) if not path.startswith(".git/objects/")),
        )
        # Another process, much later, has a store of its own.
        again = Store(tmp_path / "again", repository, AUTHOR)
        repository.publish(again, commit, "x")
        assert repository.tip("x") == commit
        assert repository.tip("x*") is None
        again.close()
