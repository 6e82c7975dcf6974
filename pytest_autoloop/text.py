"""Text of others (patches, tests, agents) made fit to be shown: it is data, and nothing of it reaches a terminal or a commit raw."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .experiment import Experiment

# C0 without tab and newline, DEL, C1; line and paragraph separators; what Unicode lets no one see: marks that reorder or hide text,
# fillers, tags, selectors; and halves of characters.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffb\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
# A title that is not closed ends with its line: it must not swallow the rest of a log.
_ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b\n]*(\x07|\x1b\\)?|[ -/]*[0-~])")


# What a forge's runner takes for a command in a log: GitHub's ``::word`` at the beginning of a line, white space or not before it; its old
# ``##[word]``, Azure's ``##vso[…]`` and TeamCity's ``##teamcity[…]`` anywhere.
_COMMAND = re.compile(r"^(?P<before>[^\S\n]*)(?=::)|(?<=#)(?=#[\w.-]*\[)", re.MULTILINE)


_WORD = 12


def clean(text: str) -> str:
    """Return a text without escape sequences, control characters and marks that reorder or hide it."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def harmless(text: str) -> str:
    """Return a text of any number of lines as people may be shown it: clean, and a backslash in what a forge would take for a command."""
    return _COMMAND.sub(r"\g<before>\\", clean(text))


def one_line(text: str, limit: int = 200) -> str:
    """Return a text as one clean line of at most ``limit`` characters, cut between words if it can be, none of them a forge's command."""
    line = harmless(_joined(text))
    if len(line) <= limit:
        return line
    start = line[: limit - 1]
    # A last word that is long is rather shown in part.
    whole, _, word = start.rpartition(" ") if line[limit - 1] != " " else (start, "", "")
    return f"{whole} …" if whole and 0 < len(word) <= _WORD else f"{start.rstrip()}…"


def _joined(text: str) -> str:
    return " ".join(clean(text).split())


def tail(text: str, lines: int = 60, limit: int = 6000) -> str:
    """Return the clean end of a longer output."""
    return "\n".join(clean(text)[-limit:].splitlines()[-lines:])


def fenced(text: str, kind: str = "") -> str:
    """Return a text as a Markdown block whose fence does not occur in it."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}{kind}\n{text}\n{fence}"


def commit_message(experiment: Experiment, run: str) -> str:
    """Return the message of a kept experiment's commit: what was done, and the evidence as trailers."""
    gain, holdout, evidence, level = experiment.gain, experiment.holdout, experiment.evidence, experiment.level
    if gain is None:
        raise ValueError("only what was measured is committed")
    subject = _inert(experiment.title, 72) or f"Experiment {experiment.number}"
    trailers = {
        "Gain": f"{gain.ratio:.3f}x [{gain.low:.3f}, {gain.high:.3f}]",
        **({"Holdout": f"{holdout.ratio:.3f}x [{holdout.low:.3f}, {holdout.high:.3f}]"} if holdout else {}),
        # Where there is no noise nothing is at risk, and the reason is the evidence.
        "Evidence": _inert(experiment.verdict.reason, 200)
        if evidence is None or level is None
        else f"{evidence:.4g} ({1 / level:.4g} needed)",
        "Duels": f"{experiment.duels}",
        "Run": f"{run} experiment {experiment.number}",
        "Agent": _inert(experiment.agent, 60),
    }
    return f"{subject}\n\n" + "".join(f"Autoloop-{name}: {value}\n" for name, value in trailers.items())


# Forges act on what stands in a commit: @people, #issues, !merge requests, GH-issues, links to them, and orders to their machinery such
# as [skip ci], ***NO_CI*** and skip-checks: true. Git itself takes a leading # for a comment. What was done is data.
_ACTING = re.compile(r"[\[\]]|://|[@#!]+(?=\w)|\bGH-(?=\d)|\*+(?=NO_CI)|(?<=skip)-(?=checks)", re.IGNORECASE)
_LEADING = "#-*+>=~ "


def _inert(text: str, limit: int) -> str:
    """Return a text as one line that no forge acts on."""
    line = _joined(text)[:1000]
    # Again and again: what one removal brings together, the next must see.
    while (without := _ACTING.sub("", line)) != line:
        line = without
    return one_line(line.lstrip(_LEADING), limit)


def duration(seconds: float) -> str:
    """Return a time as people say it."""
    if seconds < 100:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {rest} s"
