from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import is_deterministic
from pytest_autoloop.decision import judge_deterministic
from pytest_autoloop.decision import spread


def test_is_deterministic() -> None:
    """Three processes must agree to one part in ten thousand."""
    assert is_deterministic([12_345, 12_345, 12_345])
    assert is_deterministic([100_000, 100_005, 100_010])
    assert not is_deterministic([100_000, 100_005, 100_011])
    assert not is_deterministic([12_345, 12_345])


def test_spread() -> None:
    """The spread is relative, also for negative values; around zero it is as large as can be, unless nothing moves at all."""
    assert pytest.approx(0.2) == spread([9.0, 10.0, 11.0]) == spread([-9.0, -10.0, -11.0])
    assert spread([0, 0, 0]) == 0.0
    assert math.inf == spread([-1, 0, 1])


def test_keep() -> None:
    """Three pairs that all improve enough are a keep."""
    assert judge_deterministic([0.03, 0.021, 0.2]) == "keep"


def test_drop() -> None:
    """An improvement of just min_gain is not more than it."""
    assert judge_deterministic([0.02, 0.02, 0.02]) == "drop"
    assert judge_deterministic([0.02, 0.02, 0.02], min_gain=0.01) == "keep"


def test_noise_raises_the_bar() -> None:
    """An improvement must be ten times what incumbents differ by."""
    assert judge_deterministic([0.04, 0.04, 0.04], noise=0.005) == "drop"
    assert judge_deterministic([0.06, 0.06, 0.06], noise=0.005) == "keep"


def test_disagreement() -> None:
    """Pairs that disagree are no proof either way: such a candidate takes an ordinary trial."""
    assert judge_deterministic([0.03, 0.03, 0.0]) == "disagree"


@given(st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=6), st.floats(0.0, 0.1))
def test_keeps_are_improvements(scores: list[float], noise: float) -> None:
    """Nothing is kept that got worse in any pair."""
    if judge_deterministic(scores, noise) == "keep":
        assert min(scores) > 0.02


def test_nonsense() -> None:
    """Fewer than three pairs, and values that are no numbers, are refused."""
    with pytest.raises(ValueError, match="3 pairs"):
        judge_deterministic([0.1, 0.1])
    with pytest.raises(ValueError, match="finite"):
        judge_deterministic([0.1, 0.1, math.nan])
    with pytest.raises(ValueError, match="finite"):
        spread([1.0, math.nan])
