"""A confined process changes its own limits and priorities, and nobody else's; the kernel keeps nothing for the next one."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker import syscalls

if TYPE_CHECKING:
    from collections.abc import Sequence

linux = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only")

_CHILD = """
import ctypes, errno, json, os, resource, sys
from pytest_autoloop.worker.syscalls import refuse_reaching_others
ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
if not refuse_reaching_others():
    sys.exit("no filter")

def tried(function, *args):
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

def limits(pid):
    return resource.prlimit(pid, resource.RLIMIT_NOFILE)

def attempts(pid):
    return {
        "read": tried(limits, pid),
        "limit": tried(resource.prlimit, pid, resource.RLIMIT_NOFILE, limits(pid)),
        "nice": tried(os.setpriority, os.PRIO_PROCESS, pid, os.getpriority(os.PRIO_PROCESS, pid)),
        "processors": tried(os.sched_setaffinity, pid, os.sched_getaffinity(pid)),
        "scheduler": tried(os.sched_setscheduler, pid, os.SCHED_OTHER, os.sched_param(0)),
        "parameters": tried(os.sched_setparam, pid, os.sched_param(0)),
    }

child = os.fork()
if child == 0:
    # What it starts is held as well.
    os._exit(0 if set(attempts(os.getppid()).values()) == {"done"} and set(attempts(PARENT).values()) != {"done"} else 1)
inherited = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
print(json.dumps({
    "itself": [attempts(0), attempts(os.getpid())],
    "other": attempts(PARENT),
    "everybody": tried(os.setpriority, os.PRIO_USER, 0, 0),
    "inherited": inherited,
    "foreign call": [ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(0x40000000 + 39)), ctypes.get_errno()],
}))
"""


@linux
def test_others_are_out_of_reach() -> None:
    """Neither limits nor priorities nor processors of another process of the same user can be set; reading them is left."""
    code = f"PARENT = __import__('os').getppid()\n{_CHILD}"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    if done.stderr == "no filter\n":
        pytest.skip("there is no filter for this kind of processor")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)

    names = ("limit", "nice", "processors", "scheduler", "parameters")
    assert found["itself"] == [{"read": "done", **dict.fromkeys(names, "done")}] * 2
    assert found["other"] == {"read": "done", **dict.fromkeys(names, "EPERM")}
    assert found["everybody"] == "EPERM"
    assert found["inherited"] == 0
    assert found["foreign call"][0] == -1


def ran(program: Sequence[tuple[int, int, int, int]], audit: int, number: int, *args: int) -> int:
    """Run a filter as the kernel does, and return what it answers."""
    words = [number, audit, 0, 0] + [half for arg in args for half in (arg & 0xFFFFFFFF, arg >> 32)]
    at = held = 0
    while True:
        code, yes, no, value = program[at]
        at += 1
        if code == 0x20:
            held = words[value // 4]
        elif code == 0x06:
            return value
        else:
            at += yes if (held == value if code == 0x15 else held >= value) else no


ALLOWED, REFUSED, UNKNOWN = 0x7FFF0000, 0x00050001, 0x00050026
OWN, OTHER, HIGH = 4711, 4712, 1 << 32


@pytest.mark.parametrize("name", ["x86_64", "aarch64"])
def test_every_machine_refuses_the_same(name: str) -> None:
    """Whatever the numbers of the calls are, the rules are those; and high halves, which the kernel does not read, hide nothing."""
    machine = syscalls._MACHINES[name]
    program = syscalls._filter(machine, OWN)

    def answer(number: int, *args: int) -> int:
        return ran(program, machine.audit, number, *args)

    assert answer(machine.seccomp, 1) == ALLOWED
    for number in machine.by_process:
        assert [answer(number, pid) for pid in (0, OWN, OTHER, HIGH + OTHER)] == [ALLOWED, ALLOWED, REFUSED, REFUSED]
    for number, everybody in machine.by_kind:
        assert [answer(number, everybody - 1, pid) for pid in (0, OWN, OTHER)] == [ALLOWED, ALLOWED, REFUSED]
        assert [answer(number, kind, 0) for kind in (everybody, HIGH + everybody)] == [REFUSED, REFUSED]
    for new in (1, HIGH):
        assert [answer(machine.prlimit, pid, 7, new) for pid in (0, OWN, OTHER)] == [ALLOWED, ALLOWED, REFUSED]
    assert answer(machine.prlimit, OTHER, 7, 0) == ALLOWED
    assert [answer(number, 0) for number in machine.keys] == [REFUSED] * 3
    assert ran(program, machine.audit + 1, machine.seccomp) == UNKNOWN
    assert answer(0x40000000 + machine.seccomp) == UNKNOWN
