"""A confined process changes its own limits and priorities, and nobody else's; the kernel keeps nothing for the next one."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker import syscalls

from .programs import ran as ran_program

if TYPE_CHECKING:
    from collections.abc import Sequence

filtered = pytest.mark.skipif(
    not sys.platform.startswith("linux") or os.uname().machine not in syscalls._MACHINES, reason="there is no filter for this machine"
)

_CHILD = """
import ctypes, resource
from pytest_autoloop.worker.syscalls import refuse_reaching_others
libc = ctypes.CDLL(None, use_errno=True)
PARENT, ADD_KEY = os.getppid(), int(sys.argv[1])
libc.prctl(38, 1, 0, 0, 0)
refuse_reaching_others()

def keep():
    # In the keyring of the user.
    if libc.syscall(ctypes.c_long(ADD_KEY), b"user", b"autoloop", b"343", ctypes.c_size_t(3), -4) < 0:
        raise OSError(ctypes.get_errno(), "refused")

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
    "key": tried(keep),
    "foreign call": [libc.syscall(ctypes.c_long(0x40000000 + 39)), ctypes.get_errno()],
}))
"""


@filtered
def test_others_are_out_of_reach() -> None:
    """Neither limits nor priorities nor processors of another process can be set, and no key is kept; reading limits is left."""
    found = ran_program(_CHILD, syscalls._MACHINES[os.uname().machine].keys[0])

    names = ("limit", "nice", "processors", "scheduler", "parameters")
    assert found["itself"] == [{"read": "done", **dict.fromkeys(names, "done")}] * 2
    assert found["other"] == {"read": "done", **dict.fromkeys(names, "EPERM")}
    assert found["everybody"] == "EPERM"
    assert found["inherited"] == 0
    assert found["key"] == "EPERM"
    assert found["foreign call"] == [-1, 38]


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
