from __future__ import annotations

import dataclasses
import itertools
import math
from typing import Any

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import Trial
from pytest_autoloop.decision.eprocess import factor

FIRST_LEVEL = 2.5e-5
DEFAULT = Rule()
# Never gives up early and can't keep: for looking at the evidence alone.
ENDLESS = Rule(futility_z=1e6, max_duels=100_000)
UNREACHABLE = 5e-324

scores = st.floats(-2.0, 2.0)
sigmas = st.floats(1e-4, 1.0)


def fight(values: Any, *, rule: Rule = DEFAULT, level: float = FIRST_LEVEL, sigma: float = 0.02, margin: float = 0.0) -> Trial:
    trial = Trial.start(rule, level, sigma, margin=margin)
    for value in values:
        if trial.decision != "continue":
            break
        trial = trial.after(value)
    return trial


def test_known_values() -> None:
    """The evidence of four duels, computed independently."""
    trial = Trial.start(Rule(), FIRST_LEVEL, 0.02)
    evidence = []
    for score in (0.03, 0.01, 0.04, -0.005):
        trial = trial.after(score)
        evidence.append(round(trial.evidence, 4))

    assert evidence == [1.8328, 2.9742, 5.5744, 2.9434]
    assert trial.scores == (0.03, 0.01, 0.04, -0.005)
    assert trial.decision == "continue"


def test_start() -> None:
    """Before the first duel there is no evidence either way."""
    trial = Trial.start(Rule(), FIRST_LEVEL, 0.02)

    assert (trial.evidence, trial.log_evidence, trial.scores, trial.decision, trial.why) == (1.0, 0.0, (), "continue", "open after 0 duels")


@given(st.floats(1e-3, 1.0), st.floats(-1e6, 1e6), st.floats(1e-8, 1e3), st.floats(0.01, 0.99))
def test_factor_is_fair(bettor: float, score: float, sigma: float, cap: float) -> None:
    """A score of either sign with equal chance neither makes nor loses a bettor anything, and nobody ever loses everything."""
    rule = Rule(cap=cap)
    up, down = factor(bettor, score, sigma, rule), factor(bettor, -score, sigma, rule)

    assert pytest.approx((up + down) / 2, abs=1e-12) == 1.0
    assert 0 < 1 - cap - 1e-12 <= min(up, down) <= max(up, down) <= 1 + cap + 1e-12


@given(st.floats(-1.0, 1.0), st.floats(0.0, 1.0), sigmas)
def test_factor_grows_with_the_score(score: float, more: float, sigma: float) -> None:
    """A better score is never worse evidence."""
    assert factor(0.04, score, sigma, Rule()) <= factor(0.04, score + more, sigma, Rule())


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 1.0), min_size=1, max_size=8), sigmas)
def test_fair_game(sizes: list[float], sigma: float) -> None:
    """Whatever the sizes of the scores, the evidence averages to exactly 1 over all ways to give them signs."""
    patterns = list(itertools.product((1, -1), repeat=len(sizes)))
    total = sum(
        fight((sign * size for sign, size in zip(signs, sizes, strict=True)), rule=ENDLESS, level=UNREACHABLE, sigma=sigma).evidence
        for signs in patterns
    )

    assert pytest.approx(total / len(patterns), rel=1e-9) == 1.0


@settings(max_examples=50)
@given(st.lists(st.floats(0.0, 0.3), min_size=1, max_size=8), st.floats(0.02, 0.9), st.floats(0.005, 0.1))
def test_false_keeps_are_bounded_by_the_level(sizes: list[float], level: float, sigma: float) -> None:
    """Of all ways to give the scores signs, at most the level's share is ever kept, with the real stopping rule."""
    patterns = list(itertools.product((1, -1), repeat=len(sizes)))
    kept = sum(
        fight((sign * size for sign, size in zip(signs, sizes, strict=True)), level=level, sigma=sigma).decision == "keep"
        for signs in patterns
    )

    assert kept / len(patterns) <= level


@given(st.lists(scores, min_size=1, max_size=12).flatmap(lambda values: st.tuples(st.just(values), st.permutations(values))), sigmas)
def test_order_of_duels_does_not_matter(orders: tuple[list[float], list[float]], sigma: float) -> None:
    """The same scores in another order are the same evidence: no score changes how others count."""
    one, other = (fight(order, rule=ENDLESS, level=UNREACHABLE, sigma=sigma) for order in orders)

    assert one.log_evidence == pytest.approx(other.log_evidence, rel=1e-9, abs=1e-9)


@given(st.lists(scores, max_size=12), sigmas)
def test_evidence_knows_nothing_of_giving_up(values: list[float], sigma: float) -> None:
    """Settings of the stopping rule and the level change decisions, not the evidence."""
    plain = fight(values, rule=ENDLESS, level=UNREACHABLE, sigma=sigma)
    other = fight(values, rule=dataclasses.replace(ENDLESS, min_gain=0.5, futility_z=1e5), level=1e-300, sigma=sigma)

    assert plain.wealths == other.wealths


@given(st.lists(scores, max_size=12), sigmas)
def test_own_duels_never_enter_sigma(values: list[float], sigma: float) -> None:
    """The noise that a trial reckons with stays what it was when the trial began."""
    assert sigma == fight(values, sigma=sigma).sigma


@given(st.lists(st.floats(-1.0, 1e6), min_size=16, max_size=16), sigmas)
def test_sixteen_duels_are_never_enough(values: list[float], sigma: float) -> None:
    """However large a gain looks, it isn't kept before the 17th duel at the first level of a run."""
    assert fight(values, sigma=sigma).decision != "keep"


@pytest.mark.parametrize(("level", "duels"), [(2.5e-5, 17), (0.05 / 700, 15), (0.05, 5)])
def test_fewest_duels_of_a_keep(level: float, duels: int) -> None:
    """An obvious gain is kept as soon as the level allows."""
    trial = fight(itertools.repeat(0.5), level=level)

    assert ("keep", duels) == (trial.decision, len(trial.scores))


def test_keep_comes_before_the_end() -> None:
    """A candidate that proves itself in the very last duel is kept."""
    rule = Rule(max_duels=17)

    assert fight([0.5] * 17, rule=rule).decision == "keep"
    assert fight([0.5] * 16, rule=dataclasses.replace(rule, max_duels=16)).decision == "drop"


def test_keep_comes_before_giving_up() -> None:
    """Where both the evidence suffices and min_gain is out of sight, the evidence counts."""
    values = (-0.001, 0.003)
    kept, dropped = (fight(values, level=level, sigma=0.01) for level in (1.0, 0.5))

    assert (kept.decision, len(kept.scores)) == ("keep", 2)
    assert (dropped.decision, len(dropped.scores)) == ("drop", 2)


@given(st.floats(-100.0, 0.019), sigmas)
def test_one_duel_drops_nobody(score: float, sigma: float) -> None:
    """A single bad duel may be bad luck."""
    assert fight([score], sigma=sigma).decision == "continue"


@pytest.mark.parametrize("sigma", [0.001, 0.007, 0.019, 0.03])
def test_clear_losers_go_after_two_duels(sigma: float) -> None:
    """A candidate 30 % slower costs two duels."""
    trial = fight(itertools.repeat(math.log(0.7)), sigma=sigma)

    assert (trial.decision, trial.why) == ("drop", "worse after 2 duels")


def test_one_lucky_duel_gives_no_lasting_hope() -> None:
    """Scores are clipped before they are averaged, so that an outlier doesn't keep a hopeless candidate going."""
    trial = fight([5.0, *itertools.repeat(-0.01, 30)])

    assert (trial.decision, trial.why) == ("drop", "no gain in sight after 5 duels")


def test_one_unlucky_duel_is_no_end() -> None:
    """Nor does an outlier end the trial of a candidate that looks well otherwise; it only takes more duels."""
    trial = fight([-5.0, *itertools.repeat(0.03, 59)])

    assert trial.decision == "keep"
    assert len(trial.scores) > 20


def test_why() -> None:
    """People are told in a few words what happened."""
    assert fight(itertools.repeat(0.5)).why == "better: evidence 54,804 after 17 duels, 40,000 needed"
    assert fight(itertools.repeat(-0.001)).why == "no gain in sight after 3 duels"
    assert fight(itertools.repeat(-0.05)).why == "worse after 2 duels"
    assert fight(itertools.repeat(0.01), sigma=0.001).why == "a gain of about 1.0% after 2 duels, less than 2.0%"
    assert fight(itertools.cycle((0.05, -0.02))).why == "undecided after 60 duels"
    assert fight([0.5], rule=Rule(max_duels=1)).why == "undecided after 1 duel"
    assert fight([0.5]).why == "open after 1 duel"
    assert fight(itertools.repeat(0.5), margin=0.03).why.startswith("not worse by 3.0%: evidence")


@given(st.lists(scores, max_size=20), st.floats(0.0, 0.1))
@example([1.0, -1.0, -1.0, -1.0], 0.009765625)
def test_margin(values: list[float], margin: float) -> None:
    """Asking for "not worse by a margin" is betting on every score plus the margin, hoping for less than it; scores stay what they were."""
    trial = fight(values, margin=margin)
    shifted = fight([value + margin for value in values], rule=Rule(min_gain=min(0.02, margin * 2 / 3) if margin else 0.02))

    assert (shifted.decision, shifted.wealths) == (trial.decision, trial.wealths)
    assert tuple(values[: len(trial.scores)]) == trial.scores


@given(st.floats(0.001, 0.5), st.floats(0.0, 0.1))
def test_rounding_does_not_decide(sigma: float, min_gain: float) -> None:
    """A bound that is just the gain of interest is hope still: after one duel that is lost, after four of which one is won."""
    rule = Rule(min_gain=min_gain)

    assert fight([-9.0], sigma=sigma, rule=rule).decision == "continue"
    assert fight([9.0, -9.0, -9.0, -9.0], sigma=sigma, rule=rule).decision == "continue"
    assert fight([9.0, -9.0, -9.0, -9.0, -9.0], sigma=sigma, rule=rule).decision == "drop"


def test_equal_code_is_not_given_up_for_a_large_gain_of_interest() -> None:
    """Whoever wants 5 % and takes what is simpler too does not give up on equal code after two duels."""
    picky = Rule(min_gain=0.05)

    assert fight([0.0] * 60, margin=0.03, rule=picky).decision == "keep"
    assert fight([0.0] * 60, rule=picky).decision == "drop"


@pytest.mark.parametrize("score", [math.nan, math.inf, -math.inf])
def test_scores_are_numbers(score: float) -> None:
    """A duel without a finite score is the caller's to deal with, the same way for both sides."""
    with pytest.raises(ValueError, match="score must be a finite number"):
        Trial.start(Rule(), 0.05, 0.02).after(score)


def test_decided_is_decided() -> None:
    """No duel is added after the verdict, so that none can be added until it suits."""
    trial = fight([-0.5, -0.5])

    with pytest.raises(ValueError, match=r"over \(drop: worse after 2 duels\)"):
        trial.after(0.5)


def test_trials_are_values() -> None:
    """A duel makes a new trial and leaves the old one as it was."""
    trial = Trial.start(Rule(), 0.05, 0.02)

    assert trial.after(0.1) == trial.after(0.1) != trial
    assert trial.scores == ()
    with pytest.raises(dataclasses.FrozenInstanceError):
        trial.sigma = 1.0  # type: ignore[misc]


@pytest.mark.parametrize("score", [1e300, -1e300])
def test_wild_numbers_do_no_harm(score: float) -> None:
    """Scores beyond all measure next to vanishing noise make no infinity and no crash."""
    trial = Trial.start(Rule(), 0.05, 1e-300).after(score)

    assert pytest.approx(1 + math.copysign(0.9, score)) == trial.evidence


def test_evidence_stays_finite() -> None:
    """Evidence beyond what a float can hold is reported as very much."""
    trial = fight(itertools.repeat(0.5), rule=ENDLESS, level=UNREACHABLE)

    assert trial.decision == "keep"
    assert trial.log_evidence > 740
    assert math.isfinite(trial.evidence)


@pytest.mark.parametrize(
    "arguments",
    [
        {"cap": 1.0},
        {"cap": 0.0},
        {"bettors": ()},
        {"bettors": (0.02, -0.02)},
        {"min_gain": math.nan},
        {"scale": 0.0},
        {"futility_z": math.inf},
        {"futility_z": -1.0},
        {"max_duels": 0},
    ],
)
def test_rule_is_checked(arguments: dict[str, Any]) -> None:
    """A rule that makes no sense is refused, by the name of what is wrong."""
    with pytest.raises(ValueError, match=next(iter(arguments))):
        Rule(**arguments)


@pytest.mark.parametrize(
    ("level", "sigma", "margin", "name"),
    [
        (0.0, 0.02, 0.0, "level"),
        (1.1, 0.02, 0.0, "level"),
        (0.05, 0.0, 0.0, "sigma"),
        (0.05, math.nan, 0.0, "sigma"),
        (0.05, 1, -1, "margin"),
    ],
)
def test_start_is_checked(level: float, sigma: float, margin: float, name: str) -> None:
    """A trial that can't be is refused, by the name of what is wrong."""
    with pytest.raises(ValueError, match=name):
        Trial.start(Rule(), level, sigma, margin=margin)
