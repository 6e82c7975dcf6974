"""The agent itself: which rule is tried on which function, and when."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_autoloop.experiment import Proposal

from .diff import git_diff
from .module import Module
from .rules import RULES

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Sequence
    from pathlib import Path

    from pytest_autoloop.experiment import Hotspot
    from pytest_autoloop.experiment import Task

    from .function import Function
    from .rule import Rule

# What takes less than this share of the time can't become a gain that anybody can measure.
WORTHWHILE = 0.005
# Parsing takes about a second for every 10 000 lines: larger files are data, or generated.
LARGEST = 300_000
# A rule that was tried on an earlier text of a function has mostly been judged already.
AGAIN = 0.2

Key = tuple[str, str, str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Site:
    """One rule on one hot function, and what there is to gain at most."""

    function: Function
    rule: Rule
    path: str
    value: float

    @property
    def key(self) -> Key:
        return (self.path, self.function.qualname, self.function.source, self.rule.name)


class Rewrites:
    """Proposes well-known rewrites where the time is spent, the most promising first, each of them once."""

    free = True

    def __init__(self, rules: Sequence[Rule] = RULES, allowed: Callable[[Task, str], bool] | None = None) -> None:
        self._rules = rules
        self._allowed = allowed or is_allowed
        self._tried: set[Key] = set()
        self._modules: dict[str, tuple[str, Module | None]] = {}

    def propose(self, task: Task) -> Proposal | None:
        """Return the next rewrite as a patch against the incumbent, or None when there are none left."""
        for site in self._sites(task):
            self._tried.add(site.key)
            patch = _patch(site)
            if patch is not None:
                return Proposal(title=site.rule.title(site.function.name), agent="rewrites", patch=patch, cost_usd=0.0)
        return None

    def _sites(self, task: Task) -> list[_Site]:
        before = {(path, name, rule) for path, name, _, rule in self._tried}
        sites = []
        for hotspot, function in self._functions(task):
            values = {"own": hotspot.own, "calls": _reach(hotspot, function, task.profile)}
            for rule in self._rules:
                again = (hotspot.path, function.qualname, rule.name) in before
                value = values[rule.saves] * (AGAIN if again else 1.0)
                site = _Site(function=function, rule=rule, path=hotspot.path, value=value)
                if site.key not in self._tried:
                    sites.append(site)
        return sorted(sites, key=lambda site: (-site.value, -site.rule.priority))

    def _functions(self, task: Task) -> Iterator[tuple[Hotspot, Function]]:
        modules: dict[str, Module | None] = {}
        for hotspot in task.profile:
            path = hotspot.path
            if max(hotspot.own, hotspot.total) < WORTHWHILE or not _is_plain(path) or not self._allowed(task, path):
                continue
            if path not in modules:
                modules[path] = self._module(task.tree, path)
            module = modules[path]
            function = module.function(hotspot.line, hotspot.name) if module is not None else None
            if function is not None and function.is_rewritable:
                yield hotspot, function

    def _module(self, tree: Path, path: str) -> Module | None:
        text = _read(tree / path)
        if text is None:
            return None
        known = self._modules.get(path)
        if known is None or known[0] != text:
            try:
                known = (text, Module(text))
            except (SyntaxError, ValueError, RecursionError, MemoryError):
                known = (text, None)
            self._modules[path] = known
        return known[1]


def is_allowed(task: Task, path: str) -> bool:
    """Whether a patch may touch a file."""
    return any(_matches(path, glob) for glob in task.editable) and not any(_matches(path, glob) for glob in task.protected)


def _is_plain(path: str) -> bool:
    """Whether a path stays within the tree, and needs no quotes in a patch."""
    return path.isprintable() and not set(path) & set('"\\') and not path.startswith("/") and ".." not in path.split("/")


def _matches(path: str, glob: str) -> bool:
    """Match as git does: a star crosses folders, and a folder stands for all that is in it."""
    return any(fnmatchcase(path, each) or fnmatchcase(path, each.rstrip("/") + "/*") for each in (glob, glob.replace("**/", "")))


def _reach(hotspot: Hotspot, function: Function, profile: Sequence[Hotspot]) -> float:
    """Return the share of time spent in a function and what it calls, without the project's own functions that it calls by name."""
    called = sum(other.total for other in profile if other.name != hotspot.name and other.name in function.called)
    return max(hotspot.own, hotspot.total - called)


def _read(path: Path) -> str | None:
    """Return a source file's text, or None where there is none, or none that a patch could be made for."""
    if path.suffix != ".py" or path.is_symlink() or not path.is_file() or path.stat().st_size > LARGEST:
        return None
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return None if "\r" in text.replace("\r\n", "") else text


def _patch(site: _Site) -> str | None:
    change = site.rule.rewrite(site.function)
    if change is None:
        return None
    before = site.function.module.text
    after = site.function.module.changed(site.function, change)
    if after is None or after == before:
        return None
    # A rule that writes nonsense must not cost anybody an experiment.
    ast.parse(after)
    return git_diff(site.path, before, after)
