"""Rights that a process takes from itself are gone, for it and for what it starts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pytest_autoloop.worker.confine import landlock_version

from . import programs

pytestmark = pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")

PRELUDE = """
import encodings.idna, fcntl, multiprocessing, pathlib, signal, socket, subprocess, threading
from pytest_autoloop.worker.confine import confine
"""


def ran(code: str, *args: object) -> dict[str, object]:
    """Run a program that confines itself, and return what it prints."""
    return programs.ran(PRELUDE + code, *args)


def test_files(tmp_path: Path) -> None:
    """Writing, making, deleting and moving work in the folders that are named; elsewhere nothing does, for programs it starts either."""
    inside, outside = tmp_path / "in", tmp_path / "out"
    inside.mkdir()
    outside.mkdir()
    (outside / "file").write_text("x")
    code = """
inside, outside = map(pathlib.Path, sys.argv[1:])
confine([str(inside), "/dev/null", "/no/such/place"], "open")
print(json.dumps({
    "make": tried((inside / "a").write_text, "x"),
    "move": tried(os.rename, inside / "a", inside / "b"),
    "folder": tried((inside / "c").mkdir),
    "between folders": tried(os.rename, inside / "b", inside / "c" / "b"),
    "delete": tried((inside / "c" / "b").unlink),
    "null": tried(pathlib.Path("/dev/null").write_text, "x"),
    "read": tried((outside / "file").read_text),
    "change outside": tried((outside / "file").write_text, "y"),
    "truncate outside": tried(os.truncate, outside / "file", 0),
    "delete outside": tried((outside / "file").unlink),
    "make outside": tried((outside / "new").mkdir),
    "link outside": tried(os.symlink, "x", outside / "link"),
    "program": subprocess.run(["/bin/sh", "-c", f"echo x > {outside}/new"], stderr=subprocess.DEVNULL).returncode != 0,
}))
"""
    found = ran(code, inside, outside)

    done = ("make", "move", "folder", "between folders", "delete", "null", "read")
    assert {name: found.pop(name) for name in done} == dict.fromkeys(done, "done")
    assert found.pop("program") is True
    truncated = found.pop("truncate outside")
    assert truncated in (("EACCES", "EXDEV") if landlock_version() >= 3 else ("done",))
    assert set(found.values()) <= {"EACCES", "EPERM", "EXDEV"}


NETWORK = """
import socket
listener = socket.create_server(("127.0.0.1", 0))
address = listener.getsockname()
if len(sys.argv) > 2:
    os.setgroups([])
    os.setgid(int(sys.argv[2]))
    os.setuid(int(sys.argv[2]))
    # Who becomes somebody else cannot look into itself until that is allowed again.
    import ctypes
    ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)
before = os.getuid(), os.getgid(), [line for line in open("/proc/self/status") if os.getuid() and line.startswith("CapEff")]
refused = tried(confine, [], sys.argv[1])

def local():
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname(), timeout=5).close()

print(json.dumps({
    "refused": refused,
    "connect": tried(lambda: socket.create_connection(address, timeout=5).close()),
    "local": tried(local),
    "lookup": tried(lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("192.0.2.1", 53))),
    "same": before == (os.getuid(), os.getgid(), [line for line in open("/proc/self/status") if os.getuid() and line.startswith("CapEff")]),
}))
"""


def test_network_open() -> None:
    """What is not asked for is not taken away."""
    found = ran(NETWORK, "open")

    assert (found["connect"], found["local"]) == ("done", "done")


@pytest.mark.skipif(landlock_version() < 4, reason="this kernel's Landlock knows no TCP")
def test_no_tcp() -> None:
    """Without TCP there is no connection to anybody, and no way to listen."""
    found = ran(NETWORK, "no-tcp")

    assert (found["connect"], found["local"]) == ("EACCES", "EACCES")


@pytest.mark.parametrize("user", [None, 65534], ids=["as we are", "as somebody else"])
def test_own_network(user: int | None) -> None:
    """In a network of its own a process reaches itself and nobody else, by no protocol, and is who it was."""
    if user is not None and os.geteuid() != 0:
        pytest.skip("only root can become somebody else")
    found = ran(NETWORK, "own", *([] if user is None else [user]))
    if found["refused"] != "done":
        pytest.skip(f"a network of one's own is not allowed here: {found['refused']}")

    assert found == {"refused": "done", "connect": "ECONNREFUSED", "local": "done", "lookup": "ENETUNREACH", "same": True}


def test_rights() -> None:
    """Nothing that it starts gains rights, and only what it has started itself gets signals from it."""
    code = """
confine([], "open")
child = subprocess.Popen(["sleep", "60"])
print(json.dumps({
    "no gain": [line.split() for line in open("/proc/self/status") if line.startswith("NoNewPrivs")],
    "parent": tried(os.kill, os.getppid(), 0),
    "its priority": tried(os.setpriority, os.PRIO_PROCESS, os.getppid(), 0),
    "child": tried(child.kill),
    "ended": child.wait(),
}))
"""
    found = ran(code)

    assert found["no gain"] == [["NoNewPrivs:", "1"]]
    assert found["parent"] == ("EPERM" if landlock_version() >= 6 else "done")
    assert found["its priority"] == ("EPERM" if os.uname().machine in ("x86_64", "aarch64") else "done")
    assert (found["child"], found["ended"]) == ("done", -9)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has such rights")
def test_what_root_gives_up() -> None:
    """Root keeps its rights over files and users, and has none over clocks, its own limits and other processes; nor has what it starts."""
    code = """
import resource, time
parent = os.getppid()
before = tried(pathlib.Path(f"/proc/{parent}/environ").read_bytes)
confine([], "open")

def raise_limit():
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (1, 1))

def raised():
    try:
        raise_limit()
    except ValueError:
        return "refused"

print(json.dumps({
    "before": before,
    "after": tried(pathlib.Path(f"/proc/{parent}/environ").read_bytes),
    "clock": tried(time.clock_settime, time.CLOCK_REALTIME, time.time()),
    "limit": raised(),
    "user": subprocess.run(["id", "-u"], user=65534, capture_output=True, text=True).stdout.strip(),
    "started": subprocess.run(["cat", f"/proc/{parent}/environ"], capture_output=True).returncode,
}))
"""
    found = ran(code)

    assert found == {"before": "done", "after": "EACCES", "clock": "EPERM", "limit": "refused", "user": "65534", "started": 1}


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can make a set-uid program")
def test_set_uid(tmp_path: Path) -> None:
    """A set-uid program does not make somebody root who has given that up."""
    program = tmp_path / "id"
    for folder in (tmp_path, *tmp_path.parents):
        if not folder.stat().st_mode & 0o001:
            folder.chmod(0o755)
    program.write_bytes(Path("/usr/bin/id").read_bytes())
    program.chmod(0o4755)
    code = """
os.setgroups([])
os.setgid(65534)
os.setuid(65534)
who = lambda: subprocess.run([sys.argv[1], "-u"], capture_output=True, text=True).stdout.strip()
before = who()
confine([], "open")
print(json.dumps({"before": before, "after": who()}))
"""
    found = ran(code, program)
    if found["before"] != "0":
        pytest.skip("set-uid programs gain nothing in this place anyway")

    assert found["after"] == "65534"


def test_a_machine_without_a_filter(tmp_path: Path) -> None:
    """Where there is no filter of system calls, all else holds."""
    code = """
import resource
from types import SimpleNamespace
os.uname = lambda: SimpleNamespace(machine="abacus")
confine([], "open")
print(json.dumps({
    "write": tried(pathlib.Path(sys.argv[1], "x").write_text, "x"),
    "limit": tried(resource.prlimit, os.getppid(), resource.RLIMIT_CORE, resource.prlimit(os.getppid(), resource.RLIMIT_CORE)),
}))
"""

    assert ran(code, tmp_path) == {"write": "EACCES", "limit": "done"}
