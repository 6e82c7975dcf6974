from __future__ import annotations

import itertools
import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import SeededTrial
from pytest_autoloop.decision import detectable_seeded
from pytest_autoloop.decision import student_tail

CALIBRATION = [0.02, -0.02] * 10


def fight(scores: itertools.repeat[float] | list[float], level: float = 2.5e-4) -> SeededTrial:
    trial = SeededTrial.start(level, CALIBRATION)
    for score in scores:
        if trial.decision != "continue":
            break
        trial = trial.after(score)
    return trial


@pytest.mark.parametrize(
    ("t", "freedom", "tail"),
    [(2.228, 10, 0.025), (4.587, 10, 0.0005), (2.021, 40, 0.025), (3.551, 40, 0.0005), (3.291, 10**6, 0.0005), (0.0, 7, 0.5)],
)
def test_tabulated_tails(t: float, freedom: int, tail: float) -> None:
    """The tail agrees with printed tables."""
    assert tail == pytest.approx(student_tail(t, freedom), rel=2e-3)


@given(st.floats(1e-3, 1e8))
def test_closed_forms(t: float) -> None:
    """With one, two or four degrees of freedom the tail is an elementary function; it keeps its digits far out."""
    root = math.sqrt(2 + t * t)
    cosine = t / math.sqrt(4 + t * t)
    # 1 - cosine without cancellation.
    short = 4 / (4 + t * t) / (1 + cosine)

    assert math.atan2(1, t) / math.pi == pytest.approx(student_tail(t, 1), rel=1e-9)
    assert 1 / (root * (root + t)) == pytest.approx(student_tail(t, 2), rel=1e-9)
    assert short * short * (2 + cosine) / 4 == pytest.approx(student_tail(t, 4), rel=1e-9)


@given(st.floats(-50.0, 50.0), st.integers(1, 500))
def test_tails_complement_each_other(t: float, freedom: int) -> None:
    """What is not above t is below it."""
    assert pytest.approx(student_tail(t, freedom) + student_tail(-t, freedom)) == 1.0


@given(st.floats(0.0, 50.0), st.floats(0.01, 10.0), st.integers(1, 500))
def test_tail_falls(t: float, more: float, freedom: int) -> None:
    """Larger values are rarer."""
    assert student_tail(t + more, freedom) < student_tail(t, freedom)


def test_start() -> None:
    """The noise is the root mean square of the calibration: it is the same code on both sides."""
    trial = SeededTrial.start(0.05, [0.03, 0.04, 0.0])

    assert pytest.approx(math.sqrt(0.0025 / 3)) == trial.sigma
    assert (trial.calibrations, trial.p_value, trial.decision) == (3, 1.0, "continue")


def test_keep() -> None:
    """A gain of five sigma is kept at the first look, after two pairs, and called model-based."""
    trial = fight(itertools.repeat(0.1))

    assert (trial.decision, len(trial.scores)) == ("keep", 2)
    assert "model-based" in trial.why


def test_one_pair_never_keeps() -> None:
    """However good the first pair is, there must be a second."""
    assert fight([50.0]).decision == "continue"


def test_drop() -> None:
    """A candidate without a gain of two sigma in sight is dropped, even after its first pair; an undecided one after eight."""
    assert ((trial := fight(itertools.repeat(0.0))).decision, trial.why) == ("drop", "no gain in sight after 1 pair")
    assert ((trial := fight(itertools.repeat(0.03))).decision, trial.why) == ("drop", "undecided after 8 pairs")
    assert fight([0.03]).why == "open after 1 pair"


@pytest.mark.parametrize(("score", "decision"), [((2 - 1.64) * 0.02 - 1e-9, "drop"), ((2 - 1.64) * 0.02 + 1e-9, "continue")])
def test_edge_of_hope(score: float, decision: str) -> None:
    """A candidate goes on as long as 1.64 standard errors above its mean reach two sigma."""
    assert fight([score]).decision == decision


def test_keep_comes_before_the_end() -> None:
    """The eighth look may still keep."""
    scores = [0.03] * 7

    assert fight(scores).decision == "continue"
    assert ((trial := fight([*scores, 0.1])).decision, len(trial.scores)) == ("keep", 8)


def test_runs_of_the_incumbent() -> None:
    """Single runs tell the noise of a pair: twice their variance, with one degree of freedom less than runs."""
    trial = SeededTrial.against(0.05, [1.0, 2.0, 3.0])

    assert trial.sigma == pytest.approx(math.sqrt(2))
    assert trial.calibrations == 2
    with pytest.raises(ValueError, match="different seeds"):
        SeededTrial.against(0.05, [1.0, 1.0])
    with pytest.raises(ValueError, match="level"):
        SeededTrial.against(2.0, [1.0, 2.0])
    with pytest.raises(ValueError, match="two runs"):
        SeededTrial.against(0.05, [1.0])


def test_the_more_careful_of_two_noises() -> None:
    """Of runs of two incumbents those count that ask for more, with their own degrees of freedom; a few quiet ones do not lower the bar."""
    many = [0.01 * (-1) ** number for number in range(21)]
    few, louder = many[:5], [0.03 * (-1) ** number for number in range(11)]
    quiet = [0.001 * (-1) ** number for number in range(11)]

    def calibrations(*runs: list[float]) -> int:
        assert SeededTrial.against(2.5e-5, *runs) == SeededTrial.against(2.5e-5, *reversed(runs))
        return SeededTrial.against(2.5e-5, *runs).calibrations

    assert calibrations(many, louder) == 10
    assert calibrations(many, quiet) == 20
    assert calibrations(many, [0.0] * 11) == 20
    assert calibrations(many, few) == 4


def test_a_noisier_incumbent() -> None:
    """After a keep to an incumbent twice as noisy, of which eleven runs tell, nulls are kept no more often than the level says.

    With the noise of the first incumbent they would be kept many times as often.
    """
    luck, level, count = random.Random(7), 5e-4, 3000
    kept = {"first": 0, "both": 0}
    for _ in range(count):
        first = [luck.gauss(0.0, 1.0) for _ in range(21)]
        own = [luck.gauss(0.0, 2.0) for _ in range(11)]
        scores = [luck.gauss(0.0, 2.0 * math.sqrt(2)) for _ in range(8)]
        for way, runs in (("first", [first]), ("both", [own, first])):
            trial = SeededTrial.against(level, *runs)
            fight = iter(scores)
            while trial.decision == "continue":
                trial = trial.after(next(fight))
            kept[way] += trial.decision == "keep"

    assert kept["both"] <= 3 * level * count
    assert kept["first"] > 10 * level * count


def test_margin() -> None:
    """With a margin the question is whether it is not worse by that much: equal code is kept, and called so."""
    trial = SeededTrial.against(0.05, [0.001 * (-1) ** number for number in range(11)], margin=0.03)
    while trial.decision == "continue":
        trial = trial.after(0.0)

    assert trial.decision == "keep"
    assert trial.why.startswith("not worse by 3.0% if the noise is near normal (model-based)")
    assert trial.scores == (0.0, 0.0)
    assert SeededTrial.against(0.05, [0.001, -0.001] * 5, margin=0.03).after(-0.03).decision == "drop"


def test_evidence() -> None:
    """The evidence reaches 1/level exactly when a look keeps, and stays a number however clear the case is."""
    assert fight([0.1, 0.1]).evidence >= 1 / 2.5e-4 > fight([0.1, 0.02]).evidence
    assert math.isfinite(fight([1e9, 1e9]).evidence)


@pytest.mark.parametrize("level", [2.5e-5, 0.05])
def test_detectable(level: float) -> None:
    """The smallest gain that is nearly always seen: a little less is not, and a larger one is."""
    sigma, freedom = 0.01, 10
    sees = detectable_seeded(sigma, freedom, level)

    def power(gain: float) -> float:
        luck = random.Random(5)
        kept = 0
        for _ in range(600):
            told = sigma * math.sqrt(sum(luck.gauss(0, 1) ** 2 for _ in range(freedom)) / freedom)
            trial = SeededTrial(level=level, sigma=told, calibrations=freedom)
            while trial.decision == "continue":
                trial = trial.after(luck.gauss(gain, sigma))
            kept += trial.decision == "keep"
        return kept / 600

    assert 0.9 < power(sees) < 0.985
    assert power(sees / 2) < 0.7
    assert power(2 * sees) > 0.99


def test_false_keeps() -> None:
    """In normal noise, nulls are kept no more often than the level allows, although sigma is an estimate."""
    luck = random.Random(3)
    kept = 0
    for _ in range(4000):
        trial = SeededTrial.start(0.1, [luck.gauss(0.0, 1.0) for _ in range(4)])
        while trial.decision == "continue":
            trial = trial.after(luck.gauss(0.0, 1.0))
        kept += trial.decision == "keep"

    assert kept <= 400


def test_nonsense() -> None:
    """Calibration that says nothing, scores that are no numbers and trials that are over are refused."""
    with pytest.raises(ValueError, match="different seeds"):
        SeededTrial.start(0.05, [0.0, 0.0])
    with pytest.raises(ValueError, match="finite"):
        SeededTrial.start(0.05, [0.1, math.nan])
    with pytest.raises(ValueError, match="at least one"):
        SeededTrial.start(0.05, [])
    with pytest.raises(ValueError, match="level"):
        SeededTrial.start(0.0, CALIBRATION)
    with pytest.raises(ValueError, match="finite"):
        SeededTrial.start(0.05, CALIBRATION).after(math.nan)
    with pytest.raises(ValueError, match="over"):
        fight(itertools.repeat(0.0)).after(0.1)
    with pytest.raises(ValueError, match="degrees of freedom"):
        student_tail(1.0, 0)
    with pytest.raises(ValueError, match="sigma"):
        detectable_seeded(0.0, 10, 0.05)
