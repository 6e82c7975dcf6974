"""The plugin as every pytest run meets it: inactive in nearly all, and with other plugins in the way."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sample import IDLE
from sample import PLUGINS

from pytest_autoloop import __version__
from pytest_autoloop import plugin
from pytest_autoloop.settings import OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from sample import Project

HEAVY = ("git", "rich", "libcst", "pytest_autoloop.loop", "pytest_autoloop.session", "pytest_autoloop.worker")
INACTIVE = {
    "conftest.py": """\
import pytest


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_propose(config, task):
    raise AssertionError


@pytest.hookimpl(optionalhook=True)
def pytest_autoloop_run_finished(config, report):
    raise AssertionError
""",
    "tests/test_modules.py": f"""\
import sys


def test_nothing_is_imported():
    assert "pytest_autoloop.plugin" in sys.modules
    assert [name for name in {HEAVY} if name in sys.modules] == []


def test_benchmark_is_pytest_benchmarks_own(benchmark):
    assert type(benchmark).__module__ == "pytest_benchmark.fixture"
    benchmark.pedantic(int, rounds=3)
    assert benchmark.stats.stats.rounds == 3
""",
}


@pytest.fixture(scope="module")
def quiet(new_project: Callable[..., Project]) -> Project:
    """A project whose conftest implements our hooks."""
    return new_project(INACTIVE)


def test_inactive(quiet: Project) -> None:
    """Without --autoloop nothing of ours is imported but the plugin, tests run as ever, and strict modes have no objection."""
    before = quiet.state()
    result = quiet.run("tests/test_modules.py", "tests/test_demo.py", "--strict-markers", "--strict-config", "-W", "error")

    result.assert_outcomes(passed=4)
    assert "autoloop:" not in result.stdout.str()
    assert quiet.state() == before
    assert not (quiet.path / ".autoloop").exists()


def test_blocked(quiet: Project) -> None:
    """With the plugin blocked, a conftest with optional hooks works on."""
    result = quiet.run("tests/test_demo.py", "-p", "no:autoloop", plugins=["-p", "benchmark"])

    result.assert_outcomes(passed=2)


def test_loaded_by_its_entry_point(quiet: Project) -> None:
    """Installed, it is there by itself, and can still be named; the help lists every option."""
    result = quiet.run("--help", plugins=["-p", "autoloop"], env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""})
    text = result.stdout.str()

    assert result.ret == pytest.ExitCode.OK
    assert [option.flag for option in OPTIONS if option.flag not in text] == []
    assert [option.key for option in OPTIONS if option.key not in text] == []
    assert "--autoloop " in text
    assert "--autoloop-judge=PATCH_OR_REV" in text
    assert "make the project faster in a loop: propose, test, measure, keep what is proven:" in text
    assert "%%" not in text


def test_an_xdist_worker_leaves_it_to_its_controller(pytester: pytest.Pytester) -> None:
    """A worker gets the controller's arguments, --autoloop among them, and must not start a loop of its own."""
    config = pytester.parseconfig("--autoloop")
    config.workerinput = {"workerid": "gw0"}  # type: ignore[attr-defined]
    plugin.pytest_configure(config)

    assert not config.pluginmanager.hasplugin("autoloop-session")


def test_version() -> None:
    """The version is the installed distribution's, and no other name is made up."""
    import pytest_autoloop

    assert __version__[0].isdigit()
    with pytest.raises(AttributeError, match="no attribute 'versions'"):
        pytest_autoloop.versions  # noqa: B018


SPREADING = "-n2 --cov=demo --cov-report=term --cov-fail-under=90 -v"


def test_plugins_that_spread_trace_and_shuffle(project: Project) -> None:
    """Where configuration asks for workers, coverage and a random order, a run sees every test, here, untraced and in file order."""
    for name in ("xdist", "pytest_cov", "pytest_randomly"):
        pytest.importorskip(name)
    text = "\n".join(f"def test_{number:02}():\n    pass\n" for number in range(20))
    project.commit({"tests/test_many.py": text, **IDLE})
    plugins = [*PLUGINS, "-p", "xdist", "-p", "pytest_cov", "-p", "randomly"]
    files = ["tests/test_demo.py", "tests/test_many.py", "tests/test_idle.py"]
    result = project.run("--autoloop", *files, plugins=plugins, env={"PYTEST_ADDOPTS": SPREADING})
    lines = [line.split(" ")[0].rpartition("::")[2] for line in result.outlines if "PASSED" in line]

    result.assert_outcomes(passed=22, skipped=1)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert lines == ["test_total", "test_join", *(f"test_{number:02}" for number in range(20))]
    assert "coverage" not in result.stdout.str().lower()
    assert "workers" not in result.stdout.str()
    assert not (project.path / ".coverage").exists()


def test_the_same_without_the_loop(project: Project) -> None:
    """The very same configuration spreads and traces tests when no loop is asked for: it was the loop that kept it from that."""
    for name in ("xdist", "pytest_cov", "pytest_randomly"):
        pytest.importorskip(name)
    plugins = [*PLUGINS, "-p", "xdist", "-p", "pytest_cov", "-p", "randomly"]
    result = project.run("tests/test_demo.py", plugins=plugins, env={"PYTEST_ADDOPTS": SPREADING})

    assert "2 workers" in result.stdout.str()
    assert "Required test coverage of 90" in result.stdout.str()


def test_blocked_plugins_get_no_flags(project: Project) -> None:
    """A plugin that is installed and blocked would not know the flags that keep it quiet."""
    blocked = ["-p", "no:xdist", "-p", "no:cov", "-p", "no:randomly"]
    result = project.run("--autoloop", "--collect-only", *blocked, env={"PYTEST_DISABLE_PLUGIN_AUTOLOAD": ""})

    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["objective: 1 benchmark, to become faster"])


def test_asked_for_in_the_configuration(project: Project) -> None:
    """A loop that stands in the configuration is one loop: the children, which read the same configuration, start none."""
    project.commit({"pytest.ini": "[pytest]\naddopts = --autoloop --autoloop-patience=3\npythonpath = src\ntestpaths = tests\n", **IDLE})
    result = project.run("tests/test_demo.py", "tests/test_idle.py")

    result.assert_outcomes(passed=2, skipped=1)
    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert len(list((project.path / ".autoloop" / "runs").iterdir())) == 1


def test_hidden_once(project: Project) -> None:
    """The folder of the runs is hidden from git by one line in the repository's own exclude file, however many runs there are."""
    for _ in range(2):
        project.run("--autoloop", "--autoloop-agent=nobody")
    lines = (project.path / ".git" / "info" / "exclude").read_text().splitlines()

    assert lines.count("/.autoloop/") == 1
    assert project.git("status", "--porcelain") == ""
