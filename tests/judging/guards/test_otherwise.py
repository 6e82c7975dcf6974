"""Whether a gain holds for copies of the arguments, and for changed ones."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.duel import Duel
from pytest_autoloop.judging.duel import Trials
from pytest_autoloop.judging.equality import Tolerance
from pytest_autoloop.judging.guards.otherwise import against
from pytest_autoloop.judging.guards.otherwise import memory_with_changes
from pytest_autoloop.judging.guards.otherwise import with_changes
from pytest_autoloop.judging.guards.otherwise import with_copies
from pytest_autoloop.worker.messages import Returned
from pytest_autoloop.worker.messages import Varied

from ..duels import MS
from ..duels import benchmark
from ..duels import timing

if TYPE_CHECKING:
    from collections.abc import Sequence

NONE = Tolerance()


def varied(first: float, second: float, result: object = 5, raised: str = "", what: str = "argument 1: 9 for 10") -> Varied:
    return Varied(what=what, result=result, raised=raised, cpu=[] if raised else [round(first * MS), round(second * MS)])


def duels(fresh: float | None, *pairs: tuple[Varied, Varied], warm: float = 10.0) -> list[Duel]:
    """Eight duels that claim a gain of ``warm``, with one of ``fresh`` on copies and these calls with changed arguments."""
    found: Sequence[object] = range(8)
    return [
        Duel(
            rounds={"b": ((timing(warm + n / 50), timing(1)),)},
            cold={},
            returned={},
            seconds=1.0,
            trials={"b": Trials(fresh=((timing(fresh + n / 50), timing(1)),) if fresh else (), varied=pairs)},
        )
        for n, _ in enumerate(found)
    ]


def peak(size: float, result: object = 5, raised: str = "", what: str = "argument 1: 9 for 10") -> Varied:
    return Varied(what=what, result=result, raised=raised, peak=round(size * (1 << 20)))


def memory(*pairs: tuple[Varied, Varied], saved: float = 0.5, comparable: bool = True, given: bool = True) -> str | None:
    found = memory_with_changes("b", pairs, saved, NONE, comparable=comparable, given=given)
    return None if found is None else found.kind


def test_memory_with_changes() -> None:
    """A saving has to show with other arguments by a quarter; an answer has to be the incumbent's, whatever the memory."""
    other = "argument 2: 5 for 6"
    saves, saves_not = (peak(8), peak(4.5)), (peak(8), peak(7.5))

    assert memory(saves, saves) == "holds"
    assert memory(saves_not) == memory((peak(8), peak(9))) == "special"
    assert memory(saves, (peak(8, what=other), peak(7.5, what=other))) == "partly"
    assert memory((peak(8), peak(4, result=6))) == memory((peak(8), peak(0, raised="ValueError"))) == "differs"
    assert memory((peak(8), peak(4, result=6)), comparable=False) == "holds"
    # Nothing is saved by its own arguments, or hardly anything is taken: only answers count.
    assert memory(saves_not, saved=0.0) == memory((peak(0.01), peak(0.02))) == "holds"


def test_memory_without_changes() -> None:
    """What the incumbent answers with an error is no input; what only the candidate keeps from being changed is withheld."""
    nothing, other = peak(0, what=""), peak(4, what="argument 1: 8 for 10")

    assert memory((peak(0, raised="ValueError"), peak(4))) is memory((nothing, nothing)) is memory() is None
    assert memory((peak(8), nothing)) == "withheld"
    assert memory((peak(8), other)) == "withheld"
    assert memory((peak(8), other), given=False) is None


def test_a_gain_with_copies() -> None:
    """A gain that new objects have as well holds; one they lack was remembered by identity; without copies nobody knows."""
    holds, gone, untold = (with_copies(duels(fresh), benchmark()) for fresh in (9.0, 1.0, None))

    assert holds is not None
    assert holds.kind == "holds"
    assert gone is not None
    assert gone.kind == "identity"
    assert "1.07x with new copies of its arguments, 10.07x with the same objects" in gone.text
    assert untold is None


@pytest.mark.parametrize(
    ("ours", "theirs", "kind"), [("", "ValueError", "differs"), ("ValueError", "ValueError", "holds"), ("", "", "holds")]
)
def test_a_result_that_cannot_be_read(ours: str, theirs: str, kind: str) -> None:
    """What raises only when it is read is another answer, unless the incumbent's does so too."""
    pair = (replace(timing(10), stopped=ours), replace(timing(1), stopped=theirs))
    found = [replace(duel, trials={"b": Trials(fresh=(pair,) * 3)}) for duel in duels(None)]

    told = with_copies(found, benchmark())
    assert told is not None
    assert told.kind == kind
    assert ("raises ValueError when it is read" in told.text) == (kind == "differs")


def test_what_the_incumbent_shows_cannot_be_withheld() -> None:
    """Arguments that can be copied and changed on one side alone are kept from being looked at, not unchangeable."""
    told, nothing = varied(1.0, 1.0), Varied(what="")
    uncopied = [replace(d, trials={"b": Trials(fresh=((timing(9), timing(0)),))}) for d in duels(9.0)]
    unchanged, otherwise = duels(9.0, (told, nothing)), duels(9.0, (told, varied(1.0, 1.0, what="argument 1: 8 for 10")))

    for found in (
        with_copies(uncopied, benchmark()),
        with_changes(unchanged, benchmark(), NONE, comparable=True),
        with_changes(otherwise, benchmark(), NONE, comparable=True, given=True),
    ):
        assert found is not None
        assert found.kind == "withheld"
    free = with_changes(otherwise, benchmark(), NONE, comparable=False, given=False)
    assert free is not None
    assert free.kind != "withheld"


@pytest.mark.parametrize(
    ("first", "second", "kind"),
    [(1.0, 1.0, "holds"), (10.0, 1.0, "remembered"), (10.0, 10.0, "special")],
)
def test_a_gain_with_changed_arguments(first: float, second: float, kind: str) -> None:
    """Fast at once holds; fast the second time is remembered; never fast is a special case for the benchmark's own input."""
    found = with_changes(duels(None, (varied(10, 10), varied(first, second))), benchmark(), NONE, comparable=True)

    assert found is not None
    assert found.kind == kind


@pytest.mark.parametrize(("second", "kind"), [(1.0, "remembered"), (10.0, "partly")])
def test_a_gain_that_needs_one_argument_as_it_is(second: float, kind: str) -> None:
    """What is fast with changes of one argument and slow with those of another is told from the other alone."""
    fast, slow = varied(1.0, 1.0), varied(10.0, second, what="argument 2[3]: 159 items for 160 items")
    found = with_changes(duels(None, (varied(10, 10), fast), (replace(slow, cpu=[10 * MS] * 2), slow)), benchmark(), NONE, comparable=True)

    assert found is not None
    assert found.kind == kind
    assert found.text == "b: 1.00x with changes of argument 2, 10.07x with its own arguments"


def test_few_changes_of_an_argument_tell_nothing() -> None:
    """Two calls that happen to be slow are no pattern."""
    some = duels(None, (varied(10, 10), varied(1.0, 1.0)))
    odd = (varied(10, 10, what="argument 2: 5 for 6"), varied(10, 10, what="argument 2: 5 for 6"))
    with_odd = [*some[:-2], *(replace(duel, trials={"b": replace(duel.trials["b"], varied=(odd,))}) for duel in some[-2:])]
    found = with_changes(with_odd, benchmark(), NONE, comparable=True)

    assert found is not None
    assert found.kind == "holds"


def test_other_answers() -> None:
    """An answer, or an error, that the incumbent does not give is a special case, whatever the times say."""
    other = with_changes(duels(None, (varied(10, 10), varied(1, 1, result=6))), benchmark(), NONE, comparable=True)
    raises = with_changes(duels(None, (varied(10, 10), varied(1, 1, raised="KeyError"))), benchmark(), NONE, comparable=True)
    random = with_changes(duels(None, (varied(10, 10), varied(1, 1, result=6))), benchmark(), NONE, comparable=False)

    assert other is not None
    assert other.kind == "differs"
    assert other.text == "b: answers otherwise with argument 1: 9 for 10: the value is 6, and 5 in the incumbent"
    assert raises is not None
    assert raises.kind == "differs"
    assert random is not None
    assert random.kind == "holds"


def test_what_is_no_input() -> None:
    """Changed arguments that the incumbent itself answers with an error that nobody means, or that could not be changed, tell nothing."""
    wrong = (varied(10, 10, raised="KeyError"), varied(1, 1))
    nothing = (Varied(what=""), Varied(what=""))

    assert with_changes(duels(None, wrong, nothing), benchmark(), NONE, comparable=True) is None


def test_what_is_no_longer_refused() -> None:
    """What the incumbent raises on purpose is to be raised still; in which words is no matter."""
    refused = varied(10, 10, raised="errors.OutOfRange")
    found = with_changes(duels(None, (refused, varied(1, 1))), benchmark(), NONE, comparable=True)

    assert found is not None
    assert [one.kind for one in against(found)] == ["flag"]
    assert found.text == "b: answers with argument 1: 9 for 10, and the incumbent raises errors.OutOfRange"
    assert with_changes(duels(None, (refused, varied(1, 1, raised="ValueError"))), benchmark(), NONE, comparable=True) is None


def test_calls_too_short_and_gains_too_small() -> None:
    """Single calls of microseconds, and gains of a few per cent, are not told from chance."""
    short = with_changes(duels(None, (varied(0.001, 0.001), varied(0.001, 0.001))), benchmark(), NONE, comparable=True)
    small = with_changes(duels(None, (varied(10, 10), varied(10, 10)), warm=1.05), benchmark(), NONE, comparable=True)

    assert short is not None
    assert short.kind == "answers"
    assert small is not None
    assert small.kind == "holds"


@pytest.mark.parametrize(
    ("first", "second", "kind", "throughout"),
    [(1.0, 1.0, "holds", True), (10.0, 1.0, "remembered", False), (10.0, 10.0, "holds", False), (4.0, 4.0, "holds", False)],
)
def test_a_gain_where_every_part_is_another(first: float, second: float, kind: str, *, throughout: bool | None) -> None:
    """Fast the second time alone is remembered by part. What is never fast may be no good input, and is no evidence of a gain."""
    part = varied(first, second, what="every part: 9 parts")
    found = with_changes(
        duels(None, (varied(10, 10), varied(1, 1)), (replace(part, cpu=[10 * MS] * 2), part)), benchmark(), NONE, comparable=True
    )

    assert found is not None
    assert (found.kind, found.throughout) == (kind, throughout)
    if kind == "remembered":
        assert found.text == "b: 1.00x where every part of its arguments is another, 10.07x with its own arguments"


@pytest.mark.parametrize("odd", [{"result": 6}, {"raised": "KeyError", "cpu": []}])
def test_other_answers_where_every_part_is_another(odd: dict[str, Any]) -> None:
    """Such inputs may be odd ones, on which nobody has to agree now and then: but whoever never does knows the benchmark's own alone."""
    slow = varied(10, 10, what="every part: 9 parts")
    same = (slow, replace(slow, cpu=[1 * MS] * 2))
    never = with_changes(duels(None, (varied(10, 10), varied(1, 1)), (slow, replace(slow, **odd))), benchmark(), NONE, comparable=True)
    rarely = with_changes(
        duels(None, (varied(10, 10), varied(1, 1)), (slow, replace(slow, **odd)), same, same, same), benchmark(), NONE, comparable=True
    )

    assert never is not None
    assert (never.kind, never.throughout) == ("partly", False)
    assert never.text.startswith("b: answers otherwise where every part of its arguments is another: ")
    assert rarely is not None
    assert (rarely.kind, rarely.throughout) == ("holds", True)
    assert rarely.text.endswith("with its own arguments, 10.00x where every part of its arguments is another")


def test_a_gain_for_the_benchmarks_own_parts() -> None:
    """A gain that is missing for others is one for these, if the incumbent has as much to do there; if not, it may be no good input."""
    for took, kind in ((10, "partly"), (1, "holds")):
        part = varied(took, took, what="every part: 9 parts")
        found = with_changes(duels(None, (varied(10, 10), varied(1, 1)), (part, part)), benchmark(seconds=0.01), NONE, comparable=True)

        assert found is not None
        assert (found.kind, found.throughout) == (kind, False)


@pytest.mark.parametrize(
    ("own", "other", "kind"),
    [
        (["list", ["a line"] * 90], ["list", ["a word"] * 60], "partly"),
        (["list", ["a line"] * 90], ["list", ["a line"]], "holds"),
        (["list", []], ["digest", "list", 60_000, "a5", "a5"], "holds"),
        (["digest", "list", 60_000, "a4", "a4"], ["digest", "list", 50_000, "a5", "a5"], "partly"),
        (200, 0, "partly"),
    ],
)
def test_other_work_where_every_part_is_another(own: object, other: object, kind: str) -> None:
    """A reader that can read none of other lines may take as long for it: a much shorter result tells. Short ones may be counts."""
    part = varied(10, 10, result=other, what="every part: 9 parts")
    shown = Returned(result=own, given=None, left=None)
    found = with_changes(
        [replace(duel, returned={"b": ((shown, shown),)}) for duel in duels(None, (varied(10, 10), varied(1, 1)), (part, part))],
        benchmark(seconds=0.01),
        NONE,
        comparable=True,
    )

    assert found is not None
    assert (found.kind, found.throughout) == (kind, False)


def test_what_holds_least_counts() -> None:
    """A gain that is there with other parts, and not with another name, is remembered by that name."""
    part = replace(varied(10, 10), what="every part: 9 parts")
    named = replace(part, what="every part, names too: 10 parts")
    slight, fast = (varied(10, 10), varied(1, 1)), replace(part, cpu=[1 * MS] * 2)
    for again, kind, throughout in ((10, "remembered", False), (1, "holds", True)):
        name = replace(named, cpu=[again * MS, 1 * MS])
        found = with_changes(duels(None, slight, (part, fast), (named, name)), benchmark(), NONE, comparable=True)

        assert found is not None
        assert (found.kind, found.throughout) == (kind, throughout)


def test_remembered_for_the_most_part() -> None:
    """What is fast at once, but much faster once more with equal arguments, was remembered from the first time."""
    for first, kind in ((4.0, "remembered"), (1.5, "holds")):
        found = with_changes(duels(None, (varied(10, 10), varied(first, 1))), benchmark(), NONE, comparable=True)

        assert found is not None
        assert found.kind == kind


@pytest.mark.parametrize(("took", "kind"), [(1.0, "holds"), (4.0, None)])
def test_only_every_part_could_be_changed(took: float, kind: str | None) -> None:
    """Where the incumbent answers no slight change, a gain that is whole where every part is another holds; less tells nothing."""
    wrong, slow = varied(10, 10, raised="ValueError"), varied(10, 10, what="every part: 9 parts")
    found = with_changes(duels(None, (wrong, wrong), (slow, replace(slow, cpu=[round(took * MS)] * 2))), benchmark(), NONE, comparable=True)

    assert (found and found.kind) == kind
