"""Counting, grouping and summing up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from loglens.records import Record, is_error

#: Words by which crawlers and health checks give themselves away.
BOT_WORDS = (
    "bot crawl spider slurp scan curl wget python java/ go-http libwww okhttp monitor health uptime preview"
).split()


def column(records: Iterable[Record], name: str) -> list[Any]:
    """The values of one attribute, one for each record."""
    values = []
    for record in records:
        values.append(getattr(record, name))
    return values


def tally(values: Iterable[Any]) -> dict[Any, int]:
    """How often each value occurs, in the order of first appearance."""
    counts = {}
    for value in values:
        if value in counts:
            counts[value] += 1
        else:
            counts[value] = 1
    return counts


def distinct(values: Iterable[Any]) -> list[Any]:
    """The different values, in the order of first appearance."""
    found = []
    for value in values:
        if value not in found:
            found.append(value)
    return found


def count_by(records: Iterable[Record], name: str) -> dict[Any, int]:
    """How many records there are for each value of an attribute."""
    return tally(column(records, name))


def group_by(records: Iterable[Record], name: str) -> dict[Any, list[Record]]:
    """The records for each value of an attribute."""
    groups: dict[Any, list[Record]] = {}
    for record in records:
        key = getattr(record, name)
        if key not in groups.keys():
            groups[key] = []
        groups[key].append(record)
    return groups


def top(counts: dict[Any, int], n: int) -> list[tuple[Any, int]]:
    """The ``n`` most frequent values with their counts; of equals the one that came first is first."""
    ranked = sorted(counts.items(), key=lambda item: item[1], reverse=True)
    return ranked[:n]


def shares(counts: dict[Any, int]) -> dict[Any, float]:
    """Each count as a part of the whole, between 0 and 1."""
    parts = {}
    for key in counts:
        parts[key] = counts[key] / sum(counts.values())
    return parts


def smallest(values: Iterable[float]) -> float:
    """The least of the values, 0 if there are none."""
    try:
        return sorted(values)[0]
    except IndexError:
        return 0.0


def largest(values: Iterable[float]) -> float:
    """The greatest of the values, 0 if there are none."""
    values = list(values)
    if not values:
        return 0.0
    return sorted(values)[-1]


def percentile(values: Sequence[float], percent: float) -> float:
    """The value that ``percent`` of the values don't exceed (nearest rank), 0 if there are none."""
    ordered = sorted(list(values))
    if not ordered:
        return 0.0
    rank = math.ceil(percent / 100 * len(ordered))
    return ordered[max(rank, 1) - 1]


def total_size(records: Sequence[Record]) -> int:
    """The bytes sent, in all."""
    total = 0
    for i in range(len(records)):
        total += records[i].size
    return total


def count_errors(records: Iterable[Record]) -> int:
    """How many records tell of a failure on our side."""
    errors = 0
    for record in records:
        if is_error(record):
            errors += 1
    return errors


def slowest(records: Iterable[Record]) -> Record | None:
    """The record with the longest duration, the last one if several are equally slow."""
    ordered = sorted(records, key=lambda record: record.duration)
    if not ordered:
        return None
    return ordered[-1]


def is_bot(agent: str) -> bool:
    """Whether a user agent is a program rather than a person's browser."""
    for word in BOT_WORDS:
        if word in agent.lower():
            return True
    return False


def count_bots(records: Iterable[Record]) -> int:
    """How many requests came from programs."""
    bots = 0
    for record in records:
        if is_bot(record.agent):
            bots += 1
    return bots


def per_interval(records: Iterable[Record], seconds: int = 60) -> dict[int, int]:
    """How many records fall into each interval; the keys are the intervals' starts, in order."""
    starts = []
    for record in records:
        starts.append(int(record.time // seconds) * seconds)
    return tally(sorted(starts))


def summarise_path(path: str, records: Sequence[Record]) -> dict[str, Any]:
    """The line of a summary that is about one path."""
    durations = column(records, "duration")
    return {
        "path": path,
        "requests": len(records),
        "errors": count_errors(records),
        "bytes": total_size(records),
        "fastest": smallest(durations),
        "median": percentile(durations, 50),
        "p95": percentile(durations, 95),
        "slowest": largest(durations),
    }


def summarise(records: Sequence[Record]) -> dict[str, Any]:
    """All the figures a report is made of."""
    paths = []
    for path, group in group_by(records, "path").items():
        paths.append(summarise_path(path, group))
    return {
        "records": len(records),
        "hosts": len(distinct(column(records, "host"))),
        "errors": count_errors(records),
        "bots": count_bots(records),
        "bytes": total_size(records),
        "statuses": count_by(records, "status"),
        "levels": shares(count_by(records, "level")),
        "top_hosts": top(count_by(records, "host"), 10),
        "host_shares": shares(count_by(records, "host")),
        "slowest": slowest(records),
        "per_minute": per_interval(records),
        "paths": sorted(paths, key=lambda row: (-row["requests"], row["path"])),
    }
