"""How children are held in: the levels there are, which of them this machine has, and what each does not hold."""

from __future__ import annotations

import glob
import json
import os
import socket
import sys
from dataclasses import dataclass
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Literal

from ..experiment import Refused
from ..text import one_line

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping

    from ..worker.messages import Network
    from .processes import Processes

Name = Literal["process", "landlock", "bwrap"]
# Shared memory of its own, none, or the machine's, in which one process finds what another has left.
Memory = Literal["own", "none", "shared"]

# What programs write to without writing anything.
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom")
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - it is meant
# Through these a child can reach the terminals of its user, and hardware that computes.
_MORE_DEVICES = ("/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/nvidia*", "/dev/dri", "/dev/kfd")
_PROBE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One way to hold a child in. ``terminals`` says whether it may write to terminals and other devices."""

    name: Name
    network: Network = "open"
    memory: Memory = "shared"
    terminals: bool = True
    landlock: bool = False

    @property
    def text(self) -> str:
        """What a person is told."""
        network = {"open": "network open", "no-tcp": "no TCP", "own": "a network of its own"}[self.network]
        if self.name == "process":
            return "process"
        more = {"own": "", "none": ", no shared memory", "shared": ", shared memory open"}[self.memory]
        more += ", terminals open" if self.terminals and self.name == "landlock" else ""
        return f"{self.name} ({network}{more})"

    def writable(self, tree: Path, temporary: Path) -> list[str]:
        """Return what a child may write to, given its tree and its temporary folder."""
        # Multiprocessing needs shared memory.
        memory = () if self.memory == "none" else (_SHARED_MEMORY,)
        patterns = (*_DEVICES, *memory, *(_MORE_DEVICES if self.terminals else ()))
        return [str(tree), str(temporary), *(path for pattern in patterns for path in glob.glob(pattern))]  # noqa: PTH207 - absolute


PROCESS = Level(name="process")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a machine has, as probed: the version of Landlock (0: none), networks of one's own, and what a confined child still did.

    ``no_bwrap`` says why bubblewrap cannot be used, if it was asked for.
    """

    landlock: int
    networks: bool
    did: frozenset[str]
    no_bwrap: str | None = None


class Prober:
    """Tries levels out, each with a tiny child that does what it should not be able to."""

    def __init__(self, processes: Processes, environ: Mapping[str, str], folder: Path) -> None:
        self._processes = processes
        self._environ = environ
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def machine(self, wrap: Callable[[list[str], Path], list[str]] | None = None) -> Machine:
        """Find out what there is; with ``wrap``, which puts a command into namespaces of its own, what holds with that."""
        own = self._tried(Level(name="landlock", network="own", terminals=False, landlock=True))
        if own.refused is None:
            found = Machine(landlock=own.landlock, networks=True, did=own.did)
        elif not own.landlock:
            found = Machine(landlock=0, networks=False, did=frozenset())
        else:
            closed = self._tried(Level(name="landlock", network="no-tcp", terminals=False, landlock=True))
            found = Machine(landlock=0 if closed.refused else own.landlock, networks=False, did=closed.did)
        if wrap is None:
            return found
        inside = self._tried(Level(name="bwrap", landlock=found.landlock > 0), wrap)
        return replace(found, did=inside.did, no_bwrap=inside.refused)

    def _tried(self, level: Level, wrap: Callable[[list[str], Path], list[str]] | None = None) -> _Answer:
        """Return what a child under a level says."""
        outside = self._folder.with_name("outside")
        with socket.create_server(("127.0.0.1", 0)) as server:
            request = {
                "confined": level.landlock,
                "writable": level.writable(self._folder, self._folder),
                "network": level.network,
                "outside": str(outside),
                "judge": os.getpid(),
                "port": server.getsockname()[1],
            }
            output = self._folder / "output"
            output.unlink(missing_ok=True)
            command = [sys.executable, "-m", "pytest_autoloop.worker.probe", json.dumps(request)]
            try:
                child = self._processes.spawn(
                    wrap(command, self._folder) if wrap else command, env=self._environ, cwd=Path("/"), output=output
                )
            except FileNotFoundError as error:
                return _Answer(refused=str(error))
            child.wait(_PROBE_SECONDS)
            child.end()
        outside.unlink(missing_ok=True)
        last = (output.read_text(errors="replace").strip().splitlines() or ["the probe did not answer"])[-1]
        try:
            answer = json.loads(last)
        except ValueError:
            return _Answer(refused=last)
        return _Answer(landlock=answer["landlock"], refused=answer["refused"], did=frozenset(answer["did"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Answer:
    """What a probe said: why it could not be confined, or what it could do all the same."""

    landlock: int = 0
    refused: str | None = None
    did: frozenset[str] = frozenset()


def ladder(asked: str, allow_network: bool, machine: Machine) -> tuple[Level, ...]:
    """Return the levels to try, the strongest first, with that of the barest hold last, which the others are compared with.

    Raises `Refused` where a level that was asked for is not there.
    """
    if asked == "process":
        return (PROCESS,)
    if asked == "bwrap":
        if machine.no_bwrap is not None:
            raise Refused(
                f"--autoloop-isolation: bubblewrap does not work here ({one_line(machine.no_bwrap)}): install the package bubblewrap and "
                "allow user namespaces to your user, or choose landlock"
            )
        network: Network = "open" if allow_network else "own"
        return (Level(name="bwrap", network=network, memory="own", landlock=machine.landlock > 0), PROCESS)
    if not machine.landlock:
        if asked == "landlock":
            raise Refused("--autoloop-isolation: this system has no Landlock (Linux 5.13 or newer, switched on): choose process or bwrap")
        return (PROCESS,)
    closed: Network = "open" if allow_network else "own" if machine.networks else "no-tcp"
    strict = Level(name="landlock", network=closed, memory="own" if machine.networks else "none", terminals=False, landlock=True)
    # What a process leaves in the machine's shared memory cannot be told from other programs' files there, so it is opened late.
    steps = [replace(strict, terminals=True)] if machine.networks else [replace(strict, memory="shared")]
    steps += [replace(steps[0], network="open")] if closed == "own" else []
    return (strict, *steps, replace(strict, network="open", memory="shared", terminals=True), PROCESS)


def gaps(level: Level, machine: Machine) -> str | None:
    """Return in one line what a level does not hold on this machine, or None if nothing is missing that it promises."""
    missing = []
    if not sys.platform.startswith("linux"):
        missing.append("on this system a process that leaves its session can outlive its child, and memory is not limited")
    if os.geteuid() == 0:
        missing.append("as root the number of processes is not limited")
        if level.name == "process" or "read" in machine.did:
            missing.append("as root a child can read the entries of other processes in /proc")
    words = {
        "write": "write elsewhere",
        "signal": "send signals to this process",
        "limits": "change priorities and limits of this process",
        "tcp": "reach the network",
    }
    if level.name == "bwrap" and not level.landlock:
        missing.append("without Landlock a child can write to the other trees of the run")
    if level.name == "landlock" and level.memory == "shared":
        missing.append("what a child leaves in shared memory is there for the next one, and after the run")
    did = [text for what, text in words.items() if what in machine.did and (what != "tcp" or level.network != "open")]
    if level.name != "process" and did:
        missing.append(f"on this kernel a child can still {' and '.join(did)}")
    return "; ".join(missing) or None


def strongest(asked: str, landlock: bool) -> str:
    """Return the level that a run will start with."""
    return asked if asked != "auto" else "landlock" if landlock else "process"
