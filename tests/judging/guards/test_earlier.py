"""What profiles tell of the calls that a process makes before the measured ones."""

from __future__ import annotations

import math
from typing import Any

import pytest

from pytest_autoloop.judging.guards.earlier import earlier_calls
from pytest_autoloop.judging.guards.earlier import in_several_pairs
from pytest_autoloop.judging.guards.earlier import prepared
from pytest_autoloop.judging.guards.earlier import prepared_in_several_pairs
from pytest_autoloop.worker.messages import Profiled


def profile(*rows: list[Any]) -> list[Profiled]:
    return [Profiled(nodeid="b", calls=10, seconds=1.0, functions=[], before=True, earlier=[["a.py", "total", *row] for row in rows])]


def told(before: list[Any], after: list[Any]) -> bool | None:
    found = list(earlier_calls(profile(before), profile(after)))
    return found[0].remembered if found else None


@pytest.mark.parametrize(
    ("before", "after", "remembered"),
    [
        ([1, 1.0, 1.0], [1, 0.1, 0.1], False),
        ([1, 1.0, 1.0], [1, 1.0, 0.1], True),
        ([4, 4.0, 1.0], [4, 1.3, 0.1], True),
        ([4, 4.0, 1.0], [4, 0.5, 0.1], False),
        ([1, 1.4, 1.0], [1, 1.2, 0.8], False),
        ([1, 1.0, 1.0], [1, 0.9, 0.8], False),
        ([2, 1.0, 1.0], [2, 0.9, 0.01], True),
        ([2, 0.5, 1.0], [2, 0.4, 0.01], None),
        ([60, 60.0, 1.0], [60, 7.0, 0.1], None),
        ([1, 1.0, 1.0], [1, 1.5, 1.2], False),
    ],
)
def test_what_is_remembered_from_calls_before(before: list[Any], after: list[Any], *, remembered: bool | None) -> None:
    """One of them takes as long as ever, whatever the measured ones save; what first calls take more anyway is no sign of it.

    Nothing is told by calls with much less to do, nor by very many.
    """
    assert told(before, after) == remembered


@pytest.mark.parametrize(
    ("before", "after", "whole"),
    [
        ([1, 1.0, 1.0], [1, 0.1, 0.1], True),
        ([1, 1.3, 1.0], [1, 0.5, 0.1], True),
        ([1, 1.3, 1.0], [1, 1.0, 0.1], False),
        ([1, 2.0, 1.0], [1, 1.1, 0.1], False),
        ([1, 1.0, 1.0], [1, 1.0, 1.0], False),
    ],
)
def test_what_calls_before_have_as_well(before: list[Any], after: list[Any], *, whole: bool) -> None:
    """They have the gain if they take no longer than the incumbent's beside measured ones; where those take much longer, who can tell."""
    [found] = earlier_calls(profile(before), profile(after))

    assert found.whole == whole


def test_functions_of_one_name() -> None:
    """A helper that has the name of what remembers does not stand in its place, whichever of them comes last."""
    before, helper = [1, 1.0, 1.0], [3, 0.001, 0.0005]
    for rows in ([[1, 1.0, 0.001], helper], [helper, [1, 1.0, 0.001]]):
        [found] = earlier_calls(profile(before), profile(*rows))
        assert found.remembered


def test_the_function_that_takes_most() -> None:
    """Of functions that call each other it is the outer one; what a candidate has no more tells nothing."""
    outer, inner = ["a.py", "total", 1, 1.0, 1.0], ["a.py", "each", 1, 0.8, 0.8]
    rows = [outer, inner]
    ours = [Profiled(nodeid="b", calls=1, seconds=1.0, functions=[], earlier=rows)]
    theirs = [
        Profiled(nodeid="b", calls=1, seconds=1.0, functions=[], earlier=[["a.py", "total", 1, 1.0, 0.1], ["a.py", "each", 1, 0.1, 0.1]])
    ]

    [found] = earlier_calls(ours, theirs)
    assert found.remembered
    assert found.text == "b: calls before the measured ones take 9e+02 ms more than these, which save 9e+02 ms each"
    assert list(earlier_calls(ours, [Profiled(nodeid="b", calls=1, seconds=1.0, functions=[])])) == []


def test_a_process_that_tells_nothing() -> None:
    """A candidate that cannot be profiled, where the incumbent can, does not get out of it; nonsense is no row."""
    nonsense: list[Any] = [[1, 2], "x", ["a.py", "total", "many", 1.0, 1.0], ["a.py", "total", 0, 1.0, 1.0]]
    nonsense += [["a.py", "total", 1, math.nan, 1.0], ["a.py", "total", 1, 1.0, math.inf], ["a.py", "total", 10**400, 1.0, 1.0]]

    assert [found.remembered for found in earlier_calls(profile([1, 1.0, 1.0]), [])] == [True]
    assert list(earlier_calls(profile([1, 1.0, 1.0]), [Profiled(nodeid="b", calls=1, seconds=1.0, functions=[], earlier=nonsense)])) == []


SLOW, FAST = [1, 1.0, 0.1], [1, 0.1, 0.1]


@pytest.mark.parametrize(
    ("pairs", "taken", "says"),
    [
        ([SLOW, SLOW, SLOW], 3, (True, False)),
        ([FAST], 1, (False, True)),
        ([SLOW, FAST], 2, (False, False)),
        ([SLOW, SLOW, None], 3, None),
    ],
)
def test_several_pairs(pairs: list[Any], taken: int, says: tuple[bool, bool] | None) -> None:
    """All have to agree that it is remembered; one alone that has the gain is enough, if none was in doubt; no more are taken than that."""
    given = iter(pairs)
    left = list(pairs)

    def take() -> tuple[list[Profiled], list[Profiled]]:
        left.pop()
        row = next(given)
        return (profile([1, 1.0, 1.0]), profile(row)) if row is not None else ([], [])

    found = list(in_several_pairs(take, ["b"]))

    assert [(one.remembered, one.whole) for one in found] == ([] if says is None else [says])
    assert len(pairs) - len(left) == taken
    assert list(in_several_pairs(take, [])) == []


@pytest.mark.parametrize(
    ("ours", "theirs", "moved", "told"),
    [
        ((0.1, 1.0), (1.0, 0.1), True, False),
        ((0.1, 1.0), (0.4, 0.1), False, True),
        ((9.0, 1.0), (9.9, 0.1), False, False),
        ((9.0, 1.0), (12.0, 0.1), True, False),
        ((0.1, 1.0), (0.1, 1.0), False, False),
        ((1.0, 0.1), (9.0, 1.0), False, False),
    ],
)
def test_what_is_done_before_calls(ours: tuple[float, float], theirs: tuple[float, float], *, moved: bool, told: bool) -> None:
    """Half of what a call saves is told, where there is not so much else that it may be chance; who saves nothing has moved nothing."""

    def made(prepared: float, each: float) -> list[Profiled]:
        return [Profiled(nodeid="b", calls=10, seconds=10 * each, functions=[], prepared=prepared)]

    found = prepared(made(*ours), made(*theirs))
    assert found is not None
    assert (found.moved, found.told) == (moved, told)
    assert prepared([], made(*theirs)) is prepared(made(*ours), []) is None


def test_pairs_that_have_to_agree_on_it() -> None:
    """One pair is enough to say that nothing has moved; that something has takes several."""

    def taking(*more: float) -> tuple[float, bool]:
        took = iter(more)
        before = [Profiled(nodeid="b", calls=1, seconds=1.0, functions=[], prepared=0.1)]
        after = (([Profiled(nodeid="b", calls=1, seconds=0.1, functions=[], prepared=one)]) for one in took)
        found = prepared_in_several_pairs(lambda: (before, next(after)))
        assert found is not None
        return len([*took]), found.moved

    assert taking(2.0, 2.0, 2.0, 2.0) == (1, True)
    assert taking(0.1, 2.0) == (1, False)
    assert taking(2.0, 0.1, 2.0) == (1, False)
