"""What a candidate's calls return, what they leave behind, and what the first of them costs."""

from __future__ import annotations

from pytest_autoloop.judging.honesty import Comparable
from pytest_autoloop.judging.honesty import differences
from pytest_autoloop.judging.honesty import first_call
from pytest_autoloop.worker.channel import Returned

from .duels import SAME
from .duels import benchmark
from .duels import duel
from .duels import timing

OTHER_RESULT = (SAME[0], Returned(result="x", arguments="a"))
OTHER_ARGUMENTS = (SAME[0], Returned(result="r", arguments="x"))
EQUAL = Comparable(frozenset({"b"}), frozenset({"b"}))


def test_only_what_repeats_on_the_incumbent_is_compared() -> None:
    """A benchmark that returns the time of day differs from itself, so a candidate is not asked to equal it."""
    honest = duel(timing(1), timing(1))
    clockwork = duel(timing(1), timing(1), returned=OTHER_RESULT)

    assert Comparable.by([honest, honest]) == EQUAL
    assert Comparable.by([honest, clockwork]) == Comparable(frozenset(), frozenset({"b"}))


def test_another_result_or_other_arguments_are_named() -> None:
    """One deviating duel is enough, and it is named once."""
    deviating = [duel(timing(2), timing(1), returned=kind) for kind in (SAME, OTHER_RESULT, OTHER_ARGUMENTS, OTHER_RESULT)]
    found = list(differences(deviating, EQUAL))

    assert len(found) == 2
    assert "returns something else" in found[0]
    assert "leaves its arguments" in found[1]
    assert not list(differences(deviating, Comparable()))


def test_a_gain_that_is_missing_in_the_first_call_is_one_of_remembering() -> None:
    """Ten times faster, but not the first time: results are kept between calls."""
    told = [duel(timing(10), timing(1), cold=(timing(5 + n / 10), timing(5))) for n in range(8)]
    reason = first_call(told, benchmark())

    assert reason is not None
    assert "results are remembered" in reason
    assert "10.00x" in reason


def test_a_gain_that_the_first_call_shows_in_part_is_honest() -> None:
    """First calls pay for other things too: half of the gain is enough."""
    told = [duel(timing(4), timing(1), cold=(timing(5 + n / 10), timing(2.5))) for n in range(8)]
    assert first_call(told, benchmark()) is None


def test_where_the_first_call_says_nothing_it_is_not_asked() -> None:
    """Calls too short to tell, gains too small to tell, and benchmarks whose author fixed the rounds are left alone."""
    told = [duel(timing(10), timing(1), cold=(timing(5 + n / 10), timing(5))) for n in range(8)]
    small = [duel(timing(1.05), timing(1), cold=(timing(5 + n / 10), timing(5))) for n in range(8)]

    assert first_call(told, benchmark(seconds=1e-6)) is None
    assert first_call(told, benchmark(fixed=True)) is None
    assert first_call(small, benchmark()) is None
    assert first_call([], benchmark()) is None
