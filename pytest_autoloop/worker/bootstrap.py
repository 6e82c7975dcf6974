"""Start of a child: wait for the order, arrange imports for its tree, run pytest, and say that it finished.

Run as ``python -m pytest_autoloop.worker.bootstrap FD``. Everything about the tree arrives by the order, after the start: an interpreter
can be started, and pytest imported, before anybody knows what it will run.
"""

from __future__ import annotations

import importlib.machinery
import os
import socket
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from .ahead import Survey
from .ahead import import_ahead
from .ahead import installed_folders
from .channel import ChannelClosed
from .channel import WorkerEnd
from .confine import confine
from .fixture import start_quickly
from .messages import Finish
from .messages import Order
from .messages import Prepare
from .plugin import Worker

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    from .ahead import Looked


class TreeFirst:
    """A finder that looks for top-level modules in the tree's roots before anything else does.

    Some editable installs put a finder of their own first, which would import the original.
    """

    def __init__(self, roots: list[str]) -> None:
        self._roots = roots

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Find a top-level module, or leave it to the other finders."""
        if path is not None:
            return None
        spec = importlib.machinery.PathFinder.find_spec(name, self._roots, target)
        # A folder without __init__ yields to an installed package of its name, wherever on the path that is.
        return spec if spec is not None and spec.loader is not None else None


def _enter(order: Order) -> None:
    """Make this process look as ``python -m pytest`` started in the tree would."""
    if order.processors:
        os.sched_setaffinity(0, order.processors)
    if order.confined:
        # Before any code of the project is loaded, and while this is the only thread.
        confine(order.writable, order.network, own_memory=order.own_memory)
    os.chdir(order.cwd)
    os.environ.update(order.environ)
    # The user's own PYTHONPATH, as far as it is not the project's, was there at the start.
    roots = [order.cwd, *order.roots]
    sys.path[:1] = list(dict.fromkeys(roots))
    path_finder = sys.meta_path.index(importlib.machinery.PathFinder)
    known = (importlib.machinery.BuiltinImporter, importlib.machinery.FrozenImporter)
    if any(finder not in known for finder in sys.meta_path[:path_finder]):
        sys.meta_path.insert(0, TreeFirst(roots))
    sys.argv = [pytest.__file__.replace("__init__", "__main__"), *order.args]


def _wait(channel: WorkerEnd) -> tuple[Order, dict[str, Looked]]:
    """Wait for the order, and do meanwhile what can be done without it. Raises `ChannelClosed` when there is none."""
    looked: dict[str, Looked] = {}
    while not isinstance(command := channel.take(), Order):
        assert isinstance(command, Prepare), command
        looked |= import_ahead(command)
    return command, looked


def main(fd: int) -> int:
    """Serve one order, and return the exit status of its pytest."""
    os.set_inheritable(fd, False)
    with socket.socket(fileno=fd) as sock:
        channel = WorkerEnd(sock)
        start_quickly()
        try:
            order, looked = _wait(channel)
        except ChannelClosed:
            return 0
        _enter(order)
        survey = Survey(order, looked, installed_folders(Path(order.original))) if order.survey else None
        if survey is not None:
            sys.meta_path.insert(0, survey)
        worker = Worker(order, channel, survey)
        worker.begin()
        status = int(pytest.main(order.args, plugins=[worker]))
        channel.send(worker.imported())
        if survey is not None:
            channel.send(survey.result())
        channel.send(Finish(exitstatus=status))
    return status


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1])))
