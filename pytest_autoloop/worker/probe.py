"""Try, confined as a child would be, what a hostile child might, and print what went through.

Run as ``python -m pytest_autoloop.worker.probe REQUEST`` with a JSON object: ``writable`` and ``network`` as in an order (``confined``
says whether to apply them), ``outside`` is a file to create, ``judge`` a process and ``port`` something that listens on the loopback.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import socket
import sys
from pathlib import Path
from typing import Any

from .confine import confine
from .confine import landlock_version

_ATTEMPTS = ("write", "read", "signal", "limits", "tcp")


def _nowhere(*_: object) -> Any:
    raise OSError("limits of other processes are out of reach on this system")


_set_limit = getattr(resource, "prlimit", _nowhere)


def attempt(what: str, request: dict[str, object]) -> None:
    """Try one thing. Raises `OSError` where it is forbidden."""
    judge = int(str(request["judge"]))
    if what == "write":
        Path(str(request["outside"])).write_text("written")
    elif what == "read":
        Path(f"/proc/{judge}/environ").read_bytes()
    elif what == "signal":
        os.kill(judge, 0)
    elif what == "limits":
        # Priorities are held already where root has given up rights that the judge has.
        _set_limit(judge, resource.RLIMIT_CORE, _set_limit(judge, resource.RLIMIT_CORE))
    elif what == "tcp":
        with socket.create_connection(("127.0.0.1", int(str(request["port"]))), timeout=5):
            pass


def main(request: dict[str, object]) -> dict[str, object]:
    """Return what the kernel offers, why this process could not be confined (or None), and what it could do."""
    answer: dict[str, object] = {"landlock": landlock_version(), "refused": None, "did": []}
    if request["confined"]:
        try:
            confine([str(path) for path in request["writable"]], request["network"])  # type: ignore[attr-defined,arg-type]
        except OSError as error:
            return {**answer, "refused": str(error)}
    did = []
    for what in _ATTEMPTS:
        with contextlib.suppress(OSError):
            attempt(what, request)
            did.append(what)
    return {**answer, "did": did}


if __name__ == "__main__":
    print(json.dumps(main(json.loads(sys.argv[1]))))
