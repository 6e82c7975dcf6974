"""Child processes, seen from the judge: started and ended through the supervisor, waited for within a limit."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from ..worker.channel import JudgeEnd
from .variables import child_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence
    from types import TracebackType

_GONE = "the supervisor process ended unexpectedly"


@dataclass(frozen=True, slots=True, kw_only=True)
class Exit:
    """How a process ended: its status (negative: the signal), its CPU seconds (with the children it waited for), its peak memory."""

    status: int
    cpu: float
    maxrss: int

    @property
    def memory(self) -> int:
        """Its peak memory in bytes: most systems count in units of 1024 of them."""
        return self.maxrss if sys.platform == "darwin" else 1024 * self.maxrss


class Child:
    """One child process, and the channel to it if it has one."""

    def __init__(self, processes: Processes, number: int, pid: int, channel: JudgeEnd | None) -> None:
        self._processes = processes
        self._number = number
        self.pid = pid
        self._channel = channel

    @property
    def channel(self) -> JudgeEnd:
        """The channel to a child that was started with one."""
        assert self._channel is not None
        return self._channel

    def wait(self, timeout: float) -> Exit | None:
        """Wait at most ``timeout`` seconds for its end, and return None if it did not come."""
        return self._processes.wait(self._number, timeout)

    def end(self) -> Exit:
        """End it and everything in its session, now."""
        found = self.wait(0)
        if found is None:
            self._processes.send({"do": "end", "number": self._number})
            found = self.wait(60)
        if self._channel is not None:
            self._channel.close()
            self._channel = None
        if found is None:
            raise RuntimeError(f"process {self.pid} could not be ended")
        return found


class Processes:
    """The supervisor process and the way to talk to it. Use as a context manager: leaving it ends every child."""

    def __enter__(self) -> Processes:
        ours, theirs = socket.socketpair()
        with theirs:
            script = Path(__file__).with_name("supervisor.py")
            command = [sys.executable, "-I", "-S", str(script), str(theirs.fileno())]
            # Children are below it and may find its variables: those of the user that are secret are not among them.
            env = child_environment(os.environ)
            self._supervisor = subprocess.Popen(
                command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True, env=env
            )
        self._socket = ours
        self._buffer = b""
        self._answers: list[dict[str, Any]] = []
        self._exits: dict[int, Exit] = {}
        self._number = 0
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._socket.close()
        self._supervisor.wait()

    def spawn(
        self,
        argv: Sequence[str],
        *,
        env: Mapping[str, str],
        cwd: Path,
        output: Path,
        stdin: Path | None = None,
        channel: bool = False,
        processors: Sequence[int] = (),
        limits: Mapping[str, int] | None = None,
    ) -> Child:
        """Start a process in a session of its own, its standard output and error appended to the file ``output``.

        With ``channel`` it finds a socket as descriptor 3; with ``processors`` it may only run on those; ``limits`` are the most of each
        resource, by the end of its name (``RLIMIT_…``).
        Raises `FileNotFoundError` if there is no such program.
        """
        self._number += 1
        number = self._number
        end: socket.socket | None = None
        with contextlib.ExitStack() as passed, contextlib.ExitStack() as kept:
            source = passed.enter_context((stdin or Path(os.devnull)).open("rb"))
            sink = passed.enter_context(output.open("ab"))
            files = [source.fileno(), sink.fileno(), sink.fileno()]
            if channel:
                end, theirs = socket.socketpair()
                kept.enter_context(end)
                files.append(passed.enter_context(theirs).fileno())
            request = {
                "do": "spawn",
                "number": number,
                "argv": list(argv),
                "env": dict(env),
                "cwd": str(cwd),
                "processors": list(processors),
                "limits": {"CORE": 0, **(limits or {})},
            }
            self.send(request, files)
            answer = self._answer("pid", number)
            if answer["error"]:
                raise FileNotFoundError(f"{argv[0]}: {answer['error']}")
            kept.pop_all()
        return Child(self, number, answer["pid"], None if end is None else JudgeEnd(end))

    def send(self, request: Mapping[str, Any], files: Sequence[int] = ()) -> None:
        """Send the supervisor a request, with descriptors to pass on."""
        data = json.dumps(request).encode() + b"\n"
        # The last wait has left its limit on the socket.
        self._socket.settimeout(None)
        try:
            if files:
                sent = socket.send_fds(self._socket, [data], files)
                data = data[sent:]
            self._socket.sendall(data)
        except ConnectionError:
            raise RuntimeError(_GONE) from None

    def sweep(self) -> int:
        """End whatever former children left running, and return how many processes that were."""
        self.send({"do": "sweep"})
        return int(self._answer("swept")["swept"])

    def wait(self, number: int, timeout: float) -> Exit | None:
        """Wait for the end of a child, at most ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        while number not in self._exits:
            if not self._read(max(0.0, deadline - time.monotonic())) and time.monotonic() >= deadline:
                return None
        return self._exits[number]

    def _answer(self, name: str, number: int | None = None) -> dict[str, Any]:
        while True:
            for index, answer in enumerate(self._answers):
                if name in answer and answer.get("number") == number:
                    return self._answers.pop(index)
            self._read(None)

    def _read(self, timeout: float | None) -> bool:
        self._socket.settimeout(timeout if timeout is None or timeout > 0 else 1e-6)
        try:
            data = self._socket.recv(1 << 16)
        except TimeoutError:
            return False
        except ConnectionError:
            data = b""
        if not data:
            raise RuntimeError(_GONE)
        self._buffer += data
        *lines, self._buffer = self._buffer.split(b"\n")
        for line in lines:
            answer = json.loads(line)
            if "status" in answer:
                self._exits[answer["number"]] = Exit(status=answer["status"], cpu=answer["cpu"], maxrss=answer["maxrss"])
            else:
                self._answers.append(answer)
        return True
