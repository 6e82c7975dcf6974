"""Where a run works: learns what judging needs, and does what the loop asks for."""

from __future__ import annotations

import contextlib
import secrets
import shutil
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING

from .calibrate import advice
from .calibrate import hopeless
from .calibrate import self_test
from .decision import detectable
from .decision import level
from .decision import level_for_batch
from .experiment import Refused
from .experiment import Task
from .journal.dossier import FolderDossier
from .journal.report import experiment_row
from .judging.duel import DuelFailed
from .judging.duel import Ring
from .judging.honesty import Comparable
from .judging.measure import FINAL_DUELS
from .judging.profile import hotspots
from .judging.profile import take_profile
from .loop import State
from .stopping import Limits
from .stopping import Stop
from .text import commit_message
from .text import one_line

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .agents import Agent
    from .experiment import Benchmark
    from .experiment import Experiment
    from .experiment import Gain
    from .experiment import Hotspot
    from .experiment import Proposal
    from .journal.ledger import Ledger
    from .judging.judge import Judge
    from .project import Project
    from .run import Run
    from .workspace.git import Store
    from .workspace.launcher import Launcher
    from .workspace.trees import Arena
    from .workspace.trees import Tree

_CALIBRATION_DUELS = 12
_BASELINE_LIMIT = 4 * 3600.0
_CALIBRATION_LIMIT = 3600.0
_LONG = 60.0
_MOST_AGENT_FAILURES = 3
_GOAL = "make the benchmarks of this project faster"


@dataclass(slots=True, kw_only=True)
class Workshop:
    """Does what the loop asks for. Made by `opening.open_workshop`."""

    run: Run
    project: Project
    ledger: Ledger
    folder: Path
    store: Store
    arena: Arena
    launcher: Launcher
    ring: Ring
    judge_: Judge
    agent: Agent
    first: Tree
    limits: Limits
    at_first: tuple[Benchmark, ...] = ()
    profile: tuple[Hotspot, ...] = ()
    desk: Path | None = None
    failure: str | None = None
    pending: Proposal | None = None
    agent_failures: list[str] = field(default_factory=list)

    @property
    def sigma(self) -> float:
        """The noise of a duel over the whole objective."""
        return self.judge_.noise.of(self.judge_.benchmarks, len(self.judge_.benchmarks)).sigma

    def learn(self) -> None:
        """Learn from the incumbent what judging candidates needs: rounds, noise, profile. Raises `Refused` if that cannot be."""
        for nodeid, how in self.judge_.baseline.quarantined.items():
            self._note(f"quarantined: {nodeid} {how} in the baseline")
        for note in self.judge_.baseline.notes:
            self._note(note)
        self._calibrate()
        self.at_first = self.judge_.benchmarks
        self._profile()
        if not self.project.settings.calibrate:
            # Learning the noise takes a while: first see whether there is anything to judge.
            self.pending = self.propose(State())
        if self.pending is not None or self.project.settings.calibrate:
            self._learn_noise()
            self._announce()

    # What the loop asks for

    def stop(self, state: State) -> Stop | None:
        """Say whether to stop before the next experiment."""
        if (self.project.repository.toplevel / ".autoloop" / "STOP").exists():
            return Stop(by="stop-file", detail="there is a file .autoloop/STOP")
        if len(self.agent_failures) >= _MOST_AGENT_FAILURES:
            return Stop(by="agents", detail=f"{len(self.agent_failures)} failures in a row: {self.agent_failures[-1]}")
        if (why := self.project.should_stop(state)) is not None:
            return Stop(by="hook", detail=why)
        return self.limits.reached(state, self.run.seconds)

    def propose(self, state: State) -> Proposal | None:
        """Ask the hook, then the agents."""
        if self.pending is not None:
            pending, self.pending = self.pending, None
            return pending
        self.project.display.about(f"experiment {state.number}")
        self.project.display.doing("asking for a proposal")
        task = self._task(state)
        proposal = self.project.propose(task) if not self.project.given else None
        proposal = proposal or self.agent.propose(task)
        if proposal is not None:
            self.ledger.add("proposed", number=state.number, title=proposal.title, agent=proposal.agent, source=proposal.source)
        return proposal

    def judge(self, proposal: Proposal, state: State) -> Experiment:
        """Judge a proposal and keep what survives."""
        settings = self.project.settings
        if self.project.given:
            alpha = level_for_batch(settings.risk, len(self.project.given))
        else:
            alpha = level(settings.control, settings.risk, state.trials + 1, state.keeps)
        self.project.display.about(f"experiment {state.number}: {proposal.title}")
        dossier = FolderDossier(self.run.folder / "experiments" / f"{state.number:04}")
        assert self.desk is not None
        judged = self.judge_.judge(proposal, state.number, alpha, self.desk, dossier)
        experiment, self.failure = judged.experiment, judged.failure
        if proposal.patch is None:
            # An agent that hands in a patch leaves its tree alone, so the next one can have it.
            self._clear_desk()
        failed = experiment.verdict.stage == "propose" and proposal.error is not None
        self.agent_failures = [*self.agent_failures, experiment.verdict.reason] if failed else []
        if judged.tree is not None and self.project.given:
            self.arena.drop(judged.tree)
        elif judged.tree is not None:
            experiment = self._keep(experiment, judged.tree, judged.tree_id)
        return experiment

    def record(self, experiment: Experiment) -> None:
        """Put an experiment on record, then tell everybody."""
        self.ledger.add("judged", experiment=experiment_row(experiment), sigma=self.sigma)
        self.run.note(experiment)
        self.project.display.experiment(experiment)
        self.project.finished(experiment)

    def overall(self) -> Gain | None:
        """Measure the last incumbent against the first, in fresh duels. None if that fails."""
        # The rounds of the first incumbent: with those of the last, which may be much faster, the first would take for ever.
        self.judge_.benchmarks = self.at_first
        self.project.display.about("the last commit against the first")
        judge = self.judge_
        bouts = judge.bouts(self.first, judge.incumbent, judge.benchmarks, lambda duel: self.ledger.add("final_duel", rounds=duel.raw()))
        try:
            for number in range(FINAL_DUELS):
                self.project.display.doing(f"final duel {number + 1} of {FINAL_DUELS}")
                bouts.fight()
        except DuelFailed as failed:
            self._note(f"the total could not be measured again ({failed.side}: {failed})")
            return None
        return bouts.gain(FINAL_DUELS)

    # The steps of it

    def _keep(self, experiment: Experiment, tree: Tree, tree_id: str) -> Experiment:
        branch, incumbent = self.run.record.branch, self.judge_.incumbent
        assert branch is not None
        commit = self.store.commit(incumbent.revision, tree_id, commit_message(experiment, self.run.id))
        self.project.repository.publish(self.store, commit, branch)
        self.ledger.add("kept", number=experiment.number, commit=commit, branch=branch)
        # A fresh tree: what ran in the candidate's own could have left something there.
        self.arena.drop(tree)
        self.judge_.incumbent = self._fresh(commit)
        if incumbent is not self.first:
            self.arena.drop(incumbent)
        self._clear_desk()
        self._calibrate()
        self._profile()
        return replace(experiment, commit=commit)

    def _task(self, state: State) -> Task:
        incumbent = self.judge_.incumbent
        if self.desk is None:
            self.desk = self.folder / "desk" / secrets.token_hex(6) / self.project.repository.toplevel.name
            self.store.seed(incumbent.revision, self.desk)
        return Task(
            number=state.number,
            tree=self.desk,
            incumbent=incumbent.revision,
            goal=_GOAL,
            directions=self.project.directions(),
            objective=self.judge_.benchmarks,
            profile=self.profile,
            history=state.experiments,
            failure=self.failure,
            editable=self.judge_.surface.editable,
            protected=self.judge_.surface.protected,
        )

    def _clear_desk(self) -> None:
        if self.desk is not None:
            shutil.rmtree(self.desk.parent, ignore_errors=True)
            self.desk = None

    def _calibrate(self) -> None:
        """Learn the rounds of a duel from the incumbent; after a keep they are shorter."""
        judge = self.judge_
        self.project.display.doing("calibrating rounds")
        try:
            judge.benchmarks = tuple(self.ring.calibrate(judge.incumbent, judge.baseline.objective, _CALIBRATION_LIMIT))
        except DuelFailed as failed:
            if judge.benchmarks:
                self._note(f"rounds could not be calibrated again ({failed})")
                return
            raise Refused(f"the benchmarks fail when they are repeated: {failed}", 1) from None
        if not judge.duel_seconds:
            judge.duel_seconds = sum(2 * (b.rounds + b.warmups) * b.iterations * b.seconds for b in judge.benchmarks)

    def _profile(self) -> None:
        """Learn where the incumbent's time goes, and which functions each benchmark calls."""
        judge = self.judge_
        self.project.display.doing("profiling the incumbent")
        profiles = take_profile(self.launcher, judge.incumbent, judge.baseline.objective, judge.duel_limit)
        self.profile = hotspots(profiles, self.arena.folder_of(judge.incumbent))
        judge.called = {found.nodeid: frozenset((row[0], row[1]) for row in found.functions) for found in profiles}

    @contextlib.contextmanager
    def twin(self) -> Iterator[Tree]:
        """Lend another tree of the incumbent, which differs from it in nothing."""
        twin = self._fresh(self.judge_.incumbent.revision)
        try:
            yield twin
        finally:
            self.arena.drop(twin)

    def _fresh(self, revision: str) -> Tree:
        """Make a tree of a commit that was judged before, ready to run."""
        judge = self.judge_
        tree = self.arena.make(self.store, revision)
        if (trouble := judge.prepare(self.arena.folder_of(tree))) is not None:
            raise Refused(f"--autoloop-setup: {one_line(trouble)}")
        # Only bytecode is at stake here: what really fails will fail in its duels.
        with contextlib.suppress(DuelFailed):
            self.ring.warm(tree, judge.baseline.objective, judge.duel_limit)
        return tree

    def _learn_noise(self) -> None:
        """Fight the incumbent against its twin: whatever differs then is noise."""
        judge = self.judge_
        try:
            with self.twin() as twin:
                record = lambda duel: self.ledger.add("calibration_duel", rounds=duel.raw())  # noqa: E731 - it is one
                bouts = judge.bouts(judge.incumbent, twin, judge.benchmarks, record)
                bouts.fight()
                self._expect(_CALIBRATION_DUELS * judge.duel_seconds)
                for number in range(1, _CALIBRATION_DUELS):
                    self.project.display.doing(f"learning the noise: duel {number + 1} of {_CALIBRATION_DUELS}")
                    bouts.fight()
        except DuelFailed as failed:
            raise Refused(f"the benchmarks fail when they are repeated: {failed}", 1) from None
        judge.noise = judge.noise.calibrated(bouts.duels, judge.benchmarks)
        judge.comparable = Comparable.by(bouts.duels)
        if (why := hopeless(judge.noise, judge.benchmarks)) is not None:
            raise Refused(why)

    def _expect(self, seconds: float) -> None:
        """Say that learning the noise takes long, or refuse where it takes longer than there is."""
        budget, duel = self.limits.budget, self.judge_.duel_seconds
        if budget is not None and self.run.seconds + seconds > budget:
            raise Refused(
                f"a duel takes {duel:.0f} s here, and learning the noise takes {_CALIBRATION_DUELS} of them: more than "
                f"--autoloop-budget allows ({budget:.0f} s). Select fewer or shorter benchmarks, or allow more time"
            )
        if seconds > _LONG:
            self.project.display.note(f"learning the noise: {_CALIBRATION_DUELS} duels of about {duel:.0f} s")

    def calibrate(self) -> None:
        """Judge do-nothing and planted candidates, and say what this machine can tell."""
        note, judge = self._note, self.judge_
        for row in self_test(self):
            kept = f"{row.kept} of {row.count} kept"
            note(f"planted: {row.name}: {kept}; {row.duels:.1f} duels and {row.seconds:.1f} s each")
        for remark in advice(judge.noise, judge.benchmarks):
            note(remark)

    @property
    def first_level(self) -> float:
        """The level of a run's first candidate."""
        settings = self.project.settings
        return level(settings.control, settings.risk, 1, 0)

    def _announce(self) -> None:
        judge, baseline = self.judge_, self.judge_.baseline
        sees = detectable(self.sigma, self.first_level, judge.rule)
        clocks = {benchmark.clock for benchmark in judge.benchmarks}
        self.run.record = replace(
            self.run.record,
            clock="mixed" if len(clocks) > 1 else clocks.pop(),
            sigma=self.sigma,
            detects=sees,
        )
        self.ledger.add("baseline", objective=baseline.objective, quarantined=baseline.quarantined, sigma=self.sigma)
        count = len(baseline.objective)
        self.project.display.note(
            f"objective: {count} benchmark{'s' * (count != 1)} ({self.run.record.clock} time); gate: {baseline.gates} tests; "
            f"noise of a duel {self.sigma:.1%}; sees gains from {sees:.1%}; {judge.duel_seconds:.1f} s per duel"
        )

    def _note(self, text: str) -> None:
        self.run.record = replace(self.run.record, notes=(*self.run.record.notes, text))
        self.project.display.note(text)
