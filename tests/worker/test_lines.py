"""Which lines are run."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

from pytest_autoloop.worker.lines import LinesRun

if TYPE_CHECKING:
    from pathlib import Path

CODE = """\
def check(n):
    if n < 0:
        raise ValueError(n)
    try:
        return 1 / n
    except ZeroDivisionError:
        return None
"""


def test_lines_that_are_run(tmp_path: Path) -> None:
    """Of those that are asked for, in this thread and in others; what was run before or after does not count."""
    name = str(tmp_path / "code.py")
    names: dict[str, object] = {}
    exec(compile(CODE, name, "exec"), names)
    check = names["check"]
    assert callable(check)
    before = sys.gettrace()
    lines = LinesRun({name: [3, 5, 7], "other.py": [1]})

    check(0)
    lines.start()
    check(2)
    assert lines.stop() == {name: [5], "other.py": []}
    lines.start()
    thread = threading.Thread(target=check, args=(0,))
    thread.start()
    thread.join()
    found = lines.stop()
    check(1)
    sys.settrace(before)

    assert found == {name: [5, 7], "other.py": []}


def test_other_code_is_left_alone(tmp_path: Path) -> None:
    """Functions without such a line are not followed."""
    names: dict[str, object] = {}
    exec(compile(CODE, str(tmp_path / "code.py"), "exec"), names)
    lines = LinesRun({str(tmp_path / "code.py"): [99]})
    check = names["check"]
    assert callable(check)
    before = sys.gettrace()

    lines.start()
    check(2)
    found = lines.stop()
    sys.settrace(before)
    assert found == {str(tmp_path / "code.py"): []}
