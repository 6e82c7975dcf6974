"""The fixture with which a test records a number: what it takes, what it refuses, and that any run of pytest has it."""

from __future__ import annotations

import math
import re
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.worker.metric import FIXED_SEED
from pytest_autoloop.worker.metric import AutoloopMetric

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample import Project


class Scalar:
    """A number of somebody else's, as array libraries have them."""

    def __init__(self, value: float) -> None:
        self.value = value

    def __float__(self) -> float:
        return self.value


def recorded(value: Any, direction: Any = "lower", name: Any = "loss") -> list[tuple[str, float, str]]:
    metric = AutoloopMetric(1, [])
    metric(name, value, direction)
    return list(metric.recorded())


@pytest.mark.parametrize("value", [2, 2.0, Fraction(4, 2), Decimal("2.0"), Scalar(2.0)])
def test_numbers(value: Any) -> None:
    """Whatever converts to a float is recorded as one."""
    found = recorded(value)

    assert found == [("loss", 2.0, "lower")]
    assert type(found[0][1]) is float


@pytest.mark.parametrize(("value", "number"), [(10**400, math.inf), (-(10**400), -math.inf), (math.inf, math.inf), (0, 0.0), (-3, -3.0)])
def test_any_size(value: Any, number: float) -> None:
    """Zero, negative and endless numbers are recorded: whether they can be improved is for the loop to say."""
    assert recorded(value, "higher") == [("loss", number, "higher")]


def test_nan() -> None:
    """So is NaN, and twice if need be."""
    metric = AutoloopMetric(1, [])
    metric("loss", math.nan)
    metric("loss", Decimal("nan"))

    assert [math.isnan(value) for _, value, _ in metric.recorded()] == [True]


@pytest.mark.parametrize("value", ["2.0", b"2", True, 2j, None, [2.0], object()])
def test_no_numbers(value: Any) -> None:
    """Text, truth, complex numbers and collections are no measurement."""
    with pytest.raises(TypeError, match=f"'loss' must be a number, not {type(value).__name__}"):
        recorded(value)


def test_twice() -> None:
    """The same number may be recorded again, another one or another direction may not."""
    metric = AutoloopMetric(1, [])
    metric("loss", 2)
    metric("loss", 2.0)
    metric("more", 1)

    with pytest.raises(ValueError, match=r"'loss' was recorded as 2\.0 \(lower\) and now as 3\.0"):
        metric("loss", 3)
    with pytest.raises(ValueError, match="one number under a name"):
        metric("loss", 2, direction="higher")
    assert [name for name, _, _ in metric.recorded()] == ["loss", "more"]


@pytest.mark.parametrize("name", ["", " loss", "lo\nss", "x" * 81, "memory", "CPU"])
def test_names(name: str) -> None:
    """A name is short and printable, and none that means something else on the command line."""
    with pytest.raises(ValueError, match="autoloop_metric"):
        recorded(1, name=name)


def test_misuse() -> None:
    """A direction is one of two words, and a name is text."""
    with pytest.raises(ValueError, match="'lower' or 'higher', not 'up'"):
        recorded(1, "up")
    with pytest.raises(TypeError, match="name is a str"):
        recorded(1, name=1)


ORDINARY = {
    "tests/test_metric.py": f"""\
import sys


def test_before(request):
    assert "pytest_autoloop.worker.metric" not in sys.modules


def test_records(autoloop_metric, request):
    autoloop_metric("loss", 2)
    autoloop_metric("accuracy", 0.9, direction="higher")
    assert autoloop_metric.seed == {FIXED_SEED}
    assert request.node.user_properties == [("loss", 2.0), ("accuracy", 0.9)]
""",
}


def test_ordinary_run(new_project: Callable[..., Project]) -> None:
    """Without the loop the fixture is there, its seed always the same; what is recorded are properties of the test, as in JUnit XML."""
    project = new_project(ORDINARY)

    result = project.run("tests/test_metric.py", "--junit-xml=.autoloop/junit.xml", "-W", "error", "--strict-config")

    result.assert_outcomes(passed=2)
    assert '<property name="accuracy" value="0.9"' in (project.path / ".autoloop/junit.xml").read_text(encoding="utf-8")


def test_the_documented_example(new_project: Callable[..., Project]) -> None:
    """The example in the documentation runs as it stands, given something to train."""
    text = (Path(__file__).parents[2] / "docs" / "how-to.md").read_text(encoding="utf-8")
    example = re.search(r"```python\n# tests/test_train.py\n(.*?)```", text, re.DOTALL)
    assert example is not None
    project = new_project({"tests/test_train.py": example[1], "src/model.py": "def train(rng):\n    return 2.0 + rng.random() / 100\n"})

    project.run("tests/test_train.py", "-W", "error").assert_outcomes(passed=1)
