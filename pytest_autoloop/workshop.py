"""Where a run works: learns what judging needs, and does what the loop asks for."""

from __future__ import annotations

import contextlib
import secrets
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from typing import TYPE_CHECKING

from .calibrate import conclusions
from .calibrate import self_test
from .calibrate import table
from .decision import level
from .decision import level_for_batch
from .experiment import Refused
from .experiment import Task
from .journal.dossier import FolderDossier
from .journal.replay import trace
from .judging.duel import DuelFailed
from .stopping import Limits
from .stopping import Stop
from .text import commit_message
from .text import duration
from .text import one_line
from .workspace.scratch import clear_away

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from .agents import Agent
    from .decision import Direction
    from .experiment import Experiment
    from .experiment import Gain
    from .experiment import Proposal
    from .judging.contest import Contest
    from .judging.duel import Ring
    from .judging.holdout import Holdout
    from .judging.judge import Judge
    from .loop import State
    from .project import Project
    from .run import Run
    from .workspace.git import Store
    from .workspace.seals import Seals
    from .workspace.trees import Arena
    from .workspace.trees import Tree

_WARM_LIMIT = 3600.0
_LONG = 60.0
_MOST_AGENT_FAILURES = 3
# Twelve for the noise, one for rounds, one for the profile.
_LEAST_DUELS = 14


@dataclass(slots=True, kw_only=True)
class Workshop:
    """Does what the loop asks for. Made by `opening.open_workshop`.

    ``before`` counts the patches, by their traces, that were judged before the run was interrupted.
    """

    run: Run
    project: Project
    folder: Path
    store: Store
    arena: Arena
    ring: Ring
    judge_: Judge
    agent: Agent
    first: Tree
    limits: Limits
    seals: Seals
    holdout: Holdout | None = None
    desk: Path | None = None
    failure: str | None = None
    noise_known: bool = False
    agent_failures: list[str] = field(default_factory=list)
    warned: float = 0.0
    before: Counter[str] = field(default_factory=Counter)

    @property
    def contest(self) -> Contest:
        """How the objective is measured."""
        return self.judge_.contest

    def learn(self) -> None:
        """Learn from the incumbent what proposing needs: rounds and profile. Raises `Refused` if that cannot be."""
        for nodeid, how in self.judge_.baseline.quarantined.items():
            self.run.say(f"quarantined: {nodeid} {how} in the baseline")
        for note in self.judge_.baseline.notes:
            self.run.say(note)
        if self.holdout is not None and not self.project.settings.calibrate:
            self._establish(self.holdout)
        # Before anything of it is measured: even a single call may take longer than there is.
        least = 2 * self.judge_.baseline.objective_seconds
        self._afford(_LEAST_DUELS * least, least)
        self._prepare()
        self._catch_up()

    # What the loop asks for

    def stop(self, state: State) -> Stop | None:
        """Say whether to stop before the next experiment."""
        if (self.project.repository.toplevel / ".autoloop" / "STOP").exists():
            return Stop(by="stop-file", detail="there is a file .autoloop/STOP")
        if len(self.agent_failures) >= _MOST_AGENT_FAILURES:
            return Stop(by="agents", detail=f"{len(self.agent_failures)} failures in a row: {self.agent_failures[-1]}")
        if (why := self.project.should_stop(state)) is not None:
            return Stop(by="hook", detail=why)
        return self.limits.reached(state, self.run.seconds, self._final_seconds, self.contest.learning_seconds)

    @property
    def _final_seconds(self) -> float:
        """How long the last measurement takes. There is none where given patches are judged, since none of them is kept."""
        if self.project.given:
            return 0.0
        return self.contest.final_seconds + (self.holdout.final_seconds if self.holdout else 0.0)

    def propose(self, state: State) -> Proposal | None:
        """Ask the hook, then the agents. One that may cost something is not asked before it is known that something can be judged."""
        if not (self.noise_known or self.project.given or (self.agent.free and not self.project.hooked)):
            self.learn_noise()
        self.project.display.about(f"experiment {state.number}")
        self.project.display.doing("asking for a proposal")
        task = self._task(state)
        while (proposal := self._asked(task)) is not None:
            patch = None if proposal.patch is None else trace(proposal.patch)
            if patch is None or not self.before[patch]:
                break
            # Agents that know nothing of the run before it was interrupted begin anew with what has its verdict.
            self.before[patch] -= 1
        if proposal is not None:
            row = {"title": proposal.title, "agent": proposal.agent, "source": proposal.source, "cost_usd": proposal.cost_usd}
            self.run.ledger.add("proposed", number=state.number, **row, patch=patch)
        return proposal

    def _asked(self, task: Task) -> Proposal | None:
        proposal = self.project.propose(task) if not self.project.given else None
        with self._sealed(f"while an agent worked on experiment {task.number}"):
            return proposal or self.agent.propose(task)

    @contextlib.contextmanager
    def _sealed(self, when: str) -> Iterator[None]:
        """Have something hostile run, and end the run if it has touched what it has no business with."""
        self.seals.put()
        yield
        if broken := ", and ".join(filter(None, (self.seals.broken(), self._disturbed()))):
            raise Refused(f"{broken}, {when}: look at it, and if it was you, go on with --autoloop-resume", 1)

    def _disturbed(self) -> str | None:
        """Say which file of the incumbent's tree has been written, or None: what follows would be measured against another program."""
        # That something came to a folder and went again is no other program.
        touched = {path for path in self.arena.touched(self.judge_.incumbent) - self.judge_.restless if not path.endswith("/")}
        return f"{min(touched)} of the incumbent's tree changed" if touched else None

    def judge(self, proposal: Proposal, state: State) -> Experiment:
        """Judge a proposal and keep what survives."""
        settings = self.project.settings
        if not self.noise_known:
            # It takes a while, so where asking costs nothing, not before there is anything to judge.
            self.learn_noise()
        if self.project.given:
            alpha = level_for_batch(settings.risk, len(self.project.given))
        else:
            alpha = level(settings.control, settings.risk, state.trials + 1, state.discoveries)
        self.project.display.about(f"experiment {state.number}: {proposal.title}")
        dossier = FolderDossier(self.run.folder / "experiments" / f"{state.number:04}")
        assert self.desk is not None
        with self._sealed(f"while experiment {state.number} was judged"):
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
            commit = self.store.commit(experiment.parent, judged.tree_id, commit_message(experiment, self.run.id))
            # It has to be there before it is on record, and on record before it is on the branch.
            self.project.repository.take(self.store, commit)
            self.arena.drop(judged.tree)
            assert judged.match is not None, "what is kept was measured"
            judged.match.won()
            experiment = replace(experiment, commit=commit)
        return experiment

    def record(self, experiment: Experiment) -> None:
        """Put an experiment on record, then bring a keep to the branch, tell everybody, and make it the incumbent."""
        judge, commit, branch = self.judge_, experiment.commit, self.run.record.branch
        fingerprint = judge.tried.fingerprint_of(experiment.number)
        self.run.judged(experiment, fingerprint=fingerprint, killers=judge.killers, sigma=self.contest.sigma)
        if commit is not None and branch is not None:
            self.project.repository.publish(self.store, commit, branch)
            self.run.kept(experiment.number, commit)
        self.project.display.experiment(experiment)
        self.project.finished(experiment)
        if commit is not None:
            self._succeed(commit)

    def overall(self) -> Gain | None:
        """Measure the last incumbent against the first, in fresh duels. None if that fails."""
        self.project.display.about("the last commit against the first")
        try:
            return self.contest.overall(self.first, self.judge_.incumbent, lambda rounds: self.run.ledger.add("final_duel", rounds=rounds))
        except DuelFailed as failed:
            self.run.say(f"the total could not be measured again ({failed.side}: {failed})")
            return None

    def overall_holdout(self) -> Gain | None:
        """Measure the same in the holdout. None if there is none, or if that fails."""
        if self.holdout is None:
            return None
        return self.holdout.overall(self.first, self.judge_.incumbent, lambda rounds: self.run.ledger.add("holdout_duel", rounds=rounds))

    # The steps of it

    def _establish(self, holdout: Holdout) -> None:
        """Learn what candidates have to pass in the holdout."""
        holdout.establish(self.first)
        # Its tests run in a candidate's tree as well, and may write there.
        self.judge_.restless |= self.arena.touched(self.first)
        for note in holdout.notes:
            self.run.say(note)
        count, benchmarks = holdout.tests, len(holdout.benchmarks)
        self.run.learn("holdout", holdout=(count, benchmarks))
        self.project.display.note(
            f"holdout: {count} test{'s' * (count != 1)}, benchmarks among them: {benchmarks}; run only on what would be kept"
        )

    def _catch_up(self) -> None:
        """Bring a run that goes on to where it was; the first tree is that of its base, which the last measurement needs."""
        past, branch = self.run.past, self.run.record.branch
        if past is None or branch is None:
            return
        if past.unpublished is not None:
            self.project.repository.publish(self.store, past.unpublished, branch)
            self.run.kept(len(past.record.experiments), past.unpublished)
        output = self.run.folder / "experiments" / f"{len(past.record.experiments):04}" / "failure.txt"
        if output.is_file():
            self.failure = output.read_text(encoding="utf-8", errors="replace")
        if (head := self.run.record.head) != self.first.revision:
            self._succeed(head)

    def _succeed(self, commit: str) -> None:
        """Make a kept commit the incumbent."""
        incumbent = self.judge_.incumbent
        # A fresh tree: what ran in the candidate's own could have left something there.
        self.judge_.incumbent = self._fresh(commit)
        if incumbent is not self.first:
            self.arena.drop(incumbent)
        self._clear_desk()
        self._prepare()

    def _task(self, state: State) -> Task:
        incumbent = self.judge_.incumbent
        if self.desk is None:
            self.desk = self.folder / "desk" / secrets.token_hex(6) / self.project.repository.toplevel.name
            self.store.seed(incumbent.revision, self.desk)
        return Task(
            number=state.number,
            tree=self.desk,
            incumbent=incumbent.revision,
            goal=_goal(self.contest.metric, self.contest.direction),
            directions=self.project.directions(),
            objective=self.contest.benchmarks,
            profile=self.contest.profile,
            history=state.experiments,
            failure=self.failure,
            editable=self.judge_.surface.editable,
            protected=self.judge_.surface.protected,
        )

    def _clear_desk(self) -> None:
        if self.desk is not None:
            clear_away(self.desk.parent)
            self.desk = None

    def _prepare(self) -> None:
        """Learn from the incumbent how it is to be measured."""
        if (note := self.contest.prepare(self.judge_.incumbent)) is not None:
            self.run.say(note)

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
            self.contest.warm(tree, _WARM_LIMIT)
        return tree

    def learn_noise(self) -> None:
        """Compare the incumbent with its twin: whatever differs then is noise. Raises `Refused` where nothing can be told from it."""
        with self.twin() as twin:
            on_duel = lambda rounds: self.run.ledger.add("calibration_duel", rounds=rounds)  # noqa: E731 - it is one
            self.contest.learn(self.judge_.incumbent, twin, on_duel, self._afford)
        if (why := self.contest.hopeless()) is not None:
            raise Refused(why)
        self.noise_known = True
        self._announce()

    def _afford(self, seconds: float, duel: float = 0.0) -> None:
        """Say that learning the noise takes long, or refuse where it takes longer than there is."""
        budget, duel = self.limits.budget, duel or self.contest.duel_seconds
        if budget is not None and self.run.seconds + seconds > budget:
            raise Refused(
                f"a duel takes {duel:.0f} s here, and learning the noise takes {seconds:.0f} s: more than --autoloop-budget allows "
                f"({budget:.0f} s). Select fewer or shorter benchmarks, or allow more time"
            )
        # How many runs it takes shows only on the way: what turns out to take far longer is said again.
        if seconds > max(_LONG, 2 * self.warned):
            self.warned = seconds
            self.run.say(
                f"learning the noise takes about {duration(seconds)}, at {duration(duel)} per duel; a candidate takes 2 to 60 duels"
            )

    def calibrate(self) -> None:
        """Judge do-nothing and planted candidates, and say what this machine can tell."""
        rows = list(self_test(self))
        self.project.display.table(tuple(table(rows)))
        for row in rows:
            kept = f"{row.kept} of {row.count} kept" + (f", {row.failed} failed" if row.failed else "")
            self.run.remark(f"planted: {row.name}: {kept}; {row.duels:.1f} duels and {row.seconds:.1f} s each")
        for line in conclusions(rows, self.contest.sigma, self.contest.sees(self.first_level)):
            self.run.say(line)
        for remark in self.contest.advice():
            self.run.say(remark)

    @property
    def first_level(self) -> float:
        """The level of a run's first candidate."""
        settings = self.project.settings
        return level(settings.control, settings.risk, 1, 0)

    def _announce(self) -> None:
        contest, baseline = self.contest, self.judge_.baseline
        sees = contest.sees(self.first_level)
        self.run.learn("noise", clock=contest.metric, direction=contest.direction, sigma=contest.sigma, detects=sees)
        self.project.display.note(
            f"objective: {contest.about}; gate: {baseline.gates} tests; "
            f"noise of a duel {contest.sigma:.1%}; sees gains from {sees:.1%}; {contest.duel_seconds:.1f} s per duel"
        )


def _goal(metric: str, direction: Direction) -> str:
    """Return what an agent is asked to do."""
    if metric in ("cpu", "wall", "mixed"):
        return "make the benchmarks of this project faster"
    if metric == "memory":
        return "lower the peak memory of the calls that the benchmarks of this project make"
    return f"make the metric {metric!r}, which tests of this project record, {direction}"
