"""A small real project in a git repository, and pytest run in it as a person runs it."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import secrets
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from dataclasses import field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence


# The plugins by name and no others: what else is installed makes no difference to these tests, and children start faster.
PLUGINS = ("-p", "autoloop", "-p", "benchmark")
WHO = {"NAME": "Ada", "EMAIL": "ada@example.org"}
# A name that children get to see.
_MARK = "PYTEST_TESTS_MARK"

FILES = {
    "pyproject.toml": """\
[tool.pytest.ini_options]
testpaths = ["tests"]
pythonpath = ["src"]
""",
    ".gitignore": "__pycache__/\n.pytest_cache/\n",
    "src/demo/__init__.py": '''\
"""Numbers."""


def total(n):
    """Return the sum of the squares below n."""
    result = 0
    for number in range(n):
        result += number * number
    return result
''',
    "src/demo/text.py": '''\
"""Words."""


def join(words):
    """Return the words, a comma behind each."""
    out = ""
    for word in words:
        out = out + word + ","
    return out
''',
    "tests/test_demo.py": """\
from demo import total
from demo.text import join


def test_total():
    assert total(4) == 14


def test_join():
    assert join(["a", "b"]) == "a,b,"
""",
    "tests/test_bench.py": """\
from demo import total


def test_bench_total(benchmark):
    assert benchmark(total, 8000) == 170634668000
""",
}
# A benchmark that is there but does not run: with it a baseline runs to its end, and then there is nothing to optimise.
IDLE = {"tests/test_idle.py": "import pytest\n\n\n@pytest.mark.skip\ndef test_idle(benchmark):\n    benchmark(int)\n"}


@dataclass
class Project:
    """A git repository with a package, its tests and one cheap benchmark."""

    path: Path
    mark: str = field(default_factory=lambda: secrets.token_hex(8))

    @property
    def temporary(self) -> Path:
        """The folder for temporary files of everything that runs here."""
        return self.path.parent / "tmp"

    @property
    def environ(self) -> dict[str, str]:
        """A person's environment: a home without git configuration, an identity, and nothing of the pytest around."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "GIT_", "COV_"))}
        who = {f"GIT_{role}_{what}": WHO[what] for role in ("AUTHOR", "COMMITTER") for what in WHO}
        home = self.path.parent / "home"
        for folder in (home, self.temporary):
            folder.mkdir(exist_ok=True)
        ours = {"HOME": str(home), "TMPDIR": str(self.temporary), _MARK: self.mark, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
        return {**kept, **who, **ours, "COLUMNS": "160", "XDG_CONFIG_HOME": str(home)}

    def write(self, files: Mapping[str, str]) -> None:
        """Write files, relative to the top."""
        for name, text in files.items():
            target = self.path / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")

    def git(self, *args: str) -> str:
        """Run git at the top."""
        done = subprocess.run(["git", *args], cwd=self.path, env=self.environ, check=True, capture_output=True, text=True)
        return done.stdout

    def commit(self, files: Mapping[str, str] | None = None, message: str = "Change") -> str:
        """Write files and commit all there is. Returns the commit's id."""
        self.write(files or {})
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD").strip()

    def patch(self, name: str, files: Mapping[str, str | None] | None = None, edit: Callable[[Path], None] | None = None) -> Path:
        """Write the patch that leads from HEAD to these files (None: deleted), or to what ``edit`` makes of the checkout."""
        for path, text in (files or {}).items():
            if text is None:
                (self.path / path).unlink()
            else:
                self.write({path: text})
        if edit is not None:
            edit(self.path)
        self.git("add", "--all", "--force", "--", ".", ":!.autoloop")
        text = self.git("diff", "--cached", "--binary", "--no-renames", "HEAD")
        self.git("reset", "--quiet", "--hard")
        return self.patch_text(name, text)

    def patch_text(self, name: str, text: str) -> Path:
        """Write a patch file with any text, outside the repository."""
        target = self.path.parent / "patches" / f"{name}.patch"
        target.parent.mkdir(exist_ok=True)
        target.write_text(text, encoding="utf-8")
        return target

    def run(
        self,
        *args: str | Path,
        folder: str = "",
        env: Mapping[str, str] | None = None,
        plugins: Sequence[str] = PLUGINS,
        limit: float = 120,
    ) -> pytest.RunResult:
        """Run pytest in a folder of the repository, and wait for its end."""
        with self.started(*args, folder=folder, env=env, plugins=plugins) as process:
            started = time.monotonic()
            out, err = process.communicate(timeout=limit)
        return pytest.RunResult(process.returncode, out.splitlines(), err.splitlines(), time.monotonic() - started)

    @contextlib.contextmanager
    def started(
        self, *args: str | Path, folder: str = "", env: Mapping[str, str] | None = None, plugins: Sequence[str] = PLUGINS
    ) -> Iterator[subprocess.Popen[str]]:
        """Start pytest in a folder of the repository; it is ended on leaving."""
        command = [sys.executable, "-m", "pytest", *plugins, *map(str, args)]
        environ = {**self.environ, **(env or {})}
        where, pipe = self.path / folder, subprocess.PIPE
        with subprocess.Popen(
            command,
            cwd=where,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=pipe,
            stderr=pipe,
            text=True,
            # A shell that starts the tests in the background has them ignore Ctrl-C, and they would hand that on.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        ) as process:
            try:
                yield process
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGKILL)

    @property
    def run_folder(self) -> Path:
        """The folder of the latest run."""
        return max((self.path / ".autoloop" / "runs").iterdir(), key=lambda folder: folder.stat().st_mtime_ns)

    def report(self) -> dict[str, Any]:
        """The report of the latest run."""
        content: dict[str, Any] = json.loads((self.run_folder / "report.json").read_text(encoding="utf-8"))
        return content

    def events(self) -> list[dict[str, Any]]:
        """The ledger of the latest run."""
        return [json.loads(line) for line in (self.run_folder / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]

    def state(self) -> dict[str, str]:
        """Every file of the user's with a digest: all but what a run may write, and what pytest itself leaves behind."""
        ours = re.compile(r"\.autoloop/|\.git/(objects/|info/exclude$|(logs/)?refs/heads/autoloop/)|(.*/)?(__pycache__|\.pytest_cache)/")
        files = {path.relative_to(self.path).as_posix(): path for path in self.path.rglob("*") if path.is_file() or path.is_symlink()}
        return {
            name: f"{path.lstat().st_mode:o} {hashlib.sha256(path.read_bytes()).hexdigest()}"
            for name, path in sorted(files.items())
            if not ours.match(name)
        }

    def processes(self) -> list[int]:
        """The processes that are left of everything started here. Only where there is ``/proc``."""
        found = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"{_MARK}={self.mark}".encode() in entry.read_bytes():
                    found.append(int(entry.parent.name))
        return found

    def quiet(self, limit: float = 20) -> bool:
        """Wait until no process is left, and say whether that came true."""
        deadline = time.monotonic() + limit
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.processes()


def make_project(folder: Path, files: Mapping[str, str] | None = None) -> Project:
    """Make a project with one commit; ``files`` are added to the usual ones."""
    made = Project(folder / "project")
    made.path.mkdir()
    made.git("init", "--quiet", "--initial-branch=main")
    made.commit({**FILES, **(files or {})}, "Begin")
    return made


def name_of(nodeid: str) -> str:
    return nodeid.rpartition("::")[2]
