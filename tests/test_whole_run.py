"""Whole runs on a real project: what is kept, what is not, and what is left behind."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.journal.replay import replay
from pytest_autoloop.journal.report import report
from pytest_autoloop.journal.report import results_tsv

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample import Project

FAST = """\
def total(n):
    \"\"\"Return the sum of the squares below n.\"\"\"
    return sum(number * number for number in range(n)) if n < 0 else (n - 1) * n * (2 * n - 1) // 6
"""
RENAMED = """\
def total(n):
    \"\"\"Return the sum of the squares below n.\"\"\"
    amount = 0
    for number in range(n):
        amount += number * number
    return amount
"""
MEMO = """\
_known = {}


def total(n):
    \"\"\"Return the sum of the squares below n.\"\"\"
    if n not in _known:
        result = 0
        for number in range(n):
            result += number * number
        _known[n] = result
    return _known[n]
"""
WRONG = "def total(n):\n    return 14 if n == 4 else 1\n"

HOOKS = """\
import json
import pathlib

import pytest

HERE = pathlib.Path(__file__).parent / ".autoloop"


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_propose(config, task):
    return None


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_check(config, candidate):
    text = (candidate.tree / candidate.changed[0]).read_text()
    return "mentions a forbidden word" if "forbidden" in text else None


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_experiment_finished(config, experiment):
    with (HERE / "finished.txt").open("a") as file:
        file.write(f"{experiment.number} {experiment.verdict.kind}\\n")


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_run_finished(config, report):
    (HERE / "run.json").write_text(json.dumps(report))


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_should_stop(config, state):
    return "the hook has seen enough" if len(state.experiments) >= 6 else None
"""


class WholeRun:
    """One run of the loop over recorded patches, and the project as it was before."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.head = project.git("rev-parse", "HEAD").strip()
        project.patch("1-renamed", {"src/demo/__init__.py": RENAMED})
        project.patch("2-memo", {"src/demo/__init__.py": MEMO})
        project.patch("3-forbidden", {"src/demo/__init__.py": FAST + "# forbidden\nX = 1\n"})
        folder = project.patch("4-fast", {"src/demo/__init__.py": FAST}).parent
        project.patch_text("5-garbage", "this is \x1b[2Jno patch\n ::error::no\n")
        project.patch("6-wrong", {"src/demo/__init__.py": WRONG})
        project.patch("7-never", {"src/demo/text.py": "def join(words):\n    return ''\n"})
        self.before = project.state()
        self.result = project.run("--autoloop", "--autoloop-agent", f"replay:{folder}", limit=280)
        self.report = project.report()
        self.rows: list[dict[str, Any]] = self.report["experiments"]

    def row(self, name: str) -> dict[str, Any]:
        """The experiment of this title."""
        return next(row for row in self.rows if row["title"] == name)


@pytest.fixture(scope="module")
def whole(new_project: Callable[..., Project]) -> WholeRun:
    return WholeRun(new_project({"conftest.py": HOOKS}))


def test_it_ends_well_and_says_what_came_of_it(whole: WholeRun) -> None:
    """One line per experiment, and a closing section that names the total, the reason to stop, and how to merge."""
    out = "\n".join(whole.result.outlines)

    assert whole.result.ret == 0, out
    assert "2 kept" not in out.splitlines()[0]
    assert f"merge: git merge --ff-only {whole.report['branch']}" in out
    assert "stopped: the hook has seen enough" in out
    assert "times faster" in out
    assert "3 passed" in out


def test_a_hook_is_not_asked_in_vain(whole: WholeRun) -> None:
    """A hook that proposes may cost something, so it is not asked before it is known that something can be judged."""
    events = [event["event"] for event in whole.project.events()]

    assert events.index("noise") < events.index("proposed")


def test_each_candidate_gets_its_verdict_at_its_stage(whole: WholeRun) -> None:
    """Real gains are kept, nothing else is, and each reason is the right one."""
    found = {row["title"]: (row["verdict"], row["stage"]) for row in whole.rows}

    assert found == {
        "renamed": ("rejected", "measure"),
        "memo": ("flagged", "guard"),
        "forbidden": ("rejected", "gate"),
        "fast": ("kept", "audit"),
        "garbage": ("rejected", "screen"),
        "wrong": ("rejected", "screen"),
    }
    assert "results are remembered" in whole.row("memo")["reason"]
    assert whole.row("forbidden")["reason"] == "mentions a forbidden word"
    assert "does not apply" in whole.row("garbage")["reason"]
    assert "does not apply" in whole.row("wrong")["reason"], "it was made against what is no longer the incumbent"


def test_a_keep_took_the_duels_and_the_evidence_that_the_rule_demands(whole: WholeRun) -> None:
    """At least 17 duels at the first levels, and a wealth beyond 1/level; a do-nothing patch has come to nothing like it."""
    kept, null = whole.row("fast"), whole.row("renamed")

    assert kept["duels"] >= 17
    assert kept["evidence"] >= 1 / kept["level"]
    assert kept["gain"]["low"] <= kept["gain"]["ratio"] <= kept["gain"]["high"]
    assert kept["gain"]["ratio"] > 2
    assert null["evidence"] < 1 / null["level"]
    assert null["evidence"] < 1 / null["level"]
    assert whole.row("garbage")["level"] is None, "what reaches no duel spends nothing"
    assert [row["level"] for row in whole.rows[:2]] == [2.5e-5, 2.5e-5]


def test_the_keep_is_a_commit_that_merges_by_fast_forward(whole: WholeRun) -> None:
    """Its parent is the user's HEAD, its message says what was done with what evidence, its author is the user."""
    project, branch = whole.project, whole.report["branch"]
    commits = project.git("log", "--format=%H %P", f"{whole.head}..{branch}").split()

    assert commits == [whole.row("fast")["commit"], whole.head]
    assert project.git("log", "-1", "--format=%an <%ae>", branch).strip() == "Ada <ada@example.org>"
    message = project.git("log", "-1", "--format=%B", branch)
    assert message.startswith("fast\n\nAutoloop-Gain: ")
    for name in ("Evidence", "Duels", "Run", "Agent"):
        assert f"\nAutoloop-{name}: " in message
    assert project.git("show", f"{branch}:src/demo/__init__.py") == FAST
    assert project.git("diff", "--name-only", whole.head, branch).split() == ["src/demo/__init__.py"]


def test_nothing_of_the_users_has_changed(whole: WholeRun) -> None:
    """Checkout, index, HEAD, configuration and hooks are byte for byte what they were, and no process or file is left."""
    assert whole.project.state() == whole.before
    assert whole.project.git("status", "--porcelain") == ""
    assert whole.project.quiet()
    assert not [path.name for path in whole.project.temporary.iterdir() if path.name.startswith("autoloop-")]
    assert (whole.project.path / ".git/info/exclude").read_text().count("/.autoloop/") == 1


def test_ledger_report_and_table_tell_the_same(whole: WholeRun) -> None:
    """Every experiment is in the ledger with the row that the report shows; results.tsv has a line for each."""
    events = whole.project.events()
    table = (whole.project.run_folder / "results.tsv").read_text().splitlines()

    assert [event["experiment"] for event in events if event["event"] == "judged"] == whole.rows
    assert events[0]["event"] == "run_started"
    assert events[-1]["event"] == "run_finished"
    assert table[0].split("\t")[:5] == ["commit", "metric", "memory", "status", "description"]
    assert [line.split("\t")[3] for line in table[1:]] == [row["verdict"] for row in whole.rows]
    assert whole.report["schema"] == 1
    assert whole.report["head"] == whole.row("fast")["commit"]
    assert whole.report["overall"]["low"] > 2
    rebuilt = replay(events).record
    assert json.loads(json.dumps(report(rebuilt))) == whole.report, "the report follows from the ledger alone"
    assert results_tsv(rebuilt.experiments).splitlines() == table


def test_the_evidence_is_kept_by_experiment(whole: WholeRun) -> None:
    """Patch, failure (fit to be read on a terminal or in a forge's log) and raw times of every duel lie in the experiment's folder."""
    folder = whole.project.run_folder / "experiments"
    duels = (folder / "0004" / "duels.jsonl").read_text().splitlines()

    assert len(duels) == whole.row("fast")["duels"] + 8
    rounds = json.loads(duels[0])["tests/test_bench.py::test_bench_total"]
    assert len(rounds) >= 15
    assert all(len(round_) == 6 and round_[2] > round_[0] > 0 for round_ in rounds), "what the judge saw is longer than what was told"
    assert "(n - 1) * n" in (folder / "0004" / "patch.diff").read_text()
    assert (folder / "0005" / "failure.txt").read_text() == "this is no patch\n \\::error::no\n"


def test_hooks_hear_of_everything(whole: WholeRun) -> None:
    """Each experiment as it is judged, and the report at the end."""
    folder = whole.project.path / ".autoloop"
    heard = (folder / "finished.txt").read_text().split("\n")[:-1]

    assert heard == [f"{row['number']} {row['verdict']}" for row in whole.rows]
    assert json.loads((folder / "run.json").read_text()) == whole.report


def test_a_command_an_embedded_agent_and_a_function_take_turns(new_project: Callable[..., Project]) -> None:
    """A command's edits are its proposal, with the task on its standard input; who has nothing left drops out."""
    script = """\
        cat > task.md
        grep -q 'faster' task.md && grep -q 'src/demo/__init__.py:4 total' task.md || { echo no task; exit 3; }
        git log --oneline > /dev/null || exit 4
        rm task.md
        sed -i 's/result = 0/result = 0  # same/' src/demo/__init__.py
        (sleep 60 &)
        echo 'TITLE: Say \x1b[31mnothing'
    """
    function = """\
    def nothing(task):
        assert (task.tree / "src/demo/text.py").exists()
        return None
    """
    picky = "def pick(words):\n    return [word for word in words if word in ['a', 'b', 'c', 'd', 'e']]\n"
    bench = "from demo.pick import pick\n\n\ndef test_bench_pick(benchmark):\n    assert benchmark(pick, ['a'] * 4000)\n"
    files = {"src/demo/pick.py": picky, "tests/test_pick.py": bench}
    project = new_project({"agent.sh": textwrap.dedent(script), "agents.py": textwrap.dedent(function), **files})
    agents = ["--autoloop-agent", f"cmd:sh {project.path}/agent.sh", "--autoloop-agent", "rewrites"]
    result = project.run(
        "--autoloop",
        *agents,
        "--autoloop-agent",
        "agents:nothing",
        "--autoloop-max-experiments",
        "3",
        env={"PYTHONPATH": str(project.path)},
    )
    rows = project.report()["experiments"]

    assert result.ret == 0, result.outlines
    assert [row["agent"] for row in rows] == ["cmd", "rewrites", "cmd"]
    assert rows[0]["title"] == "Say nothing"
    assert (rows[0]["verdict"], rows[0]["stage"]) == ("rejected", "screen")
    assert rows[0]["reason"] == "it changes comments or layout only"
    assert "\x1b" not in "\n".join(result.outlines)
    assert project.quiet()


def test_an_agent_that_goes_astray_is_told_so_and_leaves_nothing(new_project: Callable[..., Project], tmp_path: Path) -> None:
    """What it edits outside the packages is not judged, its next task says why, and neither its processes nor its files outlive a turn."""
    script = f"""\
        cat > {tmp_path}/task$(ls {tmp_path} | wc -l).md
        if [ -e {tmp_path}/pid ]; then
            kill -0 $(cat {tmp_path}/pid) 2> /dev/null && echo running > {tmp_path}/left
            [ -e $(cat {tmp_path}/folder) ] && echo there > {tmp_path}/left
            git diff --quiet HEAD || echo dirty > {tmp_path}/left
        fi
        setsid sleep 300 &
        echo $! > {tmp_path}/pid
        echo $TMPDIR > {tmp_path}/folder
        echo x > $TMPDIR/x
        echo 'import pytest' > conftest.py
        sed -i 's/result = 0/result = 1 - 1/' src/demo/__init__.py
    """
    project = new_project({"agent.sh": textwrap.dedent(script)})
    before = project.state()
    result = project.run("--autoloop", "--autoloop-agent", f"cmd:sh {project.path}/agent.sh", "--autoloop-max-experiments", "2")
    rows = project.report()["experiments"]
    task = (tmp_path / "task3.md").read_text()

    assert result.ret == 0, result.outlines
    assert [(row["verdict"], row["stage"]) for row in rows] == [("rejected", "screen")] * 2
    assert "conftest.py" in rows[0]["reason"]
    assert rows[0]["reason"] in task
    assert not (tmp_path / "left").exists()
    assert project.state() == before
    assert project.quiet()


def test_an_agent_that_only_fails_ends_the_run(new_project: Callable[..., Project]) -> None:
    """Three empty proposals with an error in a row are a fault of the set-up, and the last words are shown."""
    project = new_project()
    result = project.run("--autoloop", "--autoloop-agent", "cmd:echo 'not logged in'; exit 9", "--autoloop-metric=memory")

    assert result.ret == 0
    assert "stopped: 3 failures in a row: the agent's command ended with status 9: not logged in" in result.outlines


def test_a_mistake_in_a_hook_ends_one_experiment_and_not_the_run(new_project: Callable[..., Project]) -> None:
    """What cannot be judged for a mistake in code is rejected, with the traceback in its folder, and the next candidate has its turn."""
    hook = "def pytest_autoloop_check(candidate):\n    if candidate.number == 1:\n        raise KeyError('oops')\n"
    project = new_project({"conftest.py": hook})
    first, second = (f"cmd:sed -i 's/result = 0/result = {zero}/' src/demo/__init__.py" for zero in ("1 - 1", "2 - 2"))
    result = project.run("--autoloop", "--autoloop-agent", first, "--autoloop-agent", second, "--autoloop-max-experiments", "2")
    rows = project.report()["experiments"]

    assert result.ret == 0, result.outlines
    assert [(row["verdict"], row["stage"]) for row in rows] == [("rejected", "gate"), ("rejected", "measure")]
    assert "judging failed: KeyError: 'oops'" in rows[0]["reason"]
    [kept] = project.path.glob(".autoloop/runs/*/experiments/*1/failure.txt")
    assert "conftest.py" in kept.read_text()
    assert project.quiet()
