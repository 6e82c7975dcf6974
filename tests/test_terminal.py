from __future__ import annotations

import io
import re
from dataclasses import replace
from typing import Any

import pytest

from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.experiment import VerdictKind
from pytest_autoloop.journal.report import RunRecord
from pytest_autoloop.stopping import Stop
from pytest_autoloop.terminal import Screen
from pytest_autoloop.terminal import experiment_line
from pytest_autoloop.terminal import summary_lines
from pytest_autoloop.text import duration

# What a forge takes for a command: white space before a double colon is nothing to it.
COMMAND = re.compile(r"^\s*::|##[\w.-]*\[", re.MULTILINE)
GAIN = Gain(ratio=1.31, low=1.2749, high=1.3456)
COMMANDS = "::stop-commands::e ##[add-mask]e ##vso[task.complete] ##teamcity[a]"
HOSTILE = f"{COMMANDS} \x1b[2J\x1b]0;title\x07\x1b[31mred\u202e gnitirw\r\n::error::\x9b1mx"


def experiment(kind: VerdictKind = "kept", **other: Any) -> Experiment:
    made = Experiment(
        number=7,
        parent="0" * 40,
        title="Join the words at once",
        agent="rewrites",
        verdict=Verdict(kind=kind, stage="audit" if kind == "kept" else "gate", reason="" if kind == "kept" else "test_join failed"),
        gain=GAIN if kind == "kept" else None,
        seconds={"gate": 1.2, "measure": 9.9},
    )
    return replace(made, **other)


RECORD = RunRecord(run="ID", base="a" * 40, head="b" * 40, branch="autoloop/ID", agents=("rewrites",), seconds=3725.4)
DONE = Stop(by="patience", detail="3 experiments in a row without a keep")


def lines(record: RunRecord) -> list[str]:
    return list(summary_lines(record, ".autoloop/runs/ID/report.json"))


def screen(config: pytest.Config, verbosity: int = 0) -> tuple[Screen, io.StringIO]:
    """Make a screen that writes through pytest's own reporter into a text."""
    text = io.StringIO()
    return Screen(pytest.TerminalReporter(config, text), verbosity), text


def test_kept_line() -> None:
    """What was kept is shown with its number, its gain, the interval, the title and the time."""
    assert experiment_line(experiment()) == "    7 kept     1.310x [1.275, 1.346]  Join the words at once  (11 s)"
    held = experiment(holdout=Gain(ratio=1.2, low=1.1, high=1.3))
    assert experiment_line(held) == "    7 kept     1.310x [1.275, 1.346], holdout 1.200x  Join the words at once  (11 s)"


@pytest.mark.parametrize("kind", ["rejected", "flagged"])
def test_other_lines(kind: VerdictKind) -> None:
    """What was not kept is shown with the stage that decided, the title and the reason."""
    assert experiment_line(experiment(kind)) == f"    7 {kind:<8} gate    Join the words at once: test_join failed  (11 s)"


def test_flagged_line() -> None:
    """What is for a person to decide is shown with what it would gain, the first reason and how many there are."""
    verdict = Verdict(kind="flagged", stage="guard", reason="a.py:3: keeps state in KNOWN")
    flagged = experiment("flagged", verdict=verdict, gain=GAIN, flags=("a.py:3: keeps state in KNOWN", "a.py:9: imports os"))

    line = "    7 flagged  1.310x if you accept it  Join the words at once: a.py:3: keeps state in KNOWN (and 1 more)  (11 s)"
    assert experiment_line(flagged) == line
    assert experiment_line(replace(flagged, flags=flagged.flags[:1])) == line.replace(" (and 1 more)", "")


def test_long_texts_are_cut() -> None:
    """A line stays a line, whatever an agent calls its work and whatever a test says."""
    line = experiment_line(experiment("rejected", title="t" * 500, verdict=Verdict(kind="rejected", stage="gate", reason="r\n" * 500)))

    assert len(line) < 230
    assert "\n" not in line


@pytest.mark.parametrize("kind", ["kept", "rejected"])
def test_nothing_hostile_reaches_the_screen(pytestconfig: pytest.Config, kind: VerdictKind) -> None:
    """Escape sequences, control characters and marks that turn text around are gone from what is shown, and commands to forges broken."""
    odd = experiment(kind, title=HOSTILE, agent=HOSTILE, verdict=Verdict(kind=kind, stage="gate", reason=HOSTILE))
    shown, text = screen(pytestconfig, 1)
    shown.experiment(odd)
    shown.note(HOSTILE)
    shown.table(HOSTILE.splitlines())
    record = replace(RECORD, experiments=(odd,), stopped=Stop(by="agents", detail=HOSTILE))
    refused = replace(RECORD, stopped=Stop(by="refused", detail=HOSTILE))
    found = text.getvalue() + "\n".join([*lines(record), *lines(refused)])

    assert "red gnitirw" in found
    assert not set(found) & set("\x1b\x07\x9b\r\u202e")
    assert COMMAND.findall(found) == []


def test_screen(pytestconfig: pytest.Config) -> None:
    """Notes and experiments become lines; what is being done right now is for a terminal only."""
    shown, text = screen(pytestconfig)
    shown.doing("gate: 3 tests")
    shown.about("experiment 7")
    shown.note("noise of a duel 1 %")
    shown.experiment(experiment())
    shown.quiet()

    assert text.getvalue().splitlines() == ["autoloop: noise of a duel 1 %", experiment_line(experiment())]


def test_verbose_screen(pytestconfig: pytest.Config) -> None:
    """With -v the whole reason follows."""
    shown, text = screen(pytestconfig, 1)
    shown.experiment(experiment("rejected", verdict=Verdict(kind="rejected", stage="gate", reason="word " * 60)))

    assert text.getvalue().splitlines()[1].strip() == " ".join(["word"] * 60)


@pytest.mark.parametrize(("verbosity", "count"), [(-1, 1), (-2, 0)])
def test_quiet_screen(pytestconfig: pytest.Config, verbosity: int, count: int) -> None:
    """With -q experiments are still shown, with -qq nothing is."""
    shown, text = screen(pytestconfig, verbosity)
    shown.experiment(experiment())

    assert len(text.getvalue().splitlines()) == count


def test_no_screen() -> None:
    """Without pytest's reporter everything works and nothing is shown."""
    shown = Screen(None, 0)
    shown.doing("this")
    shown.note("that")
    shown.experiment(experiment())
    shown.quiet()


def test_live_line(pytestconfig: pytest.Config, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """On a terminal a line tells what is being done; it is gone before anything else is written."""
    monkeypatch.setenv("TERM", "xterm")
    reporter = pytest.TerminalReporter(pytestconfig, io.StringIO())
    monkeypatch.setattr(reporter, "isatty", True)
    shown = Screen(reporter, 0)
    shown.doing("gate: 3 tests \x1b[2J")
    shown.note("done")
    shown.quiet()

    assert "\x1b[2J" not in capsys.readouterr().out


def test_summary_of_keeps() -> None:
    """The end of a run lists what was kept, the whole gain, why it stopped, and how to look at it and merge it."""
    record = replace(RECORD, experiments=(experiment("rejected"), experiment(), experiment("flagged")), stopped=DONE, overall=GAIN)

    assert lines(record) == [
        "3 experiments in 1 h 2 min: 1 kept, 1 flagged",
        "  7 kept     1.310x [1.275, 1.346]  Join the words at once  (11 s)",
        "in all 1.31 times faster [1.27, 1.35], the last commit measured against the first",
        "flagged is for you to decide, by the evidence in the report; --autoloop-accept-flagged keeps it",
        "stopped: 3 experiments in a row without a keep",
        "report: .autoloop/runs/ID/report.json",
        "look:  git log -p aaaaaaaaaa..autoloop/ID",
        "merge: git merge --ff-only autoloop/ID",
    ]


def test_summary_without_a_total() -> None:
    """When the total was not measured again, as after Ctrl-C, that is said and no number is made up."""
    record = replace(RECORD, experiments=(experiment(),), stopped=Stop(by="interrupt", detail="interrupted"))

    assert "the total was not measured again" in lines(record)
    assert "stopped: interrupted" in lines(record)


def test_summary_without_keeps() -> None:
    """Where nothing was kept there is nothing to look at or merge."""
    assert lines(replace(RECORD, experiments=(experiment("rejected"),), stopped=DONE, seconds=12.3)) == [
        "1 experiment in 12 s: 0 kept",
        "stopped: 3 experiments in a row without a keep",
        "report: .autoloop/runs/ID/report.json",
    ]


def test_summary_of_judging() -> None:
    """When patches were judged, nothing was kept and there is no branch; that all of them were judged is no news."""
    ended = replace(RECORD, branch=None, stopped=Stop(by="agents", detail="no agent has anything more to propose"))

    assert lines(ended) == ["0 experiments in 1 h 2 min: 0 would be kept", "report: .autoloop/runs/ID/report.json"]
    assert lines(replace(RECORD, branch=None, experiments=(experiment(),), stopped=DONE, seconds=12.3)) == [
        "1 experiment in 12 s: 1 would be kept",
        "stopped: 3 experiments in a row without a keep",
        "report: .autoloop/runs/ID/report.json",
    ]


def test_summary_of_a_refusal() -> None:
    """A run that never began has nothing to tell but why."""
    assert lines(replace(RECORD, stopped=Stop(by="refused", detail="nothing to optimise"))) == ["nothing to optimise"]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.2, "0 s"), (99.4, "99 s"), (100, "1 min 40 s"), (3599.6, "1 h 0 min"), (7325, "2 h 2 min")]
)
def test_durations(seconds: float, text: str) -> None:
    """Times are told as people tell them."""
    assert duration(seconds) == text


def test_how_to_go_on() -> None:
    """A run that did not come to its own end says how to go on with it; one that did, or keeps nothing anyhow, does not."""
    interrupted = replace(RECORD, stopped=Stop(by="interrupt", detail="interrupted"))

    assert "go on: pytest --autoloop-resume=ID, with the tests selected as before" in lines(interrupted)
    assert not [line for line in [*lines(replace(interrupted, branch=None)), *lines(replace(RECORD, stopped=DONE))] if "resume" in line]
