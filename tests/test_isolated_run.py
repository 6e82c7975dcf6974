"""A whole run with a patch that goes for what is not its own, where nothing but its own process holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sample import Project

SECRET = "hunter2-of-the-user"
GREEDY = '''\
"""Numbers."""

import os
import pathlib

with pathlib.Path({config!r}).open("a") as file:
    file.write("[alias]\\n\\tst = !evil\\n")
for path in pathlib.Path.cwd().parents[1].glob("**/src/demo/__init__.py"):
    if path != pathlib.Path(__file__):
        path.write_text(path.read_text())
print(sorted(os.environ.items()))
print(pathlib.Path.home())


def total(n):
    return -1
'''


def test_git_config(project: Project) -> None:
    """A patch that changes git's configuration, or the incumbent, ends the run in one line that names them; no secret is anywhere.

    It is wrong besides, so that the gate is quick to find it out: what it did on the way counts all the same.
    """
    config = project.path / ".git" / "config"
    patch = project.patch("greedy", {"src/demo/__init__.py": GREEDY.format(config=str(config))})

    result = project.run(f"--autoloop-judge={patch}", "--autoloop-isolation=process", env={"MY_TOKEN": SECRET, "OWN": SECRET}, limit=300)

    assert result.ret == 1
    result.stdout.fnmatch_lines(["*isolation process*", "autoloop: isolation: process*"])
    [line] = [line for line in result.outlines if ".git/config" in line]
    said = ".git/config changed, and src/demo/__init__.py of the incumbent's tree changed, while experiment 1 was judged"
    assert said in line
    assert project.report()["isolation"] == "process"
    assert project.report()["stopped"]["by"] == "refused"
    written = "".join(path.read_text(errors="replace") for path in project.run_folder.rglob("*") if path.is_file())
    assert SECRET not in written + result.stdout.str()
    assert str(project.path.parent / "home") not in written
