"""Which tests are the objective when it is a metric that tests record, and what is said where there is none."""

from __future__ import annotations

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.judging.gate import Session
from pytest_autoloop.judging.objective import Objective
from pytest_autoloop.judging.objective import find_objective
from pytest_autoloop.worker.messages import Collected
from pytest_autoloop.worker.messages import Recorded

A, B = "tests/test_a.py::test_a", "tests/test_b.py::test_b"
COLLECTED = Collected(ids=[A, B], benchmarks={}, files=["tests/test_a.py", "tests/test_b.py"], rootdir=".", inipath=None)


def recorded(nodeid: str, value: float | None = 1.0, direction: str = "lower", metric: str = "loss", trouble: str = "") -> Recorded:
    file = nodeid.partition("::")[0]
    return Recorded(nodeid=nodeid, file=file, metric=metric, direction=direction, value=value, trouble=trouble)


def objective(*records: Recorded, quarantined: tuple[str, ...] = (), failure: str = "") -> Objective:
    report = {"nodeid": quarantined[0] if quarantined else A, "outcome": "failed", "when": "call", "longrepr": failure}
    session = Session(recorded=list(records), reports=[report] if failure else [])
    return find_objective(session, COLLECTED, quarantined, "loss")


def test_found() -> None:
    """Those that record it, in the order of the files, whatever else they record."""
    found = objective(recorded(B, direction="higher"), recorded(A, direction="higher"), recorded(A, metric="time to first word"))

    assert found == Objective(tests=(A, B), files=("tests/test_a.py", "tests/test_b.py"), direction="higher")


def test_one_is_quarantined() -> None:
    """A test that fails is left out while another one passes."""
    assert objective(recorded(A), recorded(B), quarantined=(A,)).tests == (B,)


@pytest.mark.parametrize(
    ("records", "says", "status"),
    [
        ((), "nothing to optimise: no selected test records 'loss'; record it with the autoloop_metric fixture", 5),
        ((recorded(A, metric="los"),), "nothing to optimise: no selected test records 'loss'; what they record is los", 5),
        ((recorded(A, None, trouble="is nan"),), f"{A}: loss is nan, and that is no number to improve: mend the test first", 1),
        ((recorded(A), recorded(B, direction="higher")), f"loss is better lower in {A} and better higher in {B}", 1),
    ],
    ids=["none", "another name", "nan", "directions"],
)
def test_refused(records: tuple[Recorded, ...], says: str, status: int) -> None:
    """What cannot be improved is refused in a line that names the test and the remedy."""
    with pytest.raises(Refused) as caught:
        objective(*records)

    assert says in str(caught.value)
    assert caught.value.status == status


@pytest.mark.parametrize("mark", [{}, {"wasxfail": "known"}], ids=["skipped", "xfailed"])
def test_skipped_after_it_has_recorded(mark: dict[str, str]) -> None:
    """A test that records and is skipped then is no objective; where there is no other, that is what is said."""
    phases = {"setup": "passed", "call": "skipped", "teardown": "passed"}
    session = Session(
        recorded=[recorded(A), recorded(B)],
        reports=[{"nodeid": A, "when": when, "outcome": outcome, **(mark if when == "call" else {})} for when, outcome in phases.items()],
    )

    assert find_objective(session, COLLECTED, (), "loss").tests == (B,)
    session.recorded.pop()
    with pytest.raises(Refused, match=r"no test that records loss passes \(tests/test_a.py::test_a: they are skipped\): mend it first"):
        find_objective(session, COLLECTED, (), "loss")


def test_none_passes() -> None:
    """Where every test of it fails, the failure's last line says why; a refused recording is one of them."""
    with pytest.raises(Refused, match=r"no test that records loss passes \(tests/test_a.py::test_a: AssertionError: no\): mend it first"):
        objective(recorded(A), quarantined=(A,), failure="def test_a():\nAssertionError: no")
    with pytest.raises(Refused, match="test_a: TypeError: autoloop_metric: 'loss' must be a number, not str"):
        objective(quarantined=(A,), failure="TypeError: autoloop_metric: 'loss' must be a number, not str")
