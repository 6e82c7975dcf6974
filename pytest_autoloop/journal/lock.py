"""One process at a time works on a run. The lock ends with its holder, however that ends."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING

from ..experiment import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Hold the lock of a run's folder, which is made if need be. Raises `Refused` where another process holds it."""
    import fcntl  # where there is none, a run is refused before it comes here

    folder.mkdir(parents=True, exist_ok=True)
    # Children don't inherit it: what a killed run leaves behind holds nothing.
    with (folder / "lock").open("a+", encoding="utf-8") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            holder = file.read(20).strip()
            who = f"process {holder}" if holder.isdigit() else "another process"
            raise Refused(f"run {folder.name} is going on in {who}: wait for its end, or end it with Ctrl-C") from None
        except OSError:
            # Some network file systems have no locks: there it is left to the person.
            pass
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield
