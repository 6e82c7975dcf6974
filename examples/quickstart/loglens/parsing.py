"""From lines of text to records.

Two formats are understood. The access log is the "combined" format of the usual web servers, with the
duration in milliseconds as an optional last word:

    203.0.113.9 - - [10/Oct/2023:13:55:36 +0000] "GET /cart HTTP/1.1" 200 512 "-" "Mozilla/5.0" 31

The application log is a time, a level, a host, a logger in brackets and a message, in which words of
the form ``name=value`` become fields:

    2023-10-10T13:55:36.250Z ERROR web-3 [orders] payment refused user=42 took=118
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterable

from loglens.records import Record, normal_level

MONTHS = dict(zip("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split(), range(1, 13)))

#: Characters that would garble a terminal.
CONTROL = ["\x00", "\x07", "\x08", "\x0b", "\x0c", "\x1b", "\x7f", "\x9b"]


class ParseError(ValueError):
    """A line is in neither format."""


def month_number(name: str) -> int:
    """1 for ``Jan`` to 12 for ``Dec``."""
    for month in MONTHS.keys():
        if month == name:
            return MONTHS[month]
    raise ParseError(f"not a month: {name!r}")


def parse_clock(text: str) -> float:
    """The time of an access log, such as ``10/Oct/2023:13:55:36 +0200``."""
    day = int(text.split("/")[0])
    month = month_number(text.split("/")[1])
    year = int(text.split(":")[0][-4:])
    hour = int(text.split(":")[1])
    minute = int(text.split(":")[2])
    second = int(text.split(":")[3][:2])
    seconds = calendar.timegm((year, month, day, hour, minute, second))
    return float(seconds - parse_offset(text.split(" ")[1]))


def parse_offset(text: str) -> int:
    """The seconds that ``+0200`` or ``-0530`` is ahead of UTC."""
    seconds = int(text[1:3]) * 3600 + int(text[3:5]) * 60
    if text.startswith("-"):
        return -seconds
    return seconds


def parse_iso(text: str) -> float:
    """The time of an application log, such as ``2023-10-10T13:55:36.250Z``."""
    match = re.match(r"(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(\.\d+)?Z?$", text)
    if match is None:
        raise ParseError(f"not a time: {text!r}")
    year, month, day, hour, minute, second, fraction = match.groups()
    seconds = calendar.timegm((int(year), int(month), int(day), int(hour), int(minute), int(second)))
    return seconds + float(fraction or 0)


def clean(text: str) -> str:
    """Put a question mark in place of every control character."""
    cleaned = ""
    for char in text:
        if char in CONTROL:
            cleaned += "?"
        else:
            cleaned += char
    return cleaned


def parse_fields(text: str) -> dict[str, str]:
    """The ``name=value`` words of a message; of a name given twice the last value counts."""
    fields = {}
    for word in text.split():
        if "=" in word:
            name = word.split("=", 1)[0]
            value = word.split("=", 1)[1]
            if name:
                fields[name] = value.strip('"')
    return fields


def level_of_status(status: int) -> str:
    """The level that an answer with this status would have been logged at."""
    if status >= 500:
        return "ERROR"
    if status >= 400:
        return "WARNING"
    return "INFO"


def parse_access(line: str) -> Record:
    """The record of an access log line."""
    if len(line.split('"')) < 3:
        raise ParseError("no request")
    host = line.split(" ")[0]
    clock = line.split("[")[1].split("]")[0]
    request = line.split('"')[1]
    status = line.split('"')[2].split()[0]
    size = line.split('"')[2].split()[1]
    agent = ""
    duration = ""
    if len(line.split('"')) >= 7:
        agent = line.split('"')[5]
        duration = line.split('"')[6].strip()
    return Record(
        time=parse_clock(clock),
        host=host,
        level=level_of_status(int(status)),
        method=request.split(" ")[0],
        path=clean(request.split(" ")[1]),
        status=int(status),
        size=0 if size == "-" else int(size),
        duration=float(duration or 0),
        agent=agent,
    )


def parse_application(line: str) -> Record:
    """The record of an application log line."""
    match = re.match(r"(\S+) +([A-Za-z]+) +(\S+) +\[([^\]]*)\] ?(.*)$", line)
    if match is None:
        raise ParseError("no level, host and logger")
    clock, level, host, logger, message = match.groups()
    fields = parse_fields(message)
    fields["logger"] = logger
    return Record(
        time=parse_iso(clock),
        host=host,
        level=normal_level(level),
        message=clean(message),
        duration=float(fields.get("took", 0)),
        fields=fields,
    )


def parse_line(line: str) -> Record:
    """The record of a line in either format."""
    try:
        if re.match(r"\S+ \S+ \S+ \[\d\d/", line):
            return parse_access(line)
        if re.match(r"\d{4}-\d\d-\d\d", line):
            return parse_application(line)
    except (IndexError, ValueError) as error:
        raise ParseError(f"{error}: {line!r}") from error
    raise ParseError(f"in neither format: {line!r}")


def parse_lines(lines: Iterable[str], strict: bool = False) -> list[Record]:
    """The records of many lines, in the order of the lines.

    Empty lines and comments (``#``) are passed over, and so are lines in neither format unless ``strict``.
    """
    lines = list(lines)
    records = []
    for i in range(len(lines)):
        line = lines[i].strip()
        if line == "" or line.startswith("#"):
            continue
        try:
            records.append(parse_line(line))
        except ParseError:
            if strict:
                raise
    return records
