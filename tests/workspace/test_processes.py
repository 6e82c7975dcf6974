from __future__ import annotations

import json
import os
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker.channel import ChannelClosed
from pytest_autoloop.workspace import supervisor
from pytest_autoloop.workspace.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_autoloop.workspace.processes import Child

    from .lifeline import Lifeline

_LIMIT = 20.0


class Yard:
    """Starts programs in a folder, and reads what they print."""

    def __init__(self, processes: Processes, folder: Path) -> None:
        self.processes = processes
        self.folder = folder
        self.output = folder / "output"

    def start(self, argv: list[str], *, env: Mapping[str, str] | None = None, channel: bool = False, stdin: Path | None = None) -> Child:
        """Start a program."""
        return self.processes.spawn(argv, env=env or {}, cwd=self.folder, output=self.output, channel=channel, stdin=stdin)

    def sh(self, script: str) -> Child:
        """Start a shell script."""
        return self.start(["/bin/sh", "-c", script], env={"PATH": os.environ["PATH"]})

    def python(self, code: str, *, env: Mapping[str, str] | None = None, channel: bool = False, stdin: Path | None = None) -> Child:
        """Start a Python program that takes no part in the test's environment."""
        return self.start([sys.executable, "-I", "-S", "-c", code], env=env, channel=channel, stdin=stdin)

    def status(self, child: Child) -> int:
        """Wait for the end of a program and return its status."""
        ended = child.wait(_LIMIT)
        assert ended is not None
        assert child.end() == ended
        return ended.status


@pytest.fixture
def yard(processes: Processes, tmp_path: Path) -> Yard:
    return Yard(processes, tmp_path)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


def test_exit_status(yard: Yard) -> None:
    """The status that a program ends with is told, and told again to whoever asks again."""
    child = yard.sh("exit 7")

    assert yard.status(child) == 7
    assert yard.status(child) == 7
    assert child.end().status == 7


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGHUP", "SIGPIPE", "SIGXFSZ", "SIGKILL"])
def test_signals_act_as_in_any_program(yard: Yard, name: str) -> None:
    """A program ended by a signal has the negative number as its status; no signal is ignored on its behalf."""
    number = getattr(signal, name)

    assert yard.status(yard.sh(f"kill -{int(number)} $$; exit 0")) == -number


def test_usage(yard: Yard) -> None:
    """Processor time and peak memory of an ended program are told, with those of the children it waited for."""
    idle = yard.python("pass")
    child = yard.python("import os; pid = os.fork(); pid and os.wait(); pid or sum(range(3_000_000))")

    ended, rest = child.wait(_LIMIT), idle.wait(_LIMIT)

    assert ended is not None
    assert rest is not None
    assert ended.cpu > rest.cpu > 0
    assert ended.maxrss > 0


def test_output(yard: Yard) -> None:
    """Standard output and standard error go into one file in the order of writing, however much it is, behind what is in it."""
    yard.output.write_text("before\n")

    yard.status(yard.python("import os\nfor n in range(20_000): os.write(1 + n % 2, b'%d\\n' % n)"))

    assert yard.output.read_text() == "before\n" + "".join(f"{n}\n" for n in range(20_000))


def test_standard_input(yard: Yard) -> None:
    """Standard input is the given file, and without one it is empty."""
    text = yard.folder / "input"
    text.write_text("a\nb\n")

    yard.status(yard.python("import sys; print(sys.stdin.read().split())", stdin=text))
    yard.status(yard.python("import sys; print(sys.stdin.read().split())"))

    assert yard.output.read_text() == "['a', 'b']\n[]\n"


def test_standard_input_that_is_not_there(yard: Yard) -> None:
    """A file for standard input that does not exist is named, and the next program starts as ever."""
    with pytest.raises(FileNotFoundError, match="nowhere"):
        yard.python("pass", stdin=yard.folder / "nowhere")

    assert yard.status(yard.sh("exit 3")) == 3


def test_environment_and_folder(yard: Yard) -> None:
    """A program sees the variables it was given and no others, and runs in its folder, whatever the bytes of the names."""
    folder = yard.folder / os.fsdecode(b"caf\xc3\xa9 \xff")
    folder.mkdir()
    env = {"ODD": os.fsdecode(b"\xff='\"\n"), "EMPTY": "", "LC_ALL": "C.UTF-8"}
    code = "import os; print(sorted((k, v) for k, v in os.environb.items()), os.getcwdb())"

    child = yard.processes.spawn([sys.executable, "-I", "-S", "-c", code], env=env, cwd=folder, output=yard.output)

    assert yard.status(child) == 0
    assert (
        yard.output.read_text().strip() == f"{sorted((os.fsencode(k), os.fsencode(v)) for k, v in env.items())!r} {os.fsencode(folder)!r}"
    )


def test_large_environment(yard: Yard) -> None:
    """A request may be larger than what a socket holds, also after a wait that was cut short."""
    env = {f"BIG{n}": "x" * 100_000 for n in range(8)}
    waiting = yard.python("import signal; signal.pause()")
    assert waiting.wait(0) is None

    child = yard.python("import os; print(sum(map(len, os.environ.values())))", env=env)

    assert yard.status(child) == 0
    assert int(yard.output.read_text()) >= 800_000


def test_channel(yard: Yard) -> None:
    """With a channel a program finds a socket as descriptor 3, and nothing but its three files besides."""
    code = """
import os, socket
def opened(fd):
    try:
        return bool(os.fstat(fd))
    except OSError:
        return False
found = [fd for fd in range(256) if opened(fd)]
channel = socket.socket(fileno=3)
print(found, channel.family == socket.AF_UNIX)
"""
    assert yard.status(yard.python(code, channel=True)) == 0
    assert yard.output.read_text() == "[0, 1, 2, 3] True\n"


def test_no_channel_no_descriptor(yard: Yard) -> None:
    """Without a channel a program has its three files and nothing else: not the supervisor's socket, not another child's channel."""
    waiting = yard.python("import socket; socket.socket(fileno=3).recv(1)", channel=True)

    yard.status(yard.python("import os\nfor fd in range(3, 256):\n try: print(fd, os.fstat(fd))\n except OSError: pass"))

    assert yard.output.read_text() == ""
    assert waiting.wait(0) is None
    waiting.end()


def test_end_of_a_channel(yard: Yard, lifeline: Lifeline) -> None:
    """A channel ends with its process, though another program lives on that the process has started."""
    left_behind = "child(lambda ready: (os.setsid(), ready(), tell('up'), os.execv('/bin/sleep', ['sleep', '100'])))"
    child = yard.start(lifeline.command(f"os.set_inheritable(3, False)\n{left_behind}"), channel=True)

    assert lifeline.line() == "up"
    with pytest.raises(ChannelClosed):
        child.channel.take(_LIMIT)
    assert yard.status(child) == 0
    assert lifeline.held()


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not bind processes")
def test_processors(yard: Yard) -> None:
    """A program may be kept to some of the processors, and otherwise runs on those that the caller may."""
    allowed = sorted(os.sched_getaffinity(0))
    code = "import os; print(sorted(os.sched_getaffinity(0)))"

    yard.processes.spawn(
        [sys.executable, "-I", "-S", "-c", code], env={}, cwd=yard.folder, output=yard.output, processors=allowed[-1:]
    ).wait(_LIMIT)
    yard.status(yard.python(code))

    assert yard.output.read_text() == f"{allowed[-1:]}\n{allowed}\n"


def test_no_such_program(yard: Yard) -> None:
    """A program that does not exist is named, and the next one starts as ever."""
    with pytest.raises(FileNotFoundError, match=r"no-such-program-anywhere: .*No such file"):
        yard.start(["no-such-program-anywhere", "-x"], channel=True)

    assert yard.status(yard.sh("exit 3")) == 3


def test_no_such_folder(yard: Yard) -> None:
    """A folder that does not exist is named, and the next program starts as ever."""
    with pytest.raises(FileNotFoundError, match="no-such-folder"):
        yard.processes.spawn(["true"], env={}, cwd=yard.folder / "no-such-folder", output=yard.output)

    assert yard.status(yard.sh("exit 3")) == 3


def test_no_program_at_all(yard: Yard) -> None:
    """A file that is not executable is named as one that cannot be started."""
    text = yard.folder / "text"
    text.write_text("no program")

    with pytest.raises(FileNotFoundError, match=r"text: .*Permission denied"):
        yard.start([str(text)])


def test_program_found_on_the_given_path(yard: Yard) -> None:
    """A program's name is looked up on the path that it is given, not on the caller's."""
    tool = yard.folder / "bin" / "tool"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\nexit 5\n")
    tool.chmod(0o755)

    assert yard.status(yard.start(["tool"], env={"PATH": str(tool.parent)})) == 5


def test_time_limit(yard: Yard, lifeline: Lifeline) -> None:
    """A program that does not end in time is still there after the wait, and ended at once when that is asked for."""
    child = yard.start(lifeline.command("stay()"))
    lifeline.line()

    assert child.wait(0) is None
    assert child.wait(0.01) is None
    assert alive(child.pid)
    assert child.end().status == -signal.SIGKILL
    assert child.end().status == -signal.SIGKILL
    assert not alive(child.pid)


def test_deaf_program(yard: Yard, lifeline: Lifeline) -> None:
    """A program that ignores every signal that can be ignored is ended all the same."""
    child = yard.start(lifeline.command("[signal.signal(n, signal.SIG_IGN) for n in (1, 2, 3, 15, 24, 25)]\nstay()"))
    lifeline.line()

    assert child.end().status == -signal.SIGKILL
    assert lifeline.cut()


def test_stopped_program(yard: Yard, lifeline: Lifeline) -> None:
    """A program that has stopped itself is ended all the same."""
    child = yard.start(lifeline.command("tell(1)\nos.kill(os.getpid(), signal.SIGSTOP)"))
    lifeline.line()

    assert child.end().status == -signal.SIGKILL
    assert lifeline.cut()


def test_group_ends_with_its_leader(yard: Yard, lifeline: Lifeline) -> None:
    """What a program leaves running in its own group ends with it, without a sweep."""
    child = yard.start(lifeline.command("child(lambda ready: (tell(1), ready(), forever()))"))
    lifeline.line()

    assert yard.status(child) == 0
    assert lifeline.cut()


@pytest.mark.parametrize(
    "body",
    [
        "daemon(stay)",
        "child(lambda ready: (os.setsid(), ready(), stay()))",
        "child(lambda ready: (os.setpgid(0, 0), ready(), stay()))",
        "daemon(lambda: [signal.signal(n, signal.SIG_IGN) for n in (1, 2, 15)] and stay())",
        "daemon(lambda: daemon(lambda: daemon(stay)) or forever())",
    ],
    ids=["daemon", "grandchild in its own session", "grandchild in its own group", "deaf daemon", "daemons of daemons"],
)
def test_sweep(yard: Yard, lifeline: Lifeline, body: str) -> None:
    """Whatever a program leaves behind, in whichever session and of whatever descent, is ended by the sweep after it."""
    child = yard.start(lifeline.command(body))
    lifeline.line()
    yard.status(child)
    assert lifeline.held()

    assert yard.processes.sweep() >= 1

    assert lifeline.cut()
    assert yard.processes.sweep() == 0


def test_sweep_of_a_program_that_was_ended(yard: Yard, lifeline: Lifeline) -> None:
    """A sweep ends what a program has put out of its session's reach, when the program itself had to be ended."""
    child = yard.start(lifeline.command("daemon(stay)\nforever()"))
    pid = int(lifeline.line())
    child.end()
    assert alive(pid)

    yard.processes.sweep()

    assert lifeline.cut()
    assert not alive(pid)


def test_sweep_of_what_keeps_forking(yard: Yard, lifeline: Lifeline) -> None:
    """A process that goes on in ever new children is caught."""
    hop = "def hop():\n import time\n end = time.monotonic() + 15\n tell(1)\n while time.monotonic() < end:\n  os.fork() and os._exit(0)\n"
    child = yard.start(lifeline.command(f"{hop}\ndaemon(hop)"))
    lifeline.line()
    yard.status(child)

    yard.processes.sweep()

    assert lifeline.cut()


def test_sweep_spares_live_programs(yard: Yard, lifeline: Lifeline) -> None:
    """A sweep after one program touches neither another that is running, nor what that one has started."""
    running = yard.start(lifeline.command("if os.fork() == 0: os.setsid()\nstay()"))
    pids = [int(lifeline.line()), int(lifeline.line())]
    yard.status(yard.sh("exit 0"))

    assert yard.processes.sweep() == 0

    assert running.pid in pids
    assert all(alive(pid) for pid in pids)


def test_two_at_once(yard: Yard) -> None:
    """Two programs run side by side, each with its own channel and status, whichever ends first."""
    code = "import os, socket, sys; c = socket.socket(fileno=3); c.sendall(c.recv(9)); sys.exit(int(c.recv(1)))"
    one, two = yard.python(code, channel=True), yard.python(code, channel=True)

    ends = [child.channel._sock for child in (one, two)]
    for number, end in enumerate(ends):
        end.sendall(b"hello %d\n" % number)
    assert [end.recv(100) for end in ends] == [b"hello 0\n", b"hello 1\n"]
    ends[1].sendall(b"2")
    assert yard.status(two) == 2
    assert one.wait(0) is None
    ends[0].sendall(b"1")
    assert yard.status(one) == 1


def test_other_children_are_never_touched(tmp_path: Path, lifeline: Lifeline) -> None:
    """Children that the caller has started by themselves, before or after, survive every end and every sweep."""
    with (
        subprocess.Popen(["cat"], stdin=subprocess.PIPE) as before,
        Processes() as processes,
        subprocess.Popen(["cat"], stdin=subprocess.PIPE) as after,
    ):
        yard = Yard(processes, tmp_path)
        child = yard.start(lifeline.command("daemon(stay)\nforever()"))
        lifeline.line()
        child.end()
        processes.sweep()
        processes.__exit__(None, None, None)

        assert lifeline.cut()
        assert before.poll() is None
        assert after.poll() is None


def test_leaving_ends_everything(tmp_path: Path, lifeline: Lifeline) -> None:
    """When the caller is done with it, every program and everything they started is gone."""
    with Processes() as processes:
        yard = Yard(processes, tmp_path)
        yard.start(lifeline.command("daemon(stay)\nstay()"))
        yard.start(lifeline.command("daemon(stay)"))
        for _ in range(3):
            lifeline.line()

    assert lifeline.cut()


def test_leaving_with_news_unread(tmp_path: Path, lifeline: Lifeline, capfd: pytest.CaptureFixture[str]) -> None:
    """Leaving without having asked how a program ended leaves no word on the terminal and nobody behind."""
    with Processes() as processes:
        Yard(processes, tmp_path).start(lifeline.command("daemon(stay)"))
        lifeline.line()
        arrived, _, _ = select.select([processes._socket], [], [], _LIMIT)
        assert arrived

    assert lifeline.cut()
    assert capfd.readouterr() == ("", "")


_CALLER = """
import sys
from pathlib import Path
from pytest_autoloop.workspace.processes import Processes

with Processes() as processes:
    for _ in range(2):
        processes.spawn(sys.argv[2:], env={}, cwd=Path(sys.argv[1]), output=Path(sys.argv[1], "output"))
    sys.stdin.read()
    raise SystemExit(3)
"""


@pytest.mark.parametrize("how", ["killed", "ends"])
def test_end_of_the_caller(tmp_path: Path, lifeline: Lifeline, how: str) -> None:
    """When the caller ends, killed or in order, nothing of what it started stays, and nothing is said about it."""
    command = lifeline.command("signal.signal(15, signal.SIG_IGN)\ndaemon(stay)\nif os.fork() == 0: os.setsid()\nstay()")
    argv = [sys.executable, "-c", _CALLER, str(tmp_path), *command]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as caller:
        for _ in range(6):
            lifeline.line()
        if how == "killed":
            caller.kill()
        _, said = caller.communicate(timeout=_LIMIT)

    assert lifeline.cut()
    assert caller.returncode == (-signal.SIGKILL if how == "killed" else 3)
    assert said == b""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_to_the_supervisor(yard: Yard, number: signal.Signals) -> None:
    """A signal that is meant for a whole run does not take away the one process that clears up after it."""
    child = yard.python("import os; os.read(3, 1)", channel=True)
    os.kill(_parent(yard), number)

    child.channel._sock.sendall(b"x")

    assert yard.status(child) == 0
    assert yard.processes.sweep() == 0


def _parent(yard: Yard) -> int:
    yard.status(yard.python("import os; print(os.getppid())"))
    return int(yard.output.read_text().split()[-1])


def test_death_of_the_supervisor(tmp_path: Path) -> None:
    """If something kills the supervisor itself, the caller is told instead of waiting for ever."""
    with Processes() as processes:
        yard = Yard(processes, tmp_path)
        child = yard.python("import signal; signal.pause()")
        os.kill(_parent(yard), signal.SIGKILL)
        try:
            with pytest.raises(RuntimeError, match="supervisor process ended"):
                child.wait(_LIMIT)
        finally:
            os.kill(child.pid, signal.SIGKILL)


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere nothing is adopted")
def test_search_for_children(lifeline: Lifeline) -> None:
    """A child is found with the kernel's list of children and without it, though its name is brackets and bytes that are no text."""
    named = "import ctypes\nassert ctypes.CDLL(None).prctl(15, b') 1 \\n\\xff', 0, 0, 0) == 0\nstay()"
    with subprocess.Popen(lifeline.command(named)) as child:
        try:
            lifeline.line()
            assert child.pid in supervisor._children(os.getpid())
            assert child.pid in supervisor._children_by_scan(os.getpid())
            assert os.getpid() not in supervisor._children_by_scan(os.getpid())
        finally:
            child.kill()


def test_requests_in_pieces(tmp_path: Path) -> None:
    """Requests are lines, however they arrive, and what follows a half one does not disturb it."""
    script = Path(supervisor.__file__)
    ours, theirs = socket.socketpair()
    with (
        ours,
        theirs,
        subprocess.Popen([sys.executable, "-I", "-S", str(script), str(theirs.fileno())], pass_fds=[theirs.fileno()]) as process,
    ):
        theirs.close()
        ours.settimeout(_LIMIT)
        for part in (b'{"do": "sw', b'eep"}\n{"do": "sweep"}\n{"do"', b': "end", "number": 5}\n'):
            ours.sendall(part)
        text = b""
        while text.count(b"\n") < 2:
            text += ours.recv(100)
        ours.close()

        assert [json.loads(line) for line in text.splitlines()] == [{"swept": 0}, {"swept": 0}]
        assert process.wait(_LIMIT) == 0
