"""The trial of one candidate: duels turn into evidence, and evidence into a decision.

Every duel gives one score, a log ratio that is positive where the candidate is better. Bettors put part of their wealth on the next
score being positive; the mean wealth is the evidence. A candidate that changes nothing is as likely to score +x as -x, so no bettor can
expect to grow on it, and by Ville's inequality the chance that the evidence ever reaches 1/level is at most the level, whenever one
stops and whatever the noise looks like (Ramdas et al., "Game-theoretic statistics and safe anytime-valid inference", arXiv 2210.01948).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from dataclasses import replace
from statistics import median
from typing import Literal

Decision = Literal["keep", "drop", "continue"]

# The share of a margin that a trial with one hopes for.
_HOPED_FOR = 2 / 3

# Beyond this tanh is ±1 to the last bit.
_STEEPEST = 40.0
# Of a bound by as little as this share nobody knows on which side it is.
_ROUNDING = 1e-9
# math.exp overflows above it.
_LARGEST_LOG = 709.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """How a trial bets, and when it gives up: settings that change cost and power, never the chance of a false keep.

    ``min_gain`` is the gain (log ratio) below which a candidate is not worth more duels; it is no bound on what is kept. ``cap`` is the
    largest share of its wealth that a bettor risks on one duel. ``bettors`` are the gains each bettor has in mind. ``scale`` times the
    noise is the spread the bettors reckon with. ``futility_z`` standard errors above the mean is the best that is still hoped for, with
    scores clipped to as many standard deviations around ``min_gain``, so that no single duel gives lasting hope or ends it.
    ``max_duels`` ends an undecided trial.
    """

    min_gain: float = 0.02
    cap: float = 0.9
    bettors: tuple[float, ...] = (0.02, 0.04, 0.08, 0.16)
    scale: float = 1.25
    futility_z: float = 1.64
    max_duels: int = 60

    def __post_init__(self) -> None:
        if not 0 < self.cap < 1:
            raise ValueError(f"cap must lie between 0 and 1, not be {self.cap}: a bettor who risks everything can lose everything")
        if not self.bettors or not all(0 < bettor < math.inf for bettor in self.bettors):
            raise ValueError(f"bettors must be positive gains, at least one, not {self.bettors}")
        if not math.isfinite(self.min_gain):
            raise ValueError(f"min_gain must be finite, not {self.min_gain}")
        for name in ("scale", "futility_z"):
            if not 0 < (value := getattr(self, name)) < math.inf:
                raise ValueError(f"{name} must be positive and finite, not {value}")
        if self.max_duels < 1:
            raise ValueError(f"max_duels must be at least 1, not {self.max_duels}")


def factor(bettor: float, score: float, sigma: float, rule: Rule) -> float:
    """What a score multiplies a bettor's wealth by: 1 + cap · tanh(bettor · score / (scale · sigma)²).

    It is odd around 1, so that a score of either sign with equal chance is a fair bet. For normal scores the argument is the part of the
    log likelihood ratio that is odd in the score; tanh bounds what a single wild duel can do.
    """
    spread = rule.scale * sigma
    # Dividing twice overflows to infinity, which is then clipped; a square could underflow to zero.
    steepness = bettor * (score / spread) / spread
    return 1.0 + rule.cap * math.tanh(max(-_STEEPEST, min(_STEEPEST, steepness)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """The evidence on one candidate after some duels; every further duel makes a new Trial.

    Begin with :meth:`start`. ``level`` is the chance of a false keep that this candidate may use up, ``sigma`` the noise of a duel as
    known before the first one: the candidate's own duels must not influence it, or the bets would no longer be fair. With a ``margin``
    the question is whether the candidate is not worse by that much: everything is done on score + margin, ``scores`` stay as they were.
    A margin rests on noise that is symmetric for two different programs, where without one it is the random sides of a duel that make
    it so. ``wealths`` are the bettors' log wealths.
    """

    rule: Rule
    level: float
    sigma: float
    margin: float = 0.0
    scores: tuple[float, ...] = ()
    wealths: tuple[float, ...]
    clipped: float = 0.0
    """The sum of the scores, each clipped: tells the best gain that is still in sight."""
    decision: Decision = "continue"

    @classmethod
    def start(cls, rule: Rule, level: float, sigma: float, *, margin: float = 0.0) -> Trial:
        """Begin a trial that may keep a candidate once its evidence reaches 1/level."""
        if not 0 < level <= 1:
            raise ValueError(f"level must lie above 0 and be at most 1, not be {level}")
        if not 0 < sigma < math.inf:
            raise ValueError(f"sigma must be positive and finite, not {sigma}")
        if not 0 <= margin < math.inf:
            raise ValueError(f"margin must be finite and not negative, not {margin}")
        if margin:
            # Equal code scores just the margin: whoever gives up on less than that gives up on it.
            rule = replace(rule, min_gain=min(rule.min_gain, _HOPED_FOR * margin))
        return cls(rule=rule, level=level, sigma=sigma, margin=margin, wealths=(0.0,) * len(rule.bettors))

    def after(self, score: float) -> Trial:
        """Return the trial with one more duel; a decided trial takes none."""
        if not math.isfinite(score):
            raise ValueError(f"a duel's score must be a finite number, not {score}")
        if self.decision != "continue":
            raise ValueError(f"this trial is over ({self.decision}: {self.why}), so it takes no further duel")
        rule, shifted = self.rule, score + self.margin
        reach = rule.futility_z * self.sigma
        wealths = tuple(
            wealth + math.log(factor(bettor, shifted, self.sigma, rule)) for wealth, bettor in zip(self.wealths, rule.bettors, strict=True)
        )
        clipped = self.clipped + max(rule.min_gain - reach, min(rule.min_gain + reach, shifted))
        return Trial(
            rule=rule,
            level=self.level,
            sigma=self.sigma,
            margin=self.margin,
            scores=(*self.scores, score),
            wealths=wealths,
            clipped=clipped,
            decision=self._decide(wealths, clipped, len(self.scores) + 1),
        )

    @property
    def log_evidence(self) -> float:
        """The logarithm of the evidence."""
        return _log_mean_exp(self.wealths)

    @property
    def evidence(self) -> float:
        """The mean wealth of the bettors, 1 at the start (at most e⁷⁰⁹, since reports can't hold infinity)."""
        return math.exp(min(_LARGEST_LOG, self.log_evidence))

    @property
    def why(self) -> str:
        """The decision in a few words, for people."""
        duels = f"{len(self.scores)} duel" if len(self.scores) == 1 else f"{len(self.scores)} duels"
        if self.decision == "continue":
            return f"open after {duels}"
        if self.decision == "keep":
            better = f"not worse by {self.margin:.1%}" if self.margin else "better"
            return f"{better}: evidence {self.evidence:,.0f} after {duels}, {1 / self.level:,.0f} needed"
        if median(self.scores) + self.margin + self._error < 0:
            return f"worse after {duels}"
        if self.is_small:
            return f"a gain of about {median(self.scores):.1%} after {duels}, less than {self.rule.min_gain:.1%}"
        if futile(self.rule, self.sigma, self.clipped, len(self.scores)):
            return f"no gain in sight after {duels}"
        return f"undecided after {duels}"

    @property
    def is_small(self) -> bool:
        """Whether there is a gain, and one that is not worth more time."""
        drop = self.decision == "drop" and not self.margin and bool(self.scores)
        return drop and median(self.scores) - self._error > 0 and futile(self.rule, self.sigma, self.clipped, len(self.scores))

    @property
    def _error(self) -> float:
        """What the median score may be off by chance, where futility is concerned."""
        return self.rule.futility_z * self.sigma / math.sqrt(len(self.scores))

    def _decide(self, wealths: tuple[float, ...], clipped: float, duels: int) -> Decision:
        if _log_mean_exp(wealths) >= -math.log(self.level):
            return "keep"
        if duels >= self.rule.max_duels or futile(self.rule, self.sigma, clipped, duels):
            return "drop"
        return "continue"


def futile(rule: Rule, sigma: float, clipped: float, duels: int) -> bool:
    """Return whether not even an optimist would still hope for ``min_gain``, by the sum of the ``clipped`` scores so far."""
    reach = rule.futility_z * sigma
    # With all scores clipped the bound can be min_gain itself: after one duel that is lost, after four of which one is won. That is hope
    # still, and rounding shall not decide.
    return clipped / duels + reach / math.sqrt(duels) < rule.min_gain - _ROUNDING * reach


def _log_mean_exp(logs: tuple[float, ...]) -> float:
    largest = max(logs)
    return largest + math.log(sum(math.exp(value - largest) for value in logs) / len(logs))
