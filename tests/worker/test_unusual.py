"""Values that are as some users have them: very large, with more decimals, from elsewhere, with something missing."""

from __future__ import annotations

import copy
import datetime as dt
import math
from decimal import Decimal
from typing import Any

import pytest

from pytest_autoloop.worker.untidy import untidy

SEEDS = range(320)
UTC = dt.timezone.utc


def made(what: str, value: Any) -> list[Any]:
    """Return what becomes of an input by one thing that is done to it."""
    found = (untidy({"it": value}, seed) for seed in SEEDS)
    return [changed[1]["it"] for changed in found if changed is not None and changed[0] == what]


def test_large_numbers() -> None:
    """All of them become larger by one power of two, so that sums that were exact are so still; small ones may be counts."""
    rows = [(f"name {number}", 3, 50 + number * 7 % 31, number * 7 % 31 / 2) for number in range(20)]
    for one in made("large numbers", rows):
        assert [row[:2] for row in one] == [row[:2] for row in rows]
        (factor,) = {row[2] / before[2] for row, before in zip(one, rows, strict=True)}
        assert factor in (2**12, 2**36)
        assert all(row[3] == before[3] * factor for row, before in zip(one, rows, strict=True))
    assert len({one[0][2] for one in made("large numbers", rows)}) == 2
    assert made("large numbers", [3, 1, 2]) == made("large numbers", "12345 texts are no numbers") == []


def test_numbers_between() -> None:
    """Some whole numbers become others; those that are not whole, and what is true or false, stay."""
    for one in made("numbers between its whole ones", [3, 1, 2, 7, 5] * 5):
        assert {value - before for value, before in zip(one, [3, 1, 2, 7, 5] * 5, strict=True)} <= {0, 0.5}
        assert any(value % 1 for value in one)
    assert made("numbers between its whole ones", [0.5, True, "3"]) == made("numbers between its whole ones", 3) == []


def test_more_decimals() -> None:
    """Texts that are numbers, decimals, and floats that are no sums of powers of two get one more."""
    texts, decimals = ["12.34", "-0.5", "7", "1.2.3"] * 5, [Decimal("9.99"), Decimal(5), Decimal("NaN")] * 5
    for one in made("more decimals in its numbers", texts):
        assert all(
            after == before or (after[:-1] == before and before in ("12.34", "-0.5")) for after, before in zip(one, texts, strict=True)
        )
    for found in made("more decimals in its numbers", decimals):
        assert {type(number) for number in found} == {Decimal}
        assert {str(number)[:4] for number in found} == {"9.99", "5", "NaN"}
        assert any(len(str(number)) == 5 for number in found)
    assert any(0.3 not in one for one in made("more decimals in its numbers", [0.3, 0.1, 0.2]))
    assert made("more decimals in its numbers", [0.5, 0.25, 1.0, 1e300, 1 / 3]) == []


def test_times_of_other_zones() -> None:
    """They are the same, told in another zone; what has none stays."""
    times = [dt.datetime(2024, 5, day, 23, 30, tzinfo=UTC) for day in range(1, 20)]
    found = made("times of other zones", times)

    assert found
    assert all(one == times for one in found)
    assert any(after.day != before.day for one in found for after, before in zip(one, times, strict=True))
    assert made("times of other zones", [time.replace(tzinfo=None) for time in times]) == []


def test_something_missing() -> None:
    """A field of some rows, never one of an input that is no row, nor an entry of a table."""
    rows = [{"name": "a", "rebate": 3, "quantity": number} for number in range(10)]
    found = made("something missing", rows)

    assert found
    assert all(any(len(row) == 2 for row in one) for one in found)
    assert all(row.items() <= before.items() for one in found for row, before in zip(one, rows, strict=True))
    assert made("something missing", rows[0]) == made("something missing", [{str(key): key for key in range(20)}]) == []
    assert made("something missing", [1.0, 2.0, 1.5]) == []


def test_arrays() -> None:
    """Numbers of arrays are changed too, as many and of their type; what is in order stays so, and what there are no bits for stays."""
    numpy = pytest.importorskip("numpy")
    reals, whole = numpy.array([[3.0, 1.5], [2.0, 40.0]]), numpy.array([30, 10, 20], dtype="int32")
    before = copy.deepcopy(reals)
    for array in (reals, whole):
        for seed in SEEDS:
            what, changed = untidy({"it": array}, seed) or ("", {"it": array})
            assert (changed["it"].shape, changed["it"].dtype) == (array.shape, array.dtype), what
    assert any(math.isnan(number) for one in made("something missing", reals) for number in one.flat)
    # Much starts with the first one, and is nothing of the others then.
    assert {bool(math.isnan(one.flat[0])) for one in made("something missing", reals)} == {True, False}
    assert made("something missing", whole) == []
    assert {one[0] for one in made("large numbers", whole)} == {30 * 2**12}
    assert any((one == 0).any() or (one < 0).any() for one in made("zero and less in its numbers", whole))
    assert made("its lists out of order", numpy.arange(50)) != []
    assert made("zero and less in its numbers", numpy.arange(50)) == []
    assert (reals == before).all()
