"""How the risk of a whole run is shared out among its candidates."""

from __future__ import annotations

import math
from typing import Literal

Control = Literal["fdr", "family"]


def level(control: Control, risk: float, number: int, keeps: int, horizon: int = 1000) -> float:
    """Return the level of the ``number``-th candidate (counted from 1) that reaches a duel, after ``keeps`` keeps so far.

    The first ``horizon`` candidates share half of the risk equally, the next ``horizon`` half of what is left, and so on, so a run of any
    length never spends more than ``risk``. With ``family`` that is all, and the chance of any false keep in the run is at most ``risk``
    (union bound). With ``fdr`` every keep earns the level back once more (e-LOND: Xu and Ramdas, "Online multiple testing with e-values",
    AISTATS 2024): at most ``risk`` of what is kept is expected to be false, under any dependence between candidates, and as long as
    nothing is kept the levels are those of ``family``.

    ``keeps`` counts what passed guard and audit too; what is flagged does not count. A candidate's level is fixed when its trial starts.
    """
    _check_risk(risk)
    if control not in ("fdr", "family"):
        raise ValueError(f"control must be 'fdr' or 'family', not {control!r}")
    if number < 1 or horizon < 1:
        raise ValueError(f"candidates and the horizon are counted from 1, not {number} and {horizon}")
    if not 0 <= keeps < number:
        raise ValueError(f"{keeps} keeps can't have come before candidate {number}")
    share = math.ldexp(1.0, -(1 + (number - 1) // horizon)) / horizon
    return risk * share * (keeps + 1 if control == "fdr" else 1)


def level_for_batch(risk: float, size: int) -> float:
    """Return the level of each of ``size`` candidates known beforehand: the chance of any false keep is at most ``risk`` (Bonferroni)."""
    _check_risk(risk)
    if size < 1:
        raise ValueError(f"a batch holds at least one candidate, not {size}")
    return risk / size


def _check_risk(risk: float) -> None:
    if not 0 < risk < 1:
        raise ValueError(f"risk must lie between 0 and 1, not be {risk}")
