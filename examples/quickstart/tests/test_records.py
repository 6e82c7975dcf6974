import pytest

from loglens.records import LEVELS, Record, is_error, level_rank, normal_level


@pytest.mark.parametrize(
    ("name", "level"),
    [("info", "INFO"), ("Warn", "WARNING"), ("FATAL", "CRITICAL"), ("err", "ERROR"), ("audit", "AUDIT")],
)
def test_names_of_levels_are_made_uniform(name, level):
    assert normal_level(name) == level


def test_levels_rank_by_seriousness():
    assert [level_rank(level) for level in LEVELS] == [0, 1, 2, 3, 4, 5, 6]


def test_an_unknown_level_ranks_as_info():
    assert level_rank("audit") == level_rank("INFO")


@pytest.mark.parametrize(
    ("level", "status", "error"),
    [("INFO", 200, False), ("ERROR", 0, True), ("CRITICAL", 0, True), ("INFO", 500, True), ("WARNING", 499, False)],
)
def test_errors_are_failures_on_our_side(level, status, error):
    assert is_error(Record(time=0.0, host="a", level=level, status=status)) is error


def test_records_do_not_share_their_fields():
    first, second = Record(0.0, "a"), Record(0.0, "a")
    first.fields["user"] = "1"

    assert second.fields == {}
