from __future__ import annotations

import ctypes
import sys

import pytest

from pytest_autoloop.workspace.privacy import unread


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has such an attribute")
def test_unread() -> None:
    """While it judges this process cannot be looked into, also if that is asked for twice; afterwards it is as it was."""

    def dumpable() -> int:
        return int(ctypes.CDLL(None).prctl(3, 0, 0, 0, 0))

    before = dumpable()

    with unread():
        with unread():
            assert dumpable() == 0
        assert dumpable() == 0

    assert dumpable() == before
