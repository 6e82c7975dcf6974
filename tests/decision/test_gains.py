from __future__ import annotations

import itertools
import math
import random
from statistics import fmean
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import audit_duels
from pytest_autoloop.decision import audited
from pytest_autoloop.decision import coverage
from pytest_autoloop.decision import final


def test_audit_of_eight() -> None:
    """The gain is the mean of the middle four, the interval runs from the second to the seventh, all as ratios."""
    gain = audited([0.9, 0.1, 0.2, 0.3, -9.0, 0.4, 0.5, 9.0])

    assert pytest.approx(math.exp((0.2 + 0.3 + 0.4 + 0.5) / 4)) == gain.ratio
    assert (math.exp(0.1), math.exp(0.9)) == (gain.low, gain.high)


@pytest.mark.parametrize(("count", "rank"), [(1, 1), (2, 1), (4, 1), (5, 1), (8, 2), (9, 2), (12, 3), (20, 6)])
def test_ranks(count: int, rank: int) -> None:
    """Each number of duels has its ranks: of 8 and 9 the second, of 12 the third from either end."""
    gain = audited([index / 100 for index in range(1, count + 1)])

    assert pytest.approx((rank / 100, (count + 1 - rank) / 100)) == (math.log(gain.low), math.log(gain.high))


def test_final_of_twelve() -> None:
    """The headline runs from the third to the tenth of twelve duels."""
    gain = final([-9.0, -9.0, 0.1, 0.2, 0.2, 0.2, 0.2, 0.2, 0.8, 0.9, 9.0, 9.0])

    assert pytest.approx((0.1, 0.3, 0.9)) == (math.log(gain.low), math.log(gain.ratio), math.log(gain.high))


def test_known_coverages() -> None:
    """What is promised of 8, 9 and 12 duels."""
    assert [f"{coverage(*case):.3f}" for case in ((8, 2), (9, 2), (12, 3))] == ["0.930", "0.961", "0.961"]


@pytest.mark.parametrize("count", range(1, 11))
def test_coverage_by_counting(count: int) -> None:
    """Coverage is the share of all ways to put scores above or below the median that leave enough on either side."""
    ways = [sum(sides) for sides in itertools.product((0, 1), repeat=count)]

    for rank in range(1, (count + 1) // 2 + 1):
        assert pytest.approx(sum(rank <= above <= count - rank for above in ways) / len(ways)) == coverage(count, rank)


@given(st.lists(st.floats(-1e4, 1e4), min_size=1, max_size=200))
def test_gain_lies_in_its_interval(scores: list[float]) -> None:
    """Whatever the scores, the gain lies within the interval, and both within what was seen."""
    gain = audited(scores)

    assert gain.low <= gain.ratio * (1 + 1e-9)
    assert gain.ratio <= gain.high * (1 + 1e-9)
    assert all(map(math.isfinite, (gain.low, gain.ratio, gain.high)))


@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=30).flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))))
def test_order_does_not_matter(orders: tuple[list[float], list[float]]) -> None:
    """The order of the duels is of no account."""
    assert audited(orders[0]) == audited(orders[1])


@given(st.lists(st.floats(-1.0, 1.0), min_size=1, max_size=30))
def test_turning_the_sides_turns_the_gain(scores: list[float]) -> None:
    """With incumbent and candidate exchanged, all ratios are inverted."""
    gain, turned = audited(scores), audited([-score for score in scores])

    assert (1 / turned.ratio, 1 / turned.high, 1 / turned.low) == pytest.approx((gain.ratio, gain.low, gain.high))


@pytest.mark.parametrize("scores", [[], [0.1, math.inf]])
def test_nonsense(scores: list[float]) -> None:
    """No duel, or scores that are no numbers, are refused."""
    with pytest.raises(ValueError, match="duel"):
        audited(scores)


@pytest.mark.parametrize(("count", "rank"), [(8, 0), (8, 5), (0, 1)])
def test_coverage_nonsense(count: int, rank: int) -> None:
    """There is no interval between ranks that cross."""
    with pytest.raises(ValueError, match="rank"):
        coverage(count, rank)


def test_small_gains_take_more_duels_to_tell() -> None:
    """Eight where the trial shows a gain clear of the noise, else twenty-four."""
    assert audit_duels([0.05] * 17, 0.02) == 8
    assert audit_duels([0.02] * 17, 0.02) == 24


def test_audits_do_not_flatter() -> None:
    """The number of duels depends on the trial alone: over 4,000 audits of a true 2 % in noise of 2 % nothing is added to it."""
    luck = random.Random(1)

    def scores(count: int) -> list[float]:
        return [luck.gauss(0.02, 0.02) for _ in range(count)]

    def chosen_by_the_audit() -> float:
        told = scores(8)
        return math.log(audited(told if audited(told).low > 1 else told + scores(16)).ratio)

    told = [math.log(audited(scores(audit_duels(scores(20), 0.02))).ratio) for _ in range(4000)]
    error = stdev(told) / math.sqrt(len(told))

    assert abs(fmean(told) - 0.02) < 3 * error < 0.0005
    assert fmean(chosen_by_the_audit() for _ in range(4000)) > 0.02 + 3 * error
