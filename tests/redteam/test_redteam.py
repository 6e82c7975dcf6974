"""Every candidate of the catalogue gets the verdict it deserves, and no attack has a side effect."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from .catalogue import CATALOGUE
from .world import open_world

if TYPE_CHECKING:
    from collections.abc import Iterator

    from .entry import Entry
    from .world import World


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The whole catalogue, judged by one run of the program."""
    with open_world(tmp_path_factory.mktemp("redteam"), CATALOGUE) as world:
        world.judge()
        yield world


def _parameter(entry: Entry) -> object:
    why = entry.gap or entry.limit
    return pytest.param(entry, id=entry.name, marks=[pytest.mark.xfail(reason=why, strict=True)] if why else [])


@pytest.mark.parametrize("entry", [_parameter(entry) for entry in CATALOGUE])
def test_verdict(entry: Entry, world: World) -> None:
    """Verdict, stage and reason are what they must be, and what must not happen has not."""
    assert entry.faults(world.row(entry), world) == []
