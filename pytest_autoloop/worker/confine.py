"""Take rights away from this very process, for good and for all that it starts: Landlock and what goes with it, by bare system calls.

Called once, in a process of a single thread, before any code of the project is loaded. Standard library only.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import socket
import stat
import struct
import sys
from typing import TYPE_CHECKING

from .syscalls import refuse_reaching_others

if TYPE_CHECKING:
    from collections.abc import Iterable

    from .messages import Network

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_CREATE_RULESET_VERSION = 1
_RULE_PATH_BENEATH = 1
_PR_SET_NO_NEW_PRIVS = 38

# Access rights to files, as numbered in linux/landlock.h. Reading, executing and listing are not handled: everybody may.
_WRITE_FILE, _REFER, _TRUNCATE = 1 << 1, 1 << 13, 1 << 14
_REMOVE_AND_MAKE = sum(1 << bit for bit in range(4, 13))
_BIND_TCP, _CONNECT_TCP = 1 << 0, 1 << 1
_SCOPE_ABSTRACT_SOCKETS, _SCOPE_SIGNALS = 1 << 0, 1 << 1
# The first version of the interface that knows each.
_SINCE_REFER, _SINCE_TRUNCATE, _SINCE_TCP, _SINCE_SCOPES = 2, 3, 4, 6

_CLONE_NEWNS, _CLONE_NEWIPC, _CLONE_NEWUSER, _CLONE_NEWNET = 0x00020000, 0x08000000, 0x10000000, 0x40000000
_MS_NOSUID, _MS_NODEV, _MS_REC, _MS_PRIVATE = 1 << 1, 1 << 2, 1 << 14, 1 << 18
_SHARED_MEMORY = "/dev/shm"  # noqa: S108 - where everybody may write, and children shall not find each other's
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_CAPABILITY_VERSION = 0x20080522
# What root keeps, by the numbers of linux/capability.h: rights over files, users and signals, low ports, chroot. Gone are those over the
# machine, its clocks, limits and devices, marks of files that keep them from being removed, and looks into other processes.
_KEPT = sum(1 << number for number in (*range(8), 10, 18, 31))


def landlock_version() -> int:
    """Return the version of Landlock that this kernel offers, 0 where it has none."""
    if not sys.platform.startswith("linux"):
        return 0
    try:
        return max(0, _syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _CREATE_RULESET_VERSION))
    except OSError:
        return 0


def confine(writable: Iterable[str], network: Network, *, own_memory: bool = False) -> None:
    """Allow writing below these paths and nowhere else, no reach to processes outside, no gain of rights, and the network as asked.

    With a network of its own, or ``own_memory``, shared memory begins empty and ends with the process.
    A path that does not exist is passed over. Raises `OSError` where the kernel refuses.
    """
    version = landlock_version()
    if not version:
        raise OSError("this kernel has no Landlock")
    if network == "own" or own_memory:
        own_spaces(network=network == "own")
    files = _WRITE_FILE | _REMOVE_AND_MAKE
    files |= _REFER if version >= _SINCE_REFER else 0
    files |= _TRUNCATE if version >= _SINCE_TRUNCATE else 0
    tcp = _BIND_TCP | _CONNECT_TCP if version >= _SINCE_TCP and network == "no-tcp" else 0
    scopes = _SCOPE_ABSTRACT_SOCKETS | _SCOPE_SIGNALS if version >= _SINCE_SCOPES else 0
    # A kernel takes a structure that is longer than its own as long as the rest is zero.
    attributes = struct.pack("=QQQ", files, tcp, scopes)[: 24 if scopes else 16 if tcp else 8]
    ruleset = _syscall(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), 0)
    try:
        for path in writable:
            _allow(ruleset, path, files)
        libc = ctypes.CDLL(None, use_errno=True)
        _checked(libc.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
        _syscall(_RESTRICT_SELF, ruleset, 0)
        # Where there is no such filter the rest holds all the same, and the probe says what does not.
        with contextlib.suppress(OSError):
            refuse_reaching_others()
        _give_up_capabilities(libc, _KEPT)
    finally:
        os.close(ruleset)


def _allow(ruleset: int, path: str, files: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return
    try:
        # What can be done with folders alone cannot be granted for a file.
        rights = files if stat.S_ISDIR(os.fstat(fd).st_mode) else files & (_WRITE_FILE | _TRUNCATE)
        _syscall(_ADD_RULE, ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", rights, fd), 0)
    finally:
        os.close(fd)


def own_spaces(*, network: bool) -> None:
    """Get shared memory that ends with this process, and with ``network`` move into one in which there is nobody but itself.

    Raises `OSError` where that is not allowed.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    spaces = _CLONE_NEWNS | _CLONE_NEWIPC | (_CLONE_NEWNET if network else 0)
    user, group = os.geteuid(), os.getegid()
    if user == 0:
        _checked(libc.unshare(spaces))
        _own_memory(libc)
        if network:
            _raise_loopback()
        return
    _checked(libc.unshare(_CLONE_NEWUSER | spaces))
    # Everybody stays who they are.
    for name, text in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        with open(f"/proc/self/{name}", "w") as file:  # noqa: PTH123 - pathlib is not loaded here yet
            file.write(text)
    _own_memory(libc)
    if network:
        _raise_loopback()
    # In a user namespace of its own a process has every right over what is its own. Here it is to have those that it had.
    _give_up_capabilities(libc, 0)


def _give_up_capabilities(libc: ctypes.CDLL, kept: int) -> None:
    """Give up all of root's rights but these, as far as they are there: what it starts gets none back."""
    header, data = struct.pack("=Ii", _CAPABILITY_VERSION, 0), ctypes.create_string_buffer(24)
    _checked(libc.capget(header, data))
    # Effective, permitted and inheritable ones, of the first 32; then the same of the others.
    halves = [kept & 0xFFFFFFFF] * 3 + [kept >> 32] * 3
    left = [had & half for had, half in zip(struct.unpack("=6I", data.raw), halves, strict=True)]
    _checked(libc.capset(header, struct.pack("=6I", *left)))


def _own_memory(libc: ctypes.CDLL) -> None:
    """Put an empty folder in memory where shared memory is: what one process leaves there, no other finds."""
    if not os.path.isdir(_SHARED_MEMORY):  # noqa: PTH112 - pathlib is not loaded here yet
        return
    _checked(libc.mount(None, b"/", None, _MS_REC | _MS_PRIVATE, None))
    _checked(libc.mount(b"tmpfs", _SHARED_MEMORY.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, b"mode=1777"))


def _raise_loopback() -> None:
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        request = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(sock, _SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(sock, _SIOCSIFFLAGS, struct.pack("16sH14x", b"lo", flags | _IFF_UP))


def _syscall(number: int, *args: object) -> int:
    return _checked(ctypes.CDLL(None, use_errno=True).syscall(ctypes.c_long(number), *args))


def _checked(result: int) -> int:
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, os.strerror(error))
    return result
