"""Inputs are made as untidy as those of users may be: one thing at a time, alike on both sides, and fields, names and files are left."""

from __future__ import annotations

import copy
import dataclasses
import datetime as dt
import decimal
import itertools
import pathlib
from typing import Any
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.worker.messages import MOVED
from pytest_autoloop.worker.messages import OUT_OF_ORDER
from pytest_autoloop.worker.messages import SHUFFLED
from pytest_autoloop.worker.untidy import untidy


class Thing:
    """It is no plain data."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._short = "thing"


class Kept:
    """It has a table of attributes."""

    def __init__(self, name: str, price: float) -> None:
        self.name = name
        self.price = price
        self.tags = [name]


class Slotted:
    """It has none, and is given them in another order."""

    __slots__ = ("name", "price", "tags", "unused")

    def __init__(self, name: str, price: float) -> None:
        self.price = price
        self.tags = [name]
        self.name = name


class Named(NamedTuple):
    """A row with names."""

    name: str
    price: float


@dataclasses.dataclass(frozen=True)
class Record:
    """A row as an object."""

    name: str
    tags: list[str]
    known: int = dataclasses.field(default=0, init=False)


ROWS = [(f"thing {number} of wood", number * 1.5) for number in range(30)]
MIXED = [(f"thing {number * 7 % 30} of wood", number * 7 % 30 * 1.5) for number in range(30)]
TEXT = "a brown fox jumps over lazy dogs and a log " * 5
SEEDS = range(280)
SUBCLASSES = "subclasses of its types"


def made(value: Any) -> dict[str, list[Any]]:
    """Return what becomes of an input, by what was done to it."""
    found: dict[str, list[Any]] = {}
    for seed in SEEDS:
        if (changed := untidy({"it": value}, seed)) is not None:
            found.setdefault(changed[0], []).append(changed[1]["it"])
    return found


def test_everything_is_tried() -> None:
    """Seeds in a row do everything that there is, to rows as to a long text."""
    rows, text = made(MIXED), made(TEXT)

    assert len(rows) == 23
    assert set(text) < set(rows)
    assert set(rows) - set(text) == {
        SHUFFLED,
        MOVED,
        "something twice",
        "zero and less in its numbers",
        "equal values",
        "large numbers",
        "None among its values",
        SUBCLASSES,
        "rows that differ in one field",
        "numbers far from zero",
        "numbers that are others of its own",
        "texts in the place of numbers",
        "texts that begin or end as others",
        "other spellings of numbers and times in its texts",
    }
    assert [untidy({"it": ROWS}, seed) for seed in range(16)] == [untidy({"it": ROWS}, seed) for seed in range(16)]


def test_what_each_of_them_does() -> None:
    """Markup is put in, cases change and nothing else, parts are there twice and beside each other, none is lost where order goes."""
    rows, text = made(ROWS), made(TEXT)

    assert any("<b>" in one for one in text["markup in its texts"])
    assert any('"' in name for one in rows["markup in its texts"] for name, _ in one)
    assert all(one != TEXT and one.lower() == TEXT for one in text["other cases in its texts"])
    assert all(any(ord(letter) > 127 for letter in one) for one in text["other alphabets in its texts"])
    for one in rows["something twice"]:
        assert len(one) == 33
        assert sorted(set(one), key=lambda row: row[1]) == ROWS
        assert [row[1] for row in one] == sorted(row[1] for row in one)
    for one in rows[SHUFFLED] + rows[MOVED]:
        assert one != ROWS
        assert sorted(one, key=lambda row: row[1]) == ROWS
    assert all(sum(row > after for row, after in itertools.pairwise(row[1] for row in one)) == 1 for one in rows[MOVED])
    assert {0} == {one for value in (7, 1.5) for one in made(value)["something empty"]}
    for one in made(MIXED)["zero and less in its numbers"]:
        assert {abs(price) for _, price in one} <= {0.0, *(price for _, price in ROWS)}
        assert sum(price <= 0 for _, price in one) > 1
    assert any(one == [] or any(name == "" for name, _ in one) for one in rows["something empty"])
    assert all(amounts == [price for _, price in ROWS] for amounts in ([price for _, price in one] for one in rows["markup in its texts"]))


@pytest.mark.parametrize("value", [7, None, "/usr/share", ["/usr/words of a language"], pathlib.Path("a b"), Thing("a thing of wood")])
def test_what_is_left_alone(value: Any) -> None:
    """Texts may be names of files; a number may be nothing at most, and other objects are not looked into."""
    assert set(made(value)) <= {"something empty", *([SUBCLASSES] if isinstance(value, list) else [])}


def test_odd_values() -> None:
    """A list that holds itself, and decimals that are no numbers, are no obstacle."""
    itself: list[Any] = ["a text", 7]
    itself.append(itself)
    odd = [decimal.Decimal("sNaN"), decimal.Decimal("NaN"), decimal.Decimal("-0"), decimal.Decimal("1.5"), dt.date.max, dt.timedelta.min]

    assert made({"list": itself})
    assert made([odd] * 9)
    assert made(odd)


def test_short_texts() -> None:
    """They may be names of something, and are changed in every other turn only."""
    changed = {seed for seed in SEEDS if untidy({"it": "mean"}, seed) is not None}

    assert len(SEEDS) / 4 < len(changed) < len(SEEDS) * 3 / 4
    assert not made("out.json")


def test_fields_and_the_object_of_a_method_stay() -> None:
    """Names of fields are the same, the types of parts too, and so is the object whose method is called."""
    thing = {"name": "a thing of beauty and of joy", "tags": ["red thing", "blue thing"], "data": b"one two three four"}
    for seed in SEEDS:
        found = untidy({"its object": TEXT, "it": thing}, seed)
        assert found is not None
        assert found[1]["its object"] == TEXT
        assert found[1]["it"].keys() == thing.keys()
        kinds = {key: type(value) for key, value in found[1]["it"].items()}
        assert kinds == {key: type(value) for key, value in thing.items()} or found[0] in ("None among its values", SUBCLASSES)


def test_rows_with_names() -> None:
    """Named tuples and objects of data classes are rows like any; what their class works out by itself is left."""
    named = made([Named(name, price) for name, price in ROWS])
    records = made([Record(name, ["a b"]) for name, _ in ROWS])

    assert {type(row) for one in named["markup in its texts"] for row in one} == {Named}
    assert all(any("\n" in row.name or row.name not in TEXT for row in one) for one in named["control characters in its texts"])
    assert {type(row) for one in records["markup in its texts"] for row in one} == {Record}
    assert any(row.name != name for one in records["other cases in its texts"] for row, (name, _) in zip(one, ROWS, strict=True))


def test_rows_that_are_kept_in_another_way() -> None:
    """Objects get the same changes, be their attributes in a table or in slots, and in whatever order they were given."""

    def told(kind: type) -> list[tuple[str, list[tuple[object, ...]]]]:
        return [
            (found[0], [(one.name, one.price, one.tags) for one in found[1]["rows"]])
            for seed in SEEDS
            if (found := untidy({"rows": [kind(name, price) for name, price in MIXED]}, seed)) is not None
        ]

    assert told(Kept) == told(Slotted)
    assert {"markup in its texts", "equal values"} <= {what for what, _ in told(Slotted)}


@pytest.mark.parametrize("falls", [False, True])
def test_order_stays(*, falls: bool) -> None:
    """What is in order is so yet, in lists of numbers and in rows, unless order is what is to change; the rest of a row is changed."""
    rows = sorted(((number * 3, f"name {number:03}", f"thing {number * 7 % 30}") for number in range(30)), reverse=falls)
    for seed in SEEDS:
        found = untidy({"rows": rows, "numbers": [row[0] for row in rows]}, seed)
        assert found is not None
        if found[0] not in OUT_OF_ORDER:
            for column in (0, 1):
                assert [row[column] for row in found[1]["rows"]] == sorted((row[column] for row in found[1]["rows"]), reverse=falls)
            assert found[1]["numbers"] == sorted(found[1]["numbers"], reverse=falls)
    assert any("<b>" in row[1] for one in made(rows)["markup in its texts"] for row in one)
    assert any(row[2] == "" for one in made(rows)["something empty"] for row in one)


def test_tables_the_other_way_round() -> None:
    """They have the same entries, tables of rows and rows themselves."""
    rows = [{"name": name, "price": price, "id": number} for number, (name, price) in enumerate(ROWS)]
    for value in ({"b": 1, "a": [2]}, rows):
        turned = made(value)["its tables in another order"]
        assert turned
        assert all(one == value for one in turned)
        assert all(str(one) != str(value) for one in turned)


def test_numbers_in_order_are_changed_all_alike() -> None:
    """They go below zero, are larger and between others together; what counts rows up stays."""
    spans = [(number, number // 3, number // 3 + 40, number * 7 % 31) for number in range(30)]
    ways = ("zero and less in its numbers", "large numbers", "numbers between its whole ones")
    below, large, between = (made(spans)[way] for way in ways)

    for one in (*below, *large, *between):
        assert [row[0] for row in one] == [*range(30)]
        assert [row[1] for row in one] == sorted(row[1] for row in one)
    for one in below:
        assert any(row[1] < 0 for row in one)
        assert {end - start for _, start, end, _ in one} == {40}
    assert all(one[0][2] >= 40 * 2**12 for one in large)
    assert all({row[1] % 1 for row in one} == {0.5} for one in between)
    assert "zero and less in its numbers" not in made([*range(30)])
    assert "numbers between its whole ones" not in made([number / 4 for number in range(30)])


def test_days() -> None:
    """All days move alike, or some to where months, years and centuries end; those in order stay so, and inputs move with them."""
    first = dt.date(2024, 1, 31)
    days = [first + dt.timedelta(days=number * 37 % 400) for number in range(30)]
    rows = [(day, f"thing {number}") for number, day in enumerate(sorted(days))]
    found = made(days)["days of other kinds"]
    alike = [one for one in found if len({new - old for new, old in zip(one, days, strict=True)}) == 1]
    other = [day for one in found if one not in alike for day in one if day not in days]

    assert alike
    assert any((day.month, day.day) == (2, 29) for day in other)
    assert any((day.month, day.day) == (12, 31) for day in other)
    assert any(day.year == 1900 for day in other)
    assert {type(one) for one in made(first)["days of other kinds"]} == {dt.date}
    for one in made(rows)["days of other kinds"]:
        assert len({new - old for (new, _), (old, _) in zip(one, rows, strict=True)}) == 1
    assert any(day.microsecond for one in made([dt.datetime(2024, 1, day) for day in (3, 1, 2, 4)])["days of other kinds"] for day in one)
    assert any(start > dt.date(2024, 1, 31) for one in made({first})["days of other kinds"] for start in one)
    assert all(day < dt.date.max for day in made(dt.date.max)["days of other kinds"])


def test_what_is_not_there() -> None:
    """None is in the place of values of one type at a time, never of an input itself; True and False are whole numbers too."""
    rows = [(number * 7 % 31, f"thing {number}", number * 7 % 31 * 0.5) for number in range(30)]
    for one in made(rows)["None among its values"]:
        gone = {type(old) for row, before in zip(one, rows, strict=True) for new, old in zip(row, before, strict=True) if new is None}
        assert len(gone) == 1
    assert "None among its values" not in {*made(TEXT), *made(7), *made(b"one two three four")}
    assert all({type(number) for number, *_ in one} == {int, bool} for one in made(rows)["truth values among its numbers"])


def test_long_runs() -> None:
    """One part is there more often than a byte can count, in lists that belong together in the same place."""
    data = b"aabbbcdddd" * 3
    rows = [(number, "ab") for number in range(30)]

    assert any(bytes([byte]) * 300 in one for one in made(data)["long runs of one part"] for byte in one)
    for one in made(rows)["long runs of one part"]:
        assert len(one) == 330
        assert len(set(one)) == 30


def test_one_text_alone() -> None:
    """Now and then one text is changed and no other, whichever it is: others may be refused."""
    names = [f"name{number * 7 % 30}" for number in range(30)]
    changed = [[at for at, name in enumerate(one) if name != names[at]] for one in made(names)["marks in its texts"]]

    assert len({places[0] for places in changed if len(places) == 1}) > 1
    assert any(len(places) > 3 for places in changed)


def test_what_is_a_character() -> None:
    """It stays one, as far as it is an input itself."""
    assert "something empty" in made("mean")
    assert "something empty" not in made(",")


def test_other_collections() -> None:
    """What is fixed, and bytes that can be changed, are of their types still."""
    for value in (frozenset({"one text", "another text"}), bytearray(b"one two three four")):
        assert {type(one) for one in made(value)["markup in its texts"]} == {type(value)}


def test_times_in_order() -> None:
    """They are told in other zones too, and are in order still."""
    times = [dt.datetime(2024, 1, day, tzinfo=dt.timezone.utc) for day in range(1, 20)]

    for one in made(times)["times of other zones"]:
        assert one == times
        assert {time.utcoffset() for time in one} != {dt.timedelta()}


def test_names_of_fields_as_templates_have_them() -> None:
    """A text may be what another way to fill in a template takes for one more field."""
    found = {text for one in made({"name": "a thing", "note": "a remark"})["texts that begin or end as others"] for text in one.values()}

    assert found & {"{name}", "{note}", "{name}x", "x{note}", "x{name}", "{note}x"}


def test_other_spellings() -> None:
    """Numbers and times in texts are written in another way, all of them in the same one."""
    texts = [f"{number}.5" for number in (3, 1, 2, 4, 9)]
    found = {text for one in made(texts)["other spellings of numbers and times in its texts"] for text in one}
    times = {text for one in made(["2024-03-05T10:20:30"])["other spellings of numbers and times in its texts"] for text in one}

    addresses = {text for one in made(["10.0.0.1"])["other spellings of numbers and times in its texts"] for text in one}

    assert {"::1", "::ffff:10.0.0.1", "10.0.0", "10.0.0.4096"} <= addresses
    assert {"+3.5", "03.5", " 3.5 ", "3.5e0", "3_.5", "3.50", "-3.5"} <= found
    assert {"2024-03-05", "2024-03-05 10:20:30", "20240305T10:20:30", "2024-03-05T10:20:30Z"} <= times
    for one in made(texts)["other spellings of numbers and times in its texts"]:
        signs = {text[:1] for text, before in zip(one, texts, strict=True) if text != before} & set("+- 0")
        assert len(signs) <= 1


def test_rows_that_differ_in_one_field() -> None:
    """They are beside the one that they are like, and what is in order stays so; plain lists of the same length grow with them."""
    rows = [(number, f"user {number * 7 % 30}", number * 3 % 7) for number in range(30)]
    for seed in SEEDS:
        found = untidy({"rows": rows, "also": list(range(40, 70))}, seed)
        if found is not None and found[0] == "rows that differ in one field":
            assert [number for number, *_ in found[1]["rows"]] == sorted(number for number, *_ in found[1]["rows"])
            assert len(found[1]["rows"]) == len(found[1]["also"]) == 37
            added = [row for row in found[1]["rows"] if row not in rows]
            assert added
            assert all(any(sum(one == other for one, other in zip(row, new, strict=True)) == 2 for row in rows) for new in added)


def test_numbers_far_from_zero() -> None:
    """The same is added to all, in order or not, so their differences stay."""
    rows = [(number * 0.5, number * 7 % 31 * 0.5) for number in range(30)]
    found = made(rows)["numbers far from zero"]

    assert {new - old for one in found for row, before in zip(one, rows, strict=True) for new, old in zip(row, before, strict=True)} == {
        2.0**20,
        -(2.0**26),
    }


def test_texts_like_others() -> None:
    """They begin or end as those of another input, or are the same."""
    found = [one for seed in SEEDS if (one := untidy({"prefixes": ["/a/b"], "all": ["/c/2", "/c/1"]}, seed))]
    texts = {text for what, values in found if what == "texts that begin or end as others" for text in values["all"]}

    assert len({"/a/b", "/a/bx", "x/a/b", "a/b", "/a/"} & texts) >= 3


def test_other_types() -> None:
    """Numbers may be texts, and lists and tables of a subclass are equal to what was there."""
    rows = [{"name": "thing", "size": number * 7 % 31, "tags": ["a"]} for number in range(30)]
    found = made(rows)[SUBCLASSES]
    kinds = {type(part) for one in found for row in one for part in (one, row, *row.values())}

    assert all(one == rows for one in found)
    assert all(any(kind is not plain and issubclass(kind, plain) for kind in kinds) for plain in (dict, list))
    for one in made([number * 7 % 31 for number in range(30)])["texts in the place of numbers"]:
        assert [int(part) for part in one] == [number * 7 % 31 for number in range(30)]
        assert str in set(map(type, one))


def test_numbers_like_others() -> None:
    """They are others of the same type, those that are inputs themselves among them."""
    found = [one for seed in SEEDS if (one := untidy({"limit": 7, "sizes": [1, 4, 2, 9, 3]}, seed))]
    sizes = [values["sizes"] for what, values in found if what == "numbers that are others of its own"]

    assert sizes
    assert {size for one in sizes for size in one} == {1, 4, 2, 9, 3, 7}


def test_lines() -> None:
    """One is there twice, an empty one is, the last one has no end, and there are marks at the ends of a text."""
    text = "".join(f"line {number}\n" for number in range(9))
    found = made(text)["other lines in its texts"]

    assert {len(one.split("\n")) for one in found} == {9, 10, 11}
    assert text[:-1] in found
    assert any(one.startswith("\ufeff") for one in found)
    assert any("\n\n" in one for one in found)


def test_values_that_are_equal() -> None:
    """Numbers that rise and fall get the value of the one before, in rows and in tables; what always rises may be a key, and stays."""
    scores = {f"name {number}": number * 7 % 31 for number in range(30)}
    rows = [(number, number * 7 % 31) for number in range(30)]

    assert all(len(set(one.values())) < 30 for one in made(scores)["equal values"])
    for one in made(rows)["equal values"]:
        assert [key for key, _ in one] == list(range(30))
        assert len({score for _, score in one}) < 30
    assert "equal values" not in made(list(range(30)))


def test_what_is_there_once_only() -> None:
    """A function's attributes are not copied with it, so they stay what they are."""
    made.title = "a text of words"  # type: ignore[attr-defined]
    for seed in SEEDS:
        untidy({"it": [made, made], "other": ["a text"]}, seed)

    assert made.title == "a text of words"  # type: ignore[attr-defined]


def test_objects_in_lists() -> None:
    """Of objects in a list what everybody sees is changed, and what is their own affair is not."""
    found = made([Thing(name) for name, _ in ROWS])

    assert any("<b>" in thing.name for one in found["markup in its texts"] for thing in one)
    assert {thing._short for one in found["markup in its texts"] for thing in one} == {"thing"}


def test_keys_of_tables() -> None:
    """Texts as keys of many entries are data as well."""
    found = made({f"name {number}": number for number in range(30)})

    assert all(any("&" in key or "<" in key or not key.isalnum() for key in one) for one in found["markup in its texts"])
    assert "markup in its texts" not in made({f"name {number}": number for number in range(9)})


def test_addresses() -> None:
    """What looks like a file that is not there may be an address, and gets what such may have."""
    found = made([f"/shop/item/{number}" for number in range(20)])

    assert any("%20" in address for one in found["quoted and odd parts of addresses in its texts"] for address in one)


def test_what_belongs_together_stays_together() -> None:
    """Lists of the same length are put into the same order, doubled in the same places, and empty together; a square stays one."""
    one, other = list(range(100, 140)), [str(number) for number in range(100, 140)]
    square = [[float(10 * row + column + 1) for column in range(10)] for row in range(10)]
    seen = set()
    for seed in SEEDS:
        found = untidy({"one": one, "other": other, "square": square}, seed)
        assert found is not None
        seen.add(found[0])
        if found[0] in (SHUFFLED, MOVED, "something twice"):
            assert [str(number) for number in found[1]["one"]] == found[1]["other"]
        assert len(found[1]["one"]) == len(found[1]["other"])
        assert {len(row) for row in found[1]["square"]} <= {len(found[1]["square"])}
    assert {SHUFFLED, "something twice", "something empty"} <= seen


plain = st.recursive(
    st.integers() | st.floats(allow_nan=False) | st.text() | st.binary() | st.none(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner) | st.tuples(inner, inner),
    max_leaves=20,
)


@given(st.dictionaries(st.sampled_from(["argument 1", "argument 2", "its object"]), plain), st.integers(0, 2**32))
def test_any_data(values: dict[str, Any], seed: int) -> None:
    """Whatever there is, the values given are left as they are, both sides get the same, and what is said to be changed is."""
    before = copy.deepcopy(values)

    found = untidy(values, seed)

    assert values == before
    assert found == untidy(before, seed)
    if found is not None:
        assert list(found[1]) == list(values)
        # `False` is equal to nothing.
        assert found[1] != values or found[0] in (*OUT_OF_ORDER, SUBCLASSES, "truth values among its numbers")
