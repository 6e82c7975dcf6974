"""What the ``autoloop_metric`` fixture gives a test: a seed, and a place for numbers that the loop may improve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING
from typing import Any
from typing import Literal
from typing import SupportsFloat

if TYPE_CHECKING:
    from collections.abc import Iterator

Direction = Literal["lower", "higher"]

FIXED_SEED = 20_090
"""The seed of every ordinary run of pytest, and of every gate."""

RESERVED = ("cpu", "wall", "memory", "mixed", "time")
"""What --autoloop-metric means something else by."""

_LONGEST_NAME = 80


class AutoloopMetric:
    """Records numbers of a test under names, each one time.

    ``seed`` is an ``int`` for all the test's random choices: the same in every ordinary run, another from pair to pair while the loop
    measures, the same for both sides of a pair.
    """

    def __init__(self, seed: int, properties: list[tuple[str, Any]]) -> None:
        self.seed = seed
        self._properties = properties
        self._recorded: dict[str, tuple[float, Direction]] = {}

    def __repr__(self) -> str:
        return f"<autoloop_metric seed={self.seed}>"

    def __call__(self, name: str, value: SupportsFloat, direction: Direction = "lower") -> None:
        """Record a number: an ``int``, a ``float``, or what converts to one, such as a NumPy scalar or a ``Decimal``.

        ``direction`` says whether ``"lower"`` or ``"higher"`` is better. Raises `TypeError` and `ValueError` for what is no number, no
        name or no direction, and if the test has recorded another number under that name. NaN and infinity are recorded as they are:
        it is the loop that refuses them.
        """
        number = _number(name, value)
        if direction not in ("lower", "higher"):
            raise ValueError(f"autoloop_metric: direction must be 'lower' or 'higher', not {direction!r}")
        if (before := self._recorded.get(name)) is not None:
            same = before[0] == number or (math.isnan(before[0]) and math.isnan(number))
            if not same or before[1] != direction:
                raise ValueError(
                    f"autoloop_metric: {name!r} was recorded as {before[0]} ({before[1]}) and now as {number} ({direction}): "
                    "a test records one number under a name"
                )
            return
        self._recorded[name] = (number, direction)
        self._properties.append((name, number))

    def recorded(self) -> Iterator[tuple[str, float, Direction]]:
        """Yield what was recorded."""
        for name, (value, direction) in self._recorded.items():
            yield name, value, direction


def _number(name: object, value: object) -> float:
    if not isinstance(name, str):
        raise TypeError(f"autoloop_metric: a metric's name is a str, not {name!r}")
    if not name or len(name) > _LONGEST_NAME or not name.isprintable() or name != name.strip():
        raise ValueError(f"autoloop_metric: {name[:_LONGEST_NAME]!r} is no name: it takes 1 to {_LONGEST_NAME} printable characters")
    if name.lower() in RESERVED:
        raise ValueError(f"autoloop_metric: {name!r} means something else to --autoloop-metric: choose another name")
    kind = type(value)
    # A bool is an int to Python, and NumPy has one of its own; text converts to a float as well, but by accident.
    if kind.__name__ in ("bool", "bool_") or not (hasattr(kind, "__float__") or hasattr(kind, "__index__")):
        raise TypeError(f"autoloop_metric: {name!r} must be a number, not {kind.__name__}")
    try:
        return float(value)  # type: ignore[arg-type]
    except OverflowError:
        return math.inf if value > 0 else -math.inf  # type: ignore[operator]
