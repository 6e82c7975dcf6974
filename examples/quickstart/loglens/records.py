"""The record that every log line becomes, whatever its format was."""

from __future__ import annotations

from dataclasses import dataclass, field

#: From least to most serious; the position is the rank.
LEVELS = ["TRACE", "DEBUG", "INFO", "NOTICE", "WARNING", "ERROR", "CRITICAL"]

#: Names other programs use for our levels.
LEVEL_ALIASES = {
    "WARN": "WARNING",
    "ERR": "ERROR",
    "FATAL": "CRITICAL",
    "CRIT": "CRITICAL",
    "PANIC": "CRITICAL",
    "DBG": "DEBUG",
}


@dataclass
class Record:
    """One event.

    An access log fills ``method`` to ``agent``, an application log fills ``message`` and ``fields``;
    what a format doesn't know stays at its default.
    """

    time: float  # seconds since 1970, UTC
    host: str
    level: str = "INFO"
    message: str = ""
    method: str = ""
    path: str = ""
    status: int = 0
    size: int = 0  # bytes sent
    duration: float = 0.0  # milliseconds
    agent: str = ""
    fields: dict[str, str] = field(default_factory=dict)


def normal_level(name: str) -> str:
    """Our name of a level: ``warn`` and ``Warning`` are both ``WARNING``."""
    upper = name.upper()
    if upper in LEVEL_ALIASES:
        return LEVEL_ALIASES[upper]
    return upper


def level_rank(name: str) -> int:
    """The position of a level in the order of seriousness; an unknown level ranks as INFO."""
    level = normal_level(name)
    if level in LEVELS:
        return LEVELS.index(level)
    return LEVELS.index("INFO")


def is_error(record: Record) -> bool:
    """Whether the record tells of a failure on our side."""
    return record.level in ["ERROR", "CRITICAL"] or record.status >= 500
