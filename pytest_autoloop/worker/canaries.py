"""Tests that a child plants among the project's own: one must fail, one must be skipped, and in a duel one is a benchmark of fixed work.

A patch that has taken over the reports or the exit status of its own judgement makes the first two pass, or fails to mention them; one that
has taken over the clock or the rounds makes the third faster.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

# Bound before any project code runs.
_Random = random.Random
_range = range
_WITH_TIMED = 3
_DECIDED_ELSEWHERE = frozenset({"skip", "skipif", "xfail"})


def plant(items: list[pytest.Item], names: Sequence[str], seed: int = 0) -> list[pytest.Item]:
    """Put the canaries among the collected tests, in the last module that does not decide outcomes itself, and return them.

    The first two go to the end: a session that stops at the first failure shall have seen everything. A third name is a benchmark's; where
    it stands and what it does follow from the seed, which both sides of a duel share.
    """
    modules = (item.getparent(pytest.Module) for item in reversed(items) if not isinstance(item, pytest.DoctestItem))
    home = next((module for module in modules if module is not None and not _decides(module)), None)
    if home is None or not names:
        return []
    # Telling a failure in full takes longer than many a benchmark: in a duel a word has to do.
    made: list[Callable[..., None]] = [_failing() if len(names) < _WITH_TIMED else _failing_in_a_word(), _skipping()]
    planted: list[pytest.Item] = [pytest.Function.from_parent(home, name=name, callobj=one) for name, one in zip(names, made, strict=False)]
    items += planted
    for name in names[2:]:
        rng = _Random(seed)
        timed = pytest.Function.from_parent(home, name=name, callobj=_timed(rng))
        # Next to others of its module: nobody's set-up is done twice for it.
        places = [number for number, item in enumerate(items) if item.getparent(pytest.Module) is home and item not in planted]
        items.insert(rng.choice(places) + rng.randrange(2), timed)
        planted.append(timed)
    return planted


def _decides(module: pytest.Module) -> bool:
    return any(mark.name in _DECIDED_ELSEWHERE for mark in module.iter_markers())


def _failing() -> Callable[[], None]:
    size, off = random.randrange(3, 100), random.randrange(1, 100)

    def check() -> None:
        assert sum(range(size)) == size * (size - 1) // 2 + off

    return check


def _failing_in_a_word() -> Callable[[], None]:
    reason = f"{random.randrange(100)} is not {random.randrange(100, 200)}"

    def check() -> None:
        pytest.fail(reason, pytrace=False)

    return check


def _skipping() -> Callable[[], None]:
    reason = f"not on level {random.randrange(100)}"

    def check() -> None:
        pytest.skip(reason)

    return check


def _timed(rng: random.Random) -> Callable[..., None]:
    """Return a benchmark of a few dozen microseconds a call, one of several kinds of work, on data of its own."""
    size = rng.randrange(200, 400)
    data = [rng.randrange(10**6) for _ in _range(size)]
    expected = sorted(data)

    def adding(values: list[int]) -> object:
        total = 0
        for value in values:
            total += value & 1023
        return total

    def counting(values: list[int]) -> object:
        counts: dict[int, int] = {}
        for value in values:
            counts[value % 37] = counts.get(value % 37, 0) + 1
        return counts

    def joining(values: list[int]) -> object:
        return ",".join([str(value) for value in values])

    def finding(values: list[int]) -> object:
        found = []
        for value in values:
            if value % 3 == 1:
                found.append(value * value)  # noqa: PERF401 - this is the work
        return found

    work = rng.choice([adding, counting, joining, finding])

    def check(benchmark: Callable[..., object]) -> None:
        assert benchmark(work, data)
        assert sorted(data) == expected

    return check
