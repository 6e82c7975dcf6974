from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.git import Repository
from pytest_autoloop.workspace.git import identity
from pytest_autoloop.workspace.git import without_git_variables

from .projects import AUTHOR
from .projects import FASTER
from .projects import Project
from .projects import contents
from .projects import kept
from .projects import new_project
from .projects import opened

if TYPE_CHECKING:
    from pathlib import Path


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
        project.write("pkg/text.py", FASTER)
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
        project.write("pkg/text.py", FASTER)
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
