"""Whole runs, as a person starts them and as they may end."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import time
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING
from typing import Any

import pytest
from sample import FILES

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable
    from collections.abc import Iterator
    from pathlib import Path

    from sample import Project

BENCH, TOTAL = "tests/test_bench.py::test_bench_total", "tests/test_demo.py::test_total"
MODULE = "src/demo/__init__.py"
FAST = '''\
"""Numbers."""


def total(n):
    """Return the sum of the squares below n."""
    return (n - 1) * n * (2 * n - 1) // 6
'''
ORIGINAL = FILES[MODULE]


def within(line: str) -> str:
    """Return the module with a first line added to its function."""
    return ORIGINAL.replace("    result = 0\n", f"    {line}\n    result = 0\n")


@dataclass(frozen=True)
class Patch:
    """A patch by the files it leaves behind (None: deleted), or by its text, and what must become of it."""

    stage: str
    reason: str
    files: dict[str, str | None] | None = None
    text: str = ""


LINK = """\
diff --git a/src/demo/x.py b/src/demo/x.py
new file mode 120000
--- /dev/null
+++ b/src/demo/x.py
@@ -0,0 +1 @@
+/etc/passwd
\\ No newline at end of file
"""
FORGED = 'import os\nos.write(3, b\'["Finish",{"exitstatus":0}]\\n\')\n'
TESTS = FILES["tests/test_demo.py"]

CANDIDATES = {
    "leaves in a function": Patch("gate", "its process ended with status 0 before", {MODULE: within("__import__('os')._exit(0)")}),
    "writes to the channel": Patch("gate", "harness tampered", {MODULE: f"import os\nprint('x' * 9999)\nos.write(3, b'x')\n{ORIGINAL}"}),
    "forges an end": Patch("gate", "harness tampered", {MODULE: FORGED + ORIGINAL}),
    "skips a test": Patch("gate", f"{TOTAL} passed before and is now skipped", {MODULE: within("n == 4 and __import__('pytest').skip()")}),
    "hangs at import": Patch("gate", "it did not end within", {MODULE: f"import signal\nsignal.pause()\n{ORIGINAL}"}),
    "the same again": Patch("screen", "it is the same as experiment 5", {MODULE: f"import signal\n\nsignal.pause( )\n{ORIGINAL}"}),
    "deletes a test": Patch("screen", "tests/test_demo.py: it belongs to the tests", {"tests/test_demo.py": None, MODULE: FAST}),
    "renames a test": Patch("screen", "it belongs to the tests", {"tests/test_demo.py": None, "tests/test_other.py": TESTS}),
    "edits a conftest": Patch("screen", "src/demo/conftest.py: it steers tests", {"src/demo/conftest.py": "collect_ignore = []\n"}),
    "edits configuration": Patch("screen", "pyproject.toml: it steers tests", {"pyproject.toml": "[tool.pytest.ini_options]\n"}),
    "adds a module beside": Patch("screen", "src/json.py: it is not editable", {"src/json.py": "x = 1\n"}),
    "adds a binary": Patch("screen", "src/demo/fast.so: it is compiled", {"src/demo/fast.so": "\0binary"}),
    "does not compile": Patch("screen", f"{MODULE}: it does not compile", {MODULE: "def total(n:\n"}),
    "changes comments": Patch("screen", "it changes comments or layout only", {MODULE: f"{ORIGINAL}# the end\n"}),
    "does not apply": Patch("screen", "the patch does not apply", text=f"--- a/{MODULE}\n+++ b/{MODULE}\n@@ -1 +1 @@\n-gone\n+here\n"),
    "no patch at all": Patch("screen", "the patch does not apply", text="please make it faster\n"),
    "empty": Patch("screen", "the patch does not apply"),
    "outside": Patch("screen", "the patch does not apply", text="--- /dev/null\n+++ b/../evil.py\n@@ -0,0 +1 @@\n+x = 1\n"),
    "a link": Patch("screen", "only regular files may change", text=LINK),
    "buys time with memory": Patch(
        "guard", "needs 3.0 MiB of memory at its peak", {MODULE: FAST.replace("(n -", "len(bytearray(3 << 20)) * 0 + (n -", 1)}
    ),
}


@dataclass
class Ended:
    """A run that has ended, and the user's files before it."""

    project: Project
    result: pytest.RunResult
    before: dict[str, str]

    @property
    def experiments(self) -> list[dict[str, Any]]:
        """The experiments of the report."""
        found: list[dict[str, Any]] = self.project.report()["experiments"]
        return found

    def untouched(self) -> None:
        """Check that nothing of the user's has changed, and that nothing is left on the machine."""
        assert self.project.state() == self.before
        assert self.project.git("status", "--porcelain") == ""
        assert self.project.quiet()
        assert list(self.project.temporary.iterdir()) == []


@dataclass
class Started:
    """A run that goes on while others do: most of it is waiting for children."""

    project: Project
    before: dict[str, str]
    process: subprocess.Popen[str]

    @cached_property
    def ended(self) -> Ended:
        """Wait for its end."""
        out, err = self.process.communicate(timeout=600)
        return Ended(self.project, pytest.RunResult(self.process.returncode, out.splitlines(), err.splitlines(), 0), self.before)


@pytest.fixture(scope="module")
def runs(new_project: Callable[..., Project]) -> Iterator[dict[str, Started]]:
    """Start the two long runs of this module together."""
    prepared = {
        "judge": _many_candidates(new_project({"tests/test_failing.py": "def test_failing():\n    assert False\n"})),
        "below": _a_commit(new_project({f"deep/down/{name}": text for name, text in FILES.items() if name != ".gitignore"})),
    }
    with contextlib.ExitStack() as stack:
        yield {
            name: Started(project, project.state(), stack.enter_context(project.started(*args, folder=folder)))
            for name, (project, folder, args) in prepared.items()
        }


Prepared = tuple["Project", str, list[str]]


def _many_candidates(project: Project) -> Prepared:
    args = [f"--autoloop-report={project.path.parent / 'report'}"]
    for name, patch in CANDIDATES.items():
        made = project.patch_text(name, patch.text) if patch.files is None else project.patch(name, patch.files)
        args.append(f"--autoloop-judge={made}")
    return project, "", args


def _a_commit(project: Project) -> Prepared:
    project.git("switch", "--quiet", "--create", "faster")
    revision = project.commit({f"deep/down/{MODULE}": FAST}, "Close the sum\n\nBy a formula.")
    project.git("switch", "--quiet", "main")
    return project, "deep/down", [f"--autoloop-judge={revision}", f"{project.path}/deep/down/tests", "-q"]


@pytest.fixture(scope="module")
def judged(runs: dict[str, Started]) -> Ended:
    """One run that judges every kind of bad candidate, in a project with a test that fails anyhow."""
    return runs["judge"].ended


def test_verdicts(judged: Ended) -> None:
    """Every bad candidate is rejected at the earliest stage that can tell, for the right reason."""
    found = {experiment["title"]: (experiment["stage"], experiment["reason"]) for experiment in judged.experiments}
    wrong = {
        name: found.get(name)
        for name, patch in CANDIDATES.items()
        if name not in found or not found[name][0].startswith(patch.stage) or patch.reason not in found[name][1]
    }

    assert wrong == {}
    assert {experiment["verdict"] for experiment in judged.experiments} == {"rejected"}
    assert not (judged.project.path.parent / "evil.py").exists()


def test_judging_keeps_nothing(judged: Ended) -> None:
    """When judging, there is no branch and no commit, and all of the user's is as it was."""
    judged.untouched()
    report = judged.project.report()

    assert report["branch"] is None
    assert report["head"] == report["base"]
    assert {experiment["commit"] for experiment in judged.experiments} == {None}
    assert judged.project.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]


def test_not_all_would_be_kept(judged: Ended) -> None:
    """The exit status of judging what would not be kept is 1, and the screen has a line for each candidate and a closing section."""
    lines = judged.result.outlines
    kinds = [line.split()[1] for line in lines if re.match(r" +\d+ (kept|rejected|flagged)", line)]

    assert judged.result.ret == pytest.ExitCode.TESTS_FAILED
    assert kinds == ["rejected"] * len(CANDIDATES)
    assert f"{len(CANDIDATES)} experiments in " in judged.result.stdout.str()
    assert ": 0 would be kept" in judged.result.stdout.str()
    assert not any(line.startswith(("look:", "merge:")) for line in lines)
    assert "Traceback" not in judged.result.stderr.str()


def test_quarantine(judged: Ended) -> None:
    """A test that fails in the baseline is shown as pytest shows it and quarantined by name; candidates are not held to it."""
    judged.result.assert_outcomes(passed=3, failed=1)
    report = judged.project.report()

    assert "autoloop: quarantined: tests/test_failing.py::test_failing fails in the baseline" in judged.result.outlines
    assert report["quarantined"] == ["tests/test_failing.py::test_failing"]
    assert report["gates"] == 3


def check_schema(report: dict[str, Any]) -> None:
    """Check a report against what programs may rely on."""
    number, text = (int, float), (str, type(None))
    shape: dict[str, Any] = {
        "schema": int, "run": str, "base": str, "head": str, "branch": text, "isolation": str, "objective": dict, "gates": int,
        "quarantined": list, "noise": dict, "experiments": list, "stopped": dict, "overall": (dict, type(None)),
    }  # fmt: skip
    row: dict[str, Any] = {
        "number": int, "parent": str, "commit": text, "title": str, "agent": str, "source": text, "verdict": str, "stage": str,
        "reason": str, "gain": (dict, type(None)), "benchmarks": dict, "duels": int, "evidence": (*number, type(None)),
        "level": (*number, type(None)), "flags": list, "checks": dict, "seconds": dict, "cost_usd": (*number, type(None)),
    }  # fmt: skip

    assert {name: report[name] for name, kind in shape.items() if not isinstance(report[name], kind)} == {}
    assert report["schema"] == 1
    assert report["objective"].keys() == {"metric", "direction", "tests"}
    assert report["noise"].keys() == {"sigma", "detects"}
    assert report["stopped"].keys() == {"by", "detail"}
    for position, experiment in enumerate(report["experiments"], 1):
        assert {name: experiment[name] for name, kind in row.items() if not isinstance(experiment[name], kind)} == {}
        assert experiment["number"] == position
        assert experiment["verdict"] in ("kept", "rejected", "flagged")
        assert experiment["stage"] in ("propose", "screen", "gate", "measure", "guard", "audit")
        assert experiment["checks"].keys() == {"proved", "consistent", "not_checked"}
        if experiment["verdict"] == "kept":
            assert experiment["gain"]["low"] <= experiment["gain"]["ratio"] <= experiment["gain"]["high"]


def test_report_of_judging(judged: Ended) -> None:
    """The report has every field that programs may rely on, and stands also where it was asked for."""
    report = judged.project.report()
    check_schema(report)

    assert report["objective"]["tests"] == [BENCH]
    assert report["base"] == judged.project.git("rev-parse", "HEAD").strip()
    assert json.loads((judged.project.path.parent / "report" / "report.json").read_text()) == report
    assert judged.experiments[0]["source"].endswith("leaves in a function.patch")


def test_a_commit_from_a_folder_below(runs: dict[str, Started]) -> None:
    """An honest commit of another branch would be kept, and then the exit status is 0. With -q its line is shown all the same."""
    below = runs["below"].ended
    [experiment] = below.experiments

    assert below.result.ret == pytest.ExitCode.OK
    assert (experiment["verdict"], experiment["title"]) == ("kept", "Close the sum")
    assert experiment["source"] == below.project.git("rev-parse", "faster").strip()
    assert experiment["benchmarks"].keys() == {BENCH}
    assert experiment["gain"]["ratio"] > 2
    assert "peak memory, as far as Python allocates it" in experiment["checks"]["consistent"]
    assert any(line.startswith("    1 kept") for line in below.result.outlines)
    assert ": 1 would be kept" in below.result.stdout.str()
    below.untouched()


def until(condition: Callable[[], bool], process: subprocess.Popen[str], limit: float = 60) -> None:
    """Wait for something that a running pytest does."""
    deadline = time.monotonic() + limit
    while not condition():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.05)


def measuring(project: Project) -> Callable[[], bool]:
    """Return what says whether a run has come to its duels."""
    return lambda: any(b"calibration_duel" in path.read_bytes() for path in project.path.glob(".autoloop/runs/*/ledger.jsonl"))


NOBODY = """\
from pathlib import Path


def propose(task):
    known = any("calibration_duel" in path.read_text() for path in Path(".autoloop").rglob("ledger.jsonl"))
    Path(".autoloop/known").write_text(str(known))
    return None
"""


# A metric without noise, which is soon known.
RECORDING = """\
from demo.text import join


def test_length(autoloop_metric):
    autoloop_metric("length", len(join(["a"] * 50)))
"""


def test_nothing_to_propose(project: Project) -> None:
    """A run whose agent has nothing to propose ends well, and leaves nothing behind but its record.

    Whoever may cost something is not asked before it is known whether anything can be judged.
    """
    project.commit({"src/demo/nobody.py": NOBODY, "tests/test_length.py": RECORDING})
    before = project.state()
    ended = Ended(project, project.run("--autoloop", "--autoloop-agent=demo.nobody:propose", "--autoloop-metric=length"), before)

    assert ended.result.ret == pytest.ExitCode.OK
    ended.result.assert_outcomes(passed=4)
    ended.result.stdout.fnmatch_lines(
        ["0 experiments in *: 0 kept", "stopped: no agent has anything more to propose", "report: .autoloop/*"]
    )
    check_schema(project.report())
    assert (project.path / ".autoloop" / "known").read_text() == "True"
    ended.untouched()


def test_left_unjudged(project: Project) -> None:
    """What a limit leaves unjudged would not be kept, so that the status is 1; how many these are is said."""
    project.commit({"pytest.ini": "[pytest]\nautoloop_max_experiments = 0\npythonpath = src\ntestpaths = tests\n"})
    patch = project.patch("faster", {MODULE: FAST})
    result = project.run(f"--autoloop-judge={patch}", f"--autoloop-judge={patch}")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "autoloop: 2 of 2 given patches were not judged" in result.outlines
    assert "stopped: 0 experiments done" in result.outlines


def test_interrupted(project: Project) -> None:
    """Ctrl-C ends a run at once: it is put on record and summed up, and no process and no temporary file is left."""
    patch = project.patch("faster", {MODULE: FAST})
    before = project.state()
    with project.started(f"--autoloop-judge={patch}") as process:
        until(measuring(project), process)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=60)
    report = project.report()
    check_schema(report)

    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "stopped: interrupted" in out.splitlines()
    assert report["stopped"]["by"] == "interrupt"
    assert project.events()[-1]["event"] == "run_finished"
    assert "Traceback" not in err
    Ended(project, pytest.RunResult(2, [], [], 0), before).untouched()


SLOW = """\
import time
from pathlib import Path


def test_slow():
    Path({mark!r}).touch()
    time.sleep(60)
"""


def test_terminated_in_the_baseline(project: Project, tmp_path: Path) -> None:
    """A request to end is like Ctrl-C, also while the baseline runs: the loop does not start after it."""
    mark = tmp_path / "mark"
    project.commit({"tests/test_slow.py": SLOW.format(mark=str(mark))})
    before = project.state()
    with project.started("--autoloop") as process:
        until(mark.exists, process)
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=30)

    assert process.returncode == pytest.ExitCode.INTERRUPTED
    assert "stopped: interrupted" in out.splitlines()
    Ended(project, pytest.RunResult(2, [], [], 0), before).untouched()


def test_killed(project: Project) -> None:
    """A run that is killed leaves no process behind, and all of the user's as it was."""
    patch = project.patch("faster", {MODULE: FAST})
    before = project.state()
    with project.started(f"--autoloop-judge={patch}") as process:
        until(measuring(project), process)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=60)

    assert project.quiet()
    assert project.state() == before
    assert project.git("status", "--porcelain") == ""
