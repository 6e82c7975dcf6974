from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.journal.dossier import FolderDossier

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_folder(tmp_path: Path) -> None:
    """The folder is made with the first file, and not before."""
    dossier = FolderDossier(tmp_path / "experiments" / "0001")
    assert not dossier.folder.exists()

    dossier.save("patch.diff", "x")

    assert [file.name for file in dossier.folder.iterdir()] == ["patch.diff"]


def test_patch_to_the_byte(tmp_path: Path) -> None:
    """A text that came from bytes is kept as those bytes, so that a patch can be applied again: line ends, other encodings."""
    content = b"-caf\xe9\r\n+\xff\xfe\n\\ No newline at end of file"
    dossier = FolderDossier(tmp_path)

    dossier.save("patch.diff", content.decode("utf-8", "surrogateescape"))
    assert (tmp_path / "patch.diff").read_bytes() == content

    dossier.save("patch.diff", "new\n")
    assert (tmp_path / "patch.diff").read_bytes() == b"new\n"


@given(st.text(st.characters(categories=["L", "Cs", "Cc"]), max_size=20))
@settings(deadline=None)
def test_any_text(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    """Any text can be kept: what tests print ends no run."""
    dossier = FolderDossier(tmp_path_factory.mktemp("dossier"))

    dossier.save("failure.txt", text)

    assert (dossier.folder / "failure.txt").exists()


def test_halves_of_characters(tmp_path: Path) -> None:
    """What no encoding knows is written so that a person can read it."""
    FolderDossier(tmp_path).save("failure.txt", "assert '\ud800' == 'ż'")

    assert (tmp_path / "failure.txt").read_bytes() == "assert '\\ud800' == 'ż'".encode()


def test_rows(tmp_path: Path) -> None:
    """Rows are added one by one, a line of JSON each, and what is not a finite number is null."""
    dossier = FolderDossier(tmp_path / "0001")

    dossier.add("duels.jsonl", {"a": [[1, 2, 3, 4]]})
    dossier.add("duels.jsonl", {"b": math.nan, "c": "\ud800\n"})

    lines = (tmp_path / "0001" / "duels.jsonl").read_text().splitlines()
    assert [json.loads(line) for line in lines] == [{"a": [[1, 2, 3, 4]]}, {"b": None, "c": "\ud800\n"}]
    assert lines[0] == '{"a":[[1,2,3,4]]}'
