"""What can be checked before anything is collected: the command line, the versions around, the repository."""

from __future__ import annotations

import itertools
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .experiment import Refused
from .worker.fixture import unsupported
from .workspace.git import Repository
from .workspace.git import identity
from .workspace.git import without_git_variables

if TYPE_CHECKING:
    import pytest

    from .settings import Settings

# What a tree cannot do as the user's folder does, by the option's name in the parsed command line.
_REFUSED_OPTIONS = {
    "usepdb": "--pdb stops for a person, and the loop runs without one",
    "trace": "--trace stops for a person, and the loop runs without one",
    "basetemp": "--basetemp deletes its folder, and every child would",
    "lf": "--lf selects by the last run, which a fresh tree does not know",
    "failedfirst": "--ff orders by the last run, which a fresh tree does not know",
    "newfirst": "--nf orders by file times, which a fresh tree does not keep",
    "stepwise": "--sw selects by the last run, which a fresh tree does not know",
}
_STEERING_FILES = ("conftest.py", "pytest.ini", ".pytest.ini", "pytest.toml", ".pytest.toml", "pyproject.toml", "tox.ini", "setup.cfg")


def check_options(config: pytest.Config) -> None:
    """Refuse what a loop cannot do, whatever the project."""
    if os.name != "posix":
        raise Refused("this system is not supported yet: use Linux or macOS")
    for name, why in _REFUSED_OPTIONS.items():
        if getattr(config.option, name, None):
            raise Refused(f"{why}: leave it out")
    if config.invocation_params.plugins:
        raise Refused("plugins given to pytest.main() cannot reach a child: name them with -p")
    _check_aims(config)
    _check_paths(config)
    if not config.pluginmanager.hasplugin("benchmark"):
        raise Refused("pytest-benchmark is not active: install it, and do not block it with -p no:benchmark")
    _check_versions()


def _check_paths(config: pytest.Config) -> None:
    """Refuse a path that pytest has taken for one of tests.

    It looks for its root and its configuration before it knows any plugin's options, and a value that stands by itself may lead it
    astray.
    """
    args, folder = [str(arg) for arg in config.invocation_params.args], config.invocation_params.dir
    for option, value in itertools.pairwise(args):
        outside = not (folder / value).resolve().is_relative_to(folder.resolve())
        if option.startswith("--autoloop-") and "=" not in option and outside and (folder / value).exists():
            raise Refused(f"pytest takes {value} for a path of tests: write {option}={value}")


def _check_versions() -> None:
    from importlib.metadata import version

    def number(name: str) -> tuple[int, ...]:
        return tuple(int(part) for part in version(name).split(".")[:2] if part.isdigit())

    if number("pytest") >= (9, 2) and number("pytest-benchmark") < (5, 3):
        raise Refused("pytest 9.2 and newer need pytest-benchmark 5.3.1 or newer: upgrade it")
    if (why := unsupported()) is not None:
        raise Refused(f"{why}: use another version of it")


def _check_aims(config: pytest.Config) -> None:
    aims = {"--autoloop-judge": config.option.autoloop_judge, "--autoloop-calibrate": config.option.autoloop_calibrate}
    for name in (name for name, asked in aims.items() if asked and config.option.autoloop_resume is not None):
        raise Refused(f"--autoloop-resume goes on with a run, and {name} keeps nothing: leave one of them out")
    if all(aims.values()):
        raise Refused(f"{' and '.join(aims)} are two aims, and a run has one: leave one of them out")


def check_repository(folder: Path, settings: Settings) -> tuple[Repository, tuple[str, str]]:
    """Return the repository that a run in ``folder`` can start from, and the name and mail address for its commits."""
    with without_git_variables():
        repository = Repository(folder)
    # Before any variable is taken away: an identity may come from the environment.
    author = identity(folder)
    with without_git_variables():
        changed, untracked = repository.status()
        if changed:
            raise Refused(f"uncommitted changes would not be in the trees ({_some(changed)}): commit or stash them")
        loose = [path for path in untracked if path.endswith(".py") or Path(path).name in _STEERING_FILES]
        if loose:
            raise Refused(f"files that git does not know would not be in the trees ({_some(loose)}): commit, ignore or remove them")
        # The default name is taken by nobody, but a branch called `autoloop` would be in its way.
        repository.branch_exists("autoloop/0")
        if settings.branch is not None and settings.resume is None and repository.branch_exists(settings.branch):
            raise Refused(f"there is a branch {settings.branch!r} already: choose another with --autoloop-branch")
        report = settings.report
        if report is not None and (folder / report).exists() and not (folder / report).is_dir():
            raise Refused(f"--autoloop-report: {report} is a file, and a folder is needed")
        if settings.holdout is not None:
            check_holdout(folder, settings.holdout, repository.toplevel)
        program = settings.program
        if program is not None and not (folder / program).is_file():
            raise Refused(f"--autoloop-program: there is no file {program}")
    return repository, author


def check_holdout(folder: Path, given: str, toplevel: Path) -> None:
    """Refuse a holdout that is none, or that an agent would see."""
    path = folder.joinpath(Path(given).expanduser()).resolve()
    if not path.is_dir():
        raise Refused(f"--autoloop-holdout: there is no folder {given}")
    if path.is_relative_to(toplevel):
        raise Refused(f"--autoloop-holdout: {given} lies in the repository, where every agent can read it: move it out of there")
    if toplevel.is_relative_to(path):
        raise Refused(f"--autoloop-holdout: the repository lies in {given}: name a folder of its own, with nothing else in it")


def _some(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
