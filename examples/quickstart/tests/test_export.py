import json

import pytest

from loglens.export import quote, to_csv, to_json_lines
from loglens.records import Record


@pytest.mark.parametrize(
    ("text", "quoted"),
    [("plain", "plain"), ("a,b", '"a,b"'), ('say "x"', '"say ""x"""'), ("two\nlines", '"two\nlines"'), ("", "")],
)
def test_csv_cells_are_quoted_where_they_must_be(text, quoted):
    assert quote(text) == quoted


def test_csv():
    records = [Record(1.0, "a", status=200), Record(2.0, "b", message="x, y")]

    assert to_csv(records, ["host", "status", "message"]) == 'host,status,message\na,200,\nb,0,"x, y"\n'


def test_csv_of_nothing_has_its_headers():
    assert to_csv([], ["time", "host"]) == "time,host\n"


def test_json_lines_leave_out_what_is_empty():
    record = Record(1.5, "a", status=404, fields={"user": "Zoë"})

    text = to_json_lines([record])

    assert json.loads(text) == {"time": 1.5, "host": "a", "level": "INFO", "status": 404, "fields": {"user": "Zoë"}}
    assert text.endswith('"Zoë"}}\n')


def test_json_lines_of_nothing():
    assert to_json_lines([]) == ""
