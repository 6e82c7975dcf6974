"""A call that is given up once it has used too much processor time: with inputs that nobody made code for, it may be in a loop for ever."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Bound before any project code runs. This clock counts what the process itself computes; other timers are those of tests and plugins.
_set_handler = signal.signal
_set_timer = getattr(signal, "setitimer", None)
_clock, _signal = getattr(signal, "ITIMER_VIRTUAL", 0), getattr(signal, "SIGVTALRM", 0)
_main, _this = threading.main_thread, threading.current_thread
# Who catches everything is told again, so many times as often.
_AGAIN = 10


class GivenUp(BaseException):
    """The time is over. No `Exception`, so that code which catches those does not go on."""


@contextmanager
def given_up(seconds: float) -> Iterator[None]:
    """Raise `GivenUp` in what runs here once it has computed so long. Where there is no such clock, or no main thread, it runs on."""
    if _set_timer is None or _this() is not _main():
        yield
        return
    before = _set_handler(_signal, _give_up)
    _set_timer(_clock, seconds, seconds / _AGAIN)
    try:
        yield
    finally:
        # It may come at this very moment, and not again so soon.
        with suppress(GivenUp):
            _set_timer(_clock, 0)
        _set_timer(_clock, 0)
        _set_handler(_signal, before)


def _give_up(*_: object) -> None:
    raise GivenUp
