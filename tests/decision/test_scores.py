from __future__ import annotations

import math
import random
from statistics import fmean
from statistics import median
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import metric_score
from pytest_autoloop.decision import middle
from pytest_autoloop.decision import objective_score
from pytest_autoloop.decision import pair_score

durations = st.integers(1, 10**12)
pairs = st.lists(st.tuples(durations, durations), min_size=1, max_size=60)


def test_pair_score() -> None:
    """The median over pairs decides: one disturbed round in either process does nothing."""
    assert pytest.approx(math.log(2)) == pair_score([200, 200, 9_000], [100, 100, 100])
    assert pytest.approx(math.log(2)) == pair_score([200, 200, 200], [100, 9_000, 100])


@given(pairs)
def test_sides_are_alike(rounds: list[tuple[int, int]]) -> None:
    """With the sides exchanged, the score changes its sign and nothing else."""
    incumbent, candidate = zip(*rounds, strict=True)

    assert pytest.approx(-pair_score(candidate, incumbent)) == pair_score(incumbent, candidate)


def test_who_goes_first_does_not_matter() -> None:
    """Whoever has just run is faster by a tenth: with the median over all pairs the side of the odd one would win."""
    incumbent = [9_000, 10_000, 9_000, 10_000, 9_000]
    candidate = [10_000, 9_000, 10_000, 9_000, 10_000]

    assert pair_score(incumbent, candidate) == 0
    assert pytest.approx(-math.log(1.02)) == pair_score(incumbent, [round(1.02 * value) for value in candidate])


def test_duels_scatter_no_more_than_their_rounds_do() -> None:
    """A tenth for whoever begins a pair and 2 % of noise a round: 400 duels of equals scatter around 0, by what 31 rounds are good for."""
    luck = random.Random(1)

    def duel() -> tuple[list[int], list[int]]:
        first = luck.random() < 0.5
        cold = [(number % 2 == 0) == first for number in range(31)]
        incumbent = [round(1e7 * math.exp(luck.gauss(-0.1 * (not late), 0.02))) for late in cold]
        candidate = [round(1e7 * math.exp(luck.gauss(-0.1 * late, 0.02))) for late in cold]
        return incumbent, candidate

    rounds = [duel() for _ in range(400)]
    ours = [pair_score(*sides) for sides in rounds]
    over_all = [median(math.log(a / b) for a, b in zip(*sides, strict=True)) for sides in rounds]
    error = stdev(ours) / math.sqrt(len(ours))

    assert abs(fmean(ours)) < 3 * error
    assert stdev(ours) < 1.1 * 1.2533 * 0.02 * math.sqrt(2 / 31) < stdev(over_all) / 5


def test_middle_is_not_moved_by_outliers() -> None:
    """In either order, what is far out does not count."""
    assert middle([1.0, -1.0, 1.0, -1.0, 900.0, -1.0, 1.0, -800.0]) == 0


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=60), st.floats(-10, 10))
def test_middle_lies_within_and_moves_along(values: list[float], step: float) -> None:
    """It lies between the least and the greatest value, and moves when all of them move."""
    assert min(values) <= middle(values) <= max(values)
    assert pytest.approx(middle(values) + step, abs=1e-6) == middle([value + step for value in values])


@given(pairs)
def test_same_is_same(rounds: list[tuple[int, int]]) -> None:
    """Rounds that took equally long score 0."""
    incumbent, _ = zip(*rounds, strict=True)

    assert pair_score(incumbent, incumbent) == 0


def test_stopped_clock() -> None:
    """A clock that stood still or ran backwards counts as one nanosecond."""
    assert pytest.approx(math.log(1000)) == pair_score([1000], [0]) == pair_score([1000], [-50])
    assert pair_score([0], [-1]) == 0


@pytest.mark.parametrize(("incumbent", "candidate"), [([], []), ([1, 2], [1])])
def test_rounds_come_in_pairs(incumbent: list[int], candidate: list[int]) -> None:
    """Rounds without a partner can't be scored."""
    with pytest.raises(ValueError, match="pairs"):
        pair_score(incumbent, candidate)


def test_metric_score() -> None:
    """Better is positive, whichever direction is better."""
    assert pytest.approx(math.log(2)) == metric_score(200.0, 100.0)
    assert pytest.approx(math.log(2)) == metric_score(100.0, 200.0, direction="higher")


def test_metric_around_zero() -> None:
    """A metric that may be zero or negative is compared by difference, in units of a given scale."""
    assert metric_score(1.0, -2.0, scale=2.0) == 1.5
    assert metric_score(1.0, -2.0, direction="higher", scale=2.0) == -1.5
    with pytest.raises(ValueError, match="needs a scale"):
        metric_score(1.0, 0.0)


@pytest.mark.parametrize(("value", "scale"), [(math.nan, None), (math.inf, 1.0), (1.0, 0.0), (1.0, math.nan)])
def test_metric_nonsense(value: float, scale: float | None) -> None:
    """Values that are no numbers, and scales that are none, are refused."""
    with pytest.raises(ValueError, match="finite"):
        metric_score(1.0, value, scale=scale)


def test_objective_score() -> None:
    """The objective's score is the weighted mean of its benchmarks' scores; only the weights' proportions count."""
    scores = {"one": 0.1, "two": 0.4}

    assert pytest.approx(0.25) == objective_score(scores, {"one": 1.0, "two": 1.0})
    assert pytest.approx(0.3) == objective_score(scores, {"two": 20.0, "one": 10.0})


@given(st.dictionaries(st.text(max_size=3), st.tuples(st.floats(-1.0, 1.0), st.floats(1e-3, 1e3)), min_size=1, max_size=8))
def test_objective_is_a_mean(benchmarks: dict[str, tuple[float, float]]) -> None:
    """The mean lies between the best and the worst benchmark, and turns with them."""
    scores = {name: score for name, (score, _) in benchmarks.items()}
    weights = {name: weight for name, (_, weight) in benchmarks.items()}
    mean = objective_score(scores, weights)

    assert min(scores.values()) - 1e-12 <= mean <= max(scores.values()) + 1e-12
    assert pytest.approx(-mean) == objective_score({name: -score for name, score in scores.items()}, weights)


def test_objective_needs_all_its_benchmarks() -> None:
    """A benchmark that is missing, or isn't part of the objective, is named."""
    with pytest.raises(ValueError, match="two"):
        objective_score({"one": 0.1}, {"one": 1.0, "two": 1.0})
    with pytest.raises(ValueError, match="three"):
        objective_score({"one": 0.1, "three": 0.1}, {"one": 1.0})


@pytest.mark.parametrize("weights", [{}, {"one": 0.0}, {"one": math.nan}])
def test_weights_are_positive(weights: dict[str, float]) -> None:
    """Weights that can't make a mean are refused."""
    with pytest.raises(ValueError, match="weights"):
        objective_score(dict.fromkeys(weights, 0.1), weights)
