"""Projects to measure: each a package with one benchmark, of a kind of work that machines are noisy about in their own way."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import dedent
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_TEST = """\
from workload import work


def test_work(benchmark):
    assert benchmark(work) == work()
"""
_INI = """\
[tool.pytest.ini_options]
testpaths = ["tests"]
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """A kind of work: ``source`` is a module with a function ``work`` in which names like ``local_1`` may be renamed."""

    name: str
    what: str
    source: str

    def write(self, folder: Path) -> None:
        """Write it as a project."""
        files = {
            "pyproject.toml": _INI,
            "workload/__init__.py": self.source,
            "tests/test_work.py": _TEST,
        }
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)


def _workload(name: str, what: str, source: str) -> Workload:
    return Workload(name=name, what=what, source=dedent(source).lstrip())


TINY = _workload(
    "tiny",
    "a call of about 1 µs",
    """
    def work():
        total = 0
        for number in range(30):
            total += number
        return total
    """,
)

STRINGS = _workload(
    "strings",
    "50 µs of string work",
    """
    TEXT = "the quick brown fox jumps over the lazy dog " * 4


    def work():
        words = []
        for word in TEXT.split():
            piece = word.strip().upper()
            words.append(f"{piece.lower()}:{len(piece)}")
        line = ",".join(words)
        count = 0
        for part in line.split(","):
            name, _, size = part.partition(":")
            if name.startswith(("t", "q")) and size.isdigit():
                count += int(size)
        return count
    """,
)

_OBJECTS = """
    class Account:
        def __init__(self, name, balance):
            self.name = name
            self.balance = balance
            self.log = []

        def move(self, amount, other):
            fee = amount // 100
            rest = amount - fee
            self.balance -= amount
            other.balance += rest
            self.log.append((other.name, rest))
            return fee


    def work():
        accounts = []
        for number in range(50):
            accounts.append(Account(f"name {number}", 10_000 + number))
        fees = 0
        step = 7
        for turn in range(@TURNS@):
            giver = accounts[turn % 50]
            taker = accounts[(turn * step + 3) % 50]
            if giver is not taker:
                fees += giver.move(turn % 1000, taker)
        balance = sum([account.balance for account in accounts])
        return fees + balance
    """


def objects(name: str, what: str, turns: int) -> Workload:
    """Return objects that deal with each other in so many turns."""
    return _workload(name, what, _OBJECTS.replace("@TURNS@", str(turns)))


SHORT = objects("short", "50 µs of pure Python with objects", 90)
OBJECTS = objects("objects", "5 ms of pure Python with objects", 16_000)
LONG = objects("long", "100 ms of pure Python with objects", 300_000)

HASHES = _workload(
    "hashes",
    "3 ms of dictionaries and sets of strings",
    """
    WORDS = [f"word{number * 7919 % 4999}" for number in range(6000)]


    def work():
        counts = {}
        for word in WORDS:
            counts[word] = counts.get(word, 0) + 1
        seen = set()
        for word in WORDS[::2]:
            ending = word[-3:]
            seen.add(ending)
        shared = {word for word in counts if word[-3:] in seen}
        rare = 0
        for word in shared:
            if counts[word] == 1:
                rare += 1
        return rare + len(seen)
    """,
)

ALLOCATING = _workload(
    "allocating",
    "4 ms of allocating, with cycles for the garbage collector",
    """
    class Node:
        def __init__(self, value):
            self.value = value
            self.children = []
            self.parent = None


    def work():
        root = Node(0)
        nodes = [root]
        for number in range(1, 4000):
            node = Node(number)
            above = nodes[number // 3]
            node.parent = above
            above.children.append(node)
            nodes.append(node)
        depth = 0
        last = nodes[-1]
        while last is not None:
            depth += 1
            last = last.parent
        sizes = [len(node.children) for node in nodes]
        tables = [dict(zip(range(5), range(5))) for size in sizes if size]
        return depth + sum(sizes) + len(tables)
    """,
)

ALL = (TINY, STRINGS, OBJECTS, HASHES, ALLOCATING)
