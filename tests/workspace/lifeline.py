"""Watch processes of any descent without asking for their ids: a pipe that ends when the last of them is gone."""

from __future__ import annotations

import os
import select
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_PATIENCE = 20.0

# What the programs below start with: `tell` writes a line to the test, `forever` waits for a signal that ends the process.
_PRELUDE = """
import os, signal, sys
line = os.open(sys.argv[1], os.O_WRONLY)
os.set_inheritable(line, True)

def tell(*words):
    os.write(line, (" ".join(map(str, words)) + "\\n").encode())

def forever():
    while True:
        signal.pause()

def daemon(body):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            body()
            os._exit(0)
        os._exit(0)
    os.wait()

def stay():
    tell(os.getpid())
    forever()

def child(body):
    # Goes on only when the child has done what it begins with: its session may end with this process.
    ready, done = os.pipe()
    if os.fork() == 0:
        body(lambda: os.write(done, b"."))
    os.read(ready, 1)
"""


class Lifeline:
    """The test's end of the pipe."""

    def __init__(self, path: Path) -> None:
        os.mkfifo(path)
        self.path = path
        self._fd = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
        self._text = b""

    def command(self, body: str) -> list[str]:
        """Return the command line of a Python program that holds on to the pipe."""
        return [sys.executable, "-I", "-S", "-c", _PRELUDE + body, str(self.path)]

    def line(self) -> str:
        """Wait for the next line that a program tells."""
        deadline = time.monotonic() + _PATIENCE
        while b"\n" not in self._text:
            assert self._more(deadline), "the programs ended without a word"
        line, _, self._text = self._text.partition(b"\n")
        return line.decode()

    def cut(self) -> bool:
        """Wait until nobody holds the pipe any more; false if somebody goes on living."""
        deadline = time.monotonic() + _PATIENCE
        while self._more(deadline):
            if time.monotonic() > deadline:
                return False
        return True

    def held(self) -> bool:
        """Return whether somebody holds the pipe now."""
        poll = select.poll()
        poll.register(self._fd, 0)
        return not poll.poll(0)

    def _more(self, deadline: float) -> bool:
        poll = select.poll()
        poll.register(self._fd, select.POLLIN)
        poll.poll(max(0.0, deadline - time.monotonic()) * 1000)
        try:
            data = os.read(self._fd, 1 << 16)
        except BlockingIOError:
            return True
        self._text += data
        return bool(data)

    def close(self) -> None:
        """Close the test's end."""
        os.close(self._fd)
