from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.workspace.git import Change
from pytest_autoloop.workspace.git import PatchFails
from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import Store
from pytest_autoloop.workspace.git import identity
from pytest_autoloop.workspace.git import without_git_variables

from .projects import AUTHOR
from .projects import Project
from .projects import contents
from .projects import new_project

_FASTER = "def words(text):\n    return list(text.split())\n"


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
    (folder / "pkg" / "text.py").write_text(_FASTER)
    return folder


def kept(repository: Repository, store: Store, folder: Path, branch: str = "autoloop/one", parent: str | None = None) -> str:
    """Take an edit all the way to a commit on a branch of the user's."""
    tree = store.snapshot(parent or repository.head, edited(store, parent or repository.head, folder))
    commit = store.commit(parent or repository.head, tree, "Split faster\n\nAutoloop-Run: one\n")
    repository.publish(store, commit, branch)
    return commit


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


class TestVariables:
    """Variables that lead git elsewhere, as they are set inside its hooks."""

    @pytest.fixture
    def elsewhere(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
        """Another project, that every variable leads to."""
        other = new_project(tmp_path / "other" / "elsewhere")
        other.git("config", "user.name", "Somebody Else")
        (other.top / "loose.py").write_text("")
        for name, value in {
            "GIT_DIR": other.top / ".git",
            "GIT_WORK_TREE": other.top,
            "GIT_INDEX_FILE": other.top / ".git" / "index",
            "GIT_OBJECT_DIRECTORY": other.top / ".git" / "objects",
            "GIT_COMMON_DIR": other.top / ".git",
            "GIT_NAMESPACE": "elsewhere",
            "GIT_PREFIX": "tests/",
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": "core.bare",
            "GIT_CONFIG_VALUE_0": "true",
            "GIT_CEILING_DIRECTORIES": tmp_path,
        }.items():
            monkeypatch.setenv(name, str(value))
        return other

    def test_no_effect(self, project: Project, tmp_path: Path, elsewhere: Project) -> None:
        """A run is about the repository that it stands in, and leaves the other one alone."""
        before = contents(elsewhere.top)
        environ = dict(os.environ)

        assert identity(project.top) == AUTHOR
        with without_git_variables():
            repository, store = opened(project)
            assert repository.toplevel == project.top
            assert repository.status() == ([], [])
            commit = kept(repository, store, tmp_path / "desk")
            assert project.git("log", "-1", "--format=%H %an", "autoloop/one") == f"{commit} {AUTHOR[0]}"

        assert dict(os.environ) == environ
        assert contents(elsewhere.top) == before

    def test_put_back_after_an_error(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The user's variables are back afterwards, whatever happened."""
        monkeypatch.setenv("GIT_DIR", "x")

        def fail() -> None:
            assert "GIT_DIR" not in os.environ
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt), without_git_variables():
            fail()

        assert os.environ["GIT_DIR"] == "x"


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
        project.write("pkg/text.py", _FASTER)
        commit = project.commit("Split faster: it's żółć\n\nwith a body")
        project.git("checkout", "--quiet", "main")
        repository, store = opened(project)

        for name in (commit, commit[:10], "side", "refs/heads/side", "side^0"):
            patch, subject = repository.change_of(name)
            assert subject == "Split faster: it's żółć"
            assert store.read(store.applied(repository.head, patch), "pkg/text.py").decode() == _FASTER
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
        project.write("pkg/text.py", _FASTER)
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
        assert project.git("show", "autoloop/one:pkg/text.py") == _FASTER.rstrip("\n")
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


@pytest.fixture
def trap(tmp_path: Path) -> Path:
    """A program that tells on whoever runs it."""
    script = tmp_path / "trap"
    script.write_text(f'#!/bin/sh\necho "$0 $@" >> "{tmp_path}/caught"\ncat\n')
    script.chmod(0o755)
    return script


class TestNothingRuns:
    """Of what the user has told git to run, no call of ours runs anything."""

    _HOOKS = """
        applypatch-msg commit-msg fsmonitor-watchman post-applypatch post-checkout post-commit post-index-change post-merge post-receive
        post-rewrite post-update pre-applypatch pre-auto-gc pre-commit pre-merge-commit pre-push pre-rebase pre-receive prepare-commit-msg
        proc-receive push-to-checkout reference-transaction sendemail-validate update
    """

    def _everything(self, project: Project, tmp_path: Path) -> None:
        repository, store = opened(project)
        repository.ignored()
        repository.hide("/.autoloop/")
        assert repository.branch_exists("side")
        repository.change_of("side")
        store.fill(repository.head, tmp_path / "tree")
        store.applied(repository.head, store.patch(repository.head, f"{project.git('rev-parse', 'side')}^{{tree}}"))
        kept(repository, store, tmp_path / "desk")
        store.close()

    @pytest.mark.parametrize("where", ["in the repository", "for this repository", "for all"])
    def test_hooks(self, project: Project, tmp_path: Path, trap: Path, where: str) -> None:
        """No hook runs, wherever hooks lie."""
        folder = project.top / ".git" / "hooks" if where == "in the repository" else tmp_path / "hooks"
        folder.mkdir(exist_ok=True)
        for name in self._HOOKS.split():
            (folder / name).symlink_to(trap) if not (folder / name).exists() else None
        if where != "in the repository":
            project.git("config", *(["--global"] if where == "for all" else []), "core.hooksPath", str(folder))
        project.git("checkout", "--quiet", "-b", "side")
        project.write("pkg/text.py", _FASTER)
        project.git("commit", "--quiet", "-am", "Faster")
        project.git("checkout", "--quiet", "main")
        caught = tmp_path / "caught"
        assert "pre-commit" in caught.read_text(), "the hooks are there"
        caught.unlink()

        Repository(project.top).status()
        self._everything(project, tmp_path)

        assert not caught.exists()

    @pytest.mark.parametrize("scope", ["--local", "--global"])
    def test_programs(self, project: Project, tmp_path: Path, trap: Path, scope: str) -> None:
        """No file watcher runs, no filter, no diff program, no signer, no pager."""
        project.write(".gitattributes", "* filter=shout diff=shout\n")
        project.commit()
        project.git("checkout", "--quiet", "-b", "side")
        project.write("pkg/text.py", _FASTER)
        project.commit("Faster")
        signed = project.git("cat-file", "commit", "side").replace("\n\n", "\ngpgsig -----BEGIN PGP SIGNATURE-----\n -----END\n\n", 1)
        project.git("update-ref", "refs/heads/side", project.git("hash-object", "-t", "commit", "-w", "--stdin", data=signed.encode()))
        project.git("checkout", "--quiet", "main")
        programs = "filter.shout.clean filter.shout.smudge diff.shout.textconv diff.shout.command diff.external core.fsmonitor core.pager"
        for name in f"{programs} core.editor gpg.program core.sshCommand core.askPass".split():
            project.git("config", scope, name, str(trap))
        for name in ("commit.gpgSign", "tag.gpgSign", "log.showSignature", "filter.shout.required"):
            project.git("config", scope, name, "true")

        self._everything(project, tmp_path)

        assert not (tmp_path / "caught").exists()

    def test_file_watcher(self, project: Project, tmp_path: Path, trap: Path) -> None:
        """A look at the status, which goes by the user's configuration, starts no file watcher."""
        project.git("config", "core.fsmonitor", str(trap))

        assert Repository(project.top).status() == ([], [])

        assert not (tmp_path / "caught").exists()


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
        (home / "attributes").write_text("* text eol=crlf\n")
        project.git("config", "--global", "core.attributesFile", str(home / "attributes"))
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

        assert (tmp_path / "tree" / "pkg" / "text.py").read_text() == _FASTER
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
        desk.write("pkg/text.py", _FASTER)
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
        desk.write("pkg/text.py", _FASTER)
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
        desk.write("pkg/text.py", _FASTER)
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
        assert store.read(commit, "pkg/text.py").decode() == _FASTER
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
