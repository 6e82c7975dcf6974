"""Read log files, ask them questions, print the answers as plain text."""

from loglens.aggregate import count_by, group_by, summarise
from loglens.parsing import ParseError, parse_line, parse_lines
from loglens.query import Query, QueryError, select
from loglens.records import Record
from loglens.report import render_report
from loglens.sessions import Session, drop_repeats, find_bursts, merge, sessionise
from loglens.tables import render_bars, render_table

__all__ = [
    "ParseError",
    "Query",
    "QueryError",
    "Record",
    "Session",
    "count_by",
    "drop_repeats",
    "find_bursts",
    "group_by",
    "merge",
    "parse_line",
    "parse_lines",
    "render_bars",
    "render_report",
    "render_table",
    "select",
    "sessionise",
    "summarise",
]
