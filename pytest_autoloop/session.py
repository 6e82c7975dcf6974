"""The pytest face of a run: the collected items go in, reports and a summary come out."""

from __future__ import annotations

import contextlib
import signal
from typing import TYPE_CHECKING
from typing import Any
from typing import NoReturn

import pytest

from .checks import check_options
from .checks import check_repository
from .experiment import Proposal
from .experiment import Refused
from .judging.objective import BUILT_IN
from .project import Project
from .resume import check_limits
from .resume import take_up
from .run import Run
from .settings import Settings
from .settings import resumed
from .terminal import Relay
from .terminal import Screen
from .terminal import summary_lines
from .text import harmless
from .worker.confine import landlock_version
from .workspace.environment import Invocation
from .workspace.git import without_git_variables
from .workspace.isolation import strongest

if TYPE_CHECKING:
    from collections.abc import Generator
    from collections.abc import Iterator
    from collections.abc import Sized
    from pathlib import Path

    from .experiment import Task
    from .journal.replay import Replayed
    from .workspace.git import Repository

_NO_OBJECTIVE = (
    "nothing to optimise: no selected test uses the benchmark fixture of pytest-benchmark. Select the benchmarks as well as the tests, "
    "such as `pytest --autoloop tests benchmarks`"
)


_NO_METRIC = (
    "nothing to optimise: no selected test records a metric. Record one with the autoloop_metric fixture, and select its test as well"
)


def _measured(item: pytest.Item, metric: str | None) -> bool:
    """Return whether a test may be of the objective."""
    return ("benchmark" if metric in (None, *BUILT_IN) else "autoloop_metric") in getattr(item, "fixturenames", ())


def neutral_flags(plugins: pytest.PytestPluginManager) -> list[str]:
    """Return the flags that keep a run whole, and plugins (those that are there) from spreading, tracing or shuffling tests."""
    flags = ["--maxfail=0"]
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
        self._past: Replayed | None = None
        self._run: Run | None = None
        self._screen: Screen | None = None
        self._steps: Generator[None, None, None] | None = None
        self._stack = contextlib.ExitStack()
        self._status: int | None = None
        self._refusal: str | None = None

    @classmethod
    def of(cls, config: pytest.Config) -> AutoloopSession:
        """Check everything that can be checked before collection. Raises `pytest.UsageError` with the remedy."""
        try:
            session = cls(config, Settings.of(config))
            check_options(config)
            if not config.option.collectonly:
                session._repository, session._author = check_repository(config.invocation_params.dir.resolve(), session._settings)
                session._take_up(session._repository)
        except Refused as refused:
            raise pytest.UsageError(f"autoloop: {harmless(str(refused))}") from None
        return session

    def _take_up(self, repository: Repository) -> None:
        """Find the run to go on with, if that is what is asked for, and hold it to the end of this process' pytest."""
        if self._settings.resume is None:
            return
        stack = contextlib.ExitStack()
        self._config.add_cleanup(stack.close)
        with without_git_variables():
            self._past = take_up(repository, self._settings.resume, stack)
        self._settings = resumed(self._config, self._settings, self._past.settings)
        check_limits(self._past, self._settings)

    # pytest's hooks

    def pytest_report_header(self) -> str | None:
        """Say in one line what is going to happen."""
        settings = self._settings
        # What a run starts with: the baseline may show that its own tests need more freedom.
        isolation = strongest(settings.isolation, landlock_version() > 0)
        if settings.calibrate:
            return f"autoloop: self-test, keeping nothing; isolation {isolation}"
        if settings.judge:
            return f"autoloop: judging {len(settings.judge)} against HEAD, keeping nothing; isolation {isolation}"
        if self._past is not None:
            record = self._past.record
            return f"autoloop: going on with run {record.run} after {_number(record.experiments, 'experiment')}; isolation {isolation}"
        return f"autoloop: agents {', '.join(settings.agents)}; isolation {isolation}"

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Say in a dry run what is objective and what is gate."""
        reporter = self._reporter
        if not session.config.option.collectonly or reporter is None:
            return
        metric = self._settings.metric
        objective = [item.nodeid for item in session.items if _measured(item, metric)]
        reporter.ensure_newline()
        reporter.section("autoloop: what a run would do", "=")
        if metric in (None, "cpu", "wall"):
            reporter.write_line(f"objective: {_number(objective, 'benchmark')}, to become faster")
        elif metric == "memory":
            reporter.write_line(f"objective: {_number(objective, 'benchmark')}, to need less memory at the peak of a call")
        else:
            reporter.write_line(f"objective: those of {_number(objective, 'test')} that record {metric}, to become better")
        for nodeid in objective:
            reporter.write_line(f"  {nodeid}")
        among = " (the objective among them)" if objective else ""
        reporter.write_line(f"gate: {_number(session.items, 'test')}, every one to pass{among}")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtestloop(self, session: pytest.Session) -> bool | None:
        """Run the baseline in place of the tests. The loop itself follows when pytest is done with showing them, see `After`."""
        config = session.config
        if config.option.collectonly or not session.items:
            return None
        if session.testsfailed and not config.option.continue_on_collection_errors:
            return None
        metric = self._settings.metric
        if not any(_measured(item, metric) for item in session.items):
            self._status = pytest.ExitCode.NO_TESTS_COLLECTED
            self._refusal = _NO_OBJECTIVE if metric in (None, *BUILT_IN) else _NO_METRIC
            return True
        self._stack.enter_context(without_git_variables())
        self._stack.enter_context(_terminable())
        self._steps = self._prepared(session)
        # Whatever ends pytest before the loop is done ends the run too, and with it every child.
        self._stack.callback(self._steps.close)
        self._go_on(self._steps)
        return True

    def close(self) -> None:
        """End what was begun, with every child of it."""
        self._stack.close()

    def go_on(self) -> None:
        """Go on with what the baseline began, and clear up in any case."""
        with self._stack:
            if self._steps is not None:
                if self._reporter is not None and (writer := self._config.get_terminal_writer()).width_of_current_line:
                    writer.line()
                self._go_on(self._steps)
        run = self._run
        # What a limit left unjudged is not kept either, so the kept are counted against the given.
        if run is not None and sum(experiment.kept for experiment in run.record.experiments) < len(self._settings.judge):
            self._status = self._status or pytest.ExitCode.TESTS_FAILED

    def _go_on(self, steps: Iterator[None]) -> None:
        try:
            next(steps, None)
        except Refused as refused:
            if refused.status == pytest.ExitCode.USAGE_ERROR:
                before = self._past.record.experiments if self._past else ()
                if self._run is not None and self._run.record.experiments == before:
                    # Nothing was done, so there is nothing to sum up: the error says it all.
                    self._run = None
                raise pytest.UsageError(f"autoloop: {harmless(str(refused))}") from None
            self._status = refused.status
            if self._screen is not None and self._config.getoption("no_summary", False):
                self._screen.note(str(refused))
        finally:
            if self._screen is not None:
                self._screen.quiet()

    def _prepared(self, session: pytest.Session) -> Generator[None, None, None]:
        """Set up a run and yield as its steps do."""
        config, repository = session.config, self._repository
        assert repository is not None
        screen = Screen(self._reporter, config.getoption("verbose", 0))
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
                flags=tuple(neutral_flags(config.pluginmanager)),
                testpaths=_testpaths(config, repository.toplevel),
                given=tuple(_given(name, repository, config.invocation_params.dir) for name in self._settings.judge),
                display=screen,
                propose=self._propose,
                hooked=bool(self._hook.pytest_autoloop_propose.get_hookimpls()),
                check=lambda candidate: self._hook.pytest_autoloop_check(config=config, candidate=candidate),
                should_stop=lambda state: self._hook.pytest_autoloop_should_stop(config=config, state=state),
                finished=lambda experiment: self._hook.pytest_autoloop_experiment_finished(config=config, experiment=experiment),
                run_finished=lambda report: self._hook.pytest_autoloop_run_finished(config=config, report=report),
                relay=Relay(config, screen),
            ),
            self._past,
        )
        self._run, self._screen = run, screen
        yield from run.steps()

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
        terminalreporter.ensure_newline()
        terminalreporter.section("autoloop")
        if run is None:
            terminalreporter.write_line(str(self._refusal))
            return
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

    @property
    def _hook(self) -> Any:
        return self._config.hook


class After:
    """Runs the loop when pytest has shown the baseline to its end.

    Outermost of the wrappers around the tests: what pytest writes after the last of them is written before the loop starts.
    """

    def __init__(self, session: AutoloopSession) -> None:
        self._session = session

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtestloop(self) -> Generator[None, object, object]:
        """Let the baseline run, then the loop."""
        try:
            result = yield
        except BaseException:
            # An interrupted baseline is no reason to start the loop.
            self._session.close()
            raise
        self._session.go_on()
        return result


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


def _number(things: Sized, noun: str) -> str:
    return f"{len(things)} {noun}{'s' * (len(things) != 1)}"


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
