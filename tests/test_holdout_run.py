"""A whole run with a sealed holdout: what it decides, what a person reads of it, and what an agent can find of it."""

from __future__ import annotations

import json
import re
import shlex
import sys
import textwrap
from typing import TYPE_CHECKING
from typing import Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sample import Project

CODE = "src/demo/__init__.py"
FAST = "def total(n):\n    return (n - 1) * n * (2 * n - 1) // 6\n"
# Right wherever the visible tests and benchmarks look, and near there.
SPECIAL = "def total(n):\n    return (n - 1) * n * (2 * n - 1) // 6 if n == 4 or n > 2000 else 0\n"
# Like many, it makes a file beside the code, which the visible tests do not.
HELD = """\
import pathlib

import demo
from demo import total


def test_sealed():
    pathlib.Path(demo.__file__).with_name("made").write_text("x")
    assert total(5) == 30, "a word that nobody knows"


def test_bench_sealed(benchmark):
    assert benchmark(total, 4000) == 21325334000
"""
# It takes the next file for its edit, and puts down all that it could find out: its task, its variables, and every file in reach that
# names the holdout or a word of it.
AGENT = """\
import json, os, pathlib, sys

here = pathlib.Path(__file__).parent
asked = sorted(here.glob("asked-*.json"))
secrets = [b"sealed", b"nobody knows", b"the holdout's folder"]
found = []
for path in pathlib.Path.cwd().parents[2].rglob("*"):
    try:
        text = path.read_bytes() if path.is_file() else b""
    except OSError:
        text = b""
    found += [str(path) for word in secrets if word in text or word.decode() in path.name]
seen = {"task": sys.stdin.read(), "environ": dict(os.environ), "found": found, "files": len(list(pathlib.Path.cwd().parents[2].rglob("*")))}
(here / f"asked-{len(asked)}.json").write_text(json.dumps(seen))
edits = sorted(here.glob("*.txt"))
if len(asked) < len(edits):
    pathlib.Path("src/demo/__init__.py").write_text(edits[len(asked)].read_text())
"""


class HeldRun:
    """One run over two edits: one that knows what the visible tests and benchmarks ask, and one that is good."""

    def __init__(self, project: Project) -> None:
        self.project = project
        self.folder = project.path.parent / "the holdout's folder"
        self.folder.mkdir()
        (self.folder / "test_sealed.py").write_text(HELD)
        agent = project.path.parent / "agent"
        agent.mkdir()
        (agent / "agent.py").write_text(AGENT)
        (agent / "1.txt").write_text(SPECIAL)
        (agent / "2.txt").write_text(FAST)
        self.result = project.run(
            *("--autoloop", f"--autoloop-holdout={self.folder}", f"--autoloop-agent=cmd:{sys.executable} {agent}/agent.py"),
            "--autoloop-max-experiments=2",
            env={"PYTEST_ADDOPTS": f"--autoloop-holdout={shlex.quote(str(self.folder))}", "WHERE": str(self.folder)},
            limit=400,
        )
        self.out = "\n".join(self.result.outlines)
        self.asked: list[dict[str, Any]] = [json.loads(path.read_text()) for path in sorted(agent.glob("asked-*.json"))]


@pytest.fixture(scope="module")
def held(new_project: Callable[..., Project]) -> HeldRun:
    return HeldRun(new_project())


def test_what_it_decides(held: HeldRun) -> None:
    """What knows the visible tests by heart is rejected without a word of why, what is good is kept with its gain in the holdout."""
    assert held.result.ret == 0, held.out
    special, fast = held.project.report()["experiments"]

    assert (special["verdict"], special["stage"], special["reason"]) == ("rejected", "guard", "a holdout test failed")
    assert special["gain"]["low"] > 2, "it would have been kept"
    assert (fast["verdict"], fast["stage"]) == ("kept", "audit")
    assert fast["holdout"]["low"] > 2
    assert "all 2 holdout tests pass" in fast["checks"]["proved"]
    raw = held.project.run_folder / "experiments" / "0002" / "holdout-duels.jsonl"
    assert len(raw.read_text().splitlines()) == 8


def number_in(pattern: str, text: str) -> float:
    """Return the one number that a text tells in a place; it is rounded otherwise than in the report."""
    [number] = set(re.findall(pattern, text))
    return float(number)


def test_what_a_person_reads(held: HeldRun) -> None:
    """Terminal, report, table and commit tell the gain in the holdout; the folder of the experiment tells which test failed and how."""
    report = held.project.report()
    ratio = report["experiments"][1]["holdout"]["ratio"]
    overall = report["holdout"]["overall"]

    assert (report["holdout"]["tests"], report["holdout"]["benchmarks"]) == (2, 1)
    assert overall["low"] > 2
    assert "holdout: 2 tests, benchmarks among them: 1" in held.out
    message = held.project.git("log", "-1", "--format=%B", report["branch"])
    assert number_in(r", holdout ([\d.]+)x  ", held.out) == pytest.approx(ratio, rel=1e-4)
    assert number_in(r"in the holdout ([\d.]+) times faster \[", held.out) == pytest.approx(overall["ratio"], rel=1e-4)
    assert number_in(r"Autoloop-Holdout: ([\d.]+)x \[", message) == pytest.approx(ratio, rel=1e-4)
    assert (held.project.run_folder / "results.tsv").read_text().splitlines()[2].endswith(f"\t{ratio:.4f}")
    told = (held.project.run_folder / "experiments" / "0001" / "holdout.txt").read_text()
    assert "test_sealed.py::test_sealed failed" in told
    assert "a word that nobody knows" in told
    assert not (held.project.run_folder / "experiments" / "0001" / "failure.txt").exists()


def test_what_an_agent_finds(held: HeldRun) -> None:
    """Neither its task nor its variables nor any file around its tree tells it of the holdout, before and after it was used."""
    assert len(held.asked) == 2
    for asked in held.asked:
        assert asked["files"] > 20, "it looked at something"
        assert asked["found"] == []
        for text in (asked["task"], json.dumps(asked["environ"])):
            assert "holdout's folder" not in text
            assert "sealed" not in text
            assert "nobody knows" not in text
    assert "rejected at guard" in held.asked[1]["task"]
    assert "(a holdout test failed)" in held.asked[1]["task"]


def test_nothing_is_left(held: HeldRun) -> None:
    """The sealed folder is as it was, and no temporary file is left."""
    assert [path.name for path in held.folder.iterdir()] == ["test_sealed.py"]
    assert list(held.project.temporary.iterdir()) == []


def held_folder(project: Project, name: str, text: str = "def test_sealed():\n    assert 1 == 1\n") -> Path:
    folder = (project.path / name).resolve()
    folder.mkdir()
    (folder / "test_sealed.py").write_text(text)
    return folder


def refusal(project: Project, *args: str, status: int = 4) -> str:
    result = project.run(*args, limit=400)
    assert result.ret == status, result.outlines
    [line] = [line for line in [*result.errlines, *result.outlines] if "--autoloop-holdout: " in line and "stopped" not in line]
    return line


def test_bad_folders(project: Project) -> None:
    """A folder that is not there, lies in the repository or around it, or holds what cannot be sealed is refused before anything runs."""
    project.commit({".gitignore": "__pycache__/\n.pytest_cache/\nsecret/\n"})
    held_folder(project, "secret")
    linked = held_folder(project, "../linked")
    (linked / "more").symlink_to(project.path)

    assert "there is no folder nowhere" in refusal(project, "--autoloop", "--autoloop-holdout=nowhere")
    assert "there is no folder src/demo/text.py" in refusal(project, "--autoloop", "--autoloop-holdout=src/demo/text.py")
    inside = "secret lies in the repository, where every agent can read it: move it out of there"
    assert inside in refusal(project, "--autoloop", "--autoloop-holdout=secret")
    assert "the repository lies in .." in refusal(project, "--autoloop", "--autoloop-holdout=..")
    assert "more is no ordinary file that can be read" in refusal(project, "--autoloop", "--autoloop-holdout=../linked")


CHECK = """\
import pathlib

import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_check(config, candidate):
    if candidate.number == 2:
        (config.rootpath.parent / "held" / "test_more.py").touch()
"""


def test_judging_by_it(project: Project) -> None:
    """Given patches are judged by it too, here without benchmarks and named in ini; when the folder changes, that ends the run."""
    settings = textwrap.dedent("""\
        [tool.pytest.ini_options]
        testpaths = ["tests"]
        pythonpath = ["src"]
        autoloop_holdout = "../held"
        """)
    project.commit({"pyproject.toml": settings, "conftest.py": CHECK})
    held_folder(project, "../held", "import demo\n\n\ndef test_sealed():\n    assert demo.total(5) == 30\n")
    special, fast = project.patch("special", {CODE: SPECIAL}), project.patch("fast", {CODE: FAST})

    says = refusal(project, f"--autoloop-judge={special}", f"--autoloop-judge={fast}")

    [row] = project.report()["experiments"]
    assert (row["stage"], row["reason"], row["holdout"]) == ("guard", "a holdout test failed", None)
    assert "what it holds has changed since the run began (test_more.py): start a new run" in says
    assert project.report()["stopped"]["by"] == "refused"


def test_a_failing_one(project: Project) -> None:
    """A holdout that HEAD itself fails is refused before any agent is asked, with the test's name."""
    held_folder(project, "../failing", "def test_sealed():\n    assert 1 == 2\n")

    says = refusal(project, "--autoloop", "--autoloop-holdout=../failing", status=1)

    assert "test_sealed.py::test_sealed fails on HEAD (assert 1 == 2): mend it, or take it away" in says
