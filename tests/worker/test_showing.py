"""What a benchmark's call shows for comparison, in one process: what it returned, was given and has left, and what it changed beside."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.worker.showing import Showing

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

THRESHOLDS = gc.get_threshold()


def used_up(items: list[int]) -> list[int]:
    """Something that leaves its argument otherwise."""
    return [items.pop()]


def shown(items: list[int]) -> Any:
    """The form of arguments that are one list."""
    return ["tuple", [["tuple", [["list", items]]], ["dict", []]]]


def test_arguments_before_and_after() -> None:
    """What a call is given is written down before it runs, what it leaves is told after it."""
    items = [1, 2]
    showing = Showing(used_up, ((items,), {}))
    found = showing.returned(used_up(items), ((items,), {}))

    assert found.result == ["list", [2]]
    assert (found.given, found.left) == (
        ["tuple", [["tuple", [["list", [1, 2]]]], ["dict", []]]],
        ["tuple", [["tuple", [["list", [1]]]], ["dict", []]]],
    )


def test_arguments_that_are_made_anew() -> None:
    """Where each round gets its own, those of the last one are shown."""
    showing = Showing(used_up, ((), {}))
    showing.given((([3],), {}))

    assert showing.returned(None, None).given == shown([3])


def test_files_that_arguments_name(tmp_path: Path) -> None:
    """What is at a path that a call was given is shown as it is right after it."""
    path = tmp_path / "out"
    showing = Showing(path.write_text, ((str(path),), {}))
    before = showing.returned(None, None).files
    path.write_text("written")

    assert before != showing.returned(None, None).files


@pytest.mark.parametrize(
    ("change", "put_back", "name"),
    [
        (gc.disable, gc.enable, "collecting"),
        (lambda: gc.set_threshold(5), lambda: gc.set_threshold(*THRESHOLDS), "thresholds"),
        (lambda: sys.setprofile(lambda *_: None), lambda: sys.setprofile(None), "watched"),
    ],
)
def test_what_a_call_has_no_reason_to_change(change: Callable[[], Any], put_back: Callable[[], Any], name: str) -> None:
    """A call that stops the collection of garbage, sets when it runs or watches the process leaves a state of its own."""
    showing = Showing(used_up, ((), {}))
    before = showing.returned(None, None).state
    change()
    try:
        after = showing.returned(None, None).state
    finally:
        put_back()

    assert {key for key in before if before[key] != after[key]} == {name}
    assert showing.returned(None, None).state == before


def test_the_same_object_twice() -> None:
    """A result that is handed out again, and changed meanwhile, is told from one that is made anew."""
    showing, result = Showing(used_up, ((), {})), [1]
    showing.returned(result, None)
    result.append(2)
    again = showing.returned(result, None).state
    anew = Showing(used_up, ((), {}))
    anew.returned([1], None)

    assert (again["results of their own"], again["earlier results as before"]) == (False, False)
    fresh = anew.returned([1], None).state
    assert (fresh["results of their own"], fresh["earlier results as before"]) == (True, True)
