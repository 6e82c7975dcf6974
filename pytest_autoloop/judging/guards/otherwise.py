"""Whether a gain holds for other arguments than the benchmark's own objects: copies of them, and ones that are changed a little.

A gain that vanishes with copies was remembered by identity. One that vanishes with changed arguments is remembered by value, or was made
for the benchmark's input alone: called a second time with the same arguments, the former is fast again and the latter is not. Where only
changes of one argument make it vanish, it may be meant for a kind of input, and may be not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING
from typing import Literal

from ...decision import harm
from ...decision import pair_score
from ..equality import difference
from ..equality import length
from ..honesty import LEAST_GAIN
from ..honesty import SHARE
from ..honesty import WHOLE
from .scene import Finding
from .untidy import refuses

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ...experiment import Benchmark
    from ...worker.messages import Varied
    from ..duel import Duel
    from ..equality import Tolerance
    from .scene import Kind

    _Pairs = Sequence[tuple[Varied, Varied]]

_Kind = Literal["holds", "identity", "remembered", "special", "partly", "answers", "differs", "taken", "withheld"]
_EVERY_PART = "every part"
_EVERYWHERE = "where every part of its arguments is another"
# One argument alone is told of by as many duels: two can agree by chance.
_ENOUGH = 3
# Changed calls that take less than this together, or each less than that, are not told from the clock (nanoseconds).
_SHORTEST = 5_000
_SHORTEST_CALL = 300
# A gain that shows by less than this share of what it is in the same call once more is remembered, for the most part.
_AT_ONCE = 0.6
# Who answers otherwise for a greater share of inputs of other parts knows only some.
_RARELY = 0.25
# A call that takes so many times what it takes with a benchmark's own arguments does work of the same kind, if its result is as much
# longer or shorter at most: a reader of lines that can read none has another kind of work.
_COMPARABLE = (0.4, 2.5)
# Results of fewer characters say nothing of the work in them.
_TELLING = 100
# Peaks of less, in bytes, tell nothing of what a call takes.
_SMALLEST = 64 << 10


# What becomes of a candidate for what copies and changed arguments show, and what it is called.
_OTHERWISE: Mapping[str, tuple[Kind, str]] = {
    "identity": ("reject", "no gain with new objects: "),
    "withheld": ("reject", ""),
    "differs": ("reject", ""),
    "special": ("reject", "special case: "),
    "partly": ("flag", "perhaps a special case: "),
    "taken": ("flag", ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Otherwise:
    """What one benchmark says.

    Its gain holds, is remembered, is a special case, or one as far as some argument goes (``partly``); or it answers alike (too short to
    tell more), or not; what the incumbent refuses is ``taken``; or what that shows is withheld. ``throughout`` says whether it was seen, as
    good as whole, where every part of the arguments was another (None: that is not told), ``ratio`` what it is with the arguments that
    ``text`` is about.
    """

    text: str
    kind: _Kind
    ratio: float = math.nan
    throughout: bool | None = None


def with_copies(duels: Sequence[Duel], benchmark: Benchmark) -> Otherwise | None:
    """Return whether the gain holds with new copies of the arguments for each call."""
    told = [duel for duel in duels if benchmark.nodeid in duel.trials and duel.trials[benchmark.nodeid].fresh]
    if not told:
        return None
    if any(candidate.wall <= 0 for duel in told for _, candidate in duel.trials[benchmark.nodeid].fresh):
        return Otherwise(text=f"{benchmark.nodeid}: its arguments can no longer be copied", kind="withheld")
    for ours, theirs in (pair for duel in told for pair in duel.trials[benchmark.nodeid].fresh):
        if theirs.stopped and not ours.stopped:
            return Otherwise(text=f"{benchmark.nodeid}: what it returns raises {theirs.stopped[:40]} when it is read", kind="differs")
    warm = median(duel.score(benchmark.nodeid, benchmark.clock) for duel in told)
    scores = []
    for duel in told:
        pairs = duel.trials[benchmark.nodeid].fresh
        scores.append(pair_score(*([max(1, getattr(side[n], benchmark.clock)) for side in pairs] for n in (0, 1))))
    text = (
        f"{benchmark.nodeid}: {math.exp(median(scores)):.2f}x with new copies of its arguments, {math.exp(warm):.2f}x with the same objects"
    )
    gone = warm >= LEAST_GAIN and harm([score - SHARE * warm for score in scores]) is not None
    return Otherwise(text=text, kind="identity" if gone else "holds")


def with_changes(
    duels: Sequence[Duel], benchmark: Benchmark, tolerance: Tolerance, *, comparable: bool, given: bool = False
) -> Otherwise | None:
    """Return whether answers and gain hold with changed arguments; None where none could be changed.

    Changes that the incumbent answers with an error are no input of its own, and left out. ``comparable`` says whether results repeat,
    ``given`` whether arguments do.
    """
    nodeid, allowed = benchmark.nodeid, tolerance.of(benchmark.nodeid)
    varied = [duel.trials[nodeid].varied for duel in duels if nodeid in duel.trials]
    if (why := _withheld([pair for found in varied for pair in found], given)) is not None:
        return Otherwise(text=f"{nodeid}: {why}", kind="withheld")
    if not any(varied):
        return None
    for ours, theirs in (pair for found in varied for pair in found):
        if ours.what == theirs.what and refuses(ours) and not refuses(theirs):
            where = _EVERYWHERE if ours.what.startswith(_EVERY_PART) else f"with {ours.what}"
            what = f"raises {theirs.raised[:40]}" if theirs.raised else "answers"
            return Otherwise(text=f"{nodeid}: {what} {where}, and the incumbent raises {ours.raised[:40]}", kind="taken")
    warm = median(duel.score(nodeid, benchmark.clock) for duel in duels if nodeid in duel.trials)
    told = [[pair for pair in found if _counts(pair)] for found in varied]
    kinds = {what: [some for found in told if (some := [pair for pair in found if _input(pair[0]) == what])] for what in _inputs(told)}
    parts = [kinds.pop(what) for what in list(kinds) if what.startswith(_EVERY_PART)]
    usual = _Usual(nanoseconds=benchmark.seconds * 1e9, length=_usual_length(duels, nodeid))
    seen = [_with_every_part(nodeid, found, warm, allowed if comparable else None, usual) for found in parts]
    # What holds least comes first.
    whole = min((one for one in seen if one is not None), key=lambda one: (one.kind == "holds", one.throughout), default=None)
    if whole is not None and whole.kind != "holds":
        return whole
    pairs = [some for found in told if (some := [pair for pair in found if _input(pair[0]) in kinds])]
    for ours, theirs in (pair for found in pairs for pair in found):
        if (how := _answers(ours, theirs, allowed)) is not None and (comparable or theirs.raised):
            return Otherwise(text=f"{nodeid}: answers otherwise with {ours.what}: {how}", kind="differs")
    if not pairs:
        return whole if whole is not None and whole.throughout else None
    slight = _with_slight_changes(nodeid, pairs, warm)
    if whole is None or slight.kind == "answers":
        return slight
    return replace(slight, text=f"{slight.text}, {whole.ratio:.2f}x {_EVERYWHERE}", throughout=whole.throughout)


def _with_slight_changes(nodeid: str, pairs: Sequence[_Pairs], warm: float) -> Otherwise:
    """Return whether a gain holds with arguments that are changed a little, each of them and all together."""
    inputs = _inputs(pairs)
    if _too_short(pairs):
        return Otherwise(text=f"{nodeid}: answers with changes of {', '.join(inputs)[:80]}", kind="answers")

    def said(pairs: Sequence[_Pairs], inputs: Sequence[str], kind: _Kind) -> Otherwise:
        return _told(nodeid, pairs, warm, f"with changes of {', '.join(inputs)[:80]}", kind)

    each = {name: [some for found in pairs if (some := [pair for pair in found if _input(pair[0]) == name])] for name in inputs}
    each = {name: some for name, some in each.items() if len(some) >= _ENOUGH and not _too_short(some)}
    # What is slow with changes of one argument makes all of them together slow.
    missing = {name: kind for name, some in each.items() if (kind := _missing(some, warm, looks=len(each))) is not None}
    special = [name for name, kind in missing.items() if kind == "special"]
    if len(missing) == len(each):
        return said(pairs, inputs, _missing(pairs, warm) or ("special" if special else "remembered" if missing else "holds"))
    if missing:
        name = min(special or missing)
        return said(each[name], [name], "partly" if special else "remembered")
    return said(pairs, inputs, "holds")


def _with_every_part(nodeid: str, pairs: Sequence[_Pairs], warm: float, allowed: float | None, usual: _Usual) -> Otherwise | None:
    """Return whether a gain is there where every part of the arguments is another; None where that cannot be told.

    Such inputs may be odd ones, so that one answers otherwise is no reproach, as long as it is rare; nor is a gain that is missing where
    the incumbent has other work than the ``usual`` one. ``allowed`` is the error of answers (None: they are not compared).
    """
    told = [[(pair, None if allowed is None else _answers(*pair, allowed)) for pair in found] for found in pairs]
    other = [how for found in told for _, how in found if how is not None]
    if len(other) >= _ENOUGH and len(other) > _RARELY * sum(map(len, told)):
        return Otherwise(text=f"{nodeid}: answers otherwise {_EVERYWHERE}: {other[0]}", kind="partly", throughout=False)
    alike = [some for found in told if (some := [pair for pair, how in found if how is None])]
    if len(alike) < _ENOUGH or _too_short(alike):
        return None
    missing = _missing(alike, warm)
    kind: _Kind = "remembered" if missing == "remembered" else "holds"
    if missing == "special" and usual.is_alike([ours for found in alike for ours, _ in found]):
        kind = "partly"
    whole = missing is None and harm([_score(found, 0) - WHOLE * warm for found in alike]) is None
    return replace(_told(nodeid, alike, warm, _EVERYWHERE, kind), throughout=whole)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Usual:
    """What the incumbent's calls come to with a benchmark's own arguments: CPU time, and the length of the result (0: not told)."""

    nanoseconds: float
    length: float

    def is_alike(self, calls: Sequence[Varied]) -> bool:
        """Return whether other calls of the incumbent have work of the same kind."""
        least, most = _COMPARABLE
        times = median(call.cpu[0] / max(1, call.calls) for call in calls) / max(1.0, self.nanoseconds)
        lengths = median(length(call.result) for call in calls)
        # Short results may well be counts.
        told = self.length and max(self.length, lengths) >= _TELLING
        return least <= times <= most and (not told or least <= lengths / self.length <= most)


def _usual_length(duels: Sequence[Duel], nodeid: str) -> float:
    found = [length(ours.result) for duel in duels for ours, _ in duel.returned.get(nodeid, ())]
    return median(found) if found else 0.0


def _told(nodeid: str, pairs: Sequence[_Pairs], warm: float, where: str, kind: _Kind) -> Otherwise:
    ratio = math.exp(median(_score(found, 0) for found in pairs))
    return Otherwise(text=f"{nodeid}: {ratio:.2f}x {where}, {math.exp(warm):.2f}x with its own arguments", kind=kind, ratio=ratio)


def memory_with_changes(
    nodeid: str, pairs: _Pairs, saved: float, tolerance: Tolerance, *, comparable: bool, given: bool
) -> Otherwise | None:
    """Return whether answers and savings of memory hold with changed arguments; None where none could be changed.

    ``saved`` is the share of its peak that a call saves with its own arguments (0: none). Each of ``pairs`` is one call of either side.
    """
    if (why := _withheld(pairs, given)) is not None:
        return Otherwise(text=f"{nodeid}: {why}", kind="withheld")
    pairs = [(ours, theirs) for ours, theirs in pairs if ours.what and ours.what == theirs.what and not ours.raised]
    if not pairs:
        return None
    for ours, theirs in pairs:
        if (how := _answers(ours, theirs, tolerance.of(nodeid))) is not None and (comparable or theirs.raised):
            return Otherwise(text=f"{nodeid}: answers otherwise with {ours.what}: {how}", kind="differs")
    names = ", ".join(sorted({_input(ours) for ours, _ in pairs}))[:80]
    told = [(ours, theirs) for ours, theirs in pairs if saved and ours.peak > _SMALLEST]
    missing = [(ours, theirs) for ours, theirs in told if ours.peak - theirs.peak < SHARE * saved * ours.peak]
    if not missing:
        return Otherwise(text=f"{nodeid}: answers and memory with changes of {names}", kind="holds")
    (ours, theirs) = missing[0]
    text = f"{nodeid}: {theirs.peak / ours.peak:.0%} of the memory with {ours.what}, {1 - saved:.0%} with its own arguments"
    return Otherwise(text=text, kind="special" if len(missing) == len(told) else "partly")


def _withheld(pairs: _Pairs, given: bool) -> str | None:
    """Return why candidate and incumbent were not given the same changed arguments; ``given`` says whether they repeat."""
    for ours, theirs in pairs:
        if ours.what and not theirs.what:
            return "its arguments can no longer be changed as the incumbent's can"
        if given and ours.what != theirs.what:
            # The same change is drawn on both sides, so what it is made of is not the same: calls have left it otherwise, or it is a lie.
            return f"its arguments are no longer the incumbent's: changed were {theirs.what}, and {ours.what} there"
    return None


def _input(varied: Varied) -> str:
    """Return the argument that was changed, whatever part of it."""
    return varied.what.partition(":")[0].partition("[")[0]


def _inputs(pairs: Sequence[_Pairs]) -> list[str]:
    return sorted({_input(ours) for found in pairs for ours, _ in found})


def _too_short(pairs: Sequence[_Pairs]) -> bool:
    """Return whether changed calls take so little time that the clock tells nothing of them."""
    together = median(sum(ours.cpu[0] for ours, _ in found) / len(found) for found in pairs)
    each = median(ours.cpu[0] / max(1, ours.calls) for found in pairs for ours, _ in found)
    return together < _SHORTEST or each < _SHORTEST_CALL


def _missing(pairs: Sequence[_Pairs], warm: float, looks: int = 1) -> Literal["remembered", "special"] | None:
    """Return what a gain is that does not show with changed arguments; ``pairs`` are those of each duel, ``warm`` its usual score."""
    if warm < LEAST_GAIN:
        return None
    first, again = ([_score(found, call) for found in pairs] for call in (0, 1))
    missing = [harm([score - SHARE * warm for score in scores], looks=looks) is not None for scores in (first, again)]
    if all(missing):
        return "special"
    later = harm([one - _AT_ONCE * other for one, other in zip(first, again, strict=True)], looks=looks) is not None
    return "remembered" if missing[0] or (later and median(again) >= LEAST_GAIN) else None


def _counts(pair: tuple[Varied, Varied]) -> bool:
    ours, theirs = pair
    calls = 2
    return bool(ours.what) and not ours.raised and len(ours.cpu) == calls and (bool(theirs.raised) or len(theirs.cpu) == calls)


def _answers(ours: Varied, theirs: Varied, allowed: float) -> str | None:
    if theirs.raised:
        return f"it raises {theirs.raised[:40]}"
    found = difference(ours.result, theirs.result)
    if found is None or found.is_make or found.kind == "order" or (found.error is not None and found.error <= allowed):
        return None
    return found.text


def _score(pairs: _Pairs, call: int) -> float:
    """Return the log ratio over all calls of one duel together: single ones are short."""
    return math.log(max(1, sum(ours.cpu[call] for ours, _ in pairs)) / max(1, sum(theirs.cpu[call] for _, theirs in pairs if theirs.cpu)))


def against(found: Otherwise | None) -> Iterator[Finding]:
    """Yield what is to be said against a candidate for what copies or changed arguments show."""
    if found is not None and found.kind in _OTHERWISE:
        kind, prefix = _OTHERWISE[found.kind]
        yield Finding(kind=kind, text=f"{prefix}{found.text}")
