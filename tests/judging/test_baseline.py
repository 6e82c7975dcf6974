from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.judging.baseline import Baseline
from pytest_autoloop.judging.baseline import Expected
from pytest_autoloop.judging.baseline import establish

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from lab import Lab

BENCH, TOTAL, JOIN = "tests/test_bench.py::test_bench_total", "tests/test_demo.py::test_total", "tests/test_demo.py::test_join"
USUAL = (BENCH, TOTAL, JOIN)


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab()


def baseline(
    lab: Lab,
    *args: str,
    files: Mapping[str, str | None] | None = None,
    ids: Sequence[str] = USUAL,
    inipath: str | None = "pyproject.toml",
    ignored: Sequence[str] = (),
    seen: list[dict[str, Any]] | None = None,
    limit: float = 60,
) -> Baseline:
    """Establish a baseline in a fresh tree, for a user whose own pytest collected ``ids``."""
    tree = lab.tree(files)
    reports = [] if seen is None else seen
    expected = Expected(ids=tuple(ids), rootdir=".", inipath=inipath)
    try:
        return establish(lab.launcher(*args), tree, expected, limit=limit, ignored=ignored, on_report=reports.append)
    finally:
        lab.arena.drop(tree)


def refused(lab: Lab, *args: str, status: int = 4, **options: Any) -> str:
    """Return why a baseline is refused."""
    with pytest.raises(Refused) as caught:
        baseline(lab, *args, **options)
    assert caught.value.status == status
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_what_is_fixed(shared: Lab) -> None:
    """The baseline fixes the objective, the gate and what the tests import, and its reports are passed on once, in order."""
    seen: list[dict[str, Any]] = []
    found = baseline(shared, seen=seen)

    assert found.objective == (BENCH,)
    assert found.objective_files == ("tests/test_bench.py",)
    assert found.gates == 3
    assert found.quarantined == {}
    assert found.expectation.outcomes == dict.fromkeys(USUAL, "passed")
    assert found.collected_files == ("tests/test_bench.py", "tests/test_demo.py")
    assert {"src/demo/__init__.py", "src/demo/text.py"} <= set(found.imported)
    assert found.notes == ()
    assert [(report["nodeid"], report["when"]) for report in seen] == [
        (id_, when) for id_ in USUAL for when in ("setup", "call", "teardown")
    ]


ODD = """\
import os
from pathlib import Path

import pytest

from demo import total


def test_fails():
    assert total(3) == 6


def test_flickers():
    mark = Path("MARK")
    if mark.exists():
        assert False
    mark.touch()


def test_error(tmp_path_of_nobody):
    pass


@pytest.fixture
def broken():
    yield
    raise OSError


def test_teardown(broken):
    pass


def test_bench_fails(benchmark):
    assert benchmark(total, 3) == 6


def test_late(request):
    assert request.getfixturevalue("benchmark")(total, 3) == 5


def test_requests_only(benchmark):
    pass


@pytest.mark.xfail
def test_expected():
    assert False


@pytest.mark.skip
def test_skipped():
    pass
"""
ODD_IDS = [f"tests/test_odd.py::test_{name}" for name in ("fails", "flickers", "error", "teardown", "bench_fails", "late")]
TAME_IDS = [f"tests/test_odd.py::test_{name}" for name in ("requests_only", "expected", "skipped")]


def test_quarantine(shared: Lab, tmp_path: Path) -> None:
    """Tests that fail or flicker are quarantined and named; what they miss in a tree is hinted at; all others are gates."""
    files = {"tests/test_odd.py": ODD.replace("MARK", str(tmp_path / "mark"))}
    found = baseline(shared, files=files, ids=[*USUAL, *ODD_IDS, *TAME_IDS], ignored=["src/demo/__pycache__/", ".venv/", "data/"])
    assert found.gates == 7
    flickering = "tests/test_odd.py::test_flickers"

    assert found.quarantined.pop(flickering) == "flickers"
    assert found.quarantined == dict.fromkeys(set(ODD_IDS) - {flickering, "tests/test_odd.py::test_late"}, "fails")
    assert found.expectation.quarantined == {*found.quarantined, flickering}
    assert found.objective == (BENCH,)
    assert found.expectation.outcomes["tests/test_odd.py::test_expected"] == "xfailed"
    assert any("(data/)" in note and "--autoloop-copy" in note for note in found.notes)
    assert any("test_late asks for its benchmark fixture at run time" in note for note in found.notes)


def test_modules_that_cannot_be_collected(shared: Lab) -> None:
    """Whoever chose to go on without broken modules gets a baseline without them, and no candidate has to mend them."""
    found = baseline(shared, "--continue-on-collection-errors", files={"tests/test_broken.py": "import nothing_of_that_name\n"})

    assert found.quarantined == {"tests/test_broken.py": "cannot be collected"}
    assert found.gates == 3
    assert not found.expectation.failed_at({"nodeid": "tests/test_broken.py", "outcome": "failed"})


def test_nothing_to_optimise(shared: Lab) -> None:
    """Without a benchmark that passes there is nothing to do, and it is said whether there is none, none was run, or all fail."""
    skip = "import pytest\n\n@pytest.mark.skip\ndef test_bench_total(benchmark):\n    pass\n"
    fail = "def test_bench_total(benchmark):\n    assert benchmark(int) == 1\n"

    assert refused(shared, "tests/test_demo.py", ids=[TOTAL, JOIN], status=5).startswith("nothing to optimise: no selected test uses")
    assert "no benchmark was run (tests/test_bench.py::test_bench_total)" in refused(shared, files={"tests/test_bench.py": skip}, status=5)
    assert f"no benchmark passes ({BENCH})" in refused(shared, files={"tests/test_bench.py": fail}, status=1)


def test_a_session_that_does_not_end(shared: Lab) -> None:
    """A baseline that leaves, hangs or breaks down is refused with what happened, and where the tree may differ."""
    leaves = {"tests/test_demo.py": "import os\n\ndef test_total():\n    os._exit(0)\n\ndef test_join():\n    pass\n"}
    hangs = {"src/demo/text.py": "import signal\nsignal.pause()\n"}
    ends = {"tests/test_demo.py": "import pytest\n\ndef test_total():\n    pytest.exit('enough')\n\ndef test_join():\n    pass\n"}
    breaks = {"conftest.py": "def pytest_runtest_logfinish():\n    raise OSError('no disk')\n"}

    assert refused(shared, files=leaves, status=1, ignored=["data/"]) == (
        "the baseline fails: its process ended with status 0 before the session came to its end; "
        "a fresh tree lacks what git ignores (data/): see --autoloop-copy and --autoloop-setup"
    )
    assert refused(shared, files=hangs, limit=2).startswith("pytest does not start in a fresh tree of HEAD: it did not end within 2 s")
    assert refused(shared, files=ends, status=1).endswith("a test ended the whole session (_pytest.outcomes.Exit: enough)")
    assert refused(shared, files=breaks, status=1) == "the baseline fails: pytest broke down (OSError: no disk)"


def test_another_selection(shared: Lab) -> None:
    """A tree in which other tests are found is refused, with their names and the error that hides them."""
    broken = {"tests/test_demo.py": "from demo import _version\n"}
    more = {"tests/test_more.py": "def test_more():\n    pass\n"}
    why = refused(shared, files=broken, ignored=["src/demo/_version.py"])

    assert why.startswith(f"a fresh tree of HEAD lacks {TOTAL}, {JOIN} (ImportError: cannot import name '_version' from 'demo'")
    assert "a fresh tree lacks what git ignores (src/demo/_version.py): see --autoloop-copy and --autoloop-setup" in why
    assert "has also tests/test_more.py::test_more" in refused(shared, files=more)


def test_ids_that_change_from_tree_to_tree(shared: Lab) -> None:
    """Ids made of the folder the tests lie in are told from tests that were not committed."""
    here = {"tests/test_here.py": "import pytest\n\n@pytest.mark.parametrize('path', [__file__])\ndef test_path(path):\n    pass\n"}
    why = refused(shared, files=here, ids=(*USUAL, "tests/test_here.py::test_path[/home/me/demo/tests/test_here.py]"))

    assert why.startswith("the ids of tests change from tree to tree (tests/test_here.py::test_path[/home/me/demo/tests/test_here.py], in")
    assert why.endswith("or leave them out with --deselect tests/test_here.py::test_path")


def test_a_conftest_that_cannot_be_imported(shared: Lab) -> None:
    """When pytest does not even start, its last word is in the reason, once."""
    why = refused(shared, files={"conftest.py": "import nothing_of_that_name\n"})

    assert why == "pytest does not start in a fresh tree of HEAD: ModuleNotFoundError: No module named 'nothing_of_that_name'"


def test_another_configuration(shared: Lab) -> None:
    """A tree in which pytest finds another configuration is refused."""
    why = refused(shared, files={"pytest.ini": "[pytest]\ntestpaths = tests\npythonpath = src\n"})

    assert why.startswith("in a fresh tree of HEAD pytest finds pytest.ini in ., here it found pyproject.toml in .")


def test_the_original_is_imported(shared: Lab) -> None:
    """Tests that find the user's own code instead of the tree's are refused, with the file and the remedies."""
    source = str(shared.repository.toplevel / "src" / "demo" / "text.py")
    conftest = f"""\
import importlib.util
import sys

spec = importlib.util.spec_from_file_location("demo.text", {source!r})
sys.modules["demo.text"] = importlib.util.module_from_spec(spec)
spec.loader.exec_module(sys.modules["demo.text"])
"""
    why = refused(shared, files={"conftest.py": conftest})

    assert why.startswith(f"tests in a fresh tree import the original code ({source})")
    assert "--autoloop-import-root" in why
    assert "--autoloop-setup" in why
