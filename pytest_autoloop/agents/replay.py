"""Proposals from patch files."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..experiment import Proposal
from ..text import one_line

if TYPE_CHECKING:
    from pathlib import Path

_SUBJECT = re.compile(r"^Subject:\s*(?:\[[^\]]*\]\s*)?(.+(?:\n[ \t].+)*)", re.MULTILINE)


def patch_proposal(path: Path) -> Proposal:
    """Return the proposal that a patch file holds; its title is the file's mail subject, else the file's name."""
    text = path.read_bytes().decode("utf-8", "surrogateescape")
    head = text.partition("\ndiff --git ")[0]
    subject = None if head.startswith(("diff --git ", "--- ")) else _SUBJECT.search(head)
    title = subject.group(1) if subject else re.sub(r"^\d+[-_. ]*", "", path.stem).replace("_", " ") or path.stem
    return Proposal(title=one_line(title, 100), agent="patch", patch=text, source=str(path), cost_usd=0.0)
