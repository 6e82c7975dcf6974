import pytest

from loglens.tables import as_text, column_widths, display_width, escape, pad, render_bars, render_table, widest


def test_table():
    table = render_table(["path", "count"], [["/", 12], ["/cart", 3]])

    assert table.splitlines() == [
        "| path  | count |",
        "|-------|-------|",
        "| /     |    12 |",
        "| /cart |     3 |",
    ]


def test_table_without_rows():
    assert render_table(["a", "b"], []) == "| a | b |\n|---|---|"


def test_short_rows_are_filled_up():
    assert render_table(["a", "b"], [["x"]]).splitlines()[2] == "| x |   |"


def test_long_rows_are_refused():
    with pytest.raises(ValueError, match="3 cells"):
        render_table(["a", "b"], [["x", "y", "z"]])


def test_equal_rows_are_all_shown():
    assert render_table(["a"], [["x"], ["x"], ["x"]]).count("| x |") == 3


def test_wide_characters_stand_in_line():
    table = render_table(["host", "city"], [["a", "東京"], ["b", "Zürich"]])

    assert table.splitlines()[2:] == ["| a    | 東京   |", "| b    | Zürich |"]


def test_cells_cannot_break_the_table():
    assert render_table(["a"], [["x|y\nz"]]).splitlines()[2] == "| x\\|y\\nz |"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [("", ""), ("plain", "plain"), ("a\tb", "a\\tb"), ("||", "\\|\\|"), ("\r\n", "\\r\\n"), ("ß東", "ß東")],
)
def test_escape(text, escaped):
    assert escape(text) == escaped


@pytest.mark.parametrize(("text", "width"), [("", 0), ("abc", 3), ("ü", 1), ("東京", 4), ("a東", 3), ("Ａ", 2)])
def test_display_width(text, width):
    assert display_width(text) == width


@pytest.mark.parametrize(
    ("value", "text"), [(None, ""), (0, "0"), (2.0, "2.0"), (1.25, "1.2"), ("x", "x"), (True, "True")]
)
def test_cells_as_text(value, text):
    assert as_text(value) == text


def test_pad_on_either_side():
    assert pad("ab", 4) == "ab  "
    assert pad("ab", 4, right=True) == "  ab"
    assert pad("東", 4) == "東  "


def test_pad_does_not_cut():
    assert pad("abcdef", 3) == "abcdef"


def test_a_column_is_as_wide_as_its_widest_cell_or_header():
    assert column_widths(["a", "longer"], [["xyz", "b"], ["xy", "c"]]) == [3, 6]


def test_the_widest_of_nothing():
    assert widest([]) == 0


def test_bars():
    bars = render_bars({"12:00": 4, "12:01": 1, "9:02": 2}, width=8)

    assert bars.splitlines() == ["12:00 ######## 4", "12:01 ## 1", "9:02  #### 2"]


@pytest.mark.parametrize(("counts", "bars"), [({}, ""), ({"a": 0}, "a  0")])
def test_bars_of_nothing(counts, bars):
    assert render_bars(counts) == bars
