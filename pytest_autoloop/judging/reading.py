"""One process that tells a metric: each test of the objective runs once, and says what it recorded or what its call used of memory."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..experiment import MEMORY
from ..worker.channel import ChannelClosed
from ..worker.channel import ChannelForged
from ..worker.channel import ChannelTimeout
from ..worker.channel import Finish
from ..worker.channel import Recorded
from ..worker.channel import Report
from .fighter import DuelFailed
from .gate import failure_line

if TYPE_CHECKING:
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Direction
    from ..worker.channel import Mode
    from ..workspace.launcher import Launcher
    from ..workspace.launcher import PytestChild
    from ..workspace.trees import Place
    from ..workspace.trees import Tree
    from .fighter import Side

SEEDS = 2**31
"""How many seeds there are: each good for any library, and for `PYTHONHASHSEED`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one process told: the metric by test, its own peak memory in bytes, and the time it took."""

    seed: int
    values: Mapping[str, float]
    memory: int
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Reader:
    """Takes readings of one metric: the peak memory of benchmarks (``memory``), or one that tests record themselves."""

    launcher: Launcher
    metric: str
    direction: Direction
    tests: Sequence[str]

    def read(self, tree: Tree, place: Place, seed: int, limit: float, side: Side = "incumbent") -> Reading:
        """Run the tests once in a fresh process, at most ``limit`` seconds. Raises `DuelFailed` where not every one of them has a value.

        The ``seed`` is that of the fixture and of hashes, from 0 to 2**32 - 1: what both sides of a pair share.
        """
        started, launcher = time.monotonic(), self.launcher
        mode: Mode = "memory" if self.metric == MEMORY else "record"
        with launcher.start(tree, place, mode=mode, objective=self.tests, metric_seed=seed) as child:
            try:
                told = self._listen(child, started + limit, side)
            except ChannelTimeout:
                raise DuelFailed(side, f"it did not end within {limit:.0f} s", child.output()) from None
            except ChannelForged as error:
                raise DuelFailed(side, f"harness tampered: {error}", child.output()) from None
            except ChannelClosed:
                raise DuelFailed(side, f"its process ended with status {child.finished().status} in the middle", child.output()) from None
            memory = child.finished().memory
        return Reading(seed=seed, values=told, memory=memory, seconds=time.monotonic() - started)

    def _listen(self, child: PytestChild, deadline: float, side: Side) -> dict[str, float]:
        told: dict[str, float] = {}
        skipped: set[str] = set()
        while not isinstance(record := child.channel.take(max(0.0, deadline - time.monotonic())), Finish):
            if isinstance(record, Report):
                if record.data.get("outcome") == "failed":
                    raise DuelFailed(side, f"{record.data.get('nodeid')} failed: {failure_line(record.data)}", child.output())
                if record.data.get("outcome") == "skipped":
                    skipped.add(str(record.data.get("nodeid")))
            elif isinstance(record, Recorded) and record.metric == self.metric:
                value = self._value(record, told, side)
                if record.nodeid in self.tests:
                    told[record.nodeid] = value
        if record.exitstatus != 0:
            raise DuelFailed(side, f"pytest ended with status {record.exitstatus}", child.output())
        for nodeid in self.tests:
            # A test that is skipped has not come to its end, whatever it recorded before.
            if nodeid in skipped:
                raise DuelFailed(side, f"{nodeid} was skipped", child.output())
            if nodeid not in told:
                raise DuelFailed(side, f"{nodeid} recorded no {self.metric}", child.output())
        return told

    def _value(self, record: Recorded, told: Mapping[str, float], side: Side) -> float:
        """Return a record's value. Raises `DuelFailed` where it is none to compare."""
        if record.value is None:
            raise DuelFailed(side, f"{record.nodeid}: {self.metric} {record.trouble}")
        if record.direction != self.direction:
            raise DuelFailed(side, f"{record.nodeid}: {self.metric} is better {record.direction} now, and was better {self.direction}")
        if told.get(record.nodeid, record.value) != record.value:
            raise DuelFailed(side, f"harness tampered: {record.nodeid} recorded {self.metric} twice")
        return record.value
