"""What every level holds, and what it lets the tests of ordinary projects do: real children that try."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.judging.gate import run_session
from pytest_autoloop.worker.confine import landlock_version
from pytest_autoloop.workspace.isolation import PROCESS
from pytest_autoloop.workspace.isolation import Level
from pytest_autoloop.workspace.isolation import Machine
from pytest_autoloop.workspace.isolation import Prober
from pytest_autoloop.workspace.isolation import gaps
from pytest_autoloop.workspace.isolation import ladder
from pytest_autoloop.workspace.isolation import strongest
from pytest_autoloop.workspace.variables import child_environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Iterator
    from collections.abc import Mapping

    from lab import Lab

HONEST = '''\
"""What ordinary suites do."""

import multiprocessing
import multiprocessing.shared_memory
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import threading

TREE = pathlib.Path(__file__).parents[1]


def echo(server):
    connection, _ = server.accept()
    connection.sendall(connection.recv(9))
    connection.close()


def talk(server, address, family):
    threading.Thread(target=echo, args=(server,)).start()
    with socket.socket(family) as client:
        client.connect(address)
        client.sendall(b"hello")
        assert client.recv(9) == b"hello"


def double(number):
    return number * 2


def test_temporary_files(tmp_path):
    (tmp_path / "a").write_text("x")
    (tmp_path / "a").rename(tmp_path / "b")
    with tempfile.TemporaryDirectory() as folder:
        os.link(tmp_path / "b", f"{folder}/c")
        os.symlink("c", f"{folder}/d")
    subprocess.run("echo x > $TMPDIR/y && rm $TMPDIR/y", shell=True, check=True)


def test_caches():
    cache = TREE / ".cache" / "x"
    cache.parent.mkdir()
    cache.write_text("x")
    home = pathlib.Path.home()
    assert not list(home.iterdir())
    (home / ".config").mkdir()
    with open(os.devnull, "w") as null:
        null.write("x")


def test_programs():
    code = "import pathlib; pathlib.Path('made').write_text('x')"
    subprocess.run([sys.executable, "-c", code], cwd=TREE, check=True)
    sleeper = subprocess.Popen(["sleep", "100"])
    sleeper.terminate()
    assert sleeper.wait() == -15


def test_multiprocessing():
    for method in ("fork", "spawn", "forkserver"):
        with multiprocessing.get_context(method).Pool(2) as pool:
            assert pool.map(double, [1, 2]) == [2, 4]
    memory = multiprocessing.shared_memory.SharedMemory(create=True, size=10)
    memory.close()
    memory.unlink()


def test_socket_in_the_file_system(tmp_path):
    with socket.socket(socket.AF_UNIX) as server:
        path = os.path.relpath(tmp_path / "s")
        server.bind(path)
        server.listen()
        talk(server, path, socket.AF_UNIX)


def test_socket_of_the_machine():
    with socket.create_server(("127.0.0.1", 0)) as server:
        talk(server, server.getsockname(), socket.AF_INET)


def test_terminal():
    one, other = os.openpty()
    os.write(one, b"x")
    os.close(one)
    os.close(other)
'''

HOSTILE = '''\
"""What a candidate has no business with. Each test passes if it succeeds."""

import os
import pathlib
import resource
import signal
import socket

OUTSIDE = pathlib.Path({outside!r})


def test_write():
    (OUTSIDE / "new").write_text("x")


def test_change():
    with open(OUTSIDE / "precious", "a") as file:
        file.write("x")


def test_delete():
    (OUTSIDE / "precious").unlink()


def test_other_tree():
    (pathlib.Path({arena!r}) / "shelf" / "planted").write_text("x")


def test_read():
    assert (OUTSIDE / "precious").read_text() == "precious"


def test_signal():
    os.kill({judge}, 0)


def test_limits():
    resource.prlimit({judge}, resource.RLIMIT_CORE, resource.prlimit({judge}, resource.RLIMIT_CORE))


def test_memory():
    with open("/proc/{judge}/mem", "rb"):
        pass


def test_environment():
    with open("/proc/{judge}/environ", "rb") as file:
        assert file.read()


def test_raising_limits():
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
    resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))


def test_connect():
    socket.create_connection(("127.0.0.1", {port}), timeout=5).close()


def test_gain_of_rights():
    status = pathlib.Path("/proc/self/status").read_text()
    assert "NoNewPrivs:\\t0" in status


def test_secret():
    everything = "".join(path.read_text(errors="replace") for path in pathlib.Path("/proc/self").glob("environ"))
    assert {secret!r} in everything + repr(os.environ)
'''
SECRET = "hunter2-of-the-user"

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")
landlocked = pytest.mark.skipif(not landlock_version(), reason="this kernel has no Landlock")


@pytest.fixture(scope="module")
def lab(new_lab: Callable[..., Lab]) -> Lab:
    return new_lab({"tests/test_honest.py": HONEST})


@pytest.fixture(scope="module")
def outside(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mapping[str, object]]:
    """What a hostile test aims at: files, a program that listens, and this very process."""
    folder = tmp_path_factory.mktemp("outside")
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield {"outside": str(folder), "judge": os.getpid(), "port": server.getsockname()[1], "secret": SECRET}


def machine(lab: Lab, level: str) -> Machine:
    """Return what this machine has, or skip what it lacks."""
    launcher = lab.launcher()
    prober = Prober(lab.processes, child_environment(lab.project.environ), lab.folder / "probe")
    found = prober.machine(launcher.wrap if level == "bwrap" else None)
    if level == "bwrap" and found.no_bwrap is not None:
        pytest.skip(f"bubblewrap does not work here: {found.no_bwrap}")
    if level == "landlock" and not found.landlock:
        pytest.skip("this kernel has no Landlock")
    return found


def outcomes(lab: Lab, level: Level, *args: str, files: Mapping[str, str | None] | None = None) -> dict[str, str]:
    """Run a gate under a level, and return what became of each test by its name."""
    launcher = lab.launcher(*args, env={"MY_SECRET": SECRET, "AWS_SECRET_ACCESS_KEY": SECRET})
    launcher.level = level
    tree = lab.tree(files)
    session = run_session(launcher, tree, limit=120, canaries=False)
    lab.arena.drop(tree)
    assert session.trouble is None, session.output
    return {nodeid.rpartition("::")[2]: outcome for nodeid, outcome in session.outcomes.items()}


ALL = {"test_temporary_files", "test_caches", "test_programs", "test_multiprocessing", "test_socket_in_the_file_system"}


@linux
@pytest.mark.parametrize("asked", ["process", "landlock", "bwrap"])
def test_ordinary_suites_pass(lab: Lab, asked: str) -> None:
    """Files, caches, programs, pools of processes and local sockets work under the first step of every level that has its own network."""
    level = ladder(asked, False, machine(lab, asked))[0]

    found = outcomes(lab, level, "tests/test_honest.py")

    expected = (
        ALL | ({"test_socket_of_the_machine"} if level.network != "no-tcp" else set()) | ({"test_terminal"} if level.terminals else set())
    )
    assert {name for name, outcome in found.items() if outcome == "passed"} == expected


@landlocked
def test_every_step_gives_something_up(lab: Lab) -> None:
    """The steps of Landlock below the first let terminals be written to, and in the end the network be used: nothing fails any more."""
    *steps, _ = ladder("landlock", False, machine(lab, "landlock"))

    assert steps[-1] == Level(name="landlock", network="open", terminals=True, landlock=True)
    assert set(outcomes(lab, steps[-1], "tests/test_honest.py").values()) == {"passed"}


PREVENTED = {"test_write", "test_change", "test_delete", "test_other_tree", "test_connect", "test_gain_of_rights", "test_secret"}


@linux
@pytest.mark.parametrize("asked", ["process", "landlock", "landlock, no TCP", "bwrap"])
def test_what_is_prevented(lab: Lab, outside: Mapping[str, object], asked: str) -> None:
    """No level lets the user's secrets in; those above `process` let nothing outside be written, nobody reached and no right gained."""
    name = asked.partition(",")[0]
    level = ladder(name, False, machine(lab, name))[0]
    if "no TCP" in asked:
        level = replace(level, network="no-tcp")
    precious = Path(str(outside["outside"])) / "precious"
    precious.write_text("precious")
    hostile = HOSTILE.format(**outside, arena=str(lab.arena.folder))

    found = outcomes(lab, level, "tests/test_hostile.py", files={"tests/test_hostile.py": hostile})

    done = {test for test, outcome in found.items() if outcome == "passed"}
    if asked == "process":
        assert "test_secret" not in done
        assert "test_write" in done, "a level that holds nothing must not look as if it did"
        return
    assert done & PREVENTED == set()
    if asked == "bwrap" or landlock_version() >= 6:
        assert "test_signal" not in done
    if asked == "bwrap" or os.uname().machine in ("x86_64", "aarch64"):
        assert "test_limits" not in done
    assert "test_memory" not in done
    assert "test_environment" not in done
    assert "test_raising_limits" not in done
    if asked == "bwrap" and precious.is_relative_to("/tmp"):
        # Files of the user, and of other programs, are not even there.
        assert "test_read" not in done
    assert precious.read_text() == "precious"


@linux
def test_the_probe_tries(lab: Lab) -> None:
    """A probe that nothing holds says so: what it reports as prevented was tried."""
    prober = Prober(lab.processes, child_environment(lab.project.environ), lab.folder / "probe-free")

    assert prober._tried(PROCESS).did >= {"write", "signal", "limits", "tcp"}


HERE = Machine(landlock=7, networks=True, did=frozenset())


def names(levels: tuple[Level, ...]) -> list[str]:
    return [level.text for level in levels]


def test_ladder() -> None:
    """The strongest comes first, the barest last; what a machine lacks is left out, and what is allowed is not forbidden."""
    own, bare = "landlock (a network of its own)", "process"
    closed, shared = "landlock (no TCP, no shared memory)", "landlock (no TCP, shared memory open)"
    open_, all_ = "landlock (network open, terminals open)", "landlock (network open, shared memory open, terminals open)"

    assert names(ladder("auto", False, HERE)) == [own, "landlock (a network of its own, terminals open)", open_, all_, bare]
    assert names(ladder("auto", False, replace(HERE, networks=False))) == [closed, shared, all_, bare]
    assert names(ladder("auto", True, HERE)) == ["landlock (network open)", open_, all_, bare]
    assert names(ladder("auto", False, replace(HERE, landlock=0))) == [bare]
    assert names(ladder("process", False, HERE)) == [bare]
    assert names(ladder("bwrap", False, HERE)) == ["bwrap (a network of its own)", bare]
    assert names(ladder("bwrap", True, HERE)) == ["bwrap (network open)", bare]


@pytest.mark.parametrize(("allowed", "here"), [(False, HERE), (True, HERE), (False, replace(HERE, networks=False))])
def test_shared_memory_of_the_machine_is_opened_late(allowed: bool, here: Machine) -> None:
    """It is each child's own wherever the machine has that, else none until tests need it; and that is told."""
    *steps, _ = ladder("auto", allowed, here)

    assert steps[0].memory == ("own" if here.networks else "none")
    assert ("/dev/shm" in steps[0].writable(Path("/t"), Path("/s"))) == (here.networks and Path("/dev/shm").exists())
    assert steps[-1].memory == "shared"
    assert ["shared memory" in str(gaps(step, here)) for step in steps] == [step.memory == "shared" for step in steps]


REMEMBERED = """import pathlib

import pytest

MARK = pathlib.Path("/dev/shm", {name!r})


def test_first():
    assert not MARK.exists()
    try:
        MARK.write_text("343")
    except OSError:
        pytest.skip("it cannot be written to")
"""


@landlocked
@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="there is no shared memory here")
@pytest.mark.parametrize("networks", [True, False])
def test_nothing_is_found_in_shared_memory(lab: Lab, networks: bool) -> None:
    """What one process writes there the next one does not find, also where the network is open or the machine has none of its own."""
    here = machine(lab, "landlock")
    if networks > here.networks:
        pytest.skip("this system gives no process a network of its own")
    level = ladder("landlock", True, replace(here, networks=networks))[0]
    name = f"autoloop-{os.getpid()}"
    files = {"tests/test_first.py": REMEMBERED.format(name=name)}
    try:
        for _ in range(2):
            assert outcomes(lab, level, "tests/test_first.py", files=files) == {"test_first": "passed" if networks else "skipped"}
        assert not Path("/dev/shm", name).exists()
    finally:
        Path("/dev/shm", name).unlink(missing_ok=True)


@pytest.mark.parametrize(
    ("asked", "here", "why"),
    [
        ("landlock", replace(HERE, landlock=0), "this system has no Landlock"),
        ("bwrap", replace(HERE, no_bwrap="bwrap: No permissions"), r"bubblewrap does not work here \(bwrap: No permissions\): install"),
    ],
)
def test_a_level_that_is_not_there(asked: str, here: Machine, why: str) -> None:
    """A level that is asked for by name and is not there is a usage error with a remedy."""
    with pytest.raises(Refused, match=f"^--autoloop-isolation: {why}") as caught:
        ladder(asked, False, here)

    assert caught.value.status == 4


def test_no_bubblewrap_installed(lab: Lab) -> None:
    """A machine without bubblewrap says that there is no such program."""
    prober = Prober(lab.processes, child_environment(lab.project.environ), lab.folder / "probe-none")

    found = prober.machine(lambda command, scratch: ["no-such-bwrap", *command])

    assert found.no_bwrap is not None
    assert "no-such-bwrap" in found.no_bwrap


def test_what_does_not_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a level does not hold here is said in one line: as root, on other systems, on old kernels."""
    strict = ladder("auto", False, HERE)[0]
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    monkeypatch.setattr(sys, "platform", "linux")
    assert gaps(strict, HERE) is None
    assert gaps(strict, replace(HERE, did=frozenset({"signal"}))) == "on this kernel a child can still send signals to this process"
    assert gaps(PROCESS, replace(HERE, did=frozenset({"signal"}))) is None
    open_ = "on this kernel a child can still change priorities and limits of this process"
    assert gaps(strict, replace(HERE, did=frozenset({"limits"}))) == open_

    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert gaps(strict, HERE) == "as root the number of processes is not limited"
    assert "entries of other processes" in str(gaps(strict, replace(HERE, did=frozenset({"read"}))))
    assert "entries of other processes" in str(gaps(PROCESS, HERE))
    monkeypatch.setattr(sys, "platform", "darwin")
    assert "can outlive its child" in str(gaps(PROCESS, replace(HERE, landlock=0)))


def test_strongest() -> None:
    """The level a run starts with is known before it starts."""
    assert [strongest("auto", True), strongest("auto", False), strongest("bwrap", True)] == ["landlock", "process", "bwrap"]


def test_bubblewrap_is_tried_where_it_is_installed(lab: Lab) -> None:
    """Where there is bubblewrap and it may be used, none of the tests above is skipped."""
    if shutil.which("bwrap") is None or os.geteuid() != 0:
        pytest.skip("bubblewrap is not installed, or may not be allowed to this user")
    assert machine(lab, "bwrap").no_bwrap is None
