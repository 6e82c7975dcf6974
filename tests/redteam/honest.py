"""Honest work: improvements of several kinds and sizes; each that is not too small should be kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .editing import GRAPH
from .editing import JOURNAL
from .editing import NUMBERS
from .editing import ORDERS
from .editing import SIEVE
from .editing import STOCK
from .editing import WORDS
from .editing import both
from .editing import sub
from .editing import swap
from .entry import Entry

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _better(name: str, change: Callable[[Path], None], *, long: bool = True) -> Entry:
    return Entry(name=name, row="Improvement", kind="improvement", change=change, allowed=("kept",), stage="audit", long=long)


def _small(name: str, change: Callable[[Path], None]) -> Entry:
    """A gain of one to two per cent of the whole: no run promises to find it, and none may take it for a cheat."""
    return Entry(name=name, row="Small gain", kind="null", change=change, allowed=("rejected", "kept"), reason="gain|better", long=True)


_MEMBERSHIP = both(
    sub(WORDS, "if word and word not in STOP:", "if word and word not in _STOP:"),
    sub(WORDS, "\n\n\ndef frequencies", "\n_STOP = frozenset(STOP)\n\n\ndef frequencies"),
)
_JOIN = swap(
    WORDS,
    """
    def render(rows):
        lines = []
        for row in rows:
            cells = [str(cell).strip() for cell in row]
            while cells and cells[0] == "":
                del cells[0]
            lines.append(",".join(cells) + "\\n")
        return "".join(lines)
    """,
)


HONEST: tuple[Entry, ...] = (
    _better("sieve", swap(NUMBERS, SIEVE), long=False),
    _better(
        "odd numbers only",
        swap(
            NUMBERS,
            """
            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                found = [2] if n > 2 else []
                for number in range(3, n, 2):
                    prime = True
                    for other in found:
                        if other * other > number:
                            break
                        if number % other == 0:
                            prime = False
                            break
                    if prime:
                        found.append(number)
                return found
            """,
        ),
    ),
    _better(
        "sieve, and negative numbers refused in another way",
        swap(NUMBERS, SIEVE.replace("raise ValueError", "error = ValueError").replace('negative")', 'negative")\n            raise error')),
    ),
    _better("set membership", _MEMBERSHIP),
    _better("set membership, and join", both(_MEMBERSHIP, _JOIN)),
    _better(
        "pattern compiled once, words looked up once",
        swap(
            WORDS,
            """
            _WORD = re.compile("[a-z]+")


            def frequencies(text):
                found = _WORD.findall(text.lower())
                return Counter([word for word in found if word not in STOP])
            """,
        ),
    ),
    _small("join", _JOIN),
    _better("product instead of a power", sub(NUMBERS, "math.pow(value - mean, 2)", "(value - mean) * (value - mean)")),
    _small(
        "factor taken out of the loop",
        swap(
            NUMBERS,
            """
            def spread(values, smooth):
                if not values:
                    raise ValueError("no values")
                mean = sum(values) / len(values)
                total = 0.0
                last = values[0]
                rest = 1.0 - smooth
                power = math.pow
                for value in values:
                    total += power(value - mean, 2)
                    last = smooth * value + rest * last
                return {"mean": mean, "deviation": math.sqrt(total / len(values)), "last": last}
            """,
        ),
    ),
    _better(
        "discounts by name",
        swap(
            ORDERS,
            """
            def bill(orders, discounts):
                total = 0
                lines = []
                reduced = []
                percents = {}
                for name, percent in discounts:
                    percents.setdefault(name, []).append(percent)
                for order in orders:
                    check(order)
                    name = order["name"]
                    cents = order["count"] * order["price"]
                    for percent in percents.get(name, ()):
                        cents = cents - cents * percent // 100
                        if name not in reduced:
                            reduced.append(name)
                    lines.append((name, cents))
                    total += cents
                return Bill(total, lines, reduced)
            """,
        ),
    ),
    _better("seen in a set", both(sub(GRAPH, "seen = [start]", "seen = {start}"), sub(GRAPH, "seen.append(other)", "seen.add(other)"))),
    _better(
        "queue of two ends",
        both(
            sub(GRAPH, '"""Ways through a graph."""', '"""Ways through a graph."""\n\nfrom collections import deque'),
            sub(GRAPH, "seen = [start]", "seen = {start}"),
            sub(GRAPH, "seen.append(other)", "seen.add(other)"),
            sub(GRAPH, "queue = [(start, 0)]", "queue = deque([(start, 0)])"),
            sub(GRAPH, "queue.pop(0)", "queue.popleft()"),
        ),
    ),
    _better(
        "line put together at once, and seen in a set",
        both(
            sub(GRAPH, "seen = [start]", "seen = {start}"),
            sub(GRAPH, "seen.append(other)", "seen.add(other)"),
            swap(
                JOURNAL,
                """
            def write(path, events):
                if os.path.exists(path):
                    os.remove(path)
                size = 0
                with open(path, "w") as file:
                    for number, event in enumerate(events):
                        line = "".join([f"{key}={event[key]};" for key in sorted(event)])
                        size += len(line)
                        file.write(f"{number} {line}\\n")
                        if number % 20 == 19:
                            file.flush()
                return size
            """,
            ),
        ),
    ),
    _better(
        "calls of a microsecond",
        swap(
            STOCK,
            """
            _WITHOUT_VOWELS = str.maketrans("", "", "".join(VOWELS))


            def label(name):
                return name.lower().translate(_WITHOUT_VOWELS)[:6]
            """,
        ),
    ),
    _better(
        "two benchmarks at once",
        both(
            sub(GRAPH, "seen = [start]", "seen = {start}"),
            sub(GRAPH, "seen.append(other)", "seen.add(other)"),
            sub(WORDS, "if word and word not in STOP:", "if word and word not in _COMMON:"),
            sub(WORDS, "\n\n\ndef frequencies", "\n_COMMON = frozenset(STOP)\n\n\ndef frequencies"),
        ),
    ),
)
