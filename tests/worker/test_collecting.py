"""Garbage collection, kept from happening and had again."""

from __future__ import annotations

import gc
import weakref
from typing import NoReturn

import pytest

from pytest_autoloop.worker import collecting


class Circle:
    """An object that knows itself, so that only a collection ends it."""

    def __init__(self) -> None:
        self.own = self


@pytest.mark.parametrize("usual", [True, False])
def test_as_before(usual: bool) -> None:
    """Whoever had collected garbage by itself, or not, has it so again, whatever happens in between."""

    def fail() -> NoReturn:
        collecting.stop()
        raise KeyError

    before = gc.isenabled()
    try:
        (gc.enable if usual else gc.disable)()
        with pytest.raises(KeyError), collecting.restored() as told:  # noqa: PT012 - what is stopped in it is had again after it
            assert told == usual
            fail()
        assert gc.isenabled() == usual
    finally:
        (gc.enable if before else gc.disable)()


def test_what_is_young_is_collected() -> None:
    """Garbage that was made since is gone, though nothing is collected by itself."""
    with collecting.restored():
        collecting.stop()
        collecting.collect_young()
        last = weakref.ref(Circle())
        assert last() is not None
        collecting.collect_young()
        assert last() is None
