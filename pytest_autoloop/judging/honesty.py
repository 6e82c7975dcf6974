"""Whether a candidate does what the incumbent does: what its measured calls return, are given and leave of it, and what the first costs.

Both sides tell these things of themselves, so a lie can be detected, not excluded; but what they are compared by is the judge's.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from dataclasses import field
from statistics import median
from typing import TYPE_CHECKING
from typing import Any

from ..decision import harm
from ..decision import pair_score
from ..text import one_line
from ..worker.messages import ALIKE
from ..worker.messages import TOO_MANY
from .case import reject
from .equality import Difference
from .equality import Tolerance
from .equality import difference
from .equality import length

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from ..worker.messages import Returned
    from .duel import Duel
    from .duel import Pair

    Shown = Mapping[str, Sequence[tuple[Returned, Returned]]]
    """What calls came to in two processes, incumbent and candidate, by benchmark."""

# A single call shorter than this is over before its first-time costs are (seconds).
_SHORTEST_CALL = 100e-6

LEAST_GAIN = math.log(1.15)
"""Gains below this are not told from the scatter of first calls, or of a few others."""
SHARE = 0.25
"""An honest gain shows in the first call, and with other arguments, by this share at least."""
WHOLE = 0.75
"""As a rule it shows by this share."""
_HALF = 0.5  # of the time that is saved
# A part of a call that is remembered, and nanoseconds that may be a library's own preparations.
_PART, _ONCE = 0.2, 150e3

# An argument whose form is as long as this share of the incumbent's may hold the same, in another way.
_AS_MUCH = 0.9

# Fewer of a test's own calls than this are no whole one, more hide what the first of them takes (in measured calls).
_LEAST_WORTH, _MOST_WORTH = ALIKE, 2.5


_WORDS = {
    "result": "the measured call returns something else",
    "given": "the measured call is given other arguments",
    "left": "the measured call leaves its arguments otherwise",
    "files": "the measured call leaves files otherwise",
    "shared": "what the measured call returns shares more objects",
    "data": "the measured call works on other data",
    "changed": "the measured call changes what it works on",
    "state": "the measured call leaves its process otherwise",
}
_OTHER_MAKE = {
    "result": "the measured call returns objects of another make",
    "given": "the measured call is given objects of another make",
    "left": "the measured call leaves objects of another make",
}
# What is for a person to decide, however it differs.
_OPEN = frozenset({"shared", "data", "changed", "state"})


@dataclass(frozen=True, slots=True)
class Comparable:
    """Which benchmarks return the same, are given the same, and leave the same, each time the incumbent runs them.

    ``parts`` maps each part of `Returned` to the benchmarks for which it repeats. Of those parts that are told by names, ``restless`` has
    by benchmark and part the names that do not repeat; the others are compared.
    """

    parts: Mapping[str, frozenset[str]] = field(default_factory=dict)
    restless: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)

    @property
    def results(self) -> frozenset[str]:
        """The benchmarks whose results repeat."""
        return self.parts.get("result", frozenset())

    @classmethod
    def by(cls, shown: Sequence[Shown]) -> Comparable:
        """Learn it from processes of the incumbent, beside each other."""
        seen = [(nodeid, pair) for both in shown for nodeid, pairs in both.items() for pair in pairs]
        names = {nodeid for nodeid, _ in seen}
        whole = [part for part in _WORDS if part not in _BY_NAME]
        differing = {part: {n for n, (a, b) in seen if difference(getattr(a, part), getattr(b, part)) is not None} for part in whole}
        restless: dict[tuple[str, str], frozenset[str]] = {}
        for (nodeid, pair), part in itertools.product(seen, _BY_NAME):
            one, other = (getattr(side, part) for side in pair)
            if found := {name for name in one.keys() | other.keys() if one.get(name) != other.get(name)}:
                restless[nodeid, part] = restless.get((nodeid, part), frozenset()) | found
        return cls({part: frozenset(names - differing.get(part, set())) for part in _WORDS}, restless)

    def left_out(self, nodeid: str) -> str:
        """Return the names of what is around a benchmark's calls and is not compared, for people."""
        return one_line(", ".join(sorted({name for part in _BY_NAME for name in self.restless.get((nodeid, part), ())})), 80)


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One way in which measured calls differ from the incumbent's.

    ``grave`` is what no policy can want. What is only ``made`` otherwise are arguments: objects of the project that were there before the
    call, and hold their data in another way.
    """

    nodeid: str
    text: str
    grave: bool
    made: bool = False


def _more(ours: Mapping[str, int], theirs: Mapping[str, int]) -> Difference | None:
    """Return the first count in which the candidate's is more. Fewer than the incumbent's are no harm."""
    more = next((name for name, count in theirs.items() if count > ours.get(name, 0)), None)
    return None if more is None else Difference(kind="value", text=f"{more} ({theirs[more]}, and {ours.get(more, 0)} in the incumbent)")


def _more_shared(ours: Mapping[str, int], theirs: Mapping[str, int]) -> Difference | None:
    """Return in what the candidate shares more, if the incumbent's objects are few enough for that to be told."""
    return None if TOO_MANY in ours else _more(ours, theirs)


def _other_data(ours: Mapping[str, str], theirs: Mapping[str, str]) -> Difference | None:
    """Return which of the incumbent's data are others, or are no plain data any more. More of them are no harm."""
    other = next((name for name, digest in ours.items() if theirs.get(name) != digest), None)
    return None if other is None else Difference(kind="value", text=other)


_BY_NAME: Mapping[str, Callable[[Any, Any], Difference | None]] = {"shared": _more_shared, "data": _other_data, "changed": _more}


def _compared(part: str, ours: Returned, theirs: Returned, restless: frozenset[str]) -> Difference | None:
    """Return how a part of what two calls told differs, but for names that do not repeat on the incumbent."""
    one, other = getattr(ours, part), getattr(theirs, part)
    if part not in _BY_NAME:
        return difference(one, other)
    return _BY_NAME[part](*({name: told for name, told in side.items() if name not in restless} for side in (one, other)))


def deviations(shown: Sequence[Shown], comparable: Comparable, tolerance: Tolerance) -> Iterator[Deviation]:
    """Yield what measured calls of the candidate did otherwise than the incumbent's, each kind once for a benchmark, as it is gravest.

    Another type or value is grave, unless all that differs are floats within the tolerance that the project has set.
    """
    worst: dict[tuple[str, str], Deviation] = {}
    for both in shown:
        for nodeid, pairs in both.items():
            for (ours, theirs), part in itertools.product(pairs, _WORDS):
                known = worst.get((nodeid, part))
                if nodeid not in comparable.parts.get(part, ()) or (known is not None and known.grave):
                    continue
                found = _compared(part, ours, theirs, comparable.restless.get((nodeid, part), frozenset()))
                if found is None:
                    continue
                deviation = _deviation(nodeid, part, found, ours, theirs, tolerance.of(nodeid))
                if known is None or deviation.grave or (known.made and not deviation.made):
                    worst[nodeid, part] = deviation
    yield from worst.values()


def _deviation(nodeid: str, part: str, found: Difference, ours: Returned, theirs: Returned, allowed: float) -> Deviation:
    within = found.error is not None and found.error <= allowed
    remedy = "" if found.error is None or within else "; --autoloop-tolerance allows some"
    error = "" if found.error is None else f" (relative error {found.error:.2g}{remedy})"
    # What was there before the call is not its answer.
    other_make = part in _OTHER_MAKE and (found.is_make or (found.inside and part != "result"))
    how = "differs by rounding" if within else _OTHER_MAKE[part] if other_make else _WORDS[part]
    grave = not within and not other_make and found.kind != "order" and part not in _OPEN
    # Who holds less may hold what the benchmark needs alone.
    whole = other_make and part != "result" and length(theirs.given) >= _AS_MUCH * length(ours.given)
    made = whole and (part == "given" or difference(theirs.given, theirs.left) is None)
    return Deviation(nodeid=nodeid, text=f"{nodeid}: {how}: {found.text}{error}", grave=grave, made=made)


def must_agree(shown: Sequence[Shown], comparable: Comparable, tolerance: Tolerance) -> None:
    """Raise `Rejected` for a grave deviation: what answers otherwise need not be measured any longer."""
    for found in deviations(shown, comparable, tolerance):
        if found.grave:
            reject("guard", found.text)


def unread(shown: Sequence[Shown]) -> dict[str, str]:
    """Return the benchmarks of whose results something is compared by its class or name alone, each with what that is."""
    found: dict[str, str] = {}
    for both in shown:
        for nodeid, pairs in both.items():
            for side in itertools.chain.from_iterable(pairs):
                if why := side.unseen or ("which objects it shares: they are too many" if TOO_MANY in side.shared else ""):
                    found.setdefault(nodeid, one_line(why, 80))
    return found


def is_told(benchmark: Benchmark) -> bool:
    """Return whether the calls of a benchmark are long enough that the first of them tells something."""
    return benchmark.seconds >= _SHORTEST_CALL


def first_call(duels: Sequence[Duel], benchmark: Benchmark, claimed: float = -math.inf) -> FirstCall | None:
    """Return what the first call of a process says of the gain beside later ones. None where it cannot be told.

    What is ``claimed`` elsewhere, as a log ratio, has to show there too, be it that later calls have less.
    """
    told = [duel for duel in duels if benchmark.nodeid in duel.cold]
    if not is_told(benchmark) or not told:
        return None
    warm = max(claimed, median(_later(duel, benchmark) for duel in told))
    cold = [_cold(duel, benchmark, warm) for duel in told]
    usual = median(_usual(duel, benchmark) for duel in told)
    # Where the incumbent prepares something in its first call, a candidate may prepare that quicker, and remember the rest.
    prepares = median(_more_at_first(duel, benchmark) for duel in told) > usual
    whole = not prepares and not (warm >= LEAST_GAIN and _lacks(cold, WHOLE * warm))
    ratios = f"the first call of a process is {math.exp(median(cold)):.2f}x, later ones are {math.exp(warm):.2f}x"
    return FirstCall(text=f"{benchmark.nodeid}: {ratios}", missing=warm >= LEAST_GAIN and _is_missing(cold, warm, usual), whole=whole)


def _is_missing(cold: Sequence[float], warm: float, usual: float) -> bool:
    """Return whether first calls lack a gain, or a good part of it: by their scores, what later ones have, and a call's nanoseconds."""
    saved = [-math.expm1(-score) for score in cold]
    longer = [math.exp(-score) - math.exp(-warm) for score in cold]
    return (
        _lacks(cold, SHARE * warm)
        # Of the time that later calls save, a first one has to save half: a ratio may be much larger for what is remembered.
        or _lacks(saved, -_HALF * math.expm1(-warm))
        # Or what it takes longer than later ones is a good part of the incumbent's call, beyond what libraries do once.
        or (_lacks(cold, _HALF * warm) and _lacks([-part for part in longer], -max(_PART, _ONCE / usual)))
    )


def _lacks(found: Sequence[float], least: float) -> bool:
    """Return whether what was found is less than the least, by more than chance."""
    return harm([one - least for one in found]) is not None


def calls_before(duels: Sequence[Duel], benchmark: Benchmark, worth: float, looks: int = 1) -> str | None:
    """Return what a test's own calls of what it measures save beside the measured ones, if the first of them saves next to nothing.

    ``worth`` is what these calls take in the incumbent, in measured calls. Of many, the first is told too badly from the others.
    """
    told = [duel.before[benchmark.nodeid] for duel in duels if benchmark.nodeid in duel.before and benchmark.nodeid in duel.rounds]
    if not _LEAST_WORTH <= worth <= _MOST_WORTH or benchmark.clock != "cpu" or not told:
        return None
    warm = median(duel.score(benchmark.nodeid, benchmark.clock) for duel in duels if benchmark.nodeid in duel.rounds)
    call, share = benchmark.seconds * 1e9, -math.expm1(-warm)
    expected = max(worth - WHOLE, SHARE * worth) * share
    if warm < LEAST_GAIN or harm([(ours - theirs) / call - expected for ours, theirs in told], looks=looks) is None:
        return None
    less = median(ours - theirs for ours, theirs in told) / 1e6
    calls = "the call" if worth < 1.5 else "the calls"
    return f"{benchmark.nodeid}: {calls} before the measured ones saved {less:.2f} ms, these save {share * call / 1e6:.2f} ms each"


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstCall:
    """Both ratios in words, whether the gain is missing in the first call, and whether it is as good as ``whole`` there."""

    text: str
    missing: bool
    whole: bool


def _later(duel: Duel, benchmark: Benchmark) -> float:
    pairs = _later_rounds(duel, benchmark)
    return pair_score(*([getattr(pair[side], benchmark.clock) for pair in pairs] for side in (0, 1)))


def _later_rounds(duel: Duel, benchmark: Benchmark) -> Sequence[Pair]:
    """Return all but the first round: where nothing warms up, that is one of those that count."""
    pairs = duel.rounds[benchmark.nodeid]
    return pairs if benchmark.warmups else pairs[1:] or pairs


def _cold(duel: Duel, benchmark: Benchmark, warm: float) -> float:
    """Return the score of the first calls, but for what the incumbent's takes more than a later one: what is loaded, both sides pay.

    A candidate's first call is as quick as later ones at best.
    """
    ours, theirs = (max(1, getattr(side, benchmark.clock)) for side in duel.cold[benchmark.nodeid])
    more = _more_at_first(duel, benchmark)
    return math.log((ours - more) / max(theirs - more, min(theirs, (ours - more) * math.exp(-warm))))


def _more_at_first(duel: Duel, benchmark: Benchmark) -> float:
    """Return the nanoseconds that the incumbent's first call takes more than a later one."""
    first: float = getattr(duel.cold[benchmark.nodeid][0], benchmark.clock)
    return max(0.0, first - _usual(duel, benchmark))


def _usual(duel: Duel, benchmark: Benchmark) -> float:
    """Return the nanoseconds that a later call of the incumbent's takes."""
    rounds: list[float] = [getattr(incumbent, benchmark.clock) for incumbent, _ in _later_rounds(duel, benchmark)]
    return median(rounds) / benchmark.iterations
