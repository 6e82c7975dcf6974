"""The user's repository and the judge's own store beside it: all of git that the project needs.

The user's repository is only read, but for one line in ``info/exclude`` and the run's branch. Everything in between happens in a *store*:
a bare repository in the run's temporary folder that borrows the user's objects and knows nothing of their configuration, hooks or
filters.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from ..experiment import Refused

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping

_QUIET = {
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": os.devnull,
}
# No hook, no file watcher, no signature: nothing but git runs.
_OPTIONS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "protocol.file.allow=user",
    "submodule.recurse=false",
    "commit.gpgsign=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "fetch.writeCommitGraph=false",
)
# The same for calls that go by the user's own configuration, since what they ignore counts.
_QUIET_AS_USER = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0"}
_OPTIONS_AS_USER = ("core.fsmonitor=false",)


class PatchFails(Exception):
    """A patch does not apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One line of a raw difference: status letter, old and new mode, path, and the new content's id."""

    status: str
    old_mode: str
    new_mode: str
    path: str
    blob: str


@contextlib.contextmanager
def without_git_variables() -> Iterator[None]:
    """Take ``GIT_*`` out of the environment: inside a git hook they would redirect every call."""
    taken = {name: os.environ.pop(name) for name in list(os.environ) if name.startswith("GIT_")}
    try:
        yield
    finally:
        os.environ.update(taken)


def _import_git() -> Any:
    try:
        import git
    except ImportError as error:
        raise Refused(f"git is needed and was not found ({error.args[0].splitlines()[0]}): install git, or put it on PATH") from None
    return git


class _Caller:
    """Runs git in one folder, hardened, through GitPython. The folder may be somebody else's, as in many containers."""

    def __init__(self, folder: Path, options: Iterable[str] = _OPTIONS, env: Mapping[str, str] = _QUIET) -> None:
        self._git = _import_git()
        self._call = self._git.Git(str(folder))
        self._options = [part for option in (*options, f"safe.directory={folder}") for part in ("-c", option)]
        self._env = env

    def __call__(self, *args: str, env: Mapping[str, str] | None = None, data: bytes | None = None) -> str:
        return self.bytes(*args, env=env, data=data).decode("utf-8", "surrogateescape")

    def bytes(self, *args: str, env: Mapping[str, str] | None = None, data: bytes | None = None) -> bytes:
        """Run git and return what it prints, as it prints it."""
        with contextlib.ExitStack() as stack:
            source = None
            if data is not None:
                source = stack.enter_context(tempfile.TemporaryFile())
                source.write(data)
                source.seek(0)
            command = ["git", *self._options, *args]
            output: bytes = self._call.execute(
                command, istream=source, env={**self._env, **(env or {})}, stdout_as_string=False, strip_newline_in_stdout=False
            )
            return output

    @property
    def failed(self) -> type[Exception]:
        """The exception of a git call that fails."""
        return self._git.GitCommandError  # type: ignore[no-any-return]


def _reason(error: Exception) -> str:
    """Return the first line of what a failed git call said."""
    text = str(getattr(error, "stderr", "")).strip().removeprefix("stderr: ").strip("'\n ")
    return text.splitlines()[0] if text else ""


class Repository:
    """The user's repository."""

    def __init__(self, folder: Path) -> None:
        """Open the repository that ``folder`` lies in. Raises `Refused` where there is none that a run can start from."""
        git = _import_git()
        try:
            repo = git.Repo(folder.resolve(), search_parent_directories=True)
        except (git.InvalidGitRepositoryError, git.NoSuchPathError):
            raise Refused(f"{folder} is not in a git repository: run `git init`, add the project and commit it") from None
        with repo:
            if repo.working_tree_dir is None:
                raise Refused(f"{folder} is a bare repository: run in a checkout")
            self.toplevel = Path(repo.working_tree_dir).resolve()
            self._call = _Caller(self.toplevel)
            self._call_as_user = _Caller(self.toplevel, _OPTIONS_AS_USER, _QUIET_AS_USER)
            try:
                self.head = self._call("rev-parse", "--verify", "HEAD^{commit}").strip()
            except self._call.failed:
                raise Refused("the repository has no commit yet: commit the project first") from None
            self.objects = self._path("objects")
            self.shallow = self._path("shallow")
            self._exclude = self._path("info/exclude")

    def _path(self, name: str) -> Path:
        return self.toplevel / self._call("rev-parse", "--git-path", name).removesuffix("\n")

    def status(self) -> tuple[list[str], list[str]]:
        """Return the tracked files with uncommitted changes, and the files that are neither tracked nor ignored."""
        text = self._call_as_user("status", "--porcelain=v1", "-z", "--untracked-files=all", "--no-renames")
        entries = [entry for entry in text.split("\0") if entry]
        changed = [entry[3:] for entry in entries if not entry.startswith("??")]
        return changed, [entry[3:] for entry in entries if entry.startswith("??")]

    def ignored(self) -> list[str]:
        """Return the ignored files and folders that exist: what a fresh tree lacks."""
        text = self._call_as_user("ls-files", "--others", "--ignored", "--exclude-standard", "--directory", "-z")
        return [entry for entry in text.split("\0") if entry]

    def change_of(self, revision: str) -> tuple[str, str]:
        """Return the patch that leads from where ``revision`` left HEAD's line to it, and its subject.

        Raises `Refused` if there is no such commit.
        """
        try:
            commit = self._call("rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()
            base = self._call("merge-base", self.head, commit).strip()
        except self._call.failed:
            raise Refused(f"{revision!r} is neither a patch file nor a commit that shares history with HEAD") from None
        # Plumbing, since `git diff` writes paths and contexts the way the user likes them, and `git show` may run gpg.
        patch = self._call("diff-tree", "-p", "--binary", "--full-index", *_PLAIN, base, commit)
        _, _, subject = self._call("rev-list", "--max-count=1", "--encoding=UTF-8", "--format=%s", commit).partition("\n")
        return patch, subject.strip()

    def hide(self, pattern: str) -> None:
        """Add a line to ``info/exclude``, once."""
        known = self._exclude.read_bytes() if self._exclude.exists() else b""
        line = pattern.encode()
        if line not in known.splitlines():
            self._exclude.parent.mkdir(parents=True, exist_ok=True)
            with self._exclude.open("ab") as file:
                file.write((b"\n" if known and not known.endswith(b"\n") else b"") + line + b"\n")

    def control_places(self) -> tuple[Path, ...]:
        """Return the files and folders that say what git does and runs here, whether they exist or not."""
        common, own = (self.toplevel / self._call("rev-parse", name).removesuffix("\n") for name in ("--git-common-dir", "--git-dir"))
        # Where the user's own configuration has the hooks; one keeps scripts that call those that count in a folder below these.
        hooks = self.toplevel / self._call_as_user("rev-parse", "--git-path", "hooks").removesuffix("\n")
        hooks = hooks.parent if hooks.name == "_" else hooks
        places = (common / "config", common / "hooks", hooks, common / "info", own / "config.worktree", own / "info")
        return tuple(dict.fromkeys(place.resolve() for place in places))

    def references(self) -> dict[str, str]:
        """Return what HEAD and every reference point to."""
        lines = self._call("for-each-ref", "--format=%(refname) %(objectname)").splitlines()
        head = self._call("rev-parse", "--symbolic-full-name", "HEAD").strip(), self._call("rev-parse", "HEAD").strip()
        return {"HEAD": " ".join(head), **dict(line.split(" ", 1) for line in lines)}

    def branch_exists(self, branch: str) -> bool:
        """Return whether there is a branch of this name. Raises `Refused` if there can be none."""
        try:
            # What is valid comes back as it is, but for shorthands such as @{-1}.
            valid = self._call("check-ref-format", "--branch", branch).removesuffix("\n") == branch
        except self._call.failed:
            valid = False
        if not valid:
            raise Refused(f"{branch!r} is no valid branch name: choose another with --autoloop-branch")
        heads = self._call("for-each-ref", "--format=%(refname:lstrip=2)", "refs/heads").split("\n")
        for head in filter(None, heads):
            if branch.startswith(f"{head}/") or head.startswith(f"{branch}/"):
                raise Refused(f"{branch!r} cannot be a branch, {head!r} is in the way: choose another with --autoloop-branch")
        return branch in heads

    def tip(self, branch: str) -> str | None:
        """Return the commit that a branch is at, or None if there is no such branch."""
        try:
            return self._call("rev-parse", "--verify", "--quiet", f"refs/heads/{branch}^{{commit}}").strip()
        except self._call.failed:
            return None

    def has(self, commit: str) -> bool:
        """Return whether a commit is in the repository, on a branch or not."""
        try:
            self._call("cat-file", "-e", f"{commit}^{{commit}}")
        except self._call.failed:
            return False
        return True

    def take(self, store: Store, commit: str) -> None:
        """Bring a commit of the store into the user's repository, without any reference to it: no branch moves."""
        store.mark(commit)
        self._call("fetch", *_QUIET_FETCH, str(store.folder), _MARK)

    def publish(self, store: Store, commit: str, branch: str) -> None:
        """Make a commit that was taken from the store the new end of ``branch``.

        Raises `Refused` if somebody else has moved the branch, or has it checked out.
        """
        store.mark(commit)
        try:
            self._call("fetch", *_QUIET_FETCH, str(store.folder), f"{_MARK}:refs/heads/{branch}")
        except self._call.failed as error:
            why = _reason(error) or "it is not where this run left it"
            raise Refused(f"git did not take {commit} into the branch {branch!r} ({why}): leave it alone while a run goes on") from None


_MARK = "refs/heads/incumbent"
_QUIET_FETCH = ("--quiet", "--no-tags", "--no-write-fetch-head", "--no-auto-gc", "--no-recurse-submodules")
_PLAIN = ("--no-ext-diff", "--no-textconv", "--no-color", "--no-renames")
_IDENTITY = ("GIT_AUTHOR_", "GIT_CONFIG_GLOBAL", "GIT_CONFIG_SYSTEM", "GIT_CONFIG_NOSYSTEM")


def identity(folder: Path) -> tuple[str, str]:
    """Return name and mail address that commits are made under, as the user configured them. Raises `Refused` without."""
    given = {name: value for name, value in os.environ.items() if name.startswith(_IDENTITY)}
    call = _Caller(folder, ("safe.directory=*",), given)
    try:
        with without_git_variables():
            text = call("var", "GIT_AUTHOR_IDENT")
    except call.failed:
        raise Refused("git does not know who you are: run `git config user.name NAME` and `git config user.email ADDRESS`") from None
    name, _, rest = text.partition(" <")
    return name, rest.partition(">")[0]


class Store:
    """The judge's own git: a bare repository that borrows the user's objects."""

    def __init__(self, folder: Path, repository: Repository, author: tuple[str, str]) -> None:
        """Make the store in the empty folder ``folder``; its commits will be ``author``'s (name, mail address)."""
        folder.mkdir(parents=True)
        self.folder = folder
        kind = repository._call("rev-parse", "--show-object-format").strip()
        self._call = _Caller(folder)
        self._call("init", "--quiet", "--bare", f"--object-format={kind}", "--template=", str(folder))
        (folder / "objects" / "info").mkdir(parents=True, exist_ok=True)
        (folder / "objects" / "info" / "alternates").write_bytes(os.fsencode(repository.objects.resolve()) + b"\n")
        # What running tests in a tree leaves behind is no proposal.
        (folder / "info").mkdir(exist_ok=True)
        (folder / "info" / "exclude").write_text("__pycache__/\n*.py[co]\n.pytest_cache/\n.benchmarks/\n.hypothesis/\n")
        if repository.shallow.exists():
            (folder / "shallow").write_bytes(repository.shallow.read_bytes())
        self._author = author
        self._indices = 0

    def close(self) -> None:
        """Delete the store."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @contextlib.contextmanager
    def _index(self, revision: str) -> Iterator[dict[str, str]]:
        """Hold a revision in an index of its own, and yield the variables that name it."""
        self._indices += 1
        path = self.folder / f"index-{self._indices}"
        env = {"GIT_INDEX_FILE": str(path)}
        try:
            self._call("read-tree", revision, env=env)
            yield env
        finally:
            # In a large project an index takes megabytes, and there are several for each experiment.
            path.unlink(missing_ok=True)

    def fill(self, revision: str, folder: Path) -> None:
        """Write the files of a revision into ``folder``, as a checkout gives them, without a ``.git``.

        Raises `Refused` if the user's repository does not hold them all.
        """
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with self._index(revision) as env:
                self._call("--work-tree", str(folder), "checkout-index", "--all", f"--prefix={folder}/", env=env)
        except self._call.failed as error:
            why = _reason(error)
            raise Refused(
                f"git cannot write all files of {revision} ({why}): in a partial clone run `git sparse-checkout disable`"
            ) from None

    def applied(self, revision: str, patch: str) -> str:
        """Apply a patch to a revision and return the resulting tree's id. Raises `PatchFails`."""
        try:
            data = patch.encode("utf-8", "surrogateescape")
        except UnicodeEncodeError:
            raise PatchFails("it is no text") from None
        with self._index(revision) as env:
            try:
                self._call("apply", "--cached", "--whitespace=nowarn", "-", env=env, data=data)
            except self._call.failed as error:
                raise PatchFails(_reason(error) or "git apply refused it") from None
            return self._call("write-tree", env=env).strip()

    def snapshot(self, revision: str, folder: Path) -> str:
        """Return the id of the tree that ``folder`` holds now, whatever commits were made in it: new files count, ignored ones do not.

        Raises `PatchFails` if git cannot take in what is there.
        """
        with self._index(revision) as env:
            try:
                self._call("--work-tree", str(folder), "add", "--all", "--", ".", env=env)
            except self._call.failed as error:
                raise PatchFails(_reason(error) or "git add refused it") from None
            return self._call("write-tree", env=env).strip()

    def changes(self, revision: str, tree: str) -> list[Change]:
        """Return the raw difference between a revision and a tree."""
        text = self._call("diff-tree", "-r", "-z", "--raw", "--no-renames", "--full-index", f"{revision}^{{tree}}", tree)
        fields = text.split("\0")
        found = []
        for meta, path in zip(fields[::2], fields[1::2], strict=False):
            old_mode, new_mode, _, blob, status = meta.lstrip(":").split(" ")
            found.append(Change(status=status, old_mode=old_mode, new_mode=new_mode, path=path, blob=blob))
        return found

    def tracked(self, revision: str) -> list[tuple[str, str]]:
        """Return mode and path of every file of a revision."""
        text = self._call("ls-tree", "-r", "-z", "--full-tree", revision)
        entries = [entry.partition("\t") for entry in text.split("\0") if entry]
        return [(meta.split(" ")[0], path) for meta, _, path in entries]

    def overwritten(self, tree: str, folder: Path) -> frozenset[str]:
        """Return the files of a tree that ``folder`` no longer holds as they were. Whatever came on top does not count."""
        plain = ("--name-only", "-z", "--ignore-submodules=all", *_PLAIN)
        try:
            with self._index(tree) as env:
                text = self._call("--work-tree", str(folder), "diff", *plain, env=env)
        except self._call.failed:
            # Not even the folder is left.
            return frozenset(path for _, path in self.tracked(tree))
        return frozenset(path for path in text.split("\0") if path)

    def patch(self, revision: str, tree: str) -> str:
        """Return the difference between a revision and a tree as a patch."""
        return self._call("diff-tree", "-p", "--binary", "--full-index", *_PLAIN, f"{revision}^{{tree}}", tree)

    def read(self, revision: str, path: str) -> bytes:
        """Return the content of a file in a revision or tree."""
        return self._call.bytes("cat-file", "blob", f"{revision}:{path}")

    def commit(self, parent: str, tree: str, message: str) -> str:
        """Make a commit object of ``tree`` on ``parent`` and return its id. No hook runs, no file is touched."""
        name, mail = self._author
        now = f"@{int(time.time())} +0000"
        env = {"GIT_AUTHOR_NAME": name, "GIT_AUTHOR_EMAIL": mail, "GIT_AUTHOR_DATE": now}
        env |= {"GIT_COMMITTER_NAME": name, "GIT_COMMITTER_EMAIL": mail, "GIT_COMMITTER_DATE": now}
        return self._call("commit-tree", tree, "-p", parent, env=env, data=message.encode()).strip()

    def mark(self, commit: str) -> None:
        """Point the store's own reference at a commit, so that it can be fetched."""
        self._call("update-ref", _MARK, commit)

    def seed(self, revision: str, folder: Path) -> None:
        """Make a small repository of its own in ``folder``: a work tree at ``revision`` with one commit, for agents that want git."""
        self.fill(revision, folder)
        call = _Caller(folder)
        call("init", "--quiet", "--template=", str(folder))
        call("add", "--all", "--force", "--", ".")
        who = {"GIT_AUTHOR_NAME": "autoloop", "GIT_AUTHOR_EMAIL": "autoloop@localhost"}
        who |= {"GIT_COMMITTER_NAME": "autoloop", "GIT_COMMITTER_EMAIL": "autoloop@localhost"}
        call("commit", "--quiet", "--allow-empty", "--no-verify", "-m", "The incumbent", env=who)
