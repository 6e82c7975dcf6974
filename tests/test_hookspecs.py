from __future__ import annotations

import inspect

import pytest

from pytest_autoloop import hookspecs

HOOKS = {name: hook for name, hook in vars(hookspecs).items() if name.startswith("pytest_")}


@pytest.mark.parametrize("name", HOOKS)
def test_names_and_words(name: str) -> None:
    """Every hook has our prefix, gets the configuration first, and says what each argument is and since when there is the hook."""
    hook = HOOKS[name]
    first, *others = inspect.signature(hook).parameters
    words = inspect.getdoc(hook) or ""

    assert name.startswith("pytest_autoloop_")
    assert first == "config"
    assert all(f":param {argument}:" in words for argument in (first, *others))
    assert ".. versionadded::" in words


def test_all_are_known_to_pytest(pytestconfig: pytest.Config) -> None:
    """A conftest may implement any of them in every run, also in one without the loop."""
    assert all(hasattr(pytestconfig.hook, name) for name in HOOKS)
    assert sorted(HOOKS) == [
        "pytest_autoloop_check",
        "pytest_autoloop_experiment_finished",
        "pytest_autoloop_propose",
        "pytest_autoloop_run_finished",
        "pytest_autoloop_should_stop",
    ]


def test_one_answer_wins(pytestconfig: pytest.Config) -> None:
    """Where an answer is wanted, the first that is given ends the search."""
    single = {name for name in HOOKS if getattr(pytestconfig.hook, name).spec.opts["firstresult"]}

    assert single == {"pytest_autoloop_propose", "pytest_autoloop_check", "pytest_autoloop_should_stop"}
