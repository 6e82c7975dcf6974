from __future__ import annotations

import json
import math
import os
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING
from typing import Any

import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.journal.ledger import Ledger
from pytest_autoloop.journal.ledger import jsonable
from pytest_autoloop.journal.ledger import write_whole

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    return Ledger(tmp_path / "runs" / "one" / "ledger.jsonl")


def test_events(ledger: Ledger) -> None:
    """Events come back in the order they were added, each with its name and the time, in lines of JSON."""
    before = time.time()
    ledger.add("started", run="one", settings={"risk": 0.05, "agents": ("a", "b")})
    ledger.add("kept", number=1, title="żółć \u2028\x85\n\ud800")

    events = list(ledger.events())

    assert [event["event"] for event in events] == ["started", "kept"]
    assert events[0]["settings"] == {"risk": 0.05, "agents": ["a", "b"]}
    assert events[1]["title"] == "żółć \u2028\x85\n\ud800"
    assert before - 1 < events[0]["time"] <= events[1]["time"] < time.time() + 1
    assert ledger.path.read_bytes().count(b"\n") == 2
    assert all(json.loads(line)["event"] for line in ledger.path.read_text().splitlines())


def test_appended(ledger: Ledger) -> None:
    """A ledger that is opened again goes on where it ended, and what is in it stays as it is."""
    ledger.add("one")
    before = ledger.path.read_bytes()

    Ledger(ledger.path).add("two")

    assert ledger.path.read_bytes().startswith(before)
    assert [event["event"] for event in ledger.events()] == ["one", "two"]


@given(st.integers(1, 60))
@settings(deadline=None)
def test_cut_off(tmp_path_factory: pytest.TempPathFactory, length: int) -> None:
    """A last event that a crash has cut off, anywhere, is left out; the next one is added as if it had never been."""
    ledger = Ledger(tmp_path_factory.mktemp("cut") / "ledger.jsonl")
    ledger.add("one", text="x" * 80)
    ledger.add("two", text="x" * 80)
    os.truncate(ledger.path, ledger.path.stat().st_size - length)

    assert [event["event"] for event in ledger.events()] == ["one"]
    ledger.add("three")
    assert [event["event"] for event in ledger.events()] == ["one", "three"]


def test_nothing_but_a_piece(ledger: Ledger) -> None:
    """So it is if the very first event was cut off."""
    ledger.path.write_text('{"event": "st')

    assert list(ledger.events()) == []
    ledger.add("one")
    assert [event["event"] for event in ledger.events()] == ["one"]


def test_killed_while_writing(tmp_path: Path) -> None:
    """However a run is killed, every event that it was told of as written is there, and what is there can be read."""
    code = """
import sys
from pathlib import Path
from pytest_autoloop.journal.ledger import Ledger
ledger = Ledger(Path(sys.argv[1]))
for number in range(100_000):
    ledger.add("event", number=number, text="x" * 500)
    print(number, flush=True)
"""
    path = tmp_path / "ledger.jsonl"
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as writer:
        assert writer.stdout is not None
        for _ in range(20):
            writer.stdout.readline()
        writer.kill()
        told = 20 + len([line for line in writer.stdout.read().splitlines(keepends=True) if line.endswith(b"\n")])

    numbers = [event["number"] for event in Ledger(path).events()]
    assert len(numbers) >= told
    assert numbers == list(range(len(numbers)))


def test_on_the_disk(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    """An event is synced to the disk before the call returns, when all of it is in the file."""
    synced = []

    def fsync(fd: int) -> None:
        synced.append(os.fstat(fd).st_size)

    monkeypatch.setattr(os, "fsync", fsync)
    ledger.add("one")

    assert synced == [ledger.path.stat().st_size]


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.tuples(inner) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=8,
)


@given(values)
@settings(deadline=None)
def test_what_json_can_say(value: Any) -> None:
    """What is put on record is JSON to the letter: what is not a finite number is null, all else is what it was."""
    text = json.dumps(jsonable(value), allow_nan=False)

    # An infinite number, since it differs from nothing else in its text, shows where a number was taken away.
    def alike(one: Any, other: Any) -> bool:
        if isinstance(one, float) and not math.isfinite(one):
            return other is None
        if isinstance(one, (list, tuple)):
            return isinstance(other, list) and len(one) == len(other) and all(map(alike, one, other))
        if isinstance(one, dict):
            return isinstance(other, dict) and one.keys() == other.keys() and all(alike(one[name], other[name]) for name in one)
        return bool(one == other) and type(one) is type(other)

    assert alike(value, json.loads(text))


def test_numbers_that_are_none(ledger: Ledger) -> None:
    """So an event with such a number is no reason to end a run."""
    ledger.add("judged", cost=math.nan, rounds=[[1.0, math.inf]])

    assert "NaN" not in ledger.path.read_text()
    assert [event["rounds"] for event in ledger.events()] == [[[1.0, None]]]


class TestWriteWhole:
    """Files that are read while they are written."""

    def test_content(self, tmp_path: Path) -> None:
        """The file is made, with its folders, and replaced; nothing else is left."""
        path = tmp_path / "a" / "b" / "report.json"
        write_whole(path, "old, and longer\n")
        write_whole(path, "new: żółć\n")

        assert path.read_text(encoding="utf-8") == "new: żółć\n"
        assert [file.name for file in path.parent.iterdir()] == ["report.json"]

    def test_never_half(self, tmp_path: Path) -> None:
        """Whoever reads while it is written sees the old content or the new one as a whole."""
        path = tmp_path / "report.json"
        contents = ["a" * 300_000, "b" * 200_000]
        write_whole(path, contents[0])
        seen = set()
        done = threading.Event()

        def read() -> None:
            while not done.is_set():
                seen.add(path.read_text())

        reader = threading.Thread(target=read)
        reader.start()
        for number in range(50):
            write_whole(path, contents[number % 2])
        done.set()
        reader.join()

        assert seen <= set(contents)

    def test_failure(self, tmp_path: Path) -> None:
        """If the new content cannot be written, the old one is still there."""
        path = tmp_path / "report.json"
        write_whole(path, "old")

        with pytest.raises(UnicodeEncodeError):
            write_whole(path, "new \ud800")

        assert path.read_text() == "old"
