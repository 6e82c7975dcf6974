"""Entry point of the plugin: options, hook specifications, and the session on demand.

An inactive run imports this module and pytest, nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from . import hookspecs

if TYPE_CHECKING:
    from collections.abc import Generator

    from .worker.metric import AutoloopMetric

_SESSION = "autoloop-session"


def pytest_addhooks(pluginmanager: pytest.PytestPluginManager) -> None:
    """Register the hook specifications, always, so that a conftest may implement them."""
    pluginmanager.add_hookspecs(hookspecs)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    from .settings import OPTIONS
    from .settings import SWITCHES

    group = parser.getgroup("autoloop", "make the project faster in a loop: propose, test, measure, keep what is proven")
    group.addoption(
        "--autoloop",
        action="store_true",
        default=False,
        help="run the loop: the benchmark tests are the objective, all selected tests the gate; keeps go to a branch",
    )
    group.addoption(
        "--autoloop-judge",
        action="append",
        metavar="PATCH_OR_REV",
        help="judge patch files or commits against HEAD, each on its own, and keep nothing; exit status 1 unless all would be kept",
    )
    group.addoption(
        "--autoloop-calibrate",
        action="store_true",
        default=False,
        help="self-test: judge do-nothing and planted candidates, and say how noisy this machine is and which gains it sees",
    )
    group.addoption(
        "--autoloop-resume",
        nargs="?",
        const="",
        metavar="RUN",
        help="go on with a run that was interrupted, or that is complete and is to go further: the one named by its id, else the newest",
    )
    for option in OPTIONS:
        group.addoption(
            option.flag, dest=option.key, action="append" if option.several else "store", metavar=option.metavar, help=option.help
        )
        about = f"see {option.flag}"
        if option.several:
            parser.addini(option.key, about, type="linelist", default=[])
        else:
            parser.addini(option.key, about, type="string", default="")
    for switch in SWITCHES:
        group.addoption(switch.flag, dest=switch.key, action="store_true", default=False, help=switch.help)
        parser.addini(switch.key, f"see {switch.flag}", type="bool", default=False)


def _asked_for(options: object) -> bool:
    # A run to go on with may be left unnamed.
    resuming = getattr(options, "autoloop_resume", None) is not None
    return resuming or any(getattr(options, name, None) for name in ("autoloop", "autoloop_judge", "autoloop_calibrate"))


@pytest.hookimpl(wrapper=True)
def pytest_load_initial_conftests(early_config: pytest.Config, args: list[str]) -> Generator[None, None, None]:
    """Take plugins out of the way that would spread, trace or shuffle what the loop has to see whole and in order."""
    if _asked_for(early_config.known_args_namespace):
        from .session import neutral_flags

        args += neutral_flags(early_config.pluginmanager)
        # pytest-cov reads the early namespace, before the arguments are parsed again.
        if early_config.pluginmanager.hasplugin("pytest_cov"):
            early_config.known_args_namespace.no_cov = True
    return (yield)


@pytest.hookimpl(tryfirst=True)
def pytest_cmdline_main(config: pytest.Config) -> None:
    """Refuse what would take over before anything is configured."""
    if _asked_for(config.option) and getattr(config.option, "looponfail", False):
        raise pytest.UsageError("autoloop: -f watches files, and the loop runs in trees of its own: leave it out")


def pytest_configure(config: pytest.Config) -> None:
    """Register the session if the loop is asked for. An xdist worker leaves that to its controller."""
    if _asked_for(config.option) and not hasattr(config, "workerinput"):
        from .session import After
        from .session import AutoloopSession

        session = AutoloopSession.of(config)
        config.pluginmanager.register(session, _SESSION)
        config.pluginmanager.register(After(session), f"{_SESSION}-after")


@pytest.fixture
def autoloop_metric(request: pytest.FixtureRequest) -> AutoloopMetric:
    """Record numbers that ``pytest --autoloop --autoloop-metric NAME`` may improve: ``autoloop_metric("val_loss", loss)``.

    Pass ``direction="higher"`` where higher is better, and use ``autoloop_metric.seed`` for random choices. In an ordinary run the
    numbers go into the test's ``user_properties`` (and so into JUnit XML), and the seed is always the same.
    """
    from .worker.metric import FIXED_SEED
    from .worker.metric import AutoloopMetric

    return AutoloopMetric(FIXED_SEED, request.node.user_properties)
