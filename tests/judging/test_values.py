"""Contests over recorded numbers and memory: how the noise decides the way of deciding, and what then becomes of candidates.

What a process tells is made up here, by a function of its seed; real processes are read in `test_reading`, whole runs in `test_metrics`.
"""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass
from dataclasses import field
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import SeededTrial
from pytest_autoloop.experiment import Refused
from pytest_autoloop.judging.case import Case
from pytest_autoloop.judging.case import Rejected
from pytest_autoloop.judging.fighter import DuelFailed
from pytest_autoloop.judging.judge import Judge
from pytest_autoloop.judging.pairs import decide
from pytest_autoloop.judging.reading import Reader
from pytest_autoloop.judging.reading import Reading
from pytest_autoloop.judging.values import ValueContest
from pytest_autoloop.worker.messages import Returned
from pytest_autoloop.workspace.trees import Tree

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Sequence

    from pytest_autoloop.judging.fighter import Side
    from pytest_autoloop.judging.pairs import ValueMatch

LEVEL = 0.05
SECONDS = 0.5
TEST = "tests/test_a.py::test_a"
ANYTHING: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Teller(Reader):
    """Takes readings of trees that are functions of a seed."""

    tells: dict[Tree, Callable[[int], float]]
    returns: dict[Tree, Callable[[int], Any]] = field(default_factory=dict)

    def read(self, tree: Tree, seed: int, _limit: float, side: Side = "incumbent", own: Sequence[str] | None = None) -> Reading:
        """Ask the function."""
        try:
            value = self.tells[tree](seed)
        except ArithmeticError as error:
            raise DuelFailed(side, f"{TEST} failed: {error}") from None
        returned = {TEST: Returned(result=self.returns[tree](seed), given=None, left=None)} if tree in self.returns else {}
        return Reading(seed=seed, values={TEST: value}, memory=1 << 20, seconds=SECONDS, returned=returned)


class Arranged:
    """A contest over one test that has learnt the noise of its incumbent."""

    def __init__(
        self, tell: Callable[[int], float], metric: str = "loss", seed: int = 1, returns: Callable[[int], Any] | None = None
    ) -> None:
        self.incumbent, self.twin = Tree("a", Path("a")), Tree("a", Path("b"))
        self.tells = {self.incumbent: tell, self.twin: tell}
        self.returns = {} if returns is None else {self.incumbent: returns, self.twin: returns}
        self.runs: list[Any] = []
        self.contest = ValueContest(
            reader=Teller(launcher=ANYTHING, metric=metric, direction="lower", tests=[TEST], tells=self.tells, returns=self.returns),
            ring=ANYTHING,
            arena=ANYTHING,
            rule=Rule(),
            rng=random.Random(seed),
            progress=lambda _: None,
            first_limit=60,
        )
        self.contest.learn(self.incumbent, self.twin, self.runs.append, lambda _: None)

    def against(self, tell: Callable[[int], float], margin: float = 0.0) -> tuple[str, ValueMatch]:
        """Have a candidate compared."""
        candidate = Tree("b", Path("c"))
        self.tells[candidate] = tell
        case = Case(1, "change", "a", ANYTHING, tree=candidate, margin=margin)
        match = self.contest.match(case, LEVEL, self.incumbent)
        match.pairs.on_pair = lambda _: None
        return decide(match), match


def by_seed(seed: int, factor: float = 1.0, more: int = 0) -> float:
    """Something of which nearly all depends on the seed, as the score of a game would."""
    return factor * random.Random(seed + more).lognormvariate(0, 0.8)


def without_seed() -> Callable[[int], float]:
    """Something that differs as much from run to run, whatever the seed."""
    rng = random.Random(9)
    return lambda _: rng.lognormvariate(0, 0.8)


def noisy(size: float, noise: float, seed: int = 9) -> Callable[[int], float]:
    """A size with uniform noise that no seed holds."""
    rng = random.Random(seed)
    return lambda _: size * rng.uniform(1 - noise, 1 + noise)


def test_all_depends_on_the_seed() -> None:
    """Where seeds differ by far more than any gain, pairs of one seed decide by bets, and what is better for most seeds is kept."""
    arranged = Arranged(by_seed)
    contest = arranged.contest

    assert contest.hopeless() is None
    assert (contest.kind, contest.repeats, contest.sigma) == ("betting", True, contest.rule.min_gain)
    assert contest.seeds_apart > 0.4
    assert contest.about == "1 test (loss, lower is better; decided by pairs of one seed each)"
    [advice] = contest.advice()
    assert advice.startswith("loss differs by ")
    assert "from seed to seed" in advice
    decision, match = arranged.against(lambda seed: by_seed(seed, 0.95))
    assert decision == "keep"
    assert match.evidence.wealth is not None
    assert match.evidence.wealth >= 1 / LEVEL
    assert not match.evidence.model_based
    assert match.audit().ratio == pytest.approx(1 / 0.95)
    seeds = [before.seed for before, _ in match.pairs.found]
    assert seeds == [after.seed for _, after in match.pairs.found]
    assert len(set(seeds)) == len(seeds)


def test_other_random_choices_are_no_gain() -> None:
    """What only draws other numbers differs from the incumbent by as much as seeds do: it is kept no more often than the level says."""
    kept, pairs = 0, []
    for number in range(300):
        decision, match = Arranged(by_seed, seed=number).against(lambda seed: by_seed(seed, more=1))
        kept += decision == "keep"
        pairs.append(len(match.pairs.found))

    assert kept <= 300 * LEVEL
    # Not the sixty that it takes until time is up.
    assert sum(pairs) / len(pairs) < 10


def test_planted() -> None:
    """In a self-test a gain is planted under shared seeds, where it could be seen; what does nothing gets seeds of its own."""
    contest = (arranged := Arranged(by_seed)).contest

    assert contest.rehearse(arranged.incumbent, arranged.twin, 0.05, LEVEL).kept
    assert not contest.rehearse(arranged.incumbent, arranged.twin, -0.3, LEVEL).kept
    nothing = [contest.rehearse(arranged.incumbent, arranged.twin, 0.0, LEVEL) for _ in range(100)]
    assert sum(found.kept for found in nothing) <= 100 * LEVEL
    assert max(found.duels for found in nothing) > 2


def test_planted_and_failed() -> None:
    """A twin whose tests fail has not been found to be no better: the self-test is told that it failed, and how."""

    def fails(_: int) -> float:
        raise ArithmeticError("overflow")

    arranged = Arranged(by_seed)
    arranged.tells[arranged.twin] = fails
    found = arranged.contest.rehearse(arranged.incumbent, arranged.twin, 0.0, LEVEL)

    assert (found.kept, found.duels, found.failed) == (False, 0, f"candidate: {TEST} failed: overflow")


@pytest.mark.parametrize("tell", [by_seed, lambda _: 1.0, lambda seed: 2.0 + random.Random(seed).gauss(0, 0.02)])
def test_what_learning_takes_is_said_before(tell: Callable[[int], float]) -> None:
    """Every run that tells the noise was allowed for, and none that is not made: where there is no noise, two more are all."""
    contest = (arranged := Arranged(tell)).contest
    afforded: list[float] = []
    runs: list[Any] = []
    # As preparing leaves it.
    contest.known = [contest.read(arranged.incumbent, contest.seed())]
    contest.learn(arranged.incumbent, arranged.twin, runs.append, afforded.append)

    assert sum(afforded) == pytest.approx(len(runs) * SECONDS)
    assert len(runs) == (2 if contest.kind == "deterministic" else 22)


def test_what_the_last_measurement_takes() -> None:
    """As many pairs as tell the total, each of two readings."""
    for tell, pairs in ((by_seed, 8), (lambda _: 1.0, 3)):
        assert Arranged(tell).contest.final_seconds == pytest.approx(pairs * 2 * SECONDS)


def test_all_depends_on_chance() -> None:
    """What differs as much under the same seed is refused, with the remedy."""
    contest = Arranged(without_seed(), "score").contest
    why = contest.hopeless()

    assert (contest.kind, contest.repeats) == ("betting", False)
    assert why is not None
    assert why.startswith("score cannot be judged: two runs of the same code differ by ")
    assert "even under the same seed. Use autoloop_metric.seed for all random choices" in why


def test_some_depends_on_the_seed() -> None:
    """Where seeds differ by little, a few pairs and a t-test decide."""
    arranged = Arranged(lambda seed: 2.0 + random.Random(seed).gauss(0, 0.02))

    assert (arranged.contest.kind, arranged.contest.repeats, arranged.contest.seeds_apart) == ("seeded", True, 0.0)
    assert arranged.contest.hopeless() is None
    decision, match = arranged.against(lambda seed: 1.7 + random.Random(seed).gauss(0, 0.02))
    assert (decision, match.evidence.model_based, len(match.pairs.found)) == ("keep", True, 2)
    assert arranged.against(lambda seed: 2.0 + random.Random(seed).gauss(0, 0.02))[0] == "drop"


def test_no_noise() -> None:
    """Where every run tells the same, three pairs decide, and an incumbent's values are not asked for again."""
    arranged = Arranged(lambda _: 1000.0)
    del arranged.tells[arranged.incumbent]
    decision, match = arranged.against(lambda _: 900.0)

    assert arranged.contest.kind == "deterministic"
    assert len(arranged.runs) == 3
    assert (decision, match.trial, match.evidence.level, len(match.pairs.found)) == ("keep", None, None, 3)
    assert arranged.against(lambda _: 990.0)[0] == "drop"
    assert arranged.against(lambda _: 1000.0, margin=0.03)[0] == "keep"
    assert arranged.against(lambda _: 1001.0, margin=0.03)[0] == "drop"


@pytest.mark.parametrize("margin", [0.0, 0.03])
def test_a_candidate_that_brings_noise(margin: float) -> None:
    """Three good pairs are proof only if the candidate, too, tells the same in each: else it has to win bets like any other."""
    kept, pairs = 0, []
    for number in range(300):
        arranged = Arranged(lambda _: 1000.0, seed=number)
        decision, match = arranged.against(noisy(1000.0 * (1 + margin), 0.5, number), margin)
        kept += decision == "keep"
        pairs.append(len(match.pairs.found))
        assert decision == "drop" or match.evidence.level == LEVEL

    assert kept <= 300 * LEVEL
    assert max(pairs) > 3
    decision, match = Arranged(lambda _: 1000.0).against(noisy(700.0, 0.05))
    assert (decision, match.trial is None) == ("keep", False)


def test_a_level_is_told_before_it_is_spent() -> None:
    """A trial that begins without a level tells of it before its first bet, so that it counts also where the run is killed then."""
    arranged = Arranged(lambda _: 1000.0)
    told: list[tuple[float, int]] = []
    arranged.tells[candidate := Tree("b", Path("d"))] = noisy(700.0, 0.05)
    match = arranged.contest.match(Case(1, "change", "a", ANYTHING, tree=candidate), LEVEL, arranged.incumbent)
    match.pairs.on_pair = lambda _: None
    match.try_out(lambda level: told.append((level, len(match.pairs.found))))

    assert told == [(LEVEL, 3)]
    assert match.trial_pairs > 3
    told.clear()
    arranged.tells[candidate] = lambda _: 700.0
    match = arranged.contest.match(Case(1, "change", "a", ANYTHING, tree=candidate), LEVEL, arranged.incumbent)
    match.pairs.on_pair = lambda _: None
    match.try_out(lambda level: told.append((level, 0)))
    assert (told, match.evidence.level) == ([], None)


def test_it_is_put_on_record_twice() -> None:
    """The judge passes on what a match tells of its level, at the start and later."""
    arranged = Arranged(lambda _: 1000.0)
    arranged.tells[candidate := Tree("b", Path("d"))] = noisy(700.0, 0.05)
    told: list[tuple[int, float | None]] = []
    judge = Judge(
        **dict.fromkeys(("store", "arena", "launcher", "ring", "baseline", "surface", "tried", "prepare", "check", "progress"), ANYTHING),
        contest=arranged.contest,
        incumbent=arranged.incumbent,
        on_trial=lambda number, level: told.append((number, level)),
    )
    case = Case(7, "change", "a", Forgetful(), tree=candidate, seconds={"gate": 0.0})
    judge._measure(case, LEVEL)

    assert told == [(7, None), (7, LEVEL)]


class Forgetful:
    """A dossier that keeps nothing."""

    def save(self, _name: str, _text: str) -> None:
        """Forget it."""

    def add(self, _name: str, _row: object) -> None:
        """Forget it."""


def normal(size: float, noise: float) -> Callable[[int], float]:
    """A size with normal noise that the seed settles."""
    return lambda seed: size * math.exp(random.Random(seed).gauss(0, noise))


def succeed(arranged: Arranged, tell: Callable[[int], float]) -> str | None:
    """Have a candidate kept and made the incumbent. Returns what a person is told of it."""
    arranged.contest.benchmarks = ANYTHING
    decision, match = arranged.against(tell)
    assert decision == "keep"
    match.audit()
    match.won()
    arranged.incumbent = Tree("b", Path("e"))
    arranged.tells[arranged.incumbent] = tell
    return arranged.contest.prepare(arranged.incumbent)


def keep(arranged: Arranged, tell: Callable[[int], float]) -> str | None:
    """Have a candidate kept, and the next trial begin. Returns what a person is told of it."""
    said: list[str] = []
    arranged.contest.say = said.append
    note = succeed(arranged, tell)
    arranged.contest.match(Case(2, "change", "b", ANYTHING, tree=arranged.twin), LEVEL, arranged.incumbent)
    return note or next(iter(said), None)


def test_a_keep_that_is_noisier() -> None:
    """The noise is learnt again from the kept candidate: nulls in twice the noise are kept no more often than the level says.

    With the noise of the first incumbent they would be.
    """
    kept = by_the_first = trials = 0
    for number in range(40):
        arranged = Arranged(normal(100, 0.01), seed=number)
        contest, level = arranged.contest, 1e-3
        keep(arranged, normal(60, 0.02))
        assert len(contest.runs) == 11
        assert contest.known == []
        rng = random.Random(number)
        for _ in range(40):
            scores = [rng.gauss(0, 0.02 * math.sqrt(2)) for _ in range(8)]
            trial = contest.match(Case(2, "change", "b", ANYTHING, tree=arranged.twin), level, arranged.incumbent).trial
            assert isinstance(trial, SeededTrial)
            ended = [SeededTrial.against(level, contest.first_runs), trial]
            for score in scores:
                ended = [one.after(score) if one.decision == "continue" else one for one in ended]
            by_the_first += ended[0].decision == "keep"
            kept += ended[1].decision == "keep"
            trials += 1

    assert kept <= 3 * level * trials
    assert by_the_first > 10 * level * trials


def test_what_is_told_of_a_keep() -> None:
    """Noise that has grown is told and makes for less sight; else nothing is told, and it never falls below the first."""
    arranged = Arranged(normal(100, 0.01))
    contest = arranged.contest
    before, first, saw = contest.sigma, contest.runs, contest.sees(LEVEL)

    assert keep(arranged, normal(80, 0.01)) is None
    assert (contest.first_runs, len(contest.runs), contest.repeats) == (first, 11, True)
    assert contest.runs != first
    note = keep(arranged, normal(50, 0.04))
    assert note is not None
    assert note.startswith("since the last keep loss has a noise of ")
    assert contest.sigma > 2 * before
    assert contest.sees(LEVEL) > 2 * saw
    keep(arranged, normal(20, 0.001))
    assert contest.sigma == before
    assert arranged.against(normal(20, 0.001))[0] == "drop"
    # Not a run too much: a pair under a known seed, and no more than eleven readings in all.
    asked: list[int] = []

    def tell(seed: int) -> float:
        asked.append(seed)
        return normal(10, 0.001)(seed)

    keep(arranged, tell)
    assert len(asked) == 12
    assert len(set(asked)) == 11


def test_a_keep_that_forgets_its_seed() -> None:
    """Where the same seed gives another value from a keep on, no reading of the incumbent is used twice."""
    arranged = Arranged(normal(100, 0.01))
    contest = arranged.contest
    rng = random.Random(3)
    note = keep(arranged, lambda _: 60 * math.exp(rng.gauss(0, 0.01)))

    assert note is not None
    assert "also under the same seed" in note
    assert (contest.kind, contest.repeats, contest.known) == ("seeded", False, [])
    assert arranged.against(lambda _: 40 * math.exp(rng.gauss(0, 0.01)))[0] == "keep"
    assert contest.known == []


def test_a_keep_that_brings_noise() -> None:
    """What had no noise is decided by bets once a noisy candidate is kept, also where that is unlucky three times."""
    arranged = Arranged(lambda _: 1000.0)
    contest = arranged.contest

    assert keep(arranged, lambda _: 900.0) is None
    assert (contest.kind, contest.known, contest.learning_seconds) == ("deterministic", [], 0)
    note = keep(arranged, noisy(700.0, 0.05))
    assert note == "since the last keep loss is not the same in every process: bets decide"
    assert (contest.kind, contest.repeats, contest.known) == ("betting", False, [])
    assert contest.sigma >= contest.rule.min_gain
    # Three such pairs of a metric without noise would be enough.
    decision, match = arranged.against(lambda _: 660.0)
    assert decision == "keep"
    assert match.evidence.level == LEVEL
    assert len(match.pairs.found) > 3


def test_a_keep_that_all_depends_on_the_seed() -> None:
    """A keep of which nearly all depends on the seed is followed by bets on pairs of one seed, as if it had been so from the start."""
    arranged = Arranged(normal(1e6, 0.2))
    contest = arranged.contest

    assert contest.kind == "seeded"
    keep(arranged, normal(1e4, 0.8))
    assert (contest.kind, contest.repeats, contest.known) == ("betting", True, [])
    assert contest.seeds_apart > 0.4
    note = keep(arranged, lambda seed: 0.9 * normal(1e4, 0.8)(seed))
    assert note is None
    rng = random.Random(2)
    note = keep(arranged, lambda seed: normal(0.5e4, 0.8)(seed) * rng.uniform(0.9, 1.1))
    assert note is not None
    assert "also under the same seed" in note
    assert (contest.repeats, len(contest.runs)) == (False, 11)
    succeed(arranged, lambda seed: normal(0.2e4, 0.8)(seed) * rng.uniform(0.9, 1.1))
    assert contest.learning_seconds == pytest.approx(10 * SECONDS)


def test_a_run_that_goes_on_after_a_keep() -> None:
    """It prepares the first incumbent, then the last, and learns the noise from the last alone."""
    arranged = Arranged(normal(100, 0.01))
    contest = replace(arranged.contest, runs=(), first_runs=(), known=[], yardstick=None, kind="deterministic", repeats=False)
    last, twin = Tree("b", Path("e")), Tree("b", Path("f"))
    asked: list[int] = []

    def tell(seed: int) -> float:
        asked.append(seed)
        return normal(60, 0.04)(seed)

    arranged.tells.update({last: tell, twin: tell})
    contest.prepare(arranged.incumbent)
    contest.prepare(last)
    contest.learn(last, twin, lambda _: None, lambda _: None)

    assert len(set(asked)) == len(contest.runs) == 21
    assert contest.first_runs == contest.runs
    assert contest.known == []
    assert contest.sigma > 0.03


def test_a_keep_that_cannot_be_read_again() -> None:
    """It goes on with what the candidate told, and more careful: nothing is taken to repeat."""
    arranged = Arranged(normal(100, 0.01))
    contest = arranged.contest
    succeed(arranged, normal(60, 0.04))
    arranged.tells[arranged.incumbent] = lambda _: 1 / 0
    contest.match(Case(2, "change", "b", ANYTHING, tree=arranged.twin), LEVEL, arranged.incumbent)

    assert contest.runs != contest.first_runs
    assert (contest.repeats, contest.known) == (False, [])


@pytest.mark.parametrize("tell", [lambda _: 600.0, noisy(600.0, 0.02), normal(600, 0.04)], ids=["no noise", "noise", "noise by seed"])
def test_a_keep_costs_nothing_before_the_next_trial(tell: Callable[[int], float]) -> None:
    """Nothing is run of what is kept, since the run may end with it; what learning its noise takes is said before, and done once."""
    arranged = Arranged((lambda _: 1000.0) if tell(1) == tell(2) else normal(1000, 0.01))
    contest = arranged.contest
    asked: list[int] = []

    def told(seed: int) -> float:
        asked.append(seed)
        return tell(seed)

    succeed(arranged, told)
    by_then, expected = len(asked), contest.learning_seconds
    benchmarks = [(found.nodeid, found.value) for found in contest.benchmarks]
    assert by_then == len(set(asked)), "no reading but those of the trial and the audit"
    case = Case(2, "change", "b", ANYTHING, tree=arranged.twin)
    contest.match(case, LEVEL, arranged.incumbent)

    assert [nodeid for nodeid, _ in benchmarks] == [TEST]
    assert benchmarks[0][1] == pytest.approx(600, rel=0.2)
    assert (len(asked) - by_then) * SECONDS == pytest.approx(expected)
    assert contest.learning_seconds == 0
    contest.match(case, LEVEL, arranged.incumbent)
    assert (len(asked) - by_then) * SECONDS == pytest.approx(expected)


def test_a_keep_that_differs_too_much_by_chance() -> None:
    """Where seeds differ by too much for a t-test after a keep, and the same seed gives no same value, bets decide by runs of one seed."""
    arranged = Arranged(normal(1e4, 0.2))
    rng = random.Random(4)
    keep(arranged, lambda seed: normal(1, 0.8)(seed) * rng.uniform(0.9, 1.1))

    assert (arranged.contest.kind, arranged.contest.repeats, len(arranged.contest.runs)) == ("betting", False, 11)
    assert arranged.contest.sigma < 0.3 < arranged.contest.seeds_apart


def second_is_better(seed: int) -> tuple[Callable[[int], float], list[int]]:
    """Something of which every second process needs a tenth less, whoever it is. Returns that, and the seeds that it was asked for."""
    rng, asked = random.Random(seed), list[int]()

    def tell(asked_for: int) -> float:
        asked.append(asked_for)
        return 5e6 * rng.uniform(0.98, 1.02) * (0.9 if len(asked) % 2 == 0 else 1.0)

    return tell, asked


def test_who_is_read_first_is_drawn() -> None:
    """What comes second may have it better: that must not be the candidate each time, in trial, audit and self-test alike."""
    kept = rehearsed = better = 0
    for number in range(200):
        tell, asked = second_is_better(number)
        arranged = Arranged(noisy(5e6, 0.02, number), "memory", seed=number)
        arranged.tells.update({arranged.incumbent: tell, arranged.twin: tell})
        decision, match = arranged.against(tell)
        kept += decision == "keep"
        assert asked[: 2 * len(match.pairs.found)] == [one.seed for pair in match.pairs.found for one in pair]
        rehearsed += arranged.contest.rehearse(arranged.incumbent, arranged.twin, 0.0, LEVEL).kept
        better += match.pairs.fresh() > 0

    assert kept <= 200 * LEVEL
    assert rehearsed <= 200 * LEVEL
    assert 70 < better < 130


def test_a_seed_that_the_incumbent_fails_under() -> None:
    """Both sides get another, also where the candidate was read before it; what fails alone under a seed is rejected for it."""
    arranged = Arranged(noisy(5e6, 0.02), "memory")

    def not_all(then: Callable[[int], float]) -> Callable[[int], float]:
        def tell(seed: int) -> float:
            if seed % 8 == 0:
                raise ArithmeticError("no")
            return then(seed)

        return tell

    both = not_all(noisy(4.5e6, 0.02))
    fine, frail = noisy(4.5e6, 0.02), not_all(noisy(5e6, 0.02))
    for candidate in (fine, both):
        arranged.tells[arranged.incumbent] = frail
        for number in range(20):
            arranged.contest.rng = random.Random(number)
            # Of four seeds in a row one will do nearly always.
            decision, match = arranged.against(candidate)
            assert decision == "keep"
            assert all(before.seed == after.seed and before.seed % 8 for before, after in match.pairs.found)
    arranged.tells[arranged.incumbent] = noisy(5e6, 0.02)
    for number in range(5):
        arranged.contest.rng = random.Random(number)
        with pytest.raises(DuelFailed, match="division") as caught:
            arranged.against(lambda _: 1 / 0)
        assert caught.value.side == "candidate"


def test_memory_with_noise() -> None:
    """Peaks that differ from process to process are decided by bets, whatever they do under one seed."""
    arranged = Arranged(noisy(5e6, 0.02), "memory")
    contest = arranged.contest

    assert (contest.kind, contest.repeats, contest.seeds_apart) == ("betting", False, 0.0)
    assert contest.about == "1 benchmark (peak memory of a call, lower is better; noisy)"
    decision, match = arranged.against(noisy(4.5e6, 0.02))
    assert (decision, match.evidence.model_based) == ("keep", False)
    assert arranged.against(noisy(5e6, 0.02, seed=3))[0] == "drop"
    assert arranged.against(noisy(6e6, 0.02))[0] == "drop"


def smaller(arranged: Arranged, returns: Callable[[int], Any]) -> ValueMatch:
    """Have a candidate tried out whose call needs a tenth less and returns something."""
    candidate = Tree("b", Path("c"))
    arranged.tells[candidate] = lambda _: 0.9e6
    arranged.returns[candidate] = returns
    match = arranged.contest.match(Case(1, "change", "a", ANYTHING, tree=candidate), LEVEL, arranged.incumbent)
    match.pairs.on_pair = lambda _: None
    match.try_out(lambda _: None)
    return match


def test_what_calls_return() -> None:
    """It may depend on the seed: under one it has to be the incumbent's, and the first pair shows it. What never repeats is left out."""
    arranged = Arranged(lambda _: 1e6, "memory", returns=lambda seed: seed % 97)

    assert arranged.contest.comparable.results == {TEST}
    assert len(smaller(arranged, lambda seed: seed % 97).returned) == 3
    with pytest.raises(Rejected, match="the measured call returns something else: the value is 97, and") as caught:
        smaller(arranged, lambda _: 97)
    assert caught.value.stage == "guard"
    assert arranged.contest.rehearse(arranged.incumbent, arranged.twin, 0.05, LEVEL).failed is None

    numbers = itertools.count()
    restless = Arranged(lambda _: 1e6, "memory", returns=lambda _: next(numbers))
    assert restless.contest.comparable.results == frozenset()
    assert len(smaller(restless, lambda _: 97).returned) == 3


def test_it_fails_when_repeated() -> None:
    """An incumbent that does not stand another seed is refused with its own words; a seed that only fails it now and then is drawn anew."""

    def once(_: int) -> float:
        raise ArithmeticError("only once")

    with pytest.raises(Refused, match=r"the tests of the objective fail when they are repeated: .*test_a failed: only once") as caught:
        Arranged(once)
    assert caught.value.status == 1

    arranged = Arranged(by_seed)
    asked = []

    def now_and_then(seed: int) -> float:
        asked.append(seed)
        if len(asked) % 2:
            raise ArithmeticError("not this one")
        return by_seed(seed)

    arranged.tells[arranged.incumbent] = now_and_then
    decision, match = arranged.against(lambda seed: by_seed(seed, 0.9))
    assert (decision, len(asked)) == ("keep", 2 * len(match.pairs.found))


def test_a_candidate_that_fails() -> None:
    """A candidate that has no value under a seed is rejected, and said to be the side that failed."""

    def fails(_: int) -> float:
        raise ArithmeticError("overflow")

    arranged = Arranged(by_seed)
    arranged.tells[candidate := Tree("b", Path("d"))] = fails
    match = arranged.contest.match(Case(1, "change", "a", ANYTHING, tree=candidate), LEVEL, arranged.incumbent)

    with pytest.raises(Rejected, match=r"candidate: .*test_a failed: overflow"):
        match.try_out(lambda _: None)
