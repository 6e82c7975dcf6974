"""Simulate candidates that change nothing (and some that do), to see what the decision rule keeps: ``python -m bench.null``."""

from __future__ import annotations

import argparse
import itertools
import math
import os
import random
import sys
import time
from collections.abc import Callable
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from dataclasses import replace
from functools import partial
from statistics import fmean
from statistics import median
from statistics import stdev
from typing import TypeVar

from pytest_autoloop.decision import Control
from pytest_autoloop.decision import Decision
from pytest_autoloop.decision import Noise
from pytest_autoloop.decision import Rule
from pytest_autoloop.decision import SeededTrial
from pytest_autoloop.decision import Trial
from pytest_autoloop.decision import audit_duels
from pytest_autoloop.decision import audited
from pytest_autoloop.decision import detectable
from pytest_autoloop.decision import level

CALIBRATIONS = 12
RISK = 0.05
RULE = Rule()
FIRST_LEVEL = level("fdr", RISK, 1, 0)

# What may be kept of 20,000 nulls at the first level (0.5 expected at most).
TOLERATED = 3
RUN_LENGTH = 700

# Where broken rules are shown: a right rule keeps at most this share of nulls, whenever it stops.
CRUDE_LEVEL = 0.05
PATIENT = Rule(futility_z=50.0)
# Expensive metrics make short runs, so they share the risk among fewer candidates.
SHORT_LEVEL = level("fdr", RISK, 1, 0, horizon=100)

Source = Iterator[float]
T = TypeVar("T")


# --- noise: endless differences between the first and the second side of a duel, of about unit robust standard deviation ---


def heavy_tails(luck: random.Random) -> Source:
    """Yield Student's t with 2 degrees of freedom: its variance is infinite."""
    while True:
        chance = max(1e-12, luck.random())
        yield 0.826 * (2 * chance - 1) / math.sqrt(2 * chance * (1 - chance))


def bimodal(luck: random.Random) -> Source:
    """Yield noise of processes that come in a fast and a slow mode."""
    while True:
        yield 1.5 * (luck.choice((0, 1)) - luck.choice((0, 1))) + luck.gauss(0.0, 0.4)


def drifting(luck: random.Random) -> Source:
    """Yield noise whose scale swings by a factor of ten over some hundred duels, while one side goes ever further ahead and back."""
    for duel in itertools.count(luck.randrange(1000)):
        scale = 10 ** (0.5 * math.sin(duel / 50))
        yield scale * luck.gauss(0.0, 0.6) + math.sin(duel / 31)


def autocorrelated(luck: random.Random) -> Source:
    """Yield noise that hardly changes from one duel to the next."""
    value = luck.gauss(0.0, 1.0)
    while True:
        yield value
        value = 0.98 * value + math.sqrt(1 - 0.98**2) * luck.gauss(0.0, 1.0)


SHAPES: dict[str, Callable[[random.Random], Source]] = {
    "heavy tails (t2)": heavy_tails,
    "bimodal": bimodal,
    "drifting": drifting,
    "autocorrelated": autocorrelated,
}


def sides_drawn(source: Source, luck: random.Random) -> Source:
    """Yield scores as duels give them: which side the candidate is on is drawn at random, each time."""
    for difference in source:
        yield difference if luck.random() < 0.5 else -difference


# --- one candidate ---


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one simulated candidate."""

    decision: Decision
    scores: tuple[float, ...]


Fight = Callable[[Source, float], Outcome]


def fight(scores: Source, sigma: float, at: float = FIRST_LEVEL, rule: Rule = RULE, margin: float = 0.0) -> Outcome:
    """Let a candidate fight until its trial is decided."""
    trial = Trial.start(rule, at, sigma, margin=margin)
    while trial.decision == "continue":
        trial = trial.after(next(scores))
    return Outcome(decision=trial.decision, scores=trial.scores)


def audit(trial: tuple[float, ...], sigma: float, gain: float, scores: Source, margin: float = 0.0) -> tuple[float, int]:
    """Return the gain that is reported of a candidate (a log ratio), and how many fresh duels told it."""
    count = audit_duels([score + margin for score in trial], sigma)
    return math.log(audited([gain + next(scores) for _ in range(count)]).ratio), count


def own_sigma(scores: Source, _sigma: float) -> Outcome:
    """Break the rule: the noise is told from the candidate's own latest duels, the present one among them."""
    seen = [next(scores), next(scores)]
    trial = Trial.start(PATIENT, CRUDE_LEVEL, 1.0)
    while trial.decision == "continue":
        seen.append(next(scores))
        trial = replace(trial, sigma=max(1e-4, stdev(seen[-3:]))).after(seen[-1])
    return Outcome(decision=trial.decision, scores=trial.scores)


def rounds_as_duels(scores: Source, sigma: float) -> Outcome:
    """Break the rule: one pair of processes, with its own luck, is timed again and again, and each time counts as a duel."""
    luck_of_the_pair = next(scores)
    return honest((luck_of_the_pair + 0.2 * score for score in scores), sigma)


def redone(scores: Source, sigma: float) -> Outcome:
    """Break the rule: a duel that looks bad is fought again, since there must have been something wrong with the machine."""
    return honest((score if score > -sigma else next(scores) for score in scores), sigma)


def honest(scores: Source, sigma: float) -> Outcome:
    """Follow the rule, as the broken ones are run: at a crude level, and without giving up, so that nothing hides their errors."""
    return fight(scores, sigma, CRUDE_LEVEL, PATIENT)


def calibrated(scores: Source) -> Noise:
    """Learn the noise as a run does when it begins."""
    return Noise.from_scores(list(itertools.islice(scores, CALIBRATIONS)))


def scaled(shape: Callable[[random.Random], Source], sigma: float, luck: random.Random, *, drawn: bool = True) -> Source:
    """Return an endless source of null scores."""
    source = (sigma * value for value in shape(luck))
    return sides_drawn(source, luck) if drawn else source


# --- the experiments: each takes a seed and a size, and gives numbers that can be added up ---


def nulls(seed: str, count: int, shape: str, how: Fight, drawn: bool = True) -> tuple[int, int]:
    """Return how many of ``count`` nulls were kept, and their duels; each has its noise from 12 calibration duels only."""
    luck = random.Random(seed)
    scores = scaled(SHAPES[shape], 0.02, luck, drawn=drawn)
    outcomes = [how(scores, calibrated(scores).sigma) for _ in range(count)]
    return sum(outcome.decision == "keep" for outcome in outcomes), sum(len(outcome.scores) for outcome in outcomes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """A whole simulated run: the true effect of each candidate, whether it was kept, its duels; and the noise learnt at the end."""

    fates: list[tuple[float, bool, int]]
    sigma: float

    def kept(self, low: float, high: float) -> list[bool]:
        """Return of each candidate with an effect above ``low``, up to ``high``, whether it was kept."""
        return [kept for effect, kept, _ in self.fates if low < effect <= high]


def mixture(luck: random.Random) -> float:
    """Return the true effect of a candidate: 60 % do nothing, 25 % are worse and 15 % better by 1 to 30 %."""
    if (kind := luck.random()) <= 0.6:
        return 0.0
    size = math.log1p(math.exp(luck.uniform(math.log(0.01), math.log(0.30))))
    return size if kind > 0.85 else -size


def whole_run(seed: str, control: Control, mixed: bool, shape: str, sigma: float, length: int) -> Run:
    """Simulate a run: nulls only, or a mixture."""
    luck = random.Random(seed)
    scores = scaled(SHAPES[shape], sigma, luck)
    noise = calibrated(scores)
    fates: list[tuple[float, bool, int]] = []
    keeps = 0
    for number in range(1, length + 1):
        effect = mixture(luck) if mixed else 0.0
        outcome = fight((effect + score for score in scores), noise.sigma, level(control, RISK, number, keeps))
        kept = outcome.decision == "keep"
        fates.append((effect, kept, len(outcome.scores)))
        keeps += kept
        if not kept:
            noise = noise.learn(outcome.scores)
    return Run(fates=fates, sigma=noise.sigma)


@dataclass(frozen=True, slots=True, kw_only=True)
class Power:
    """How candidates of one true gain fared; ``told`` and ``audited`` are sums over those kept."""

    count: int
    kept: int
    duels: list[int]
    told: float
    audited: float


def power(seed: str, count: int, gain: float, sigma: float, margin: float = 0.0) -> Power:
    """Let ``count`` candidates of the same true gain fight in heavy-tailed noise."""
    luck = random.Random(seed)
    scores = scaled(heavy_tails, sigma, luck)
    outcomes, told, reported = [], 0.0, 0.0
    for _ in range(count):
        noise = calibrated(scores).sigma
        outcome = fight((gain + score for score in scores), noise, margin=margin)
        outcomes.append(outcome)
        if outcome.decision == "keep":
            told += median(outcome.scores)
            reported += audit(outcome.scores, noise, gain, scores, margin)[0]
    return Power(
        count=count,
        kept=sum(outcome.decision == "keep" for outcome in outcomes),
        duels=[len(outcome.scores) for outcome in outcomes],
        told=told,
        audited=reported,
    )


def seeded(seed: str, count: int, gain: float, calibrations: int) -> tuple[int, int]:
    """Return how many of ``count`` candidates of an expensive metric were kept, and their pairs; gains in standard deviations."""
    luck = random.Random(seed)
    kept = pairs = 0
    for _ in range(count):
        trial = SeededTrial.start(SHORT_LEVEL, [luck.gauss(0.0, 1.0) for _ in range(calibrations)])
        while trial.decision == "continue":
            trial = trial.after(luck.gauss(gain, 1.0))
        kept += trial.decision == "keep"
        pairs += len(trial.scores)
    return kept, pairs


# --- the tables ---


class Bench:
    """Run the experiments in some processes, and print what came out."""

    def __init__(self, seed: int, pool: ProcessPoolExecutor, *, quick: bool) -> None:
        self.seed = seed
        self.pool = pool
        self.quick = quick
        self.missed: list[str] = []

    def expect(self, what: str, value: float, *, least: float = -math.inf, most: float = math.inf) -> None:
        """Note what lies outside its target; a quick look has too few candidates for that."""
        if not self.quick and not least <= value <= most:
            self.missed.append(f"{what} is {value:.4g}, not {f'at least {least:g}' if value < least else f'at most {most:g}'}")

    def spread(self, experiment: Callable[[str, int], T], name: str, count: int, pieces: int = 8) -> list[T]:
        """Return the results of an experiment in equal pieces, which are the same however many processes there are."""
        seeds = [f"{self.seed} {name} {piece}" for piece in range(pieces)]
        return list(self.pool.map(experiment, seeds, itertools.repeat(count // pieces)))

    def nulls(self) -> None:
        """Print what is kept of candidates that change nothing, by the rule and by broken rules."""
        count, crude = (2_000, 400) if self.quick else (20_000, 4_000)
        print(f"Nulls at the first level ({FIRST_LEVEL:.2g}): kept of {count:,}, at most {TOLERATED} of 20,000 tolerated\n")
        row = "  {:<18}{:>8}{:>15}"
        print(row.format("noise", "kept", "mean duels"))
        for shape in SHAPES:
            parts = self.spread(partial(nulls, shape=shape, how=fight), f"null {shape}", count)
            kept = sum(part[0] for part in parts)
            self.expect(f"nulls kept in {shape}", kept, most=TOLERATED)
            print(row.format(shape, kept, f"{sum(part[1] for part in parts) / count:.1f}"))
        print(f"\nNulls at level {CRUDE_LEVEL:.0%} without giving up early, {crude:,} each: share kept by the rule, and by broken rules\n")
        row = "  {:<18}{:>8}{:>18}{:>18}{:>18}{:>18}"
        shown: dict[tuple[Fight, bool], list[float]] = {
            (how, drawn): [] for how, drawn in ((honest, True), (own_sigma, True), (rounds_as_duels, True), (redone, True), (honest, False))
        }
        print(row.format("noise", "rule", "sigma from own", "rounds as duels", "bad duels redone", "sides not drawn"))
        for shape in SHAPES:
            for how, drawn in shown:
                parts = self.spread(partial(nulls, shape=shape, how=how, drawn=drawn), f"{how.__name__} {drawn} {shape}", crude)
                shown[how, drawn].append(sum(part[0] for part in parts) / crude)
            print(row.format(shape, *(f"{shares[-1]:.1%}" for shares in shown.values())))
        for (how, drawn), shares in shown.items():
            name = f"the share of nulls at 5 % ({how.__name__}, sides drawn: {drawn})"
            # A bench that does not see a broken rule proves nothing of the right one.
            bounds = {"most": CRUDE_LEVEL} if (how, drawn) == (honest, True) else {"least": CRUDE_LEVEL}
            self.expect(name, max(shares), **bounds)
        print()

    def runs(self) -> None:
        """Print the errors of whole runs."""
        count = 8 if self.quick else 200
        print(f"Whole runs of {RUN_LENGTH} candidates, {count} of each kind, risk {RISK:.0%}, robust sigma 1.6 %")
        print("mixed = 60 % nulls, 25 % worse and 15 % better by 1 to 30 %\n")
        row = "  {:<9}{:<7}{:<18}{:>13}{:>13}{:>8}{:>10}{:>10}{:>9}{:>8}"
        print(row.format("control", "run", "noise", "runs with a", "false share", "kept", "found", "found", "duels", "sigma"))
        print(row.format("", "", "", "false keep", "of keeps", "", "1 to 3 %", "> 3 %", "each", "learnt"))
        controls: tuple[Control, ...] = ("fdr", "family")
        for mixed, control, shape in itertools.product((False, True), controls, ("heavy tails (t2)", "drifting")):
            seeds = [f"{self.seed} run {mixed} {control} {shape} {index}" for index in range(count)]
            one = partial(whole_run, control=control, mixed=mixed, shape=shape, sigma=0.016, length=RUN_LENGTH)
            runs = list(self.pool.map(one, seeds, chunksize=4))
            false = [sum(run.kept(-math.inf, 0.0)) for run in runs]
            keeps = [sum(run.kept(-math.inf, math.inf)) for run in runs]
            small, large = ([kept for run in runs for kept in run.kept(*bounds)] for bounds in ((0.0, 0.03), (0.03, math.inf)))
            anything = fmean(map(bool, false))
            share = fmean(wrong / max(1, kept) for wrong, kept in zip(false, keeps, strict=True))
            name = f"of {control} runs, {'mixed' if mixed else 'nulls'}, {shape}"
            if control == "family" or not mixed:
                self.expect(f"the share with a false keep {name}", anything, most=RISK)
            self.expect(f"the false share of keeps {name}", share, most=RISK)
            cells = (
                f"{anything:.1%}",
                f"{share:.2%}",
                f"{fmean(keeps):.1f}",
                f"{fmean(small):.0%}" if small else "-",
                f"{fmean(large):.1%}" if large else "-",
                f"{fmean(duels for run in runs for _, _, duels in run.fates):.1f}",
                f"{fmean(run.sigma for run in runs):.2%}",
            )
            print(row.format(control, "mixed" if mixed else "nulls", shape, *cells))
        print()

    def power(self) -> None:
        """Print what is found of true gains, at what cost, and what is reported of them."""
        count = 160 if self.quick else 2_000
        print(f"Power at the first level, t2 noise, {count:,} candidates each: share kept / mean duels\n")
        gains = (0.0, 0.01, 0.02, 0.03, 0.05, 0.10, -0.05, -0.30)
        row = "  {:<14}" + "{:>14}" * len(gains) + "{:>11}"
        print(row.format("robust sigma", *(f"{gain:+.0%}" if gain else "null" for gain in gains), "95 % from"))
        results = {}
        for sigma in (0.007, 0.019, 0.03):
            cells = []
            for gain in gains:
                parts = self.spread(partial(power, gain=gain, sigma=sigma), f"power {gain} {sigma}", count)
                results[sigma, gain] = parts
                cells.append(f"{sum(p.kept for p in parts) / count:.1%} / {fmean(d for p in parts for d in p.duels):.1f}")
            print(row.format(f"{sigma:.1%}", *cells, f"{math.expm1(detectable(sigma, FIRST_LEVEL, RULE)):.1%}"))
        self._expect_power(results)
        print("\nDuels within which 95 % of the losers are gone\n")
        row = "  {:<14}" + "{:>14}" * 2
        print(row.format("robust sigma", "-5%", "-30%"))
        for sigma in (0.007, 0.019, 0.03):
            lost = (sorted(d for part in results[sigma, gain] for d in part.duels) for gain in (-0.05, -0.30))
            print(row.format(f"{sigma:.1%}", *(duels[math.ceil(0.95 * len(duels)) - 1] for duels in lost)))
        print("\nMean excess of what is told over the true gain of those kept, in points: duels of the trial / of the audit\n")
        told = tuple(gain for gain in gains if gain >= 0.02)
        row = "  {:<14}" + "{:>16}" * len(told)
        print(row.format("robust sigma", *(f"{gain:+.0%}" for gain in told)))
        for sigma in (0.007, 0.019, 0.03):
            cells = []
            for gain in told:
                kept = max(1, sum(part.kept for part in results[sigma, gain]))
                trial = sum(part.told for part in results[sigma, gain]) / kept - gain
                audit = sum(part.audited for part in results[sigma, gain]) / kept - gain
                cells.append(f"{100 * trial:+.2f} / {100 * audit:+.2f}")
            print(row.format(f"{sigma:.1%}", *cells))
        print("\nNot worse by a margin: equal code and code that is worse by just the margin, share kept / mean duels\n")
        row = "  {:<14}" + "{:>16}" * 4
        margins = (0.02, 0.03)
        print(row.format("robust sigma", *(f"{what} at {margin:.0%}" for margin in margins for what in ("equal", "worse"))))
        for sigma in (0.007, 0.019, 0.03):
            cells = []
            for margin, worst in itertools.product(margins, (False, True)):
                gain = -margin if worst else 0.0
                parts = self.spread(partial(power, gain=gain, sigma=sigma, margin=margin), f"margin {margin} {gain} {sigma}", count)
                cells.append(f"{sum(p.kept for p in parts) / count:.1%} / {fmean(d for p in parts for d in p.duels):.1f}")
            print(row.format(f"{sigma:.1%}", *cells))
        print()

    def _expect_power(self, results: dict[tuple[float, float], list[Power]]) -> None:
        """Hold power, cost and bias to their targets, at a noise of 1.9 %."""

        def of(gain: float) -> tuple[float, list[int], float]:
            parts = results[0.019, gain]
            kept = sum(part.kept for part in parts)
            duels = sorted(duels for part in parts for duels in part.duels)
            return kept / sum(part.count for part in parts), duels, sum(part.audited for part in parts) / max(1, kept) - gain

        for gain, share in ((0.03, 0.92), (0.05, 0.98)):
            kept, _, bias = of(gain)
            self.expect(f"the share kept of {gain:.0%}", kept, least=share)
            self.expect(f"the bias of an audited {gain:.0%}", abs(bias), most=0.001)
        self.expect("duels of a loss of 5 %", fmean(of(-0.05)[1]), most=3)
        self.expect("duels that end 95 % of losses of 30 %", (lost := of(-0.30)[1])[math.ceil(0.95 * len(lost)) - 1], most=2)

    def seeded(self) -> None:
        """Print what trials of expensive metrics keep."""
        count = 400 if self.quick else 4_000
        print(f"Expensive seeded metrics at level {SHORT_LEVEL:.2g}, normal noise, {count:,} each: share kept / mean pairs\n")
        gains = (0.0, 2.0, 3.0, 5.0)
        row = "  {:<20}" + "{:>16}" * len(gains)
        print(row.format("calibration pairs", *(f"{gain:.0f} sigma" for gain in gains)))
        for calibrations in (10, 20, 40):
            cells = []
            for gain in gains:
                parts = self.spread(partial(seeded, gain=gain, calibrations=calibrations), f"seeded {gain} {calibrations}", count)
                cells.append(f"{sum(part[0] for part in parts) / count:.2%} / {sum(part[1] for part in parts) / count:.1f}")
            print(row.format(calibrations, *cells))
        print()


def main(argv: list[str] | None = None) -> int:
    """Print all tables; return 1 if anything lies outside its target."""
    parser = argparse.ArgumentParser(prog="python -m bench.null", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tenth of everything, for a look")
    parser.add_argument("--seed", type=int, default=1, help="of the simulation (default: %(default)s)")
    parser.add_argument(
        "--jobs", type=int, default=os.cpu_count() or 1, help="processes (default: %(default)s); results don't depend on it"
    )
    options = parser.parse_args(argv)
    began = time.monotonic()
    with ProcessPoolExecutor(max_workers=options.jobs) as pool:
        bench = Bench(options.seed, pool, quick=options.quick)
        for table in (bench.nulls, bench.runs, bench.power, bench.seeded):
            table()
            sys.stdout.flush()
    print(f"{time.monotonic() - began:.0f} s; {'all within bounds' if not bench.missed else 'OUT OF BOUNDS:'}")
    for what in bench.missed:
        print(f"  {what}")
    return 1 if bench.missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
