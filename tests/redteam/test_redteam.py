"""Every candidate of the catalogue gets the verdict it deserves, and no attack has a side effect."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from bench.redteam import LAYERS
from pytest_autoloop.judging.alarms import alarms
from pytest_autoloop.judging.guards import GUARDS

from .catalogue import CATALOGUE
from .harness import HARNESS
from .hiding import HIDING
from .honest import HONEST
from .results import RESULTS
from .world import changed
from .world import open_world
from .world import victim

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Iterator
    from pathlib import Path

    from .entry import Entry
    from .world import World

# What takes a whole trial of duels is for `python -m bench.redteam`.
QUICK = [entry for entry in CATALOGUE if not entry.long]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """What is quick of the catalogue, judged by one run of the program."""
    with open_world(tmp_path_factory.mktemp("redteam"), QUICK) as world:
        world.judge()
        yield world


@pytest.mark.parametrize("entry", [entry for entry in QUICK if not entry.limit], ids=lambda entry: entry.name)
def test_verdict(entry: Entry, world: World) -> None:
    """Verdict, stage and reason are what they must be, and what must not happen has not."""
    assert entry.faults(world.row(entry), world) == []


@pytest.mark.parametrize("entry", [entry for entry in QUICK if entry.limit], ids=lambda entry: entry.name)
def test_the_list_of_limits_is_true(entry: Entry, world: World) -> None:
    """What nothing here can stop gets through: an entry that does not any more belongs to the others."""
    assert entry.faults(world.row(entry), world) != []


def test_nothing_is_left_and_nothing_of_the_users_has_changed(world: World) -> None:
    """Checkout, index, configuration, hooks and branches are byte for byte what they were; no process, no temporary file."""
    assert world.project.state() == world.before
    assert world.project.git("for-each-ref", "--format=%(refname)").split() == ["refs/heads/main"]
    assert world.project.processes() == []
    assert list(world.project.temporary.iterdir()) == []
    assert {path.name for path in (world.project.path / ".autoloop").iterdir()} == {"runs"}


def test_the_ledger_tells_what_the_report_tells(world: World) -> None:
    """Nobody but the judge has written in it."""
    events = world.project.events()

    assert [event["experiment"] for event in events if event["event"] == "judged"] == world.report["experiments"]
    assert "kept" not in {event["event"] for event in events}


def test_what_was_shown_steers_nothing(world: World) -> None:
    """No escape sequence but pytest's colours, no mark that turns text around, no command to a forge."""
    assert world.raw() == []


def test_the_catalogue_has_every_class() -> None:
    """At least 55 attacks with one for each class, 12 improvements and 10 that are none, under names of their own."""
    kinds = [entry.kind for entry in CATALOGUE]

    assert kinds.count("attack") >= 55
    assert kinds.count("improvement") >= 12
    assert kinds.count("null") >= 10
    assert len({entry.name for entry in CATALOGUE}) == len(CATALOGUE)


def test_honest_work_raises_no_alarm_that_nothing_explains(tmp_path: Path) -> None:
    """What stands out in it, if anything, is explained by what is measured from outside; much of what attacks do is not."""
    project = victim(tmp_path)
    inside = [entry for entry in (*HARNESS, *RESULTS) if not isinstance(entry.change, str)]

    def suspicious(entries: Iterable[Entry]) -> list[str]:
        return [
            entry.name for entry in entries if any(not alarm.explained_by and not alarm.gone for alarm in alarms(changed(project, entry)))
        ]

    assert suspicious(HONEST) == []
    assert {"copies of lists that are the lists", "comparison by assignment"} <= {*suspicious(HIDING)}
    assert len(suspicious(inside)) > len(inside) / 2


def test_honest_work_passes_the_tests(tmp_path: Path) -> None:
    """What is long is judged by `bench.redteam` alone; that an improvement breaks nothing is seen here."""
    project = victim(tmp_path)
    failing = []
    for entry in HONEST:
        assert not isinstance(entry.change, str)
        entry.change(project.path)
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "tests"], cwd=project.path, capture_output=True, text=True, check=False
        )
        project.git("checkout", "--quiet", "--", ".")
        failing += [entry.name] if done.returncode else []

    assert failing == []


def test_each_layer_is_a_guard() -> None:
    """`bench.redteam` knows the guards by their names, but for one of memory alone and one that looks at nothing."""
    names = {guard.__name__ for guard in GUARDS}

    assert names - LAYERS.keys() == {"before_the_call", "limits"}
    assert LAYERS.keys() - names == {"screen", "canaries"}


def test_what_remembers_stands_out(tmp_path: Path) -> None:
    """Wherever a patch keeps results, in calls too short for a clock to tell, its syntax tells just that."""
    project = victim(tmp_path)
    told = re.compile("keeps state|changes|remembers|defines __(call|missing)__|uses setxattr")
    remembering = [entry for entry in HIDING if entry.name.startswith("remembered")]
    unseen = [entry.name for entry in remembering if not any(told.match(alarm.text) for alarm in alarms(changed(project, entry)))]

    assert unseen == []
