"""The report a person reads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from loglens.aggregate import summarise
from loglens.records import Record
from loglens.tables import render_bars, render_table

PATH_HEADERS = ["path", "requests", "errors", "bytes", "fastest", "median", "p95", "slowest"]


def human_bytes(size: float) -> str:
    """A number of bytes as a person would say it: ``1.5 kB``."""
    for unit in ["B", "kB", "MB", "GB"]:
        if size < 1000:
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size = size / 1000
    return f"{size:.1f} TB"


def heading(text: str) -> str:
    """A line of text, underlined."""
    return text + "\n" + "=" * len(text)


def minute_label(start: int) -> str:
    """The hour and minute of a time in UTC."""
    return time.strftime("%H:%M", time.gmtime(start))


def overview(summary: dict[str, Any]) -> str:
    """The figures at the top of a report."""
    slowest = summary["slowest"]
    lines = [
        f"records  {summary['records']}",
        f"hosts    {summary['hosts']}",
        f"errors   {summary['errors']}",
        f"bots     {summary['bots']}",
        f"sent     {human_bytes(summary['bytes'])}",
        f"slowest  {slowest.path} ({slowest.duration:.0f} ms)" if slowest else "slowest  -",
    ]
    return "\n".join(lines)


def render_summary(summary: dict[str, Any], title: str = "Log report") -> str:
    """A summary as text."""
    hosts = []
    for host, count in summary["top_hosts"]:
        hosts.append([host, count, summary["host_shares"][host] * 100])
    rows = []
    for row in summary["paths"]:
        cells = []
        for name in PATH_HEADERS:
            cells.append(row[name])
        rows.append(cells)
    minutes = {}
    for start, count in summary["per_minute"].items():
        minutes[minute_label(start)] = count
    parts = [
        heading(title),
        overview(summary),
        heading("Hosts"),
        render_table(["host", "count", "share"], hosts),
        heading("Paths"),
        render_table(PATH_HEADERS, rows),
        heading("Requests per minute"),
        render_bars(minutes),
    ]
    return "\n\n".join(parts) + "\n"


def render_report(records: Sequence[Record], title: str = "Log report") -> str:
    """The report on these records."""
    return render_summary(summarise(records), title)
