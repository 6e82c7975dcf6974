"""What the benches make of their measurements: robust figures, tests of chance, tables in Markdown."""

from __future__ import annotations

import math
from itertools import pairwise
from statistics import fmean
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def robust_sigma(values: Sequence[float]) -> float:
    """Return the standard deviation as the median deviation from zero tells it: that of nulls, whatever their tails."""
    return 1.4826 * median(map(abs, values))


def lag_one(series: Sequence[Sequence[float]]) -> tuple[float, float]:
    """Return the correlation of neighbours within the series, and what chance alone gives 95 % of the time; tails are clipped."""
    limit = 3 * robust_sigma([value for part in series for value in part])
    clipped = [[max(-limit, min(limit, value)) for value in part] for part in series]
    pairs = [(a, b) for part in clipped for a, b in pairwise(part)]
    spread = sum(value * value for part in clipped for value in part) / max(1, sum(map(len, clipped)))
    if not pairs or not spread:
        return 0.0, 1.0
    return fmean(a * b for a, b in pairs) / spread, 1.96 / math.sqrt(len(pairs))


def coin(heads: int, tosses: int) -> float:
    """Return how probable a count of heads at least this far from the half is with a fair coin (exact, two-sided)."""
    tail = min(heads, tosses - heads)
    outcomes: int = 2**tosses
    return min(1.0, 2 * sum(math.comb(tosses, count) for count in range(tail + 1)) / outcomes)


def markdown(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table."""
    widths = [max(len(row[column]) for row in (header, *rows)) for column in range(len(header))]
    lines = [header, ["-" * width for width in widths], *rows]
    return "\n".join("| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines)
