import pytest

from loglens.aggregate import (
    column,
    count_bots,
    count_by,
    count_errors,
    distinct,
    group_by,
    is_bot,
    largest,
    per_interval,
    percentile,
    shares,
    slowest,
    smallest,
    summarise,
    tally,
    top,
    total_size,
)
from loglens.records import Record

RECORDS = [
    Record(60.0, "b", path="/x", status=200, size=5, duration=30.0, agent="Mozilla/5.0"),
    Record(61.0, "a", path="/y", status=500, size=7, duration=90.0, agent="Googlebot/2.1", level="ERROR"),
    Record(185.5, "b", path="/x", status=200, size=0, duration=90.0, agent=""),
]


def test_column_keeps_order_and_repetitions():
    assert column(RECORDS, "host") == ["b", "a", "b"]


def test_tally_counts_in_the_order_of_first_appearance():
    assert list(tally(["b", "a", "b", "c", "a", "b"]).items()) == [("b", 3), ("a", 2), ("c", 1)]


def test_tally_of_nothing():
    assert tally([]) == {}


def test_tally_knows_none_and_empty_texts():
    assert tally([None, "", None]) == {None: 2, "": 1}


def test_distinct_keeps_the_order_of_first_appearance():
    assert distinct("the quick brown fox jumps") == list("the quickbrownfxjmps")


def test_distinct_keeps_the_first_of_equal_values():
    assert [type(value) for value in distinct([1, 1.0, True, 2])] == [int, int]


def test_distinct_takes_an_iterator_and_leaves_a_list_alone():
    values = ["x", "x", "y"]

    assert distinct(iter(values)) == ["x", "y"]
    assert values == ["x", "x", "y"]


def test_count_by_attribute():
    assert count_by(RECORDS, "status") == {200: 2, 500: 1}


def test_groups_keep_the_order_of_the_records():
    groups = group_by(RECORDS, "host")

    assert list(groups) == ["b", "a"]
    assert groups["b"] == [RECORDS[0], RECORDS[2]]


def test_of_equal_counts_the_one_that_came_first_is_on_top():
    assert top({"z": 2, "a": 2, "m": 3, "b": 1}, 3) == [("m", 3), ("z", 2), ("a", 2)]


def test_top_of_fewer_values_than_asked_for():
    assert top({"a": 1}, 5) == [("a", 1)]


def test_shares_add_up_to_one():
    assert shares({"a": 1, "b": 3}) == {"a": 0.25, "b": 0.75}


def test_shares_of_nothing():
    assert shares({}) == {}


@pytest.mark.parametrize(
    ("values", "least", "greatest"), [([3.0, 1.0, 2.0], 1.0, 3.0), ([5.0], 5.0, 5.0), ([], 0.0, 0.0)]
)
def test_smallest_and_largest(values, least, greatest):
    assert smallest(values) == least
    assert largest(values) == greatest


def test_smallest_and_largest_take_iterators():
    assert smallest(iter([2.0, 1.0])) == 1.0
    assert largest(iter([1.0, 2.0])) == 2.0


@pytest.mark.parametrize(("percent", "value"), [(0, 1), (10, 1), (50, 5), (51, 6), (95, 10), (100, 10)])
def test_percentiles_are_values_that_occur(percent, value):
    assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], percent) == value


def test_percentile_leaves_the_values_in_their_order():
    values = [3.0, 1.0, 2.0]
    percentile(values, 50)

    assert values == [3.0, 1.0, 2.0]


def test_percentile_of_nothing():
    assert percentile([], 95) == 0.0


def test_total_size():
    assert total_size(RECORDS) == 12
    assert total_size([]) == 0


def test_errors_are_counted():
    assert count_errors(RECORDS) == 1


def test_of_equally_slow_records_the_last_one_is_named():
    assert slowest(RECORDS) is RECORDS[2]


def test_slowest_of_nothing():
    assert slowest([]) is None


@pytest.mark.parametrize(
    ("agent", "bot"),
    [("Mozilla/5.0 (X11)", False), ("Googlebot/2.1", True), ("CURL/8.4", True), ("My-Monitor", True), ("", False)],
)
def test_bots_are_told_by_their_agent_in_either_case(agent, bot):
    assert is_bot(agent) is bot


def test_bots_are_counted():
    assert count_bots(RECORDS) == 1


def test_intervals_come_in_order_of_time_and_empty_ones_are_left_out():
    assert list(per_interval(reversed(RECORDS)).items()) == [(60, 2), (180, 1)]


def test_intervals_of_other_lengths():
    assert per_interval(RECORDS, 3600) == {0: 3}


def test_summary():
    summary = summarise(RECORDS)

    assert summary["records"] == 3
    assert summary["hosts"] == 2
    assert summary["errors"] == 1
    assert summary["bots"] == 1
    assert summary["bytes"] == 12
    assert summary["levels"] == {"INFO": pytest.approx(2 / 3), "ERROR": pytest.approx(1 / 3)}
    assert summary["top_hosts"] == [("b", 2), ("a", 1)]
    assert summary["paths"][0] == {
        "path": "/x",
        "requests": 2,
        "errors": 0,
        "bytes": 5,
        "fastest": 30.0,
        "median": 30.0,
        "p95": 90.0,
        "slowest": 90.0,
    }


def test_paths_that_are_asked_for_equally_often_are_sorted_by_name():
    records = [Record(0.0, "a", path=path) for path in ("/b", "/c", "/a", "/c")]

    assert [row["path"] for row in summarise(records)["paths"]] == ["/c", "/a", "/b"]


def test_summary_of_nothing():
    summary = summarise([])

    assert summary["records"] == 0
    assert summary["paths"] == []
    assert summary["slowest"] is None
