"""A call that computes for too long is given up, whatever it catches; one that does not is left in peace."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from typing import Any

import pytest

from pytest_autoloop.worker.limited import GivenUp
from pytest_autoloop.worker.limited import given_up

pytestmark = pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="this system has no such timers")


def endless() -> None:
    while True:
        pass


def stubborn() -> None:
    for _ in range(3):
        with contextlib.suppress(BaseException):
            endless()
    endless()


@pytest.mark.parametrize("call", [endless, stubborn])
def test_a_call_without_end(call: Any) -> None:
    """It is given up, also if it catches everything, and the handler of the signal is who it was."""
    before = signal.getsignal(signal.SIGVTALRM)

    with pytest.raises(GivenUp), given_up(0.05):
        call()

    assert signal.getsignal(signal.SIGVTALRM) == before
    assert signal.getitimer(signal.ITIMER_VIRTUAL) == (0.0, 0.0)


def test_what_is_not_computed_is_not_counted() -> None:
    """Waiting is left to others to limit, and what has ended in time is never interrupted later."""
    with given_up(0.05):
        time.sleep(0.2)
    sum(range(5_000_000))


def test_another_thread() -> None:
    """Where signals do not come to, a call runs on."""
    done = []

    def run() -> None:
        with given_up(0.01):
            sum(range(2_000_000))
            done.append(True)

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert done == [True]
