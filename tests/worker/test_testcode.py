"""Which code is the tests'."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker.testcode import TestCode

if TYPE_CHECKING:
    from pathlib import Path

CODE = TestCode(["tests/test_speed.py", "tests/conftest.py", "utils.py"], "/arena/l/top")


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        ("/arena/l/top/tests/test_speed.py", True),
        ("/arena/r/top/tests/conftest.py", True),
        ("/arena/r/top/utils.py", True),
        ("tests/conftest.py", True),
        ("/arena/l/top/package/utils.py", False),
        ("/arena/l/top/package/tests/conftest.py", False),
        ("/arena/l/other/tests/conftest.py", False),
        ("/elsewhere/l/top/tests/conftest.py", False),
        ("/arena/l/top/more/latest_speed.py", False),
        ("/arena/l/top/tests/my_conftest.py", False),
        ("/arena/l/top", False),
        ("<string>", False),
    ],
)
def test_functions_by_the_files_of_their_code(path: str, owned: bool) -> None:
    """Wherever in the place the tree stands; a file whose name ends alike is another."""
    function = types.FunctionType((lambda: 1).__code__.replace(co_filename=path), {})

    assert CODE.owns(function) == CODE.owns(function) == owned


def test_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the files they were loaded from; of what is none, or is not there, nobody knows."""
    code = TestCode(["tests/conftest.py"], str(tmp_path / "l/top"))
    for name, file in (("one", str(tmp_path / "r/top/tests/conftest.py")), ("two", "/elsewhere.py"), ("three", None)):
        module = types.ModuleType(name)
        module.__file__ = file
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "four", object())

    assert [code.owns_module(name) for name in ("one", "two", "three", "four", "five")] == [True, False, False, False, False]


def test_a_tree_behind_a_link(tmp_path: Path) -> None:
    """Its files are known by either path."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    code = TestCode(["test_it.py"], str(tmp_path / "link/l/top"))

    for folder in ("link", "real"):
        path = str(tmp_path / folder / "l/top/test_it.py")
        assert code.owns(types.FunctionType((lambda: 1).__code__.replace(co_filename=path), {}))
