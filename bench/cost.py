"""What a verdict costs, in one run side by side: this judge, the same without interpreters started ahead, and pytest-benchmark run twice.

    python -m bench.cost [--repeats 10] [--workload short]

Benchmarks of about 50 µs, 5 ms and 100 ms of pure Python. For each, in turn and over again so that the machine's moods hit all alike:

* **ours**: the trial of a candidate that does nothing, and of one that is 30 % slower, until its verdict;
* **nothing ahead**: the same, but no interpreter is started, and nothing imported, before its duel begins;
* **run twice**: ``pytest --benchmark-only`` for each of two trees, and their means compared. It has no verdict to offer: the last column
  is how far it was off, at worst, on trees that are the same.

All trees were run before, so bytecode is there for everybody. Prints the medians as a table in Markdown, with the load. Ctrl-C ends
it early, with what there is.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import math
import os
import subprocess
import sys
import time
from collections import defaultdict
from statistics import median
from typing import TYPE_CHECKING

from . import workloads
from .figures import markdown
from .rooms import PLUGINS
from .rooms import open_room

if TYPE_CHECKING:
    from .rooms import Room

WORSE = -math.log(1.3)
SIZES = (workloads.SHORT, workloads.OBJECTS, workloads.LONG)


def verdict(room: Room, planted: float) -> tuple[float, int]:
    """Judge one candidate, and return the seconds and the duels that took."""
    with room.candidate() as tree:
        bouts = room.bouts(tree, planted)
        began = time.monotonic()
        trial = room.judge(bouts)
        return time.monotonic() - began, len(trial.scores)


def run_twice(room: Room) -> tuple[float, float]:
    """Run pytest-benchmark for two trees that are the same, and return the seconds that took and the gain it sees, as a log ratio."""
    began = time.monotonic()
    first, second = run_once(room), run_once(room)
    return time.monotonic() - began, math.log(first / second)


def run_once(room: Room) -> float:
    """Run pytest-benchmark as a person does, and return the mean it tells."""
    output = room.project.parent / "benchmark.json"
    command = [sys.executable, "-m", "pytest", "-q", *PLUGINS, "--benchmark-only", f"--benchmark-json={output}"]
    environ = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    environ.pop("PYTHONDONTWRITEBYTECODE", None)
    ran = subprocess.run(command, cwd=room.project, env=environ, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    if ran.returncode:
        raise RuntimeError(f"pytest-benchmark ended with status {ran.returncode}:\n{ran.stdout}")
    mean: float = json.loads(output.read_text())["benchmarks"][0]["stats"]["mean"]
    return mean


class Costs:
    """The seconds and duels of each kind of verdict, by workload."""

    def __init__(self) -> None:
        self.seconds: dict[tuple[str, str], list[float]] = defaultdict(list)
        self.duels: dict[tuple[str, str], list[int]] = defaultdict(list)
        self.off: dict[str, list[float]] = defaultdict(list)
        self.loads: list[float] = []

    def judge(self, name: str, how: str, room: Room) -> None:
        """Judge a null and a slower candidate."""
        for what, planted in (("null", 0.0), ("30 % slower", WORSE)):
            seconds, duels = verdict(room, planted)
            self.seconds[name, f"{how} {what}"].append(seconds)
            self.duels[name, f"{how} {what}"].append(duels)

    def twice(self, name: str, room: Room) -> None:
        """Compare two runs of pytest-benchmark."""
        seconds, seen = run_twice(room)
        self.seconds[name, "twice"].append(seconds)
        self.off[name].append(abs(seen))

    def rows(self) -> list[list[str]]:
        """Return a table's rows, one for each workload."""

        def cell(name: str, column: str) -> str:
            seconds, duels = self.seconds[name, column], self.duels.get((name, column))
            return f"{median(seconds):.1f} s" + (f" ({median(duels):.0f} duels)" if duels else "")

        columns = [f"{how} {what}" for what in ("null", "30 % slower") for how in ("ours", "late")]
        return [
            [name, *(cell(name, column) for column in columns), cell(name, "twice"), f"{max(map(math.expm1, self.off[name])):.0%}"]
            for name in self.off
        ]


def main(argv: list[str] | None = None) -> int:
    """Measure all side by side, and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.cost", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--repeats", type=int, default=10, help="verdicts of each kind (default: %(default)s)")
    parser.add_argument("--workload", action="append", choices=[size.name for size in SIZES], help="only this one (repeatable)")
    options = parser.parse_args(argv)
    chosen = [size for size in SIZES if not options.workload or size.name in options.workload]
    costs = Costs()
    with contextlib.ExitStack() as stack:
        rooms = [
            (size, stack.enter_context(open_room(size)), stack.enter_context(open_room(size, ahead=False, early=False))) for size in chosen
        ]
        for _, ours, _ in rooms:
            run_once(ours)
        with contextlib.suppress(KeyboardInterrupt):
            for number in range(options.repeats):
                for size, ours, late in rooms:
                    what = f"repeat {number + 1} of {options.repeats}: {size.name}, load {os.getloadavg()[0]:.1f}"
                    print(f"\r{what:<78}", end="", file=sys.stderr, flush=True)
                    costs.loads.append(os.getloadavg()[0])
                    costs.judge(size.what, "ours", ours)
                    costs.judge(size.what, "late", late)
                    costs.twice(size.what, ours)
    print(file=sys.stderr)
    header = ["benchmark", "null: ours", "null: nothing ahead", "30 % slower: ours", "30 % slower: nothing ahead", "run twice", "off by"]
    print(markdown(header, costs.rows()))
    done, loads = len(costs.loads) // len(chosen), costs.loads
    print(f"\nMedians of {done}; load {min(loads):.1f} to {max(loads):.1f}, median {median(loads):.1f}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
