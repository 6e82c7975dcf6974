"""The rules, family by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import comprehensions
from . import counting
from . import grouping
from . import membership
from . import numbers
from . import ranges
from . import regex
from . import seen
from . import strings

if TYPE_CHECKING:
    from ..rule import Rule

RULES: tuple[Rule, ...] = (
    membership.ConstantMembership(),
    membership.LocalMembership(),
    seen.SeenSet(),
    seen.UniqueList(),
    strings.JoinPieces(),
    regex.CompiledPattern(),
    comprehensions.Comprehension(),
    comprehensions.ExtendAtOnce(),
    counting.CountItems(),
    counting.CountByGet(),
    grouping.GroupByDefault(),
    numbers.SumItems(),
    numbers.CompareDirectly(),
    ranges.DirectIteration(),
)
