"""What takes too much is stopped, and nothing of it is left."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.workspace.limits import generous
from pytest_autoloop.workspace.scratch import Scratch
from pytest_autoloop.workspace.scratch import clear_away
from pytest_autoloop.workspace.scratch import size_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pytest_autoloop.workspace.processes import Processes

    from .lifeline import Lifeline

_MIB = 1 << 20


def run(processes: Processes, folder: Path, code: str, limits: Mapping[str, int]) -> str:
    """Run a program within limits to its end, and return what it printed."""
    output = folder / "output"
    child = processes.spawn([sys.executable, "-I", "-S", "-c", code], env={}, cwd=folder, output=output, limits=limits)
    assert child.wait(60) is not None
    child.end()
    return output.read_text()


def test_disk(processes: Processes, tmp_path: Path) -> None:
    """A file that fills the disk ends at the limit; what is left is measured, and given back."""
    scratch = Scratch(tmp_path / "scratch")
    code = (
        f"import os\nos.chdir({str(scratch.folder)!r})\nfile = open('huge', 'wb', buffering=0)\n"
        "try:\n while file.write(bytes(1 << 20)): pass\nexcept OSError as error: print(error.strerror)"
    )

    assert run(processes, tmp_path, code, {"FSIZE": 8 * _MIB}) == "File too large\n"

    assert 8 * _MIB <= scratch.size() < 9 * _MIB
    scratch.remove()
    assert not scratch.folder.exists()


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not limit memory")
def test_memory(processes: Processes, tmp_path: Path) -> None:
    """A program that takes ever more memory is refused it at the limit; to reserve addresses alone costs nothing."""
    code = "held = []\ntry:\n for _ in range(1024): held.append(bytearray(16 << 20))\nexcept MemoryError: print(len(held) < 20)"
    assert run(processes, tmp_path, code, {"DATA": 256 * _MIB}) == "True\n"

    (tmp_path / "output").unlink()
    reserve = "import mmap; mmap.mmap(-1, 4 << 30, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, prot=mmap.PROT_READ); print('reserved')"
    assert run(processes, tmp_path, reserve, {"DATA": 256 * _MIB}) == "reserved\n"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems do not ask")
def test_who_goes_first(processes: Processes, tmp_path: Path) -> None:
    """If the machine runs out of memory, children have to go before the user's own programs."""
    assert run(processes, tmp_path, "print(open('/proc/self/oom_score_adj').read().strip())", {}) == "1000\n"


def test_bomb(processes: Processes, tmp_path: Path, lifeline: Lifeline) -> None:
    """What multiplies by itself, in sessions of its own, is stopped as a whole and ended, with nothing left over."""
    bomb = """
def bomb(depth=0):
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    os.setsid()
    tell(1)
    count = 0
    while True:
        if count < 3 and depth < 4 and os.fork() == 0:
            return bomb(depth + 1)
        count += 1
        import time
        time.sleep(0.01)
"""
    child = processes.spawn(
        lifeline.command(f"{bomb}\nif os.fork() == 0: bomb()\nstay()"), env={}, cwd=tmp_path, output=tmp_path / "output"
    )
    for _ in range(20):
        lifeline.line()
    child.end()

    assert processes.sweep() > 0

    assert lifeline.cut()
    assert processes.sweep() == 0


def test_limits_only_fall(processes: Processes, tmp_path: Path) -> None:
    """A limit that is lower already stays; a limit that a system does not know is passed over."""
    code = "import resource; print(resource.getrlimit(resource.RLIMIT_NOFILE))"

    assert run(processes, tmp_path, code, {"NOFILE": 64, "NO_SUCH_LIMIT": 1}) == "(64, 64)\n"


def test_generous(tmp_path: Path) -> None:
    """Limits are far above what ordinary suites take, and none is of CPU time: under one Linux tells it by clock ticks only."""
    limits = generous(tmp_path)

    assert limits["FSIZE"] >= 1 << 30
    assert limits.get("DATA", 2 << 30) >= 2 << 30
    assert "CPU" not in limits
    assert ("NPROC" in limits) == (os.geteuid() != 0 and sys.platform.startswith("linux"))


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="Linux only")
def test_clock_of_a_limited_child(processes: Processes, tmp_path: Path) -> None:
    """A child under its limits reads its CPU time as finely as ever: no two readings in a row are the same."""
    code = "import time\nseen = [(sum(range(2000)), time.process_time_ns())[1] for _ in range(200)]\nprint(len(set(seen)))"

    assert int(run(processes, tmp_path, code, generous(tmp_path))) > 150


def test_folders_that_are_closed(tmp_path: Path) -> None:
    """A folder is deleted, whatever rights somebody has taken away inside; links lead nowhere."""
    precious = tmp_path / "precious"
    precious.write_text("x")
    inner = tmp_path / "scratch" / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "file").write_text("x" * 10_000)
    (inner / "link").symlink_to(precious)
    assert size_of(tmp_path / "scratch") >= 10_000
    inner.chmod(0)
    inner.parent.chmod(0o500)

    clear_away(tmp_path / "scratch")

    assert not (tmp_path / "scratch").exists()
    assert precious.read_text() == "x"
