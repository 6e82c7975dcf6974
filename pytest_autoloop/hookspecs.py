"""The hooks that projects and plugins may implement.

In a ``conftest.py`` mark an implementation ``@pytest.hookimpl(optionalhook=True)``, so that the project's tests also run where this
plugin is not installed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest

if TYPE_CHECKING:
    from .experiment import Candidate
    from .experiment import Experiment
    from .experiment import Proposal
    from .experiment import Task
    from .loop import State


@pytest.hookspec(firstresult=True)
def pytest_autoloop_propose(config: pytest.Config, task: Task) -> Proposal | None:
    """Propose a change, by editing ``task.tree`` or by returning a patch.

    The first implementation that returns a proposal wins; None leaves it to the others, and in the end to the agents that were named by
    setting. What counts is the difference of the tree or the patch, never what the proposal says of itself.

    :param config: The pytest configuration.
    :param task: The goal, the objective in numbers, the profile, and what was tried before.

    .. versionadded:: 0.1
    """


@pytest.hookspec(firstresult=True)
def pytest_autoloop_check(config: pytest.Config, candidate: Candidate) -> str | None:
    """Check a candidate that has passed every test, for instance with a type checker.

    The first implementation that returns a text rejects the candidate, and the text is the reason. ``candidate.tree`` is to be read only.

    :param config: The pytest configuration.
    :param candidate: The incumbent with the proposal applied.

    .. versionadded:: 0.1
    """


@pytest.hookspec(firstresult=True)
def pytest_autoloop_should_stop(config: pytest.Config, state: State) -> str | None:
    """Say before an experiment that the run should stop: the first text that is returned is the reason.

    :param config: The pytest configuration.
    :param state: Every experiment so far.

    .. versionadded:: 0.1
    """


def pytest_autoloop_experiment_finished(config: pytest.Config, experiment: Experiment) -> None:
    """Learn of an experiment the moment it is judged and on record.

    :param config: The pytest configuration.
    :param experiment: The proposal and its verdict.

    .. versionadded:: 0.1
    """


def pytest_autoloop_run_finished(config: pytest.Config, report: dict[str, Any]) -> None:
    """Learn of the end of a run.

    :param config: The pytest configuration.
    :param report: What ``report.json`` holds.

    .. versionadded:: 0.1
    """
