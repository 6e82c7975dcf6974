import pytest
from helpers import approximately
from tally import Stock
from tally import bill
from tally import distances
from tally import frequencies
from tally import label
from tally import primes
from tally import render
from tally import spread
from tally import write


def test_frequencies():
    assert frequencies("The cat and the hat.\nCat!") == {"cat": 2, "hat": 1}


def test_frequencies_of_nothing():
    assert frequencies("") == {}


def test_render():
    assert render([(1, " b "), ("c",), ()]) == "1,b\nc\n\n"


def test_primes():
    assert primes(20) == [2, 3, 5, 7, 11, 13, 17, 19]


def test_no_primes():
    assert primes(0) == primes(2) == []


def test_negative():
    with pytest.raises(ValueError):
        primes(-1)


def test_spread():
    found = spread([1.0, 2.0, 4.0], 0.5)
    assert approximately(found["mean"], 7 / 3)
    assert approximately(found["deviation"], 1.247219128924647)
    assert found["last"] == 2.75


def test_bill():
    orders = [{"name": "nut", "count": 3, "price": 100}, {"name": "bolt", "count": 1, "price": 50}]
    found = bill(orders, [("nut", 10)])
    assert (found.total, found.lines, found.reduced) == (320, [("nut", 270), ("bolt", 50)], ["nut"])


def test_bill_of_no_count():
    with pytest.raises(ValueError):
        bill([{"name": "nut", "count": 0, "price": 1}], [])


def test_distances():
    assert distances({1: [2, 3], 2: [4], 3: [4]}, 1) == {1: 0, 2: 1, 3: 1, 4: 2}


def test_write(tmp_path):
    assert write(tmp_path / "log", [{"b": 1, "a": 2}]) == 8
    assert (tmp_path / "log").read_text() == "0 a=2;b=1;\n"


def test_worth():
    assert Stock([("nut", 3, 100), ("bolt", 1, 50)]).worth() == 350


def test_label():
    assert [label(name) for name in ("Hinge", "aeiou", "")] == ["hng", "", ""]
