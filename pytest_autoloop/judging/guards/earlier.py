"""Whether calls that a process makes beside the measured ones have the gain as well: told from profiles of both sides. Pure functions.

Where modules, fixtures or tests call what is measured before it is, the first measured call is no first one: what is remembered is there
already. But then the call that has worked it out is among those before, and takes what the incumbent's takes.
"""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import replace
from math import inf
from typing import TYPE_CHECKING
from typing import NamedTuple

from ...worker.messages import ALIKE
from ..honesty import WHOLE

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ...worker.messages import Profiled

# So many pairs of profiles have to agree that a gain is remembered.
_PAIRS = 3
# More calls than this are told too badly from one that takes longer.
_MOST = 50
_MANY = 10**12  # no process calls anything as often
# Who remembers has one call before that takes longer, by the whole saving of one. This share of it, and of what the incumbent's calls
# take, is told from what first calls take more anyway.
_MISSING, _TOLD = 0.5, 0.2
# What the same functions take in two processes differs by this share of it, under a profiler.
_CHANCE = 0.3


class Prepared(NamedTuple):
    """What a pair of profiles tells of a project's own functions before the calls of a benchmark, in seconds.

    ``more`` is what they take longer in the candidate, ``usual`` what they take in the incumbent, ``saved`` what a measured call saves.
    """

    more: float
    usual: float
    saved: float

    @property
    def moved(self) -> bool:
        """Whether work has moved there: half of what a call saves, and more than what differs by chance."""
        return self.saved > 0 and self.more >= max(_MISSING * self.saved, _CHANCE * self.usual)

    @property
    def told(self) -> bool:
        """Whether half of what a call saves would be more than what differs by chance."""
        return _MISSING * self.saved >= max(_CHANCE * self.usual, self.more)


def prepared(before: Sequence[Profiled], after: Sequence[Profiled]) -> Prepared | None:
    """Return what profiles of one benchmark, of incumbent and candidate, tell of what is done before its calls; None if they do not."""
    if len(before) != 1 or len(after) != 1 or not before[0].calls or not after[0].calls:
        return None
    saved = before[0].seconds / before[0].calls - after[0].seconds / after[0].calls
    return Prepared(after[0].prepared - before[0].prepared, before[0].prepared, saved)


def prepared_in_several_pairs(take: Callable[[], tuple[Sequence[Profiled], Sequence[Profiled]]]) -> Prepared | None:
    """Return what pairs of profiles tell of the time before a benchmark's calls: that work has moved there if all of them do."""
    found = None
    for _ in range(_PAIRS):
        found = prepared(*take())
        if found is None or not found.moved:
            break
    return found


class _Row(NamedTuple):
    """What a process has called of one function, in seconds: ``calls`` beside the measured ones in ``seconds``, and ``each`` of those.

    ``more`` is how much longer calls before took of others of its name.
    """

    calls: int
    seconds: float
    each: float
    more: float = 0.0

    @property
    def longer(self) -> float:
        """How much longer calls before took than as many measured ones."""
        return max(0.0, self.seconds - self.calls * self.each) + self.more


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a pair of profiles tells of one benchmark, in words.

    Its gain is ``remembered`` from calls before, or these have it, as good as ``whole``; ``saved`` is the share that measured calls save.
    """

    nodeid: str
    text: str
    remembered: bool
    whole: bool = False
    saved: float = 0.0


def in_several_pairs(take: Callable[[], tuple[Sequence[Profiled], Sequence[Profiled]]], nodeids: Iterable[str]) -> Iterator[Told]:
    """Yield what pairs of profiles tell of some benchmarks: that a gain is remembered if all of them do. Few need more than one pair."""
    doubtful, told = set(nodeids), dict[str, Told]()
    for _ in range(_PAIRS):
        if not doubtful:
            break
        seen = {found.nodeid: found for found in earlier_calls(*take()) if found.nodeid in doubtful}
        # Whoever was in doubt once has no whole gain; and what is not told again is told of nothing.
        again = {nodeid: replace(found, whole=found.whole and nodeid not in told) for nodeid, found in seen.items()}
        told = {nodeid: found for nodeid, found in told.items() if nodeid not in doubtful} | again
        doubtful = {nodeid for nodeid, found in seen.items() if found.remembered}
    yield from told.values()


def earlier_calls(before: Sequence[Profiled], after: Sequence[Profiled]) -> Iterator[Told]:
    """Yield what profiles of incumbent and candidate tell of each benchmark whose process has called the same before.

    A candidate whose calls before take longer than as many measured ones, by half of what it saves in one and a fifth of what
    the incumbent takes, and more than the incumbent's first calls do, has worked something out there.
    """
    theirs = {found.nodeid: _rows(found) for found in after}
    for found in before:
        ours = _rows(found)
        if ours and found.nodeid not in theirs:
            yield Told(nodeid=found.nodeid, text=f"{found.nodeid}: its calls before the measured ones cannot be told", remembered=True)
        names = [name for name in ours if name in theirs.get(found.nodeid, {}) and _is_told(ours[name])]
        if not names:
            continue
        # The one with the most time is what the test calls, but others may remember for it.
        told = [_told(found.nodeid, ours[name], theirs[found.nodeid][name]) for name in sorted(names, key=lambda name: -ours[name].each)]
        first = next((one for one in told if one.remembered), told[0])
        yield replace(first, whole=all(one.whole for one in told))


def _told(nodeid: str, one: _Row, other: _Row) -> Told:
    """Return what calls of one function tell, incumbent and candidate."""
    saved, longer = one.each - other.each, other.longer - one.longer
    more = f"calls before the measured ones take {other.longer * 1e3:.2g} ms more than these, which save {saved * 1e3:.2g} ms each"
    return Told(
        nodeid=nodeid,
        text=f"{nodeid}: {more}",
        remembered=saved > 0 and longer >= max(_MISSING * saved, _TOLD * one.each),
        # Where the incumbent's first calls take longer as well, by as much as is saved, they tell nothing.
        whole=saved > 0 and longer <= (1 - WHOLE) * saved and one.longer <= _MISSING * saved,
        saved=saved / one.each,
    )


def _rows(profile: Profiled) -> Mapping[tuple[str, str], _Row]:
    """Return a profile's rows by path and name; what is no row, as a hostile process may send it, is left out."""
    rows: dict[tuple[str, str], _Row] = {}
    for row in profile.earlier:
        match row:
            case [str(path), str(name), int(calls), float(seconds), float(each)] if (
                0 < calls < _MANY and 0 < each < inf and 0 <= seconds < inf
            ):
                found, known = _Row(calls, seconds, each), rows.get((path, name))
                if known is not None:
                    # Of several functions of one name the outermost takes most; what any of them has remembered counts.
                    found, other = (found, known) if found.seconds >= known.seconds else (known, found)
                    found = found._replace(more=found.more + other.longer)
                rows[path, name] = found
    return rows


def _is_told(row: _Row) -> bool:
    return row.calls <= _MOST and row.seconds >= ALIKE * row.calls * row.each
