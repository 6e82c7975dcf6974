"""The pytest plugin of a child: selects, reports over the channel, and puts the driven fixture in place."""

from __future__ import annotations

import gc
import math
import sys
import sysconfig
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING
from typing import Any

import pytest

from .beforehand import Beforehand
from .canaries import plant
from .fixture import Driven
from .fixture import GateDriver
from .lines import LinesRun
from .memory import MemoryDriver
from .messages import Collected
from .messages import Go
from .messages import Imported
from .messages import Ran
from .messages import Recorded
from .messages import Report
from .metric import FIXED_SEED
from .metric import AutoloopMetric
from .parked import DuelDriver
from .profile import ProfileDriver
from .testcode import TestCode
from .trust import is_manageable

if TYPE_CHECKING:
    from collections.abc import Generator
    from warnings import WarningMessage

    from .ahead import Survey
    from .channel import WorkerEnd
    from .fixture import Driver
    from .messages import Order

# What the user's flags are set to in a child: the rounds, the timing and the record of them are the judge's, and so is the loop.
_OPTIONS: dict[str, object] = {
    "autoloop": False,
    "autoloop_judge": None,
    "benchmark_skip": False,
    "benchmark_only": False,
    "benchmark_disable": False,
    "benchmark_enable": False,
    "benchmark_save": None,
    "benchmark_autosave": False,
    "benchmark_json": None,
    "benchmark_compare": None,
    "benchmark_compare_fail": None,
    "benchmark_histogram": None,
    "benchmark_cprofile": None,
}

# Plugins that import a whole package for a summary that is empty unless it was imported before: that takes longer than a duel's start.
_SUMMARISERS = {"hypothesispytest": "hypothesis"}

_LONGEST_TEXT = 100_000


class Worker:
    """One pytest session in a child, under the judge's order."""

    def __init__(self, order: Order, channel: WorkerEnd, survey: Survey | None = None) -> None:
        self._order = order
        self._channel = channel
        self._survey = survey
        self._tree = Path(order.tree)
        self._planted: list[pytest.Item] = []
        self._beforehand = Beforehand(str(self._tree / path) for path in order.own) if order.own is not None else None

    def begin(self) -> None:
        """Begin with what has to be there before anything of the project is imported."""
        if self._beforehand is not None:
            self._beforehand.go_on()

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Neutralise the user's flags, which may stand in their configuration, and register the fixture, last of all so that it wins."""
        for name, value in _OPTIONS.items():
            if hasattr(config.option, name):
                setattr(config.option, name, value)
        driver = self._driver()
        config.pluginmanager.register(_Fixtures(driver, self._order, self._channel), "autoloop-fixtures")
        if isinstance(driver, ProfileDriver):
            config.pluginmanager.register(_BeforeBenchmarks(driver), "autoloop-before-benchmarks")
        if self._order.lines:
            config.pluginmanager.register(_Lines(self._order, self._channel), "autoloop-lines")

    def _driver(self) -> Driver:
        if self._order.mode == "duel":
            return DuelDriver(self._channel)
        if self._order.mode == "profile":
            return ProfileDriver(self._channel, self._tree)
        if self._order.mode == "memory":
            return MemoryDriver(self._channel, self._beforehand, self._order.metric_seed or 0)
        return GateDriver(self._channel)

    def pytest_ignore_collect(self, collection_path: Path) -> bool | None:
        """Leave out test files without a benchmark of the objective: collecting them may cost more than measuring."""
        if not self._order.files or collection_path.is_dir() or self._relative(collection_path) in self._order.files:
            return None
        return True

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> Generator[None, None, None]:
        """When everybody else has had their way, leave only the objective, or move the tests that failed before to the front."""
        yield
        order = self._order
        if order.mode == "gate":
            first = {nodeid: rank for rank, nodeid in enumerate(order.first)}
            items.sort(key=lambda item: first.get(_known_as(item.nodeid, order), len(first)))
            self._planted = plant(items, order.canaries)
            return
        # In the judge's order: a plugin that shuffles would shuffle the two sides of a duel differently.
        wanted = {nodeid: rank for rank, nodeid in enumerate(order.objective)}
        known = {item: _known_as(item.nodeid, order) for item in items}
        dropped = [item for item in items if known[item] not in wanted]
        items[:] = sorted((item for item in items if known[item] in wanted), key=lambda item: wanted[known[item]])
        self._planted = plant(items, order.canaries, order.seed)
        if dropped:
            config.hook.pytest_deselected(items=dropped)

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Tell what was collected and where from."""
        config = session.config
        items = {item: _known_as(item.nodeid, self._order) for item in session.items if item not in self._planted}
        driven = {item: nodeid for item, nodeid in items.items() if "benchmark" in getattr(item, "fixturenames", ())}
        self._channel.send(
            Collected(
                ids=list(items.values()),
                benchmarks={nodeid: self._relative(item.path) for item, nodeid in driven.items()},
                files=sorted({self._relative(item.path) for item in items if _stands_in_its_file(item)}),
                rootdir=self._relative(config.rootpath),
                inipath=None if config.inipath is None else self._relative(config.inipath),
            )
        )
        self._channel.send(self.imported())
        if self._order.step:
            command = self._channel.take()
            assert isinstance(command, Go), command

    def _relative(self, path: Path) -> str:
        return _relative(path, self._tree)

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Send each report."""
        data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
        # A talkative test says nothing to the judge; a person who looks at it finds the end.
        data["sections"] = [(title, text[-_LONGEST_TEXT:]) for title, text in report.sections]
        self._send(report, data)

    def _send(self, report: pytest.TestReport | pytest.CollectReport, data: dict[str, Any]) -> None:
        data["nodeid"] = _known_as(report.nodeid, self._order)
        # What other plugins put in may be anything.
        self._channel.send(Report(data={name: value for name, value in data.items() if is_manageable(value)}))

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Keep the configuration that reports are serialised with."""
        self._config = session.config

    @pytest.hookimpl(trylast=True)
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Send reports of modules that could not be collected."""
        if report.failed:
            data = self._config.hook.pytest_report_to_serializable(config=self._config, report=report)
            self._send(report, data)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Spare a duel what ends a session: searches for garbage, and a summary that nobody reads unless something failed."""
        if self._order.mode != "gate":
            gc.freeze()
            # The one that fails is a canary.
            if session.testsfailed == bool(self._planted):
                session.config.option.no_summary = True
                for name, package in _SUMMARISERS.items():
                    if package not in sys.modules and session.config.pluginmanager.has_plugin(name):
                        session.config.pluginmanager.unregister(name=name)

    def pytest_warning_recorded(self, warning_message: WarningMessage) -> None:
        """Remember the warnings of a session that is looked at."""
        if self._survey is not None:
            self._survey.warnings.append(f"{warning_message.category.__name__}: {warning_message.message}")

    def imported(self) -> Imported:
        """Look where the imported modules come from."""
        original = Path(self._order.original)
        environment = _environment_folders(original)
        files, foreign = set(), set()
        for module in list(sys.modules.values()):
            # A module may be any object, and asking a lazy one for an attribute may load it.
            name = module.__dict__.get("__file__") if isinstance(module, ModuleType) else None
            if not isinstance(name, str) or not name.endswith(".py"):
                continue
            path = Path(name)
            if path.is_relative_to(self._tree):
                files.add(path.relative_to(self._tree).as_posix())
            elif path.is_relative_to(original) and not any(path.is_relative_to(folder) for folder in environment):
                foreign.add(name)
        return Imported(files=sorted(files), foreign=sorted(foreign), since=self._channel.since_order())

    # A parked test waits for as long as the judge likes: limits on its time would fail it for nothing.

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_set_timer(self) -> bool | None:
        """Keep pytest-timeout from timing a parked test; in a gate the user's limits hold."""
        return None if self._order.mode == "gate" else True

    @pytest.hookimpl(tryfirst=True, optionalhook=True)
    def pytest_timeout_cancel_timer(self) -> bool | None:
        """Match `pytest_timeout_set_timer`."""
        return None if self._order.mode == "gate" else True

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_generate_machine_info(self) -> dict[str, str]:
        """Spare the processes that would describe the machine."""
        return {}

    @pytest.hookimpl(optionalhook=True)
    def pytest_benchmark_generate_commit_info(self) -> dict[str, str]:
        """Spare the processes that would describe a commit the tree does not know."""
        return {"id": "autoloop"}


class _BeforeBenchmarks:
    """Has a profiler look at what is called beside the measured calls, by modules that are imported, fixtures and tests."""

    def __init__(self, driver: ProfileDriver) -> None:
        self._driver = driver

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Begin with what modules call when they are imported."""
        self._driver.begin()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_finish(self) -> None:
        """Look at the tests by themselves: what they take is told from here on."""
        self._driver.collected()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Leave no profiler behind."""
        self._driver.end()


class _Lines:
    """Tells which lines the tests run, from the collection on."""

    def __init__(self, order: Order, channel: WorkerEnd) -> None:
        self._channel = channel
        self._names = {str(Path(order.tree) / path): path for path in order.lines}
        self._lines = LinesRun({name: order.lines[path] for name, path in self._names.items()})

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection(self) -> None:
        """Begin."""
        self._lines.start()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self) -> None:
        """Tell what was run."""
        self._channel.send(Ran(lines={self._names[name]: lines for name, lines in self._lines.stop().items()}))


class _Fixtures:
    """Holds the fixtures, since only an object registered late overrides pytest-benchmark's."""

    def __init__(self, driver: Driver, order: Order, channel: WorkerEnd) -> None:
        self._driver = driver
        self._order = order
        self._channel = channel
        self._code = TestCode([*order.fixed, *(nodeid.partition("::")[0] for nodeid in order.objective)], order.tree)

    @pytest.fixture
    def benchmark(self, benchmark: object, request: pytest.FixtureRequest) -> object:
        """Hand the rounds of pytest-benchmark's fixture to the judge."""
        node = request.node
        Driven.take_over(
            benchmark,
            self._driver,
            lambda nodeid: _known_as(nodeid, self._order),
            code=self._code,
            test=getattr(node, "obj", None),
            # All of them are there when it runs.
            fixtures=getattr(node, "funcargs", {}),
        )
        return benchmark

    @pytest.fixture
    def autoloop_metric(self, request: pytest.FixtureRequest) -> Generator[AutoloopMetric, None, None]:
        """Give the test the judge's seed, and tell the judge what it recorded."""
        node, order = request.node, self._order
        metric = AutoloopMetric(FIXED_SEED if order.metric_seed is None else order.metric_seed, node.user_properties)
        yield metric
        if order.mode in ("gate", "record"):
            file = _relative(node.path, Path(order.tree))
            for name, value, direction in metric.recorded():
                finite = math.isfinite(value)
                self._channel.send(
                    Recorded(
                        nodeid=_known_as(node.nodeid, order),
                        file=file,
                        metric=name,
                        direction=direction,
                        value=value if finite else None,
                        trouble="" if finite else f"is {value}",
                    )
                )


def _known_as(nodeid: str, order: Order) -> str:
    """Return the name that a test has for the user: parameters may hold paths of the project, which here is a tree."""
    return nodeid.replace(order.tree, order.original)


def _relative(path: Path, tree: Path) -> str:
    try:
        return path.relative_to(tree).as_posix() or "."
    except ValueError:
        return str(path)


def _stands_in_its_file(item: pytest.Item) -> bool:
    """Return whether a test is what its file is for.

    A source file may well have tests: its doctests, and the checks that linters and type checkers make of it.
    """
    if item.path.suffix != ".py":
        return True
    return item.getparent(pytest.Module) is not None and not isinstance(item, pytest.DoctestItem)


def _environment_folders(original: Path) -> set[Path]:
    """Return where in the repository installed packages and this plugin live: a virtual environment may well lie inside it.

    The other way round, a repository below a prefix such as ``/usr``, nothing of it is installed.
    """
    folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, *(sysconfig.get_path(name) for name in ("purelib", "platlib", "stdlib"))}
    paths = {Path(folder) for folder in folders} | {Path(__file__).parents[1]}
    return {path for path in paths if path != original and path.is_relative_to(original)}
