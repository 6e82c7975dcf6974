"""The pytest face of a run: the collected items go in, reports and a summary come out."""

from __future__ import annotations

import contextlib
import os
import signal
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any
from typing import NoReturn

import pytest

from .experiment import Proposal
from .experiment import Refused
from .run import Run
from .settings import Settings
from .terminal import Screen
from .terminal import summary_lines
from .workshop import Project
from .workspace.environment import Invocation
from .workspace.git import Repository
from .workspace.git import identity
from .workspace.git import without_git_variables

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .experiment import Experiment
    from .experiment import Task

# What a tree cannot do as the user's folder does, by the option's name in the parsed command line.
_REFUSED_OPTIONS = {
    "usepdb": "--pdb stops for a person, and the loop runs without one",
    "trace": "--trace stops for a person, and the loop runs without one",
    "looponfail": "-f watches files, and the loop runs in trees of its own",
    "basetemp": "--basetemp deletes its folder, and every child would",
    "lf": "--lf selects by the last run, which a fresh tree does not know",
    "failedfirst": "--ff orders by the last run, which a fresh tree does not know",
    "newfirst": "--nf orders by file times, which a fresh tree does not keep",
    "stepwise": "--sw selects by the last run, which a fresh tree does not know",
}
_STEERING_FILES = ("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg")


def neutral_flags(plugins: pytest.PytestPluginManager) -> list[str]:
    """Return the flags that keep plugins from spreading, tracing or shuffling tests; only for plugins that are there."""
    flags = []
    if plugins.hasplugin("xdist"):
        flags.append("-n0")
    if plugins.hasplugin("pytest_cov"):
        flags.append("--no-cov")
    if plugins.hasplugin("randomly"):
        flags += ["--randomly-dont-reorganize", "--randomly-seed=1"]
    return flags


class AutoloopSession:
    """The plugin object of an active run."""

    def __init__(self, config: pytest.Config, settings: Settings) -> None:
        self._config = config
        self._settings = settings
        self._repository: Repository | None = None
        self._author = ("", "")
        self._run: Run | None = None
        self._status: int | None = None
        self._refusal: str | None = None

    @classmethod
    def of(cls, config: pytest.Config) -> AutoloopSession:
        """Check everything that can be checked before collection. Raises `pytest.UsageError` with the remedy."""
        try:
            session = cls(config, Settings.of(config))
            session._check_options()
            if not config.option.collectonly:
                session._check_repository()
        except Refused as refused:
            raise pytest.UsageError(f"autoloop: {refused}") from None
        return session

    def _check_options(self) -> None:
        if os.name != "posix":
            raise Refused("this system is not supported yet: use Linux or macOS")
        for name, why in _REFUSED_OPTIONS.items():
            if getattr(self._config.option, name, None):
                raise Refused(f"{why}: leave it out")
        if self._config.invocation_params.plugins:
            raise Refused("plugins given to pytest.main() as objects cannot reach a child: name them with -p")
        if not self._config.pluginmanager.hasplugin("benchmark"):
            raise Refused("pytest-benchmark is not active: install it, and do not block it with -p no:benchmark")
        _check_versions()

    def _check_repository(self) -> None:
        folder = self._config.invocation_params.dir.resolve()
        self._author = identity(folder)
        with without_git_variables():
            repository = Repository(folder)
            changed, untracked = repository.status()
            if changed:
                raise Refused(f"uncommitted changes would not be in the trees ({_some(changed)}): commit or stash them")
            loose = [path for path in untracked if path.endswith(".py") or Path(path).name in _STEERING_FILES]
            if loose:
                raise Refused(f"files that git does not know would not be in the trees ({_some(loose)}): commit, ignore or remove them")
            if self._settings.branch is not None and repository.branch_exists(self._settings.branch):
                raise Refused(f"there is a branch {self._settings.branch!r} already: choose another with --autoloop-branch")
        self._repository = repository

    # pytest's hooks

    def pytest_report_header(self) -> str | None:
        """Say in one line what is going to happen."""
        settings = self._settings
        if settings.judge:
            return f"autoloop: judging {len(settings.judge)} against HEAD, keeping nothing; isolation process"
        return f"autoloop: agents {', '.join(settings.agents)}; isolation process"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say in a dry run what is objective and what is gate."""
        reporter = self._reporter
        if not session.config.option.collectonly or reporter is None:
            return
        objective = [item.nodeid for item in session.items if "benchmark" in getattr(item, "fixturenames", ())]
        reporter.ensure_newline()
        reporter.section("autoloop: what a run would do", "=")
        reporter.write_line(f"objective: {len(objective)} benchmark tests, to become faster")
        for nodeid in objective:
            reporter.write_line(f"  {nodeid}")
        reporter.write_line(f"gate: {len(session.items)} tests, every one to pass (the benchmarks among them)")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the loop in place of the tests."""
        config = session.config
        if config.option.collectonly:
            return None
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return None
        try:
            with without_git_variables(), _terminable():
                self._execute(session)
        except Refused as refused:
            if refused.status == pytest.ExitCode.USAGE_ERROR:
                raise pytest.UsageError(f"autoloop: {refused}") from None
            self._status, self._refusal = refused.status, str(refused)
        return True

    def _execute(self, session: pytest.Session) -> None:
        if not session.items:
            raise Refused("nothing to optimise: no test was selected", 5)
        config, repository = session.config, self._repository
        assert repository is not None
        screen = Screen(self._reporter, config.option.verbose)
        run = Run(
            Project(
                settings=self._settings,
                repository=repository,
                author=self._author,
                invocation=Invocation(
                    args=tuple(str(arg) for arg in config.invocation_params.args),
                    folder=config.invocation_params.dir.resolve(),
                    toplevel=repository.toplevel,
                ),
                expected=_expected(session, repository.toplevel),
                flags=("--maxfail=0", *neutral_flags(config.pluginmanager)),
                testpaths=_testpaths(config, repository.toplevel),
                given=tuple(_given(name, repository, config.invocation_params.dir) for name in self._settings.judge),
                display=screen,
                propose=self._propose,
                finished=self._finished,
                relay=_Relay(config, screen),
            )
        )
        self._run = run
        try:
            record = run.execute()
        finally:
            screen.quiet()
        if self._settings.judge and not all(experiment.kept for experiment in record.experiments):
            self._status = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Set the exit status of a run that pytest itself finds nothing wrong with."""
        if self._status is not None and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
            session.exitstatus = self._status

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Write the closing section."""
        run = self._run
        if run is None and self._refusal is None:
            return
        terminalreporter.section("autoloop")
        if self._refusal is not None:
            terminalreporter.write_line(self._refusal, red=True)
        elif run is not None:
            path = run.folder / "report.json"
            folder = self._config.invocation_params.dir.resolve()
            shown = path.relative_to(folder) if path.is_relative_to(folder) else path
            for line in summary_lines(run.record, str(shown)):
                terminalreporter.write_line(line)

    # The ways back to pytest

    @property
    def _reporter(self) -> pytest.TerminalReporter | None:
        reporter: pytest.TerminalReporter | None = self._config.pluginmanager.get_plugin("terminalreporter")
        return reporter

    def _propose(self, task: Task) -> Proposal | None:
        proposal = self._config.hook.pytest_autoloop_propose(config=self._config, task=task)
        if proposal is not None and not isinstance(proposal, Proposal):
            raise Refused(f"a pytest_autoloop_propose hook returned {type(proposal).__name__}: it must return a Proposal or None")
        return proposal

    def _finished(self, experiment: Experiment) -> None:
        self._config.hook.pytest_autoloop_experiment_finished(config=self._config, experiment=experiment)


class _Relay:
    """Shows the baseline's reports as pytest's own."""

    def __init__(self, config: pytest.Config, screen: Screen) -> None:
        self._config = config
        self._screen = screen

    def __call__(self, data: dict[str, Any]) -> None:
        hook = self._config.hook
        report = hook.pytest_report_from_serializable(config=self._config, data=data)
        if not isinstance(report, pytest.TestReport):
            return
        self._screen.quiet()
        if report.when == "setup":
            hook.pytest_runtest_logstart(nodeid=report.nodeid, location=report.location)
        hook.pytest_runtest_logreport(report=report)
        if report.when == "teardown":
            hook.pytest_runtest_logfinish(nodeid=report.nodeid, location=report.location)


def _expected(session: pytest.Session, toplevel: Path) -> Any:
    from .judging.baseline import Expected

    def relative(path: Path) -> str:
        resolved = path.resolve()
        return resolved.relative_to(toplevel).as_posix() if resolved.is_relative_to(toplevel) else str(path)

    config = session.config
    return Expected(
        ids=tuple(item.nodeid for item in session.items),
        rootdir=relative(config.rootpath),
        inipath=None if config.inipath is None else relative(config.inipath),
    )


def _testpaths(config: pytest.Config, toplevel: Path) -> tuple[str, ...]:
    paths = [(config.rootpath / str(path)).resolve() for path in config.getini("testpaths")]
    return tuple(path.relative_to(toplevel).as_posix() for path in paths if path.is_relative_to(toplevel))


def _given(name: str, repository: Repository, folder: Path) -> Proposal:
    """Return the proposal that a patch file or a revision on the command line stands for."""
    from .agents.replay import patch_proposal

    path = folder / name
    if path.is_file():
        return patch_proposal(path)
    patch, subject = repository.change_of(name)
    return Proposal(title=subject, agent="commit", patch=patch, source=name, cost_usd=0.0)


def _check_versions() -> None:
    from importlib.metadata import version

    def number(name: str) -> tuple[int, ...]:
        return tuple(int(part) for part in version(name).split(".")[:2] if part.isdigit())

    if number("pytest") >= (9, 2) and number("pytest-benchmark") < (5, 3):
        raise Refused("pytest 9.2 and newer need pytest-benchmark 5.3.1 or newer: upgrade it")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


@contextlib.contextmanager
def _terminable() -> Iterator[None]:
    """Let SIGTERM end a run as Ctrl-C does, so that it is put on record and cleared away."""

    def interrupt(*_: object) -> NoReturn:
        raise KeyboardInterrupt

    try:
        before = signal.signal(signal.SIGTERM, interrupt)
    except ValueError:
        # pytest does not run in the main thread: signals are somebody else's.
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
