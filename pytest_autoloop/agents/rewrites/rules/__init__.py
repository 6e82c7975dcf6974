"""The rules, family by family."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import attributes
from . import chains
from . import comprehensions
from . import constants
from . import copies
from . import counting
from . import formatting
from . import grouping
from . import growing
from . import imports
from . import invariants
from . import items
from . import keys
from . import lookups
from . import membership
from . import nested
from . import numbers
from . import ordering
from . import queues
from . import ranges
from . import regex
from . import repeated
from . import searches
from . import seen
from . import strings

if TYPE_CHECKING:
    from ..rule import Rule

RULES: tuple[Rule, ...] = (
    attributes.LocalAttribute(),
    chains.EqualityChain(),
    chains.PrefixChain(),
    comprehensions.Comprehension(),
    comprehensions.ExtendAtOnce(),
    constants.ConstantContainer(),
    copies.FlatCopy(),
    copies.ListNotGenerator(),
    copies.MappedLambda(),
    copies.NeedlessCopy(),
    copies.PlainContainer(),
    counting.CountByGet(),
    counting.CountItems(),
    formatting.ConcatenatedString(),
    formatting.FormatString(),
    grouping.GroupByDefault(),
    growing.FlattenByChain(),
    growing.GrowInPlace(),
    imports.ImportAtTop(),
    invariants.HoistCall(),
    items.HoistItem(),
    keys.KeyFunction(),
    lookups.GetWithDefault(),
    lookups.IterateItems(),
    lookups.KeyMembership(),
    lookups.LookUpKey(),
    lookups.LookUpOnce(),
    membership.ConstantMembership(),
    membership.LocalMembership(),
    nested.CountOnce(),
    nested.IndexedScan(),
    numbers.CompareDirectly(),
    numbers.SquareWhole(),
    numbers.SumItems(),
    ordering.SmallestFew(),
    ordering.SortedFirst(),
    ordering.SortedInsert(),
    queues.AppendAndReverse(),
    queues.DequeQueue(),
    queues.HeapQueue(),
    ranges.CountedLoop(),
    ranges.DirectIteration(),
    regex.CompiledPattern(),
    repeated.RepeatedCall(),
    searches.SearchByIn(),
    searches.StopAtFirst(),
    seen.SeenSet(),
    seen.UniqueList(),
    strings.JoinPieces(),
)
