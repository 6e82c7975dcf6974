"""Copy the example to a scratch repository, run the loop there, and say what to look at."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

EXAMPLE = Path(__file__).parent / "quickstart"
# A scratch repository has its own identity: the demo must run where git was never set up.
IDENTITY = ["-c", "user.name=Demo", "-c", "user.email=demo@localhost"]


def git(folder, *args):
    subprocess.run(["git", "-C", str(folder), *IDENTITY, *args], check=True)


def main():
    scratch = Path(tempfile.mkdtemp(prefix="autoloop-demo-")) / "quickstart"
    shutil.copytree(EXAMPLE, scratch, ignore=shutil.ignore_patterns("__pycache__", ".*cache*", ".benchmarks"))
    git(scratch, "init", "--quiet")
    git(scratch, "config", "user.name", "Demo")
    git(scratch, "config", "user.email", "demo@localhost")
    git(scratch, "add", "--all")
    git(scratch, "commit", "--quiet", "--message", "The example as it comes")
    command = [sys.executable, "-m", "pytest", "--autoloop", *(sys.argv[1:] or ["--autoloop-budget", "3m"])]
    print(f"$ cd {scratch}\n$ {' '.join(['pytest', *command[3:]])}", flush=True)
    status = subprocess.run(command, cwd=scratch).returncode
    if status == 0:
        branch = subprocess.run(
            ["git", "-C", str(scratch), "for-each-ref", "--format=%(refname:short)", "refs/heads/autoloop/"],
            capture_output=True,
            text=True,
        ).stdout.strip()
        print("\nWhat to look at:")
        if branch:
            print(f"  git -C {scratch} log --patch {branch}    what was kept, each commit with its evidence")
        print(f"  {scratch}/.autoloop/runs/    the ledger, the report, and every experiment's patch and raw duels")
        print("The scratch repository's own files are as they were; delete it when you are done.")
    return status


if __name__ == "__main__":
    os.environ.pop("PYTEST_ADDOPTS", None)
    sys.exit(main())
