"""What is allocated before measured calls, told in one process: the rises of the project's own calls, and what is held."""

from __future__ import annotations

import contextlib
import sys
import tracemalloc
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.worker.beforehand import Beforehand

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from pathlib import Path

OWN = "/own.py"
MIB = 1 << 20
SOURCE = f"""
def holds():
    return bytearray(3 * {MIB})

def passes():
    return len(bytearray(5 * {MIB}))

def calls(other):
    return passes(), other()

def in_parts():
    for _ in range(2):
        yield len(bytearray(2 * {MIB}))

def fails():
    bytearray(6 * {MIB})
    raise ValueError
"""


@pytest.fixture(scope="module")
def own() -> dict[str, Any]:
    """Functions of the project."""
    names: dict[str, Any] = {}
    exec(compile(SOURCE, OWN, "exec"), names)
    return names


@pytest.fixture
def beforehand(tmp_path: Path) -> Iterator[Beforehand]:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    if tracemalloc.is_tracing() or sys.getprofile() is not None:
        pytest.skip("something else traces or watches this process")
    yield Beforehand([OWN, str(tmp_path / "real/own.py")])
    sys.setprofile(None)
    tracemalloc.stop()


def rest() -> int:
    """Something of a test's, beside the project."""
    return len(bytearray(7 * MIB))


@pytest.mark.parametrize(
    ("name", "arguments", "most"),
    [("holds", (), 3), ("passes", (), 5), ("calls", (rest,), 7), ("fails", (), 6)],
)
def test_the_rise_of_a_call(own: dict[str, Any], beforehand: Beforehand, name: str, arguments: tuple[Any, ...], most: int) -> None:
    """From where it began to its peak, with all that it calls, whether it is given back, kept or ends in an error."""
    beforehand.go_on()
    with contextlib.suppress(ValueError):
        _kept = own[name](*arguments)
    beforehand.pause()

    assert not beforehand.disturbed
    assert beforehand.most / MIB == pytest.approx(most, abs=0.1)


def test_only_the_projects_own_calls_count(own: dict[str, Any], beforehand: Beforehand) -> None:
    """What a test prepares itself is not the project's, however much it is. Of each function the largest call counts, and all together."""
    beforehand.go_on()
    rest()
    assert list(own["in_parts"]()) == [2 * MIB, 2 * MIB]
    own["passes"]()
    own["passes"]()
    rest()
    beforehand.pause()
    assert beforehand.most / MIB == pytest.approx(5 + 2, abs=0.1)


def test_a_link_hides_nothing(beforehand: Beforehand, tmp_path: Path) -> None:
    """A module that is imported by another name of its file is the project's all the same."""
    names: dict[str, Any] = {}
    exec(compile(SOURCE, str(tmp_path / "link/own.py"), "exec"), names)
    beforehand.go_on()
    names["passes"]()
    beforehand.pause()

    assert beforehand.most / MIB == pytest.approx(5, abs=0.1)


@pytest.mark.parametrize("name", ["<string>", "own.py", "/with\0nothing", "/" + "x" * 5000])
def test_code_that_is_in_no_file(beforehand: Beforehand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """It runs as ever, even in a folder that is no longer there."""
    names: dict[str, Any] = {}
    exec(compile(SOURCE, "elsewhere", "exec"), names)
    names["passes"].__code__ = names["passes"].__code__.replace(co_filename=name)
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()

    beforehand.go_on()
    assert names["passes"]() == 5 * MIB
    beforehand.pause()
    assert beforehand.most == 0


def test_what_is_held(own: dict[str, Any], beforehand: Beforehand) -> None:
    """All that is still there counts, whoever has allocated it, before, in and after a measured call."""
    beforehand.go_on()
    kept = [own["holds"](), bytearray(MIB)]
    beforehand.pause()
    before = beforehand.held
    kept.append(bytearray(7 * MIB))
    beforehand.go_on()
    kept.append(own["holds"]())
    beforehand.pause()

    assert len(kept) == 4
    assert before / MIB == pytest.approx(4, abs=0.1)
    assert beforehand.held / MIB == pytest.approx(4 + 7 + 3, abs=0.1)


@pytest.mark.parametrize("disturb", [tracemalloc.stop, lambda: sys.setprofile(None), lambda: sys.setprofile(lambda *_: None)])
def test_being_disturbed(beforehand: Beforehand, disturb: Callable[[], None]) -> None:
    """Whoever stops the tracing or watches calls in its place is noticed, and what was missed stays missed."""
    beforehand.go_on()
    disturb()
    beforehand.pause()
    assert beforehand.disturbed
    beforehand.go_on()
    beforehand.pause()

    assert beforehand.disturbed
