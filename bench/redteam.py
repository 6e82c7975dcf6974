"""Judge the red team's whole catalogue, and say what became of it: ``python -m bench.redteam --runs 2``.

``--layers`` has every layer look at every attack and stops none, to see what each of them alone would let through. That takes a whole
trial for each. ``--each 2`` takes only the first two attacks of each class, ``--only`` a part of the catalogue by name or class.
``--write`` puts the tables into a document, between its marks. With ``--record`` a run that was ended goes on where it was.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import sys
import tempfile
from collections import Counter
from collections import defaultdict
from dataclasses import dataclass
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from collections.abc import Sequence

    from redteam.entry import Entry
    from redteam.world import World

ROOT = Path(__file__).parents[1]
_BATCH = 40
# What stops one that goes for a verdict, by the names of the guards; then what it is called in the table.
LAYERS = {
    "screen": "the screen alone",
    "canaries": "the gate and its canaries alone",
    "equivalence": "results and arguments alone",
    "clock": "the judge's clocks alone",
    "remembering": "first calls and other arguments alone",
    "calling_before": "calls before the measured ones alone",
    "preparing": "profiles of what comes before short calls alone",
    "alone": "benchmarks that run alone, alone",
    "untidiness": "untidy inputs alone",
    "side_effects": "import, threads and processes alone",
    "memory": "peak memory alone",
    "integrity": "files and byte code after all that ran alone",
    "standing_out": "alarms alone",
}


@dataclass
class Outcome:
    """What became of an entry in each run, and what is wrong with that."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


def judged(entries: Sequence[Entry], seed: int, args: Sequence[str], observed: Path | None = None) -> Iterator[tuple[Entry, Any, World]]:
    """Judge entries in a new world under a seed, and yield each with its row."""
    from redteam.world import open_world

    os.environ["PYTHONHASHSEED"] = str(seed)
    if observed is not None:
        os.environ["AUTOLOOP_OBSERVED"] = str(observed)
    with tempfile.TemporaryDirectory(prefix="redteam-", ignore_cleanup_errors=True) as name, open_world(Path(name), entries) as world:
        world.judge(*args, limit=4 * 3600)
        for entry in entries:
            yield entry, world.row(entry), world
    os.environ.pop("AUTOLOOP_OBSERVED", None)


def run_all(entries: Sequence[Entry], runs: int, args: Sequence[str], record: Path | None = None) -> dict[str, Outcome]:
    """Judge the catalogue as often as asked, each time under another seed. What is on ``record`` is not judged again."""
    outcomes: dict[str, Outcome] = defaultdict(Outcome)
    known: dict[int, set[str]] = defaultdict(set)

    def note(name: str, seed: int, row: dict[str, Any], faults: list[str]) -> None:
        outcomes[name].rows.append(row)
        outcomes[name].faults += faults
        known[seed].add(name)

    for line in record.read_text(encoding="utf-8").splitlines() if record is not None and record.exists() else ():
        note(**json.loads(line))
    for seed in range(1, runs + 1):
        for batch in batches([entry for entry in entries if entry.name not in known[seed]]):
            for entry, row, world in judged(batch, seed, args):
                found = {"name": entry.name, "seed": seed, "row": row, "faults": [f"run {seed}: {why}" for why in entry.faults(row, world)]}
                note(**found)
                if record is not None:
                    with record.open("a", encoding="utf-8") as file:
                        file.write(json.dumps(found) + "\n")
            print(f"seed {seed}: {len(known[seed])} of {len(entries)} judged", file=sys.stderr, flush=True)
    return outcomes


def batches(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    """Yield some entries at a time: the more candidates share one error budget, the more duels each of them takes."""
    for start in range(0, len(entries), _BATCH):
        yield entries[start : start + _BATCH]


def table(entries: Sequence[Entry], outcomes: dict[str, Outcome]) -> Iterator[str]:
    """Yield what became of each entry as lines of Markdown."""
    yield "| class | candidate | verdict | stage | reason |"
    yield "|---|---|---|---|---|"
    for entry in entries:
        rows = outcomes[entry.name].rows
        verdict = " / ".join(dict.fromkeys(row["verdict"] for row in rows))
        stage = " / ".join(dict.fromkeys(row["stage"] for row in rows))
        why = re.sub(r"secret-\w+|mark-\w+", "…", rows[0]["reason"])
        yield f"| {entry.row} | {entry.name} | {verdict} | {stage} | {_cell(why)} |"


def _cell(text: str) -> str:
    short = text if len(text) <= 110 else f"{text[:109]}…"
    return short.encode("ascii", "backslashreplace").decode() if not short.isprintable() else short.replace("|", "\\|")


def costs(entries: Sequence[Entry], outcomes: dict[str, Outcome]) -> Iterator[str]:
    """Yield what judging took by what became of it, and the share of it that the checks took, as lines of Markdown."""
    groups: dict[str, list[dict[str, float]]] = defaultdict(list)
    for entry in entries:
        for row in outcomes[entry.name].rows:
            at = row["stage"] if row["verdict"] == "rejected" else ""
            kind = "nothing better, dropped in measuring" if entry.kind == "null" and at == "measure" else f"{row['verdict']} {at}".strip()
            groups[kind].append(row["seconds"])
    yield "| what became of it | candidates | seconds each | of these, checks beside tests and duels |"
    yield "|---|---|---|---|"
    for kind, found in sorted(groups.items()):
        whole = statistics.mean(sum(seconds.values()) for seconds in found)
        checks = statistics.mean(seconds.get("screen", 0.0) + seconds.get("guard", 0.0) for seconds in found)
        yield f"| {kind} | {len(found)} | {whole:.2f} | {checks:.2f} ({checks / max(whole, 1e-9):.0%}) |"


def first_of_each(entries: Sequence[Entry], number: int) -> Iterator[Entry]:
    """Yield the honest entries, and at most so many attacks of each class."""
    seen: Counter[str] = Counter()
    for entry in entries:
        seen[entry.row] += 1
        if seen[entry.row] <= number or entry.kind != "attack":
            yield entry


def _taken_in(entries: Sequence[Entry], args: Sequence[str]) -> Iterator[tuple[Entry, set[str]]]:
    """Yield what a naive judge would keep, who believes pytest's reports and the benchmarks' times, with the layers that object."""
    objections: dict[int, set[str]] = defaultdict(set)
    with tempfile.TemporaryDirectory() as name:
        observed = Path(name) / "observed.jsonl"
        found = [(entry, row) for entry, row, _ in judged(entries, 1, ("-p", "bench.observer", *args), observed)]
        if not observed.exists():
            raise RuntimeError("no layer has objected to anything: bench.observer was not there, or in the wrong places")
        for line in observed.read_text(encoding="utf-8").splitlines():
            note = json.loads(line)
            objections[note["number"]].add(note["layer"])
    for entry, row in found:
        said = objections[row["number"]]
        if row["gain"] is not None and row["gain"]["ratio"] > 1.02 and "tests" not in said:
            yield entry, said


def layers(entries: Sequence[Entry], args: Sequence[str]) -> Iterator[str]:
    """Yield how many attacks on the verdict each layer alone would let through, as lines of Markdown."""
    from redteam.files import FILES

    naive = [pair for batch in batches(entries) for pair in _taken_in(batch, args)]
    yield f"| layer | of {len(entries)} attacks it would keep |"
    yield "|---|---|"
    yield f"| none: tests pass and benchmarks say they are faster | {len(naive)} |"
    yield f"| files outside the packages put back | {sum(entry not in FILES for entry, _ in naive)} |"
    for layer, title in LAYERS.items():
        objecting = {layer, "gate"} if layer == "canaries" else {layer}
        yield f"| {title} | {sum(not objecting & said for _, said in naive)} |"
    yield f"| all of them | {sum(not said for _, said in naive)} |"
    let = [entry.name for entry, said in naive if not said]
    if let:
        yield ""
        yield f"Kept in spite of all: {', '.join(let)}."


def write(path: Path, mark: str, lines: Sequence[str]) -> None:
    """Put lines into a document, between the marks of that name."""
    text = path.read_text(encoding="utf-8")
    start, end = f"<!-- {mark} -->\n", f"<!-- end of {mark} -->"
    before, _, rest = text.partition(start)
    _, _, after = rest.partition(end)
    assert after, f"{path} has no marks for {mark}"
    path.write_text(before + start + "\n".join(lines) + "\n" + end + after, encoding="utf-8")


def main() -> int:
    """Run what was asked for, print it, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=1, help="how often, each time under another seed (default: 1; 0: only the layers)")
    parser.add_argument("--only", default="", help="a pattern for names and classes")
    parser.add_argument("--quick", action="store_true", help="only what the test suite runs")
    parser.add_argument("--layers", action="store_true", help="also what each layer alone would let through")
    parser.add_argument("--each", type=int, default=1000, help="at most so many attacks of each class (default: all)")
    parser.add_argument("--write", type=Path, help="a document to put the tables into")
    parser.add_argument("--record", type=Path, help="a file to note each verdict in; what it has already is not judged again")
    parser.add_argument("args", nargs="*", help="more arguments for pytest (after --)")
    options = parser.parse_args()
    sys.path[:0] = [str(ROOT / "tests")]
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), *os.environ.get("PYTHONPATH", "").split(os.pathsep)]).rstrip(os.pathsep)
    from redteam.catalogue import CATALOGUE

    wanted = re.compile(options.only)
    entries = [e for e in CATALOGUE if wanted.search(f"{e.row}: {e.name}") and not (options.quick and e.long)]
    entries = list(first_of_each(entries, options.each))
    failed: list[str] = []

    def publish(mark: str, lines: Sequence[str]) -> None:
        print("\n".join(["", *lines]), flush=True)
        if options.write:
            write(options.write, mark, lines)

    if options.runs:
        outcomes = run_all(entries, options.runs, options.args, options.record)
        publish("verdicts", list(table(entries, outcomes)))
        publish("costs", list(costs(entries, outcomes)))
        for entry in entries:
            faults = outcomes[entry.name].faults
            if faults and not entry.limit:
                failed += [f"{entry.name}: {fault}" for fault in faults]
            if not faults and entry.limit:
                # A limit may depend on the machine.
                print(f"NOTE {entry.name}: it may get through ({entry.limit}), and did not")
    if options.layers:
        publish("layers", list(layers([entry for entry in entries if entry.kind == "attack"], options.args)))
    print(f"\n{dict(Counter(entry.kind for entry in entries))}, {options.runs} runs; load now {os.getloadavg()[0]:.1f}")
    print("\n".join(f"WRONG {line}" for line in failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
