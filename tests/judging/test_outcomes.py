from __future__ import annotations

from typing import Any
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.judging.outcomes import Outcome
from pytest_autoloop.judging.outcomes import as_good
from pytest_autoloop.judging.outcomes import fold

ALL: tuple[Outcome, ...] = get_args(Outcome)


def parts(*phases: str, **extra: Any) -> list[dict[str, Any]]:
    """Write reports down as ``when:outcome``; ``extra`` goes into the call."""
    made = []
    for phase in phases:
        when, _, outcome = phase.partition(":")
        made.append({"nodeid": "t", "when": when, "outcome": outcome or "passed", **(extra if when == "call" else {})})
    return made


def folded(*phases: str, **extra: Any) -> Outcome:
    return fold(parts(*phases, **extra))["t"]


@pytest.mark.parametrize(
    ("phases", "outcome"),
    [
        (("setup", "call", "teardown"), "passed"),
        (("setup", "call:failed", "teardown"), "failed"),
        (("setup:failed", "teardown"), "failed"),
        (("setup", "call", "teardown:failed"), "failed"),
        (("setup:skipped", "teardown"), "skipped"),
        (("setup", "call:skipped", "teardown"), "skipped"),
        (("setup", "call"), "incomplete"),
        (("setup",), "incomplete"),
        (("setup", "teardown"), "incomplete"),
        (("call", "teardown"), "incomplete"),
    ],
)
def test_phases(phases: tuple[str, ...], outcome: Outcome) -> None:
    """A test passed only if set-up, call and teardown are all there and none failed."""
    assert folded(*phases) == outcome


def test_expected_failures() -> None:
    """An expected failure is told from a skip, and an unexpected pass from a pass."""
    assert folded("setup", "call:skipped", "teardown", wasxfail="reason") == "xfailed"
    assert folded("setup", "call:passed", "teardown", wasxfail="reason") == "xpassed"


def test_reruns_do_not_count() -> None:
    """An attempt that was run again counts as little for the better as for the worse."""
    assert folded("setup", "call:rerun", "setup", "call", "teardown") == "passed"
    assert folded("setup", "call:rerun", "setup", "call:failed", "teardown") == "failed"
    assert folded("setup", "call:rerun", "teardown") == "incomplete"


def test_subtests() -> None:
    """A subtest that fails fails its test; one that is skipped leaves it passed; and subtests alone are no call."""
    sub = {"nodeid": "t", "when": "call", "_report_type": "SubTestReport"}
    whole = parts("setup", "call", "teardown")

    assert fold([*whole, {**sub, "outcome": "failed"}]) == {"t": "failed"}
    assert fold([*whole, {**sub, "outcome": "skipped"}]) == {"t": "passed"}
    assert fold([*parts("setup", "teardown"), {**sub, "outcome": "passed"}]) == {"t": "incomplete"}


def test_tests_are_kept_apart() -> None:
    """Reports of several tests may come in any order; what is no report of a test is left out."""
    other = [{**part, "nodeid": "other"} for part in parts("setup", "call:failed", "teardown")]
    mixed = [*other[:2], *parts("setup", "call", "teardown"), other[2], {"nodeid": "module.py", "outcome": "failed"}]

    assert fold(mixed) == {"other": "failed", "t": "passed"}


@given(st.lists(st.builds("{}:{}".format, st.sampled_from(["setup", "call", "teardown"]), st.sampled_from(["passed", "skipped", "rerun"]))))
def test_one_failure_is_enough(phases: list[str]) -> None:
    """Whatever else was reported, a test with a failed report failed."""
    assert folded(*phases, "call:failed") == "failed"


@pytest.mark.parametrize("candidate", ALL)
def test_as_good_is_never_worse(candidate: Outcome) -> None:
    """A test that passed has to pass; one that did not may improve; nothing makes up for a failure."""
    assert as_good("passed", candidate) == (candidate == "passed")
    assert as_good("skipped", candidate) == (candidate in ("skipped", "passed"))
    assert as_good("xfailed", candidate) == (candidate in ("xfailed", "xpassed", "passed"))
    assert as_good("xpassed", candidate) == (candidate in ("xpassed", "passed"))
    assert not as_good("failed", candidate)
    assert not as_good("incomplete", candidate)
