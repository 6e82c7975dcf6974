"""What stands out in a patch: told from its text, never a verdict, and explained only by what was measured outside."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.judging.alarms import Alarm
from pytest_autoloop.judging.alarms import alarms
from pytest_autoloop.judging.screen import Source
from pytest_autoloop.worker.messages import TOO_MANY

EVERYTHING = frozenset({"clock", "first call", "fresh arguments", "other arguments", "results", "import"})
PLAIN = "def f(n):\n    return sum(range(n))\n"


def raised(after: str, before: str = PLAIN, arguments: tuple[object, ...] = ()) -> tuple[Alarm, ...]:
    found = alarms([Source(path="src/a.py", before=before.encode(), after=after.encode())], arguments)
    # That a whole text goes for another one, and its names with it, is told elsewhere.
    return tuple(alarm for alarm in found if not alarm.text.endswith(" is gone") and " takes " not in alarm.text)


def texts(after: str, before: str = PLAIN, arguments: tuple[object, ...] = ()) -> list[str]:
    return [alarm.text for alarm in raised(after, before, arguments)]


@pytest.mark.parametrize(
    "honest",
    [
        "def f(n):\n    return n * (n - 1) // 2\n",
        "import math\nfrom collections import deque\n\ndef f(n):\n    return math.comb(n, 2)\n",
        'def f(n):\n    """Made for the benchmark of pytest."""\n    return n * (n - 1) // 2\n',
        "def f(n):\n    return getattr(n, 'first', 0)\n",
        "class A:\n    def __init__(self):\n        self.x = self.__dict__\n",
        "from __future__ import annotations\nimport logging\n\nLOG = None\n\ndef f(n):\n    logging.info('%s', n)\n    return n\n",
        "from operator import attrgetter\n\ndef f(n):\n    return sorted(n, key=attrgetter('low', 'part.high'))\n",
        "@dataclass\nclass A:\n    n: int\n\n@dataclass(slots=True)\nclass B:\n    n: int\n",
        "import functools\n\n@functools.total_ordering\nclass A:\n    n = 1\n",
        "import functools\n\ndef g(h):\n    @functools.wraps(h)\n    def f(n):\n        return h(n)\n    return f\n",
        "def f(modules, nice=0):\n    for kill in modules:\n        nice += kill\n    return nice\n",
        "class A:\n    modules = ()\n\n    def f(self):\n        return self.modules, self.environ\n",
        "class A:\n    def f(self, node):\n        return getattr(self, 'visit_' + node.kind)(getattr(node, f'part_{node.n}'))\n",
        "from operator import methodcaller\n\ndef f(n):\n    return map(methodcaller('lower'), n)\n",
        "class Table(dict):\n    def __setitem__(self, key, value):\n        super().__setitem__(key, value)\n",
        "LIMIT = 10\nNAMES = ('a', 'b')\n\ndef f(n):\n    total = 0\n    for k in range(n):\n        total += k\n    return total\n",
    ],
)
def test_ordinary_work_raises_none(honest: str) -> None:
    """Arithmetic, containers, remarks and constants do not stand out."""
    assert texts(honest) == []


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import gc\n", "imports gc"),
        ("from ctypes import memmove\n", "imports ctypes"),
        ("import concurrent.futures\n", "imports concurrent"),
        ("from sys import _getframe\n", "uses _getframe"),
        ("def g(x):\n    return x._getframe(1)\n", "uses _getframe"),
        ("def g():\n    return print.__self__\n", "uses __self__"),
        ("class A:\n    def __eq__(self, other):\n        return True\n", "defines __eq__"),
        ("class A(list):\n    def __bool__(self):\n        return True\n", "defines __bool__"),
        ("def g(self):\n    return self.kernel.modules\n", "uses modules"),
        ("def g(x):\n    return x.environ\n", "uses environ"),
        ("from os import *\n\ndef g():\n    return environ\n", "uses environ"),
        ("def g(x, y):\n    return getattr(x, '__' + y)\n", "looks an attribute up by a name that is made"),
        ("def g(x, y):\n    return getattr(x, f'f_{y}')\n", "looks an attribute up by a name that is made"),
        ("from operator import methodcaller\nreach = methodcaller('__getattribute__', 'x')\n", "uses __getattribute__"),
        ("def g(x):\n    return x == 'PYTEST_CURRENT_TEST'\n", "a text names 'PYTEST'"),
        ("def g(x):\n    return x == b'benchmark'\n", "a text names 'benchmark'"),
        ("def g(x):\n    return eval(x)\n", "uses eval"),
        ("def g(x):\n    return getattr(x, 'mod' + 'ules')\n", "looks an attribute up by a name that is made"),
        ("def g(x):\n    return getattr(x, 'modules')\n", "uses modules"),
        ("def g(x):\n    return map(getattr, [x], ['y'])\n", "hands getattr on"),
        ("def g(x):\n    return map(x.getattr, [x], ['y'])\n", "hands getattr on"),
        ("look = attrgetter\n", "hands attrgetter on"),
        ("from operator import attrgetter as look\n", "uses attrgetter"),
        ("def g(x):\n    return attrgetter('low', 'a.__globals__')(x)\n", "uses __globals__"),
        ("def g(x):\n    return attrgetter(x)\n", "looks an attribute up by a name that is made"),
        ("wraps(Place, assigned=('low',), updated=())(f)\n", "uses wraps, but not as a decorator"),
        ("functools.wraps(Place, assigned=('low',))(f)\n", "uses wraps, but not as a decorator"),
        ("set_on = functools.wraps\n", "hands wraps on"),
        ("from functools import wraps as usual\n", "uses wraps"),
        ("from weakref import ref\n", "imports weakref"),
        ("dataclass(json.JSONEncoder)\n", "uses dataclass, but not as a decorator"),
        ("functools.total_ordering(Fraction)\n", "uses total_ordering, but not as a decorator"),
        ("set_on = dataclass\n", "hands dataclass on"),
        (f"T = {'x' * 300!r}\n", "a literal of 300 characters"),
        (f"T = {2**300}\n", "a number of 301 bits"),
        ("import os\n\ndef g(x):\n    os.chown(x, 1, 2)\n", "uses chown"),
        ("class To(contextlib.redirect_stdout):\n    pass\n", "uses redirect_stdout"),
        ("from enum import bltns as plain\n", "uses bltns"),
        ("def g(x):\n    return type(g)(compile(x, '', 'exec'), {})\n", "uses compile"),
        ("def g(x):\n    return optparse.Values().read_module(x, 'loose')\n", "uses read_module"),
        ("import xml.sax\n", "imports xml.sax"),
        ("from xml import sax\n", "imports xml.sax"),
        ("import traceback\n", "imports traceback"),
        ("def g(x):\n    match x:\n        case object(sys=s):\n            return s\n", "uses sys"),
        ("def g(x):\n    return x._sys\n", "uses _sys"),
        ("def g(x):\n    return vars(x)\n", "uses vars"),
        ("def g(x):\n    return x.f.__dict__\n", "uses __dict__"),
        ("import random\n\ndef g(x):\n    random.Random = x\n", "changes random.Random"),
        ("A = type('A', (list,), {'__eq__': f})\n", "a text names '__eq__'"),
        ("def g(x):\n    weakref.finalize(x, f)\n", "uses finalize"),
        ("import posix\n", "imports posix"),
        ("import _socket\n", "imports _socket"),
        ("from _thread import start_new_thread\n", "imports _thread"),
        ("import smtplib\n", "imports smtplib"),
        ("import xmlrpc.client\n", "imports xmlrpc"),
        ("from ftplib import FTP\n", "imports ftplib"),
        ("from zipimport import zipimporter\n", "imports zipimport"),
        ("import doctest\n", "imports doctest"),
        ("import pydoc\n", "imports pydoc"),
        ("import logging.config\n", "imports logging.config"),
        ("from logging import config\n", "imports logging.config"),
        ("import os\n\ndef g(x):\n    os.system(x)\n", "uses os.system"),
        ("def g(x):\n    return x.it.system('true')\n", "uses system"),
        ("def g(x):\n    return x.execvpe('a')\n", "uses execvpe"),
        ("def g(x):\n    return x.spawnlp('a')\n", "uses spawnlp"),
        ("class A:\n    __eq__ = f\n", "defines __eq__"),
        ("class A:\n    __deepcopy__ = 0\n", "defines __deepcopy__"),
        ("class A:\n    from math import gcd as __eq__\n", "defines __eq__"),
        ("class A:\n    pass\n\nA.__hash__ = f\n", "defines __hash__"),
        ("A = type('A', (list,), dict(__eq__=f))\n", "defines __eq__"),
        ("def g(x):\n    '>>> import gc'\n", "imports gc"),
        ("import copy\n\ncopy._deepcopy_dispatch[dict] = 0\n", "changes copy._deepcopy_dispatch"),
        ("import json\n\nsetattr(json, 'loads', f)\n", "hands json on"),
    ],
)
def test_what_nothing_explains(code: str, text: str) -> None:
    """Reaching into the process, own comparisons and the names of the judge are for a person, whatever was measured."""
    found = [alarm for alarm in raised(PLAIN + code) if alarm.text == text]

    assert len(found) == 1
    assert not found[0].explained(EVERYTHING)


@pytest.mark.parametrize(
    ("code", "text", "by"),
    [
        ("KNOWN = {'a': 1}\nput(KNOWN)\n", "keeps state in KNOWN", {"first call", "fresh arguments", "import"}),
        ("KNOWN = {number: chr(number) for number in (1, 2)}\n", "calls chr at import", {"import"}),
        ("PATTERN = mine.compile('a')\n", "calls compile at import", {"first call", "fresh arguments", "import"}),
        ("class Known(dict):\n    def __missing__(self, key):\n        return key\n", "defines __missing__", {"policy"}),
        ("@memoize\ndef f(n):\n    return n\n", "decorates with memoize", {"policy"}),
        ("import re\nPATTERN = re.compile('a')\n", "calls compile at import", {"import"}),
        ("for k in (1, 2):\n    pass\n", "runs statements at import", {"first call", "fresh arguments", "import"}),
        ("def g(x, known={}):\n    return known\n", "keeps state in a default", {"policy"}),
        ("def g(x):\n    g.last = x\n", "keeps state in g", {"policy"}),
        ("class A:\n    pass\n\ndef g(x):\n    A.last += x\n", "keeps state in A", {"policy"}),
        ("def g(x, *, m=dict()):\n    return m\n", "keeps state in a default", {"policy"}),
        ("class A:\n    def __len__(self):\n        return 3\n", "defines __len__", {"results"}),
        ("from operator import methodcaller\nadd = methodcaller('append', 1)\n", "hands append on", {"first call", "fresh arguments"}),
        ("@mine.remembered\ndef g(n):\n    return n\n", "decorates with remembered", {"first call", "fresh arguments"}),
        ("class A:\n    def __call__(self, n):\n        return n\n", "defines __call__", {"first call", "fresh arguments"}),
        ("def g(x):\n    type(x).last = 1\n", "keeps state in type", {"policy"}),
        ("from functools import lru_cache\n", "remembers results (functools)", {"first call", "fresh arguments"}),
        ("import os\n", "imports os", {"first call", "fresh arguments", "clock", "results"}),
        (f"T = {'x|y' * 100!r}\n", "a literal of 300 characters", {"other arguments", "results"}),
        (f"T = {tuple(range(80))!r}\n", "a literal of 80 parts", {"other arguments", "every part", "results"}),
    ],
)
def test_what_outer_evidence_explains(code: str, text: str, by: set[str]) -> None:
    """What honest work has as well is explained by the evidence that would tell it from a trick, and by nothing less."""
    found = next(alarm for alarm in raised(PLAIN + code) if alarm.text == text)

    assert found.explained_by == by
    assert found.explained(by)
    assert not any(found.explained(by - {one}) for one in by)


def test_literals_of_the_benchmark() -> None:
    """A new number or text that a benchmark is called with looks like a prepared answer; a small one, or one that was there, does not."""
    special = "def f(n):\n    return 2668205 if n == 2311 else sum(range(n))\n"

    assert texts(special, arguments=(2311, "abcdef", 0.25)) == ["2311 is what a benchmark is called with"]
    assert texts("def f(n):\n    return n + 3\n", arguments=(3,)) == []
    assert texts("def f(n):\n    return n + 2311.0\n", arguments=(2311,)) == []
    assert texts(special, before=special.replace("2668205", "0"), arguments=(2311,)) == []
    assert texts("def f(n):\n    return n == 'abcdef'\n", arguments=("abcdef",)) == ["'abcdef' is what a benchmark is called with"]


CHECKED = """\
def check(x):
    if not isinstance(x, int):
        raise TypeError(x)
    assert x

@dataclass(frozen=True)
class A:
    x: int

@trusted
def f(x, file):
    check(x)
    log.info('%s', x)
    with LOCK:
        file.write(x)
    with x.guard, open(x.name):
        compare_digest(x, x)
        file.flush()
    try:
        return g(x)
    except OSError:
        return None
"""


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("        raise TypeError(x)\n", "        return\n", "raise TypeError"),
        ("    assert x\n", "", "an assert"),
        ("not isinstance(x, int)", "not x", "isinstance"),
        ("    check(x)\n", "", "a check by check"),
        ("        file.flush()\n", "", "a call of flush"),
        ("with LOCK:", "if True:", "with LOCK"),
        ("with x.guard, open", "with open", "with guard"),
        ("        compare_digest(x, x)\n", "        x == x\n", "a call of compare_digest"),
        ("OSError", "KeyError", "except OSError"),
        ("    log.info('%s', x)\n", "", "a call of info"),
        ("@trusted\n", "", "@trusted"),
        ("frozen=True", "frozen=False", "frozen"),
    ],
)
def test_what_is_missing(old: str, new: str, what: str) -> None:
    """A check, an error path or a write to disk that is gone is named, and nothing that was measured explains it."""
    found = raised(CHECKED.replace(old, new), CHECKED)

    assert [alarm.text for alarm in found] == [f"{what} was removed, and all tests still pass"]
    assert not found[0].explained(EVERYTHING)


@pytest.mark.parametrize(
    ("gone", "what"),
    [
        ("with TemporaryDirectory() as y:\n        y", "a call of TemporaryDirectory"),
        ("y.unlink()", "a call of unlink"),
        ("shutil.rmtree(y)", "a call of rmtree"),
        ("if y.is_set():\n        return None", "a call of is_set"),
        ("print(y)", "a call of print"),
        ("sys.stderr.write(y)", "a call of write"),
        ("file.write(y)", None),
        ("os.replace(y, x)", "a call of replace"),
        ("y.replace('a', 'b')", None),
        ("y.replace(x)", "a call of replace"),
        ("shutil.move(y, x)", "a call of move"),
        ("await y", "an await"),
        ("await y.put(x)", None),
        ("y.join()", "a call of join"),
        ("y.join(x)", None),
        ("y.wait(0.5)", "a call of wait"),
        ("fcntl.flock(y, 2)", "a call of flock"),
        ("y.result()", "a call of result"),
        ("open(y, 'x')", "a call of open"),
        ("open(y, mode='xb')", "a call of open"),
        ("open(y, 'w')", None),
        ("json.dumps(y, sort_keys=True)", "sort_keys"),
        ("weakref.ref(y)", "a call of ref"),
        ("x = yaml.safe_load(y)", "something safe by its name"),
        ("x = ast.literal_eval(y)", "something safe by its name"),
        ("x = shlex.quote(y)", "quote"),
        ("x = html.escape(y)", "escape"),
        ("x = Decimal(y)", "Decimal"),
        ("x = y.argsort(kind='stable')", "kind"),
        ("x = y.argsort(stable=True)", "stable"),
        ("x = y.argsort(kind='quicksort')", None),
    ],
)
def test_what_is_no_longer_done_beside(gone: str, what: str | None) -> None:
    """Cleaning up, being stopped and telling people are missed, however little tests say of them."""
    found = raised("async def f(x):\n    return x\n", f"async def f(x):\n    {gone}\n    return x\n")

    assert [alarm.text for alarm in found] == ([] if what is None else [f"{what} was removed, and all tests still pass"])


@pytest.mark.parametrize("after", ["    match = P.fullmatch\n    return match(n)\n", "    return [*map(P.fullmatch, n)]\n"])
def test_what_is_called_by_another_name(after: str) -> None:
    """It is done still where it is looked up once, or handed to who calls it."""
    before = "import re\n\nP = re.compile('a')\n\ndef f(n):\n"

    assert texts(before + after, f"{before}    return P.fullmatch(n)\n") == []
    assert texts(f"{before}    return P.match(n)\n", before + after) == ["a call of fullmatch was removed, and all tests still pass"]


def test_a_safe_way_for_another() -> None:
    """The quick loader that is safe as well is none the less so."""
    before = "import yaml\n\ndef f(n):\n    return yaml.safe_load(n)\n"

    assert texts(before.replace("safe_load(n)", "load(n, Loader=yaml.CSafeLoader)"), before) == []
    assert texts(before.replace("safe_load(n)", "load(n, Loader=yaml.CLoader)"), before) == [
        "something safe by its name was removed, and all tests still pass",
        "uses CLoader, which runs what a text says",
    ]


@pytest.mark.parametrize(
    ("before", "after", "removed"),
    [
        ("    if isinstance(x, int):\n        return str(x)\n    return repr(x)\n", "    return TEXTS[type(x)](x)\n", False),
        ("    return str(x) if isinstance(x, int) else repr(x)\n", "    return TEXTS[type(x)](x)\n", False),
        ("    if isinstance(x, int):\n        return None\n    return repr(x)\n", "    return repr(x)\n", True),
        (
            "    if isinstance(x, int) or x:\n        raise ValueError\n    return x\n",
            "    if x:\n        raise ValueError\n    return x\n",
            True,
        ),
        ("    return isinstance(x, int) and x\n", "    return x\n", True),
        ("    return isinstance(x, int) or isinstance(x, str)\n", "    return isinstance(x, (int, str))\n", False),
        ("    return isinstance(x, int) or isinstance(x, str)\n", "    return isinstance(x, int | str)\n", False),
        ("    return isinstance(x, (int, str))\n", "    return isinstance(x, int)\n", True),
        ("    return isinstance(x, int) and x or isinstance(x, int)\n", "    return isinstance(x, int)\n", False),
        ("    return None if isinstance(x, int) else x\n", "    return x\n", True),
        ("    return [y for y in x if isinstance(y, int)]\n", "    return list(x)\n", True),
    ],
)
def test_looks_at_types(before: str, after: str, removed: bool) -> None:
    """One that chooses between ways to do something may be done otherwise; one that refuses or leaves something out is missed."""
    found = [alarm.text for alarm in raised(f"def f(x):\n{after}", f"def f(x):\n{before}")]

    assert found == ["isinstance was removed, and all tests still pass"] * removed


CHECKING = """
def check(n):
    if n < 0:
        raise ValueError(n)

def f(n):
    check(n)
    return n
"""
TWICE = CHECKING + "\ndef g(n):\n    check(n)\n    return n\n"
REFUSING = "    if n < 0:\n        raise ValueError(n)\n"


@pytest.mark.parametrize(
    ("after", "missed"),
    [
        # Where it was called there is now what it did.
        ("def f(n):\n    if n < 0:\n        raise ValueError(n)\n    return n\n", []),
        ("def f(n):\n    return n\n", ["raise ValueError", "a check by check"]),
        (CHECKING.replace("    check(n)\n    return", "    return"), ["a check by check"]),
        # It has another name, by which nobody calls it.
        (CHECKING.replace("    check(n)\n    return", "    return").replace("check", "refuse"), ["a check by check"]),
    ],
)
def test_checks_that_go(after: str, missed: list[str]) -> None:
    """A function that checks may be written out where it was called, as long as it still refuses."""
    found = [alarm.text for alarm in raised(after, CHECKING)]

    assert found == [f"{what} was removed, and all tests still pass" for what in missed]


@pytest.mark.parametrize(("also", "missed"), [(REFUSING, []), ("", ["a check by check was removed, and all tests still pass"])])
def test_a_check_is_written_out_where_it_is_dear(also: str, missed: list[str]) -> None:
    """Others go on calling it: what counts is that it is refused as often as calls are gone."""
    after = f"{CHECKING}\ndef g(n):\n{also}    return n\n"

    assert [alarm.text for alarm in raised(after, TWICE)] == missed


ADDING = "class Names:\n    def add(self, name):\n        if not name:\n            raise ValueError(name)\n\n"


@pytest.mark.parametrize(
    ("made", "missed"),
    [
        ("    seen = set()\n", False),
        ("    seen: set = {*names}\n", False),
        ("    seen = deque()\n", False),
        ("    self.seen = []\n    self.", False),
        ("    seen = Names()\n", True),
        ("    seen = set()\n    seen = Names()\n", True),
        ("    seen = set()\n    for seen in names:\n        pass\n", True),
        ("    self.seen = []\n    it.seen = names\n    self.", True),
        ("", True),
    ],
)
def test_methods_of_containers_check_nothing(made: str, *, missed: bool) -> None:
    """That a class of the module has a method of the same name, which refuses something, is no matter to a set."""
    made, dot, rest = made.rpartition("    self.") if made.endswith("self.") else (made, "    ", "")
    before = f"{ADDING}def f(self, names):\n{made}{dot}{rest}seen.add(1)\n    return 1\n"
    after = f"{ADDING}def f(self, names):\n{made}    return 1\n"

    assert [alarm.text for alarm in raised(after, before)] == ["a check by add was removed, and all tests still pass"] * missed


@pytest.mark.parametrize(("kinds", "missed"), [("", False), ("class set:\n    pass\n\n", True)])
def test_containers_are_the_usual_ones(kinds: str, *, missed: bool) -> None:
    """A class of the module that is called like one of them is none."""
    before = f"{kinds}{ADDING}def f(self, names):\n    seen = set()\n    seen.add(1)\n    return seen\n"

    assert bool(raised(before.replace("    seen.add(1)\n", ""), before)) is missed


@pytest.mark.parametrize(("also", "missed"), [(REFUSING, []), ("", ["a check by check was removed, and all tests still pass"])])
def test_checks_are_written_out_at_each_call(also: str, missed: list[str]) -> None:
    """One that was called twice and is there once is missing somewhere."""
    after = f"def f(n):\n{REFUSING}    return n\n\ndef g(n):\n{also}    return n\n"

    assert [alarm.text for alarm in raised(after, TWICE)] == missed


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("    with self.atomic():\n        g()\n", "    g()\n", ["with atomic"]),
        ("    with np.errstate(all='raise'):\n        g()\n", "    g()\n", ["with errstate"]),
        ("    with open(x) as file:\n        return file.read()\n", "    return read(x)\n", []),
        ("    return wait_for(g(), 5)\n", "    return g()\n", ["a call of wait_for"]),
        ("    return sha256(x).digest()\n", "    return crc32(x)\n", ["a call of sha256"]),
        ("    return key(x)\n\ndef key(x):\n    return md5(x)\n", "    return x\n\ndef key(x):\n    return md5(x)\n", ["a call of key"]),
        ("    STATS['lines'] += 1\n", "    g()\n", ["a change of STATS"]),
        ("    metrics.lines += 1\n", "    g()\n", ["a change of metrics"]),
        ("    _SEEN.add(x)\n", "    g()\n", []),
        ("    found = []\n    found.append(x)\n    return found\n", "    return [x]\n", []),
        ("    for one in self.listeners:\n        one(x)\n", "    g()\n", ["a call of each of listeners"]),
        ("    for one in x:\n        g(one)\n", "    g()\n", []),
        ("    self.bus.emit('changed', x)\n", "    g()\n", ["a call of emit"]),
        ("    return self.emit(x)\n", "    g()\n", []),
        ("    return deque(x, maxlen=self.most)\n", "    return deque(x)\n", ["maxlen"]),
        ("    return WeakValueDictionary()\n", "    return {}\n", ["a call of WeakValueDictionary"]),
        ("    if time.time() > self.until:\n        return g()\n    return x\n", "    return x\n", ["a call of time"]),
        ("    return token_hex(8)\n", "    return str(x)\n", ["a call of token_hex"]),
    ],
)
def test_what_is_no_longer_done(before: str, after: str, told: list[str]) -> None:
    """Guards that are entered, limits of time and size, strong hashes, counters that others read, and what others are told are missed."""
    head = "import metrics\n\nSTATS = {}\n_SEEN = set()\n\ndef f(self, x):\n"

    found = [alarm.text for alarm in raised(head + after, head + before) if "removed" in alarm.text]
    assert found == [f"{what} was removed, and all tests still pass" for what in told]


def test_an_effect_at_import() -> None:
    """What is called for its effect, or is something else another day, is no work that was moved there; what fills one's own table is."""
    effect, work = (
        raised(f"import numpy as np\n\nTABLE = []\n{call}\n", "import numpy as np\n\nTABLE = []\n")
        for call in ("np.seterr(all='raise')", "TABLE.extend(map(str, range(9)))")
    )

    today = raised("from datetime import date\n\nTODAY = date.today()\n", "from datetime import date\n")

    assert [(alarm.text, set(alarm.explained_by)) for alarm in effect] == [("calls seterr at import", set())]
    assert ("calls today at import", set()) in [(alarm.text, set(alarm.explained_by)) for alarm in today]
    assert all(alarm.explained_by for alarm in work)


def test_what_only_moves() -> None:
    """Code that goes to another file of the change raises no alarm."""
    odd = "import gc\n\ndef _g():\n    gc.collect()\n    raise ValueError\n"
    moved = [Source(path="a.py", before=(PLAIN + odd).encode(), after=PLAIN.encode()), Source(path="b.py", before=None, after=odd.encode())]

    assert alarms(moved) == ()


def test_the_place_of_what_is_gone() -> None:
    """Of several of a kind it is the one that is no longer there."""
    first, second = "def f(n):\n    print(n)\n", "\ndef g(m):\n    print(m)\n"

    [alarm] = raised(f"{first}\ndef g(m):\n    pass\n", first + second)
    assert (alarm.text, alarm.line) == ("a call of print was removed, and all tests still pass", 5)


def test_the_place_is_told() -> None:
    """An alarm reads as path, line and what it is."""
    assert [str(alarm) for alarm in raised(PLAIN + "\nimport gc\n")] == ["src/a.py:4: imports gc"]


@given(st.text(alphabet="abcdef()[]{}:=\n .'\"0123456789@*", max_size=60), st.text(max_size=20))
def test_any_text(after: str, before: str) -> None:
    """Whatever a patch holds, looking at it breaks nothing, and no change raises no alarm."""
    raised(after, before)
    assert raised(after, after) == ()


def test_examples_are_code() -> None:
    """Each is looked at, also one beside another that is no Python."""
    assert "imports gc" in texts(f"{PLAIN}\n\ndef g():\n    '''\n    >>> import gc\n    '''\n")
    assert "imports gc" in texts(f"{PLAIN}\n\ndef g():\n    '''\n    >>> 1 +\n    2\n    >>> import gc\n    '''\n")


def test_state_in_objects() -> None:
    """A new attribute that a method changes stands out once; where benchmarks work on such objects, only a first call explains it."""
    before = "class A:\n    def f(self, n):\n        self.n = n\n"
    after = before + "        self.m = n\n        self.m += 1\n        self.n += 1\n"
    [alarm] = raised(after, before)

    assert alarm.text == "keeps state in A.m"
    for named in ("known = self.known", "known, at = self.known, n", "known = me = self.known"):
        under = raised(f"{before}        {named}\n        known[n] = 1\n", before)
        assert [alarm.text for alarm in under] == ["keeps state in A.known"]
        assert raised(f"{before}        {named}\n        known[n] = 1\n", f"{before}        self.known[n] = 1\n") == ()
    assert [one.text for one in raised(f"{before}        me = self\n        me[n] = 1\n", before)] == [
        "keeps state in A under another name"
    ]
    assert raised(f"{before}        known = self.copy()\n        known[n] = 1\n", before) == ()
    assert alarm.explained({"first call", "fresh arguments"}, {"B"})
    assert not alarm.explained({"first call", "fresh arguments"}, {"A"})
    assert not alarm.explained({"first call", "fresh arguments"}, {TOO_MANY})
    assert alarm.explained({"first call", "fresh arguments", "new process"}, {"A"})


@pytest.mark.parametrize("imported", ["lru_cache", "*", "lru_cache as kept"])
def test_what_remembers_once_more(imported: str) -> None:
    """A second function that remembers stands out as the first does, though nothing more is imported for it."""
    name = "kept" if "kept" in imported else "lru_cache"
    head = f"from functools import {imported}\n\n@{name}(None)\ndef g(n):\n    return n\n\n"
    plain = "def f(n):\n    cache = n\n    return cache\n"

    assert "remembers results (functools)" in texts(f"{head}@{name}(9)\n{plain}", before=head + plain)
    assert texts(f"{head}{plain}", before=head + plain) == []
