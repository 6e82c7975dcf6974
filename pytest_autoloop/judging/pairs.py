"""Pairs of readings, and what they make of a candidate."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from statistics import median
from typing import TYPE_CHECKING
from typing import Any

from ..decision import SeededTrial
from ..decision import Trial
from ..decision import audited
from ..decision import harm
from ..decision import is_deterministic
from ..decision import judge_deterministic
from .case import reject
from .contest import Evidence
from .effects import APART
from .effects import BESIDE
from .effects import Spent
from .effects import longer
from .fighter import DuelFailed
from .honesty import must_agree
from .reading import shown

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping
    from collections.abc import Sequence

    from ..decision import Decision
    from ..experiment import Benchmark
    from ..experiment import Gain
    from ..workspace.trees import Tree
    from .duel import Duel
    from .honesty import Shown
    from .reading import Reading
    from .values import ValueContest

_AGREEING = 3
_SAME = 1e-4
# A seed under which the incumbent itself fails says nothing of a candidate: another is drawn, so often.
_OTHER_SEEDS = 3
# Bets that have lost so much seldom win: in pairs that scatter by more than the noise is taken for, nothing else tells before the last.
_LOST = 0.01


class _Unfit(Exception):
    """The incumbent fails under a seed."""

    def __init__(self, failed: DuelFailed) -> None:
        super().__init__(str(failed))
        self.failed = failed


@dataclass(slots=True, kw_only=True)
class Pairs:
    """The pairs of readings of two trees, the incumbent's before the candidate's, and their scores over the objective.

    ``planted`` is a gain to pretend. Without ``same_seed`` each side of a pair has a seed of its own.
    """

    contest: ValueContest
    incumbent: Tree
    candidate: Tree
    on_pair: Callable[[Any], None]
    planted: float = 0.0
    same_seed: bool = True
    found: list[tuple[Reading, Reading]] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)

    def next(self) -> float:
        """Measure the next pair of a trial, and return its score.

        Where the same seed gives the same value, the incumbent's are known from earlier trials. Raises `DuelFailed`.
        """
        contest, number = self.contest, len(self.found)
        if not contest.repeats:
            return self.fresh()
        while len(contest.known) <= number:
            contest.known.append(self._incumbent())
        before = contest.known[number]
        return self._take(before, self._read(self.candidate, before.seed if self.same_seed else contest.seed()))

    def fresh(self) -> float:
        """Measure a pair under a seed that no trial has seen, and return its score.

        Who is read first is drawn, where that may tell: the machine is not the same a minute later. Raises `DuelFailed`.
        """
        for _ in range(_OTHER_SEEDS):
            with contextlib.suppress(_Unfit):
                return self._take(*self._pair())
        try:
            return self._take(*self._pair())
        except _Unfit as unfit:
            raise unfit.failed from None

    def series(self, nodeid: str) -> list[float]:
        """Return the scores of one test."""
        scale = self.contest.scale
        return [scale.standing(nodeid, b.values[nodeid]) - scale.standing(nodeid, a.values[nodeid]) for a, b in self.found]

    def _incumbent(self) -> Reading:
        for _ in range(_OTHER_SEEDS):
            with contextlib.suppress(DuelFailed):
                return self.contest.read(self.incumbent, self.contest.seed())
        return self.contest.read(self.incumbent, self.contest.seed())

    def _pair(self) -> tuple[Reading, Reading]:
        """Read both sides under another seed. Raises `_Unfit` where the incumbent fails, and `DuelFailed` where only the candidate does."""
        contest = self.contest
        seed = contest.seed()
        other = seed if self.same_seed else contest.seed()
        # Where a seed settles the value it cannot depend on the order, and a candidate's reading may be spared.
        candidate_first = not contest.repeats and contest.rng.random() < 0.5
        after: Reading | DuelFailed | None = self._tried(other) if candidate_first else None
        try:
            before = contest.read(self.incumbent, seed)
        except DuelFailed as failed:
            raise _Unfit(failed) from None
        after = after or self._tried(other)
        if isinstance(after, DuelFailed):
            raise after
        return before, after

    def _tried(self, seed: int) -> Reading | DuelFailed:
        """Read the candidate; a failure is not judged before the incumbent has stood the same."""
        try:
            return self._read(self.candidate, seed)
        except DuelFailed as failed:
            return failed

    def _read(self, tree: Tree, seed: int) -> Reading:
        contest = self.contest
        return contest.reader.read(tree, seed, contest.limit, "candidate")

    def _take(self, before: Reading, after: Reading) -> float:
        score = self.contest.scale.score(before.values, after.values) + self.planted
        self.found.append((before, after))
        self.scores.append(score)
        self.on_pair({"seeds": [before.seed, after.seed], "incumbent": dict(before.values), "candidate": dict(after.values)})
        return score


@dataclass(slots=True, kw_only=True)
class ValueMatch:
    """A candidate's pairs with the incumbent.

    ``trial`` is None as long as it is decided without noise, and none of the risk is spent; ``on_level`` hears of it if that ends,
    before the first bet. ``audited`` counts fresh pairs.
    """

    contest: ValueContest
    pairs: Pairs
    level: float
    margin: float = 0.0
    trial: Trial | SeededTrial | None
    trial_pairs: int = 0
    audited: int = 0
    on_level: Callable[[float], None] = lambda _level: None
    why: str = "not measured"

    @property
    def evidence(self) -> Evidence:
        """How the trial stands."""
        if self.trial is None:
            return Evidence(duels=self.trial_pairs, why=self.why)
        trial, modelled = self.trial, isinstance(self.trial, SeededTrial)
        return Evidence(duels=self.trial_pairs, wealth=trial.evidence, level=trial.level, why=trial.why, model_based=modelled)

    @property
    def ratios(self) -> Mapping[str, float]:
        """The gain ratio of each test: in the audit's pairs, or before it in all."""
        if not self.pairs.found:
            return {}
        return {nodeid: audited(self.pairs.series(nodeid)[-self.audited :]).ratio for nodeid in self.contest.scale.references}

    @property
    def values(self) -> Mapping[str, tuple[float, float]]:
        """What each test came to, incumbent and candidate, the medians over the audit's pairs, or before it over all."""
        found = self.pairs.found[-self.audited :]
        names = self.contest.scale.references if found else ()
        return {name: (median(a.values[name] for a, _ in found), median(b.values[name] for _, b in found)) for name in names}

    @property
    def peaks(self) -> Sequence[tuple[int, int]]:
        """The peak memory of the processes of each pair, in bytes."""
        return [(before.memory, after.memory) for before, after in self.pairs.found]

    @property
    def longer(self) -> str | None:
        """How much longer the candidate's processes take, if that is a lot: in the audit's fresh pairs, or where it has none in all."""
        found = self.pairs.found[-self.audited :]
        spent = [(Spent(cpu=a.cpu, wall=a.seconds), Spent(cpu=b.cpu, wall=b.seconds)) for a, b in found]
        # Without fresh pairs the incumbent's processes may have run long before, on a machine that was another.
        return longer(spent, BESIDE if self.audited else APART)

    @property
    def returned(self) -> Sequence[Shown]:
        """What the calls of benchmarks came to in each pair."""
        return [shown(*pair) for pair in self.pairs.found]

    @property
    def duels(self) -> Sequence[Duel]:
        """None: nothing was timed."""
        return ()

    def try_out(self, on_level: Callable[[float], None]) -> None:
        """Measure pairs until there is a decision. Raises `Rejected` unless it is to keep."""
        self.on_level = on_level
        try:
            decision = decide(self, self._look)
        except DuelFailed as failed:
            reject("measure", f"{failed.side}: {failed}", failed.output)
        finally:
            self.trial_pairs = len(self.pairs.found)
        if decision != "keep":
            reject("measure", self.evidence.why)

    def _look(self) -> None:
        must_agree([shown(*self.pairs.found[-1])], self.contest.comparable, self.contest.tolerance)

    def audit(self) -> Gain:
        """Measure fresh pairs for the gain to report, and look for harm to any one test in all of them. Raises `Rejected`."""
        contest, count = self.contest, self.contest.audit_pairs
        try:
            # Where there is no noise, nothing flatters either.
            for number in range(0 if self.trial is None else count):
                contest.progress(f"audit pair {number + 1} of {count}")
                self.pairs.fresh()
                self.audited += 1
        except DuelFailed as failed:
            reject("audit", f"{failed.side}: {failed}", failed.output)
        for nodeid in contest.scale.references:
            if (found := harm(self.pairs.series(nodeid), looks=len(contest.scale.references))) is not None:
                reject("guard", f"{nodeid}: {contest.metric} is {contest.scale.share(found.median):.1%} worse")
        return audited(self.pairs.scores[-self.audited :])

    def alone(self, _benchmark: Benchmark, _count: int) -> Sequence[Duel]:
        """None: no call's time is looked at."""
        return ()

    def won(self) -> None:
        """Leave the candidate's readings, each of another seed, to tell the noise once it is the incumbent."""
        self.contest.heirs = [after for _, after in self.pairs.found]

    def lost(self) -> None:
        """Learn nothing: the noise is that of the incumbent's own runs."""


def decide(match: ValueMatch, after_each: Callable[[], None] = lambda: None) -> Decision:
    """Measure pairs until there is a decision; ``after_each`` of them may put an end to it. Raises `DuelFailed`."""
    contest, trial = match.contest, match.trial

    def pair() -> float:
        score = match.pairs.next()
        after_each()
        return score

    if trial is None:
        decision = _without_noise(match, pair)
        if decision != "continue":
            return decision
        match.on_level(match.level)
        # Three bare numbers that disagree tell no noise; the smallest gain of interest stands in for it.
        noise = max(contest.rule.min_gain, contest.scatter)
        match.trial = trial = Trial.start(contest.rule, match.level, noise, margin=match.margin)
    while trial.decision == "continue":
        match.trial = trial = trial.after(pair())
        contest.progress(f"pair {len(match.pairs.found)}: evidence {trial.evidence:.3g} of {1 / match.level:.3g}")
        if isinstance(trial, Trial) and trial.decision == "continue" and trial.evidence < _LOST:
            match.trial = trial = replace(trial, decision="drop")
    return trial.decision


def _without_noise(match: ValueMatch, pair: Callable[[], float]) -> Decision:
    """Decide by three pairs, or return "continue" where the candidate turns out to be noisy."""
    contest, pairs = match.contest, match.pairs
    same = max(_SAME, contest.scatter)
    # Where there is no noise, simpler code that is as good needs no margin.
    needed = -same if match.margin else max(contest.rule.min_gain, 10 * contest.scatter)
    first = pair()
    if first <= needed:
        match.why = _told(match, first)
        return "drop"
    while len(pairs.scores) < _AGREEING:
        pair()
    if match.margin:
        kept = all(score > needed for score in pairs.scores)
    else:
        kept = judge_deterministic(pairs.scores, contest.scatter, contest.rule.min_gain) == "keep"
    # A candidate that has brought noise along may be lucky three times, and that is no proof.
    kept = kept and all(is_deterministic([after.values[name] for _, after in pairs.found]) for name in contest.scale.references)
    match.why = f"{_told(match, min(pairs.scores))}, in {_AGREEING} of {_AGREEING} pairs"
    return "keep" if kept else "continue"


def _told(match: ValueMatch, score: float) -> str:
    metric, how = match.contest.metric, "better" if score > 0 else "worse"
    if abs(score) < _SAME:
        return f"{metric} is the same"
    share = match.contest.scale.share(score)
    return f"{metric} is {share:.2%} {how}" if share < 1 else f"{metric} is {1 + share:.3g} times {how}"
