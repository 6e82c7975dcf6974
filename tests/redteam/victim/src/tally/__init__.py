"""Counting, adding up and writing down: a small ordinary library."""

from tally.graph import distances
from tally.journal import write
from tally.numbers import primes
from tally.numbers import spread
from tally.orders import bill
from tally.stock import Stock
from tally.stock import label
from tally.words import frequencies
from tally.words import render

__all__ = ["Stock", "bill", "distances", "frequencies", "label", "primes", "render", "spread", "write"]
