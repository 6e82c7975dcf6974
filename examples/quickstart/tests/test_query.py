import pytest

from loglens.query import Condition, Query, QueryError, parse_condition, select
from loglens.records import Record

RECORDS = [
    Record(1.0, "a", level="INFO", path="/api/items", status=200, size=10, fields={"user": "7"}),
    Record(2.0, "b", level="WARNING", path="/cart", status=404, size=0),
    Record(3.0, "a", level="ERROR", path="/api/cart", status=503, size=99, fields={"user": "8"}),
]


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ("", [1.0, 2.0, 3.0]),
        ("status>=404", [2.0, 3.0]),
        ("status>404", [3.0]),
        ("status<=404", [1.0, 2.0]),
        ("status<404", [1.0]),
        ("status=200", [1.0]),
        ("host!=a", [2.0]),
        ("path~/api", [1.0, 3.0]),
        ("level>=warn", [2.0, 3.0]),
        ("level=ERROR", [3.0]),
        ("user=7", [1.0]),
        ("user!=7", [2.0, 3.0]),
        ("path~/api status>=500", [3.0]),
        ("path~/api host=b", []),
    ],
)
def test_select(text, times):
    assert [record.time for record in select(RECORDS, text)] == times


def test_numbers_are_compared_as_numbers():
    assert select(RECORDS, "size>9") == [RECORDS[0], RECORDS[2]]


def test_a_value_may_hold_an_operator():
    assert parse_condition("query~a=b") == Condition("query", "~", "a=b")


@pytest.mark.parametrize("word", ["status", ">=500", "9lives=1"])
def test_a_word_that_is_no_condition_is_refused(word):
    with pytest.raises(QueryError, match="not a condition"):
        Query(word)


def test_a_number_is_asked_for_where_a_number_is_compared():
    with pytest.raises(QueryError, match="status is a number"):
        Query("status>=many")
