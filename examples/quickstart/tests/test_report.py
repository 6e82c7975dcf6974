import pytest

from loglens.__main__ import main
from loglens.records import Record
from loglens.report import heading, human_bytes, render_report

LOG = """\
203.0.113.9 - - [10/Oct/2023:13:55:36 +0000] "GET /cart HTTP/1.1" 200 512 "-" "Mozilla/5.0" 31
203.0.113.9 - - [10/Oct/2023:13:55:59 +0000] "GET /cart HTTP/1.1" 503 0 "-" "curl/8.4" 900
203.0.113.7 - - [10/Oct/2023:13:57:00 +0000] "GET / HTTP/1.1" 200 2048 "-" "Mozilla/5.0" 12
"""

REPORT = """\
Log report
==========

records  3
hosts    2
errors   1
bots     1
sent     2.6 kB
slowest  /cart (900 ms)

Hosts
=====

| host        | count | share |
|-------------|-------|-------|
| 203.0.113.9 |     2 |  66.7 |
| 203.0.113.7 |     1 |  33.3 |

Paths
=====

| path  | requests | errors | bytes | fastest | median |   p95 | slowest |
|-------|----------|--------|-------|---------|--------|-------|---------|
| /cart |        2 |      1 |   512 |    31.0 |   31.0 | 900.0 |   900.0 |
| /     |        1 |      0 |  2048 |    12.0 |   12.0 |  12.0 |    12.0 |

Requests per minute
===================

13:55 ######################################## 2
13:57 #################### 1
"""


@pytest.fixture
def log(tmp_path):
    file = tmp_path / "access.log"
    file.write_text(LOG, encoding="utf-8")
    return str(file)


def test_report(log, capsys):
    status = main([log])

    assert status == 0
    assert capsys.readouterr().out == REPORT


def test_csv_of_a_selection(log, capsys):
    main([log, "--where", "status>=500", "--format", "csv"])

    assert capsys.readouterr().out.splitlines()[1:] == ["1696946159.0,203.0.113.9,ERROR,GET,/cart,503,0,900.0,"]


def test_several_files_are_merged_and_repeats_left_out(log, capsys):
    main([log, log, "--unique", "--format", "json"])

    assert len(capsys.readouterr().out.splitlines()) == 3


def test_a_query_that_cannot_be_understood_ends_the_program(log, capsys):
    with pytest.raises(SystemExit):
        main([log, "--where", "nonsense"])

    assert "not a condition" in capsys.readouterr().err


def test_report_on_nothing():
    text = render_report([], title="Empty")

    assert text.startswith("Empty\n=====\n")
    assert "slowest  -" in text


def test_report_names_the_last_of_the_slowest():
    records = [Record(0.0, "a", path="/x", duration=5.0), Record(1.0, "a", path="/y", duration=5.0)]

    assert "slowest  /y (5 ms)" in render_report(records)


@pytest.mark.parametrize(
    ("size", "text"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_500_000, "1.5 MB"), (2e9, "2.0 GB"), (3e12, "3.0 TB")],
)
def test_sizes_as_a_person_says_them(size, text):
    assert human_bytes(size) == text


def test_headings_are_underlined():
    assert heading("Hosts") == "Hosts\n====="
