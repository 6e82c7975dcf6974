"""The contest over time: duels between processes, decided by the e-process."""

from __future__ import annotations

import math
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any

from ..decision import AUDIT_DUELS
from ..decision import Trial
from ..decision import audit_duels
from ..decision import detectable
from ..experiment import Refused
from .ahead import learn_ahead
from .case import reject
from .contest import Evidence
from .contest import Rehearsal
from .duel import DuelFailed
from .equality import Tolerance
from .honesty import Comparable
from .honesty import must_agree
from .measure import FINAL_DUELS
from .measure import Bouts
from .measure import NoiseRecord
from .measure import calls_seconds
from .measure import final_seconds
from .measure import try_out
from .profile import hotspots
from .profile import take_profile
from .reach import reached

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Direction
    from ..decision import Rule
    from ..experiment import Benchmark
    from ..experiment import Clock
    from ..experiment import Gain
    from ..experiment import Hotspot
    from ..worker.messages import Profiled
    from ..workspace.launcher import Launcher
    from ..workspace.trees import Arena
    from ..workspace.trees import Tree
    from .case import Case
    from .duel import Duel
    from .duel import Ring
    from .honesty import Shown

_LOOKS = 4  # duels of the incumbent against itself that look at what is around the calls
_CALIBRATION_DUELS = 12
_SLOW_ALONE = 3.0  # a duel over one benchmark that takes so many times what one over all does is the last
_CALIBRATION_LIMIT = 3600.0
# Two processes of the same code that differ by more than this factor, one time in three, cannot be told apart from anything.
_HOPELESS = math.log(1.5)
_NOISY = 0.04
_SHORT_CALL = 1e-6


@dataclass(slots=True, kw_only=True)
class TimedContest:
    """Compares by time, each benchmark by its own clock or all by ``clock``.

    ``benchmarks``, ``called`` (the functions each benchmark calls, by path and line), ``called_before`` and ``collected`` (files with
    functions that are called until the tests are collected) change with every keep,
    ``at_first`` are the benchmarks as the first incumbent ran them; ``noise`` learns from rejected candidates, ``comparable`` is fixed
    with the noise.
    """

    ring: Ring
    launcher: Launcher
    arena: Arena
    rule: Rule
    objective: Sequence[str]
    progress: Callable[[str], None]
    clock: Clock | None = None
    benchmarks: tuple[Benchmark, ...] = ()
    at_first: tuple[Benchmark, ...] = ()
    profile: tuple[Hotspot, ...] = ()
    called: Mapping[str, frozenset[tuple[str, int]]] = field(default_factory=dict)
    called_before: Mapping[str, float] = field(default_factory=dict)
    collected: frozenset[str] = frozenset()
    noise: NoiseRecord = field(default_factory=NoiseRecord)
    comparable: Comparable = field(default_factory=Comparable)
    tolerance: Tolerance = field(default_factory=Tolerance)
    duel_seconds: float = 0.0

    @property
    def metric(self) -> str:
        """The clock that decides, or that it differs by benchmark."""
        clocks = {benchmark.clock for benchmark in self.benchmarks}
        return "mixed" if len(clocks) > 1 else next(iter(clocks), "cpu")

    @property
    def about(self) -> str:
        """What the objective is, for people."""
        return f"{len(self.benchmarks)} benchmark{'s' * (len(self.benchmarks) != 1)} ({self.metric} time)"

    @property
    def direction(self) -> Direction:
        """Less time is better."""
        return "lower"

    @property
    def duel_limit(self) -> float:
        """Seconds after which a duel is given up."""
        return 30.0 + 10.0 * self.duel_seconds

    @property
    def sigma(self) -> float:
        """The noise of a duel over the whole objective."""
        return self.noise.of(self.benchmarks, len(self.benchmarks)).sigma

    @property
    def final_seconds(self) -> float:
        """How long the last measurement takes, as far as is known."""
        return final_seconds(self.at_first, self.duel_seconds)

    @property
    def learning_seconds(self) -> float:
        """None: nothing is learnt of a new incumbent but from trials."""
        return 0.0

    def sees(self, level: float) -> float:
        """Return the smallest gain that a trial at a level keeps nearly always, as a log ratio."""
        return detectable(self.sigma, level, self.rule)

    def warm(self, tree: Tree, limit: float) -> None:
        """Start the benchmarks in a tree once without timing them, so that its bytecode is written. Raises `DuelFailed`."""
        self.ring.warm(tree, self.objective, limit)

    def prepare(self, incumbent: Tree) -> str | None:
        """Learn the rounds of a duel and the profile from an incumbent; after a keep its rounds are shorter.

        From the first one, whose code is the user's own, also what interpreters may import ahead.
        """
        note = None if self.at_first else self._look_ahead(incumbent)
        self.progress("calibrating rounds")
        try:
            self.benchmarks = tuple(self.ring.calibrate(incumbent, self.objective, _CALIBRATION_LIMIT, self.clock))
        except DuelFailed as failed:
            if self.benchmarks:
                return f"rounds could not be calibrated again ({failed})"
            raise Refused(f"the benchmarks fail when they are repeated: {failed}", 1) from None
        self.at_first = self.at_first or self.benchmarks
        if not self.duel_seconds:
            self.duel_seconds = calls_seconds(self.benchmarks)
        self.progress("profiling the incumbent")
        profiles = take_profile(self.launcher, incumbent, self.objective, self.duel_limit)
        self.profile = hotspots(profiles, self.arena.folder_of(incumbent))
        self.called_before = {found.nodeid: found.worth for found in profiles if found.before}
        self.collected = frozenset().union(*(found.collected for found in profiles))
        self.called = {found.nodeid: frozenset((row[0], row[1]) for row in found.functions) for found in profiles}
        return note

    def profiled(self, tree: Tree, nodeid: str) -> list[Profiled]:
        """Return the profile of one benchmark alone in a tree, if it came."""
        return take_profile(self.launcher, tree, [nodeid], self.duel_limit)

    def _look_ahead(self, incumbent: Tree) -> str | None:
        self.progress("looking at what is imported")
        self.launcher.ahead, why = learn_ahead(self.launcher, incumbent, self.objective, _CALIBRATION_LIMIT)
        return None if why is None else f"duels import nothing ahead: {why}"

    def learn(self, incumbent: Tree, twin: Tree, on_duel: Callable[[Any], None], afford: Callable[[float], None]) -> None:
        """Fight the incumbent against its twin: whatever differs then is noise. Raises `Refused`."""
        bouts = self.bouts(incumbent, twin, self.benchmarks, lambda duel: on_duel(duel.raw()))
        try:
            bouts.fight()
            afford(_CALIBRATION_DUELS * self.duel_seconds)
            for number in range(1, _CALIBRATION_DUELS):
                self.progress(f"learning the noise: duel {number + 1} of {_CALIBRATION_DUELS}")
                # What a few of them agree in around the calls is compared later, in the duels of would-be keeps.
                bouts.around = number <= _LOOKS
                bouts.fight()
        except DuelFailed as failed:
            raise Refused(f"the benchmarks fail when they are repeated: {failed}", 1) from None
        self.noise = self.noise.calibrated(bouts.duels, self.benchmarks)
        self.comparable = Comparable.by([duel.returned for duel in bouts.duels])

    def match(self, case: Case, level: float, incumbent: Tree) -> TimedMatch:
        """Return the match of a case's candidate, over the benchmarks that its change can reach."""
        assert case.tree is not None
        felt = reached(case.found, self.called)
        part = tuple(b for b in self.benchmarks if b.nodeid in felt or b.nodeid not in self.called)
        bouts = self.bouts(incumbent, case.tree, part, lambda duel: case.dossier.add("duels.jsonl", duel.raw()))
        trial = Trial.start(self.rule, level, self.noise.of(part, len(self.benchmarks)).sigma, margin=case.margin)
        return TimedMatch(contest=self, bouts=bouts, part=part, trial=trial)

    def rehearse(self, incumbent: Tree, twin: Tree, planted: float, level: float) -> Rehearsal:
        """Try out a twin of the incumbent that pretends to a gain; a duel that fails ends it."""
        bouts = self.bouts(incumbent, twin, self.benchmarks, lambda _: None)
        bouts.planted = planted
        trial = Trial.start(self.rule, level, self.sigma)
        failed = None
        try:
            trial = try_out(bouts, trial, lambda _: None)
        except DuelFailed as error:
            failed = f"{error.side}: {error}"
        return Rehearsal(kept=trial.decision == "keep", duels=len(bouts.duels), failed=failed)

    def overall(self, first: Tree, last: Tree, on_duel: Callable[[Any], None]) -> Gain:
        """Measure the last incumbent against the first, in fresh duels. Raises `DuelFailed`."""
        # The rounds of the first incumbent: with those of the last, which may be much faster, the first would take for ever.
        self.benchmarks = self.at_first
        bouts = self.bouts(first, last, self.benchmarks, lambda duel: on_duel(duel.raw()))
        for number in range(FINAL_DUELS):
            self.progress(f"final duel {number + 1} of {FINAL_DUELS}")
            bouts.fight()
        return bouts.gain(FINAL_DUELS)

    def bouts(self, incumbent: Tree, candidate: Tree, part: Sequence[Benchmark], on_duel: Callable[[Duel], None]) -> Bouts:
        """Return a series of duels between two trees over a part of the objective."""

        def seen(duel: Duel) -> None:
            # A slow average: it only sets limits and the order of stages.
            self.duel_seconds += (0.2 if self.duel_seconds else 1.0) * (duel.seconds - self.duel_seconds)
            on_duel(duel)

        return Bouts(self.ring, incumbent, candidate, part, len(self.benchmarks), self.duel_limit, seen)

    def hopeless(self) -> str | None:
        """Return why the objective cannot be judged on this machine, with the remedy, or None if it can."""
        for benchmark in self.benchmarks:
            sigma = self.noise.of((benchmark,), 1).sigma
            if sigma > _HOPELESS:
                varies = f"varies by a factor of {math.exp(2 * sigma):.1f} between processes"
                return (
                    f"{benchmark.nodeid} cannot be judged: the same code {varies}. "
                    "Give it a fixed seed and a fixed amount of work, or leave it out with -k"
                )
        return None

    def advice(self) -> Iterator[str]:
        """Yield what a person can do for better sight."""
        for benchmark in self.benchmarks:
            sigma = self.noise.of((benchmark,), 1).sigma
            if benchmark.clock == "wall":
                yield f"{benchmark.nodeid} waits, so it is decided on wall time, which is noisier: benchmark the computing part alone"
            elif sigma > _NOISY:
                yield f"{benchmark.nodeid} varies by {sigma:.1%} from duel to duel: close what else runs, or fix its seed and its work"
            if benchmark.seconds < _SHORT_CALL:
                call = f"{benchmark.seconds * 1e9:.0f} ns a call"
                yield f"{benchmark.nodeid} takes {call}: the call itself is most of it; do more in one call"


@dataclass(slots=True, kw_only=True)
class TimedMatch:
    """A candidate's duels with the incumbent: first over the ``part`` of the benchmarks it can reach, in the audit over all."""

    contest: TimedContest
    bouts: Bouts
    part: tuple[Benchmark, ...]
    trial: Trial
    audited: int = 0

    @property
    def evidence(self) -> Evidence:
        """How the trial stands."""
        trial = self.trial
        return Evidence(duels=len(trial.scores), wealth=trial.evidence, level=trial.level, why=trial.why)

    @property
    def ratios(self) -> Mapping[str, float]:
        """The gain ratio of each benchmark: in the audit's duels, or before it in all."""
        return self.bouts.gains(self.audited or len(self.bouts.duels)) if self.bouts.duels else {}

    @property
    def values(self) -> Mapping[str, tuple[float, float]]:
        """None: what differs is time, and the duels tell that."""
        return {}

    @property
    def peaks(self) -> Sequence[tuple[int, int]]:
        """The peak memory of both processes of each duel, but for those that were given other arguments too.

        With some of these neither may come to an end, and then the faster one has filled more memory when it is given up.
        """
        return [duel.memory for duel in self.bouts.duels if not duel.trials]

    @property
    def longer(self) -> str | None:
        """None: time is the metric."""
        return None

    @property
    def returned(self) -> Sequence[Shown]:
        """What calls came to in each duel."""
        return [duel.returned for duel in self.bouts.duels]

    @property
    def duels(self) -> Sequence[Duel]:
        """The duels fought so far."""
        return self.bouts.duels

    def try_out(self, _on_level: Callable[[float], None]) -> None:
        """Fight duels until the e-process decides. Raises `Rejected` unless it is to keep."""
        try:
            self.trial = try_out(self.bouts, self.trial, self._on_trial)
        except DuelFailed as failed:
            reject("measure", f"{failed.side}: {failed}", failed.output)
        if self.trial.decision != "keep":
            several = len(self.contest.benchmarks)
            over = f", over all {several} benchmarks (-k selects some)" if self.trial.is_small and several > 1 else ""
            reject("measure", f"{self.trial.why}{over}")

    def _on_trial(self, trial: Trial) -> None:
        self.trial = trial
        must_agree(self.returned[-1:], self.contest.comparable, self.contest.tolerance)
        self.contest.progress(f"duel {len(trial.scores)}: evidence {trial.evidence:.3g} of {1 / trial.level:.3g}")

    def audit(self) -> Gain:
        """Fight fresh duels for the gain to report, and look for harm to any one benchmark in all of them. Raises `Rejected`."""
        self.bouts.benchmarks = self.contest.benchmarks
        self.bouts.closely = True
        trial = self.trial
        try:
            self.audited = self._fight(audit_duels([score + trial.margin for score in trial.scores], trial.sigma))
            gain = self.bouts.gain(self.audited)
            if self.bouts.harmed() is not None:
                # Of many benchmarks, each by two clocks, one may look worse by chance: what is true lasts. The gain stays what it was:
                # more duels where some looked bad, counted too, would flatter it.
                self.audited += self._fight(AUDIT_DUELS)
        except DuelFailed as failed:
            reject("audit", f"{failed.side}: {failed}", failed.output)
        if (harm := self.bouts.harmed()) is not None:
            reject("guard", harm)
        return gain

    def _fight(self, count: int) -> int:
        for number in range(count):
            self.contest.progress(f"audit duel {number + 1} of {count}")
            self.bouts.fight()
        return count

    def alone(self, benchmark: Benchmark, count: int) -> Sequence[Duel]:
        """Fight so many duels over one benchmark alone: there its first call is one. Raises `DuelFailed`."""
        contest, trees = self.contest, (self.bouts.incumbent, self.bouts.candidate)
        bouts = Bouts(contest.ring, *trees, [benchmark], 1, contest.duel_limit, lambda _: None)
        for number in range(count):
            contest.progress(f"{benchmark.nodeid} alone: duel {number + 1} of {count}")
            bouts.fight()
            if bouts.duels[-1].seconds > _SLOW_ALONE * max(1.0, contest.duel_seconds):
                # The incumbent takes no longer for less. A candidate can tell that it is alone, and waste the judge's time.
                raise DuelFailed("candidate", "it takes much longer there")
        return bouts.duels

    def won(self) -> None:
        """Learn nothing: bets hold whatever the noise is, and the next rejected candidates tell it."""

    def lost(self) -> None:
        """Learn from the duels of a rejected candidate what they tell of the noise."""
        self.contest.noise = self.contest.noise.learnt(self.bouts.duels, self.part)
