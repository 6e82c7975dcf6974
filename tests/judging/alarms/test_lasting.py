"""What lasts beyond a call is seen wherever it is kept; what ends with the call is not held against anyone."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.lasting import IMPORT
from pytest_autoloop.judging.alarms.lasting import TIMES
from pytest_autoloop.judging.alarms.lasting import at_import
from pytest_autoloop.judging.alarms.lasting import by_others
from pytest_autoloop.judging.alarms.lasting import lasting
from pytest_autoloop.judging.alarms.unsteady import Lasting

_OTHER_NAME = "changes what is imported, under another name"
CLOSURE = """\
def remember(work):
    seen = {{}}
    put = seen.setdefault
    def quick(n):
        {change}
        return work(n)
    return quick
"""


def texts(code: str) -> set[str]:
    return {text for _, text, _ in lasting(ast.parse(code))}


@pytest.mark.parametrize("fill", ["BITS.append(n)", "BITS[n] = 1", "BITS += [n]"])
def test_a_table_that_is_filled_at_import(fill: str) -> None:
    """What runs once remembers no calls; in a function, or in what a class has, it may."""
    assert texts(f"BITS = []\nfor n in range(9):\n    {fill}\n") == set()
    assert texts(f"BITS = []\ndef f(n):\n    {fill}\n    return {{n: BITS}}\n") == ({"keeps state in BITS"} if "+=" not in fill else set())


@pytest.mark.parametrize("default", ["{}", "[]", "dict()", "collections.defaultdict(list)", "({}, 1)", "{} or None", "(m := [])"])
@pytest.mark.parametrize(
    "function", ["def f(n, m={}): pass", "def f(n, *, m={}): pass", "f = lambda n, m={}: m", "f = lambda n, *, m={}: m"]
)
def test_defaults(function: str, default: str) -> None:
    """A default that can be changed lasts, of a keyword as well, and of a lambda, whether it is written or made by a call."""
    assert texts(function.replace("{}", default)) == {"keeps state in a default"}


@pytest.mark.parametrize("default", ["()", "0", "None", "frozenset([1])", "tuple('ab')", "object()", "NAME", "-1"])
def test_defaults_that_cannot_change(default: str) -> None:
    """Numbers, texts, tuples of them and what is frozen keep nothing."""
    assert texts(f"def f(n, m={default}, *, k={default}): pass") == set()


@pytest.mark.parametrize("around", ["def g(tuple):", "class A:\n    tuple = dict"])
def test_defaults_by_names_that_say_something_else(around: str) -> None:
    """What stands for something else around a function does so in its defaults."""
    assert texts(f"{around}\n    def f(n, m=tuple()): pass") == {"keeps state in a default"}


@pytest.mark.parametrize(
    "change",
    [
        "seen[n] = work(n)",
        "seen[n] += 1",
        "del seen[n]",
        "seen.last = n",
        "seen[0][n] = 1",
        "seen.setdefault(n, 1)",
        "seen.update({n: 1})",
        "seen[0].append(n)",
        "dict.update(seen, {n: 1})",
        "dict.__setitem__(seen, n, 1)",
        "put(n, 1)",
        "known = seen; known[n] = 1",
        "(known := seen)[n] = 1",
        "work.last = n",
    ],
)
def test_closures(change: str) -> None:
    """A function that is given away and stores in a variable of the one around it remembers."""
    assert "keeps state in a closure" in texts(CLOSURE.format(change=change))


def test_what_others_keep() -> None:
    """A function of the project that keeps something does so for whoever calls it, be it one of another module."""
    code = "KEPT = {}\n\ndef note(n):\n    KEPT[n] = 1\n\ndef f(n):\n    note(n)\n    store.put(n)\n    g(n)\n\ndef h(note):\n    note(1)\n"
    imported = Lasting(changers=frozenset({"store.put"}))
    found = [(text, explained_by) for _, text, explained_by in by_others(ast.parse(code), imported)]

    assert found == [("keeps state by note", frozenset({"policy"})), ("keeps state by store.put", frozenset({"policy"}))]


NOTES = """\
class Notes:
    def __init__(self):
        self.noted = {}

    def record(self, name, thing):
        noted = self.noted
        noted[name] = thing

    def both(self, name):
        self.record(name, 1)

    def of(self, name):
        return self.noted.get(name)

class More(Notes):
    pass

notes, more = Notes(), 1
kept: More = More()
"""


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        ("kept.record(n, 1)", True),
        ("kept.both(n)", True),
        ("kept.of(n)", False),
        ("kept = Notes(); kept.record(n, 1)", False),
        ("other.record(n, 1)", False),
    ],
)
def test_what_objects_of_the_module_keep(call: str, *, kept: bool) -> None:
    """A method that changes its object does so for as long as that lives; one that a function makes ends with the call."""
    code = ast.parse(f"{NOTES}\n\ndef f(n):\n    {call}\n")

    assert [text for _, text, _ in by_others(code, Lasting())] == [f"keeps state by {call.partition('(')[0]}"] * kept


def test_closures_that_are_handed_out() -> None:
    """One that a function returns may last as long as the process, as what a decorator makes does, so that times explain nothing."""
    inside = "    seen = {}\n    def g(n):\n        seen[n] = 1\n"
    given, sorting = (f"def f(h):\n{inside}    {last}\n" for last in ("return wraps(h)(g)", "return sorted(h, key=g)[0]"))

    assert [explained_by for _, _, explained_by in lasting(ast.parse(given))] == [frozenset({"policy"})]
    assert [explained_by for _, _, explained_by in lasting(ast.parse(sorting.replace("return", "found =")))] == [TIMES]


@pytest.mark.parametrize(
    "code",
    [
        CLOSURE.format(change="known = {}; known[n] = 1"),
        CLOSURE.format(change="n.last = 1"),
        CLOSURE.format(change="return seen.get(n)"),
        "def f(n):\n    seen = set()\n    def visit(k):\n        seen.add(k)\n        visit(k)\n    visit(n)\n    return seen\n",
        "def f(n):\n    found = []\n    found.append(n)\n    return sorted(found, key=lambda k: -k)\n",
    ],
)
def test_what_ends_with_the_call(code: str) -> None:
    """A function's own variables, and those of a helper that is only called while it runs, are nothing that lasts."""
    assert texts(code) == set()


def test_closures_by_another_function_or_class() -> None:
    """It makes no difference whether the function that is given away stores by itself, or a class or lambda does."""
    helped = CLOSURE.format(change="keep(n)").replace("    def quick", "    def keep(n):\n        seen[n] = 1\n    def quick")
    by_class = "def f():\n    seen = []\n    class A:\n        def g(self):\n            seen.append(1)\n    return A\n"

    for code in (helped, by_class, "def f():\n    seen = []\n    return lambda n: seen.append(n)\n"):
        assert texts(code) == {"keeps state in a closure"}


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("import copy\ncopy._deepcopy_dispatch[dict] = 0\n", "changes copy._deepcopy_dispatch"),
        ("import copy\ncopy._deepcopy_dispatch.update({dict: 0})\n", "changes copy._deepcopy_dispatch"),
        ("import copy\nknown = copy._deepcopy_dispatch\n", "uses copy._deepcopy_dispatch"),
        ("from copy import _deepcopy_dispatch\n", "uses copy._deepcopy_dispatch"),
        ("from copy import _deepcopy_dispatch as d\nd[dict] = 0\n", "changes d"),
        ("from copy import _deepcopy_dispatch as d\nd.clear()\n", "changes d"),
        ("import json\njson.decoder.JSONDecoder.decode = f\n", "changes json.decoder.JSONDecoder.decode"),
        ("import json\nput(json, 'loads', f)\n", "hands json on"),
        ("import numpy as np\nnp.random.pool.append(1)\n", "changes np.random.pool"),
        ("import numpy as np\nnp.sort = f\n", "changes np.sort"),
        ("from helper import deque\n\ndef f(n):\n    deque(n).append(1)\n", "changes deque"),
        ("import json as j\nd = j\n", "hands j on"),
        ("import os\nrun = os.system\n", "uses os.system"),
        (
            "import logging\n\ndef f(n):\n    logging.addLevelName(n, 1)\n",
            "uses logging.addLevelName, which lasts",
        ),
        ("from csv import register_dialect as r\nr('a')\n", "uses csv.register_dialect, which lasts"),
        ("import csv\ncsv.register_dialect('a', delimiter=';')\n", "uses csv.register_dialect, which lasts"),
        ("import random\n\ndef f(n):\n    random.seed(n)\n", "uses random.seed, which lasts"),
        (
            "import xml.etree.ElementTree as ET\nET.register_namespace('a', 'b')\n",
            "uses ET.register_namespace, which lasts",
        ),
        ("import decimal\n\ndef f(n):\n    decimal.getcontext().prec = n\n", "changes prec"),
        ("from decimal import getcontext\n\ndef f(n):\n    c = getcontext()\n    c.prec = n\n", _OTHER_NAME),
        ("import logging\n\ndef f(n):\n    log = logging.getLogger('a')\n    log.setLevel(n)\n", _OTHER_NAME),
        ("from collections.abc import Sized\n\ndef f(n):\n    Sized.register(n)\n", "registers something in a call"),
    ],
)
def test_other_modules(code: str, text: str) -> None:
    """A store in another module or in what it holds, what it keeps for itself, and a module in other hands are named."""
    assert text in texts(code)


@pytest.mark.parametrize(
    "code",
    [
        "import os\nos.remove(path)\n",
        "import numpy as np\n\ndef f(n):\n    return np.append(np.sort(n), 1)\n",
        "from collections import deque\n\ndef f(n):\n    return deque(n).popleft()\n",
        "import copy\n\ndef f(n):\n    copy.copy(n).sort()\n",
        "import platform\nplatform.system()\n",
        "import queue\n\ndef f(queue):\n    queue[0] = 1\n    queue.items.append(1)\n    return queue\n",
        "import math\n\ndef f(n):\n    return math.gcd(n, 2)\n",
        "import operator\n\ndef f(n):\n    return operator.add(n, 2)\n",
        "from operator import add\n\ndef f(n):\n    return add(n, 2)\n",
        "import random\n\ndef f(n):\n    return random.Random(n).choice('ab')\n",
        "from functools import singledispatch\n\n@singledispatch\ndef f(n):\n    return n\n\n@f.register(int)\ndef _(n):\n    return 2\n",
        "from collections import namedtuple\n\ndef f(n):\n    return n._replace(x=1)\n",
    ],
)
def test_modules_that_are_only_used(code: str) -> None:
    """Calls of a module's functions, and a variable that merely has a module's name, change no module."""
    assert texts(code) == set()


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("KNOWN = ({}, 1)\n", "keeps state in KNOWN"),
        ("if True:\n    KNOWN = {}\n", "keeps state in KNOWN"),
        ("if x:\n    pass\nelse:\n    class A:\n        known = []\n", "keeps state in known"),
        ("if f():\n    pass\n", "calls f at import"),
        ("match x:\n    case 1:\n        y = 2\n", "runs statements at import"),
    ],
)
def test_at_import(code: str, text: str) -> None:
    """What a module keeps or runs is seen under conditions as well."""
    assert [what for _, what, _ in at_import(ast.parse(code))] == [text]


def test_names_of_a_class_are_its_own() -> None:
    """What a class calls by the name of a built-in function says something else in there, and nowhere else."""
    code = "class A:\n    def tuple(self): pass\n    BITS = tuple(range(2))\n\nBITS = tuple(range(3))\n"

    found = [(getattr(node, "lineno", 0), explained_by) for node, text, explained_by in at_import(ast.parse(code)) if "BITS" in text]
    assert found == [(3, TIMES | IMPORT)]


def test_constants_cost_time_at_import_only() -> None:
    """First calls have nothing to say of what nothing can change; of all else they have."""
    code = "A = frozenset(f'{n}' for n in range(9))\nB = {}\n\ndef f(n):\n    return g(B)\n"

    assert [(getattr(node, "lineno", 0), explained_by) for node, _, explained_by in at_import(ast.parse(code))] == [
        (1, IMPORT),
        (1, IMPORT),
        (2, TIMES | IMPORT),
    ]


@pytest.mark.parametrize(
    "code",
    [
        "C = {} | {}",
        "C = [None] * 100",
        "C = {}.setdefault",
        "C = old.setdefault",
        "C = [{}][0]",
        "(C := {})",
        "if (C := {}): pass",
        "X: (C := {}) = 0",
        "@lambda f, m={}: m\ndef C(): pass\nC[1] = 2",
        "class A:\n    C = [0] * 9",
        "class C(metaclass=lambda *a: {}): pass",
        "def f(x, C={} | {}): pass",
        "def f(x, C={}.setdefault): pass",
        "f = lambda x, C={}.get: C",
        "C = B().get",
        "C = Thing()",
        "@make(Thing())\ndef f(): pass",
    ],
)
def test_whatever_is_not_known_to_stay_is_state(code: str) -> None:
    """There are many ways to make something, by any of which it can be there for the next call."""
    module = ast.parse(f"{code}\n")

    assert [*at_import(module), *lasting(module)]


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ("OLD[n] = 1", "keeps state in OLD"),
        ("OLD.append(n)", "keeps state in OLD"),
        ("OLD[0].last = n", "keeps state in OLD"),
        ("del OLD[n]", "keeps state in OLD"),
        ("for OLD[n] in (1,): pass", "keeps state in OLD"),
        ("other = OLD; other[n] = 1", "keeps state under another name"),
        ("other = OLD; other |= {n}", "keeps state under another name"),
        ("other = OLD.pop; other(n)", "keeps state under another name"),
        ("other = f; other.last = n", "keeps state under another name"),
        ("other = helper.table; other[n] = 1", "changes what is imported, under another name"),
        ("list(map(OLD.append, (n,)))", "keeps state in OLD"),
        ("heappush(OLD, n)", "keeps state in OLD"),
        ("bisect.insort(OLD, n)", "keeps state in OLD"),
        ("OLD[0].send(n)", "keeps state in OLD"),
        ("f[n] = 1", "keeps state in f"),
        ("C.t[n] = 1", "keeps state in C"),
    ],
)
def test_what_a_function_changes_around_it(change: str, text: str) -> None:
    """What was there before can be made to remember as well as what is new."""
    assert text in texts(f"import helper\nOLD = []\n\nclass C:\n    t = 1\n\ndef f(n):\n    {change}\n")


@pytest.mark.parametrize(
    "body",
    [
        "OLD = []; OLD.append(n)",
        "found = []; add = found.append; add(n); found[0] = n",
        "for other in OLD: n += other",
        "total = SIZE; total += n",
        "other = list(OLD); other[0] = n",
        "n.rows = OLD; n.rows[0] = n",
    ],
)
def test_what_a_function_has_for_itself(body: str) -> None:
    """Its own variables end with the call, also if they are called like something outside."""
    assert texts(f"OLD = []\nSIZE = 3\n\ndef f(n):\n    {body}\n") == set()


def test_deep_expressions() -> None:
    """Old sources may nest as deeply as Python compiles them."""
    deep = ast.parse("x = " + "+".join(["1"] * 1500) + "\ndef f(m=[]): pass\n")

    assert {text for _, text, _ in lasting(deep)} == {"keeps state in a default"}


def test_operators_by_another_name() -> None:
    """`add` of that module is a sum, and puts nothing into anything."""
    module = ast.parse("import operator\n\ndef f(a, b):\n    add = operator.add\n    return add(a, b)\n")
    other = ast.parse("import helper\n\ndef f(a, b):\n    add = helper.add\n    return add(a, b)\n")

    assert _OTHER_NAME not in {text for _, text, _ in lasting(module)}
    assert _OTHER_NAME in {text for _, text, _ in lasting(other)}
