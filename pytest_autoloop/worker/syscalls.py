"""Refuse this process, for good and for all that it starts, system calls that reach other processes: a seccomp filter.

Landlock knows files, sockets and signals. Limits, priorities and processors of every process of the same user it leaves to anybody, and
one that sets those of the judge, or of the other side of a duel, needs no signal to stop or slow it. Keys that the kernel keeps outlive
their process, so answers could be remembered in them. Standard library only.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys
from typing import TYPE_CHECKING
from typing import NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator


class _Machine(NamedTuple):
    """Numbers of system calls on one kind of processor, from the kernel's headers, and its own as in linux/audit.h."""

    audit: int
    seccomp: int
    by_process: tuple[int, ...]
    by_kind: tuple[tuple[int, int], ...]
    prlimit: int
    keys: tuple[int, ...]


# By process: sched_setparam, sched_setscheduler, sched_setaffinity, sched_setattr. By kind, with the number that means "all of a user's":
# setpriority, ioprio_set. Keys: add_key, request_key, keyctl.
_X86_64 = _Machine(0xC000003E, 317, (142, 144, 203, 314), ((141, 2), (251, 3)), 302, (248, 249, 250))
_AARCH64 = _Machine(0xC00000B7, 277, (118, 119, 122, 274), ((140, 2), (30, 3)), 261, (217, 218, 219))
_MACHINES = {"x86_64": _X86_64, "aarch64": _AARCH64}
# Calls of the x32 interface, numbered from here, are the same ones once more.
_X32 = 0x40000000

_SECCOMP_SET_MODE_FILTER = 1
# Without it, some kernels slow all code of a filtered process down.
_SPEC_ALLOW = 1 << 2
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38

# Instructions, as in linux/bpf_common.h, and where `struct seccomp_data` has the call's number, the processor and the arguments.
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER, _PROCESSOR, _ARGUMENTS = 0, 4, 16

_Instruction = tuple[int, int, int, int]


def refuse_reaching_others() -> None:
    """Install the filter. Needs ``NO_NEW_PRIVS``. Raises `OSError` where there is none for this machine, and where the kernel refuses.

    A process may name itself, by 0 or by its number, and no other; reading another's limits is left. Who tries more gets ``EPERM``.
    """
    machine = _MACHINES.get(os.uname().machine) if sys.platform.startswith("linux") and sys.maxsize > 2**32 else None
    if machine is None:
        raise OSError(_ENOSYS, "there is no filter of system calls for this machine")
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in _filter(machine, os.getpid()))
    held = ctypes.create_string_buffer(code, len(code))
    program = struct.pack("@HP", len(code) // 8, ctypes.addressof(held))
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.syscall(ctypes.c_long(machine.seccomp), _SECCOMP_SET_MODE_FILTER, _SPEC_ALLOW, program) < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))


def _filter(machine: _Machine, own: int) -> list[_Instruction]:
    """Return the program that the kernel runs at every system call."""
    # Other interfaces (32-bit programs, x32) number the same calls otherwise: there are none here.
    program: list[_Instruction] = [(_LOAD, 0, 0, _PROCESSOR), (_EQUAL, 1, 0, machine.audit), _refuse(_ENOSYS), (_LOAD, 0, 0, _NUMBER)]
    program += [(_AT_LEAST, 0, 1, _X32), _refuse(_ENOSYS)]
    for number in machine.by_process:
        program += _case(number, _named(0, own))
    for number, everybody in machine.by_kind:
        program += _case(number, [_argument(0), (_EQUAL, 0, 1, everybody), _refuse(_EPERM), *_named(1, own)])
    # A limit that is read only has nothing in its third argument, in neither half.
    read = [_argument(2), (_EQUAL, 0, 3, 0), _argument(2, 4), (_EQUAL, 0, 1, 0), (_RETURN, 0, 0, _ALLOW)]
    program += _case(machine.prlimit, [*read, *_named(0, own)])
    for number in machine.keys:
        program += _case(number, [_refuse(_EPERM)])
    return [*program, (_RETURN, 0, 0, _ALLOW)]


def _case(number: int, then: list[_Instruction]) -> Iterator[_Instruction]:
    """Yield what runs for one system call alone, and ends there."""
    yield (_EQUAL, 0, len(then), number)
    yield from then


def _named(index: int, own: int) -> list[_Instruction]:
    """Return the end of a case: allowed if this argument is 0 or the process itself. The kernel reads 32 bits of it, and so does this."""
    return [_argument(index), (_EQUAL, 2, 0, 0), (_EQUAL, 1, 0, own), _refuse(_EPERM), (_RETURN, 0, 0, _ALLOW)]


def _argument(index: int, half: int = 0) -> _Instruction:
    return (_LOAD, 0, 0, _ARGUMENTS + 8 * index + half)


def _refuse(error: int) -> _Instruction:
    return (_RETURN, 0, 0, _ERRNO | error)
