"""What a candidate's calls return, what they leave behind, and what the first of them costs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.equality import Tolerance
from pytest_autoloop.judging.honesty import Comparable
from pytest_autoloop.judging.honesty import calls_before
from pytest_autoloop.judging.honesty import deviations
from pytest_autoloop.judging.honesty import first_call
from pytest_autoloop.judging.honesty import unread
from pytest_autoloop.worker.messages import TOO_MANY
from pytest_autoloop.worker.messages import Returned

from .duels import MS
from .duels import SAME
from .duels import benchmark
from .duels import duel
from .duels import timing

if TYPE_CHECKING:
    from pytest_autoloop.experiment import Clock
    from pytest_autoloop.judging.honesty import Shown

OTHER_RESULT = (SAME[0], Returned(result="x", given="g", left="a"))
OTHER_ARGUMENTS = (SAME[0], Returned(result="r", given="g", left="x"))
OTHER_OBJECTIVE = (SAME[0], Returned(result="r", given="x", left="a"))
OTHER_TYPE = (SAME[0], Returned(result=["object", "demo.Anything", None, ["dict", []]], given="g", left="a"))
ALL = frozenset({"b"})
SAID: dict[str, Any] = {"result": "r", "given": "g", "left": "a"}
EQUAL = Comparable({"result": ALL, "given": ALL, "left": ALL, "files": ALL, "shared": ALL, "data": ALL, "changed": ALL, "state": ALL})


def shown(*pairs: tuple[Returned, Returned]) -> list[Shown]:
    """What a benchmark showed in several duels."""
    return [{"b": (pair,)} for pair in pairs]


def test_only_what_repeats_on_the_incumbent_is_compared() -> None:
    """A benchmark that returns the time of day differs from itself, so a candidate is not asked to equal it."""
    assert Comparable.by(shown(SAME, SAME)) == EQUAL
    assert Comparable.by(shown(SAME, OTHER_RESULT)).results == frozenset()
    assert Comparable.by(shown(SAME, OTHER_RESULT)).parts["left"] == ALL


def test_another_result_or_other_arguments_are_named() -> None:
    """One deviating duel is enough, and each kind is named once for a benchmark."""
    kinds = (SAME, OTHER_RESULT, OTHER_ARGUMENTS, OTHER_OBJECTIVE, OTHER_RESULT, OTHER_TYPE)
    deviating = shown(*kinds)
    found = list(deviations(deviating, EQUAL, Tolerance()))

    assert [one.text.partition(": the value")[0] for one in found] == [
        "b: the measured call returns something else",
        "b: the measured call leaves its arguments otherwise",
        "b: the measured call is given other arguments",
    ]
    assert all(one.grave for one in found)
    assert not list(deviations(deviating, Comparable(), Tolerance()))


def test_another_type_is_named() -> None:
    """What comes back in place of a plain value is told by its class."""
    (found,) = deviations(shown(OTHER_TYPE), EQUAL, Tolerance())

    assert found.text == "b: the measured call returns something else: the value is demo.Anything, and str in the incumbent"


def test_files_and_what_is_kept_in_objects() -> None:
    """A file that is not written in time is grave; an object of the test's that calls change is for a person to see, told by its name."""
    late = (
        Returned(**SAID, files=["list", [["object", "file", None, ["dict", [["content", "aa"]]]]]]),
        Returned(**SAID, files=["list", [["nothing"]]]),
    )
    kept = (Returned(**SAID, changed={"log": 1}), Returned(**SAID, changed={"log": 1, "ROWS": 2}))
    alias = (Returned(**SAID, shared={"with its inputs": 0}), Returned(**SAID, shared={"with its inputs": 3}))
    found = list(deviations(shown(late, alias, kept), EQUAL, Tolerance()))

    assert [one.grave for one in found] == [True, False, False]
    assert found[0].text == "b: the measured call leaves files otherwise: [0] is nothing, and file in the incumbent"
    assert found[1].text.endswith(": what the measured call returns shares more objects: with its inputs (3, and 0 in the incumbent)")
    assert found[2].text == "b: the measured call changes what it works on: ROWS (2, and 0 in the incumbent)"


def test_fewer_changes_and_shared_objects_than_before() -> None:
    """Nobody minds; nor where the incumbent's are too many to be looked at, which is said of its results."""
    fewer = (Returned(**SAID, shared={"in itself": 3}, changed={"log": 1}), Returned(**SAID, shared={"in itself": 2}, data={"more": "a"}))
    many = (Returned(**SAID, shared={TOO_MANY: 1}), Returned(**SAID, shared={"in itself": 7}))

    assert not list(deviations(shown(fewer, many), EQUAL, Tolerance()))
    assert unread(shown(fewer)) == {}
    assert unread(shown(many)) == {"b": "which objects it shares: they are too many"}
    (found,) = deviations(shown(many[::-1]), EQUAL, Tolerance())
    assert found.text.endswith("shares more objects: of too many to look at (1, and 0 in the incumbent)")
    for data in ({"ROWS": "b"}, {}):
        other = (Returned(**SAID, data={"ROWS": "a"}), Returned(**SAID, data=data))
        assert [one.text for one in deviations(shown(other), EQUAL, Tolerance())] == ["b: the measured call works on other data: ROWS"]


def test_names_that_do_not_repeat_on_the_incumbent() -> None:
    """They are left out by themselves, and the others are compared."""
    ours, again = (Returned(**SAID, data={"ROWS": "a", "paths": number}, changed={"paths": 1}) for number in "12")
    comparable = Comparable.by(shown((ours, again)))
    other = (ours, Returned(**SAID, data={"ROWS": "b", "paths": "3"}, changed={"paths": 2}))

    assert comparable.left_out("b") == "paths"
    assert comparable.parts["data"] == ALL
    assert [one.text for one in deviations(shown(other), comparable, Tolerance())] == [
        "b: the measured call works on other data: ROWS",
        "b: the measured call changes what it works on: paths (2, and 1 in the incumbent)",
    ]
    assert not list(deviations(shown((ours, again)), comparable, Tolerance()))


def test_an_attribute_more_is_for_a_person() -> None:
    """A class may well get a field more: that alone is no wrong answer."""
    ours, theirs = (["object", "demo.Point", None, ["dict", [["x", 1], *more]]] for more in ([], [["area", 2]]))
    pair = (Returned(result=ours, given="g", left="a"), Returned(result=theirs, given="g", left="a"))
    (found,) = deviations(shown(pair), EQUAL, Tolerance())

    assert not found.grave
    assert found.text.endswith("the value has area, and not so in the incumbent")


def registry(rows: Any, size: int = 2) -> Any:
    return ["object", "demo.Registry", None, ["dict", [["_rows", rows], ["size", size]]]]


LIST, DICT = ["list", list(range(50))], ["dict", [[n, n] for n in range(50)]]
SORTED = ["list", list(range(50))[::-1]]


@pytest.mark.parametrize(
    ("ours", "theirs", "grave", "made"),
    [
        ({}, {"given": registry(DICT), "left": registry(DICT)}, [False, False], [True, True]),
        ({}, {"given": registry(SORTED), "left": registry(SORTED)}, [False, False], [True, True]),
        # The call has changed it, so what it holds now is not what was there before.
        ({}, {"given": registry(DICT), "left": registry(["dict", []])}, [False, False], [True, False]),
        ({}, {"given": registry(LIST, 3), "left": registry(LIST, 3)}, [True, True], [False, False]),
        # Half of it may be all that the benchmark needs.
        ({}, {"given": registry(["list", []]), "left": registry(["list", []])}, [False, False], [False, False]),
        ({"result": registry(LIST)}, {"result": registry(DICT)}, [False], [False]),
        ({"result": registry(LIST)}, {"result": registry(SORTED)}, [True], [False]),
    ],
)
def test_objects_of_another_make(ours: dict[str, Any], theirs: dict[str, Any], grave: list[bool], made: list[bool]) -> None:
    """What a project's object keeps to itself may well be kept otherwise, in a result as long as it can be no wrong value."""
    same = {"result": 1, "given": registry(LIST), "left": registry(LIST)}
    found = list(deviations(shown((Returned(**same | ours), Returned(**same | theirs))), EQUAL, Tolerance()))

    assert [one.grave for one in found] == grave
    assert [one.made for one in found] == made
    assert all("objects of another make" in one.text or one.grave for one in found)


def test_what_differs_most_counts() -> None:
    """Whoever shows another make at first, and other arguments later, has other arguments."""
    ours = Returned(result=1, given=registry(LIST), left=registry(LIST))
    make, other = (Returned(result=1, given=given, left=registry(LIST)) for given in (registry(DICT), registry(LIST, 3)))

    for pairs in (((ours, make), (ours, other)), ((ours, other), (ours, make))):
        (found,) = deviations(shown(*pairs), EQUAL, Tolerance())
        assert (found.grave, found.text) == (True, "b: the measured call is given other arguments: ['size'] is 3, and 2 in the incumbent")


def test_rounding_is_a_matter_of_the_projects_tolerance() -> None:
    """Floats within the tolerance are for a person to see, with the worst error; beyond it, and by default, they are another result."""
    near = (Returned(result=1.0, given="g", left="a"), Returned(result=1.0 + 1e-12, given="g", left="a"))
    allowed = Tolerance(rules=(("*", 1e-9),))

    assert [found.grave for found in deviations(shown(near), EQUAL, Tolerance())] == [True]
    assert [found.grave for found in deviations(shown(near), EQUAL, allowed)] == [False]
    assert "relative error 1e-12" in next(deviations(shown(near), EQUAL, allowed)).text


def test_a_gain_that_is_missing_in_the_first_call_is_one_of_remembering() -> None:
    """Ten times faster, but not the first time: results are kept between calls."""
    told = [duel(timing(10), timing(1), cold=(timing(5 + n / 10), timing(5))) for n in range(8)]
    reason = first_call(told, benchmark())

    assert reason is not None
    assert reason.missing
    assert "is 1.08x, later ones are 10.00x" in reason.text


def test_a_gain_that_the_first_call_shows_in_part_is_honest() -> None:
    """First calls pay for other things too: half of the gain is no reason to flag it, but does not explain what stands out either."""
    told, all_ = ([duel(timing(4), timing(1), cold=(timing(5 + n / 10), timing(first))) for n in range(8)] for first in (3.0, 1.4))
    single = replace(benchmark(), iterations=1)
    half, whole = first_call(told, single), first_call(all_, single)

    assert half is not None
    assert whole is not None
    assert (half.missing, half.whole) == (False, False)
    assert (whole.missing, whole.whole) == (False, True)


def test_a_gain_that_is_missing_in_the_tests_own_call_is_one_of_remembering() -> None:
    """What a test works out by itself before takes as much less as measured calls do, unless these remember it."""

    def told(gain: float, less: float, worth: float, spread: float = 0.0, clock: Clock = "cpu") -> str | None:
        rounds = {"b": ((timing(10.0), timing(10.0 / gain)),)}
        took = [(50 * MS, round((50 - less + spread * (number - 4)) * MS)) for number in range(9)]
        duels = [Duel(rounds=rounds, cold={}, returned={}, seconds=1.0, before={"b": pair}) for pair in took]
        return calls_before(duels, benchmark(seconds=0.01, clock=clock), worth)

    assert told(5.0, less=0.1, worth=1.0) == "b: the call before the measured ones saved 0.10 ms, these save 8.00 ms each"
    assert told(5.0, less=7.5, worth=1.0) is None
    assert told(5.0, less=3.0, worth=1.0) is None
    assert "calls before the measured ones saved 8.00 ms" in str(told(5.0, less=8.0, worth=2.0))
    assert told(5.0, less=16.0, worth=2.0) is None
    assert told(5.0, less=0.1, worth=1.0, spread=8.0) is None
    assert told(1.1, less=0.0, worth=1.0) is None
    assert told(5.0, less=0.1, worth=9.0) is None
    assert told(5.0, less=0.1, worth=0.0) is None
    assert told(5.0, less=0.1, worth=1.0, clock="wall") is None


def test_a_part_that_is_remembered() -> None:
    """A first call that saves less than half of the time is no honest one, though its ratio is more than a quarter of the gain's."""
    told = [duel(timing(3.67), timing(1), cold=(timing(3.67 + n / 100), timing(3.67 / 1.39))) for n in range(8)]

    assert getattr(first_call(told, replace(benchmark(), iterations=1)), "missing", False)


@pytest.mark.parametrize(
    ("first", "missing", "whole"),
    [(8.0, True, False), (6.0, True, False), (5.2, True, False), (4.2, False, False), (3.5, False, True), (2.0, False, True)],
)
def test_what_both_sides_pay_in_a_first_call(first: float, *, missing: bool, whole: bool) -> None:
    """What is loaded there makes a first call longer, and is neither a gain nor a loss: of ten to one, eight to three and a half is all."""
    told = [duel(timing(10), timing(1), cold=(timing(8 + n / 100), timing(first))) for n in range(8)]

    found = first_call(told, benchmark())
    assert found is not None
    assert (found.missing, found.whole) == (missing, whole)


@pytest.mark.parametrize(("seconds", "missing"), [(1.0, False), (10.0, True)])
def test_calls_that_need_no_warming_up(seconds: float, *, missing: bool) -> None:
    """Of long calls the first round is one of those that count, and the first of its process."""
    pairs = [(timing(10), timing(seconds)), *[(timing(10 + n / 10), timing(1)) for n in range(3)]]
    told = [replace(duel(timing(10), timing(1), cold=pairs[0]), rounds={"b": tuple(pairs)}) for _ in range(8)]
    long = replace(benchmark(seconds=1.0), warmups=0, iterations=1)

    found = first_call(told, long)
    assert found is not None
    assert found.missing == missing
    assert "later ones are 10." in found.text


def test_where_the_first_call_says_nothing_it_is_not_asked() -> None:
    """Calls too short to tell and gains too small to tell are left alone; that an author wants several calls in a round is no reason."""
    told = [duel(timing(10), timing(1), cold=(timing(5 + n / 10), timing(5))) for n in range(8)]
    small = [duel(timing(1.05), timing(1), cold=(timing(5 + n / 10), timing(5))) for n in range(8)]

    assert first_call(told, benchmark(seconds=1e-6)) is None
    assert getattr(first_call(told, benchmark(fixed=True)), "missing", False)
    assert not getattr(first_call(small, benchmark()), "missing", False)
    assert first_call([], benchmark()) is None
