"""Whether a candidate answers as the incumbent does where inputs are as untidy as those of users may be.

Tests and benchmarks have tidy ones, mostly: names without markup, rows in order, nothing twice. Who leaves out what makes a function hold
for the rest passes them all, and is faster. Whether that was wanted is for a person to say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ...worker.messages import BETWEEN
from ...worker.messages import OTHER_TYPES
from ...worker.messages import OUT_OF_ORDER
from ...worker.messages import TRUTH
from ..equality import difference
from ..syntax import words

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ...experiment import Benchmark
    from ...worker.messages import Varied
    from ..duel import Duel
    from ..equality import Tolerance
    from ..honesty import Comparable

# Errors that come of inputs that nobody has thought of, as a rule.
_ACCIDENTS = words("""
KeyError IndexError AttributeError TypeError NameError UnboundLocalError ZeroDivisionError OverflowError RecursionError MemoryError
StopIteration RuntimeError OSError FileNotFoundError GivenUp
""")
# What a call answers with, and what is said of another answer.
_ANSWERS = {"result": "answers otherwise", "left": "leaves its arguments otherwise", "files": "leaves other files"}


def refuses(answer: Varied) -> bool:
    """Return whether an input was answered with an error that is raised on purpose, as far as its class tells."""
    return bool(answer.raised) and answer.raised.rpartition(".")[2] not in _ACCIDENTS


@dataclass(frozen=True, slots=True, kw_only=True)
class Untidy:
    """What one benchmark's answers to untidy inputs are: other ones, or the same (``alike``)."""

    text: str
    alike: bool


def with_untidy_inputs(duels: Sequence[Duel], benchmark: Benchmark, comparable: Comparable, tolerance: Tolerance) -> Untidy | None:
    """Return whether both answer alike, as far as answers of the incumbent repeat; None where it has no answer to any such input.

    What the incumbent answers with an error that nobody raises on purpose is no input of its own; what it refuses is to be refused. Nor is
    a disorder such an input that it answers otherwise than order: in what order its inputs are it leaves to its callers.
    """
    nodeid, tried = benchmark.nodeid, set[str]()
    parts = [part for part in _ANSWERS if nodeid in comparable.parts.get(part, ())]
    for ours, theirs in _told(duels, nodeid):
        if ours.what != theirs.what:
            # The same is drawn on both sides, so what it is made of is not the same.
            return Untidy(text=f"{nodeid}: its arguments cannot be given {ours.what} as the incumbent's can", alike=False)
        if ours.raised:
            if not refuses(theirs):
                how = f"raises {theirs.raised[:40]}" if theirs.raised else "answers"
                return Untidy(text=f"{nodeid}: {how} with {ours.what}, where the incumbent raises {ours.raised[:40]}", alike=False)
            continue
        if theirs.raised.rpartition(".")[2] == "TypeError" and ours.what == BETWEEN:
            # Whoever takes whole numbers alone says so.
            continue
        if theirs.raised:
            return Untidy(text=f"{nodeid}: answers otherwise with {ours.what}: it raises {theirs.raised[:40]}", alike=False)
        for part in parts:
            found = difference(getattr(ours, part), getattr(theirs, part))
            # What an argument keeps to itself is no answer.
            if (
                found is None
                or (found.kind == "type" and ours.what == TRUTH)
                or found.is_make
                or (found.inside and part == "left")
                or (found.error is not None and found.error <= tolerance.of(nodeid))
            ):
                continue
            return Untidy(text=f"{nodeid}: {_ANSWERS[part]} with {ours.what}: {found.text}", alike=False)
        tried.add(ours.what)
    return Untidy(text=f"{nodeid}: answers with {', '.join(sorted(tried))}", alike=True) if tried and parts else None


def _told(duels: Sequence[Duel], nodeid: str) -> Iterator[tuple[Varied, Varied]]:
    """Yield the pairs of answers to what the incumbent answers as it should, or refuses."""
    for duel in duels:
        for ours, theirs in duel.trials[nodeid].untidy if nodeid in duel.trials else ():
            usual = duel.returned[nodeid][-1][0].result
            by_accident = ours.raised and not refuses(ours)
            # A number that cannot be read, since it is None, is one more accident.
            by_accident = by_accident or (ours.raised and ours.what in OTHER_TYPES)
            if ours.what and not by_accident and not (ours.what in OUT_OF_ORDER and difference(usual, ours.result) is not None):
                yield ours, theirs
