"""A small process that every child lives under, so that whatever a child leaves behind can be found and ended.

Run as ``python -I -S supervisor.py FD``, on the standard library alone. It takes requests as JSON lines on the socket FD, files for the
new process as passed descriptors, and answers with JSON lines. It is single-threaded, so forking is safe, and where the kernel lets it,
it is the subreaper: a daemon that escaped its session still becomes this process' child. When the socket closes it ends everything.
"""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import json
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any

_PR_SET_DUMPABLE = 4
_PR_SET_CHILD_SUBREAPER = 36
# What ends a whole run is for the caller: it decides what ends, and this process has to be there to see to it.
_IGNORED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def _prctl(option: int, value: int) -> None:
    """Set an attribute of this process, where there are such attributes."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


class Supervisor:
    """Starts, watches and ends processes."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._buffer = b""
        self._files: list[int] = []
        self._live: dict[int, int] = {}  # process id -> the caller's number

    def serve(self) -> None:
        """Answer requests until the socket closes, then end everything."""
        woken, wake = os.pipe()
        os.set_blocking(woken, False)
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(woken, select.POLLIN)
        try:
            while True:
                ready = {fd for fd, _ in poll.poll()}
                if woken in ready:
                    with contextlib.suppress(BlockingIOError):
                        os.read(woken, 4096)
                    self._reap()
                if self._control.fileno() in ready and not self._take_requests():
                    return
        finally:
            for pid in list(self._live):
                self._end(pid)
            self._live.clear()
            self.sweep()

    def _take_requests(self) -> bool:
        try:
            data, files, _, _ = socket.recv_fds(self._control, 1 << 16, 8)
        except ConnectionError:
            # The caller is gone with answers unread.
            return False
        for fd in files:
            # A passed descriptor is inheritable: without this its child, and whatever that starts, would have it under a second number.
            os.set_inheritable(fd, False)
        self._files += files
        if not data:
            return False
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            request = json.loads(line)
            if request["do"] == "spawn":
                self._spawn(request)
            elif request["do"] == "end":
                for pid in [pid for pid, number in self._live.items() if number == request["number"]]:
                    self._end(pid)
            else:
                self._reply({"swept": self.sweep()})
        return True

    def _reply(self, answer: dict[str, Any]) -> None:
        # A caller that is gone is noticed at the next read.
        with contextlib.suppress(OSError):
            self._control.sendall(json.dumps(answer).encode() + b"\n")

    def _spawn(self, request: dict[str, Any]) -> None:
        files, self._files = self._files, []
        failed, fail = os.pipe()
        pid = os.fork()
        if pid == 0:
            try:
                os.close(failed)
                _become(request, files)
            except BaseException as error:  # noqa: BLE001 - whatever it is, this half of the fork must end here, having said why
                os.write(fail, (str(error) or repr(error)).encode("utf-8", "replace"))
            finally:
                os._exit(127)
        os.close(fail)
        for fd in files:
            os.close(fd)
        message = b""
        while part := os.read(failed, 4096):
            message += part
        os.close(failed)
        self._live[pid] = request["number"]
        self._reply({"number": request["number"], "pid": pid, "error": message.decode() or None})

    def _reap(self) -> None:
        while True:
            try:
                pid, status, usage = os.wait4(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            number = self._live.pop(pid, None)
            if number is not None:
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(pid, signal.SIGKILL)
                cpu = usage.ru_utime + usage.ru_stime
                self._reply({"number": number, "status": os.waitstatus_to_exitcode(status), "cpu": cpu, "maxrss": usage.ru_maxrss})

    @staticmethod
    def _end(pid: int) -> None:
        # The process is its own session's and group's leader; it cannot have been reaped, or it would not be known here.
        for kill in (os.killpg, os.kill):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                kill(pid, signal.SIGKILL)

    def sweep(self) -> int:
        """End every descendant that does not belong to a live child. Returns how many there were."""
        count = 0
        beyond: set[int] = set()
        while strays := {pid for pid in _children(os.getpid()) if pid not in self._live} - beyond:
            # All are stopped before any is ended: what multiplies faster than it can be ended stops doing so.
            _stop(strays)
            ended = {pid for pid in strays if _kill(pid)}
            for pid in ended:
                # Its own children become ours the moment it is gone, which is why this loops.
                with contextlib.suppress(ChildProcessError):
                    os.waitpid(pid, 0)
            count += len(ended)
            beyond |= strays - ended
        return count


def _stop(strays: set[int]) -> None:
    """Stop processes and all their descendants, until there is none that was not seen before."""
    stopped: set[int] = set()
    while found := _descendants(strays) - stopped:
        for pid in found:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGSTOP)
        stopped |= found


def _descendants(roots: set[int]) -> set[int]:
    found: set[int] = set()
    beyond = set(roots)
    while beyond:
        found |= beyond
        beyond = {child for pid in beyond for child in _children(pid)} - found
    return found


def _kill(pid: int) -> bool:
    """Kill a child, and return whether its end can be waited for: one that became somebody else (set-uid) may stay as long as it likes."""
    try:
        os.kill(pid, signal.SIGKILL)
    except PermissionError:
        return False
    return True


def _children(parent: int) -> list[int]:
    """Return the children of a process; each of its threads may have some."""
    me = os.getpid()
    if not Path(f"/proc/{me}/task/{me}/children").exists():
        return _children_by_scan(parent)
    found = []
    # It may be gone by now, and so may any of its threads.
    with contextlib.suppress(OSError):
        for thread in os.listdir(f"/proc/{parent}/task"):  # noqa: PTH208 - nothing but the names is needed
            with contextlib.suppress(OSError):
                found += [int(pid) for pid in Path(f"/proc/{parent}/task/{thread}/children").read_text().split()]
    return found


def _children_by_scan(parent: int) -> list[int]:
    """Find children where the kernel has no list of them. Without ``/proc`` there is nothing to adopt either."""
    found = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # Bytes, since a process may call itself anything.
            fields = entry.read_bytes().rpartition(b")")[2].split()
            if int(fields[1]) == parent:
                found.append(int(entry.parent.name))
    return found


def _become(request: dict[str, Any], files: list[int]) -> None:
    """Turn this fork into the requested process."""
    os.setsid()
    signal.set_wakeup_fd(-1)
    for number in (signal.SIGCHLD, signal.SIGPIPE, signal.SIGXFSZ, *_IGNORED):
        signal.signal(number, signal.SIG_DFL)
    for name, most in request["limits"].items():
        _limit(getattr(resource, f"RLIMIT_{name}", None), most)
    if request["limits"]:
        # If memory runs out, this is what has to go, and not the user's own programs. Not every system asks.
        with contextlib.suppress(OSError):
            Path("/proc/self/oom_score_adj").write_text("1000")
    # The passed files become descriptors 0, 1, 2 and, for the channel, 3. They are moved out of the way first.
    moved = [fcntl.fcntl(fd, fcntl.F_DUPFD_CLOEXEC, 10) for fd in files]
    for target, fd in enumerate(moved):
        os.dup2(fd, target, inheritable=True)
    if request["processors"]:
        os.sched_setaffinity(0, request["processors"])
    os.chdir(request["cwd"])
    os.execvpe(request["argv"][0], request["argv"], request["env"])  # noqa: S606


def _limit(kind: int | None, most: int) -> None:
    """Lower a limit, for good. What is lower already stays, and what a system does not know is passed over."""
    if kind is None:
        return
    soft, hard = (most if now == resource.RLIM_INFINITY else min(now, most) for now in resource.getrlimit(kind))
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(kind, (soft, hard))


if __name__ == "__main__":
    for ignored in _IGNORED:
        signal.signal(ignored, signal.SIG_IGN)
    _prctl(_PR_SET_CHILD_SUBREAPER, 1)
    # Nobody of the same user reads this process' memory: it speaks for the judge.
    _prctl(_PR_SET_DUMPABLE, 0)
    # It came by inheritance, and must not go on to the children: whoever holds it can speak for this process.
    os.set_inheritable(int(sys.argv[1]), False)
    Supervisor(socket.socket(fileno=int(sys.argv[1]))).serve()
