"""Finding the run to go on with, and refusing what cannot go on: each in a line that names the remedy."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Refused
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.journal.ledger import Ledger
from pytest_autoloop.journal.lock import held
from pytest_autoloop.journal.report import experiment_row
from pytest_autoloop.resume import check_limits
from pytest_autoloop.resume import check_selection
from pytest_autoloop.resume import take_up
from pytest_autoloop.settings import Settings
from pytest_autoloop.workspace.git import Repository

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample import Project

    from pytest_autoloop.journal.replay import Replayed

FIRST, SECOND = "20260101-000000-aaaa", "20260202-000000-bbbb"
PATIENCE = {"by": "patience", "detail": "2 experiments in a row without a keep"}
INTERRUPT = {"by": "interrupt", "detail": "interrupted"}


@dataclass
class Past:
    """A run that was, as its ledger and the repository tell of it."""

    project: Project
    name: str = FIRST
    keeps: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.branch = f"autoloop/{self.name}"
        self.base = self.project.git("rev-parse", "main").strip()
        self.folder = self.project.path / ".autoloop" / "runs" / self.name
        (self.project.path / ".git" / "info" / "exclude").write_text("/.autoloop/\n")
        self.ledger = Ledger(self.folder / "ledger.jsonl")

    def started(self, **other: Any) -> Past:
        """Put its start on record."""
        start = {"run": self.name, "base": self.base, "branch": self.branch, "settings": {"agents": ["rewrites"], "patience": 2}}
        self.ledger.add("run_started", **{**start, **other})
        self.ledger.add("baseline", tests=["b"])
        return self

    def commit(self) -> str:
        """Make a commit on the last keep, which no branch knows."""
        parent = self.keeps[-1] if self.keeps else self.base
        self.keeps.append(self.project.git("commit-tree", "HEAD^{tree}", "-p", parent, "-m", f"Keep {len(self.keeps)}").strip())
        return self.keeps[-1]

    def judged(self, number: int, *, keep: bool = False) -> Past:
        """Put an experiment on record, kept or not; a kept one's commit exists."""
        verdict = Verdict(kind="kept" if keep else "rejected", stage="audit", reason="")
        experiment = Experiment(number=number, parent=self.base, title="", agent="", verdict=verdict, level=0.1)
        self.ledger.add("judged", experiment=experiment_row(replace(experiment, commit=self.commit() if keep else None)))
        return self

    def published(self, number: int) -> Past:
        """Bring the last keep to the branch, and put that on record."""
        self.at(self.keeps[-1])
        self.ledger.add("kept", number=number, commit=self.keeps[-1])
        return self

    def at(self, commit: str) -> Past:
        """Move the branch."""
        self.project.git("branch", "--force", self.branch, commit)
        return self

    def finished(self, stopped: dict[str, str]) -> Past:
        """Put its end on record."""
        self.ledger.add("run_finished", stopped=stopped, overall=None, holdout_overall=None, seconds=10.0)
        return self


@pytest.fixture
def take(project: Project) -> Callable[..., Replayed]:
    """Take a run up, and let go of it at once."""

    def taking(name: str = "") -> Replayed:
        with contextlib.ExitStack() as stack:
            return take_up(Repository(project.path), name, stack)

    return taking


def test_the_newest_that_was_interrupted(project: Project, take: Callable[..., Replayed]) -> None:
    """Without a name it is the newest run that did not come to its end, whatever was judged, calibrated or refused since."""
    Past(project, FIRST).started().finished(INTERRUPT)
    Past(project, SECOND).started()
    Past(project, "20260303-000000-cccc").started().finished(PATIENCE)
    Past(project, "20260304-000000-dddd").started(branch=None)
    Past(project, "20260305-000000-eeee").ledger.add(
        "run_started", run="20260305-000000-eeee", base="", branch="autoloop/x", settings={"agents": []}
    )
    (project.path / ".autoloop" / "runs" / "20260306-000000-ffff").mkdir()

    assert take().record.run == SECOND
    assert take(FIRST).record.run == FIRST


def test_the_newest_of_the_complete(project: Project, take: Callable[..., Replayed]) -> None:
    """Where no run was interrupted it is the newest of those that are complete, to go further."""
    Past(project, FIRST).started().finished(PATIENCE)
    Past(project, SECOND).started().finished(PATIENCE)

    assert take().record.run == SECOND


def test_no_run(project: Project, take: Callable[..., Replayed]) -> None:
    """No run at all, none of that name, or nothing but a path of tests that was taken for a name."""
    with pytest.raises(Refused, match="there is no run to go on with in this repository: start one with --autoloop"):
        take()
    with pytest.raises(Refused, match="there is no run 'x': there is none in this repository"):
        take("x")
    Past(project).started()
    with pytest.raises(Refused, match=f"there is no run 'x': choose from {FIRST}"):
        take("x")
    with pytest.raises(Refused, match=r"there is no run '\.\./runs': choose"):
        take("../runs")
    with pytest.raises(Refused, match="to select tests as well, write --autoloop-resume=RUN, or put it last"):
        take("tests")


LEDGERS: dict[str, tuple[bytes | None, str]] = {
    "none": (None, "has no ledger, so nobody knows where it stopped: start a new run"),
    "empty": (b"", "cannot be read: it is empty. Name another run, or start a new one"),
    "half a line": (b'{"event": "run_st', "cannot be read: it is empty"),
    "rubbish in the middle": (b"{}\n{}\n", "cannot be read: line 1 is no event"),
    "another run's": (
        b'{"event":"run_started","time":1,"run":"x","base":"","branch":"b","settings":{"agents":[]}}\n',
        "is that of run x: give its folder that name",
    ),
    "a newer version's": (
        b'{"event":"run_started","time":1,"run":"x","base":"","branch":"b","settings":{"agents":[]}}\n{"event":"new","time":2}\n',
        "an event 'new', which only a newer version of pytest-autoloop knows",
    ),
    "of judging": (
        f'{{"event":"run_started","time":1,"run":"{FIRST}","base":"","branch":null,"settings":{{"agents":[]}}}}\n'.encode(),
        "judged or calibrated and keeps nothing: there is nothing to go on with, start it again",
    ),
}


@pytest.mark.parametrize("name", LEDGERS)
def test_ledgers_that_do_not_do(project: Project, take: Callable[..., Replayed], name: str) -> None:
    """A ledger that is not there, cannot be read, or is of something else."""
    content, says = LEDGERS[name]
    path = Past(project).ledger.path
    path.parent.mkdir(parents=True, exist_ok=True)
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(Refused, match=f"run {FIRST} ") as refused:
        take(FIRST)
    assert says in str(refused.value)


def test_a_line_that_was_cut_off(project: Project, take: Callable[..., Replayed]) -> None:
    """The last line of a run that was killed while it wrote is passed over: nobody was told of it."""
    past = Past(project).started().judged(1)
    with past.ledger.path.open("ab") as file:
        file.write(b'{"event": "judged", "exp')

    assert len(take().record.experiments) == 1


def test_going_on_elsewhere(project: Project, take: Callable[..., Replayed]) -> None:
    """A run goes on from its base, so that is what has to be checked out."""
    past = Past(project).started()
    project.commit({"src/demo/more.py": ""})
    with pytest.raises(Refused, match=f"began at {past.base[:10]} and HEAD is .* `git switch --detach {past.base[:10]}`"):
        take()

    project.git("switch", "--quiet", "--detach", past.base[:10])
    assert take().record.run == FIRST


def test_the_branch_at_every_moment_of_a_keep(project: Project, take: Callable[..., Replayed]) -> None:
    """A keep is there, then on record, then on the branch, then told to be: killed between any of these, it is known what is left to do."""
    past = Past(project).started()
    commit = past.commit()
    assert (take().unpublished, take().published) == (None, None), "a commit that is on no record is nothing"

    past.keeps.clear()
    past.judged(1, keep=True)
    commit = past.keeps[-1]
    assert (take().unpublished, take().published) == (commit, None)
    past.at(commit)
    assert (take().unpublished, take().published) == (commit, None)
    past.published(1)
    assert (take().unpublished, take().published) == (None, commit)
    past.judged(2, keep=True)
    assert (take().unpublished, take().published) == (past.keeps[-1], commit)
    past.at(past.keeps[-1])
    assert (take().unpublished, take().published) == (past.keeps[-1], commit)
    past.published(2)
    assert take().record.head == past.keeps[-1]
    assert past.branch in project.git("branch", "--list", "--all")


def test_a_branch_that_somebody_touched(project: Project, take: Callable[..., Replayed]) -> None:
    """A branch that is gone, moved, or of somebody else is left alone, and the remedy is a git command that works."""
    past = Past(project).started()
    past.at(past.base)
    with pytest.raises(Refused, match=f"there is a branch '{past.branch}', and run {FIRST} has kept nothing yet: rename it"):
        take()
    past.judged(1, keep=True).published(1)
    kept = past.keeps[-1]
    project.git("branch", "-D", past.branch)
    with pytest.raises(Refused, match=f"is gone: bring it back with `git branch {past.branch} {kept}`"):
        take()
    past.at(past.commit())
    with pytest.raises(Refused, match=f"is at .* left it at {kept[:10]}: move it back with `git branch -f {past.branch} {kept}`"):
        take()
    project.git("branch", "-f", past.branch, kept)
    assert take().record.head == kept


def test_a_commit_that_is_gone(project: Project, take: Callable[..., Replayed]) -> None:
    """What was kept and is no longer in the repository cannot be gone on from."""
    past = Past(project).started()
    past.ledger.add("kept", number=1, commit="1" * 40)

    with pytest.raises(Refused, match="kept 1111111111, which is no longer in this repository: start a new run"):
        take()


def test_one_at_a_time(project: Project, take: Callable[..., Replayed]) -> None:
    """A run that another process works on is not taken up; when that is killed, it can be, at once."""
    past = Past(project).started()
    code = "import sys, time, pathlib\nfrom pytest_autoloop.journal.lock import held\n"
    code += "with held(pathlib.Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(60)\n"
    with subprocess.Popen([sys.executable, "-c", code, past.folder], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(Refused, match=f"run {FIRST} is going on in process {other.pid}: wait for its end, or end it with Ctrl-C"):
            take()
        other.kill()

    assert take().record.run == FIRST


def test_a_lock_is_let_go(tmp_path: Path) -> None:
    """A lock lasts as long as it is held, and who holds it stands in its file."""
    with held(tmp_path / "run"), pytest.raises(Refused, match="run run is going on in process "), held(tmp_path / "run"):
        pass
    with held(tmp_path / "run"):
        assert (tmp_path / "run" / "lock").read_text().strip().isdigit()


def test_limits(project: Project, take: Callable[..., Replayed], pytester: pytest.Pytester) -> None:
    """A complete run goes on only where there is more to do: a wider limit. One that was interrupted always does."""
    past = Past(project).started().judged(1).judged(2)
    settings = Settings.of(pytester.parseconfig("--autoloop-patience=2"))
    check_limits(take(), settings)

    past.finished(PATIENCE)
    says = "is complete (2 experiments in a row without a keep): to go further, allow more with --autoloop-patience, or start a new run"
    with pytest.raises(Refused) as refused:
        check_limits(take(), settings)
    assert str(refused.value) == f"run {FIRST} {says}"
    check_limits(take(), Settings.of(pytester.parseconfig("--autoloop-patience=3")))


def test_selection(project: Project, take: Callable[..., Replayed]) -> None:
    """Other tests are another run's; the remedy is the command line to type. A ledger that says nothing of it is believed."""
    Past(project, FIRST).started()
    Past(project, SECOND).started(selection={"tests": "1", "folder": "sub", "args": ["-k", "a b"]})
    now = {"tests": "2", "folder": ".", "args": []}

    check_selection(take(FIRST), now)
    check_selection(take(SECOND), {**now, "tests": "1"})
    with pytest.raises(Refused, match=f"other tests than those selected now: run `pytest --autoloop-resume={SECOND} -k 'a b'` in sub"):
        check_selection(take(SECOND), now)
