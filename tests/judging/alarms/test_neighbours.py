"""What a module imports from others of its tree is known where their sources tell it."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms import alarms
from pytest_autoloop.judging.alarms.neighbours import NOTHING_TAKEN
from pytest_autoloop.judging.alarms.neighbours import Neighbours
from pytest_autoloop.judging.screen import Source

TREE = {
    "src/shop/__init__.py": b"NAME = 'shop'\n",
    "src/shop/ranking.py": b"def insert(found, one):\n    found.append(one)\n",
    "src/shop/limits.py": b"OFFSET = 1 << 9\nKNOWN = {}\nBOTH = (1, [])\n",
    "src/shop/parts/__init__.py": b"",
    "src/shop/parts/broken.py": b"def (\n",
    "tools.py": b"LIMIT = 3\n",
}
HERE = Neighbours(TREE, TREE.__getitem__)


@pytest.mark.parametrize(
    ("code", "modules", "constants"),
    [
        ("from . import ranking", {"ranking"}, set()),
        ("from . import ranking as r, NAME", {"r"}, {"NAME"}),
        ("from shop import parts", {"parts"}, set()),
        ("from .limits import OFFSET, KNOWN, BOTH", set(), {"OFFSET"}),
        ("from shop.limits import OFFSET as o", set(), {"o"}),
        ("from .parts import broken", {"broken"}, set()),
        ("from .parts.broken import X", set(), set()),
        ("from tools import LIMIT", set(), {"LIMIT"}),
        ("from .. import tools", set(), set()),
        ("from ..... import tools", set(), set()),
        ("from json import loads", set(), set()),
        ("from . import *", set(), set()),
        ("import shop.ranking", set(), set()),
    ],
)
def test_what_is_taken(code: str, modules: set[str], constants: set[str]) -> None:
    """Modules and what stays as it is, by the names that they get; of anything else nothing is known."""
    found = HERE.taken("src/shop/orders.py", ast.parse(code))

    assert set(found.modules) == modules
    assert set(found.constants) == constants


def test_nothing_is_known_of_an_empty_tree() -> None:
    """Then an import is just a name."""
    assert Neighbours().taken("a.py", ast.parse("from . import b")) == NOTHING_TAKEN


def test_alarms_know_the_neighbours() -> None:
    """A function of a neighbour is no method of what is in it, and a constant of one is a number; what can be changed still stands out."""
    before = "def f(rows):\n    return 0\n"
    after = (
        "from . import ranking\nfrom .limits import KNOWN\nfrom .limits import OFFSET\n\ndef f(rows):\n    value = OFFSET\n    value ^= 3\n"
        "    ranking.insert(rows, value)\n    known = KNOWN\n    known |= rows\n    return value\n"
    )
    source = [Source(path="src/shop/orders.py", before=before.encode(), after=after.encode())]

    assert [alarm.text for alarm in alarms(source, (), HERE)] == ["changes what is imported, under another name"]
    assert [alarm.line for alarm in alarms(source, (), HERE)] == [10]
    assert len(alarms(source)) == 2


RATES = b"""
from . import bank

R = {}

def put(n, r):
    R[n] = r

def rate(n):
    return R[n]

def plain(n):
    return n
"""
CHANGING = {
    "src/shop/__init__.py": b"",
    "src/shop/rates.py": RATES,
    "src/shop/bank.py": b"from . import rates\ndef interest():\n    return rates.rate('x')\n",
}


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("from .rates import rate, plain, R as r", {"rate", "r"}),
        ("from . import rates", {"rates.R", "rates.put", "rates.rate"}),
        ("import shop.rates", {"shop.rates.R", "shop.rates.put", "shop.rates.rate"}),
        ("import shop.rates as r", {"r.R", "r.put", "r.rate"}),
        ("from .bank import interest", {"interest"}),
        ("from json import loads", set()),
    ],
)
def test_what_may_change_elsewhere(code: str, names: set[str]) -> None:
    """Functions of other modules that read what those change, through a module between as well, and modules that import each other."""
    found = Neighbours(CHANGING, CHANGING.__getitem__).lasting("src/shop/prices.py", ast.parse(code))

    assert {name for name in found.unsteady if "bank." not in name} == names
    assert found.changers == {name for name in names if name.endswith("put")}


def test_objects_of_neighbours() -> None:
    """A method that changes its object keeps something, be it another module's object, or one that is made here of its class."""
    notes = b"class Notes:\n    def record(self, n):\n        self.n = n\n    def of(self):\n        return self.n\n\nnotes = Notes()\n"
    files = {"src/shop/notes.py": notes, "src/shop/orders.py": b""}
    code = "from .notes import notes as all_, Notes\n\nmine = Notes()\n\ndef f(n):\n    {}\n"

    for call, kept in (("all_.record(n)", True), ("mine.record(n)", True), ("all_.of()", False), ("Notes().record(n)", False)):
        source = [Source(path="src/shop/orders.py", before=code.format("pass").encode(), after=code.format(call).encode())]
        found = [alarm.text for alarm in alarms(source, (), Neighbours(files, files.__getitem__))]
        assert found == [f"keeps state by {call.partition('(')[0]}"] * kept


def test_how_far_neighbours_are_read() -> None:
    """A chain of imports has an end: what is further away than some hundred modules is not read."""
    read = []
    chain = {f"m{number}.py": f"from m{number + 1} import f\n".encode() for number in range(900)}

    def reading(path: str) -> bytes:
        read.append(path)
        return chain[path]

    Neighbours(chain, reading).lasting("a.py", ast.parse("from m0 import f\n"))
    assert len(read) == 200
