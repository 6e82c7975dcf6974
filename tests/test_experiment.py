from __future__ import annotations

import dataclasses
import inspect
from typing import TYPE_CHECKING
from typing import Any
from typing import get_type_hints

import pytest

from pytest_autoloop import experiment
from pytest_autoloop import stopping
from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Refused
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.experiment import VerdictKind

if TYPE_CHECKING:
    from types import ModuleType


def values(module: ModuleType) -> list[Any]:
    """Return the dataclasses that a module defines."""
    return [kind for _, kind in inspect.getmembers(module, dataclasses.is_dataclass) if kind.__module__ == module.__name__]


@pytest.mark.parametrize("kind", [*values(experiment), *values(stopping)], ids=lambda kind: kind.__name__)
def test_values_that_travel(kind: Any) -> None:
    """What crosses rooms cannot be changed, has no other attributes than its fields, is made by keyword, and says what it is."""
    assert kind.__dataclass_params__.frozen
    assert hasattr(kind, "__slots__")
    assert all(parameter.kind is parameter.KEYWORD_ONLY for parameter in inspect.signature(kind).parameters.values())
    assert kind.__doc__
    assert not kind.__doc__.startswith(f"{kind.__name__}(")


def test_values_exist() -> None:
    """The check above looks at something."""
    assert {"Gain", "Verdict", "Experiment", "Task", "Proposal"} <= {kind.__name__ for kind in values(experiment)}


@pytest.mark.parametrize("kind", ["kept", "rejected", "flagged"])
def test_kept(kind: VerdictKind) -> None:
    """Only a kept experiment counts as kept."""
    made = Experiment(number=1, parent="", title="", agent="", verdict=Verdict(kind=kind, stage="audit", reason=""))

    assert made.kept == (kind == "kept")


def test_defaults_are_nobody_elses() -> None:
    """Two experiments share no collection that one could write into the other."""
    one, two = (Experiment(number=n, parent="", title="", agent="", verdict=Verdict(kind="kept", stage="audit", reason="")) for n in (1, 2))

    assert one.benchmarks is not two.benchmarks
    assert one.seconds is not two.seconds
    assert get_type_hints(Verdict)["kind"] == VerdictKind


def test_refused() -> None:
    """A refusal carries the exit status that pytest ends with: usage, unless it says otherwise."""
    assert Refused("why").status == 4
    assert Refused("why", 5).status == 5
    assert str(Refused("why")) == "why"
