"""Live do-nothing candidates on this machine: real trees, processes and duels, judged at a run's first level. Nothing should be kept.

    python -m bench.live                                     # 200 candidates for each of five workloads
    python -m bench.live --candidates 20                     # some of them: what is on record is gone on with
    python -m bench.live --print                             # only the table
    python -m bench.live --record gain.jsonl --gain 3        # a planted gain of 3 %: what is found
    python -m bench.live --record late.jsonl --nothing-ahead # interpreters import nothing before their order
    python -m bench.live --loop [--project DIR]              # whole loops over renamings in a project, gates and all

A candidate is a renamed local variable, so its tree differs and its work does not. Sides are prepared as in a run; only the gate is left
out, so that a thousand are affordable. The table says for each workload how many were kept, what a null costs, and whether duels are
what the rule needs: their noise (robust sigma), the correlation of neighbours, and whether the process that was started first has it
better (a fair coin's chance to come out as far off, over all duels).
"""

from __future__ import annotations

import argparse
import contextlib
import itertools
import json
import math
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

from pytest_autoloop.judging.duel import DuelFailed

from . import workloads
from .figures import coin
from .figures import lag_one
from .figures import markdown
from .figures import robust_sigma
from .renaming import renamings
from .renaming import write_patches
from .rooms import open_room
from .rooms import scratch_copy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from .rooms import Room

EXAMPLE = Path(__file__).parents[1] / "examples" / "quickstart"
TOLERATED = 1


class Record:
    """A file of JSON lines, one for each candidate."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.rows: list[dict[str, Any]] = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def of(self, name: str) -> list[dict[str, Any]]:
        """Return the candidates of a workload."""
        return [row for row in self.rows if row["workload"] == name]

    def add(self, row: dict[str, Any]) -> None:
        """Put a candidate on record."""
        self.rows.append(row)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        with self._path.open("a") as file:
            file.write(json.dumps(row) + "\n")


def sources(source: str, skip: int) -> Iterator[str]:
    """Yield renamed versions of a module without end, but for those that were judged before."""
    waves = (renamings(source, f"aa{wave}_") for wave in itertools.count())
    return itertools.islice(itertools.chain.from_iterable(waves), skip, None)


def judge_one(room: Room, source: str, planted: float) -> dict[str, Any]:
    """Judge one candidate, and return what is put on record."""
    began = time.monotonic()
    with room.candidate(source) as tree:
        ready = time.monotonic()
        bouts = room.bouts(tree, planted)
        sigma = room.contest.sigma
        outcome: dict[str, Any] = {"scores": []}
        try:
            trial = room.judge(bouts)
            outcome |= {"decision": trial.decision, "scores": list(trial.scores)}
        except DuelFailed as failed:
            outcome |= {"decision": "failed", "why": str(failed)}
        return {
            "workload": room.workload.name,
            **outcome,
            "sigma": sigma,
            "started_first": room.launcher.started_first(tree, len(outcome["scores"])),
            "seconds": time.monotonic() - ready,
            "preparing": ready - began,
            "load": os.getloadavg()[0],
        }


def measure(record: Record, chosen: Sequence[workloads.Workload], candidates: int, planted: float, *, ahead: bool) -> None:
    """Judge candidates of all workloads in turn, so that the machine's moods hit all alike."""
    began, done = time.monotonic(), 0
    missing = {workload.name: candidates - len(record.of(workload.name)) for workload in chosen}
    whole = sum(max(0, count) for count in missing.values())
    with contextlib.ExitStack() as stack:
        open_ones = [stack.enter_context(open_room(workload, ahead=ahead)) for workload in chosen if missing[workload.name] > 0]
        streams = [(room, sources(room.workload.source, len(record.of(room.workload.name)))) for room in open_ones]
        while streams:
            streams = [(room, stream) for room, stream in streams if len(record.of(room.workload.name)) < candidates]
            for room, stream in streams:
                record.add(judge_one(room, next(stream), planted))
                done += 1
                kept = sum(row["decision"] == "keep" for row in record.rows)
                left = (time.monotonic() - began) / done * (whole - done)
                line = f"{done} of {whole}, {kept} kept on record, load {os.getloadavg()[0]:.1f}, about {left / 60:.0f} min left"
                print(f"\r{line:<78}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)


def table(record: Record, names: Sequence[str], planted: float) -> str:
    """Return what the record says of each workload."""
    rows = []
    for name in names:
        if not (found := record.of(name)):
            continue
        series = [[score - planted for score in row["scores"]] for row in found]
        scores = [score for part in series for score in part]
        correlation, chance = lag_one(series)
        firsts = [first for row in found for first in row["started_first"]]
        better = sum((score > 0) == first for score, first in zip(scores, firsts, strict=True))
        duels = [len(part) for part in series]
        seconds = [row["seconds"] for row in found]
        rows.append(
            [
                name,
                f"{len(found)}",
                f"{sum(row['decision'] == 'keep' for row in found)}",
                f"{len(scores)}",
                f"{statistics.fmean(duels):.1f}",
                f"{statistics.median(seconds):.1f} / {statistics.fmean(seconds):.1f}",
                f"{robust_sigma(scores):.2%}",
                f"{correlation:+.2f} (±{chance:.2f})",
                f"{better} of {len(scores)} (p {coin(better, len(scores)):.2f})",
                f"{min(row['load'] for row in found):.1f}-{max(row['load'] for row in found):.1f}",
            ]
        )
    header = ["workload", "candidates", "kept", "duels", "each", "seconds each (median / mean)", "robust σ"]
    return markdown([*header, "neighbours' correlation", "started first is better", "load"], rows)


def whole_loops(project: Path, candidates: int, control: str) -> bool:
    """Run the loop over the renamings of a project, print what came of it, and return whether anything was kept."""
    with tempfile.TemporaryDirectory(prefix="autoloop-live-") as name:
        folder = Path(name)
        patches = folder / "patches"
        patches.mkdir()
        copy = scratch_copy(project.resolve(), folder)
        count = write_patches(copy, patches, candidates)
        command = [sys.executable, "-m", "pytest", "--autoloop", "--autoloop-agent", f"replay:{patches}", "--autoloop-patience", "0"]
        command += ["--autoloop-control", control, "--autoloop-report", str(folder / "report")]
        subprocess.run(command, cwd=copy, check=True)
        report = json.loads((folder / "report" / "report.json").read_text())
    rows = [row for row in report["experiments"] if row["level"] is not None]
    kept = sum(row["verdict"] == "kept" for row in rows)
    duels = [row["duels"] for row in rows]
    seconds = [row["seconds"].get("measure", 0.0) + row["seconds"].get("gate", 0.0) for row in rows]
    print(f"\n{count} do-nothing candidates, {len(rows)} measured, {kept} kept; load now {os.getloadavg()[0]:.1f}")
    print(f"noise of a duel {report['noise']['sigma']:.2%}, sees gains from {report['noise']['detects']:.1%}")
    print(f"duels per candidate: mean {statistics.mean(duels):.1f}, median {statistics.median(duels)}, most {max(duels)}")
    print(f"seconds per candidate: mean {statistics.mean(seconds):.1f}, median {statistics.median(seconds):.1f}, most {max(seconds):.1f}")
    return bool(kept)


def main(argv: list[str] | None = None) -> int:
    """Measure what is missing in the record, and print the table."""
    names = [workload.name for workload in workloads.ALL]
    parser = argparse.ArgumentParser(prog="python -m bench.live", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--record", type=Path, default=Path("build/live.jsonl"), help="where candidates are added (default: %(default)s)")
    parser.add_argument("--candidates", type=int, default=200, help="for each workload, those on record included (default: %(default)s)")
    parser.add_argument("--workload", action="append", choices=names, help="only this one (repeatable)")
    parser.add_argument("--gain", type=float, default=0.0, help="plant a gain of so many per cent")
    parser.add_argument("--nothing-ahead", action="store_true", help="import nothing before the order")
    parser.add_argument("--print", action="store_true", help="measure nothing, print the record's table")
    parser.add_argument("--loop", action="store_true", help="whole loops over a project instead")
    parser.add_argument("--project", type=Path, default=EXAMPLE, help="with --loop: the project (default: the quickstart example)")
    parser.add_argument("--control", default="fdr", help="with --loop: --autoloop-control")
    options = parser.parse_args(argv)
    if options.loop:
        return 1 if whole_loops(options.project, options.candidates, options.control) else 0
    chosen = [workload for workload in workloads.ALL if workload.name in (options.workload or names)]
    record, planted = Record(options.record), math.log1p(options.gain / 100)
    if not options.print:
        measure(record, chosen, options.candidates, planted, ahead=not options.nothing_ahead)
    print(table(record, names, planted))
    kept = sum(row["decision"] == "keep" for row in record.rows)
    print(f"\n{kept} of {len(record.rows)} kept" + ("" if options.gain else f"; {TOLERATED} tolerated in a thousand"))
    return int(not options.gain and kept > TOLERATED)


if __name__ == "__main__":
    raise SystemExit(main())
