"""Everything that the judge is tried with, in the order in which it is judged."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .files import FILES
from .harness import HARNESS
from .hiding import HIDING
from .honest import HONEST
from .host import HOST
from .nulls import NULLS
from .results import RESULTS

if TYPE_CHECKING:
    from .entry import Entry

CATALOGUE: tuple[Entry, ...] = (*HONEST, *NULLS, *FILES, *HARNESS, *RESULTS, *HIDING, *HOST)
