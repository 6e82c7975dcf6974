"""How the values of settings are written. Each function raises `ValueError` with what would have made sense."""

from __future__ import annotations

import math
import re
from pathlib import PurePosixPath
from typing import Literal
from typing import get_args

Isolation = Literal["auto", "process", "landlock", "bwrap"]


def parse_text(text: str) -> str | None:
    """Return a text; an empty one on the command line takes back what ini says."""
    return text or None


def parse_inside(text: str) -> str:
    """Return a path that leads to somewhere below the top of the repository."""
    path = PurePosixPath(text)
    if path.is_absolute() or ".." in path.parts or path.parts[:1] in ((), (".git",)):
        raise ValueError("path below the top of the repository")
    return text


_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def parse_duration(text: str) -> float:
    """Return the seconds of a time such as 90s, 20m or 1h30m."""
    parts = re.findall(r"([\d.]+)\s*([smhd])", text.lower())
    try:
        if parts and not re.sub(r"([\d.]+)\s*([smhd])\s*", "", text.lower()).strip():
            seconds = sum(float(number) * _UNITS[unit] for number, unit in parts)
        else:
            seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not (math.isfinite(seconds) and seconds > 0):
        raise ValueError("time such as 90s, 20m or 8h")
    return seconds


def parse_share(text: str) -> float:
    """Return a share between 0 and 1."""
    try:
        value = float(text.strip().removesuffix("%")) / (100 if "%" in text else 1)
    except ValueError:
        value = math.nan
    if not 0 < value < 1:
        raise ValueError("share between 0 and 1, such as 0.05 or 5%")
    return value


def parse_growth(text: str) -> float:
    """Return a share of any size, or 0."""
    try:
        value = float(text.strip().removesuffix("%")) / (100 if "%" in text else 1)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf:
        raise ValueError("share such as 20% or 1.5, or 0 for any amount")
    return value


def parse_metric(text: str) -> str | None:
    """Return what is measured, or the name of a recorded metric."""
    if text != text.strip() or not text.isprintable():
        raise ValueError("metric: cpu, wall, memory or a name that tests record")
    return text or None


def parse_ratio(text: str) -> float:
    """Return a ratio above 1."""
    try:
        value = float(text.lower().strip().removesuffix("x"))
    except ValueError:
        value = math.nan
    if not (math.isfinite(value) and value > 1):
        raise ValueError("ratio above 1, such as 2x")
    return value


def parse_count(text: str) -> int:
    """Return a whole number."""
    if not re.fullmatch("[0-9]{1,15}", text):
        raise ValueError("whole number")
    return int(text)


def parse_control(text: str) -> str:
    """Return what a risk bounds."""
    if text not in ("fdr", "family"):
        raise ValueError("choice: fdr or family")
    return text


def parse_isolation(text: str) -> str:
    """Return a level of isolation, or auto."""
    if text not in get_args(Isolation):
        raise ValueError("level: auto, process, landlock or bwrap")
    return text


def parse_variable(text: str) -> str:
    """Return the name of a variable."""
    if "=" in text or not text.isprintable():
        raise ValueError("name of a variable: its value is the one it has here")
    return text


def parse_memoise(text: str) -> str:
    """Return the policy on remembered results."""
    if text not in ("flag", "allow"):
        raise ValueError("choice: flag or allow")
    return text


def parse_tolerance(text: str) -> tuple[str, float]:
    """Return a glob of node ids and the relative error that is tolerated there."""
    # A node id may hold an equals sign itself: the last one counts.
    glob, _, error = text.rpartition("=")
    return glob or "*", float(error)


def parse_checked_tolerance(text: str) -> str:
    """Return a rule for tolerance as it is written."""
    try:
        error = parse_tolerance(text)[1]
    except ValueError:
        error = math.nan
    if not 0 < error < 1:
        raise ValueError("relative error, such as 1e-9 or GLOB=1e-9")
    return text
