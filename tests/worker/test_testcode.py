"""Which code is the tests'."""

from __future__ import annotations

import sys
import types
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker.testcode import TestCode

if TYPE_CHECKING:
    from pathlib import Path

CODE = TestCode(["tests/test_speed.py", "tests/conftest.py"])


@pytest.mark.parametrize(
    ("path", "owned"),
    [
        ("/tree/l/tests/test_speed.py", True),
        ("/tree/r/tests/conftest.py", True),
        ("tests/conftest.py", True),
        ("/tree/l/more/latest_speed.py", False),
        ("/tree/l/tests/my_conftest.py", False),
        ("/tree/l/conftest.py", False),
        ("/tree/l/package/speed.py", False),
        ("<string>", False),
    ],
)
def test_functions_by_the_files_of_their_code(path: str, owned: bool) -> None:
    """Wherever in the place the tree stands; a file whose name ends alike is another."""
    function = types.FunctionType((lambda: 1).__code__.replace(co_filename=path), {})

    assert CODE.owns(function) == CODE.owns(function) == owned


def test_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the files they were loaded from; of what is none, or is not there, nobody knows."""
    for name, file in (("one", str(tmp_path / "tests/conftest.py")), ("two", "/elsewhere.py"), ("three", None)):
        module = types.ModuleType(name)
        module.__file__ = file
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "four", object())

    assert [CODE.owns_module(name) for name in ("one", "two", "three", "four", "five")] == [True, False, False, False, False]
