"""What interpreters may import ahead of their order: learnt from the incumbent, and tried out on it before it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..worker.channel import ChannelClosed
from ..worker.channel import ChannelForged
from ..worker.channel import ChannelTimeout
from ..worker.messages import Collected
from ..worker.messages import Finish
from ..worker.messages import Go
from ..worker.messages import Imported
from ..worker.messages import Parked
from ..worker.messages import Prepare
from ..worker.messages import Report
from ..worker.messages import Surveyed
from .gate import canary_names

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..workspace.launcher import Launcher
    from ..workspace.trees import Tree

# They replace parts of the standard library, and must be the first to import it.
_FIRST_OF_ALL = frozenset({"gevent", "eventlet"})
_TRIES = 4
_FEW = 3


class _Differs(Exception):
    """Importing ahead makes a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """What one child of the incumbent showed."""

    ids: list[str]
    outcomes: list[tuple[str, str, str]]
    status: int
    imported: list[Imported]
    survey: Surveyed


def learn_ahead(launcher: Launcher, tree: Tree, objective: Sequence[str], limit: float) -> tuple[Prepare | None, str | None]:
    """Return what duels may import ahead, and, if that is nothing at all, why.

    One child shows what it imports by itself. The next import that ahead and are looked at: a module that does more than define things,
    or brings others along that the first child had not, is left out, until nothing is to be left out and the child did as the first.
    """
    # Canaries as in a duel: a test that fails imports things, too.
    canaries = canary_names(3)
    plain = _look(launcher, tree, objective, canaries, limit)
    if plain is None:
        return None, "a child of the incumbent did not get through"
    if first := sorted({name.partition(".")[0] for name in plain.survey.installed} & _FIRST_OF_ALL):
        return None, f"{first[0]} has to be imported first"
    known, out = set(plain.survey.installed), set[str]()
    for _ in range(_TRIES):
        ahead = [name for name in plain.survey.ahead if name not in out]
        command = Prepare(ahead=ahead, rewritten=[name for name in plain.survey.rewritten if name not in out], look=True)
        seen = _look(launcher, tree, objective, canaries, limit, command)
        if seen is None:
            return None, "a child that imports ahead does not get through"
        out_now = {name for name, brought in seen.survey.brought.items() if not known.issuperset(brought)} | seen.survey.changed.keys()
        if not out_now:
            why = _difference(plain, seen)
            return (None, why) if why else (Prepare(ahead=command.ahead, rewritten=command.rewritten), None)
        out |= out_now
    return None, f"imports have effects ({', '.join(sorted(out)[:_FEW])})"


def _difference(plain: _Seen, seen: _Seen) -> str | None:
    """Say what is different for importing ahead, or None. Warnings may be fewer, since some were given already."""
    if seen.ids != plain.ids:
        return "other tests are collected"
    if (seen.status, seen.outcomes) != (plain.status, plain.outcomes):
        return "tests end in another way"
    if seen.imported != plain.imported:
        return "other files are imported from the tree"
    if more := [text for text in seen.survey.warnings if text not in plain.survey.warnings]:
        return f"it gives warnings ({more[0]})"
    return None


def _look(
    launcher: Launcher, tree: Tree, objective: Sequence[str], canaries: Sequence[str], limit: float, ahead: Prepare | None = None
) -> _Seen | None:
    """Run the objective once in a child that is looked at, or return None if that fails."""
    ids: list[str] = []
    outcomes: list[tuple[str, str, str]] = []
    imported: list[Imported] = []
    survey: Surveyed | None = None
    try:
        with launcher.start(tree, "l", mode="duel", objective=objective, canaries=canaries, ahead=ahead, survey=True) as child:
            while not isinstance(record := child.channel.take(limit), Finish):
                if isinstance(record, Parked):
                    child.channel.send(Go())
                elif isinstance(record, Collected):
                    ids = record.ids
                elif isinstance(record, Report):
                    nodeid, when, outcome = (str(record.data.get(key)) for key in ("nodeid", "when", "outcome"))
                    outcomes.append((nodeid, when, outcome))
                elif isinstance(record, Imported):
                    imported.append(record)
                elif isinstance(record, Surveyed):
                    survey = record
    except (ChannelClosed, ChannelForged, ChannelTimeout):
        return None
    finally:
        launcher.sweep()
    return None if survey is None else _Seen(ids=ids, outcomes=outcomes, status=record.exitstatus, imported=imported, survey=survey)
