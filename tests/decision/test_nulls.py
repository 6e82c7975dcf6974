"""Candidates that change nothing, in noise that is anything but normal; and rules broken on purpose, to see that this would show."""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable
from dataclasses import replace
from itertools import islice

import pytest

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

CRUDE_LEVEL = 0.05
# Does not give up early, which would hide errors.
PATIENT = Rule(futility_z=50.0)

Fight = Callable[[Source, float], bool]


def spread_of(scores: list[float]) -> float:
    centre = sum(scores) / len(scores)
    return math.sqrt(sum((score - centre) ** 2 for score in scores) / (len(scores) - 1))


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
        trial = replace(trial, sigma=max(1e-4, spread_of(seen[-3:]))).after(seen[-1])
    return trial.decision == "keep"


def one_pair_for_many(scores: Source, sigma: float) -> bool:
    """A single pair of processes, with its own luck, is timed again and again."""
    luck_of_the_pair = next(scores)
    return by_the_rule((luck_of_the_pair + score / 5 for score in scores), sigma)


def bad_duels_again(scores: Source, sigma: float) -> bool:
    """A duel that looks bad is fought again."""
    return by_the_rule((score if score > -sigma else next(scores) for score in scores), sigma)


def share_kept(fight: Fight, scores: Source, count: int) -> float:
    kept = 0
    for _ in range(count):
        sigma = Noise.from_scores(list(islice(scores, 12))).sigma
        kept += fight(scores, sigma)
    return kept / count


def bound(count: int) -> float:
    """Three standard errors above the level: a right rule stays below that, and with the seeds here always does."""
    return CRUDE_LEVEL + 3 * math.sqrt(CRUDE_LEVEL * (1 - CRUDE_LEVEL) / count)


@pytest.mark.parametrize("shape", SHAPES)
def test_nulls_at_a_crude_level(shape: Callable[[random.Random], Source]) -> None:
    """At a level of 5 %, at most 5 % are kept however long they go on."""
    assert share_kept(by_the_rule, null_scores(shape, random.Random(1)), 1200) <= bound(1200)


@pytest.mark.parametrize("shape", SHAPES)
def test_nulls_at_the_first_level(shape: Callable[[random.Random], Source]) -> None:
    """At the first level of a run none of thousands is kept, and they cost few duels."""
    scores = null_scores(shape, random.Random(2))
    duels = 0
    for _ in range(1500):
        trial = Trial.start(Rule(), level("fdr", 0.05, 1, 0), Noise.from_scores(list(islice(scores, 12))).sigma)
        while trial.decision == "continue":
            trial = trial.after(next(scores))
        assert trial.decision != "keep"
        duels += len(trial.scores)

    assert duels / 1500 < 11


@pytest.mark.parametrize(
    ("fight", "shape", "count"),
    [
        # Sigma from own duels does harm, but not much: it takes many nulls to see.
        (sigma_from_own_duels, bimodal, 4000),
        (one_pair_for_many, heavy_tails, 300),
        (one_pair_for_many, bimodal, 300),
        (bad_duels_again, heavy_tails, 300),
        (bad_duels_again, autocorrelated, 300),
    ],
)
def test_broken_rules_show(fight: Fight, shape: Callable[[random.Random], Source], count: int) -> None:
    """A rule that breaks what validity rests on keeps more nulls than its level allows."""
    assert share_kept(fight, null_scores(shape, random.Random(3)), count) > bound(count)


@pytest.mark.parametrize("shape", [drifting, autocorrelated])
def test_fixed_sides_show(shape: Callable[[random.Random], Source]) -> None:
    """Without drawing the candidate's side in every duel, whatever favours a side is taken for a gain."""
    assert share_kept(by_the_rule, shape(random.Random(4)), 300) > bound(300)


@pytest.mark.parametrize("sizes", [[0.02] * 6, [0.01, 0.02, 0.03, 0.04, 0.05, 0.06]])
def test_own_duels_in_sigma_are_unfair(sizes: list[float]) -> None:
    """With sigma from own duels the evidence no longer averages to 1 over all ways to give scores their signs."""
    patterns = list(itertools.product((1, -1), repeat=len(sizes)))
    total = 0.0
    for signs in patterns:
        scores = [sign * size for sign, size in zip(signs, sizes, strict=True)]
        trial = Trial.start(Rule(futility_z=1e6), 1e-300, 1.0)
        for last in range(2, len(scores)):
            trial = replace(trial, sigma=max(1e-4, spread_of(scores[last - 2 : last + 1]))).after(scores[last])
        total += trial.evidence

    assert total / len(patterns) > 1.1


def test_whole_run() -> None:
    """A run learns its noise from the candidates it rejects, keeps the good ones and none of the others."""
    luck = random.Random(5)
    scores = null_scores(heavy_tails, luck)
    noise = Noise.from_scores(list(islice(scores, 12)))
    kept: list[float] = []
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
