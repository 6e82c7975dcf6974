from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import Control
from pytest_autoloop.decision import level
from pytest_autoloop.decision import level_for_batch

controls: st.SearchStrategy[Control] = st.sampled_from(["fdr", "family"])


def test_known_values() -> None:
    """The first thousand candidates share half of the risk; under fdr every keep earns the level once more."""
    assert pytest.approx(2.5e-5) == level("fdr", 0.05, 1, 0) == level("family", 0.05, 1, 0)
    assert pytest.approx(2.5e-5) == level("family", 0.05, 1000, 7)
    assert pytest.approx(1e-4) == level("fdr", 0.05, 4, 3)
    assert pytest.approx(1.25e-5) == level("fdr", 0.05, 1001, 0)
    assert pytest.approx(2.5e-4) == level("fdr", 0.05, 1, 0, horizon=100)


@given(controls, st.floats(0.001, 0.5), st.integers(1, 50), st.integers(1, 400))
def test_levels_add_up_to_the_risk(control: Control, risk: float, horizon: int, length: int) -> None:
    """However long a run is, its levels without keeps together never exceed the risk, and come as close to it as one likes."""
    spent = math.fsum(level(control, risk, number, 0, horizon) for number in range(1, length + 1))
    blocks = length // horizon

    assert risk * (1 - 2.0**-blocks) * (1 - 1e-9) <= spent <= risk * (1 + 1e-9)


@given(
    st.floats(0.01, 0.5),
    st.integers(1, 10),
    st.lists(st.tuples(st.floats(0.0, 1e4), st.booleans()), max_size=60),
)
def test_share_of_false_keeps(risk: float, horizon: int, candidates: list[tuple[float, bool]]) -> None:
    """Under fdr the share of false keeps never exceeds the sum of the nulls' evidence times their share of the risk.

    Evidence of nulls is 1 on average, so on average that sum is at most the risk. This holds run by run, whatever depends on what.
    """
    keeps = false = 0
    budget = 0.0
    for number, (evidence, null) in enumerate(candidates, start=1):
        budget += null * evidence * level("family", risk, number, 0, horizon)
        if evidence >= 1 / level("fdr", risk, number, keeps, horizon):
            keeps += 1
            false += null

    assert false / max(1, keeps) <= budget * (1 + 1e-9)


@given(controls, st.integers(1, 5000), st.integers(0, 5000))
def test_keeps_matter_to_fdr_only(control: Control, number: int, keeps: int) -> None:
    """Keeps multiply the level under fdr and leave it alone under family."""
    keeps = min(keeps, number - 1)
    factor = keeps + 1 if control == "fdr" else 1

    assert pytest.approx(factor * level(control, 0.05, number, 0)) == level(control, 0.05, number, keeps)


def test_batch() -> None:
    """Patches given all at once share the risk equally."""
    assert level_for_batch(0.05, 1) == 0.05
    assert pytest.approx(0.005) == level_for_batch(0.05, 10)


@pytest.mark.parametrize(
    "arguments",
    [("fdr", 0.0, 1, 0), ("fdr", 1.0, 1, 0), ("fdr", 0.05, 0, 0), ("fdr", 0.05, 3, 3), ("fdr", 0.05, 3, -1), ("fwer", 0.05, 1, 0)],
)
def test_nonsense(arguments: tuple[Any, ...]) -> None:
    """Risks that are none, candidates before the first, and more keeps than candidates are refused."""
    with pytest.raises(ValueError, match=r"."):
        level(*arguments)


def test_batch_nonsense() -> None:
    """An empty batch has no level."""
    with pytest.raises(ValueError, match="at least one candidate"):
        level_for_batch(0.05, 0)
    with pytest.raises(ValueError, match="risk"):
        level_for_batch(5, 1)
