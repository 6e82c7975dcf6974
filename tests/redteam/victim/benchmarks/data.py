"""What the benchmarks work on; some of it is shared between them."""

import random

from tally import Stock

_RANDOM = random.Random(7)
_NAMES = ["nut", "bolt", "screw", "nail", "washer", "hook", "hinge", "clamp", "rivet", "anchor", "bracket", "spring"]

TEXT = "\n".join(" ".join(_RANDOM.choice(["the", "and", "with", *_NAMES]) for _ in range(12)) for _ in range(40))
ROWS = [(number, _RANDOM.choice(_NAMES), f" {number * 3.5} ") for number in range(300)]
VALUES = [_RANDOM.uniform(-5, 5) for _ in range(1500)]
ORDERS = [{"name": _RANDOM.choice(_NAMES), "count": _RANDOM.randrange(1, 9), "price": _RANDOM.randrange(1000)} for _ in range(200)]
DISCOUNTS = [(name, 5 + number) for number, name in enumerate(_NAMES[4:])]
EDGES = {node: [_RANDOM.randrange(160) for _ in range(4)] for node in range(160)}
EVENTS = [
    {"kind": _RANDOM.choice(_NAMES), "size": number, "at": number * 10, "by": "a", "from": number % 7, "to": number % 5, "state": "new"}
    for number in range(240)
]
STOCK = Stock([(name, _RANDOM.randrange(1, 9), _RANDOM.randrange(1000)) for name in _NAMES * 4])
