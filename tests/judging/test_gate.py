from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.gate import Expectation
from pytest_autoloop.judging.gate import Session
from pytest_autoloop.judging.gate import failure_text
from pytest_autoloop.judging.gate import run_session
from pytest_autoloop.worker.messages import Collected

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping

    from lab import Lab

    from pytest_autoloop.judging.outcomes import Outcome

BENCH, TOTAL, JOIN = "tests/test_bench.py::test_bench_total", "tests/test_demo.py::test_total", "tests/test_demo.py::test_join"
GOOD = Expectation(outcomes={BENCH: "passed", TOTAL: "passed", JOIN: "passed"}, quarantined=frozenset(), exitstatus=0)
TEXT = "src/demo/text.py"

HONEST = '''\
"""Words."""


def join(words):
    return "".join([word + "," for word in words])
'''


@pytest.fixture(scope="module")
def shared(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab()


def test_an_honest_candidate_passes(shared: Lab) -> None:
    """A candidate whose tests all pass as before misses nothing."""
    session = shared.gate(files={TEXT: HONEST})

    assert GOOD.missed_by(session) is None
    assert session.outcomes == GOOD.outcomes
    assert session.trouble is None


def test_which_lines_tests_run(shared: Lab) -> None:
    """Those that were asked for, by their file; nothing is told of lines that no test comes to."""
    source = "def join(words):\n    if not words:\n        return ''\n    return ''.join([word + ',' for word in words])\n"
    session = run_session(shared.launcher(), shared.tree({TEXT: source}), limit=60, lines={TEXT: [2, 3, 4]})

    assert session.ran is not None
    assert {2, 4} <= set(session.ran[TEXT])
    assert session.outcomes == GOOD.outcomes
    assert shared.gate(files={TEXT: HONEST}).ran is None


def test_prints_are_of_no_account(shared: Lab) -> None:
    """What a candidate writes to its output, be it like a test report, changes nothing."""
    noise = "import os\nos.write(1, b'3 passed\\n' * 100)\nos.write(2, bytes(range(256)))\nprint('FAILED')\n"

    assert GOOD.missed_by(shared.gate(files={TEXT: HONEST + noise})) is None


# With the worker's end of the channel in hand a candidate can sign whatever it likes.
SIGN = """\
import gc
from pytest_autoloop.worker import channel
from pytest_autoloop.worker import messages
[end] = [each for each in gc.get_objects() if isinstance(each, channel.WorkerEnd)]
"""
DROP = """\
import gc
import pytest
class Plugin:
    def pytest_collection_modifyitems(self, items):
        items[:] = items[:1]
[config] = [each for each in gc.get_objects() if isinstance(each, pytest.Config)]
config.pluginmanager.register(Plugin())
"""
CUT = "before the session came to its end"

ATTACKS = {
    "raises at import": ("raise OSError('no disk')", "tests/test_demo.py failed"),
    "exits at import": ("import sys\nsys.exit(0)", f"{TOTAL} is gone: pytest ended with status 3"),
    "leaves at import": ("import os\nos._exit(0)", f"its process ended with status 0 {CUT}"),
    "leaves in a test": ("def join(words):\n    import os\n    os._exit(0)", f"its process ended with status 0 {CUT}"),
    "ends the session": ("import pytest\ndef join(words):\n    pytest.exit('', 0)", f"{JOIN} passed before and is now incomplete"),
    "kills itself": ("import os\nos.kill(os.getpid(), 9)", f"its process was killed by signal 9 {CUT}"),
    "skips a test": ("import pytest\ndef join(words):\n    pytest.skip()", f"{JOIN} passed before and is now skipped"),
    "skips a module": ("import pytest\npytest.skip(allow_module_level=True)", f"{TOTAL} is gone"),
    "expects its failure": ("import pytest\ndef join(words):\n    pytest.xfail('so what')", f"{JOIN} passed before and is now xfailed"),
    "fails": ("def join(words):\n    return ''", f"{JOIN} failed"),
    "writes to the channel": ("import os\nos.write(3, b'{}\\n')", "harness tampered: a record without the worker's signature"),
    "forges the end": ('import os\nos.write(3, b\'0 ["Finish",{"exitstatus":0}]\\n\')', "harness tampered: a record without"),
    "closes the channel": ("import os\nos.close(3)", CUT),
    "shuts the channel": ("import socket\nsocket.socket(fileno=3).shutdown(2)", CUT),
    "signs nonsense": (SIGN + "end.send(messages.Report(data=[]))", "harness tampered: a Report with other fields"),
    "signs an end": (SIGN + "end.send(messages.Finish(exitstatus=0))", "pytest collected nothing and ended with status 0"),
    "drops its tests": (DROP, "is gone"),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_attacks(shared: Lab, name: str) -> None:
    """A candidate that ends, forges or falls silent does not pass, and the reason says what it did."""
    code, why = ATTACKS[name]
    missed = GOOD.missed_by(shared.gate(files={TEXT: f"{HONEST}\n\n{code}\n"}))

    assert missed is not None
    assert why in missed[0]


def test_a_hang_ends_at_the_limit(shared: Lab) -> None:
    """A candidate that never ends is ended at the limit, with all it started."""
    code = "import signal\nimport subprocess\nsubprocess.Popen(['sleep', '600'])\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    code += "while True:\n    signal.pause()\n"
    session = shared.gate(files={TEXT: HONEST + code}, limit=2)
    missed = GOOD.missed_by(session)

    assert missed is not None
    assert missed[0] == "it did not end within 2 s"
    assert shared.processes.sweep() == 0


def test_flood(shared: Lab) -> None:
    """A candidate that pours bytes into the channel ends like any other forger, and the judge's memory holds out."""
    code = "import os\nwhile True:\n    os.write(3, b'x' * 65536)\n"
    missed = GOOD.missed_by(shared.gate(files={TEXT: HONEST + code}))

    assert missed is not None
    assert missed[0] == "harness tampered: a line without an end came through the channel"


def test_stopping_at_the_first_failure(shared: Lab) -> None:
    """A session ends with the first report that settles it; the tests after it are not run."""
    seen: list[str] = []
    tree = shared.tree({"tests/test_demo.py": "def test_a():\n    assert 0\n\ndef test_b():\n    pass\n"})

    def until(report: Mapping[str, Any]) -> bool:
        seen.append(f"{report['nodeid']} {report['when']}")
        return GOOD.failed_at(report)

    session = run_session(shared.launcher("tests/test_demo.py"), tree, limit=60, until=until)
    shared.arena.drop(tree)

    assert seen == ["tests/test_demo.py::test_a setup", "tests/test_demo.py::test_a call"]
    assert session.trouble == "stopped at the first failure"
    assert GOOD.missed_by(session) == ("tests/test_demo.py::test_a failed", session.failures()["tests/test_demo.py::test_a"])


def session_of(outcomes: Mapping[str, str], *, status: int = 0) -> Session:
    """Make a session as it would be with these outcomes."""
    reports = [
        {"nodeid": nodeid, "when": when, "outcome": outcome if when == "call" else "passed"}
        for nodeid, outcome in outcomes.items()
        for when in ("setup", "call", "teardown")
    ]
    return Session(
        collected=Collected(ids=list(outcomes), benchmarks={}, files=[], rootdir=".", inipath=None), reports=reports, exitstatus=status
    )


def expectation(quarantined: frozenset[str] = frozenset(), status: int = 0, **outcomes: Outcome) -> Expectation:
    return Expectation(outcomes=outcomes, quarantined=quarantined, exitstatus=status)


def test_quarantined_tests_may_do_as_they_like() -> None:
    """A test that fails or flickers in the baseline neither stops nor fails a candidate, but it has to be there."""
    demands = expectation(frozenset({"b"}), 1, a="passed", b="failed")

    for outcome, status in (("failed", 1), ("passed", 0), ("skipped", 0)):
        assert demands.missed_by(session_of({"a": "passed", "b": outcome}, status=status)) is None
    assert not demands.failed_at({"nodeid": "b", "outcome": "failed"})
    assert demands.failed_at({"nodeid": "a", "outcome": "failed"})
    assert demands.missed_by(session_of({"a": "passed"})) == ("b is gone", "")


def test_new_tests_are_no_fault() -> None:
    """A candidate's session may have tests that the baseline had not, as long as they do not fail."""
    demands = expectation(a="passed")

    assert demands.missed_by(session_of({"a": "passed", "c": "passed"})) is None
    assert demands.missed_by(session_of({"a": "passed", "c": "failed"}, status=1)) == ("c failed", "")


def test_the_exit_status_is_the_baselines() -> None:
    """A status that the baseline did not end with is a fault even if every test passed."""
    assert expectation(a="passed").missed_by(session_of({"a": "passed"}, status=1)) == (
        "pytest ended with status 1, the baseline with 0",
        "",
    )
    assert expectation(status=6, a="passed").missed_by(session_of({"a": "passed"}, status=6)) is None


@pytest.mark.parametrize(
    ("report", "text"),
    [
        ({}, ""),
        ({"longrepr": "plain"}, "plain"),
        ({"longrepr": ["file.py", 3, "Skipped"]}, "['file.py', 3, 'Skipped']"),
        ({"longrepr": {"reprcrash": None, "reprtraceback": {"reprentries": [{"data": {"lines": ["a", "b"]}}]}}}, "a\nb"),
        ({"longrepr": {"reprcrash": {"message": "m"}, "reprtraceback": {"reprentries": []}}}, "m"),
        ({"longrepr": {"reprcrash": "forged"}}, "{'reprcrash': 'forged'}"),
        ({"longrepr": {"reprcrash": {"message": 3}, "reprtraceback": {"reprentries": [None]}}}, None),
    ],
)
def test_failure_texts(report: Mapping[str, Any], text: str | None) -> None:
    """A failure is told by its lines and its message, and by whatever there is where it is none of pytest's tracebacks."""
    found = failure_text(report)

    assert found == (str(report["longrepr"]) if text is None else text)
