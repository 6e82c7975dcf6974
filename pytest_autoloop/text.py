"""Text of others (patches, tests, agents) made fit to be shown: it is data, and nothing of it reaches a terminal or a commit raw."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .experiment import Experiment

# C0 without tab and newline, DEL, C1, and the marks that reorder or hide text.
_CONTROL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028\u2029\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\ud800-\udfff]"
)
_ESCAPE = re.compile(r"\x1b(\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)?|[@-Z\\-_])")


def clean(text: str) -> str:
    """Return a text without escape sequences, control characters and marks that reorder it."""
    return _CONTROL.sub("", _ESCAPE.sub("", text))


def one_line(text: str, limit: int = 200) -> str:
    """Return a text as one clean line of at most ``limit`` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1]}…"


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
    gain, evidence, level = experiment.gain, experiment.evidence, experiment.level
    if gain is None or evidence is None or level is None:
        raise ValueError("only what was measured is committed")
    # Forges act on mentions and issue numbers in messages; what was done is data.
    subject = one_line(re.sub(r"[@#]+(?=\w)", "", experiment.title), 72)
    trailers = {
        "Gain": f"{gain.ratio:.3f}x [{gain.low:.3f}, {gain.high:.3f}]",
        "Evidence": f"{evidence:.4g} ({1 / level:.4g} needed)",
        "Duels": f"{experiment.duels}",
        "Run": f"{run} experiment {experiment.number}",
        "Agent": one_line(experiment.agent, 60),
    }
    return f"{subject}\n\n" + "".join(f"Autoloop-{name}: {value}\n" for name, value in trailers.items())
