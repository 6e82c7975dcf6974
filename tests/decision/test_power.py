from __future__ import annotations

import math
import random
from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import Noise
from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import Trial
from pytest_autoloop.decision import detectable
from pytest_autoloop.decision.power import _Candidate
from pytest_autoloop.decision.power import _kept

from .noises import SIGMA
from .noises import heavy_tails

FIRST_LEVEL = 2.5e-5


@given(
    st.lists(st.floats(-0.1, 0.1), min_size=60, max_size=60),
    st.floats(-0.02, 0.1),
    st.floats(1e-3, 0.1),
    st.sampled_from([FIRST_LEVEL, 0.001, 0.05, 0.5]),
)
def test_same_as_a_trial(noise: list[float], gain: float, sigma: float, level: float) -> None:
    """The simulation decides as a trial does."""
    trial = Trial.start(Rule(), level, sigma)
    for error in noise:
        trial = trial.after(gain + error)
        if trial.decision != "continue":
            break

    assert (trial.decision == "keep") == _kept(_Candidate(sigma, noise), gain, level, Rule())


def test_keeps_its_promise() -> None:
    """Candidates with the gain that is promised to be seen are kept about as often as promised."""
    gain = detectable(SIGMA * 0.826**-1, FIRST_LEVEL, Rule(), power=0.9)
    scores = heavy_tails(random.Random(11))
    kept = 0
    for _ in range(400):
        trial = Trial.start(Rule(), FIRST_LEVEL, Noise.from_scores(list(islice(scores, 12))).sigma)
        while trial.decision == "continue":
            trial = trial.after(gain + next(scores))
        kept += trial.decision == "keep"

    assert 0.85 <= kept / 400 <= 0.95


def test_monotone() -> None:
    """More noise, a smaller level or a firmer promise need a larger gain."""
    plain = detectable(0.02, FIRST_LEVEL, Rule())

    assert plain < detectable(0.04, FIRST_LEVEL, Rule())
    assert plain < detectable(0.02, FIRST_LEVEL / 1e6, Rule())
    assert plain > detectable(0.02, FIRST_LEVEL, Rule(), power=0.5)


def test_bounds() -> None:
    """Without noise what is seen is what is looked for; noise of 2 % lets 3 % be seen."""
    assert pytest.approx(0.02, rel=0.02) == detectable(1e-4, FIRST_LEVEL, Rule())
    assert 0.02 < detectable(0.02, FIRST_LEVEL, Rule()) < 0.035


def test_repeatable() -> None:
    """The same question has the same answer."""
    assert detectable(0.02, FIRST_LEVEL, Rule()) == detectable(0.02, FIRST_LEVEL, Rule())


def test_out_of_reach() -> None:
    """Where the duels allowed can't make the evidence, no gain is seen; where luck may forbid it, none is promised."""
    assert math.inf == detectable(0.02, FIRST_LEVEL, Rule(max_duels=16))
    assert detectable(0.02, FIRST_LEVEL, Rule(max_duels=17)) < math.inf


def test_crude_levels() -> None:
    """A level that chance alone reaches often enough lets any gain pass, and still comes to an answer."""
    assert detectable(0.02, 1.0, Rule(min_gain=-1.0), power=0.3) < 0.001


@pytest.mark.parametrize(("sigma", "level", "power"), [(0.0, 0.05, 0.9), (math.nan, 0.05, 0.9), (0.02, 0.0, 0.9), (0.02, 0.05, 1.0)])
def test_nonsense(sigma: float, level: float, power: float) -> None:
    """Noise, levels and chances that can't be are refused."""
    with pytest.raises(ValueError, match="must"):
        detectable(sigma, level, Rule(), power)
