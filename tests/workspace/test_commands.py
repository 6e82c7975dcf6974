from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.commands import Ran
from pytest_autoloop.workspace.commands import ShellRunner

if TYPE_CHECKING:
    from pathlib import Path

    from pytest_autoloop.workspace.processes import Processes

    from .lifeline import Lifeline


@pytest.fixture
def runner(processes: Processes, tmp_path: Path) -> ShellRunner:
    return ShellRunner(processes, {"PATH": os.environ["PATH"], "OWN": "mine"}, tmp_path / "agent", 20.0)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "a b"
    folder.mkdir()
    return folder


def test_command(runner: ShellRunner, here: Path) -> None:
    """A command runs in its folder, with its text on standard input and the user's variables; all that it prints comes back."""
    ran = runner.run('cat; echo "$OWN" >&2; pwd; exit 3', here, "żółć\nand more\n")

    assert ran == Ran(status=3, output=f"żółć\nand more\nmine\n{here}\n")


def test_no_text(runner: ShellRunner, here: Path) -> None:
    """Without a text standard input is empty: nobody waits for a person."""
    assert runner.run("cat", here) == Ran(status=0, output="")


def test_what_is_no_text(runner: ShellRunner, here: Path) -> None:
    """What cannot be written as text is replaced on the way in, and on the way out."""
    assert runner.run("cat; printf '\\377x'", here, "a\ud800b\n") == Ran(status=0, output="a?b\n\ufffdx")


def test_unknown_command(runner: ShellRunner, here: Path) -> None:
    """A command that does not exist ends as in any shell, and its words come back."""
    ran = runner.run("no-such-command-anywhere", here)

    assert ran.status == 127
    assert "no-such-command-anywhere" in ran.output


@pytest.mark.parametrize("limits", [(60.0, 0.3), (0.3, None)], ids=["of the call", "of all calls"])
def test_time_limit(processes: Processes, here: Path, tmp_path: Path, lifeline: Lifeline, limits: tuple[float, float | None]) -> None:
    """A command that takes too long is ended, with all that it has started, and what it printed until then comes back."""
    runner = ShellRunner(processes, {"PATH": os.environ["PATH"]}, tmp_path / "agent", limits[0])

    ran = runner.run(f"exec 9> '{lifeline.path}'; echo begun; setsid sleep 100 & sleep 5; echo late", here, limit=limits[1])

    assert ran == Ran(status=None, output="begun\n")
    assert lifeline.cut()


def test_what_it_leaves_running(runner: ShellRunner, here: Path, lifeline: Lifeline) -> None:
    """What a command leaves running does not outlive it."""
    ran = runner.run(f"exec 9> '{lifeline.path}'; setsid sleep 100 & echo done", here)

    assert ran == Ran(status=0, output="done\n")
    assert lifeline.cut()


def test_killed(runner: ShellRunner, here: Path) -> None:
    """A command that is killed has the signal as its status."""
    assert runner.run("kill -9 $$", here).status == -9


def test_long_output(runner: ShellRunner, here: Path) -> None:
    """Of a very long output the end comes back."""
    ran = runner.run("yes abcdefghi | head -c 3000000; echo the end", here)

    assert len(ran.output) == 1_000_000
    assert ran.output.endswith("abcdefghi\nthe end\n")


def test_temporary_files(runner: ShellRunner, here: Path, tmp_path: Path) -> None:
    """A command has a temporary folder of its own, and neither that nor anything else of it is left."""
    ran = runner.run('echo x > "$TMPDIR/x"; echo "$TMPDIR"; chmod 500 "$TMPDIR"', here)

    assert ran.output.startswith(str(tmp_path / "agent"))
    assert not list((tmp_path / "agent").iterdir())
    assert not list(here.iterdir())


def test_no_bytecode(runner: ShellRunner, here: Path) -> None:
    """Python started by a command leaves no bytecode in the tree, where it would be taken for the proposal's."""
    assert runner.run('echo "$PYTHONDONTWRITEBYTECODE"', here).output == "1\n"
