"""Candidates that change nothing, in noise that is anything but normal; and rules broken on purpose, to see that this would show."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import islice
from statistics import stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import Noise
from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import Trial
from pytest_autoloop.decision import level

from .noises import SHAPES
from .noises import Source
from .noises import autocorrelated
from .noises import bimodal
from .noises import drifting
from .noises import heavy_tails
from .noises import null_scores

COUNT = 2500
CRUDE_LEVEL = 0.05
# Does not give up early, which would hide errors.
PATIENT = Rule(futility_z=50.0, max_duels=30)
# Three standard errors above the level: a right rule stays below, nearly surely; and with these seeds, surely.
BOUND = CRUDE_LEVEL + 3 * math.sqrt(CRUDE_LEVEL * (1 - CRUDE_LEVEL) / COUNT)

Fight = Callable[[Source, float], bool]


def by_the_rule(scores: Source, sigma: float) -> bool:
    trial = Trial.start(PATIENT, CRUDE_LEVEL, sigma)
    while trial.decision == "continue":
        trial = trial.after(next(scores))
    return trial.decision == "keep"


def sigma_from_own_duels(scores: Source, _sigma: float) -> bool:
    """The spread of the last three duels, the present one among them, is taken for the noise."""
    seen = list(islice(scores, 2))
    trial = Trial.start(PATIENT, CRUDE_LEVEL, 1.0)
    while trial.decision == "continue":
        seen.append(next(scores))
        trial = replace(trial, sigma=max(1e-4, stdev(seen[-3:]))).after(seen[-1])
    return trial.decision == "keep"


def one_pair_for_many(scores: Source, sigma: float) -> bool:
    """A single pair of processes, with its own luck, is timed again and again."""
    luck_of_the_pair = next(scores)
    return by_the_rule((luck_of_the_pair + score / 5 for score in scores), sigma)


def bad_duels_again(scores: Source, sigma: float) -> bool:
    """A duel that looks bad is fought again."""
    return by_the_rule((score if score > -sigma else next(scores) for score in scores), sigma)


def share_kept(fight: Fight, scores: Source) -> float:
    kept = 0
    for _ in range(COUNT):
        sigma = Noise.from_scores(list(islice(scores, 12))).sigma
        kept += fight(scores, sigma)
    return kept / COUNT


@pytest.mark.parametrize("shape", SHAPES)
def test_nulls_at_a_crude_level(shape: Callable[[random.Random], Source]) -> None:
    """At a level of 5 %, at most 5 % are kept however long they go on."""
    assert share_kept(by_the_rule, null_scores(shape, random.Random(1))) <= BOUND


@pytest.mark.parametrize("shape", SHAPES)
def test_nulls_at_the_first_level(shape: Callable[[random.Random], Source]) -> None:
    """At the first level of a run none of thousands is kept, and they cost few duels."""
    scores = null_scores(shape, random.Random(2))
    duels = 0
    for _ in range(COUNT):
        trial = Trial.start(Rule(), level("fdr", 0.05, 1, 0), Noise.from_scores(list(islice(scores, 12))).sigma)
        while trial.decision == "continue":
            trial = trial.after(next(scores))
        assert "keep" != trial.decision
        duels += len(trial.scores)

    assert duels / COUNT < 11


@pytest.mark.parametrize(
    ("fight", "shape"),
    [
        (sigma_from_own_duels, bimodal),
        (one_pair_for_many, heavy_tails),
        (one_pair_for_many, bimodal),
        (bad_duels_again, heavy_tails),
        (bad_duels_again, autocorrelated),
    ],
)
def test_broken_rules_show(fight: Fight, shape: Callable[[random.Random], Source]) -> None:
    """A rule that breaks what validity rests on keeps more nulls than its level allows."""
    assert share_kept(fight, null_scores(shape, random.Random(3))) > BOUND


@pytest.mark.parametrize("shape", [drifting, autocorrelated])
def test_fixed_sides_show(shape: Callable[[random.Random], Source]) -> None:
    """Without drawing the candidate's side in every duel, whatever favours a side is taken for a gain."""
    assert share_kept(by_the_rule, shape(random.Random(4))) > 5 * BOUND


@given(st.lists(st.floats(0.001, 0.1), min_size=3, max_size=3, unique=True))
def test_own_duels_in_sigma_are_unfair(sizes: list[float]) -> None:
    """With sigma from own duels the evidence no longer averages to 1 over all ways to give scores their signs: it favours runs of one sign."""
    endless = Rule(futility_z=1e6)
    total = 0.0
    for signs in itertools.product((1, -1), repeat=3):
        scores = [sign * size for sign, size in zip(signs, sizes, strict=True)]
        trial = replace(Trial.start(endless, 1e-300, 1.0), sigma=max(1e-4, stdev(scores)))
        total += trial.after(scores[-1]).evidence

    assert total / 8 != pytest.approx(1.0, abs=1e-6)


def test_whole_run() -> None:
    """A run learns its noise from the candidates it rejects, keeps the good ones and none of the others."""
    luck = random.Random(5)
    scores = null_scores(heavy_tails, luck)
    noise = Noise.from_scores(list(islice(scores, 12)))
    kept = []
    for number in range(1, 301):
        effect = 0.08 if number % 10 == 0 else 0.0 if number % 2 else -0.05
        trial = Trial.start(Rule(), level("fdr", 0.05, number, len(kept)), noise.sigma)
        while trial.decision == "continue":
            trial = trial.after(effect + next(scores))
        if trial.decision == "keep":
            kept.append(effect)
        else:
            noise = noise.learn(trial.scores)

    assert {0.08} == set(kept)
    assert len(kept) >= 29
    assert 0.01 < noise.sigma < 0.04
