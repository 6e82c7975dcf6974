"""One process of a duel: what the judge asks of it, what it answers, and what is seen of it from outside meanwhile."""

from __future__ import annotations

import time
from dataclasses import dataclass
from dataclasses import fields
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any
from typing import Literal

from ..worker.channel import ChannelClosed
from ..worker.channel import ChannelForged
from ..worker.channel import ChannelTimeout
from ..worker.messages import Finish
from ..worker.messages import Go
from ..worker.messages import Imported
from ..worker.messages import Look
from ..worker.messages import Parked
from ..worker.messages import Pin
from ..worker.messages import Ready
from ..worker.messages import Report
from ..worker.messages import Returned
from ..worker.messages import Round
from ..worker.messages import RunRound
from ..worker.messages import Show
from ..worker.messages import Varied
from ..worker.messages import Vary
from .gate import failure_line
from .outcomes import sung_well

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..workspace.launcher import PytestChild
    from ..workspace.watching import Outside

Side = Literal["incumbent", "candidate"]

_FAREWELL = 10.0
_LONGEST = 1e6  # seconds that a process may tell of


class DuelFailed(Exception):
    """A side of a duel did not get through it; ``side`` says which, the text what happened."""

    def __init__(self, side: Side, message: str, output: str = "") -> None:
        super().__init__(message)
        self.side = side
        self.output = output


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing(Round):
    """One round as the child tells of it, and what the judge saw meanwhile, in nanoseconds.

    ``seen`` is the wall time that passed, ``spent`` the CPU time that the process used, None where the system does not tell.
    """

    seen: int
    spent: int | None = None

    @property
    def of_first(self) -> Timing:
        """The first call's, as far as it was timed by itself."""
        return replace(self, wall=self.first_wall, cpu=self.first) if self.first_wall else self

    @property
    def times(self) -> tuple[int, int, int]:
        """The three times."""
        return self.wall, self.cpu, self.seen


class Fighter:
    """One process of a duel. ``canaries`` are the names of the tests planted in it."""

    def __init__(self, side: Side, child: PytestChild, canaries: Sequence[str] = ()) -> None:
        self.side = side
        self._child = child
        self._canaries = canaries
        self._sung: list[dict[str, Any]] = []
        self._ordered, self._began = child.cpu(), time.perf_counter_ns()
        self._parked: int | None = None
        self._waited: int | None = None
        self._told = 0
        self._skipped: str | None = None
        self.over = False
        self.start: int | None = None  # nanoseconds from the order to the first benchmark: CPU time, or wall time where there is no clock
        self.between: int | None = None  # CPU time from the collection of tests, or from the benchmark before, to the one that waits now
        self.gap: int | None = None  # nanoseconds that passed by its own clock since it was last let go
        self.collected: int | None = None  # nanoseconds that passed from the order until its tests were collected
        self.rest: int | None = None  # CPU time of the whole process after that, less what it told of its rounds

    @property
    def memory(self) -> int:
        """The peak memory of its process in bytes, once it has ended."""
        return self._child.exit.memory if self._child.exit is not None else 0

    def failed(self, message: str) -> DuelFailed:
        """Return the failure of this side."""
        return DuelFailed(self.side, message, self._child.output())

    def astray(self, record: object, due: str) -> DuelFailed:
        """Return the failure of a side that came with something else than what was due."""
        if self._skipped is not None:
            return self.failed(f"{self._skipped} was skipped while it was measured")
        return self.failed(f"a {type(record).__name__} came where {due} was due")

    @property
    def litter(self) -> int:
        """How many files and folders it has left in its temporary folder."""
        return self._child.litter

    @property
    def skipped(self) -> bool:
        """Whether it has left out a test that it was to measure."""
        return self._skipped is not None

    def until_collected(self, limit: float) -> None:
        """Wait until it has collected its tests, which it was told to wait after."""
        deadline = time.monotonic() + limit
        while not isinstance(record := self._take(deadline - time.monotonic()), Imported):
            if isinstance(record, Finish):
                self._finish(record)
                return
        self.collected = _nanoseconds(record.since)

    def until_parked(self, limit: float) -> Parked | None:
        """Wait for the next benchmark, or None at the end of the session."""
        deadline = time.monotonic() + limit
        while not self.over:
            record = self._take(max(0.0, deadline - time.monotonic()))
            if isinstance(record, Parked):
                now, self.gap = self._child.cpu(), _nanoseconds(record.gap)
                self.between = _between(self._waited, now)
                if self.start is None:
                    self._parked = now
                    self.start = _between(self._ordered, now) or time.perf_counter_ns() - self._began
                return record
            if isinstance(record, Finish):
                self._finish(record)
        return None

    def _finish(self, record: Finish) -> None:
        self.over = True
        as_it_should = record.exitstatus == (1 if self._canaries else 0)
        # Taking an interpreter apart takes a while; one that has failed shall have its time to say why.
        exit_ = self._child.finished(0.0 if as_it_should else _FAREWELL)
        if self._parked is not None:
            self.rest = max(0, round(exit_.cpu * 1e9) - self._parked - self._told)
        if not self._canaries and not as_it_should:
            raise self.failed(f"pytest ended with status {record.exitstatus}")
        if self._canaries and not (as_it_should and sung_well(self._canaries, self._sung)):
            raise self.failed("harness tampered: the canaries did not come out as they must")

    def run(
        self, iterations: int, limit: float, *, collect: bool = False, spin: int = 0, fresh: bool = False, first: bool = False
    ) -> Timing:
        """Run one round."""
        before, started = self._child.cpu(), time.perf_counter_ns()
        self.tell(RunRound(iterations=iterations, collect=collect, spin=spin, fresh=fresh, first=first))
        record = self._take(limit)
        seen = time.perf_counter_ns() - started
        spent = _between(before, self._child.cpu())
        if not isinstance(record, Round):
            raise self.astray(record, "a round")
        if type(record.wall) is not int or type(record.cpu) is not int:
            raise self.failed("harness tampered: a round without times")
        self._told += record.cpu
        return Timing(seen=seen, spent=spent, **{field.name: getattr(record, field.name) for field in fields(Round)})

    def vary(self, order: Vary, limit: float) -> Varied:
        """Have it called with other arguments."""
        self.tell(order)
        record = self._take(limit)
        if not isinstance(record, Varied):
            raise self.astray(record, "a result")
        return record

    def look(self) -> None:
        """Have it look at its arguments before the first round."""
        self.tell(Look())

    def ready(self, limit: float) -> None:
        """Wait until it has done so."""
        if not isinstance(record := self._take(limit), Ready):
            raise self.astray(record, "the first round")

    def show(self, *, around: bool = False) -> None:
        """Have it show what the last round returned, perhaps with what is ``around`` the call."""
        self.tell(Show(around=around))

    def returned(self, limit: float) -> Returned:
        """Take what it shows."""
        record = self._take(limit)
        if not isinstance(record, Returned):
            raise self.astray(record, "a result")
        return record

    def go(self) -> None:
        """Let it go on to its next benchmark."""
        self._waited = self._child.cpu()
        if not self.over:
            self.tell(Go())

    def outside(self) -> Outside | None:
        """Return what can be seen of the process from outside."""
        return self._child.outside()

    def tell(self, command: Look | RunRound | Show | Vary | Go | Pin) -> None:
        """Send a command."""
        try:
            self._child.channel.send(command)
        except ChannelClosed:
            raise self._gone() from None

    def _take(self, limit: float) -> object:
        deadline = time.monotonic() + limit
        while True:
            # Who goes on reporting is not waited for any longer.
            record = self._next(max(0.0, deadline - time.monotonic()), limit)
            if not isinstance(record, Report):
                return record
            nodeid = record.data.get("nodeid")
            if not isinstance(nodeid, str) or not isinstance(record.data.get("outcome"), str):
                raise self.failed("harness tampered: a report without node id or outcome came through the channel")
            if nodeid.rpartition("::")[2] in self._canaries:
                self._sung.append(record.data)
            elif record.data["outcome"] == "failed":
                raise self.failed(f"{nodeid} failed: {failure_line(record.data)}")
            elif record.data["outcome"] == "skipped":
                self._skipped = nodeid

    def _next(self, left: float, limit: float) -> object:
        try:
            return self._child.channel.take(left)
        except ChannelTimeout:
            raise self.failed(f"what was due did not come within {limit:.0f} s") from None
        except ChannelForged as error:
            raise self.failed(f"harness tampered: {error}") from None
        except ChannelClosed:
            raise self._gone() from None

    def _gone(self) -> DuelFailed:
        return self.failed(f"its process ended with status {self._child.finished().status} in the middle")


def _nanoseconds(seconds: float) -> int:
    return round(seconds * 1e9) if 0 <= seconds < _LONGEST else 0


def _between(before: int | None, after: int | None) -> int | None:
    return None if before is None or after is None else after - before
