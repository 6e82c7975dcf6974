"""Whether simpler code is not worse by a margin: seeded simulations of the rule."""

from __future__ import annotations

import random

from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import Trial

MARGIN = 0.03


def kept(true: float, level: float, sigma: float, count: int, seed: int) -> float:
    """Return the share of candidates that are kept, of a true score, under normal noise with now and then a wild duel."""
    luck = random.Random(seed)
    found = 0
    for _ in range(count):
        trial = Trial.start(Rule(), level, sigma, margin=MARGIN)
        while trial.decision == "continue":
            trial = trial.after(true + luck.gauss(0.0, sigma if luck.random() < 0.95 else 6 * sigma))
        found += trial.decision == "keep"
    return found / count


def test_truly_worse() -> None:
    """What is worse by the whole margin is kept no more often than the level allows."""
    assert kept(-MARGIN, 0.05, 0.015, 3000, seed=1) <= 0.05
    assert kept(-MARGIN, 2.5e-5, 0.015, 3000, seed=2) == 0.0


def test_equal() -> None:
    """What is as good is mostly kept, at a run's first level, and what is better always."""
    assert kept(0.0, 2.5e-5, 0.015, 300, seed=3) > 0.9
    assert kept(0.03, 2.5e-5, 0.015, 100, seed=4) == 1.0
