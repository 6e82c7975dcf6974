"""The judge: takes one candidate through its stages, cheapest rejection first."""

from __future__ import annotations

import time
from contextlib import contextmanager
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING
from typing import Any
from typing import NoReturn
from typing import Protocol

from ..decision import Trial
from ..experiment import Candidate
from ..experiment import Checks
from ..experiment import Experiment
from ..experiment import Verdict
from ..text import one_line
from ..workspace.git import PatchFails
from .clock import doubt
from .duel import DuelFailed
from .gate import run_session
from .honesty import Comparable
from .honesty import differences
from .honesty import first_call
from .measure import AUDIT_DUELS
from .measure import MORE_AUDIT_DUELS
from .measure import Bouts
from .measure import NoiseRecord
from .measure import try_out
from .reach import reached
from .screen import fingerprint
from .screen import refuse_changes
from .screen import refuse_sources
from .screen import sources

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence
    from pathlib import Path

    from ..decision import Rule
    from ..experiment import Benchmark
    from ..experiment import Gain
    from ..experiment import Proposal
    from ..experiment import Stage
    from ..workspace.git import Store
    from ..workspace.launcher import Launcher
    from ..workspace.trees import Arena
    from ..workspace.trees import Tree
    from .baseline import Baseline
    from .duel import Duel
    from .duel import Ring
    from .screen import Tried
    from .surface import Surface

# When the gate costs this many duels, a duel is the cheaper way to reject and goes first.
_GATE_IN_DUELS = 4.0
# Only then is it worth running earlier killers first, which may upset tests that depend on their order.
_SLOW_GATE = 5.0


_NOT_CHECKED = (
    "whether the gain holds for other arguments",
    "what no test and no benchmark runs",
    "files and network outside the tree",
)


class Dossier(Protocol):
    """Where the evidence of one experiment is kept."""

    def save(self, name: str, text: str) -> None:
        """Keep a text."""

    def add(self, name: str, row: Any) -> None:
        """Append a row to a file of JSON lines."""


class _Rejected(Exception):
    """A candidate is out; ``detail`` is the output that shows why."""

    def __init__(self, stage: Stage, reason: str, detail: str = "") -> None:
        super().__init__(reason)
        self.stage: Stage = stage
        self.detail = detail


@dataclass(slots=True)
class _Case:
    """What is known of the candidate under judgement."""

    number: int
    title: str
    parent: str
    dossier: Dossier
    tree: Tree | None = None
    tree_id: str = ""
    changed: tuple[str, ...] = ()
    part: tuple[Benchmark, ...] = ()
    trial: Trial | None = None
    bouts: Bouts | None = None
    gain: Gain | None = None
    benchmarks: dict[str, float] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    proved: list[str] = field(default_factory=list)
    consistent: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A judged proposal: the experiment on record, the candidate's tree if it survived, the failure's output if not."""

    experiment: Experiment
    tree: Tree | None = None
    tree_id: str = ""
    failure: str | None = None


@dataclass(slots=True, kw_only=True)
class Judge:
    """Judges candidates against one incumbent at a time.

    ``incumbent``, ``benchmarks`` and ``called`` (the functions each benchmark calls, by path and line) change with every keep; ``noise``
    learns from rejected candidates; the rest is fixed with the baseline. ``restless`` are files that the incumbent's own tests or set-up
    change.
    """

    store: Store
    arena: Arena
    launcher: Launcher
    ring: Ring
    baseline: Baseline
    surface: Surface
    rule: Rule
    incumbent: Tree
    tried: Tried
    prepare: Callable[[Path], str | None]
    check: Callable[[Candidate], str | None]
    progress: Callable[[str], None]
    benchmarks: tuple[Benchmark, ...] = ()
    called: Mapping[str, frozenset[tuple[str, int]]] = field(default_factory=dict)
    noise: NoiseRecord = field(default_factory=NoiseRecord)
    comparable: Comparable = field(default_factory=Comparable)
    restless: frozenset[str] = frozenset()
    accept_flagged: bool = False
    duel_seconds: float = 0.0
    killers: list[str] = field(default_factory=list)
    movable: set[str] = field(default_factory=set)

    @property
    def duel_limit(self) -> float:
        """Seconds after which a duel is given up."""
        return 30.0 + 10.0 * self.duel_seconds

    @property
    def gate_limit(self) -> float:
        """Seconds after which a gate is given up."""
        return 15.0 + 5.0 * self.baseline.seconds

    def judge(self, proposal: Proposal, number: int, level: float, folder: Path, dossier: Dossier) -> Judged:
        """Judge one proposal at a level of the error budget; ``folder`` is the agent's tree."""
        case = _Case(number, one_line(proposal.title, 100), self.incumbent.revision, dossier)
        verdict, failure = Verdict(kind="kept", stage="audit", reason=""), None
        try:
            self._screen(proposal, number, folder, case)
            measure_first = self.baseline.seconds > _GATE_IN_DUELS * self.duel_seconds
            for stage in (self._measure, self._gate) if measure_first else (self._gate, self._measure):
                stage(case, level)
            self._audit(case)
            assert case.trial is not None
            assert case.tree is not None
            verdict = Verdict(kind="kept", stage="audit", reason=case.trial.why)
            if case.flags and not self.accept_flagged:
                verdict = Verdict(kind="flagged", stage="guard", reason=case.flags[0])
                self.arena.drop(case.tree)
        except _Rejected as rejected:
            verdict = Verdict(kind="rejected", stage=rejected.stage, reason=str(rejected))
            failure = rejected.detail or None
            if failure:
                dossier.save("failure.txt", failure)
            if case.tree is not None:
                self.arena.drop(case.tree)
            if case.bouts is not None:
                self.noise = self.noise.learnt(case.bouts.duels, case.part)
        trial = case.trial
        experiment = Experiment(
            number=number,
            parent=case.parent,
            title=case.title or "No change",
            agent=proposal.agent,
            source=proposal.source,
            verdict=verdict,
            gain=case.gain,
            benchmarks=case.benchmarks,
            duels=len(trial.scores) if trial else 0,
            evidence=trial.evidence if trial else None,
            level=trial.level if trial else None,
            flags=tuple(case.flags),
            checks=Checks(proved=tuple(case.proved), consistent=tuple(case.consistent), not_checked=_NOT_CHECKED),
            seconds={name: round(seconds, 3) for name, seconds in case.seconds.items()},
            cost_usd=proposal.cost_usd,
        )
        survived = verdict.kind == "kept"
        return Judged(experiment=experiment, tree=case.tree if survived else None, tree_id=case.tree_id, failure=failure)

    def _screen(self, proposal: Proposal, number: int, folder: Path, case: _Case) -> None:
        """Judge the difference before any of it runs."""
        with _clock(case, "screen"):
            if proposal.error is not None and not proposal.patch:
                case.dossier.save("agent.txt", proposal.log)
            try:
                if proposal.patch is not None:
                    case.dossier.save("proposed.patch", proposal.patch)
                    case.tree_id = self.store.applied(case.parent, proposal.patch)
                else:
                    case.tree_id = self.store.snapshot(case.parent, folder)
            except PatchFails as error:
                _reject("screen", f"the patch does not apply: {error}", proposal.patch or "")
            changes = self.store.changes(case.parent, case.tree_id)
            if not changes:
                _reject("propose", proposal.error or "no change was proposed", proposal.log)
            case.dossier.save("patch.diff", self.store.patch(case.parent, case.tree_id))
            tracked = [path for _, path in self.store.tracked(case.parent)]
            if why := refuse_changes(changes, self.surface, tracked):
                _reject("screen", why)
            found = sources(changes, self.store, case.parent, case.tree_id)
            if why := refuse_sources(found):
                _reject("screen", why)
            if (earlier := self.tried.earlier(case.parent, fingerprint(found), number)) is not None:
                _reject("screen", f"it is the same as experiment {earlier}")
            case.changed = tuple(source.path for source in found if source.after is not None)
            case.title = case.title or one_line(f"Edit {', '.join(source.path for source in found)}", 100)
            felt = reached(found, self.called)
            case.part = tuple(b for b in self.benchmarks if b.nodeid in felt or b.nodeid not in self.called)
            case.tree = self.arena.make(self.store, case.parent, case.tree_id)
            if (trouble := self.prepare(self.arena.folder_of(case.tree))) is not None:
                _reject("screen", "its tree could not be set up", trouble)

    def _gate(self, case: _Case, _level: float) -> None:
        """Run every test, stopping at the first that fails."""
        assert case.tree is not None
        self.progress(f"gate: {len(self.baseline.expectation.outcomes)} tests")
        with _clock(case, "gate"):
            first = self.killers if self.baseline.seconds > _SLOW_GATE else []
            missed, nodeid = self._run_gate(case, first)
            if missed is not None and nodeid in first and nodeid not in self.movable:
                # It may fail for being moved to the front: only its own place counts.
                missed, nodeid = self._run_gate(case, ())
            if missed is not None:
                if nodeid is not None and nodeid not in self.killers:
                    self.killers.insert(0, nodeid)
                _reject("gate", *missed)
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
            _reject("gate", one_line(why), why)

    def _run_gate(self, case: _Case, first: Sequence[str]) -> tuple[tuple[str, str] | None, str | None]:
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

    def _measure(self, case: _Case, level: float) -> None:
        """Fight duels until the e-process decides."""
        assert case.tree is not None
        with _clock(case, "measure"):
            case.bouts = self.bouts(self.incumbent, case.tree, case.part, lambda duel: case.dossier.add("duels.jsonl", duel.raw()))
            # From here on the candidate has spent its share of the risk, whatever becomes of it.
            case.trial = Trial.start(self.rule, level, self.noise.of(case.part, len(self.benchmarks)).sigma)

            def on_trial(trial: Trial) -> None:
                case.trial = trial
                self.progress(f"duel {len(trial.scores)}: evidence {trial.evidence:.3g} of {1 / level:.3g}")

            try:
                if "gate" not in case.seconds:
                    self.ring.warm(case.tree, self.baseline.objective, self.duel_limit)
                try_out(case.bouts, case.trial, on_trial)
            except DuelFailed as failed:
                _reject("measure", f"{failed.side}: {failed}", failed.output)
            if case.bouts.duels:
                case.benchmarks = case.bouts.gains(len(case.bouts.duels))
            if case.trial.decision != "keep":
                _reject("measure", case.trial.why)
        case.proved.append(f"evidence {case.trial.evidence:.3g} against {1 / level:.3g} needed")

    def _audit(self, case: _Case) -> None:
        """Fight fresh duels for the gain to report, and look for harm to any one benchmark in all of them."""
        assert case.bouts is not None
        assert case.tree is not None
        case.bouts.benchmarks = self.benchmarks
        with _clock(case, "audit"):
            try:
                count = self._fight(case.bouts, AUDIT_DUELS)
                if case.bouts.gain(count).low <= 1:
                    # It is better, that is decided; how much needs more duels on so noisy a machine.
                    count += self._fight(case.bouts, MORE_AUDIT_DUELS)
            except DuelFailed as failed:
                _reject("audit", f"{failed.side}: {failed}", failed.output)
            case.gain = case.bouts.gain(count)
            case.benchmarks = case.bouts.gains(count)
            if (harm := case.bouts.harmed()) is not None:
                _reject("guard", harm)
            self._look_for_tricks(case, case.bouts.duels)
            if changed := self.store.overwritten(case.tree_id, self.arena.folder_of(case.tree)) - self.restless:
                _reject("guard", f"harness tampered: {min(changed)} was changed while it was judged")
            if case.gain.ratio <= 1:
                _reject("audit", f"the gain did not last: {case.gain.ratio:.3f}x in fresh duels")
        case.proved.append("no benchmark is slower")
        case.proved.append("its files are as proposed after all that ran")
        case.consistent.append("the judge's own clock")
        if self.comparable.results:
            case.consistent.append(f"what the timed calls return ({len(self.comparable.results)} of {len(self.benchmarks)} benchmarks)")

    def _fight(self, bouts: Bouts, count: int) -> int:
        for number in range(count):
            self.progress(f"audit duel {number + 1} of {count}")
            bouts.fight()
        return count

    def _look_for_tricks(self, case: _Case, duels: Sequence[Duel]) -> None:
        """Reject what the judge's clock contradicts, and flag what may be a trick and may be wanted."""
        for benchmark in self.benchmarks:
            if (why := doubt(duels, benchmark)) is not None:
                _reject("guard", why)
            if (why := first_call(duels, benchmark)) is not None:
                case.flags.append(why)
        case.flags += differences(duels, self.comparable)

    def bouts(self, incumbent: Tree, candidate: Tree, part: Sequence[Benchmark], on_duel: Callable[[Duel], None]) -> Bouts:
        """Return a series of duels between two trees over a part of the objective."""

        def seen(duel: Duel) -> None:
            # A slow average: it only sets limits and the order of stages.
            self.duel_seconds += (0.2 if self.duel_seconds else 1.0) * (duel.seconds - self.duel_seconds)
            on_duel(duel)

        return Bouts(self.ring, incumbent, candidate, part, len(self.benchmarks), self.duel_limit, seen)


def _reject(stage: Stage, reason: str, detail: str = "") -> NoReturn:
    raise _Rejected(stage, reason, detail)


@contextmanager
def _clock(case: _Case, stage: str) -> Iterator[None]:
    started = time.monotonic()
    try:
        yield
    finally:
        case.seconds[stage] = case.seconds.get(stage, 0.0) + time.monotonic() - started
