"""Importing ahead is learnt from the incumbent, tried out on it, and left be where it makes a difference."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.judging.ahead import learn_ahead
from pytest_autoloop.judging.duel import Ring

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab import Lab

OBJECTIVE = ["tests/test_bench.py::test_bench_total"]
# As most people have it: all plugins that are installed, and pytest rewrites their asserts.
ALL = {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""}
_LIMIT = 60.0
CONFTEST = """\
import sys

EARLY = "colorsys" in sys.modules
import colorsys
import helper
"""
TELLS = """\
from conftest import EARLY

from demo import total


def test_bench_total(benchmark):
    {does}
    assert benchmark(total, 8000) == 170634668000
"""


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab({"tests/conftest.py": CONFTEST, "tests/helper.py": "import wave\n", "src/demo/more.py": ""})


def test_installed_modules_are_learnt(shared: Lab) -> None:
    """What the benchmarks import from the standard library is among it, the project's modules are not; all that is a plugin's is marked.

    A duel that passes has no summary, so what a plugin would import for one is not among it.
    """
    command, why = learn_ahead(shared.launcher(plugins=(), env=ALL), shared.tree(), OBJECTIVE, _LIMIT)

    assert why is None
    assert command is not None
    assert {"colorsys", "wave", "pytest_timeout", "pytest_autoloop.settings"} <= set(command.ahead)
    assert "pytest_timeout" in command.rewritten
    assert "colorsys" not in command.rewritten
    assert "_hypothesis_pytestplugin" in command.ahead
    assert "hypothesis" not in command.ahead
    assert not [name for name in command.ahead if name.partition(".")[0] in ("demo", "helper", "conftest", "test_bench")]
    assert not command.look


def test_duels_import_ahead(shared: Lab) -> None:
    """In a duel the modules are there before the project's first line runs, even where every warning is an error."""
    launcher = shared.launcher("-W", "error", plugins=(), env=ALL)
    plain = shared.tree()
    launcher.ahead, _ = learn_ahead(launcher, plain, OBJECTIVE, _LIMIT)
    ring = Ring(launcher, random.Random(1))
    benchmarks = ring.calibrate(plain, OBJECTIVE, _LIMIT)
    incumbent, candidate = (shared.tree({"tests/test_bench.py": TELLS.format(does="assert EARLY")}) for _ in range(2))

    duel = ring.duel(incumbent, candidate, benchmarks, _LIMIT)
    launcher.close()

    assert duel.rounds.keys() == set(OBJECTIVE)


@pytest.mark.parametrize(
    ("does", "why"),
    [
        ("assert not EARLY", "does not get through|tests end in another way"),
        ("import warnings; EARLY and warnings.warn('came too late')", "it gives warnings"),
        ("EARLY and __import__('demo.more')", "other files are imported from the tree"),
    ],
)
def test_a_project_that_tells_the_difference_is_left_alone(shared: Lab, does: str, why: str) -> None:
    """If importing ahead changes outcomes, warnings or imports, duels do without."""
    command, said = learn_ahead(shared.launcher(), shared.tree({"tests/test_bench.py": TELLS.format(does=does)}), OBJECTIVE, _LIMIT)

    assert command is None
    assert said is not None
    assert any(part in said for part in why.split("|"))
