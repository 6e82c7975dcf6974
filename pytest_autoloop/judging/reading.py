"""One process that tells a metric: each test of the objective runs once, and says what it recorded or what its call used of memory."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from ..decision import is_deterministic
from ..decision import spread
from ..experiment import MEMORY
from ..worker.channel import ChannelClosed
from ..worker.channel import ChannelForged
from ..worker.channel import ChannelTimeout
from ..worker.messages import Finish
from ..worker.messages import Recorded
from ..worker.messages import Report
from ..worker.messages import Returned
from ..worker.messages import Taken
from ..worker.messages import Varied
from .fighter import DuelFailed
from .gate import failure_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Direction
    from ..worker.messages import Mode
    from ..workspace.launcher import Launcher
    from ..workspace.launcher import PytestChild
    from ..workspace.trees import Tree
    from .fighter import Side
    from .honesty import Shown

SEEDS = 2**31
"""How many seeds there are: each good for any library, and for `PYTHONHASHSEED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one process told: the metric by test; its own peak memory in bytes, and the seconds it took, of them on the CPU ``cpu``.

    ``returned`` is what the calls of benchmarks came to, where their memory was measured, ``taken`` what was allocated before them and
    ``varied`` what they come to with changed arguments, where that was asked for.
    """

    seed: int
    values: Mapping[str, float]
    memory: int
    seconds: float
    cpu: float = 0.0
    returned: Mapping[str, Returned] = field(default_factory=dict)
    taken: Mapping[str, Taken] = field(default_factory=dict)
    varied: Mapping[str, Sequence[Varied]] = field(default_factory=dict)


def shown(incumbent: Reading, candidate: Reading) -> Shown:
    """Return what calls came to in two processes."""
    return {nodeid: ((ours, candidate.returned[nodeid]),) for nodeid, ours in incumbent.returned.items()}


def varied(incumbent: Reading, candidate: Reading) -> Mapping[str, Sequence[tuple[Varied, Varied]]]:
    """Return what calls with changed arguments came to in two processes, by benchmark; what a candidate leaves out could not be changed."""
    left_out = itertools.repeat(Varied(what=""))
    return {
        nodeid: list(zip(ours, itertools.chain(candidate.varied.get(nodeid, ()), left_out), strict=False))
        for nodeid, ours in incumbent.varied.items()
    }


def agree(readings: Sequence[Reading]) -> bool:
    """Return whether three or more processes agree on every test."""
    return all(is_deterministic([reading.values[nodeid] for reading in readings]) for nodeid in readings[0].values)


def close(readings: Sequence[Reading]) -> bool:
    """Return whether one process or more agree on every test, as far as so few can tell."""
    return agree([*readings, readings[-1], readings[-1]])


def spread_of(readings: Sequence[Reading]) -> float:
    """Return how far processes differ, as a log ratio, by the test where they do so most."""
    return max(spread([reading.values[nodeid] for reading in readings]) for nodeid in readings[0].values)


@dataclass(slots=True)
class _Heard:
    """What a process has told so far."""

    values: dict[str, float] = field(default_factory=dict)
    returned: dict[str, Returned] = field(default_factory=dict)
    taken: dict[str, Taken] = field(default_factory=dict)
    varied: dict[str, list[Varied]] = field(default_factory=dict)
    skipped: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Takes readings of one metric: the peak memory of benchmarks (``memory``), or one that tests record themselves."""

    launcher: Launcher
    metric: str
    direction: Direction
    tests: Sequence[str]

    def read(self, tree: Tree, seed: int, limit: float, side: Side = "incumbent", own: Sequence[str] | None = None) -> Reading:
        """Run the tests once in a fresh process, at most ``limit`` seconds. Raises `DuelFailed` where not every one of them has a value.

        The ``seed`` is that of the fixture and of hashes, from 0 to 2**32 - 1. Both sides of a pair share it, and the folder that they
        run in: whatever depends on these is the same in both. With the project's ``own`` files (relative to the top of the tree) the
        process is watched before the measured calls too.
        """
        started, launcher, heard = time.monotonic(), self.launcher, _Heard()
        mode: Mode = "memory" if self.metric == MEMORY else "record"
        with launcher.start(tree, "l", mode=mode, objective=self.tests, metric_seed=seed, own=own) as child:
            try:
                self._listen(child, started + limit, side, heard)
            except ChannelTimeout:
                raise DuelFailed(side, f"it did not end within {limit:.0f} s", child.output()) from None
            except ChannelForged as error:
                raise DuelFailed(side, f"harness tampered: {error}", child.output()) from None
            except ChannelClosed:
                raise DuelFailed(side, f"its process ended with status {child.finished().status} in the middle", child.output()) from None
            if (missing := self._missing(heard, watched=own is not None)) is not None:
                raise DuelFailed(side, missing, child.output())
            end, seconds = child.finished(), time.monotonic() - started
        return Reading(
            seed=seed,
            values=heard.values,
            memory=end.memory,
            seconds=seconds,
            cpu=end.cpu,
            returned=heard.returned,
            taken=heard.taken,
            varied=heard.varied,
        )

    def _listen(self, child: PytestChild, deadline: float, side: Side, heard: _Heard) -> None:
        last = ""
        while not isinstance(record := child.channel.take(max(0.0, deadline - time.monotonic())), Finish):
            if isinstance(record, Report):
                if record.data.get("outcome") == "failed":
                    raise DuelFailed(side, f"{record.data.get('nodeid')} failed: {failure_line(record.data)}", child.output())
                if record.data.get("outcome") == "skipped":
                    heard.skipped.add(str(record.data.get("nodeid")))
            elif isinstance(record, Recorded) and record.metric == self.metric:
                value = self._value(record, heard.values, side)
                last = record.nodeid
                if last in self.tests:
                    heard.values[last] = value
            elif isinstance(record, Returned) and self.metric == MEMORY and last in self.tests:
                # It comes right after the memory of its call.
                heard.returned[last] = record
            elif isinstance(record, Varied) and last in self.tests:
                heard.varied.setdefault(last, []).append(record)
            elif isinstance(record, Taken):
                heard.taken[record.nodeid] = record
        if record.exitstatus != 0:
            raise DuelFailed(side, f"pytest ended with status {record.exitstatus}", child.output())

    def _missing(self, heard: _Heard, *, watched: bool) -> str | None:
        """Return what a process has not told, or None."""
        for nodeid in self.tests:
            # A test that is skipped has not come to its end, whatever it recorded before.
            if nodeid in heard.skipped:
                return f"{nodeid} was skipped"
            if nodeid not in heard.values:
                return f"{nodeid} recorded no {self.metric}"
            if self.metric == MEMORY and nodeid not in heard.returned:
                return f"harness tampered: {nodeid} did not show what its call returned"
            if watched and nodeid not in heard.taken:
                return f"harness tampered: {nodeid} did not tell what was taken before its call"
        return None

    def _value(self, record: Recorded, told: Mapping[str, float], side: Side) -> float:
        """Return a record's value. Raises `DuelFailed` where it is none to compare."""
        if record.value is None:
            raise DuelFailed(side, f"{record.nodeid}: {self.metric} {record.trouble}")
        if record.direction != self.direction:
            raise DuelFailed(side, f"{record.nodeid}: {self.metric} is better {record.direction} now, and was better {self.direction}")
        if told.get(record.nodeid, record.value) != record.value:
            raise DuelFailed(side, f"harness tampered: {record.nodeid} recorded {self.metric} twice")
        return record.value


@dataclass(slots=True, kw_only=True)
class SameSeed:
    """Takes a reading of either side under one ``seed``, each within ``limit`` seconds; of an incumbent only once, which is ``known``."""

    reader: Reader
    limit: float
    seed: int
    known: tuple[Tree, Reading] | None = None

    def pair(self, incumbent: Tree, candidate: Tree, own: Sequence[str] | None = None, new: Sequence[str] = ()) -> tuple[Reading, Reading]:
        """Read both. Raises `DuelFailed`.

        With the project's ``own`` files, of which the candidate has these ``new`` ones too, the processes are watched (see `Reader.read`).
        """
        if self.known is None or self.known[0] is not incumbent:
            self.known = (incumbent, self.reader.read(incumbent, self.seed, self.limit, own=own))
        theirs = None if own is None else sorted({*own, *new})
        return self.known[1], self.reader.read(candidate, self.seed, self.limit, "candidate", own=theirs)
