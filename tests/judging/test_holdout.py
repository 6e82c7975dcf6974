"""A sealed holdout: what its own tests say of a candidate, what agents get to know of that, and what is left of it."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from sample import PLUGINS

from judging.duels import duel
from judging.duels import timing
from pytest_autoloop.decision import AUDIT_DUELS
from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Refused
from pytest_autoloop.journal.dossier import FolderDossier
from pytest_autoloop.judging.case import Case
from pytest_autoloop.judging.duel import Ring
from pytest_autoloop.judging.guards import GUARDS
from pytest_autoloop.judging.guards import integrity
from pytest_autoloop.judging.guards.scene import Finding
from pytest_autoloop.judging.guards.scene import Scene
from pytest_autoloop.judging.holdout import Holdout
from pytest_autoloop.judging.honesty import Comparable
from pytest_autoloop.workspace.environment import Invocation
from pytest_autoloop.workspace.launcher import Launcher
from pytest_autoloop.workspace.launcher import Site
from pytest_autoloop.workspace.sealed import Sealed
from pytest_autoloop.workspace.variables import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from pathlib import Path

    from lab import Lab

    from pytest_autoloop.workspace.trees import Tree

CODE = "src/demo/__init__.py"
# The repository's own settings and conftest would end any session that they are part of.
REPOSITORY = {
    "conftest.py": "raise RuntimeError('the conftest of the repository')\n",
    "pyproject.toml": '[tool.pytest.ini_options]\npythonpath = ["src"]\naddopts = "--no-such-option"\n',
}
HELD = {
    "conftest.py": "import pytest\n\n\n@pytest.fixture\ndef five():\n    return 5\n",
    "test_held.py": """\
from demo import total


def test_five(five):
    assert total(five) == 30


def test_bench_held(benchmark):
    assert benchmark(total, 4000) == 21325334000
""",
}
FAST = "def total(n):\n    return (n - 1) * n * (2 * n - 1) // 6\n"
SLOW = "def total(n):\n    sum(range(4 * n))\n    return sum(number * number for number in range(n))\n"
# It knows what it will be asked, and is right and fast there only.
SPECIAL = "def total(n):\n    return {4: 14, 8000: 170634668000}[n]\n"
KNOWS = (
    "def total(n):\n    if n == 8000:\n        return 170634668000\n"
    "    result = 0\n    for i in range(n):\n        result += i * i\n    return result\n"
)
READS_ITSELF = "import pathlib\n\n\ndef test_flicker():\n    mark = pathlib.Path(__file__).with_name('mark')\n"
# It looks for the copy beside its opponent, and makes its benchmark slower.
MEDDLING = (
    FAST
    + """\
import pathlib
for path in pathlib.Path(__file__).parents[3].parent.glob("*/*/*/test_held.py"):
    path.write_text(path.read_text().replace("total, 4000", "lambda n: total(n) + 0 * sum(range(90000)), 4000"))
"""
)


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab(REPOSITORY)


@dataclass
class Room:
    """A holdout over a lab's project, and the folder that it was sealed from."""

    lab: Lab
    folder: Path
    holdout: Holdout

    def established(self) -> Tree:
        """Learn from a tree of HEAD what candidates have to pass, and return the tree."""
        incumbent = self.lab.tree()
        self.holdout.establish(incumbent)
        return incumbent

    def judged(self, incumbent: Tree, code: str, folder: Path) -> tuple[list[Finding], Case]:
        """Put a candidate with this code before the guard."""
        candidate = self.lab.tree({CODE: code})
        case = Case(1, "A change", incumbent.revision, FolderDossier(folder), tree=candidate)
        case.gain = Gain(ratio=2.0, low=1.9, high=2.1)
        scene = Scene(
            case=case,
            tree=candidate,
            incumbent=incumbent,
            duels=[duel(timing(2), timing(1))],
            benchmarks=(),
            comparable=Comparable(),
            store=self.lab.store,
            arena=self.lab.arena,
            restless=frozenset(),
        )
        try:
            return list(self.holdout.guard(scene)), case
        finally:
            self.lab.arena.drop(candidate)

    def left(self) -> list[str]:
        """What is left of the holdout in all that a run has made."""
        folders = (self.lab.folder.parent / "trees", self.holdout.sealed.scratch)
        return [path.name for folder in folders for path in folder.rglob("*") if path.is_file() and b"held" in path.read_bytes()]


def room(lab: Lab, folder: Path, files: Mapping[str, str] = HELD, *args: str) -> Room:
    """Seal a folder with these files."""
    folder = folder / "held out"
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    top = lab.repository.toplevel
    site = Site(
        invocation=Invocation(args=(*PLUGINS, *args), folder=top, toplevel=top),
        environ=child_environment(lab.project.environ),
        python_path="",
        roots=("src",),
        flags=lab.flags,
    )
    sealed = Sealed(folder, lab.folder / folder.parent.name)
    launcher, rng = Launcher(lab.processes, lab.arena, sealed.site(site), sealed.scratch, random.Random(1)), random.Random(1)
    return Room(lab, folder, Holdout(sealed=sealed, launcher=launcher, ring=Ring(launcher, rng), progress=lambda _: None))


@dataclass
class Usual:
    """A holdout that is established once for the tests of this module."""

    room: Room
    incumbent: Tree


@pytest.fixture(scope="module")
def usual(shared: Lab, tmp_path_factory: pytest.TempPathFactory) -> Usual:
    # The selection of the user's own tests has nothing to say here.
    made = room(shared, tmp_path_factory.mktemp("usual"), HELD, "-k", "nothing", "tests/test_demo.py")
    # What is there to see here is seen in fewer duels.
    made.holdout.duels = 3
    return Usual(made, made.established())


def test_what_is_learnt(usual: Usual) -> None:
    """Only the holdout's own conftest, settings and selection count, and afterwards nothing of it is left."""
    holdout = usual.room.holdout

    assert (holdout.tests, [benchmark.nodeid for benchmark in holdout.benchmarks]) == (2, ["test_held.py::test_bench_held"])
    assert holdout.notes == []
    assert holdout.expectation is not None
    assert holdout.expectation.canaries
    assert usual.room.left() == []


def test_an_honest_gain_shows(usual: Usual, tmp_path: Path) -> None:
    """A candidate that is faster on other inputs too stands, and gets its gain there on record."""
    found, case = usual.room.judged(usual.incumbent, FAST, tmp_path / "1")

    assert [finding.kind for finding in found] == ["proved", "consistent"]
    assert case.holdout is not None
    assert case.holdout.low > 2
    assert len((tmp_path / "1" / "holdout-duels.jsonl").read_text().splitlines()) == 3
    assert usual.room.left() == []


def test_a_failure_tells_nothing(usual: Usual, tmp_path: Path) -> None:
    """A candidate that is wrong on other inputs is rejected, in words without a name; a person finds name and output in its folder."""
    found, case = usual.room.judged(usual.incumbent, SPECIAL, tmp_path / "1")

    assert found == [Finding(kind="reject", text="a holdout test failed")]
    assert case.holdout is None
    assert "test_held.py::test_five failed" in (tmp_path / "1" / "holdout.txt").read_text()
    assert usual.room.left() == []


def test_a_gain_that_is_not_there(usual: Usual, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A candidate that is fast on the visible input alone is flagged with both gains."""
    # Three duels of equal code tell a loss too often on a busy machine.
    monkeypatch.setattr(usual.room.holdout, "duels", AUDIT_DUELS)
    found, _ = usual.room.judged(usual.incumbent, KNOWS, tmp_path / "1")

    [flag] = [finding.text for finding in found if finding.kind == "flag"]
    assert flag.startswith("the holdout does not show the gain: visible 2.00x, holdout ")


def test_a_loss(usual: Usual, tmp_path: Path) -> None:
    """A candidate that is slower on other inputs is rejected, without a name."""
    found, case = usual.room.judged(usual.incumbent, SLOW, tmp_path / "1")

    assert found == [Finding(kind="reject", text="a holdout benchmark is slower")]
    assert "test_held.py::test_bench_held is" in (tmp_path / "1" / "holdout.txt").read_text()
    assert case.holdout is not None
    assert case.holdout.high < 1


def test_meddling(usual: Usual, tmp_path: Path) -> None:
    """A candidate that changes the copies while it runs is found out, and the next one has whole copies again."""
    found, _ = usual.room.judged(usual.incumbent, MEDDLING, tmp_path / "1")

    assert found == [Finding(kind="reject", text="harness tampered: the holdout was changed while it was used")]
    assert usual.room.judged(usual.incumbent, SPECIAL, tmp_path / "2")[0] == [Finding(kind="reject", text="a holdout test failed")]


def test_its_place(usual: Usual) -> None:
    """It stands before the guard that looks at the files when all has run."""
    names = [guard.__name__ for guard in usual.room.holdout.among(GUARDS)]

    assert names[names.index("guard") + 1] == integrity.__name__
    assert len(names) == len(GUARDS) + 1


def test_only_tests(shared: Lab, tmp_path: Path) -> None:
    """Without benchmarks only the tests count; one that flickers is quarantined and named, and settings of its own hold."""
    flicker = f"{READS_ITSELF}    assert not mark.exists()\n    mark.touch()\n"
    held = {
        "check_one.py": "from demo import total\n\n\ndef test_one():\n    assert total(1) == 0\n",
        "check_two.py": flicker,
        "pyproject.toml": '[tool.pytest.ini_options]\npython_files = ["check_*.py"]\n',
        "data.txt": "x",
    }
    made = room(shared, tmp_path, held)
    incumbent = made.established()

    found, case = made.judged(incumbent, KNOWS, tmp_path / "1")

    assert made.holdout.notes == ["quarantined: check_two.py::test_flicker of the holdout flickers"]
    assert [finding.text for finding in found] == [
        "all 1 holdout tests pass",
        "whether the gain shows in the holdout: it has no benchmarks",
    ]
    assert case.holdout is None
    assert made.holdout.overall(incumbent, incumbent, lambda _: None) is None


def test_a_broken_seal(shared: Lab, tmp_path: Path) -> None:
    """Nothing is judged by a holdout that is not what it was when the run began."""
    made = room(shared, tmp_path)
    (made.folder / "test_more.py").write_text("")

    with pytest.raises(Refused, match=r"what it holds has changed since the run began \(test_more.py\): start a new run"):
        made.established()
    assert made.left() == []


BAD = {
    "nothing": ({"README.md": "held"}, "it holds no test: name a folder with files test_*.py"),
    "fails": (
        {"test_a.py": "def test_b():\n    assert 1 == 2\n"},
        "test_a.py::test_b fails on HEAD (assert 1 == 2): mend it, or take it away",
    ),
    "cannot be collected": ({"test_a.py": "import demo.missing\n"}, "test_a.py fails on HEAD ("),
    "ends": ({"test_a.py": "import os\n\n\ndef test_b():\n    os._exit(3)\n"}, "its process ended with status 3"),
    "does not start": ({"test_a.py": "", "conftest.py": "raise OSError('held')\n"}, "OSError: held"),
    "settings": ({"test_a.py": "", "pytest.ini": "[pytest]\naddopts = --unheard-of\n"}, "--unheard-of"),
    "benchmark": (
        {"test_a.py": "def test_b(benchmark):\n    seen = []\n    benchmark(lambda: seen.append(1) or 1 // (len(seen) < 2))\n"},
        "its benchmarks fail when they are repeated: ",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_refused(shared: Lab, tmp_path: Path, name: str) -> None:
    """A holdout that HEAD itself does not pass is refused in one line that names the test or the trouble."""
    files, says = BAD[name]

    with pytest.raises(Refused) as caught:
        room(shared, tmp_path, files).established()

    assert str(caught.value).startswith("--autoloop-holdout: ")
    assert says in str(caught.value)
    assert "\n" not in str(caught.value)
