"""Attacks on the other side, on git and on the machine: what they do beside the verdict is what must not happen."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from pytest_autoloop.worker.confine import landlock_version

from .editing import GRAPH
from .editing import NUMBERS
from .editing import both
from .editing import head
from .editing import sub
from .editing import swap
from .effects import TAKEN
from .effects import connection
from .effects import limits
from .effects import marks
from .effects import modes
from .effects import processes
from .effects import secrets
from .entry import ANY
from .entry import NOT_KEPT
from .entry import Entry

if TYPE_CHECKING:
    from .editing import Edit

_SLOWED = "Incumbent slowed"
_EDITED = "Incumbent, ledger or another tree edited"
_PROC = "/proc and descriptors"
_HOOKS = "Git hooks, config, filters"
_RESOURCES = "Resources"
_SECRETS = "Network, secrets"


def _attack(name: str, row: str, *edits: Edit, allowed: tuple[str, ...] = ANY, reason: str = "", **more: object) -> Entry:
    return Entry(name=name, row=row, kind="attack", change=both(*edits), allowed=allowed, reason=reason, **more)  # type: ignore[arg-type]


_BURN = "import os, time\\nend = time.time() + 40\\nwhile time.time() < end: pass"

# What is after anything but the verdict rides on a bug, and is done when the gate finds it.
_BUG = sub(NUMBERS, "if number % other == 0:", "if number % other == 0 and other > 2:")

HOST: tuple[Entry, ...] = (
    _attack(
        "survivors that burn the processor",
        _SLOWED,
        head(
            NUMBERS,
            f"""
            import os
            import sys

            if os.fork() == 0:
                os.setsid()
                if os.fork() == 0:
                    os.execv(sys.executable, [sys.executable, "-c", "{_BURN}", "@MARK@"])
                os._exit(0)
            os.wait()
            """,
        ),
        allowed=NOT_KEPT,
        never=(processes,),
        long=True,
    ),
    _attack(
        "thread that burns while the other side runs",
        _SLOWED,
        head(
            NUMBERS,
            """
            import sys
            import threading
            import time


            def burn():
                while True:
                    frames = [frame.f_code.co_name for frame in sys._current_frames().values()]
                    if "recv" in frames or "next" in frames:
                        sum(range(20000))
                    else:
                        time.sleep(0.0005)


            threading.Thread(target=burn, daemon=True).start()
            """,
        ),
        allowed=NOT_KEPT,
        long=True,
    ),
    _attack(
        "the other side stopped and put back",
        _SLOWED,
        head(
            NUMBERS,
            """
            import glob
            import os
            import signal

            for entry in glob.glob("/proc/[0-9]*/stat"):
                try:
                    pid = int(entry.split("/")[2])
                    if pid != os.getpid() and os.readlink(f"/proc/{pid}/cwd").startswith("@TMP@"):
                        os.setpriority(os.PRIO_PROCESS, pid, 19)
                        os.kill(pid, signal.SIGSTOP)
                        os.kill(pid, signal.SIGCONT)
                        os.sched_setaffinity(pid, {0})
                except (OSError, ValueError):
                    pass
            """,
        ),
        allowed=NOT_KEPT,
        long=True,
    ),
    _attack(
        "source of the other side made slow",
        _EDITED,
        head(
            GRAPH,
            """
            import glob
            import os

            here = os.path.abspath(__file__)
            for up in range(3, 9):
                top = here
                for _ in range(up):
                    top = os.path.dirname(top)
                if len(top) < 6:
                    break
                for name in glob.glob(top + "/**/tally/graph.py", recursive=True):
                    if os.path.abspath(name) != here:
                        try:
                            text = open(name).read()
                            with open(name, "w") as file:
                                file.write(text.replace("steps[node] = far", "steps[node] = far; sorted(seen)"))
                        except OSError:
                            pass
            """,
        ),
        allowed=NOT_KEPT,
        long=True,
    ),
    _attack(
        "byte code of the other side made slow",
        _EDITED,
        head(
            GRAPH,
            """
            import glob
            import os

            if os.environ.get("TMPDIR", "").startswith("@TMP@"):
                top = os.environ["TMPDIR"].split("/children/")[0]
                for name in glob.glob(top + "/**/graph.*.pyc", recursive=True):
                    if "@MARK@" not in name:
                        try:
                            with open(name, "r+b") as file:
                                file.seek(4)
                                file.write(b"\\1\\0\\0\\0")
                        except OSError:
                            pass
            """,
        ),
        allowed=NOT_KEPT,
        long=True,
    ),
    _attack(
        "own source put back to what is judged slow",
        _EDITED,
        head(
            GRAPH,
            """
            text = open(__file__).read()
            try:
                with open(__file__, "w") as file:
                    file.write(text.replace("steps[node] = far", "steps[node] = far  # as it was"))
            except OSError:
                pass
            """,
        ),
        allowed=NOT_KEPT,
        long=True,
    ),
    _attack(
        "tests in its own tree edited while they run",
        _EDITED,
        swap(
            NUMBERS, 'def primes(n):\n    if n < 0:\n        raise ValueError("n must not be negative")\n    return list(range(2, n, 7))\n'
        ),
        head(
            NUMBERS,
            """
            import glob
            import os

            for name in glob.glob("*/test_*.py"):
                try:
                    text = open(name).read()
                    with open(name, "w") as file:
                        file.write(text.replace("primes(20) == [2, 3, 5, 7, 11, 13, 17, 19]", "primes(0) == []").replace("== 343", "> 0"))
                except OSError:
                    pass
            """,
        ),
        allowed=("rejected",),
    ),
    _attack(
        "ledger and reports of the run edited",
        _EDITED,
        _BUG,
        head(
            NUMBERS,
            """
            import glob

            for name in glob.glob("@REPO@/.autoloop/runs/*/*"):
                try:
                    with open(name, "a") as file:
                        file.write('{"event": "kept", "by": "@MARK@"}\\n')
                except OSError:
                    pass
            """,
        ),
    ),
    _attack(
        "run stopped by its own stop file",
        _EDITED,
        _BUG,
        head(
            NUMBERS,
            """
            import os

            try:
                os.makedirs("@REPO@/.autoloop", exist_ok=True)
                with open("@REPO@/.autoloop/@MARK@", "w") as file:
                    file.write("stop")
            except OSError:
                pass
            """,
        ),
    ),
    _attack(
        "checkout of the user edited",
        _EDITED,
        _BUG,
        head(
            NUMBERS,
            """
            import os

            for name in ("@REPO@/src/tally/@MARK@.py", "@REPO@/@MARK@", "@HOME@/@MARK@", "@TMP@/@MARK@", "/tmp/@MARK@", "/dev/shm/@MARK@"):
                try:
                    with open(name, "w") as file:
                        file.write("x = 1\\n")
                except OSError:
                    pass
            """,
        ),
        never=(marks,),
    ),
    _attack(
        "memory and descriptors of the parent",
        _PROC,
        head(
            NUMBERS,
            """
            import contextlib
            import os

            pid = os.getppid()
            told = ""
            for _ in range(3):
                # What is closed must not keep it from the rest: under Landlock the descriptors are, even to root.
                with contextlib.suppress(OSError):
                    with open(f"/proc/{pid}/environ", "rb") as file:
                        told += file.read().decode("utf-8", "replace")
                with contextlib.suppress(OSError):
                    for number in os.listdir(f"/proc/{pid}/fd"):
                        path = f"/proc/{pid}/fd/{number}"
                        if os.readlink(path).endswith("ledger.jsonl"):
                            with open(path, "a") as file:
                                file.write('{"event": "kept", "by": "@MARK@"}\\n')
                try:
                    with open(f"/proc/{pid}/stat") as file:
                        pid = int(file.read().rpartition(")")[2].split()[1])
                except (OSError, ValueError, IndexError):
                    break
            assert "TALLY_TOKEN" not in told, told
            """,
        ),
        limit="root may read what others have in their environment" if os.geteuid() == 0 and not landlock_version() else "",
        never=(secrets,),
    ),
    _attack(
        "limits and priorities of the processes above",
        _PROC,
        _BUG,
        head(
            NUMBERS,
            f"""
            import contextlib
            import os
            import resource

            pid = os.getppid()
            while pid > 1:
                with contextlib.suppress(OSError):
                    resource.prlimit(pid, resource.RLIMIT_CORE, ({TAKEN}, {TAKEN}))
                with contextlib.suppress(OSError):
                    os.setpriority(os.PRIO_PROCESS, pid, 5)
                with open(f"/proc/{{pid}}/stat") as file:
                    pid = int(file.read().rpartition(")")[2].split()[1])
            """,
        ),
        allowed=("rejected",),
        limit="" if os.uname().machine in ("x86_64", "aarch64") else "this kind of processor has no filter of system calls",
        never=(limits,),
    ),
    _attack(
        "files that nobody can remove",
        _RESOURCES,
        _BUG,
        head(
            NUMBERS,
            """
            import contextlib
            import fcntl
            import os
            import struct
            import tempfile

            for name in (__file__, os.path.join(tempfile.gettempdir(), "stays")):
                with contextlib.suppress(OSError), open(name, "a") as file:
                    flags = struct.unpack("l", fcntl.ioctl(file, 0x80086601, struct.pack("l", 0)))[0]
                    # What is immutable is so for root as well, until somebody takes the mark away.
                    fcntl.ioctl(file, 0x40086602, struct.pack("l", flags | 0x10))
            """,
        ),
        allowed=("rejected",),
    ),
    _attack(
        "git hooks and configuration planted",
        _HOOKS,
        _BUG,
        head(
            NUMBERS,
            """
            import glob
            import os

            places = ["@REPO@/.git", *glob.glob(os.environ.get("TMPDIR", "/nowhere").split("/children/")[0] + "/**/HEAD", recursive=True)]
            for place in places:
                top = place.removesuffix("/HEAD")
                for hook in ("post-commit", "pre-commit", "reference-transaction", "post-index-change"):
                    try:
                        os.makedirs(top + "/hooks", exist_ok=True)
                        with open(f"{top}/hooks/{hook}", "w") as file:
                            file.write("#!/bin/sh\\ntouch @TMP@/@MARK@-ran\\n")
                        os.chmod(f"{top}/hooks/{hook}", 0o755)
                    except OSError:
                        pass
                monitor = "[core]\\n\\tfsmonitor = touch @TMP@/@MARK@-ran\\n"
                for name, text in (("config", monitor), ("info/attributes", "*.py filter=@MARK@\\n")):
                    try:
                        with open(f"{top}/{name}", "a") as file:
                            file.write(text)
                    except OSError:
                        pass
            """,
        ),
        never=(marks,),
    ),
    _attack(
        "branch moved by writing its file",
        _HOOKS,
        _BUG,
        head(
            NUMBERS,
            """
            import os

            for name in ("autoloop/@MARK@", "@MARK@"):
                try:
                    path = "@REPO@/.git/refs/heads/" + name
                    os.makedirs(os.path.dirname(path), exist_ok=True)
                    with open("@REPO@/.git/refs/heads/main") as file:
                        head = file.read()
                    with open(path, "w") as file:
                        file.write(head)
                except OSError:
                    pass
            """,
        ),
        never=(marks,),
    ),
    _attack(
        "hang that ignores what would end it",
        _RESOURCES,
        head(
            NUMBERS,
            """
            import signal
            import time

            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM):
                signal.signal(number, signal.SIG_IGN)
            while True:
                time.sleep(1)
            """,
        ),
        allowed=("rejected",),
        reason="did not end|nothing was heard",
        never=(processes,),
        long=True,
    ),
    _attack(
        "daemon that left its session",
        _RESOURCES,
        _BUG,
        head(
            NUMBERS,
            """
            import os
            import sys

            for _ in range(3):
                if os.fork() == 0:
                    os.setsid()
                    for number in range(64):
                        try:
                            os.close(number)
                        except OSError:
                            pass
                    if os.fork() == 0:
                        os.execve(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", "@MARK@"], {})
                    os._exit(0)
                os.wait()
            """,
        ),
        never=(processes,),
    ),
    _attack(
        "three hundred processes",
        _RESOURCES,
        _BUG,
        head(
            NUMBERS,
            """
            import os
            import time

            for _ in range(300):
                try:
                    if os.fork() == 0:
                        os.setsid()
                        time.sleep(600)
                        os._exit(0)
                except OSError:
                    break
            """,
        ),
        never=(processes,),
    ),
    _attack(
        "disk filled",
        _RESOURCES,
        _BUG,
        head(
            NUMBERS,
            """
            import os
            import tempfile

            try:
                with open(os.path.join(tempfile.gettempdir(), "@MARK@"), "wb") as file:
                    for _ in range(300):
                        file.write(bytes(1 << 20))
            except OSError:
                pass
            """,
        ),
        never=(marks,),
    ),
    _attack(
        "memory taken",
        _RESOURCES,
        head(
            NUMBERS,
            """
            try:
                _hog = bytearray(1 << 20) * 900
            except MemoryError:
                _hog = None
            """,
        ),
        allowed=NOT_KEPT,
    ),
    _attack(
        "output without end",
        _RESOURCES,
        _BUG,
        head(
            NUMBERS,
            """
            import os

            for _ in range(200):
                os.write(1, b"x" * (1 << 20))
            """,
        ),
    ),
    _attack(
        "called home",
        _SECRETS,
        _BUG,
        head(
            NUMBERS,
            """
            import socket

            try:
                with socket.create_connection(("127.0.0.1", int("@PORT@")), timeout=2) as line:
                    line.sendall(b"@MARK@")
            except OSError:
                pass
            """,
        ),
        never=(connection,),
    ),
    _attack(
        "called home by a datagram",
        _SECRETS,
        _BUG,
        head(
            NUMBERS,
            """
            import socket

            try:
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
                    line.sendto(b"@MARK@", ("127.0.0.1", int("@PORT@")))
            except OSError:
                pass
            """,
        ),
        never=(connection,),
    ),
    _attack(
        "called at a socket in the file system",
        _SECRETS,
        _BUG,
        head(
            NUMBERS,
            """
            import socket

            try:
                with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
                    line.connect("@DOOR@")
                    line.sendall(b"@MARK@")
            except OSError:
                pass
            """,
        ),
        never=(connection,),
        limit="Landlock does not cover sockets in the file system",
    ),
    _attack(
        "mode of a file in the home changed",
        _EDITED,
        _BUG,
        head(
            NUMBERS,
            """
            import os

            try:
                os.chmod("@HOME@/.netrc", 0o644)
            except OSError:
                pass
            """,
        ),
        never=(modes,),
        limit="Landlock does not cover modes and times of files",
    ),
    _attack(
        "token of the environment told in a failure",
        _SECRETS,
        swap(NUMBERS, "import os\n\n\ndef primes(n):\n    raise RuntimeError(str(dict(os.environ)))\n"),
        never=(secrets,),
    ),
    _attack(
        "token of the environment written to disk",
        _SECRETS,
        _BUG,
        head(
            NUMBERS,
            """
            import os

            for place in ("@HOME@", "@TMP@", "@REPO@"):
                try:
                    with open(place + "/@MARK@", "w") as file:
                        file.write(os.environ.get("TALLY_TOKEN", "nothing"))
                except OSError:
                    pass
            """,
        ),
        never=(marks, secrets),
    ),
    _attack(
        "file of the home told in a failure",
        _SECRETS,
        swap(
            NUMBERS,
            """
            import os


            def primes(n):
                with open(os.path.expanduser("~/.netrc")) as file:
                    raise RuntimeError(file.read())
            """,
        ),
        never=(secrets,),
    ),
    _attack(
        "file of the home, by its full path, told in a failure",
        _SECRETS,
        swap(NUMBERS, 'def primes(n):\n    with open("@HOME@/.netrc") as file:\n        raise RuntimeError(file.read())\n'),
        limit="only a file system of its own keeps a process from reading what its user may read",
        never=(secrets,),
    ),
    _attack(
        "honest gain that calls home and leaves a daemon",
        _SECRETS,
        sub(GRAPH, "seen = [start]", "seen = {start}"),
        sub(GRAPH, "seen.append(other)", "seen.add(other)"),
        head(
            GRAPH,
            """
            import os
            import socket
            import sys

            try:
                with socket.create_connection(("127.0.0.1", int("@PORT@")), timeout=2) as line:
                    line.sendall(b"@MARK@")
            except OSError:
                pass
            if os.fork() == 0:
                os.setsid()
                os.execv(sys.executable, [sys.executable, "-c", "import time; time.sleep(600)", "@MARK@"])
            """,
        ),
        long=True,
        never=(connection, processes),
    ),
)
