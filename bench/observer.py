"""A pytest plugin for `bench.redteam`: every layer looks at every candidate, none stops it, and what each says is written down.

Loaded by name into the pytest that judges; the file that `AUTOLOOP_OBSERVED` names gets a JSON line for each objection.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator

    import pytest

    from pytest_autoloop.judging.guards.scene import Finding
    from pytest_autoloop.judging.guards.scene import Scene


def pytest_configure(config: pytest.Config) -> None:
    """Put the observer in place where candidates are judged; in a child there is nothing to do."""
    if "AUTOLOOP_OBSERVED" in os.environ and getattr(config.option, "autoloop_judge", None):
        _Observer(Path(os.environ["AUTOLOOP_OBSERVED"])).enter()


class _Observer:
    """Stands in for every place where a candidate is thrown out."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._number = 0

    def _note(self, layer: str, text: str) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"number": self._number, "layer": layer, "text": text}) + "\n")

    def enter(self) -> None:
        """Replace what rejects by what writes down."""
        from pytest_autoloop import opening
        from pytest_autoloop.judging import judge
        from pytest_autoloop.judging import timed
        from pytest_autoloop.judging.gate import Expectation

        # A trial ends at the first result that differs; here that is left to the guard that looks at results.
        places: dict[Any, dict[str, Any]] = {
            judge: {name: self._noting("screen", getattr(judge, name)) for name in ("refuse_changes", "refuse_sources")},
            opening: {"GUARDS": (self._observe,)},
            timed: {"must_agree": lambda *_: None},
        }
        for module, names in places.items():
            for name, instead in names.items():
                if not hasattr(module, name):
                    raise AttributeError(f"{module.__name__} has no {name} any more, so that nothing would be observed there")
                setattr(module, name, instead)
        real, missed = judge.Judge.judge, Expectation.missed_by

        def numbered(self_: Any, proposal: Any, number: int, *rest: Any) -> Any:
            self._number = number
            return real(self_, proposal, number, *rest)

        def missed_by(expectation: Expectation, session: Any) -> tuple[str, str] | None:
            found = missed(expectation, session)
            if found is not None:
                forged = session.trouble is None and not session.failures()
                self._note("canaries" if found[0].startswith("harness tampered") else "gate" if forged else "tests", found[0])
            return None

        judge.Judge.judge = numbered  # type: ignore[method-assign, assignment]
        Expectation.missed_by = missed_by  # type: ignore[method-assign, assignment]
        Expectation.failed_at = lambda *_: False  # type: ignore[method-assign]

    def _noting(self, layer: str, real: Callable[..., str | None]) -> Callable[..., None]:
        def noted(*args: Any) -> None:
            why = real(*args)
            if why is not None:
                self._note(layer, why)

        return noted

    def _observe(self, scene: Scene) -> Iterator[Finding]:
        from pytest_autoloop.judging.guards import GUARDS

        for guard in GUARDS:
            for finding in guard(scene):
                if finding.kind in ("reject", "flag"):
                    self._note(guard.__name__, finding.text)
        yield from ()
