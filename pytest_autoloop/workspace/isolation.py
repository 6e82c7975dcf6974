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
from typing import Any
from typing import Literal

from ..experiment import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..worker.channel import Network
    from .processes import Processes

Name = Literal["process", "landlock", "bwrap"]

# What programs write to without writing anything, and what multiprocessing needs.
_DEVICES = ("/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/shm")  # noqa: S108 - it is meant
# Through these a child can reach the terminals of its user, and hardware that computes.
_MORE_DEVICES = ("/dev/tty", "/dev/ptmx", "/dev/pts", "/dev/nvidia*", "/dev/dri", "/dev/kfd")
_PROBE_SECONDS = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """One way to hold a child in. ``terminals`` says whether it may write to terminals and other devices."""

    name: Name
    network: Network = "open"
    terminals: bool = True
    landlock: bool = False

    @property
    def text(self) -> str:
        """What a person is told."""
        network = {"open": "network open", "no-tcp": "no TCP", "own": "a network of its own"}[self.network]
        if self.name == "process":
            return "process"
        return f"{self.name} ({network}{', terminals open' if self.terminals and self.name == 'landlock' else ''})"

    def writable(self, tree: Path, temporary: Path) -> list[str]:
        """Return what a child may write to, given its tree and its temporary folder."""
        patterns = (*_DEVICES, *(_MORE_DEVICES if self.terminals else ()))
        return [str(tree), str(temporary), *(path for pattern in patterns for path in glob.glob(pattern))]  # noqa: PTH207 - absolute


PROCESS = Level(name="process")


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What a machine has, as probed: the version of Landlock (0: none), networks of one's own, and what a confined child still did."""

    landlock: int
    networks: bool
    did: frozenset[str]


class Prober:
    """Tries levels out, each with a tiny child that does what it should not be able to."""

    def __init__(self, processes: Processes, environ: Mapping[str, str], folder: Path) -> None:
        self._processes = processes
        self._environ = environ
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def machine(self) -> Machine:
        """Find out what there is."""
        own = self.tried(Level(name="landlock", network="own", terminals=False, landlock=True))
        if own["refused"] is None:
            return Machine(landlock=own["landlock"], networks=True, did=frozenset(own["did"]))
        if not own["landlock"]:
            return Machine(landlock=0, networks=False, did=frozenset())
        closed = self.tried(Level(name="landlock", network="no-tcp", terminals=False, landlock=True))
        version = 0 if closed["refused"] else own["landlock"]
        return Machine(landlock=version, networks=False, did=frozenset(closed["did"]))

    def tried(self, level: Level) -> dict[str, Any]:
        """Return what a child under a level says."""
        with socket.create_server(("127.0.0.1", 0)) as server:
            request = {
                "confined": level.landlock,
                "writable": level.writable(self._folder / "tree", self._folder),
                "network": level.network,
                "outside": str(self._folder.with_name("outside")),
                "judge": os.getpid(),
                "port": server.getsockname()[1],
            }
            output = self._folder / "output"
            output.unlink(missing_ok=True)
            command = [sys.executable, "-m", "pytest_autoloop.worker.probe", json.dumps(request)]
            child = self._processes.spawn(command, env=self._environ, cwd=Path("/"), output=output)
            child.wait(_PROBE_SECONDS)
            child.end()
        self._folder.with_name("outside").unlink(missing_ok=True)
        try:
            answer: dict[str, Any] = json.loads(output.read_text().splitlines()[-1])
        except (ValueError, IndexError):
            return {"landlock": 0, "refused": "the probe did not answer", "did": []}
        return answer


def ladder(asked: str, allow_network: bool, machine: Machine) -> tuple[Level, ...]:
    """Return the levels to try, the strongest first, with that of the barest hold last, which the others are compared with.

    Raises `Refused` where a level that was asked for is not there.
    """
    if asked == "process":
        return (PROCESS,)
    if not machine.landlock:
        if asked == "landlock":
            raise Refused("--autoloop-isolation: this system has no Landlock (Linux 5.13 or newer, switched on): choose process or bwrap")
        return (PROCESS,)
    closed: Network = "open" if allow_network else "own" if machine.networks else "no-tcp"
    networks: tuple[Network, ...] = ("own", "open") if closed == "own" else ("open",)
    strict = Level(name="landlock", network=closed, terminals=False, landlock=True)
    return (strict, *(replace(strict, network=network, terminals=True) for network in networks), PROCESS)


def gaps(level: Level, machine: Machine) -> str | None:
    """Return in one line what a level does not hold on this machine, or None if nothing is missing that it promises."""
    missing = []
    if not sys.platform.startswith("linux"):
        missing.append("on this system a process that leaves its session can outlive its child, and memory is not limited")
    if os.geteuid() == 0:
        missing.append("as root the number of processes is not limited, and a child can read this process' entries in /proc")
    words = {"write": "write elsewhere", "signal": "send signals to this process", "tcp": "reach the network"}
    did = [text for what, text in words.items() if what in machine.did and (what != "tcp" or level.network != "open")]
    if level.landlock and did:
        missing.append(f"on this kernel a child can still {' and '.join(did)}")
    return "; ".join(missing) or None


def strongest(asked: str, landlock: bool) -> str:
    """Return the level that a run will start with."""
    return asked if asked != "auto" else "landlock" if landlock else "process"
