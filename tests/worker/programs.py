"""Programs that take rights from themselves, run as processes of their own: what they try is told by the name of the error."""

from __future__ import annotations

import json
import subprocess
import sys

_TRYING = """
import errno, json, os, sys

def tried(function, *args):
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"

"""


def ran(code: str, *args: object) -> dict[str, object]:
    """Run a program that may ask what becomes of a call (``tried``), and return the JSON that it prints."""
    done = subprocess.run([sys.executable, "-c", _TRYING + code, *map(str, args)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found
