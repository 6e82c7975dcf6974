from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import Noise

scores = st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=30)


def test_sigma() -> None:
    """Sigma is the median absolute score of the calibration, scaled to a standard deviation."""
    assert pytest.approx(1.4826 * 0.02) == Noise.from_scores([0.01, -0.02, 0.5]).sigma


def test_calibration_is_centred_on_zero() -> None:
    """Incumbent against incumbent is a tie in truth, so scores that all lie on one side are noise too."""
    assert pytest.approx(1.4826 * 0.03) == Noise.from_scores([0.03] * 12).sigma


def test_floor() -> None:
    """Noise is never taken to be less than 1e-4, not even where nothing moved."""
    assert Noise.from_scores([0.0] * 12).sigma == 1e-4


@given(scores, st.lists(st.floats(-1.0, 1.0), min_size=3, max_size=60), st.floats(-1.0, 1.0))
def test_learning_ignores_the_candidates_gain(calibration: list[float], duels: list[float], gain: float) -> None:
    """How much better or worse a rejected candidate was says nothing about the noise."""
    noise = Noise.from_scores(calibration)

    learnt, shifted = (noise.learn([duel + shift for duel in duels]).sigma for shift in (0.0, gain))
    assert shifted == pytest.approx(learnt, abs=1e-9)


@given(scores, st.lists(st.floats(-1.0, 1.0), max_size=2))
def test_few_duels_teach_nothing(calibration: list[float], duels: list[float]) -> None:
    """Around the median of two duels there is no scatter to speak of."""
    noise = Noise.from_scores(calibration)

    assert noise is noise.learn(duels)


def test_window() -> None:
    """The last hundred duels count, so that noise follows the machine."""
    noise = Noise.from_scores([0.5] * 12)
    for _ in range(10):
        noise = noise.learn([-0.01, 0.01] * 5)

    assert len(noise.residuals) == 100
    assert pytest.approx(1.4826 * 0.01) == noise.sigma
    assert pytest.approx(1.4826 * 0.1) == Noise.from_scores([0.5] * 60 + [0.1] * 100).sigma


def test_learning_leaves_the_old_noise_alone() -> None:
    """A trial that was begun with a noise can't be influenced by what is learnt later."""
    noise = Noise.from_scores([0.01] * 12)
    before = noise.sigma
    noise.learn([0.5, -0.5, 0.4, -0.4] * 10)

    assert before == noise.sigma


def test_nonsense() -> None:
    """No calibration at all, or scores that are no numbers, are refused."""
    with pytest.raises(ValueError, match="no calibration duel"):
        Noise.from_scores([])
    with pytest.raises(ValueError, match="finite"):
        Noise.from_scores([0.1, math.nan])
    with pytest.raises(ValueError, match="finite"):
        Noise.from_scores([0.1]).learn([0.1, 0.2, math.inf])
