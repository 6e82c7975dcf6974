"""Where the time goes: one profiled process of the incumbent, folded into a list of the project's functions."""

from __future__ import annotations

import ast
import time
from typing import TYPE_CHECKING

from ..experiment import Hotspot
from ..worker.channel import ChannelClosed
from ..worker.channel import ChannelForged
from ..worker.channel import ChannelTimeout
from ..worker.messages import Finish
from ..worker.messages import Profiled
from .syntax import NO_PROGRAM
from .syntax import everywhere

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Sequence
    from pathlib import Path

    from ..workspace.launcher import Launcher
    from ..workspace.trees import Tree

_MOST = 10_000  # profiles of a process
_Definition = tuple[int, int, str]


def take_profile(launcher: Launcher, tree: Tree, objective: Sequence[str], limit: float) -> list[Profiled]:
    """Run the objective once under a profiler. What does not come is left out: a profile is a hint, not evidence."""
    profiles: list[Profiled] = []
    deadline = time.monotonic() + limit
    with launcher.start(tree, "l", mode="profile", objective=objective) as child:
        try:
            while not isinstance(record := child.channel.take(max(0.0, deadline - time.monotonic())), Finish):
                if isinstance(record, Profiled) and len(profiles) < _MOST:
                    profiles.append(record)
            child.finished()
        except (ChannelTimeout, ChannelForged, ChannelClosed):
            pass
    launcher.sweep()
    return profiles


def hotspots(profiles: Iterable[Profiled], top: Path) -> tuple[Hotspot, ...]:
    """Fold profiles into the project's functions, largest own share first. Every benchmark counts alike.

    Comprehensions, lambdas and other unnamed code count for the function they stand in.
    """
    found = [profile for profile in profiles if profile.seconds > 0]
    definitions: dict[str, list[_Definition]] = {}
    sums: dict[tuple[str, int, str], list[float]] = {}
    for profile in found:
        for path, line, name, calls, own, total in profile.functions:
            if path not in definitions:
                definitions[path] = _definitions(top / path)
            first, function = _enclosing(definitions[path], line, name)
            if not function:
                continue
            row = sums.setdefault((path, first, function), [0.0, 0.0, 0.0])
            share = profile.seconds * len(found)
            row[0] += own / share
            if name == function:
                row[1] += total / share
                row[2] += calls / max(1, profile.calls)
    spots = [
        Hotspot(path=path, line=line, name=name, calls=round(calls), own=own, total=max(own, total))
        for (path, line, name), (own, total, calls) in sums.items()
    ]
    return tuple(sorted(spots, key=lambda spot: -spot.own))


def _definitions(file: Path) -> list[_Definition]:
    """Return first line, last line and name of every function in a file, outer ones first."""
    try:
        module = ast.parse(file.read_bytes())
    except (OSError, *NO_PROGRAM):
        return []
    return [
        (min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.end_lineno or node.lineno, node.name)
        for node in everywhere(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def _enclosing(definitions: Sequence[_Definition], line: int, name: str) -> tuple[int, str]:
    """Return first line and name of the innermost function around a line, or an empty name."""
    inside = [definition for definition in definitions if definition[0] <= line <= definition[1]]
    if not inside:
        return line, "" if name.startswith("<") else name
    first, _, function = max(inside)
    return first, function
