"""The judge: takes one candidate through its stages, cheapest rejection first."""

from __future__ import annotations

import math
import traceback
from dataclasses import dataclass
from dataclasses import field
from statistics import median
from typing import TYPE_CHECKING

from ..experiment import Candidate
from ..experiment import Checks
from ..experiment import Experiment
from ..experiment import Verdict
from ..text import harmless
from ..text import one_line
from ..workspace.environment import installed_names
from ..workspace.git import PatchFails
from .case import Case
from .case import Rejected
from .case import reject
from .contest import Evidence
from .duel import DuelFailed
from .equality import Tolerance
from .gate import run_session
from .guards import GUARDS
from .guards import stand
from .guards.scene import Scene
from .screen import fingerprint
from .screen import refuse_changes
from .screen import refuse_sources
from .screen import sources
from .simpler import MARGIN
from .simpler import lines_less

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Sequence
    from pathlib import Path

    from ..experiment import Proposal
    from ..experiment import Stage
    from ..workspace.git import Store
    from ..workspace.launcher import Launcher
    from ..workspace.trees import Arena
    from ..workspace.trees import Tree
    from .baseline import Baseline
    from .beforehand import Beforehand
    from .case import Dossier
    from .contest import Contest
    from .contest import Match
    from .duel import Ring
    from .guards.scene import Finding
    from .guards.scene import Memoise
    from .memory import Memory
    from .screen import Tried
    from .surface import Surface

# What mistakes in code raise: the judge's own, or a hook's. Anything else, such as a full disk, would come again with the next candidate.
_FAULTS = (ArithmeticError, AssertionError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
# Stages of which there is a time, the last first.
_BY_AGE: tuple[Stage, ...] = ("guard", "audit", "measure", "gate")
# When the gate costs this many duels, a duel is the cheaper way to reject and goes first.
_GATE_IN_DUELS = 4.0
# Only then is it worth running earlier killers first, which may upset tests that depend on their order.
_SLOW_GATE = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judged proposal: the experiment on record, the candidate's tree if it survived, the failure's output if not, its match if any."""

    experiment: Experiment
    tree: Tree | None = None
    tree_id: str = ""
    match: Match | None = None
    failure: str | None = None


@dataclass(slots=True, kw_only=True)
class Judge:
    """Judges candidates against one incumbent at a time.

    ``incumbent`` changes with every keep; ``contest`` knows how the objective is measured; the rest is fixed with the baseline.
    ``restless`` are files that the incumbent's own tests or set-up change. ``on_trial`` hears of a trial, by number and level, before
    its first duel, and once more if it takes to bets only later.
    """

    store: Store
    arena: Arena
    launcher: Launcher
    ring: Ring
    baseline: Baseline
    surface: Surface
    contest: Contest
    incumbent: Tree
    tried: Tried
    prepare: Callable[[Path], str | None]
    check: Callable[[Candidate], str | None]
    progress: Callable[[str], None]
    on_trial: Callable[[int, float | None], None] = lambda _number, _level: None
    guards: Sequence[Callable[[Scene], Iterator[Finding]]] = GUARDS
    restless: frozenset[str] = frozenset()
    accept_flagged: bool = False
    memoise: Memoise = "flag"
    tolerance: Tolerance = field(default_factory=Tolerance)
    simplify: bool = False
    memory: Memory | None = None
    beforehand: Beforehand | None = None
    killers: list[str] = field(default_factory=list)
    movable: set[str] = field(default_factory=set)

    @property
    def gate_limit(self) -> float:
        """Seconds after which a gate is given up."""
        return 15.0 + 5.0 * self.baseline.seconds

    def judge(self, proposal: Proposal, number: int, level: float, folder: Path, dossier: Dossier) -> Judged:
        """Judge one proposal at a level of the error budget; ``folder`` is the agent's tree."""
        case = Case(number, one_line(proposal.title, 100), self.incumbent.revision, dossier)
        failure = None
        try:
            self._screen(proposal, number, folder, case)
            measure_first = self.baseline.seconds > _GATE_IN_DUELS * self.contest.duel_seconds
            for stage in (self._measure, self._gate) if measure_first else (self._gate, self._measure):
                stage(case, level)
            verdict = self._audit(case)
        except (Rejected, *_FAULTS) as error:
            rejected = error if isinstance(error, Rejected) else _at_fault(case, error)
            verdict = Verdict(kind="rejected", stage=rejected.stage, reason=one_line(str(rejected), 500))
            failure = rejected.detail or None
            if failure:
                dossier.save("failure.txt", harmless(failure))
            if case.match is not None and rejected is error:
                case.match.lost()
        if verdict.kind != "kept" and case.tree is not None:
            self.arena.drop(case.tree)
        survived = verdict.kind == "kept"
        return Judged(
            experiment=_experiment(case, proposal, verdict),
            tree=case.tree if survived else None,
            tree_id=case.tree_id,
            match=case.match,
            failure=failure,
        )

    def _screen(self, proposal: Proposal, number: int, folder: Path, case: Case) -> None:
        """Judge the difference before any of it runs."""
        with case.clock("screen"):
            if proposal.error is not None and not proposal.patch:
                case.dossier.save("agent.txt", harmless(proposal.log))
            try:
                if proposal.patch is not None:
                    case.dossier.save("proposed.patch", proposal.patch)
                    case.tree_id = self.store.applied(case.parent, proposal.patch)
                else:
                    case.tree_id = self.store.snapshot(case.parent, folder)
            except PatchFails as error:
                reject("screen", f"the patch does not apply: {error}", proposal.patch or "")
            changes = self.store.changes(case.parent, case.tree_id)
            if not changes:
                reject("propose", proposal.error or "no change was proposed", proposal.log)
            case.dossier.save("patch.diff", self.store.patch(case.parent, case.tree_id))
            tracked = [path for _, path in self.store.tracked(case.parent)]
            if why := refuse_changes(changes, self.surface, tracked, installed_names):
                reject("screen", why)
            found = sources(changes, self.store, case.parent, case.tree_id)
            if why := refuse_sources(found):
                reject("screen", why)
            if (earlier := self.tried.earlier(case.parent, fingerprint(found), number)) is not None:
                reject("screen", f"it is the same as experiment {earlier}")
            case.changed = tuple(source.path for source in found if source.after is not None)
            case.title = case.title or one_line(f"Edit {', '.join(source.path for source in found)}", 100)
            case.found = tuple(found)
            if self.simplify and (less := lines_less(found)) > 0:
                case.margin, case.lines_less = MARGIN, less
            case.tree = self.arena.make(self.store, case.parent, case.tree_id)
            if (trouble := self.prepare(self.arena.folder_of(case.tree))) is not None:
                reject("screen", "its tree could not be set up", trouble)

    def _gate(self, case: Case, _level: float) -> None:
        """Run every test, stopping at the first that fails."""
        assert case.tree is not None
        self.progress(f"gate: {len(self.baseline.expectation.outcomes)} tests")
        with case.clock("gate"):
            first = self.killers if self.baseline.seconds > _SLOW_GATE else []
            missed, nodeid = self._run_gate(case, first)
            if missed is not None and nodeid in first and nodeid not in self.movable:
                # It may fail for being moved to the front: only its own place counts.
                missed, nodeid = self._run_gate(case, ())
            if missed is not None:
                if nodeid is not None and nodeid not in self.killers:
                    self.killers.insert(0, nodeid)
                reject("gate", *missed)
            self.movable.update(first)
        case.proved.append(f"all {self.baseline.gates} gates pass")
        if self.baseline.expectation.canaries:
            case.consistent.append("the canaries of the gate")
        candidate = Candidate(
            number=case.number,
            title=case.title,
            tree=self.arena.folder_of(case.tree),
            incumbent=case.parent,
            changed=case.changed,
        )
        if (why := self.check(candidate)) is not None:
            reject("gate", one_line(why), why)

    def _run_gate(self, case: Case, first: Sequence[str]) -> tuple[tuple[str, str] | None, str | None]:
        assert case.tree is not None
        expectation = self.baseline.expectation
        session = run_session(
            self.launcher,
            case.tree,
            limit=self.gate_limit,
            first=first,
            canaries=expectation.canaries,
            until=expectation.failed_at,
        )
        missed = expectation.missed_by(session)
        if missed is None:
            imported = set(session.imported.files) if session.imported else set()
            escaped = [path for path in case.changed if path in self.baseline.imported and path not in imported]
            if session.imported is None or session.imported.foreign or escaped:
                missed = (f"the tests did not import {(escaped or ['the code'])[0]} from the candidate's tree", session.output)
        failed = next((nodeid for nodeid in session.failures() if nodeid not in expectation.quarantined), None)
        return missed, failed

    def _measure(self, case: Case, level: float) -> None:
        """Measure until there is a decision."""
        assert case.tree is not None
        with case.clock("measure"):
            # From here on the candidate has spent its share of the risk, whatever becomes of it: also if this process dies.
            case.match = self.contest.match(case, level, self.incumbent)
            self.on_trial(case.number, case.match.evidence.level)
            if "gate" not in case.seconds:
                try:
                    self.contest.warm(case.tree, self.gate_limit)
                except DuelFailed as failed:
                    reject("measure", f"{failed.side}: {failed}", failed.output)
            # What turns out to be noisy spends its level from then on, and that has to be on record as well.
            case.match.try_out(lambda spent: self.on_trial(case.number, spent))
        evidence = case.match.evidence
        (case.consistent if evidence.model_based else case.proved).append(evidence.why)

    def _audit(self, case: Case) -> Verdict:
        """Measure the gain to report, and put the candidate before the guards."""
        assert case.match is not None
        assert case.tree is not None
        with case.clock("audit"):
            case.gain = case.match.audit()
        case.proved.append(f"no {'benchmark is slower' if case.match.duels else 'test of the objective is worse'}")
        scene = Scene(
            case=case,
            tree=case.tree,
            incumbent=self.incumbent,
            duels=case.match.duels,
            returned=case.match.returned,
            called_before=self.contest.called_before,
            collected=self.contest.collected,
            profiled=self.contest.profiled,
            alone=case.match.alone,
            longer=case.match.longer,
            benchmarks=self.contest.benchmarks,
            comparable=self.contest.comparable,
            store=self.store,
            arena=self.arena,
            restless=self.restless,
            memoise=self.memoise,
            tolerance=self.tolerance,
            peaks=case.match.peaks,
            memory=self.memory,
            beforehand=self.beforehand,
            ran=lambda lines: run_session(self.launcher, self.incumbent, limit=self.gate_limit, canaries=False, lines=lines).ran,
            odd_bytecode=self.launcher.odd_bytecode,
        )
        with case.clock("guard"):
            stand(scene, self.guards)
        if case.margin:
            if case.gain.ratio < math.exp(-case.margin):
                reject("audit", f"it is worse after all: {case.gain.ratio:.3f}x in fresh duels")
        elif case.gain.ratio <= 1:
            reject("audit", f"the gain did not last: {case.gain.ratio:.3f}x in fresh duels")
        if case.flags and not self.accept_flagged:
            return Verdict(kind="flagged", stage="guard", reason=case.flags[0])
        simpler = f"; {case.lines_less} line{'s' * (case.lines_less != 1)} less" if case.margin else ""
        return Verdict(kind="kept", stage="audit", reason=f"{case.match.evidence.why}{simpler}")


def _at_fault(case: Case, error: Exception) -> Rejected:
    """Return how a candidate is thrown out that cannot be judged for a mistake in code: one of hundreds must not end a run."""
    stage: Stage = next((stage for stage in _BY_AGE if stage in case.seconds), "screen")
    told = "".join(traceback.format_exception(error))
    remedy = "failure.txt has where; unless a hook of yours is to blame, please report it"
    return Rejected(stage, f"judging failed: {type(error).__name__}: {error} ({remedy})", told)


def _experiment(case: Case, proposal: Proposal, verdict: Verdict) -> Experiment:
    """Return what goes on record of a judged case."""
    evidence = case.match.evidence if case.match else Evidence()
    return Experiment(
        number=case.number,
        parent=case.parent,
        title=case.title or "No change",
        agent=proposal.agent,
        source=proposal.source,
        verdict=verdict,
        gain=case.gain,
        holdout=case.holdout,
        benchmarks=case.match.ratios if case.match else {},
        duels=evidence.duels,
        evidence=evidence.wealth,
        level=evidence.level,
        flags=tuple(case.flags),
        values=case.match.values if case.match else {},
        memory=round(median(after for _, after in case.match.peaks)) if case.match and case.match.peaks else None,
        checks=Checks(proved=tuple(case.proved), consistent=tuple(case.consistent), not_checked=tuple(case.not_checked)),
        seconds={name: round(seconds, 3) for name, seconds in case.seconds.items()},
        cost_usd=proposal.cost_usd,
    )
