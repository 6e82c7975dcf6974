"""A benchmark that waits for the judge's commands tells what its rounds came to, and nothing that comes later."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_autoloop.worker.canonical import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab import Lab

FILE = "tests/test_kinds.py"
PUTTING_OFF = """\
import weakref

WAITING, LAST = [], []


class Page:
    pass


def until_collected():
    found, page, waste = {}, Page(), [[] for _ in range(10_000)]
    page.own = page
    WAITING.append((weakref.ref(page, lambda _: found.update(work="done")), waste))
    return found


def until_dropped():
    found = set()
    if LAST and (before := LAST.pop()()) is not None:
        WAITING.append(weakref.ref(before, lambda _: found.add("work done")))
    LAST.append(weakref.ref(found))
    return found


def test_until_collected(benchmark):
    benchmark(until_collected)


def test_until_dropped(benchmark):
    benchmark.pedantic(until_dropped, rounds=3)


def test_collecting_as_before(benchmark):
    import gc

    benchmark(list)
    assert gc.isenabled()
"""


def test_what_a_call_puts_off_comes_too_late(new_lab: Callable[..., Lab]) -> None:
    """Neither is garbage collected nor does an earlier result go out of use before it is told what a call returned."""
    names = [f"{FILE}::test_until_collected", f"{FILE}::test_until_dropped", f"{FILE}::test_collecting_as_before"]
    done = new_lab({FILE: PUTTING_OFF}).drive(names, FILE)

    assert set(done.outcomes.values()) == {"passed"}
    assert [record.result for record in done.returned] == [told({}), told(set()), told([])]
    assert done.returned[0].state["collecting"] == [True, False]
