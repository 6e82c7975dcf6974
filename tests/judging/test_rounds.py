"""How many calls a benchmark gets."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.decision import AUDIT_DUELS
from pytest_autoloop.judging.rounds import untidy_calls
from pytest_autoloop.worker.untidy import WAYS


@given(st.integers(1, 100))
def test_an_audit_tries_every_untidy_input_twice(benchmarks: int) -> None:
    """Numbers grow in two ways, in turn. Where each came once and a half only, the one that told was left out now and then."""
    assert untidy_calls(benchmarks) * AUDIT_DUELS >= 2 * WAYS


@given(st.integers(1, 100))
def test_one_of_more_benchmarks_gets_no_more_untidy_inputs(benchmarks: int) -> None:
    """A keep is to take about as long, whatever their number."""
    assert untidy_calls(benchmarks + 1) <= untidy_calls(benchmarks)
