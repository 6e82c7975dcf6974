"""What a candidate costs beside its timed calls."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.duel import Trials
from pytest_autoloop.judging.effects import APART
from pytest_autoloop.judging.effects import BESIDE
from pytest_autoloop.judging.effects import Spent
from pytest_autoloop.judging.effects import first_longer
from pytest_autoloop.judging.effects import importing
from pytest_autoloop.judging.effects import left_running
from pytest_autoloop.judging.effects import littering
from pytest_autoloop.judging.effects import longer
from pytest_autoloop.judging.effects import may_have_moved
from pytest_autoloop.judging.effects import moved
from pytest_autoloop.judging.effects import nothing_moved
from pytest_autoloop.judging.effects import waiting
from pytest_autoloop.workspace.watching import Outside

from .duels import MS
from .duels import benchmark
from .duels import timing


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


def test_work_moved_to_an_authors_set_up() -> None:
    """What makes the arguments of each round is no part of it, and has its own time, on the clock that decides."""

    def told(theirs: float, clock: Any = "cpu") -> list[str]:
        name = "set_up" if clock == "cpu" else "set_up_wall"
        sides: list[tuple[int, dict[str, Any]]] = [(9, {name: MS}), (1, {name: round(theirs * MS)})]
        ours, other = (replace(timing(ms), **made) for ms, made in sides)
        found = [Duel(rounds={"b": ((ours, other),) * 3}, cold={}, returned={}, seconds=1.0) for _ in range(8)]
        assert nothing_moved(found, replace(benchmark(seconds=0.009), clock=clock), at_import=False) == (theirs < 2)
        return list(moved(found, [replace(benchmark(seconds=0.009), clock=clock)]))

    assert told(9) == ["b: 8.00 ms more in the set-up of its calls, which save 8.00 ms each: work has moved there"]
    assert len(told(9, "wall")) == 1
    assert told(1.5) == []
    assert told(1.5, "wall") == []


def test_a_set_up_that_scatters() -> None:
    """What nobody can tell from noise may be there: half of what a call saves."""

    def may(more: float, spread: float) -> bool:
        told = [(100 * MS, round((100 + more + spread * (number % 3 - 1)) * MS)) for number in range(9)]
        pairs = ((timing(2), timing(1)),) * 3
        found = [Duel(rounds={"b": pairs}, cold={}, returned={}, seconds=1.0, before={"b": before}) for before in told]
        return may_have_moved(found, benchmark(seconds=0.002))

    assert not may(0.0, 0.1)
    assert may(0.6, 0.0)
    assert may(0.0, 9.0)
    assert not may_have_moved(duels(), benchmark(seconds=0.002))


def test_waiting_that_may_have_moved_to_import() -> None:
    """For benchmarks that wait it is the clock on the wall that tells: by half of what a call saves, or not at all."""

    def may(more: float, clock: Any = "wall", **without: Any) -> bool:
        seen: dict[str, Any] = {"collected": (90 * MS, round((90 + more) * MS))}
        pairs = ((timing(9), timing(1)),) * 3
        found = [Duel(rounds={"b": pairs}, cold={}, returned={}, seconds=1.0, **(seen | without)) for _ in range(8)]
        return waiting(found, [replace(benchmark(seconds=0.009), clock=clock)])

    assert may(8)
    assert may(0, collected=None)
    assert not may(1)
    assert not may(8, clock="cpu")


def test_whether_nothing_has_moved() -> None:
    """Less than a quarter of what a call saves is proven, before its calls and at import; what scatters, or is not told, is not."""

    def proven(more: float, at_import: float = 0.0, spread: float = 0.0, *, imported: bool = True, **without: Any) -> bool:
        told = []
        for number in range(9):
            scatter = spread * (number - 4)
            before, starts = (round((9 + extra + scatter) * MS) for extra in (more, at_import))
            seen: dict[str, Any] = {"before": {"b": (9 * MS, before)}, "starts": (9 * MS, starts)}
            told.append(Duel(rounds={"b": ((timing(2), timing(1)),)}, cold={}, returned={}, seconds=1.0, **(seen | without)))
        return nothing_moved(told, benchmark(seconds=0.002), at_import=imported)

    assert proven(0.2)
    assert proven(-1.0)
    assert not proven(0.3)
    assert not proven(0.0, at_import=0.3)
    assert proven(0.0, at_import=0.3, imported=False)
    assert not proven(0.0, spread=0.5)
    assert not proven(0.0, before={})
    assert not proven(0.0, starts=None)
    assert not nothing_moved([], benchmark(), at_import=False)


def test_work_moved_to_what_comes_before_or_after_the_calls() -> None:
    """More of it by half of what a call saves is told with both; less is not, nor what is chance, or where nothing was measured."""

    def told(more: float, gain: float = 2.0, spread: float = 0.0, place: str = "before", seconds: float = 0.002) -> list[str]:
        rounds = {"b": ((timing(gain), timing(1)),)}
        took = [(3 * MS, round((3 + more + spread * (number - 4)) * MS)) for number in range(9)]
        made: list[dict[str, Any]] = [{place: {"b": pair}} for pair in took]
        return list(moved([Duel(rounds=rounds, cold={}, returned={}, seconds=1.0, **more) for more in made], [benchmark(seconds=seconds)]))

    assert told(0.4) == []
    assert told(1.1) == ["b: 1.10 ms more before its calls, which save 1.00 ms each: work has moved there"]
    assert told(1.1, place="after") == ["b: 1.10 ms more after its calls, which save 1.00 ms each: work has moved there"]
    assert told(-1.1) == []
    assert told(1.1, spread=2.0) == []
    assert told(0.04, seconds=2e-5) == []
    assert told(0.08, seconds=2e-5) == ["b: 0.08 ms more before its calls, which save 0.01 ms each: work has moved there"]
    assert told(0.9, gain=0.9) == []
    assert told(0.9, gain=1.01) == []
    assert list(moved(duels(), [benchmark()])) == []


def test_work_moved_to_where_results_are_read() -> None:
    """What a result takes to be read counts, for each part if one side gives more of them in the time there is."""

    def told(ours: float, theirs: float, read: tuple[int, int] = (9, 9), clock: Any = "cpu") -> list[str]:
        def made_of(more: int, parts: int) -> dict[str, Any]:
            return {"reading" if clock == "cpu" else "reading_wall": more, "read": parts}

        took = zip((ours, theirs), read, strict=True)
        incumbent, candidate = (replace(timing(1), **made_of(round(more * MS), parts)) for more, parts in took)
        fresh = Trials(fresh=((incumbent, candidate),) * 3)
        found = Duel(rounds={"b": ((timing(2), timing(1)),)}, cold={}, returned={}, seconds=1.0, trials={"b": fresh})
        return list(moved([found] * 9, [replace(benchmark(seconds=0.002), clock=clock)]))

    said = ["b: 1.10 ms more in reading the results of its calls, which save 1.00 ms each: work has moved there"]
    assert told(1.0, 2.1) == said
    assert told(0.0, 1.1) == said
    assert told(1.0, 2.1, clock="wall") == said
    assert told(1.0, 1.4) == []
    assert told(1.0, 0.5) == []
    assert told(1.0, 1.0) == []
    assert told(2.0, 2.0, read=(9, 3)) == [
        "b: 4.00 ms more in reading the results of its calls, which save 1.00 ms each: work has moved there"
    ]
    assert told(2.0, 1.0, read=(9, 0)) == []


def test_work_moved_to_the_first_call_of_another_benchmark() -> None:
    """What is longer by half of what a call of any benchmark saves is told; less, chance, and what nobody saves by are not."""
    benchmarks = [replace(benchmark(seconds=0.002), nodeid=name) for name in "bc"]

    def told(first: float, gain: float = 2.0, spread: float = 0.0) -> list[str]:
        made = []
        for number in range(9):
            cold = {"c": (timing(3), timing(first + spread * (number - 4))), "b": (timing(2), timing(1))}
            rounds = {"b": ((timing(gain), timing(1)),), "c": ((timing(1), timing(1)),)}
            made.append(Duel(rounds=rounds, cold=cold, returned={}, seconds=1.0))
        return list(first_longer(made, benchmarks))

    assert told(4.2) == ["c: its first call takes 1.20 ms longer, where calls save 1.00 ms each: work has moved there"]
    assert told(3.3) == []
    assert told(4.2, spread=1.0) == []
    assert told(4.2, gain=1.0) == []
    assert list(first_longer(duels(), benchmarks)) == []


def test_one_slow_start_is_chance() -> None:
    """A process that started late once is no reason."""
    assert importing([*duels(starts=(100 * MS, 101 * MS)), *duels(starts=(100 * MS, 400 * MS))[:2]]) is None


def test_a_gain_that_takes_long() -> None:
    """Half as much again, and a second more, is told of either clock; less of either is not, nor one pair among several."""
    usual, quick = Spent(cpu=4.0, wall=5.0), Spent(cpu=0.4, wall=0.5)

    def told(ours: Spent, theirs: Spent) -> str | None:
        return longer([(ours, theirs)] * 3, BESIDE)

    assert told(usual, Spent(cpu=7.0, wall=8.0)) == "its processes take 7.0 s of CPU time, the incumbent's 4.0 s"
    assert told(usual, Spent(cpu=4.0, wall=9.0)) == "its processes take 9.0 s of wall time, the incumbent's 5.0 s"
    assert told(usual, Spent(cpu=5.9, wall=7.4)) is None
    assert told(quick, Spent(cpu=1.3, wall=1.4)) is None
    assert longer([(usual, usual), (usual, Spent(cpu=8.0, wall=9.0)), (usual, usual)], BESIDE) is None
    assert longer([], BESIDE) is None


def test_an_incumbent_that_ran_long_ago() -> None:
    """Since then the machine may have become busy: only twice the CPU time counts."""
    usual = Spent(cpu=4.0, wall=5.0)

    assert longer([(usual, Spent(cpu=7.0, wall=50.0))] * 3, APART) is None
    assert longer([(usual, Spent(cpu=8.1, wall=9.0))] * 3, APART) == "its processes take 8.1 s of CPU time, the incumbent's 4.0 s"


def test_what_goes_on() -> None:
    """Work put off, threads and processes left are told; the incumbent's own are not."""
    assert "80 ms longer" in next(left_running(duels(rests=(20 * MS, 100 * MS))))
    assert "1 more threads" in next(left_running(duels(**outside(2, 3))))
    assert "processes running" in next(left_running(duels(strays=1)))
    assert list(left_running(duels(rests=(100 * MS, 90 * MS), **outside(3, 3)))) == []
    assert list(left_running([])) == []


def test_what_is_left_in_temporary_folders() -> None:
    """More than the incumbent leaves is told, if it is there each time."""
    assert littering(duels(litter=(1, 5))) == "each process leaves 4 more files or folders in the temporary folder"
    assert littering([*duels(litter=(1, 5)), *duels(litter=(2, 2))]) is None
    assert littering([]) is None
