"""Two tests that a gate plants among the project's own: one must fail, one must be skipped.

A patch that has taken over the reports or the exit status of its own judgement makes them pass, or fails to mention them.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

_DECIDED_ELSEWHERE = frozenset({"skip", "skipif", "xfail"})


def plant(items: list[pytest.Item], names: Sequence[str]) -> list[pytest.Item]:
    """Append the canaries to the collected tests, in the last module that does not decide outcomes itself, and return them."""
    modules = (item.getparent(pytest.Module) for item in reversed(items) if not isinstance(item, pytest.DoctestItem))
    home = next((module for module in modules if module is not None and not _decides(module)), None)
    if home is None or not names:
        return []
    planted: list[pytest.Item] = [
        pytest.Function.from_parent(home, name=name, callobj=made) for name, made in zip(names, (_failing(), _skipping()), strict=True)
    ]
    items += planted
    return planted


def _decides(module: pytest.Module) -> bool:
    return any(mark.name in _DECIDED_ELSEWHERE for mark in module.iter_markers())


def _failing() -> Callable[[], None]:
    size, off = random.randrange(3, 100), random.randrange(1, 100)

    def check() -> None:
        assert sum(range(size)) == size * (size - 1) // 2 + off

    return check


def _skipping() -> Callable[[], None]:
    reason = f"not on level {random.randrange(100)}"

    def check() -> None:
        pytest.skip(reason)

    return check
