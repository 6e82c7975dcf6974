"""The rules, family by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import comprehensions
from . import counting
from . import membership
from . import ranges
from . import regex
from . import strings

if TYPE_CHECKING:
    from ..rule import Rule

RULES: tuple[Rule, ...] = (
    membership.ConstantMembership(),
    membership.SeenSet(),
    membership.UniqueList(),
    strings.JoinPieces(),
    regex.CompiledPattern(),
    comprehensions.Comprehension(),
    counting.CountItems(),
    ranges.DirectIteration(),
)
