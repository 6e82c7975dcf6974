"""``python -m loglens access.log --where "status>=500"``"""

from __future__ import annotations

import argparse
import sys

from loglens.export import to_csv, to_json_lines
from loglens.parsing import parse_lines
from loglens.query import QueryError, select
from loglens.report import render_report
from loglens.sessions import drop_repeats, merge


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="loglens", description=__doc__)
    parser.add_argument("files", nargs="+", help="log files, each in order of time")
    parser.add_argument("--where", default="", metavar="QUERY", help="only the records that match")
    parser.add_argument("--unique", action="store_true", help="only the first record of every kind")
    parser.add_argument("--format", choices=["report", "csv", "json"], default="report")
    options = parser.parse_args(argv)

    records = []
    for name in options.files:
        with open(name, encoding="utf-8", errors="replace") as file:
            records = merge(records, parse_lines(file))
    try:
        records = select(records, options.where)
    except QueryError as error:
        parser.error(str(error))
    if options.unique:
        records = drop_repeats(records)

    writers = {"report": render_report, "csv": to_csv, "json": to_json_lines}
    sys.stdout.write(writers[options.format](records))
    return 0


if __name__ == "__main__":
    sys.exit(main())
