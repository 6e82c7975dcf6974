"""From a ledger back to its run: what is known of it, and where it stopped. Pure functions of the events."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass
from dataclasses import field
from dataclasses import fields
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any

from ..experiment import INTERRUPTED
from ..experiment import Experiment
from ..experiment import Verdict
from ..stopping import UNFINISHED
from ..stopping import Stop
from .ledger import Unreadable
from .report import RunRecord
from .report import experiment_of
from .report import gain_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterable
    from collections.abc import Mapping

_PLACES = re.compile(r"^(@@ .*|index [0-9a-f].*)$", re.MULTILINE)


def trace(patch: str) -> str:
    """Return by what a patch is known again: its text, but for the places in the files, which move with what is kept before it."""
    return hashlib.sha256(_PLACES.sub("", patch).encode("utf-8", "surrogatepass")).hexdigest()


@dataclass(slots=True, kw_only=True)
class Replayed:
    """A run as its ledger tells it.

    ``begun`` is an experiment whose trial has started and which has no verdict: it stands for the interruption. ``unpublished`` is a kept
    commit that may not have come to the branch, whose last known commit is ``published``. ``place`` is the temporary folder of a run that
    could not clear it away. ``tried`` maps an incumbent and a fingerprint to an experiment's number, ``proposals`` counts the traces of the
    patches that have a verdict.
    """

    record: RunRecord
    settings: Mapping[str, Any]
    selection: Mapping[str, Any]
    begun: Experiment | None = None
    place: str | None = None
    published: str | None = None
    unpublished: str | None = None
    tried: dict[tuple[str, str], int] = field(default_factory=dict)
    killers: tuple[str, ...] = ()
    proposals: Counter[str] = field(default_factory=Counter)

    @property
    def complete(self) -> bool:
        """Whether the run came to its end by itself."""
        stopped = self.record.stopped
        return stopped is not None and stopped.by not in UNFINISHED


def replay(events: Iterable[Mapping[str, Any]]) -> Replayed:
    """Read a run from its events. Raises `Unreadable` where they make no run, or none that this version knows."""
    reader: _Reader | None = None
    number, name = 0, ""
    try:
        for number, event in enumerate(events, 1):  # noqa: B007 - the error needs it
            name = event["event"]
            if reader is None:
                reader = _Reader(event)
            else:
                reader.read(event)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise Unreadable(f"event {number} ({name}) is not as this version writes it: {error!r}") from None
    if reader is None:
        raise Unreadable("it is empty")
    return reader.run


# What an event may tell of a run, by the names that the record has for it.
_FACTS = {one.name for one in fields(RunRecord)} - {
    "run",
    "base",
    "head",
    "branch",
    "agents",
    "experiments",
    "stopped",
    "overall",
    "holdout_overall",
    "notes",
}


class _Reader:
    """Goes through the events of one run, in order."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        if event["event"] != "run_started":
            raise Unreadable("it does not begin with the start of a run")
        settings = event["settings"]
        base = event["base"]
        self.run = Replayed(
            record=RunRecord(run=event["run"], base=base, head=base, branch=event["branch"], agents=tuple(settings["agents"])),
            settings=settings,
            selection=event.get("selection") or {},
        )
        self._proposed: Mapping[str, Any] = {}
        self._since, self._before = event["time"], 0.0

    def read(self, event: Mapping[str, Any]) -> None:
        """Take in one more event."""
        take_in = _EVENTS.get(event["event"])
        if take_in is None:
            raise Unreadable(f"it has an event {event['event'][:40]!r}, which only a newer version of pytest-autoloop knows")
        if event["event"] == "run_resumed":
            # The time in between is nobody's.
            self._since, self._before = event["time"], self.run.record.seconds
        elapsed = self._before + max(0.0, event["time"] - self._since)
        self._know(seconds=event.get("seconds", max(elapsed, self.run.record.seconds)))
        take_in(self, event)

    def _know(self, **facts: Any) -> None:
        self.run.record = replace(self.run.record, **facts)

    def learnt(self, event: Mapping[str, Any]) -> None:
        """Take in what was learnt of the project."""
        self._know(**{name: tuple(value) if isinstance(value, list) else value for name, value in event.items() if name in _FACTS})

    def note(self, event: Mapping[str, Any]) -> None:
        """Take in what a person was told."""
        self._know(notes=(*self.run.record.notes, event["text"]))

    def opened(self, event: Mapping[str, Any]) -> None:
        """Remember where the run works, until it has cleared that away."""
        self.run.place = event["place"]

    def duel(self, event: Mapping[str, Any]) -> None:
        """Raw times are evidence, and tell nothing of where the run stands."""

    def proposed(self, event: Mapping[str, Any]) -> None:
        """Remember what comes before the judge."""
        self._proposed = event

    def trial(self, event: Mapping[str, Any]) -> None:
        """Take in that a level is spent."""
        proposed = self._proposed
        self.run.begun = Experiment(
            number=event["number"],
            parent=self.run.record.head,
            title=proposed["title"] or "An edit",
            agent=proposed["agent"],
            source=proposed["source"],
            level=event["level"],
            verdict=Verdict(kind="rejected", stage="measure", reason=INTERRUPTED),
            cost_usd=proposed.get("cost_usd"),
        )

    def judged(self, event: Mapping[str, Any]) -> None:
        """Take in a verdict."""
        run, experiment = self.run, experiment_of(event["experiment"])
        if experiment.number != len(run.record.experiments) + 1:
            raise ValueError(f"experiment {experiment.number} after {len(run.record.experiments)}")
        self._know(experiments=(*run.record.experiments, experiment))
        run.begun = None
        if experiment.kept and experiment.commit is not None:
            run.unpublished = experiment.commit
        if (fingerprint := event.get("fingerprint")) is not None:
            run.tried[experiment.parent, fingerprint] = experiment.number
        run.killers = tuple(event.get("killers", run.killers))
        patch = self._proposed.get("patch") if self._proposed.get("number") == experiment.number else None
        if patch is not None and not experiment.interrupted:
            run.proposals[patch] += 1

    def kept(self, event: Mapping[str, Any]) -> None:
        """Take in that a keep is on the branch."""
        self.run.published, self.run.unpublished = event["commit"], None
        self._know(head=event["commit"])

    def resumed(self, event: Mapping[str, Any]) -> None:
        """Begin another stretch of the run."""
        self.run.settings = event["settings"]
        self._know(stopped=None, overall=None, holdout_overall=None, agents=tuple(event["settings"]["agents"]))

    def finished(self, event: Mapping[str, Any]) -> None:
        """Take in how a stretch ended."""
        self.run.place = None
        overall, holdout = (None if event[name] is None else gain_of(event[name]) for name in ("overall", "holdout_overall"))
        self._know(stopped=Stop(**event["stopped"]), overall=overall, holdout_overall=holdout)


_EVENTS: Mapping[str, Callable[[_Reader, Mapping[str, Any]], None]] = {
    "baseline": _Reader.learnt,
    "noise": _Reader.learnt,
    "note": _Reader.note,
    "opened": _Reader.opened,
    "calibration_duel": _Reader.duel,
    "final_duel": _Reader.duel,
    "holdout": _Reader.learnt,
    "holdout_duel": _Reader.duel,
    "proposed": _Reader.proposed,
    "trial": _Reader.trial,
    "judged": _Reader.judged,
    "kept": _Reader.kept,
    "run_resumed": _Reader.resumed,
    "run_finished": _Reader.finished,
}
