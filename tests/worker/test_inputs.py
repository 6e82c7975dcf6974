"""The inputs of a benchmark: copied, and changed a little, the same way for the same seed."""

from __future__ import annotations

import datetime as dt
import functools
import threading
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.worker.inputs import Inputs
from pytest_autoloop.worker.testcode import TestCode

SIZE = 50
CODE = TestCode({"worker/test_inputs.py"}, str(Path(__file__).parents[1]))


def show(*args: Any, **kwargs: Any) -> tuple[Any, ...]:
    return args, kwargs


class Shop:
    """Something with a method."""

    def __init__(self) -> None:
        self.sold: list[int] = []

    def sell(self, count: int) -> tuple[int, list[int]]:
        """Sell, and show what was sold."""
        self.sold.append(count)
        return count, self.sold


def of(function: Any, *args: Any, **kwargs: Any) -> Inputs:
    return Inputs.of(function, args, kwargs, CODE)


def call(made: Any) -> Any:
    function, args, kwargs = made
    return function(*args, **kwargs)


def test_a_fresh_call_has_objects_of_its_own() -> None:
    """Each call gets equal arguments and no object twice; the benchmark's own are left alone."""
    data = [[1], [2]]
    inputs = of(show, data, 3, name=data)
    (first, count), keywords = call(inputs.fresh())

    assert (first, count, keywords) == (data, 3, {"name": data})
    assert first is not data
    assert first[0] is not data[0]
    # What was one object stays one.
    assert keywords["name"] is first
    assert call(inputs.fresh())[0][0] is not first


def test_a_method_gets_an_object_of_its_own() -> None:
    """The object that a method belongs to is copied too, so a benchmark that fills it starts anew."""
    shop = Shop()
    inputs = of(shop.sell, 7)

    assert call(inputs.fresh()) == call(inputs.fresh()) == (7, [7])
    assert shop.sold == []


def test_partial_functions() -> None:
    """What is bound by functools.partial counts as arguments."""
    inputs = of(functools.partial(show, 1, name=2), 3)

    assert call(inputs.fresh()) == ((1, 3), {"name": 2})
    assert set(inputs.values) == {"argument 1", "argument 2", "name"}


def test_a_function_without_arguments_reads_around_it() -> None:
    """The closure and the module's data are the inputs of a test's own function, and of no other's."""
    near = [1, 2, 3]
    inputs = of(lambda: (near, SIZE))

    assert inputs.values == {"SIZE": 50, "near": [1, 2, 3]}
    assert call(inputs.fresh()) == ([1, 2, 3], 50)
    assert call(inputs.fresh())[0] is not near
    assert Inputs.of(lambda: near, (), {}, TestCode({"tests/test_other.py"}, "/")).values == {}
    [(what, make)] = inputs.changed(1)
    assert what
    assert call(make()) != ([1, 2, 3], 50)
    assert (near, SIZE) == ([1, 2, 3], 50)


def test_every_input_gets_its_turn() -> None:
    """Seeds in a row change one input after the other, however many places they have, and a changed call has one of them changed only."""
    inputs = of(show, list(range(50)), 7, {"a": [1, 2], "b": [3, 4], "c": [5, 6]}, "a name")
    turns = [{what.partition(":")[0].partition("[")[0] for what, _ in inputs.changed(seed, 9)} for seed in range(7, 13)]

    assert turns == [{"argument 2"}, {"argument 3"}, {"argument 1"}] * 2


def test_what_cannot_be_copied() -> None:
    """An argument that cannot be copied says so: nothing is tried with it."""
    with pytest.raises(TypeError):
        of(show, threading.Lock()).fresh()


@pytest.mark.parametrize("value", [None, True, "short", "/tmp/a/long/path/of/a/file", object(), [], [1], {}, b""])
def test_what_is_better_left_alone(value: object) -> None:
    """Names, paths, switches and opaque objects are not changed."""
    assert of(show, value).changed(1) == []


DATA = st.one_of(
    st.integers(),
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e9, max_value=1e9),
    st.lists(st.integers(), min_size=2),
    st.lists(st.floats(0, 1), min_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), min_size=2),
    st.sets(st.integers(), min_size=2),
    st.text(alphabet="abc \n", min_size=20),
)


@given(DATA, st.integers(0, 2**32))
def test_a_seed_makes_one_change(value: object, seed: int) -> None:
    """The same seed changes the same in the same way, of the same type; what was given is left as it was."""
    before = repr(value)
    all_found, all_again = of(show, value).changed(seed), of(show, value).changed(seed)
    if not all_found or not all_again:
        assert all_found == all_again
        return
    [found], [again] = all_found, all_again
    one, other = call(found[1]()), call(again[1]())

    assert found[0] == again[0]
    assert repr(one) == repr(other)
    assert type(one[0][0]) is type(value)
    assert repr(value) == before


@given(st.sampled_from([2311, 0.25, "countersunk screw", [3, 1, 2, 5]]), st.integers(0, 2**32))
def test_short_calls_get_more_changes_each_another(value: object, seed: int) -> None:
    """So many ways are asked for; what comes twice counts once, and the first is that of a single change."""
    found = [call(make())[0][0] for _, make in of(show, value).changed(seed, 20)]

    assert 1 < len(found) <= 20
    assert len({repr(one) for one in found}) == len(found)
    assert found[0] == call(of(show, value).changed(seed)[0][1]())[0][0]


def test_a_small_number_is_changed_by_one() -> None:
    """It may be an exponent: 31 for 30 takes a little longer, 60 would take for ever."""
    assert {call(make())[0][0] for _, make in of(show, 30).changed(1, 50)} == {29, 31}
    assert max(abs(call(make())[0][0] - 2311) for _, make in of(show, 2311).changed(1, 50)) in range(2, 24)


@given(st.lists(st.integers(), min_size=2), st.integers(0, 2**32))
def test_what_is_in_order_stays_in_order(values: list[int], seed: int) -> None:
    """A function that may rely on sorted input is not tried with other."""
    ordered = sorted(values)
    [(_, make)] = of(show, ordered).changed(seed)
    ((changed,), _) = call(make())

    assert changed == sorted(changed)


ANIMALS = ["ant", "bee", "cow", "doe", "elk", "fox", "gnu"]
ROWS = [
    {"day": "2026-04-27", "who": "Ada Byron", "paid": 1250, "rate": 0.5, "path": Path("/tmp"), "tags": ("new", None, True)}
    for _ in range(3)
]


def test_every_part_changed() -> None:
    """Each number and text is another, equal ones stay equal, and dates stay dates; names of fields and what is no plain data stay."""
    [(what, make)] = of(show, ROWS, 7).changed_throughout(1)
    (rows, count), _ = call(make())
    row = rows[0]

    assert what == "every part: 16 parts"
    assert row.keys() == ROWS[0].keys()
    assert all(row[name] != ROWS[0][name] for name in ("day", "who", "paid", "rate"))
    assert (row["path"], row["tags"][1:]) == (Path("/tmp"), (None, True))
    assert count in (6, 8)
    assert row["tags"][0] not in ("new", None)
    assert rows == [row] * 3
    assert dt.date.fromisoformat(row["day"]).month
    assert ROWS[0]["paid"] == 1250


def test_every_part_changed_in_several_ways() -> None:
    """The same way for the same seed; each call of several has parts of its own."""
    words = [f"word {number}" for number in range(40, 60)]
    first, again, other = (of(show, words).changed_throughout(seed, 3) for seed in (1, 1, 2))
    made = [call(make())[0][0] for _, make in first]

    assert made == [call(make())[0][0] for _, make in again]
    assert made != [call(make())[0][0] for _, make in other]
    assert not set(made[0]) & set(words)
    assert made[0] != made[1]


@pytest.mark.parametrize("size", [100, 10_000, -500])
def test_a_size_becomes_smaller(size: int) -> None:
    """By a tenth at least and a third at most: nothing takes longer for it, and a limit for one size lies above."""
    for seed in range(20):
        [(_, make)] = of(show, size).changed_throughout(seed)
        found = call(make())[0][0]

        assert type(found) is int
        assert 0.65 <= found / size <= 0.92


@pytest.mark.parametrize("values", [[1, 1000], ANIMALS, [(name, 1) for name in ANIMALS], [0.5, 1.5]])
def test_what_was_in_order_stays_in_order(values: list[Any]) -> None:
    """Nobody has to sort what is sorted."""
    for seed in range(9):
        [(_, make)] = of(show, values).changed_throughout(seed)
        found = call(make())[0][0]

        assert found == sorted(found)
        assert not set(found) & set(values)


EVENTS = [{"at": number * 3, "name": f"event {number % 7}"} for number in range(40)]
PAIRS = [(f"name {number % 7}", number) for number in range(40)]


@pytest.mark.parametrize("rows", [EVENTS, PAIRS, [*range(40, 0, -1)]])
def test_rows_in_an_order_that_only_their_reader_knows(rows: list[Any]) -> None:
    """Some are left out, and the others stay in their places."""
    for seed in range(20):
        for _, make in of(show, rows).changed(seed):
            found = call(make())[0][0]

            assert len(found) < len(rows)
            assert found == [row for row in rows if row in found]


SQUARE = [[(row * 7 + 3) * (column + 1) % 17 for column in range(12)] for row in range(12)]
WEIGHTS = [number * 7 % 5 for number in range(12)]


@pytest.mark.parametrize("inputs", [(SQUARE,), (WEIGHTS, [*range(12)]), ([*"abcdefghijkl"], WEIGHTS), ([*range(12, 0, -1)], WEIGHTS)])
def test_lengths_that_belong_together(inputs: tuple[Any, ...]) -> None:
    """A square stays one, and lists of the same length do; all the same something is another."""
    for seed in range(20):
        for _, make in of(show, *inputs).changed(seed):
            found = call(make())[0]

            assert [len(one) for one in found] == [12] * len(inputs)
            assert found != inputs
            for one, before in zip(found, inputs, strict=True):
                assert one == sorted(one) or before != sorted(before)


def test_words_may_keep_their_endings() -> None:
    """Half of the time: much depends on these. No two words become one."""
    words = ["boxes", "foxes", "building", "box"]
    kept = []
    for seed in range(20):
        [(_, make)] = of(show, words).changed_throughout(seed)
        found = call(make())[0][0]
        kept.append([word[-2:] == before[-2:] for word, before in zip(found, words, strict=True)])
        assert len(set(found)) == 4
        assert not set(found) & set(words)

    assert [True, True, True, False] in kept
    assert any(not any(each) for each in kept)


def test_short_texts_may_be_names() -> None:
    """Where there is something else to change they stay as they are, half of the time."""
    alone = [what for seed in range(20) for what, _ in of(show, "mean", None).changed_throughout(seed)]
    told = [(what, call(make())[0]) for seed in range(20) for what, make in of(show, "mean", 40).changed_throughout(seed)]

    assert set(alone) == {"every part, names too: 1 parts"}
    assert {name == "mean" for what, (name, _) in told if what == "every part: 1 parts"} == {True}
    assert {name == "mean" for what, (name, _) in told if what == "every part, names too: 2 parts"} == {False}
    assert all(count != 40 for _, (_, count) in told)


@pytest.mark.parametrize(
    "numbers", [[0.5, 3.0, 1.25, -2.0], [[1, 2], [250, 4]], [*range(40)], [0.0, 1.0, 2.0], [[0.5, 1.0, 2.0]] * 3], ids=str
)
@pytest.mark.parametrize("kind", ["f4", "f8", "i8", "u1"])
def test_arrays(numbers: list[Any], kind: str) -> None:
    """Their numbers change, and neither what they are nor their shape; what is in order stays in order, and equal numbers equal."""
    numpy = pytest.importorskip("numpy")
    array = numpy.abs(numpy.array(numbers)).astype(kind)
    before = array.copy()
    for seed in range(9):
        [(what, slightly)] = of(show, array).changed(seed)
        [(_, throughout)] = of(show, array).changed_throughout(seed)
        assert what.startswith("argument 1: an array of ")
        for make, all_of_them in ((slightly, False), (throughout, True)):
            found = call(make())[0][0]

            assert (type(found), found.dtype, found.shape) == (type(array), array.dtype, array.shape)
            assert (found != array).any()
            flat, ours = found.ravel().tolist(), array.ravel().tolist()
            assert flat == sorted(flat) or ours != sorted(ours)
            assert not all_of_them or len(set(flat)) == len(set(ours))
    assert (array == before).all()


def test_arrays_that_are_left_alone() -> None:
    """Those of other things than numbers, of classes of one's own, and very large ones."""
    numpy = pytest.importorskip("numpy")
    own = type("Own", (numpy.ndarray,), {})
    for array in (numpy.array(["a", "b"]), numpy.array([True, False]), numpy.zeros(3).view(own), numpy.zeros(200_000), numpy.zeros(1)):
        assert of(show, array).changed(1) == []
        assert of(show, array).changed_throughout(1) == []


def test_fields_keep_their_places() -> None:
    """What is in order by chance is not put in order again: neither the fields of a tuple nor a few texts."""
    for seed in range(9):
        [(_, make)] = of(show, [("ant", "bee", "cow")], ["ant", "bee"]).changed_throughout(seed)
        [row], few = call(make())[0]

        assert [row[0], row[1]] == few


@pytest.mark.parametrize("value", [None, "x", "a/b", "/tmp/a/long/path/of/a/file", object(), [], [None], {}])
def test_nothing_to_change_in_every_part(value: object) -> None:
    """Names, paths and opaque objects stay as they are."""
    assert of(show, value).changed_throughout(1) == []


def test_keys_of_tables() -> None:
    """Texts as keys of many entries are data, and are changed now and then as well; those of a few are names of fields."""
    table, fields = {f"name {number}": number for number in range(30)}, {"name": "a thing", "size": 1}
    found = [(what, call(make())[0][0]) for seed in range(20) for what, make in of(show, table).changed_throughout(seed)]

    assert {what.partition(":")[0] for what, _ in found} == {"every part", "every part, keys too"}
    assert all((list(changed) == list(table)) == what.startswith("every part:") for what, changed in found)
    assert all(len(changed) == len(table) for _, changed in found)
    assert all(list(call(make())[0][0]) == ["name", "size"] for seed in range(9) for _, make in of(show, fields).changed_throughout(seed))


def test_bytes_and_exact_numbers_in_lists() -> None:
    """They are data like texts and numbers, each alike wherever it is there again; what is empty stays so."""
    values = [b"packet 17", bytearray(b"packet 18"), b"packet 17", b"", Decimal("1.25"), Fraction(1, 3)]
    for seed in range(9):
        [(_, make)] = of(show, values).changed_throughout(seed)
        found = call(make())[0][0]

        assert [type(one) for one in found] == [type(one) for one in values]
        assert all((one != before) == bool(before) for one, before in zip(found, values, strict=True))
        assert found[0] == found[2]
        assert [len(one) for one in found[:4]] == [9, 9, 9, 0]
