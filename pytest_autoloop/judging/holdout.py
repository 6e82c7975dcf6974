"""The sealed holdout: tests and benchmarks that no agent sees, run only on what would be kept.

What agents get to know of it is what a verdict needs: that a test failed, not which, and how much of the gain is there.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

from ..decision import AUDIT_DUELS
from ..decision import unseen
from ..experiment import Refused
from ..text import harmless
from ..text import one_line
from .duel import DuelFailed
from .gate import Expectation
from .gate import run_session
from .guards import integrity
from .guards.scene import Finding
from .measure import FINAL_DUELS
from .measure import Bouts
from .measure import calls_seconds
from .measure import final_seconds

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Sequence

    from ..experiment import Benchmark
    from ..experiment import Gain
    from ..workspace.launcher import Launcher
    from ..workspace.sealed import Sealed
    from ..workspace.trees import Tree
    from .duel import Duel
    from .duel import Ring
    from .gate import Session
    from .guards.scene import Scene
    from .outcomes import Outcome

_FLAG = "--autoloop-holdout"
_BASELINE_LIMIT = 3600.0
_RERUN_UP_TO = 120.0


@dataclass(slots=True, kw_only=True)
class Holdout:
    """Runs a sealed folder's tests and benchmarks against the code of a tree.

    ``launcher`` and ``ring`` run the copy beside a tree, see `Sealed.arguments`. All else is learnt from the first incumbent by
    `establish`; ``benchmarks`` are run as ``calibrated`` needs it, ``restless`` are files that the holdout's own tests change,
    ``duels`` is how many a candidate has to fight, ``duel_seconds`` what the last one took.
    """

    sealed: Sealed
    launcher: Launcher
    ring: Ring
    progress: Callable[[str], None]
    expectation: Expectation | None = None
    benchmarks: tuple[Benchmark, ...] = ()
    at_first: tuple[Benchmark, ...] = ()
    calibrated: Tree | None = None
    restless: frozenset[str] = frozenset()
    seconds: float = 0.0
    duel_seconds: float = 0.0
    duels: int = AUDIT_DUELS
    notes: list[str] = field(default_factory=list)

    @property
    def tests(self) -> int:
        """How many tests a candidate has to pass; the benchmarks are among them."""
        expectation = self.expectation
        return len(expectation.outcomes.keys() - expectation.quarantined) if expectation else 0

    @property
    def final_seconds(self) -> float:
        """How long the last measurement takes here, as far as is known."""
        return final_seconds(self.at_first, self.duel_seconds)

    def establish(self, incumbent: Tree) -> None:
        """Learn from the incumbent what candidates have to pass. Raises `Refused` where it does not pass itself."""
        self.progress("holdout: its tests on the incumbent")
        with self._beside(incumbent):
            session = run_session(self.launcher, incumbent, limit=_BASELINE_LIMIT)
            outcomes = _checked(session)
            flickering = self._flickering(incumbent, session)
            if not session.honest:
                self.notes.append("the canaries do not work in the holdout, so it is judged without them")
            if session.imported is not None and not session.imported.files:
                self.notes.append("the holdout imports nothing of this repository: does it test this code?")
            self.expectation = Expectation(
                outcomes=outcomes,
                quarantined=frozenset(flickering),
                exitstatus=session.exitstatus or 0,
                canaries=session.honest,
            )
            self.seconds = session.seconds
            objective = [nodeid for nodeid in outcomes if nodeid in session.timed and nodeid not in flickering]
            if objective:
                self._calibrate(incumbent, objective)
            self.restless = frozenset(self.sealed.disturbed(incumbent))
        self.notes += [f"quarantined: {nodeid} of the holdout flickers" for nodeid in flickering]
        if not self.tests:
            raise Refused(f"{_FLAG}: every test of it flickers: give them a fixed seed", 1)

    @contextlib.contextmanager
    def _beside(self, *trees: Tree) -> Iterator[None]:
        """Have copies beside trees, and leave nothing of them."""
        with self.sealed.beside(*trees):
            try:
                yield
            finally:
                # Interpreters that wait for the next duel write to files that are about to go.
                self.launcher.close()

    def _flickering(self, incumbent: Tree, session: Session) -> list[str]:
        if session.seconds > _RERUN_UP_TO:
            return []
        before, again = session.outcomes, run_session(self.launcher, incumbent, limit=_BASELINE_LIMIT).outcomes
        return [nodeid for nodeid in before if again.get(nodeid) != before[nodeid]]

    def _calibrate(self, incumbent: Tree, objective: Sequence[str]) -> None:
        try:
            self.benchmarks = tuple(self.ring.calibrate(incumbent, objective, _BASELINE_LIMIT))
        except DuelFailed as failed:
            if not self.benchmarks:
                raise Refused(f"{_FLAG}: its benchmarks fail when they are repeated: {one_line(str(failed))}", 1) from None
        self.at_first = self.at_first or self.benchmarks
        self.calibrated = incumbent

    # What is asked of a would-be keep

    def among(self, guards: Sequence[Callable[[Scene], Iterator[Finding]]]) -> list[Callable[[Scene], Iterator[Finding]]]:
        """Return the guards with this one in its place: behind the cheap ones, before the one that looks at the files of all that ran."""
        at = list(guards).index(integrity)
        return [*guards[:at], self.guard, *guards[at:]]

    def guard(self, scene: Scene) -> Iterator[Finding]:
        """Reject what fails or is slower in the holdout, and flag gains that it does not show."""
        found: list[Finding] = []
        with self._beside(scene.incumbent, scene.tree):
            for part in (self._test, self._measure):
                found.append(part(scene))
                if (self.sealed.disturbed(scene.incumbent) | self.sealed.disturbed(scene.tree)) - self.restless:
                    found.append(Finding(kind="reject", text="harness tampered: the holdout was changed while it was used"))
                if found[-1].kind == "reject":
                    break
        # Not a finding leaves this place while the copies lie there: whoever takes one may never come back.
        rejected = [finding for finding in found if finding.kind == "reject"]
        yield from rejected[-1:] or found

    def _test(self, scene: Scene) -> Finding:
        """Run the tests in a candidate's tree; why it does not pass is told in words for everybody."""
        expectation = self.expectation
        assert expectation is not None, "establish comes first"
        self.progress(f"holdout: {self.tests} tests")
        limit = 15.0 + 5.0 * self.seconds
        session = run_session(self.launcher, scene.tree, limit=limit, canaries=expectation.canaries, until=expectation.failed_at)
        missed = expectation.missed_by(session)
        if missed is None and (session.imported is None or session.imported.foreign):
            missed = ("harness tampered: the holdout did not import the candidate's tree", session.output)
        if missed is None:
            return Finding(kind="proved", text=f"all {self.tests} holdout tests pass")
        why, output = missed
        scene.case.dossier.save("holdout.txt", harmless(f"{why}\n\n{output}"))
        tampered = why.startswith("harness tampered")
        return Finding(kind="reject", text="harness tampered while the holdout ran" if tampered else "a holdout test failed")

    def _measure(self, scene: Scene) -> Finding:
        """Fight duels over the benchmarks, and compare their gain with the visible one."""
        case = scene.case
        if not self.benchmarks:
            return Finding(kind="not checked", text="whether the gain shows in the holdout: it has no benchmarks")
        if not scene.duels:
            return Finding(kind="not checked", text="whether the gain shows in the holdout: its benchmarks tell time only")
        if self.calibrated is not scene.incumbent:
            self._calibrate(scene.incumbent, [benchmark.nodeid for benchmark in self.benchmarks])
        bouts = self._bouts(scene.incumbent, scene.tree, lambda duel: case.dossier.add("holdout-duels.jsonl", duel.raw()))
        try:
            self._fight(bouts, self.duels)
        except DuelFailed as failed:
            case.dossier.save("holdout.txt", harmless(f"{failed.side}: {failed}\n\n{failed.output}"))
            return Finding(kind="reject", text="a holdout benchmark failed")
        case.holdout = bouts.gain(self.duels)
        if (harm := bouts.harmed()) is not None:
            case.dossier.save("holdout.txt", harm)
            return Finding(kind="reject", text="a holdout benchmark is slower")
        return self._compared(case.gain, case.holdout)

    @staticmethod
    def _compared(visible: Gain | None, holdout: Gain) -> Finding:
        if visible is not None and unseen(visible, holdout):
            text = f"the holdout does not show the gain: visible {visible.ratio:.2f}x, holdout {holdout.ratio:.2f}x"
            return Finding(kind="flag", text=text)
        return Finding(kind="consistent", text=f"the gain in the holdout, {holdout.ratio:.2f}x")

    def overall(self, first: Tree, last: Tree, on_duel: Callable[[object], None]) -> Gain | None:
        """Measure the last incumbent against the first. None where there are no benchmarks, or one fails."""
        if not self.at_first:
            return None
        # The rounds of the first incumbent: with those of the last, which may be much faster, the first would take for ever.
        self.benchmarks = self.at_first
        try:
            with self._beside(first, last):
                bouts = self._bouts(first, last, lambda duel: on_duel(duel.raw()))
                self._fight(bouts, FINAL_DUELS)
        except DuelFailed:
            return None
        return bouts.gain(FINAL_DUELS)

    def _bouts(self, incumbent: Tree, candidate: Tree, on_duel: Callable[[Duel], None]) -> Bouts:
        def seen(duel: Duel) -> None:
            self.duel_seconds = duel.seconds
            on_duel(duel)

        limit = 60.0 + 10.0 * calls_seconds(self.benchmarks) + self.seconds
        return Bouts(self.ring, incumbent, candidate, self.benchmarks, len(self.benchmarks), limit, seen)

    def _fight(self, bouts: Bouts, count: int) -> None:
        for number in range(count):
            self.progress(f"holdout duel {number + 1} of {count}")
            bouts.fight()


def _checked(session: Session) -> dict[str, Outcome]:
    """Return what became of each test on the incumbent. Raises `Refused` unless there is one, and all are well."""
    imported, collected = session.imported, session.collected
    if imported is not None and imported.foreign:
        raise Refused(f"{_FLAG}: its tests import the original code ({imported.foreign[0]}), not the tree's: import as a user does")
    for nodeid, text in session.failures().items():
        last = one_line(next(iter(text.splitlines()[-1:]), ""), 200)
        raise Refused(f"{_FLAG}: {nodeid} fails on HEAD ({last}): mend it, or take it away", 1)
    if session.trouble is not None or collected is None:
        raise Refused(f"{_FLAG}: {session.trouble or 'pytest does not start there'} ({_telling(session.output)})", 1)
    if not collected.ids:
        raise Refused(f"{_FLAG}: it holds no test: name a folder with files test_*.py")
    outcomes = session.outcomes
    if (missing := next((nodeid for nodeid in collected.ids if outcomes.get(nodeid, "incomplete") == "incomplete"), None)) is not None:
        raise Refused(f"{_FLAG}: {missing} does not come to its end on HEAD: mend it, or take it away", 1)
    return {nodeid: outcomes[nodeid] for nodeid in collected.ids}


def _telling(output: str) -> str:
    """Return the last line that speaks of an error, or, if none does, the last of all."""
    lines = [line for line in reversed(output.splitlines()) if line.strip()]
    return one_line(next((line for line in lines if "rror" in line), next(iter(lines), "no output")), 200)
