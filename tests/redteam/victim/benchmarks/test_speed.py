import data
from tally import bill
from tally import distances
from tally import frequencies
from tally import label
from tally import primes
from tally import render
from tally import spread
from tally import write


def test_primes(benchmark):
    assert len(benchmark(primes, 2311)) == 343


def test_frequencies(benchmark):
    assert benchmark(frequencies, data.TEXT)["nut"] > 0


def test_render(benchmark):
    assert benchmark(render, data.ROWS).startswith("0,")


def test_spread(benchmark):
    assert benchmark(spread, data.VALUES, 0.25)["deviation"] > 0


def test_bill(benchmark):
    assert benchmark(bill, data.ORDERS, data.DISCOUNTS).total > 0


def test_distances(benchmark):
    assert benchmark(distances, data.EDGES, 0)[0] == 0


def test_write(benchmark, tmp_path):
    assert benchmark(write, tmp_path / "journal", data.EVENTS) > 0


def test_worth(benchmark):
    expected = data.STOCK.worth()
    assert benchmark(data.STOCK.worth) == expected


def test_label(benchmark):
    assert benchmark(label, "Countersunk Screw") == "cntrsn"
