"""What a benchmark's call shows for comparison: its result, its arguments before and after, and what it leaves beside them."""

from __future__ import annotations

import gc
import sys
from typing import TYPE_CHECKING
from typing import Any

from .canonical import telling
from .canonical import told
from .channel import Returned
from .traces import Kept
from .traces import Traces

if TYPE_CHECKING:
    from collections.abc import Callable

    Arguments = tuple[tuple[Any, ...], dict[str, Any]]

# Bound before any project code runs.
_watching = (sys.gettrace, sys.getprofile)
_collecting = (gc.isenabled, gc.get_threshold)


class Showing:
    """Writes down what the calls of one benchmark come to. Made before the first of them, with the arguments it gets."""

    def __init__(self, call: Callable[..., Any], arguments: Arguments) -> None:
        self._call = call
        self._kept = Kept()
        self.given(arguments)

    def given(self, arguments: Arguments) -> None:
        """Look at the arguments that calls get from now on, before the first of these."""
        self._given, self._traces = told(arguments), Traces(self._call, *arguments)

    def returned(self, result: object, left: Arguments | None) -> Returned:
        """Return what the last call came to; ``left`` are its arguments after it."""
        # Files first: nothing shall have the time to write them yet.
        files, (said, unseen) = self._traces.files(), telling(result)
        state = {**_state(), "objects as before": self._traces.objects_kept(), **self._kept.beside(result, said)}
        return Returned(result=said, unseen=unseen, given=self._given, left=told(left), files=files, state=state)


def _state() -> dict[str, Any]:
    """Return what of the process a benchmark has no reason to change."""
    return {
        "collecting": _collecting[0](),
        "thresholds": list(_collecting[1]()),
        "watched": any(found() is not None for found in _watching),
    }
