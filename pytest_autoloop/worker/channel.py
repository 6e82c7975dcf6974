"""The one channel between the judge and a child pytest: typed records, one JSON line each, on an inherited socket.

The child runs hostile code in the same process as this module, so the channel proves nothing by itself. It raises the price: every
record of the child carries a keyed digest over its number and its text, and the first byte that does not fit ends the trust.
"""

from __future__ import annotations

import json
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from .messages import COMMANDS
from .messages import HINTS
from .messages import RECORDS
from .messages import Go
from .messages import Order
from .trust import Signature
from .trust import encoded
from .trust import fits

if TYPE_CHECKING:
    import socket

    from .messages import Command
    from .messages import Record

# Bound before any project code runs.
_clock = time.perf_counter
# No honest record comes near it; more is a child that tries to fill the judge's memory.
_LONGEST_LINE = 64 << 20


class ChannelClosed(Exception):
    """The other side is gone."""


class ChannelForged(Exception):
    """Something that is not a record of the worker's came through the channel."""


class ChannelTimeout(Exception):
    """Nothing came in time."""


class _Lines:
    """Split what a socket delivers into lines, within a time limit."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._buffer = bytearray()
        self._lines: list[bytes] = []

    def next(self, timeout: float | None) -> bytes:
        deadline = None if timeout is None else time.monotonic() + timeout
        while not self._lines:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise ChannelTimeout
            self._sock.settimeout(left)
            try:
                data = self._sock.recv(1 << 16)
            except TimeoutError:
                raise ChannelTimeout from None
            except OSError:
                # A child that ends with commands unread makes the next read fail instead of returning nothing.
                raise ChannelClosed from None
            if not data:
                raise ChannelClosed
            self._buffer += data
            if b"\n" in data:
                *whole, rest = self._buffer.split(b"\n")
                self._lines, self._buffer = [bytes(line) for line in whole], bytearray(rest)
            elif len(self._buffer) > _LONGEST_LINE:
                raise ChannelForged("a line without an end came through the channel")
        return self._lines.pop(0)


def _encode(message: Command | Record) -> str:
    return encoded([type(message).__name__, asdict(message)])


def _send(sock: socket.socket, data: bytes) -> None:
    sock.settimeout(None)
    try:
        sock.sendall(data)
    except OSError:
        raise ChannelClosed from None


class WorkerEnd:
    """The child's end: takes commands, sends signed records. ``ordered`` is when the order came, ``let_go`` when it was last let go."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lines = _Lines(sock)
        self._signature: Signature | None = None
        self.ordered = self.let_go = 0.0

    def since_order(self) -> float:
        """Return the seconds since the order came, by a clock that no project code has touched."""
        return _clock() - self.ordered

    def since_let_go(self) -> float:
        """Return the seconds since it was last let go, or since the order."""
        return _clock() - self.let_go

    def take(self) -> Command:
        """Wait for the next command of the judge. Raises `ChannelClosed` when the judge is gone."""
        name, fields = json.loads(self._lines.next(None))
        command = COMMANDS[name](**fields)
        if isinstance(command, Order):
            self._signature = Signature(command.key)
            self.ordered = self.let_go = _clock()
        elif isinstance(command, Go):
            self.let_go = _clock()
        return command

    def send(self, record: Record) -> None:
        """Send a record to the judge."""
        assert self._signature is not None, "the order, and with it the key, comes first"
        text = _encode(record)
        _send(self._sock, f"{self._signature.next(text)} {text}\n".encode())


class JudgeEnd:
    """The judge's end: sends commands, takes records and believes none that is not signed in turn."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._lines = _Lines(sock)
        self._signature: Signature | None = None

    def send(self, command: Command) -> None:
        """Send a command to the child. Raises `ChannelClosed` when it is gone."""
        if isinstance(command, Order):
            self._signature = Signature(command.key)
        _send(self._sock, f"{_encode(command)}\n".encode())

    def take(self, timeout: float) -> Record:
        """Wait ``timeout`` seconds for the next record.

        Raises `ChannelTimeout`, `ChannelClosed`, and `ChannelForged` on the first byte that the worker did not send.
        """
        line = self._lines.next(timeout)
        assert self._signature is not None, "the order, and with it the key, comes first"
        try:
            digest, _, text = line.decode().partition(" ")
            if digest != self._signature.next(text):
                raise ChannelForged("a record without the worker's signature came through the channel")
            name, fields = json.loads(text)
            kind = RECORDS[name]
            if not all(fits(fields[part], hint) for part, hint in HINTS[name].items()):
                raise ChannelForged(f"a {name} with other fields than the worker's came through the channel")
            return kind(**fields)
        except (ValueError, KeyError, TypeError, RecursionError):
            raise ChannelForged("something that is no record came through the channel") from None

    def close(self) -> None:
        """Close this end."""
        self._sock.close()
