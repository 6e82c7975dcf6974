"""Whether the suites of ready checkouts pass unchanged as gates: each test that passes plainly, under every isolation.

    python -m bench.suites FOLDER... [--level process] [-- PYTEST ARGUMENTS]

A folder is a clean git checkout with at least one benchmark test, and `.venv` in it (ignored by git) holds what its tests need and this
plugin. The suite is run once without the loop; then runs of the loop that have no time to propose anything establish their baselines
under each level. The table says how many tests passed, what was quarantined, and which tests passed plainly and not as a gate; the exit
status is 1 if there are any.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree as ET
from pathlib import Path

from .figures import markdown

LEVELS = ("process", "landlock", "bwrap", "auto")


def passed(path: Path) -> frozenset[str]:
    """Return the tests that passed, as a JUnit file says."""
    if not path.exists():
        return frozenset()
    harmless = {"properties", "system-out", "system-err"}
    cases = [case for case in ET.parse(path).iter("testcase") if all(part.tag in harmless for part in case)]
    return frozenset(f"{case.get('classname')}::{case.get('name')}" for case in cases)


def run(folder: Path, arguments: list[str], scratch: Path) -> tuple[frozenset[str], str, float]:
    """Run pytest in a checkout, and return what passed, its last line, and how many seconds it took."""
    junit = scratch / "junit.xml"
    junit.unlink(missing_ok=True)
    began = time.monotonic()
    command = [str(folder / ".venv" / "bin" / "python"), "-m", "pytest", "-q", f"--junit-xml={junit}", *arguments]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False)
    last = (done.stdout.strip().splitlines() or [""])[-1]
    return passed(junit), last, time.monotonic() - began


def suite(folder: Path, levels: list[str], extra: list[str]) -> tuple[list[list[str]], bool]:
    """Run the suite of a checkout under each level, and return the rows of the table, and whether it lost nothing."""
    describe = ["git", "describe", "--tags", "--always", "HEAD^"]
    version = subprocess.run(describe, cwd=folder, capture_output=True, text=True, check=True).stdout
    rows, whole = [], True
    with tempfile.TemporaryDirectory(prefix="autoloop-suites-") as name:
        scratch = Path(name)
        plain, _, seconds = run(folder, ["--benchmark-disable", *extra], scratch)
        for level in levels:
            results = scratch / level
            loop = ["--autoloop", "--autoloop-budget", "1s", "--autoloop-isolation", level, "--autoloop-report", str(results)]
            gate, last, took = run(folder, [*loop, *extra], scratch)
            lost = sorted(plain - gate)
            report = json.loads(found.read_text()) if (found := results / "report.json").exists() else {}
            whole = whole and bool(plain) and not lost and bool(report.get("gates"))
            what = ", ".join(lost[:3]) if report.get("gates") else last
            rows.append(
                [
                    f"{folder.name} {version.strip()}",
                    level if level != "auto" else f"auto: {report.get('isolation')}",
                    f"{len(plain)}",
                    f"{len(plain & gate)}",
                    f"{len(report.get('quarantined', []))}",
                    f"{len(lost)}{f' ({what})' if lost else ''}",
                    f"{seconds:.0f} / {took:.0f}",
                ]
            )
            print("  ".join(rows[-1]), file=sys.stderr, flush=True)
    return rows, whole


def main(argv: list[str] | None = None) -> int:
    """Run the suites, print the table, and return 1 if a test was lost."""
    given = sys.argv[1:] if argv is None else argv
    cut = given.index("--") if "--" in given else len(given)
    parser = argparse.ArgumentParser(prog="python -m bench.suites", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    parser.add_argument("--level", action="append", choices=LEVELS, help="only this one (repeatable)")
    options = parser.parse_args(given[:cut])
    rows, whole = [], True
    for folder in options.folders:
        more, good = suite(folder.resolve(), options.level or list(LEVELS), given[cut + 1 :])
        rows += more
        whole = whole and good
    print(markdown(["project", "isolation", "passed plainly", "of them as gate", "quarantined", "lost", "seconds plain / baseline"], rows))
    return int(not whole)


if __name__ == "__main__":
    raise SystemExit(main())
