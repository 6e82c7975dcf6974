"""The command line that puts a child into namespaces of its own, where bubblewrap is installed."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping
    from collections.abc import Sequence

# What a child sees of these is empty: the user's files, other programs' temporary files and sockets.
_HIDDEN = ("/home", "/root", "/tmp", "/var/tmp", "/run", "/mnt", "/media", "/srv")  # noqa: S108 - hidden, not used
_TEMPORARY_BYTES = 512 << 20


def found() -> str | None:
    """Return where bubblewrap is, or None."""
    return shutil.which("bwrap")


def wrapped(
    argv: Sequence[str], *, home: str, readable: Iterable[str], writable: Iterable[str], network: bool, program: str = "bwrap"
) -> list[str]:
    """Return the command that runs ``argv`` with the machine read-only, the user's folders empty, and nobody else in sight.

    ``readable`` and ``writable`` are the paths that stay where they would be hidden, or read-only.
    """
    hidden = [path for path in dict.fromkeys([*_HIDDEN, home]) if Path(path).is_dir() and not Path(path).is_symlink() and path != "/"]
    command = [program, "--unshare-all", *(["--share-net"] if network else []), "--die-with-parent", "--new-session"]
    # As the first process of its space it takes all that is left of it along, and its own processor time is the wrapper's.
    command += ["--as-pid-1", "--cap-drop", "ALL", "--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"]
    for path in hidden:
        command += ["--size", str(_TEMPORARY_BYTES), "--tmpfs", path]
    # Folders before what lies in them: what comes later wins.
    # By each of its names, since the links on the way there are hidden too.
    names = {name: os.path.realpath(path) for path in readable for name in (path, os.path.realpath(path))}
    for name in sorted(name for name in names if _is_below(name, hidden)):
        command += ["--ro-bind-try", names[name], name]
    for path in writable:
        command += ["--bind", path, path]
    return [*command, "--chdir", "/", "--", *argv]


def _is_below(path: str, folders: Iterable[str]) -> bool:
    return any(Path(path).is_relative_to(folder) and path != folder for folder in folders)


def needed(environ: Mapping[str, str], python_path: str, repository: Path) -> tuple[str, ...]:
    """Return what a child has to read, wherever it lies: Python, what is installed, programs; but not the user's repository.

    An environment that lies inside the repository is none of it. Nor are folders of code inside it that are on the import path: a program
    that a test starts may find the project where it is installed, and in development that is there.
    """
    installed = {sys.prefix, sys.base_prefix, sys.exec_prefix, *sysconfig.get_paths().values(), str(Path(__file__).parents[1])}
    variables = ("VIRTUAL_ENV", "PYENV_ROOT", "CONDA_PREFIX")
    beside = {
        *sys.path,
        *python_path.split(os.pathsep),
        *environ.get("PATH", "").split(os.pathsep),
        *(environ.get(name, "") for name in variables),
    }
    outside = {entry for entry in beside if not Path(os.path.realpath(entry)).is_relative_to(repository)}
    code = {entry for entry in sys.path if repository in Path(os.path.realpath(entry)).parents}
    return tuple(sorted(entry for entry in installed | outside | code if Path(entry).is_absolute()))
