"""Who came when: merging files, leaving out repetitions, sessions and bursts."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from loglens.records import Record


@dataclass
class Session:
    """What one host did without a long pause."""

    host: str
    start: float
    end: float
    records: list[Record] = field(default_factory=list)

    @property
    def length(self) -> float:
        """Seconds from the first record to the last."""
        return self.end - self.start

    def add(self, record: Record) -> None:
        """Count one more record in."""
        self.records.append(record)
        if record.time > self.end:
            self.end = record.time


def merge(left: Iterable[Record], right: Iterable[Record]) -> list[Record]:
    """The records of two files, each in order of time, as one; of equal times the left one goes first."""
    first = list(left)
    second = list(right)
    merged = []
    while first and second:
        if first[0].time <= second[0].time:
            merged.append(first.pop(0))
        else:
            merged.append(second.pop(0))
    return merged + first + second


def template(message: str) -> str:
    """A message without what differs from one occurrence to the next."""
    message = re.sub(r"\"[^\"]*\"", '""', message)
    message = re.sub(r"0x[0-9a-f]+", "#", message)
    message = re.sub(r"\d+", "#", message)
    return message


def drop_repeats(records: Iterable[Record]) -> list[Record]:
    """The first record of every kind.

    Two records are of a kind if host, level and path are the same and their messages differ in nothing
    but numbers and quoted words.
    """
    seen = []
    kept = []
    for record in records:
        kind = f"{record.host} {record.level} {record.path} {template(record.message)}"
        if kind not in seen:
            seen.append(kind)
            kept.append(record)
    return kept


def drop_duplicates(records: Iterable[Record]) -> list[Record]:
    """The records without those that are equal to an earlier one in everything."""
    kept: list[Record] = []
    for record in records:
        if record not in kept:
            kept.append(record)
    return kept


def find_session(sessions: dict[str, Session], host: str) -> Session | None:
    """The session a host has open, if any."""
    for name in sessions.keys():
        if name == host:
            return sessions[name]
    return None


def close_idle(sessions: dict[str, Session], now: float, gap: float) -> None:
    """Forget the sessions in which nothing has happened for longer than ``gap`` seconds."""
    for host in list(sessions.keys()):
        if now - sessions[host].end > gap:
            del sessions[host]


def sessionise(records: Iterable[Record], gap: float = 1800.0) -> list[Session]:
    """Split every host's records, which must be in order of time, where it paused for longer than ``gap``.

    The sessions come in the order in which they began.
    """
    running: dict[str, Session] = {}
    sessions = []
    last_check = 0.0
    for record in records:
        if record.time - last_check > gap:
            close_idle(running, record.time, gap)
            last_check = record.time
        session = find_session(running, record.host)
        if session is None or record.time - session.end > gap:
            session = Session(record.host, record.time, record.time)
            running[record.host] = session
            sessions.append(session)
        session.add(record)
    return sessions


def find_bursts(times: Sequence[float], width: float, limit: int) -> list[float]:
    """The times at which there had been ``limit`` events or more within ``width`` seconds."""
    window = []
    bursts = []
    for time in times:
        window.append(time)
        while time - window[0] > width:
            window.pop(0)
        if len(window) >= limit:
            bursts.append(time)
    return bursts
