"""Whether a holdout shows a gain, from the intervals of both."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import unseen
from pytest_autoloop.experiment import Gain


def gain(low: float, high: float) -> Gain:
    return Gain(ratio=(low * high) ** 0.5, low=low, high=high)


@pytest.mark.parametrize(
    ("visible", "holdout", "lacks"),
    [
        ((1.27, 1.35), (0.99, 1.02), True),
        ((1.27, 1.35), (1.20, 1.30), False),
        ((1.44, 1.50), (1.05, 1.19), True),
        ((1.44, 1.50), (1.05, 1.21), False),
        ((1.44, 1.50), (0.90, 2.00), False),
        ((1.00, 1.10), (0.98, 0.99), False),
        ((0.90, 1.20), (0.80, 0.85), False),
        ((30.0, 33.0), (4.00, 5.00), True),
        ((0.0, 2.0), (1.0, 1.0), False),
        ((1.5, 2.0), (0.0, 0.0), True),
    ],
)
def test_examples(visible: tuple[float, float], holdout: tuple[float, float], *, lacks: bool) -> None:
    """Less than half the gain is lacking, by the interval's ends that speak for the candidate; a doubtful gain has nothing to lack."""
    assert unseen(gain(*visible), gain(*holdout)) is lacks


ratios = st.floats(0.5, 20)


@given(ratios, ratios, ratios)
def test_what_shows_as_much_lacks_nothing(one: float, other: float, more: float) -> None:
    """A holdout whose interval reaches the visible one is never said to lack its gain, and the wider it is, the less."""
    low, high = sorted((one, other))

    assert not unseen(gain(low, high), gain(min(more, low), high))
    assert not unseen(gain(low, high), gain(low * 0.5, max(high, more)))
