"""The scale of a metric: fixed by the incumbent, good for any sign, and blind to what a candidate does with it."""

from __future__ import annotations

import math
import sys

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.judging.yardstick import Yardstick

FINITE = st.floats(allow_nan=False, allow_infinity=False)
LARGEST, SMALLEST = sys.float_info.max, math.ulp(0.0)


def test_ratio() -> None:
    """Where all values lie above 0 the score is a log ratio, positive where the candidate is better."""
    lower = Yardstick.of([{"t": 2.0}, {"t": 2.5}, {"t": 3.0}], "lower")
    higher = Yardstick.of([{"t": 2.0}], "higher")

    assert lower.score({"t": 2.0}, {"t": 1.0}) == pytest.approx(math.log(2))
    assert higher.score({"t": 2.0}, {"t": 1.0}) == pytest.approx(-math.log(2))
    assert lower.share(math.log(2)) == pytest.approx(1.0)


def test_difference() -> None:
    """Where a value of the incumbent is 0 or below, the score is the difference in units of its usual size."""
    found = Yardstick.of([{"t": -4.0}, {"t": -2.0}, {"t": -3.0}], "lower")

    assert found.score({"t": -3.0}, {"t": -3.3}) == pytest.approx(0.1)
    assert found.score({"t": -3.0}, {"t": 3.0}) == pytest.approx(-2.0)
    assert found.share(-0.1) == pytest.approx(0.1)
    assert Yardstick.of([{"t": 0.0}, {"t": 0.0}], "higher").score({"t": 0.0}, {"t": 0.5}) == pytest.approx(0.5)


def test_down_to_nothing() -> None:
    """A candidate that comes to 0 where the incumbent never did is much better where lower is, much worse where higher is."""
    assert Yardstick.of([{"t": 5.0}], "lower").score({"t": 5.0}, {"t": 0.0}) > math.log(1000)
    assert Yardstick.of([{"t": 5.0}], "higher").score({"t": 5.0}, {"t": -1.0}) < -math.log(1000)


def test_mean() -> None:
    """Several tests count alike, each on its own scale."""
    found = Yardstick.of([{"a": 100.0, "b": -1.0}], "lower")

    assert found.score({"a": 100.0, "b": -1.0}, {"a": 50.0, "b": -1.0}) == pytest.approx(math.log(2) / 2)
    assert found.scores({"a": 100.0, "b": -1.0}, {"a": 100.0, "b": -2.0}) == pytest.approx({"a": 0.0, "b": 1.0})


@given(st.lists(FINITE, min_size=1, max_size=5), FINITE, FINITE, st.sampled_from(["lower", "higher"]))
@example([8.98e307, 8.98e307], 1.0, 2.0, "lower")
@example([LARGEST, LARGEST], LARGEST, -LARGEST, "lower")
@example([-LARGEST, -LARGEST], -LARGEST, LARGEST, "higher")
@example([SMALLEST], 0.0, SMALLEST, "lower")
@example([SMALLEST, 2 * SMALLEST], -1.0, LARGEST, "higher")
@example([-SMALLEST, 0.0], LARGEST, -LARGEST, "lower")
def test_any_number(told: list[float], before: float, after: float, direction: str) -> None:
    """Whatever the values, a score is a finite number, and the opposite one the other way round."""
    found = Yardstick.of([{"t": value} for value in told], "lower" if direction == "lower" else "higher")
    score = found.score({"t": before}, {"t": after})

    assert math.isfinite(score)
    assert found.score({"t": after}, {"t": before}) == -score
