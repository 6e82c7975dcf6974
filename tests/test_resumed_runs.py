"""A real run that is killed and goes on, twice, and what is left of it then."""

from __future__ import annotations

import json
import random
import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

import pytest
from test_whole_run import FAST
from test_whole_run import RENAMED

from pytest_autoloop.experiment import INTERRUPTED
from pytest_autoloop.journal.ledger import Ledger
from pytest_autoloop.journal.replay import replay
from pytest_autoloop.journal.report import report
from pytest_autoloop.journal.report import results_tsv

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample import Project

MODULE = "src/demo/__init__.py"
FIRST_LEVEL = 2.5e-5


def events(project: Project) -> list[dict[str, Any]]:
    """What is in the ledger by now, if there is one."""
    paths = list(project.path.glob(".autoloop/runs/*/ledger.jsonl"))
    return list(Ledger(paths[0]).events()) if paths else []


def killed(project: Project, when: Callable[[list[dict[str, Any]]], bool], *args: str, later: float = 0.0) -> str:
    """Start pytest, kill it a while after the ledger says so, and return what it had printed."""
    deadline = time.monotonic() + 400
    with project.started(*args) as process:
        while not when(events(project)):
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < deadline
            time.sleep(0.005)
        time.sleep(later)
        process.send_signal(signal.SIGKILL)
        out, _ = process.communicate(timeout=60)
    assert project.quiet()
    return out


def names(rows: list[dict[str, Any]]) -> list[str]:
    return [row["event"] for row in rows if "duel" not in row["event"]]


def a_keep(rows: list[dict[str, Any]]) -> bool:
    return any(row["event"] == "judged" and row["experiment"]["verdict"] == "kept" for row in rows)


@dataclass
class Twice:
    """A run that was killed in its first trial and in its first keep, and then came to its end."""

    project: Project
    before: dict[str, str]
    base: str
    screens: list[str]
    status: int = 0

    @property
    def branch(self) -> str:
        """The run's branch."""
        return str(self.project.report()["branch"])


@pytest.fixture(scope="module")
def twice(new_project: Callable[..., Project]) -> Twice:
    project = new_project()
    project.patch("1-fast", {MODULE: FAST})
    folder = project.patch("2-renamed", {MODULE: RENAMED}).parent
    found = Twice(project, project.state(), project.git("rev-parse", "HEAD").strip(), [])
    # Somewhere in the first trial.
    start = ("--autoloop", f"--autoloop-agent=replay:{folder}")
    found.screens.append(killed(project, lambda rows: "trial" in names(rows), *start, later=random.uniform(0, 2)))
    assert project.state() == found.before
    # Anywhere around the moment in which a keep comes to the branch.
    found.screens.append(killed(project, a_keep, "--autoloop-resume", later=random.uniform(0, 0.1)))
    assert project.state() == found.before
    rows = events(project)
    commit = next(row for row in rows if row["event"] == "judged" and row["experiment"]["commit"])["experiment"]["commit"]
    branch = rows[0]["branch"]
    assert project.git("for-each-ref", "--format=%(objectname)", f"refs/heads/{branch}").strip() in ("", commit)
    # The worst of these moments, for certain: it is on record, and not on the branch.
    ledger = project.run_folder / "ledger.jsonl"
    lines = ledger.read_bytes().splitlines(keepends=True)
    cut = next(number for number, line in enumerate(lines) if commit.encode() in line)
    ledger.write_bytes(b"".join(lines[: cut + 1]) + b'{"event": "ke')
    project.git("update-ref", "-d", f"refs/heads/{branch}")
    ended = project.run("--autoloop-resume")
    found.screens.append(ended.stdout.str())
    found.status = int(ended.ret)
    return found


def test_nothing_of_the_users_has_changed(twice: Twice) -> None:
    """Killed or not: files, index, HEAD and configuration are as they were, and no process is left."""
    assert twice.status == pytest.ExitCode.OK, twice.screens[-1]
    assert twice.project.state() == twice.before
    assert twice.project.git("status", "--porcelain") == ""
    assert not [path.name for path in twice.project.temporary.iterdir() if path.name.startswith("autoloop-")]
    assert twice.project.quiet()


def test_it_is_one_run(twice: Twice) -> None:
    """It keeps its id, its folder, its branch, and its one ledger."""
    rows = twice.project.events()

    assert len(list((twice.project.path / ".autoloop" / "runs").iterdir())) == 1
    assert [name for name in names(rows) if name.startswith("run_")] == ["run_started", "run_resumed", "run_resumed", "run_finished"]
    assert f"autoloop: going on with run {rows[0]['run']} after 0 experiments" in twice.screens[1]
    assert f"autoloop: going on with run {rows[0]['run']} after 2 experiments" in twice.screens[2]


def test_no_experiment_is_lost_and_none_is_judged_twice(twice: Twice) -> None:
    """A trial that was cut off has spent its level and is on record; its patch is judged anew, once, and none that has its verdict is."""
    found = [(row["number"], row["title"], row["verdict"], row["stage"], row["level"]) for row in twice.project.report()["experiments"]]

    assert found == [
        (1, "fast", "rejected", "measure", FIRST_LEVEL),
        (2, "fast", "kept", "audit", FIRST_LEVEL),
        (3, "renamed", "rejected", "screen", None),
    ]
    assert twice.project.report()["experiments"][0]["reason"] == INTERRUPTED
    assert [path.name for path in sorted((twice.project.run_folder / "experiments").iterdir())] == ["0001", "0002", "0003"]


def test_the_keep_is_on_the_branch(twice: Twice) -> None:
    """What was on record as kept came to the branch: one commit on the run's base, with the total measured against that."""
    commits = twice.project.git("log", "--format=%H", f"{twice.base}..{twice.branch}").split()
    written = twice.project.report()

    assert commits == [written["experiments"][1]["commit"]]
    assert (written["base"], written["head"]) == (twice.base, commits[0])
    assert names(twice.project.events()).count("kept") == 1
    assert written["overall"]["low"] > 2


def test_its_ledger_tells_it_all(twice: Twice) -> None:
    """Report and table made from the ledger alone are those that the run wrote; the time in which it did not run does not count."""
    rows = twice.project.events()
    found = replay(rows)

    assert json.loads(json.dumps(report(found.record))) == twice.project.report()
    assert results_tsv(found.record.experiments) == (twice.project.run_folder / "results.tsv").read_text(encoding="utf-8")
    assert 0 < found.record.seconds <= rows[-1]["time"] - rows[0]["time"]


def test_complete(twice: Twice) -> None:
    """It has come to its end; other rules, or other tests, are another run's: nothing is run, and the ledger stays as it is."""
    before = (twice.project.run_folder / "ledger.jsonl").read_bytes()
    for args, says in {
        ("--autoloop-max-experiments=3",): "is complete (3 experiments done): to go further, allow more with --autoloop-max-experiments",
        ("--autoloop-min-gain=1%",): "--autoloop-min-gain was 0.02 when the run began, and stays so to its end",
        ("-k", "bench"): "is about other tests than those selected now: run `pytest --autoloop-resume=",
        ("--autoloop-judge=main",): "--autoloop-resume goes on with a run, and --autoloop-judge keeps nothing: leave one of them out",
    }.items():
        result = twice.project.run("--autoloop-resume", *args)

        assert result.ret == pytest.ExitCode.USAGE_ERROR
        assert [line for line in result.errlines if line and says in line] == [line for line in result.errlines if line]
        assert "experiments in" not in result.stdout.str()
    assert (twice.project.run_folder / "ledger.jsonl").read_bytes() == before
