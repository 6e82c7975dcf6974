"""Evidence to verdict: pure functions and small frozen values, no I/O.

A duel gives a score (``scores``); a trial turns scores into a decision (``eprocess``, or ``tmode`` and ``deterministic`` for other kinds of
metric) at the level that the run's error budget allows (``levels``), knowing the noise (``noise``); ``guards`` protects the single
benchmarks, ``gains`` is what gets reported, ``holdout`` asks whether it shows elsewhere, ``power`` what a run can hope to see.
"""

from __future__ import annotations

from pytest_autoloop.decision.deterministic import is_deterministic
from pytest_autoloop.decision.deterministic import judge_deterministic
from pytest_autoloop.decision.deterministic import spread
from pytest_autoloop.decision.eprocess import Decision
from pytest_autoloop.decision.eprocess import Rule
from pytest_autoloop.decision.eprocess import Trial
from pytest_autoloop.decision.gains import AUDIT_DUELS
from pytest_autoloop.decision.gains import audit_duels
from pytest_autoloop.decision.gains import audited
from pytest_autoloop.decision.gains import coverage
from pytest_autoloop.decision.gains import final
from pytest_autoloop.decision.guards import Harm
from pytest_autoloop.decision.guards import harm
from pytest_autoloop.decision.holdout import unseen
from pytest_autoloop.decision.levels import Control
from pytest_autoloop.decision.levels import level
from pytest_autoloop.decision.levels import level_for_batch
from pytest_autoloop.decision.noise import Noise
from pytest_autoloop.decision.power import detectable
from pytest_autoloop.decision.scores import Direction
from pytest_autoloop.decision.scores import metric_score
from pytest_autoloop.decision.scores import middle
from pytest_autoloop.decision.scores import objective_score
from pytest_autoloop.decision.scores import pair_score
from pytest_autoloop.decision.tmode import SeededTrial
from pytest_autoloop.decision.tmode import detectable_seeded
from pytest_autoloop.decision.tmode import noise_of_runs
from pytest_autoloop.decision.tmode import student_tail

__all__ = [
    "AUDIT_DUELS",
    "Control",
    "Decision",
    "Direction",
    "Harm",
    "Noise",
    "Rule",
    "SeededTrial",
    "Trial",
    "audit_duels",
    "audited",
    "coverage",
    "detectable",
    "detectable_seeded",
    "final",
    "harm",
    "is_deterministic",
    "judge_deterministic",
    "level",
    "level_for_batch",
    "metric_score",
    "middle",
    "noise_of_runs",
    "objective_score",
    "pair_score",
    "spread",
    "student_tail",
    "unseen",
]
