import pytest

from loglens.parsing import (
    ParseError,
    clean,
    level_of_status,
    month_number,
    parse_access,
    parse_application,
    parse_clock,
    parse_fields,
    parse_iso,
    parse_line,
    parse_lines,
    parse_offset,
)

ACCESS = '203.0.113.9 - ann [10/Oct/2023:13:55:36 +0000] "GET /cart?id=1 HTTP/1.1" 200 512 "-" "Mozilla/5.0 (X11)" 31'
APPLICATION = "2023-10-10T13:55:36.250Z warn web-3 [orders] payment refused user=42 took=118"


def test_access_line():
    record = parse_access(ACCESS)

    assert record.time == 1696946136.0
    assert record.host == "203.0.113.9"
    assert record.level == "INFO"
    assert record.method == "GET"
    assert record.path == "/cart?id=1"
    assert record.status == 200
    assert record.size == 512
    assert record.agent == "Mozilla/5.0 (X11)"
    assert record.duration == 31.0


def test_access_line_without_agent_and_duration():
    record = parse_access('h - - [10/Oct/2023:13:55:36 +0000] "GET / HTTP/1.0" 304 -')

    assert (record.status, record.size, record.agent, record.duration) == (304, 0, "", 0.0)


def test_access_line_without_duration():
    assert parse_access(ACCESS.removesuffix(" 31")).duration == 0.0


def test_application_line():
    record = parse_application(APPLICATION)

    assert record.time == 1696946136.25
    assert record.host == "web-3"
    assert record.level == "WARNING"
    assert record.message == "payment refused user=42 took=118"
    assert record.duration == 118.0
    assert record.fields == {"user": "42", "took": "118", "logger": "orders"}


def test_application_line_without_message():
    record = parse_application("2023-10-10T13:55:36Z INFO web-3 []")

    assert record.message == ""
    assert record.fields == {"logger": ""}


@pytest.mark.parametrize(
    "line",
    [
        "hello",
        "2023-10-10T13:55:36Z INFO",
        "2023-10-10Tnoon INFO web-3 [orders] hello",
        'h - - [10/Foo/2023:13:55:36 +0000] "GET / HTTP/1.0" 200 1',
        'h - - [10/Oct/2023:13:55 +0000] "GET / HTTP/1.0" 200 1',
        'h - - [10/Oct/2023:13:55:36 +0000] "GET / HTTP/1.0" OK 1',
        'h - - [10/Oct/2023:13:55:36 +0000] "GET" 200 1',
        "h - - [10/Oct/2023:13:55:36 +0000] GET / 200 1",
    ],
)
def test_a_line_in_neither_format_is_an_error_that_quotes_it(line):
    with pytest.raises(ParseError) as caught:
        parse_line(line)

    assert line in str(caught.value)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("01/Jan/1970:00:00:00 +0000", 0.0),
        ("01/Jan/1970:02:00:00 +0200", 0.0),
        ("31/Dec/1969:18:30:00 -0530", 0.0),
        ("29/Feb/2024:23:59:59 +0000", 1709251199.0),
    ],
)
def test_times_of_access_logs_are_turned_into_utc(text, seconds):
    assert parse_clock(text) == seconds


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1970-01-01T00:00:01Z", 1.0), ("1970-01-01 00:00:00.5", 0.5), ("2024-02-29T23:59:59Z", 1709251199.0)],
)
def test_times_of_application_logs(text, seconds):
    assert parse_iso(text) == seconds


@pytest.mark.parametrize(("text", "seconds"), [("+0000", 0), ("+0530", 19800), ("-0100", -3600)])
def test_offsets_from_utc(text, seconds):
    assert parse_offset(text) == seconds


def test_months_are_numbered_from_one():
    assert [month_number(name) for name in ("Jan", "Jun", "Dec")] == [1, 6, 12]


def test_months_are_spelt_in_one_way_only():
    with pytest.raises(ParseError, match="jan"):
        month_number("jan")


def test_control_characters_become_question_marks():
    assert clean("a\x1b[31mb\x00c\x9bd") == "a?[31mb?c?d"


@pytest.mark.parametrize("text", ["", "/plain", "tab\tstays", "Zoë 東京"])
def test_all_other_characters_are_left_alone(text):
    assert clean(text) == text


def test_of_a_field_given_twice_the_last_value_counts():
    assert parse_fields("a=1 b=2 a=3") == {"a": "3", "b": "2"}


def test_only_the_first_equals_sign_ends_the_name_of_a_field():
    assert parse_fields("query=a=b empty= =nameless word") == {"query": "a=b", "empty": ""}


def test_quotation_marks_around_the_value_of_a_field_are_taken_off():
    assert parse_fields('name="x"  other=y') == {"name": "x", "other": "y"}


@pytest.mark.parametrize(("status", "level"), [(200, "INFO"), (399, "INFO"), (404, "WARNING"), (500, "ERROR")])
def test_the_level_of_a_request_follows_from_its_status(status, level):
    assert level_of_status(status) == level


def test_lines_keep_their_order_and_what_is_not_a_record_is_passed_over():
    records = parse_lines(["# comment", APPLICATION + "\n", "", "   ", "garbage", ACCESS])

    assert [record.host for record in records] == ["web-3", "203.0.113.9"]


def test_strict_parsing_stops_at_the_first_bad_line():
    with pytest.raises(ParseError, match="garbage"):
        parse_lines([ACCESS, "garbage"], strict=True)


def test_lines_may_come_from_an_iterator():
    assert len(parse_lines(iter([ACCESS, ACCESS]))) == 2
