"""The contest over values: the peak memory of benchmarks, or a metric that tests record.

A value comes from a process that runs each test once. Where processes of the incumbent agree there is no noise, and three pairs decide
without spending any of the risk. Where they do not, a metric that tests record is decided by a t-test (its pairs may be trainings of
minutes, and share a seed), and memory by the bets that decide over time. So is a recorded metric of which so much depends on the seed
that a t-test sees nothing: bets need no model of the noise, only pairs whose sides are exchangeable if nothing has changed.
"""

from __future__ import annotations

import contextlib
import itertools
import math
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any
from typing import Literal

from ..decision import Noise
from ..decision import SeededTrial
from ..decision import Trial
from ..decision import audited
from ..decision import detectable
from ..decision import detectable_seeded
from ..decision import noise_of_runs
from ..experiment import MEMORY
from ..experiment import Benchmark
from ..experiment import Refused
from .contest import Rehearsal
from .equality import Tolerance
from .fighter import DuelFailed
from .honesty import Comparable
from .pairs import Pairs
from .pairs import ValueMatch
from .pairs import decide
from .profile import hotspots
from .profile import take_profile
from .reading import SEEDS
from .reading import agree
from .reading import close
from .reading import shown
from .reading import spread_of
from .yardstick import Yardstick

if TYPE_CHECKING:
    import random
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Direction
    from ..decision import Rule
    from ..experiment import Gain
    from ..experiment import Hotspot
    from ..worker.messages import Profiled
    from ..workspace.trees import Arena
    from ..workspace.trees import Tree
    from .case import Case
    from .duel import Ring
    from .reading import Reader
    from .reading import Reading

Kind = Literal["deterministic", "seeded", "betting"]

# Runs of the incumbent that tell its noise: many where they are cheap, since they make up for pairs later.
_RUNS = 11
_MANY_RUNS = 21
_CHEAP = 5.0
_AGREEING = 3
_START_SECONDS = 60.0
# Runs of the same code that differ by more than this factor cannot be told apart from anything.
_HOPELESS = math.log(1.5)
_NOISY = 0.05
# A person hears of noise that has grown by this factor.
_NOISIER = 1.5


@dataclass(slots=True, kw_only=True)
class ValueContest:
    """Compares by values, pair by pair.

    ``kind`` says how a trial decides, learnt with the noise: ``runs`` is what single runs of the incumbent came to, ``scatter`` how far a
    metric without noise still differs, ``repeats`` whether the same seed gives the same value. ``seeds_apart`` is by how much seeds make
    two runs differ, where that is too much for a t-test (else 0); ``runs`` are then of one seed. After a keep ``runs`` are the new
    incumbent's, and ``first_runs`` those of the first. ``known`` are the incumbent's readings by seed, in the order in which trials use
    them; ``heirs`` what it told as a candidate, until its noise is learnt. ``called_before`` and ``collected`` stay empty: no call is
    looked at by itself. ``say`` tells a person something.
    """

    reader: Reader
    ring: Ring
    arena: Arena
    rule: Rule
    rng: random.Random
    progress: Callable[[str], None]
    first_limit: float
    benchmarks: tuple[Benchmark, ...] = ()
    profile: tuple[Hotspot, ...] = ()
    comparable: Comparable = field(default_factory=Comparable)
    tolerance: Tolerance = field(default_factory=Tolerance)
    called_before: Mapping[str, float] = field(default_factory=dict)
    collected: frozenset[str] = frozenset()
    duel_seconds: float = 0.0
    kind: Kind = "deterministic"
    yardstick: Yardstick | None = None
    runs: tuple[float, ...] = ()
    first_runs: tuple[float, ...] = ()
    scatter: float = 0.0
    repeats: bool = False
    seeds_apart: float = 0.0
    known: list[Reading] = field(default_factory=list)
    heirs: list[Reading] = field(default_factory=list)
    say: Callable[[str], None] = lambda _text: None

    @property
    def metric(self) -> str:
        """Memory, or the name under which tests record."""
        return self.reader.metric

    @property
    def direction(self) -> Direction:
        """Whether lower or higher is better."""
        return self.reader.direction

    @property
    def about(self) -> str:
        """What the objective is, for people."""
        count = len(self.reader.tests)
        tests = f"{count} {'benchmark' if self.metric == MEMORY else 'test'}{'s' * (count != 1)}"
        name = "peak memory of a call" if self.metric == MEMORY else self.metric
        noisy = "decided by pairs of one seed each" if self.seeds_apart else "noisy"
        how = {"deterministic": "the same in every process", "seeded": "decided by a t-test, model-based", "betting": noisy}[self.kind]
        return f"{tests} ({name}, {self.direction} is better; {how})"

    @property
    def scale(self) -> Yardstick:
        """The scale of scores, once it is fixed."""
        assert self.yardstick is not None, "learning comes first"
        return self.yardstick

    @property
    def sigma(self) -> float:
        """The noise of a pair over the whole objective."""
        if self.kind == "deterministic":
            return self.scatter
        if self.kind == "seeded":
            return max(map(noise_of_runs, self._told))
        # Runs that agree but for a few tell no noise; the smallest gain of interest stands in for it.
        return max(self.rule.min_gain, *(_noise(runs).sigma for runs in self._told))

    @property
    def _told(self) -> tuple[tuple[float, ...], ...]:
        """All that tells the noise: no keep makes it less than that of the first incumbent."""
        return (self.runs, self.first_runs or self.runs)

    @property
    def limit(self) -> float:
        """Seconds after which a process is given up."""
        return _START_SECONDS + 5.0 * self.duel_seconds if self.duel_seconds else self.first_limit

    @property
    def audit_pairs(self) -> int:
        """How many fresh pairs tell the gain: as many as with duels, or the fewest whose range holds the median with more than 92 %."""
        return {"deterministic": _AGREEING, "seeded": 5, "betting": 8}[self.kind]

    @property
    def final_seconds(self) -> float:
        """How long the last measurement takes, as far as is known."""
        return self.audit_pairs * self.duel_seconds

    @property
    def learning_seconds(self) -> float:
        """How long it takes to learn the noise of what was kept, as far as is known."""
        if not self.heirs:
            return 0.0
        more = self.repeats + max(0, _RUNS - len(self.heirs)) if not self.seeds_apart else 1 if self.repeats else _RUNS - 1
        return more * self.duel_seconds / 2

    def sees(self, level: float) -> float:
        """Return the smallest gain that a trial at a level keeps nearly always, as a log ratio."""
        if self.kind == "deterministic":
            return max(self.rule.min_gain, 10 * self.scatter)
        if self.kind == "seeded":
            return max(detectable_seeded(noise_of_runs(runs), len(runs) - 1, level) for runs in self._told if noise_of_runs(runs))
        return detectable(self.sigma, level, self.rule)

    def warm(self, tree: Tree, limit: float) -> None:
        """Write the bytecode of a tree, where compiling it would count. Raises `DuelFailed`."""
        if self.metric == MEMORY:
            self.ring.warm(tree, self.reader.tests, limit)

    def profiled(self, _tree: Tree, _nodeid: str) -> Sequence[Profiled]:
        """None: no call's time is looked at."""
        return ()

    def prepare(self, incumbent: Tree) -> str | None:
        """Read an incumbent's values, for agents to know.

        Those of one that was kept are known. Its noise is learnt only when the next trial begins: there may be none.
        """
        self.progress(f"reading {self.metric} of the incumbent")
        self.known, note = [], None
        if self.heirs:
            found, note = self.heirs[-1], self._inherit()
        else:
            try:
                found = self.read(incumbent, self.seed())
            except DuelFailed as failed:
                if not self.benchmarks:
                    raise Refused(f"the tests of the objective fail when they are repeated: {failed}", 1) from None
                return f"{self.metric} could not be read again ({failed})"
            self.known = [found]
        self.yardstick = self.yardstick or Yardstick.of([found.values], self.direction)
        self.benchmarks = tuple(
            Benchmark(
                nodeid=nodeid, seconds=found.seconds, clock="wall", iterations=1, rounds=1, warmups=0, value=value, metric=self.metric
            )
            for nodeid, value in found.values.items()
        )
        if self.metric == MEMORY:
            profiles = take_profile(self.reader.launcher, incumbent, self.reader.tests, self.limit)
            self.profile = hotspots(profiles, self.arena.folder_of(incumbent))
        return note

    def _inherit(self) -> str | None:
        """Take what shows without another run: whether an incumbent without noise still has none. Returns what a person should know."""
        if self.kind != "deterministic":
            return None
        if agree(self.heirs):
            self.scatter, self.heirs = max(self.scatter, spread_of(self.heirs)), []
            return None
        # Bets have kept it: they need no model of the noise that it has brought.
        self.kind = "betting"
        return f"since the last keep {self.metric} is not the same in every process: bets decide"

    def learn(self, incumbent: Tree, twin: Tree, on_duel: Callable[[Any], None], afford: Callable[[float], None]) -> None:
        """Run the incumbent and its twin under different seeds: whatever differs then is noise. Raises `Refused`."""
        trees = itertools.cycle((twin, incumbent))

        def fill(found: list[Reading], count: int, seed: int | None = None) -> None:
            while len(found) < count:
                self.progress(f"learning the noise: run {len(found) + 1} of {count}")
                try:
                    reading = self.read(next(trees), self.seed() if seed is None else seed)
                except DuelFailed as failed:
                    raise Refused(f"the tests of the objective fail when they are repeated: {failed}", 1) from None
                on_duel({"seed": reading.seed, "values": dict(reading.values)})
                found.append(reading)

        def more(found: list[Reading], count: int, seed: int | None = None) -> None:
            afford((count - len(found)) * self.duel_seconds / 2)
            fill(found, count, seed)

        found = list(self.known)
        more(found, _AGREEING)
        same = found[:1]
        if self.metric == MEMORY:
            # What calls return may depend on the seed: whether it repeats shows under one.
            more(same, _AGREEING, same[0].seed)
            self.comparable = Comparable.by([shown(*pair) for pair in itertools.pairwise(same)])
        if agree(found):
            self.kind, self.repeats = "deterministic", True
            self.scatter = spread_of(found)
        else:
            count = _MANY_RUNS if self.duel_seconds <= 2 * _CHEAP else _RUNS
            # At the most: three of the same seed are there to see whether it repeats.
            afford((count - len(found) + max(0, _AGREEING - len(same))) * self.duel_seconds / 2)
            fill(found, count)
            fill(same, _AGREEING - 1, same[0].seed)
            if close(same):
                fill(same, _AGREEING, same[0].seed)
            self.kind = "betting" if self.metric == MEMORY else "seeded"
            self.repeats = close(same)
        self.yardstick = Yardstick.of([reading.values for reading in found], self.direction)
        self._settle(found, same, more)
        self.first_runs = self.runs
        # The runs that told the noise shall not be those that a trial is measured by.
        self.known = [] if self.kind != "deterministic" else found

    def _learn_again(self, incumbent: Tree) -> None:
        """Learn the noise of a new incumbent from what it told as a candidate and from a few runs more, before it is measured against."""

        def fill(found: list[Reading], count: int, seed: int | None = None) -> None:
            # Whatever fails is not worth ending a run for, nor trying for ever.
            for _ in range(2 * (count - len(found))):
                if len(found) < count:
                    self.progress(f"learning the noise of the new incumbent: run {len(found) + 1} of {count}")
                    with contextlib.suppress(DuelFailed):
                        found.append(self.read(incumbent, self.seed() if seed is None else seed))

        found, self.heirs = self.heirs, []
        before, repeated, same = self.sigma, self.repeats, found[-1:]
        if repeated:
            # What was kept is read once more under a seed that it knows: does it still give the same?
            fill(same, _AGREEING - 1, same[0].seed)
            self.repeats = len(same) > 1 and close(same)
        if not self.seeds_apart:
            fill(found, _RUNS)
        self._settle(found, same, fill)
        noise = f"since the last keep {self.metric} has a noise of {self.sigma:.1%} ({before:.1%} before)"
        if repeated and not self.repeats:
            self.say(f"{noise}, also under the same seed: a pair takes two runs")
        elif self.sigma > _NOISIER * before:
            self.say(f"{noise}: it takes larger gains to be seen")

    def _settle(self, found: list[Reading], same: list[Reading], fill: Callable[[list[Reading], int, int], None]) -> None:
        """Tell the noise by ``found``, runs under different seeds, or where these are too far apart for a t-test by ``same``, under one."""
        if not self.seeds_apart:
            self.runs = self._stand(found)
            if self.kind == "deterministic" or self.sigma <= _HOPELESS:
                return
            self.kind, self.seeds_apart, self.first_runs = "betting", self.sigma, ()
        if not self.repeats:
            fill(same, _RUNS, same[0].seed)
        self.runs = self._stand(same)

    def _stand(self, readings: Sequence[Reading]) -> tuple[float, ...]:
        return tuple(self.scale.whole(reading.values) for reading in readings)

    def match(self, case: Case, level: float, incumbent: Tree) -> ValueMatch:
        """Return the match of a case's candidate at a level."""
        assert case.tree is not None
        if self.heirs:
            self._learn_again(incumbent)
        pairs = Pairs(contest=self, incumbent=incumbent, candidate=case.tree, on_pair=lambda row: case.dossier.add("pairs.jsonl", row))
        return ValueMatch(contest=self, pairs=pairs, level=level, margin=case.margin, trial=self._trial(level, case.margin))

    def rehearse(self, incumbent: Tree, twin: Tree, planted: float, level: float) -> Rehearsal:
        """Try out a twin of the incumbent that pretends to a gain. Its pairs do not share a seed: with one they might agree exactly.

        Where seeds make too much of a difference, a gain is only ever seen under the same; what does nothing still has to stand the worst.
        """
        same = self.seeds_apart > 0 and planted != 0
        pairs = Pairs(contest=self, incumbent=incumbent, candidate=twin, on_pair=lambda _: None, planted=planted, same_seed=same)
        match = ValueMatch(contest=self, pairs=pairs, level=level, trial=self._trial(level))
        kept, failed = False, None
        try:
            kept = decide(match) == "keep"
        except DuelFailed as error:
            failed = f"{error.side}: {error}"
        return Rehearsal(kept=kept, duels=len(pairs.scores), failed=failed)

    def _trial(self, level: float, margin: float = 0.0) -> Trial | SeededTrial | None:
        if self.kind == "deterministic":
            return None
        if self.kind == "seeded":
            return SeededTrial.against(level, *self._told, margin=margin)
        return Trial.start(self.rule, level, self.sigma, margin=margin)

    def overall(self, first: Tree, last: Tree, on_duel: Callable[[Any], None]) -> Gain:
        """Measure the last incumbent against the first, in fresh pairs. Raises `DuelFailed`."""
        self.known = []
        pairs = Pairs(contest=self, incumbent=first, candidate=last, on_pair=on_duel)
        for number in range(self.audit_pairs):
            self.progress(f"final pair {number + 1} of {self.audit_pairs}")
            pairs.fresh()
        return audited(pairs.scores)

    def hopeless(self) -> str | None:
        """Return why the objective cannot be judged on this machine, with the remedy, or None if it can."""
        if self.kind == "deterministic" or self.sigma <= _HOPELESS:
            return None
        how = f"two runs of the same code differ by {math.expm1(self.sigma):.0%} of it, even under the same seed"
        remedy = "Use autoloop_metric.seed for all random choices, and record a mean over more data or several seeds"
        return f"{self.metric} cannot be judged: {how}. {remedy}"

    def advice(self) -> Iterator[str]:
        """Yield what a person can do for better sight."""
        if self.metric == MEMORY:
            yield "memory that is not allocated through Python (by C libraries, by other processes) is not seen"
        if self.seeds_apart:
            yield (
                f"{self.metric} differs by {math.expm1(self.seeds_apart):.0%} from seed to seed, so a gain shows only where most seeds "
                "have it: record a mean over several seeds, or over more data"
            )
        elif self.kind != "deterministic" and self.sigma > _NOISY:
            yield f"{self.metric} varies by {self.sigma:.1%} from seed to seed: record a mean over several, or over more data"
        if self.kind != "deterministic" and self.metric != MEMORY and not self.repeats:
            yield f"{self.metric} differs under the same seed: use autoloop_metric.seed for all random choices, and pairs cost half"

    # What its matches need

    def seed(self) -> int:
        """Draw a seed."""
        return self.rng.randrange(SEEDS)

    def read(self, tree: Tree, seed: int) -> Reading:
        """Take a reading of an incumbent. Raises `DuelFailed`."""
        reading = self.reader.read(tree, seed, self.limit)
        self.duel_seconds += (0.2 if self.duel_seconds else 1.0) * (2 * reading.seconds - self.duel_seconds)
        return reading


def _noise(runs: Sequence[float]) -> Noise:
    """Return the noise for bets."""
    return Noise.from_scores([after - before for before, after in zip(runs, (*runs[1:], runs[0]), strict=True)])
