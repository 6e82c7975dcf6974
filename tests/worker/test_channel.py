from __future__ import annotations

import hashlib
import math
import socket
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Any

import pytest
from hypothesis import HealthCheck
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.worker.channel import ChannelClosed
from pytest_autoloop.worker.channel import ChannelForged
from pytest_autoloop.worker.channel import ChannelTimeout
from pytest_autoloop.worker.channel import JudgeEnd
from pytest_autoloop.worker.channel import WorkerEnd
from pytest_autoloop.worker.messages import Collected
from pytest_autoloop.worker.messages import Finish
from pytest_autoloop.worker.messages import Go
from pytest_autoloop.worker.messages import Imported
from pytest_autoloop.worker.messages import Order
from pytest_autoloop.worker.messages import Parked
from pytest_autoloop.worker.messages import Pin
from pytest_autoloop.worker.messages import Profiled
from pytest_autoloop.worker.messages import Report
from pytest_autoloop.worker.messages import Round
from pytest_autoloop.worker.messages import RunRound
from pytest_autoloop.worker.messages import Timed

if TYPE_CHECKING:
    from collections.abc import Iterator

ORDER = Order(
    key="00ff" * 8, mode="gate", tree="/tree", original="/original", cwd="/tree/sub", args=["-x"], roots=["/tree"], environ={"A": "b"}
)


@dataclass
class Pair:
    """Both ends of a channel, and the socket under the worker's."""

    judge: JudgeEnd
    worker: WorkerEnd
    raw: socket.socket

    def say(self, data: bytes) -> None:
        """Write something past the worker, as any code in its process can."""
        self.raw.sendall(data)


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both ends of a channel over which the order has gone."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        both = Pair(JudgeEnd(ours), WorkerEnd(theirs), theirs)
        both.judge.send(ORDER)
        assert both.worker.take() == ORDER
        yield both


@pytest.mark.parametrize(
    "record",
    [
        Collected(ids=["t"], benchmarks={"t": "t.py"}, files=["t.py"], rootdir=".", inipath=None),
        Collected(ids=[], benchmarks={}, files=[], rootdir="/else", inipath="pyproject.toml"),
        Report(data={"nodeid": "t", "outcome": "passed", "sections": [["out", "text"]]}),
        Timed(nodeid="t", seconds=0.25),
        Parked(nodeid="t[ü\ud800]", iterations=None, rounds=3, since=0.5),
        Round(wall=12, cpu=0),
        Profiled(nodeid="t", calls=3, seconds=0.5, functions=[["a.py", 1, "f", 3, 0.1, 0.2]]),
        Imported(files=["a.py"], foreign=[]),
        Finish(exitstatus=0),
    ],
)
def test_records_arrive_as_they_were_sent(pair: Pair, record: Any) -> None:
    """Every kind of record comes out as it went in, any number of times."""
    pair.worker.send(record)
    pair.worker.send(record)

    assert [pair.judge.take(1), pair.judge.take(1)] == [record, record]


@pytest.mark.parametrize("command", [RunRound(iterations=3, collect=True), Go(), Pin(cpu=1)])
def test_commands_arrive_as_they_were_sent(pair: Pair, command: Any) -> None:
    """Every kind of command comes out as it went in."""
    pair.judge.send(command)

    assert pair.worker.take() == command


def test_a_report_may_hold_anything(pair: Pair) -> None:
    """What other plugins put into a report arrives as text if JSON cannot say it, and never fails the test it tells of."""
    pair.worker.send(Report(data={"nodeid": "t", "outcome": "passed", "odd": {1}, "keys": {(1, 2): 3, "a": math.inf}}))

    assert pair.judge.take(1) == Report(data={"nodeid": "t", "outcome": "passed", "odd": "{1}", "keys": {"a": math.inf}})


@pytest.mark.parametrize(
    "data", [b"\n", b"hello\n", b"\xff\xfe\n", b'["Finish",{"exitstatus":0}]\n', b'0000 ["Finish",{"exitstatus":0}]\n']
)
def test_a_foreign_line_ends_the_trust(pair: Pair, data: bytes) -> None:
    """Whatever else is written to the descriptor is recognised as not the worker's."""
    pair.say(data)

    with pytest.raises(ChannelForged):
        pair.judge.take(1)


def test_a_foreign_byte_before_a_record(pair: Pair) -> None:
    """One byte is enough: the record that follows it is not believed."""
    pair.say(b" ")
    pair.worker.send(Finish(exitstatus=0))

    with pytest.raises(ChannelForged, match="signature"):
        pair.judge.take(1)


def test_records_cannot_be_repeated(pair: Pair) -> None:
    """A line that was seen on its way is worth nothing the second time."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        twin = WorkerEnd(theirs)
        JudgeEnd(ours).send(ORDER)
        twin.take()
        twin.send(Finish(exitstatus=0))
        line = ours.recv(1000)
    pair.say(line + line)

    assert pair.judge.take(1) == Finish(exitstatus=0)
    with pytest.raises(ChannelForged):
        pair.judge.take(1)


def test_another_key(pair: Pair) -> None:
    """A record signed with a guessed key is not believed."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        forger = WorkerEnd(theirs)
        JudgeEnd(ours).send(Order(**{**_fields(ORDER), "key": "00" * 16}))
        forger.take()
        forger.send(Finish(exitstatus=0))
        pair.say(ours.recv(1000))

    with pytest.raises(ChannelForged):
        pair.judge.take(1)


def _fields(order: Order) -> dict[str, Any]:
    return {name: getattr(order, name) for name in Order.__dataclass_fields__}


@dataclass(frozen=True)
class Unknown:
    """No kind of record."""

    text: str = ""


@pytest.mark.parametrize(
    "odd",
    [
        Collected(ids=5, benchmarks={}, files=[], rootdir=".", inipath=None),  # type: ignore[arg-type]
        Collected(ids=[5], benchmarks={}, files=[], rootdir=".", inipath=None),  # type: ignore[list-item]
        Collected(ids=[], benchmarks=[], files=[], rootdir=".", inipath=None),  # type: ignore[arg-type]
        Collected(ids=[], benchmarks={}, files=[], rootdir=".", inipath=3),  # type: ignore[arg-type]
        Report(data=["failed"]),  # type: ignore[arg-type]
        Timed(nodeid="t", seconds=math.nan),
        Parked(nodeid="t", iterations=1.5, rounds=None, since=0.5),  # type: ignore[arg-type]
        Round(wall=True, cpu=1),
        Round(wall="1", cpu=1),  # type: ignore[arg-type]
        Round(wall=10**400, cpu=1),
        Timed(nodeid="t", seconds=10**400),
        Report(data={"outcome": [-(10**1300)]}),
        Profiled(nodeid="t", calls=1, seconds=math.inf, functions=[]),
        Profiled(nodeid="t", calls=1, seconds=1, functions=[1]),  # type: ignore[list-item]
        Imported(files="a.py", foreign=[]),  # type: ignore[arg-type]
        Finish(exitstatus=None),  # type: ignore[arg-type]
        Unknown(),
    ],
)
def test_ill_formed_records(pair: Pair, odd: Any) -> None:
    """Code that got hold of the key can sign what it likes, but nothing that is no proper record gets past the judge's end."""
    pair.worker.send(odd)

    with pytest.raises(ChannelForged):
        pair.judge.take(1)


@pytest.mark.parametrize(
    ("text", "says"),
    [(b"[" * 100_000, "no record"), (b'["Report",{"data":{"outcome":' + b"[" * 500 + b"]" * 500 + b"}}]", "other fields")],
    ids=["not to be read", "not to be shown"],
)
def test_very_deep_records(pair: Pair, text: bytes, says: str) -> None:
    """What is nested too deeply to be read, or to be handled later, is no record."""
    digest = hashlib.blake2b(b"1 " + text, key=bytes.fromhex(ORDER.key), digest_size=16).hexdigest()
    pair.say(digest.encode() + b" " + text + b"\n")

    with pytest.raises(ChannelForged, match=says):
        pair.judge.take(1)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
@given(st.binary(min_size=1, max_size=200))
def test_garbage_never_does_anything_else(pair: Pair, data: bytes) -> None:
    """Whatever bytes come, the judge's end answers with one of its own exceptions."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        judge = JudgeEnd(ours)
        judge.send(ORDER)
        theirs.sendall(data)
        theirs.shutdown(socket.SHUT_WR)
        with pytest.raises((ChannelForged, ChannelClosed)):
            judge.take(1)


def test_nothing_comes(pair: Pair) -> None:
    """Waiting ends at its limit, also if half a line has come."""
    pair.say(b"half a line")

    with pytest.raises(ChannelTimeout):
        pair.judge.take(0.01)


def test_the_other_side_is_gone(pair: Pair) -> None:
    """An end that is gone is one case on either side, whether or not it left something unread."""
    pair.judge.send(Go())
    pair.worker.send(Finish(exitstatus=0))
    pair.raw.close()

    assert pair.judge.take(1) == Finish(exitstatus=0)
    with pytest.raises(ChannelClosed):
        pair.judge.take(1)
    with pytest.raises(ChannelClosed):
        pair.judge.send(Go())


def test_the_judge_is_gone(pair: Pair) -> None:
    """The worker learns of the judge's end by a command that does not come."""
    pair.judge.close()

    with pytest.raises(ChannelClosed):
        pair.worker.take()
