"""Whether a candidate answers untidy inputs as the incumbent does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.duel import Trials
from pytest_autoloop.judging.equality import Tolerance
from pytest_autoloop.judging.guards.untidy import with_untidy_inputs
from pytest_autoloop.judging.honesty import Comparable
from pytest_autoloop.worker.messages import SHUFFLED
from pytest_autoloop.worker.messages import Returned
from pytest_autoloop.worker.messages import Varied

from ..duels import benchmark
from ..duels import timing

if TYPE_CHECKING:
    from pytest_autoloop.judging.guards.untidy import Untidy

MARKUP = "markup in its texts"
USUAL = 5
ALL = Comparable({part: frozenset({"b"}) for part in ("result", "left", "files")})


def told(*pairs: tuple[Varied, Varied], tolerance: float = 0.0, comparable: Comparable = ALL) -> Untidy | None:
    usual = Returned(result=USUAL, given=None, left=None)
    duel = Duel(
        rounds={"b": ((timing(2), timing(1)),)},
        cold={},
        returned={"b": ((usual, usual),)},
        seconds=1.0,
        trials={"b": Trials(untidy=pairs)},
    )
    return with_untidy_inputs([duel] * 3, benchmark(), comparable, Tolerance(rules=(("*", tolerance),)))


def varied(result: object = 7, raised: str = "", what: str = MARKUP) -> Varied:
    return Varied(what=what, result=None if raised else result, raised=raised)


@pytest.mark.parametrize("theirs", [varied(8), varied(raised="ValueError"), varied("7")])
def test_other_answers(theirs: Varied) -> None:
    """Another value, an error where the incumbent has none, another type: whoever needs such inputs has to know."""
    found = told((varied(), varied()), (varied(), theirs))

    assert found is not None
    assert not found.alike
    assert found.text.startswith("b: answers otherwise with markup in its texts: ")


@pytest.mark.parametrize(
    ("other", "says"),
    [
        ({"left": 2}, "b: leaves its arguments otherwise with markup in its texts: the value is 2, and 1 in the incumbent"),
        ({"files": "b"}, "b: leaves other files with markup in its texts: the value is 'b', and 'a' in the incumbent"),
        ({"result": {"y": 2, "x": 1}}, "b: answers otherwise with markup in its texts: its keys are in another order"),
    ],
)
def test_what_else_a_call_answers_with(other: dict[str, object], says: str) -> None:
    """What it leaves of its arguments and in files, and the order of keys, count as well, as far as they repeat."""
    usual = Varied(what=MARKUP, result={"x": 1, "y": 2}, left=1, files="a")

    found, unknown = (told((usual, replace(usual, **other)), comparable=known) for known in (ALL, Comparable()))  # type: ignore[arg-type]

    assert found is not None
    assert (found.alike, found.text) == (False, says)
    assert unknown is None


@pytest.mark.parametrize(("part", "alike"), [("left", True), ("result", False)])
def test_what_an_argument_keeps_to_itself(part: str, *, alike: bool) -> None:
    """An index may be kept otherwise in it, and is no answer; in a result it may be a wrong one."""
    ours, theirs = (["object", "demo.Index", None, ["dict", [["_rows", ["list", rows]]]]] for rows in ([1, 2], [2, 1]))
    usual = Varied(what=MARKUP, result=7, left=1)
    found = told((replace(usual, **{part: ours}), replace(usual, **{part: theirs})))  # type: ignore[arg-type]

    assert found is not None
    assert found.alike == alike


def test_the_same_answers() -> None:
    """What was tried is named; rounding within the tolerance is none of the candidate's fault."""
    found = told((varied(), varied()), (varied(1.0, what="something twice"), varied(1.0 + 1e-12, what="something twice")), tolerance=1e-9)

    assert found is not None
    assert (found.alike, found.text) == (True, "b: answers with markup in its texts, something twice")


@pytest.mark.parametrize(
    "pair",
    [
        (varied(raised="KeyError"), varied(8)),
        (varied(raised="ValueError"), varied(raised="ValueError")),
        (varied(what=""), varied(what="")),
    ],
)
def test_what_tells_nothing(pair: tuple[Varied, Varied]) -> None:
    """What the incumbent does not stand is no input of its own; what could not be changed tells nothing."""
    assert told(pair) is None


@pytest.mark.parametrize("raised", ["ValueError", "shop.Refused"])
def test_what_is_no_longer_refused(raised: str) -> None:
    """What the incumbent refuses on purpose is to be refused: an answer there means that a check is gone."""
    found = told((varied(raised=raised), varied(8)))

    assert found is not None
    assert (found.alike, found.text) == (False, f"b: answers with markup in its texts, where the incumbent raises {raised}")


@pytest.mark.parametrize(("raised", "other"), [("KeyError", True), ("ValueError", False), ("shop.Refused", False)])
def test_what_is_refused_by_accident(raised: str, *, other: bool) -> None:
    """Whoever catches what is raised on purpose does not catch what is raised by accident."""
    found = told((varied(raised="ValueError"), varied(raised=raised)))

    text = "b: raises KeyError with markup in its texts, where the incumbent raises ValueError"
    assert (found.text if found is not None else "") == (text if other else "")


def test_values_of_other_types() -> None:
    """What they make the incumbent raise is an accident, `True` is as good as 1, and who takes whole numbers alone says so."""
    nothing, truth, between = "None among its values", "truth values among its numbers", "numbers between its whole ones"
    yes, one = ["bool", "True"], ["int", "1"]

    assert told((varied(what=nothing, raised="ValueError"), varied(8, what=nothing))) is None
    found = told((varied(what=between), varied(what=between, raised="TypeError")))
    assert found is None
    for what, alike in ((truth, True), (nothing, False)):
        ours, theirs = (replace(varied(what=what), result=form) for form in (yes, one))
        assert (found := told((ours, theirs))) is not None
        assert found.alike is alike
    assert (found := told((varied(what=nothing), varied(what=nothing, raised="TypeError")))) is not None
    assert not found.alike


@pytest.mark.parametrize("what", ["", "something twice"])
def test_arguments_that_cannot_be_changed_any_more(what: str) -> None:
    """A candidate whose arguments are of another make does not get out of it."""
    found = told((varied(), varied(what=what)))

    assert found is not None
    assert (found.alike, found.text) == (False, "b: its arguments cannot be given markup in its texts as the incumbent's can")


@pytest.mark.parametrize(("ours", "alike"), [(USUAL, False), (6, None)])
def test_disorder(ours: int, *, alike: bool | None) -> None:
    """Who answered disorder as order before has to do so still; where order mattered before, it is for callers to keep."""
    found = told((varied(ours, what=SHUFFLED), varied(9, what=SHUFFLED)))

    assert (found.alike if found is not None else None) == alike
