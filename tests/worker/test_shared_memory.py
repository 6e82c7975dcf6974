"""A confined process with a network of its own has shared memory of its own as well, and others may."""

from __future__ import annotations

import ctypes
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

_SHARED = Path("/dev/shm")
_CHILD = """
import pathlib, sys
from pytest_autoloop.worker.confine import confine
try:
    confine(["/dev/shm"], sys.argv[2], own_memory=sys.argv[2] != "own")
except OSError as error:
    print("refused")
    sys.exit()
import multiprocessing
from multiprocessing import shared_memory
pathlib.Path("/dev/shm", sys.argv[1]).write_text("x")
block = shared_memory.SharedMemory(create=True, size=100)
block.unlink()
import ctypes
# The old kind, that has a number and no file.
if ctypes.CDLL(None).shmget(int(sys.argv[3]), 4096, 0o1600) < 0:
    sys.exit("no shared memory of System V")
with multiprocessing.Lock():
    print(sorted(path.name for path in pathlib.Path("/dev/shm").iterdir()))
"""


@pytest.mark.skipif(not _SHARED.is_dir(), reason="there is no shared memory here")
@pytest.mark.parametrize("network", ["own", "open", "no-tcp"])
def test_nothing_is_left_in_shared_memory(network: str) -> None:
    """It begins empty, can be used as ever, and what was left there ends with the process."""
    name = f"autoloop-{secrets.token_hex(8)}"
    key = secrets.randbelow(1 << 30) + 1
    done = subprocess.run([sys.executable, "-c", _CHILD, name, network, str(key)], capture_output=True, text=True, check=True)
    if done.stdout == "refused\n":
        pytest.skip("this system gives no process a network of its own")

    assert done.stdout == f"[{name!r}]\n"
    assert not (_SHARED / name).exists()
    assert ctypes.CDLL(None).shmget(key, 4096, 0o600) == -1
