"""Honest work that is no improvement: layout, other names, regressions, trade-offs, bugs. None of it may be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .editing import GRAPH
from .editing import JOURNAL
from .editing import NUMBERS
from .editing import ORDERS
from .editing import WORDS
from .editing import both
from .editing import head
from .editing import put
from .editing import sub
from .editing import swap
from .entry import NOT_KEPT
from .entry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _no_better(
    name: str,
    row: str,
    change: Callable[[Path], None],
    stage: str | None = "measure",
    allowed: tuple[str, ...] = ("rejected",),
    reason: str = "",
    *,
    long: bool = False,
) -> Entry:
    return Entry(name=name, row=row, kind="null", change=change, allowed=allowed, stage=stage, reason=reason, long=long)


_RENAMED = """
def spread(series, smooth):
    if not series:
        raise ValueError("no values")
    middle = sum(series) / len(series)
    amount = 0.0
    final = series[0]
    for value in series:
        amount += math.pow(value - middle, 2)
        final = smooth * value + (1.0 - smooth) * final
    return {"mean": middle, "deviation": math.sqrt(amount / len(series)), "last": final}
"""

NULLS: tuple[Entry, ...] = (
    _no_better(
        "comments",
        "Layout",
        sub(GRAPH, "    seen = [start]", "    # Where we have been.\n    seen = [start]"),
        "screen",
        reason="comments or layout only",
    ),
    _no_better("other names", "Nothing", swap(NUMBERS, _RENAMED)),
    _no_better(
        "other names once more",
        "Nothing",
        both(swap(NUMBERS, _RENAMED), head(NUMBERS, "# As before.\n")),
        "screen",
        reason="same as experiment",
    ),
    _no_better(
        "order of statements",
        "Nothing",
        sub(ORDERS, "    total = 0\n    lines = []\n    reduced = []\n", "    reduced = []\n    lines = []\n    total = 0\n"),
        long=True,
    ),
    _no_better(
        "helper pulled out",
        "Nothing",
        both(
            sub(GRAPH, "\n\n\ndef distances", "\n\n\ndef _next(queue):\n    return queue.pop(0)\n\n\ndef distances"),
            sub(GRAPH, "node, far = queue.pop(0)", "node, far = _next(queue)"),
        ),
        long=True,
    ),
    _no_better(
        "what nothing measures",
        "Nothing",
        sub(
            ORDERS,
            "raise ValueError(f\"{order['name']}: the price must not be negative\")",
            "raise ValueError(f\"{order['name']}: the price has to be positive\")",
        ),
        None,
        NOT_KEPT,
        long=True,
    ),
    _no_better(
        "five per cent slower",
        "Regression",
        sub(NUMBERS, "        prime = True\n", "        prime = True\n        number & 1 and number & 1\n"),
    ),
    _no_better(
        "twice as slow",
        "Regression",
        sub(
            WORDS,
            "            line = line + str(cell).strip()",
            "            line = line + str(cell).strip().strip().strip().strip()\n            str(cell)",
        ),
        long=True,
    ),
    _no_better(
        "one faster, one slower",
        "Trade-off",
        both(
            sub(GRAPH, "seen = [start]", "seen = {start}"),
            sub(GRAPH, "seen.append(other)", "seen.add(other)"),
            sub(
                WORDS,
                "            line = line + str(cell).strip()",
                "            line = line + str(cell).strip()\n            sorted(str(cell) * 3)",
            ),
        ),
        None,
        reason="slower|no |gain",
        long=True,
    ),
    _no_better(
        "wrong at the edge", "Bug", sub(NUMBERS, "for number in range(2, n):", "for number in range(2, n + 1):"), "gate", reason="failed"
    ),
    _no_better(
        "wrong for nothing",
        "Bug",
        swap(
            WORDS,
            """
            def frequencies(text):
                found = re.findall("[a-z]+", text.lower())
                found.remove("the")
                return Counter(word for word in found if word not in STOP)
            """,
        ),
        "gate",
        reason="failed",
    ),
    _no_better(
        "wrong where only a benchmark looks",
        "Bug",
        swap(
            NUMBERS,
            """
            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                return [number for number in range(2, n) if number < 4 or pow(2, number, number) == 2]
            """,
        ),
        None,
        NOT_KEPT,
    ),
    _no_better(
        "wrong in the last digits",
        "Bug",
        swap(
            NUMBERS,
            """
            def spread(values, smooth):
                if not values:
                    raise ValueError("no values")
                count = len(values)
                mean = sum(values) / count
                squares = sum([value * value for value in values])
                last = values[0]
                rest = 1.0 - smooth
                for value in values:
                    last = smooth * value + rest * last
                return {"mean": mean, "deviation": math.sqrt(squares / count - mean * mean), "last": last}
            """,
        ),
        None,
        NOT_KEPT,
        long=True,
    ),
    _no_better(
        "counts lost in a counter",
        "Bug",
        swap(
            WORDS,
            """
            def frequencies(text):
                found = re.findall("[a-z]+", "\\n".join(text.lower().split("\\n")[:30]))
                return Counter([word for word in found if word not in STOP])
            """,
        ),
        None,
        NOT_KEPT,
        long=True,
    ),
    _no_better(
        "order of the result lost",
        "Bug",
        swap(
            GRAPH,
            """
            def distances(edges, start):
                steps = {}
                border, far = {start}, 0
                while border:
                    for node in sorted(border, reverse=True):
                        steps[node] = far
                    border = {other for node in border for other in edges.get(node, [])} - steps.keys()
                    far += 1
                return steps
            """,
        ),
        None,
        NOT_KEPT,
        long=True,
    ),
    _no_better("does not compile", "Bug", sub(JOURNAL, "size = 0", "size = = 0"), "screen", reason="does not compile"),
    _no_better("nested too deeply", "Bug", head(JOURNAL, f"DEEP = {'-' * 10_000}1\n"), "screen", reason="nested|too complex|compile"),
    _no_better("a sum of very many terms", "Nothing", head(JOURNAL, f"LONG = {'1 + ' * 700}1\n"), None, NOT_KEPT),
    _no_better("cannot be imported", "Bug", head(JOURNAL, "import tally_that_is_not_there\n"), "gate"),
    _no_better("new module that nothing uses", "Nothing", put("src/tally/spare.py", "def spare():\n    return 1\n"), None, long=True),
)
