"""What a candidate costs beside its timed calls."""

from __future__ import annotations

from typing import Any

from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.effects import importing
from pytest_autoloop.judging.effects import left_running
from pytest_autoloop.workspace.watching import Outside

from .duels import MS


def duels(**more: Any) -> list[Duel]:
    return [Duel(rounds={}, cold={}, returned={}, seconds=1.0, **more) for _ in range(8)]


def outside(ours: int, theirs: int) -> dict[str, Any]:
    return {"outside": {"b": (Outside(threads=ours, processors=(0,)), Outside(threads=theirs, processors=(0,)))}}


def test_work_moved_to_import() -> None:
    """A tenth more, and more than 20 ms, is told with its size; less of either is not, nor where nothing was measured."""
    assert "takes 60 ms longer" in str(importing(duels(starts=(100 * MS, 160 * MS))))
    assert importing(duels(starts=(100 * MS, 115 * MS))) is None
    assert importing(duels(starts=(1000 * MS, 1060 * MS))) is None
    assert importing(duels(starts=(160 * MS, 100 * MS))) is None
    assert importing(duels()) is None


def test_one_slow_start_is_chance() -> None:
    """A process that started late once is no reason."""
    assert importing([*duels(starts=(100 * MS, 101 * MS)), *duels(starts=(100 * MS, 400 * MS))[:2]]) is None


def test_what_goes_on() -> None:
    """Work put off, threads and processes left are told; the incumbent's own are not."""
    assert "80 ms longer" in next(left_running(duels(rests=(20 * MS, 100 * MS))))
    assert "1 more threads" in next(left_running(duels(**outside(2, 3))))
    assert "processes running" in next(left_running(duels(strays=1)))
    assert list(left_running(duels(rests=(100 * MS, 90 * MS), **outside(3, 3)))) == []
    assert list(left_running([])) == []
