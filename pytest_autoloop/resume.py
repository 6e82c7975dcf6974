"""Going on with a run: finding it, reading its ledger, and checking that everything is where it left it."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING
from typing import Any

from .experiment import Refused
from .journal.ledger import Ledger
from .journal.ledger import Unreadable
from .journal.lock import held
from .journal.replay import replay
from .loop import State

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import ExitStack
    from pathlib import Path

    from .journal.replay import Replayed
    from .settings import Settings
    from .workspace.git import Repository

_SHOWN = 5


def take_up(repository: Repository, name: str, stack: ExitStack) -> Replayed:
    """Return the run called ``name``, or the newest that can go on, and hold its lock until ``stack`` ends.

    Raises `Refused` where there is none, or where the repository is not as the run left it.
    """
    runs = repository.toplevel / ".autoloop" / "runs"
    folders = sorted(path.name for path in runs.iterdir() if path.is_dir()) if runs.is_dir() else []
    if name and name not in folders:
        known = f"choose from {', '.join(folders[: -_SHOWN - 1 : -1])}" if folders else "there is none in this repository"
        path = " (to select tests as well, write --autoloop-resume=RUN, or put it last)" if (repository.toplevel / name).exists() else ""
        raise Refused(f"--autoloop-resume: there is no run {name!r}: {known}{path}")
    folder = runs / (name or _newest(runs, folders))
    stack.enter_context(held(folder))
    # Read only now: whoever held the lock until a moment ago may have added to it.
    found = _read(folder)
    if found.record.branch is None:
        raise Refused(f"run {folder.name} judged or calibrated and keeps nothing: there is nothing to go on with, start it again")
    _check_base(repository, found)
    _check_branch(repository, found)
    return found


def _newest(runs: Path, folders: list[str]) -> str:
    """Return the newest run that was interrupted, else the newest that is complete; judging and self-tests are none to go on with."""
    complete = None
    for name in reversed(folders):
        if not (runs / name / "ledger.jsonl").is_file():
            continue
        found = _read(runs / name)
        if found.record.branch is None or not found.record.tests:
            continue
        if not found.complete:
            return name
        complete = complete or name
    if complete is None:
        raise Refused("there is no run to go on with in this repository: start one with --autoloop")
    return complete


def _read(folder: Path) -> Replayed:
    """Read a run's ledger."""
    path = folder / "ledger.jsonl"
    if not path.is_file():
        raise Refused(f"run {folder.name} has no ledger, so nobody knows where it stopped: start a new run")
    try:
        found = replay(Ledger(path).events())
    except Unreadable as error:
        raise Refused(f"the ledger of run {folder.name} cannot be read: {error}. Name another run, or start a new one") from None
    if found.record.run != folder.name:
        raise Refused(f"the ledger of run {folder.name} is that of run {found.record.run}: give its folder that name")
    return found


def _check_base(repository: Repository, found: Replayed) -> None:
    run, base = found.record.run, found.record.base
    if repository.head != base:
        raise Refused(
            f"run {run} began at {base[:10]} and HEAD is {repository.head[:10]} now: go back with `git switch --detach {base[:10]}`, "
            "or start a new run here"
        )


def _check_branch(repository: Repository, found: Replayed) -> None:
    """Check that the branch is where the ledger says, or one keep short of it, if the run ended between the two."""
    branch, head = found.record.branch, found.published
    assert branch is not None
    last = found.unpublished or head
    if last is not None and not repository.has(last):
        raise Refused(f"run {found.record.run} kept {last[:10]}, which is no longer in this repository: start a new run")
    tip = repository.tip(branch)
    if tip in (head, last):
        return
    if tip is None:
        raise Refused(f"the branch {branch!r} of run {found.record.run} is gone: bring it back with `git branch {branch} {head}`")
    if head is None:
        raise Refused(f"there is a branch {branch!r}, and run {found.record.run} has kept nothing yet: rename it with `git branch -m`")
    raise Refused(
        f"the branch {branch!r} is at {tip[:10]}, and run {found.record.run} left it at {head[:10]}: move it back with "
        f"`git branch -f {branch} {head}`"
    )


def check_limits(found: Replayed, settings: Settings) -> None:
    """Refuse to go on with a run that is complete and that no new limit lets go further."""
    stopped, state = found.record.stopped, State(experiments=found.record.experiments)
    if not found.complete or stopped is None:
        return
    if (stop := settings.limits.reached(state, found.record.seconds)) is not None:
        raise Refused(
            f"run {found.record.run} is complete ({stop.detail}): to go further, allow more with --autoloop-{stop.by}, or start a new run"
        )


def check_selection(found: Replayed, now: Mapping[str, Any]) -> None:
    """Refuse to go on with other tests than those that the run is about."""
    before = found.selection
    if before.get("tests", now["tests"]) == now["tests"]:
        return
    where = "" if before["folder"] in (".", now["folder"]) else f" in {before['folder']}"
    command = shlex.join(["pytest", f"--autoloop-resume={found.record.run}", *before["args"]])
    raise Refused(f"run {found.record.run} is about other tests than those selected now: run `{command}`{where}")
