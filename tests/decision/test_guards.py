from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import Harm
from pytest_autoloop.decision import harm

scores = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=40)


def test_known_value() -> None:
    """Harm names the median loss and what the loss may be at best."""
    found = harm([-0.06, -0.05, -0.04, -0.05, -0.05, -0.06, -0.04, -0.05, -0.06])

    assert found is not None
    assert found.median == -0.05
    assert pytest.approx(-0.05 + 1.64 * 1.25 * 1.4826 * 0.01 / 3) == found.upper


def test_small_losses_are_tolerated() -> None:
    """A loss of 2 % or less is no harm, however sure it is."""
    assert harm([-0.019] * 50) is None
    assert harm([-0.021] * 50) == Harm(median=-0.021, upper=-0.021)
    assert harm([-0.021] * 50, limit=0.05) is None


def test_noise_is_no_harm() -> None:
    """A large loss among duels that scatter as widely is not held against a candidate."""
    assert harm([-0.2, 0.1, -0.05, 0.2, -0.1]) is None


def test_a_single_duel_is_no_harm() -> None:
    """One duel has no scatter to judge it by."""
    assert harm([-0.5]) is None


def test_two_duels_must_agree() -> None:
    """Two duels are harm if they differ by less than they lose."""
    assert harm([-0.05, -0.06]) is not None
    assert harm([-0.01, -0.1]) is None


@given(scores, st.floats(0.0, 1.0))
def test_losing_more_is_never_less_harm(values: list[float], loss: float) -> None:
    """A benchmark that is slower by a constant in each duel is harmed at least as much."""
    if harm(values) is not None:
        worse = harm([value - loss for value in values])
        assert worse is not None
        assert worse.upper < 0


@given(scores)
def test_harm_is_a_loss(values: list[float]) -> None:
    """What is reported as harm is a loss beyond the limit, with an upper bound at or above it and below 0."""
    found = harm(values)

    assert found is None or (found.median < -0.02 and found.median <= found.upper < 0)


def test_seldom_wrong() -> None:
    """With 25 duels in 3 % noise an unchanged benchmark is hardly ever called harmed, and one slower by 5 % nearly always."""
    luck = random.Random(7)
    drawn = [[luck.gauss(0.0, 0.03) for _ in range(25)] for _ in range(1000)]

    assert sum(harm(values) is not None for values in drawn) <= 10
    assert sum(harm([value - 0.05 for value in values]) is not None for values in drawn) >= 990


def test_many_looks_err_no_more_than_one() -> None:
    """Where eighteen are looked at in eight duels each, of a busy machine, unchanged code is seldom called harmed in any of them."""
    luck = random.Random(3)
    drawn = [[[luck.gauss(0.0, 0.05) for _ in range(8)] for _ in range(18)] for _ in range(300)]

    def errors(looks: int) -> int:
        return sum(any(harm(values, looks=looks) is not None for values in audit) for audit in drawn)

    assert errors(18) < 0.1 * len(drawn) < errors(1)
    assert harm([-0.05, -0.04, -0.05, -0.06, -0.05, -0.05], looks=18) is not None


@pytest.mark.parametrize("values", [[], [0.1, math.nan]])
def test_nonsense(values: list[float]) -> None:
    """No duel, or scores that are no numbers, are refused."""
    with pytest.raises(ValueError, match="duel"):
        harm(values)
