"""What a call returns that works only when it is read: read to its end, and timed."""

from __future__ import annotations

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

from .classes import error_name

if TYPE_CHECKING:
    from .messages import Round

# Bound before any project code runs.
_wall, _cpu = time.perf_counter_ns, time.process_time_ns
_islice, _from_all = itertools.islice, itertools.chain.from_iterable
_type = type

_MOST_PARTS = 10_000
_LONGEST = 250_000_000  # nanoseconds of CPU time
_EACH = 16  # parts that are read between looks at the clock
_FEW = 8  # parts of a result that may be such themselves


def read_to_the_end(time_: Round, result: Any) -> Round:
    """Return the time of a round with what reading its last result takes besides, of iterators, and of a few of them in a collection.

    What is endless, or takes very long, is read in part: ``read`` says how many parts it gave, ``stopped`` which error put an end to it.
    """
    lazy = [one for one in _parts(result) if hasattr(_type(one), "__next__")]
    if not lazy:
        return time_
    read, stopped, wall, cpu = 0, "", _wall(), _cpu()
    try:
        for _ in _islice(_from_all(lazy), _MOST_PARTS):
            read += 1
            if read % _EACH == 0 and _cpu() - cpu > _LONGEST:
                break
    except Exception as error:  # noqa: BLE001 - whatever it raises is the judge's to compare
        stopped = error_name(error)
    return replace(time_, reading=_cpu() - cpu, reading_wall=_wall() - wall, read=read, stopped=stopped)


def _parts(result: Any) -> list[Any]:
    kind = _type(result)
    if kind in (tuple, list) and len(result) <= _FEW:
        return list(result)
    return list(result.values()) if kind is dict and len(result) <= _FEW else [result]
