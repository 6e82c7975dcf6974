"""Noise that is anything but normal: endless differences between the two sides of a duel, about 2 % apart."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import random

Source = Iterator[float]
SIGMA = 0.02


def heavy_tails(luck: random.Random) -> Source:
    """Student's t with 2 degrees of freedom."""
    while True:
        yield SIGMA * luck.gauss(0.0, 1.0) / math.sqrt(luck.expovariate(1.0))


def bimodal(luck: random.Random) -> Source:
    """Processes come in a fast and a slow mode."""
    while True:
        yield SIGMA * (1.5 * (luck.choice((0, 1)) - luck.choice((0, 1))) + luck.gauss(0.0, 0.4))


def drifting(luck: random.Random) -> Source:
    """The scale swings by a factor of ten, and first one side and then the other is ahead."""
    for duel in itertools.count(luck.randrange(1000)):
        yield SIGMA * (10 ** (0.5 * math.sin(duel / 50)) * luck.gauss(0.0, 0.6) + math.sin(duel / 31))


def autocorrelated(luck: random.Random) -> Source:
    """A duel comes out nearly as the one before."""
    value = luck.gauss(0.0, 1.0)
    while True:
        yield SIGMA * value
        value = 0.98 * value + math.sqrt(1 - 0.98**2) * luck.gauss(0.0, 1.0)


SHAPES: tuple[Callable[[random.Random], Source], ...] = (heavy_tails, bimodal, drifting, autocorrelated)


def null_scores(shape: Callable[[random.Random], Source], luck: random.Random) -> Source:
    """Scores of candidates that change nothing: in every duel chance decides which side is the candidate's."""
    for difference in shape(luck):
        yield difference if luck.random() < 0.5 else -difference
