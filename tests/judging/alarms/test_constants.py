"""What is made at import and can never change is told from what could keep something."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.constants import Constants

HEAD = "import collections\nimport functools\nimport itertools\nimport math\nimport re\nimport string\nimport struct\nimport helper\n"
HEAD += "from datetime import timedelta\nfrom decimal import Decimal\nfrom helper import date\nHEX = functools.partial(int, base=16)\n"
HEAD += "VOWELS = ['a', 'e']\nPAIR = (1, 'b')\nTABLE = {}\nSIZE = 3 * 4\n"


def is_constant(value: str, head: str = HEAD) -> bool:
    """Return whether what a module gives to a name stays as it is."""
    module = ast.parse(f"{head}X = {value}\n")
    last = module.body[-1]
    assert isinstance(last, ast.Assign)
    return Constants.of(module).is_constant(last.value)


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "-1.5",
        "'text'",
        "(1, (2, 'b'))",
        "frozenset({'a', 'e'})",
        "frozenset(VOWELS)",
        "tuple(number * SIZE for number in range(30) if number % 2)",
        "tuple(sorted(zip([1, 2], 'ab')))",
        "tuple({1: 'a'}.items())",
        "frozenset(dict.fromkeys('ab', 1).values())",
        "frozenset(dict.fromkeys(map(ord, 'ab'), (1, 2)))",
        "max(map(len, VOWELS))",
        "sum([1, 2]) + min(number for number in range(3))",
        "tuple(map(str.lower, VOWELS))",
        "'|'.join(map(re.escape, VOWELS))",
        "bytes(number ^ 1 for number in range(256))",
        "bytes([1, 2])",
        "tuple(itertools.accumulate([1, 2]))",
        "tuple([*VOWELS, *PAIR])",
        "bytes(256)",
        "' ' * 1000",
        "1 << 64",
        "2 ** 0.5",
        "re.compile(r'(a|b)+', re.IGNORECASE | re.M)",
        "', '.join(VOWELS)",
        "object()",
        "1 / math.sqrt(SIZE)",
        "(math.pi, string.ascii_letters)",
        "f'{SIZE}!'",
        "struct.Struct('<Ihh').pack",
        "re.compile('a').sub",
        "', '.join",
        "functools.partial(int, base=16)",
        "(type(None), bool, int)",
        "collections.namedtuple('Pair', ['one', 'other'])",
        "Decimal('0.1')",
        "timedelta(days=SIZE)",
    ],
)
def test_what_cannot_change(value: str) -> None:
    """Numbers, texts, patterns, tuples and what is frozen, and what is worked out from such."""
    assert is_constant(value)


@pytest.mark.parametrize(
    "value",
    [
        "{}",
        "[1]",
        "{'a': 1}",
        "([],)",
        "{} | {}",
        "[0] * 3",
        "[{}][0]",
        "[0][:]",
        "{}.setdefault",
        "functools.partial(helper, {})",
        "functools.partial(helper, [], base=1)",
        "functools.partial(helper, known={})",
        "functools.partial(int, base=16).keywords",
        "collections.namedtuple('Pair', ['one'])._field_defaults",
        "HEX.keywords",
        "date(2026, 1, 1)",
        "type('Known', (), {})",
        "bytes(33_000_000)",
        "bytes(33 * 10 ** 6)",
        "len(bytes(33_000_000))",
        "' ' * 33_000_000",
        "SIZE * (0,)",
        "'1'.zfill(33_000_000)",
        "1 << 33_000_000",
        "2 ** SIZE",
        "'a b'.split()",
        "str.maketrans('', '', 'a')",
        "dict(a=[])",
        "tuple(dict(a=[]).values())",
        "tuple([] for _ in range(3))",
        "tuple([[]])",
        "tuple(t | t for t in [TABLE])",
        "(tuple(TABLE for TABLE in range(2)), TABLE | TABLE)",
        "PAIR or TABLE",
        "max([], [])",
        "max([[], []])",
        "max(helper)",
        "max('ab', key=helper)",
        "tuple({1: []}.values())",
        "{1: 2}.items()",
        "tuple(helper.items())",
        "frozenset(dict.fromkeys('ab', []).values())",
        "dict.fromkeys('ab', 1)",
        "map(len, VOWELS)",
        "tuple(map(helper, VOWELS))",
        "tuple(map(TABLE.get, VOWELS))",
        "tuple(map(len, [[]], *TABLE))",
        "bytes(SIZE * 33_000_000)",
        "math.prod([], start=[])",
        "Thing()",
        "tuple(map(list, 'ab'))",
        "tuple(helper)",
        "str(helper)",
        "divmod(helper, 1)",
        "(one for one in 'ab')",
        "iter([1])",
        "zip('ab', 'cd')",
        "itertools.product('ab', 'cd')",
        "reversed([1])",
        "lambda: 1",
        "compile('a')",
        "helper.compile('a')",
        "helper().str()",
        "B().get",
        "dict().setdefault",
        "re.enum",
        "helper",
        "(memo := 1)",
    ],
)
def test_what_may_change(value: str) -> None:
    """What can be changed itself, holds what can, is used up by being read, or comes from who knows where, is no constant."""
    assert not is_constant(value)


@pytest.mark.parametrize(
    "head",
    [
        "from helper import re",
        "import helper as re",
        "import re.helper as re",
        "re = helper",
        "class re: pass",
        "def re(): pass",
        "def f():\n    global re\n    re = helper",
        "class A:\n    global re\n    re = helper",
        "class A:\n    here.re = helper",
        "def f():\n    import helper as re",
        "from helper import *",
        "from . import here\nhere.re = helper",
        "try:\n    pass\nexcept E as re:\n    pass",
        "match 1:\n    case re: pass",
    ],
)
def test_names_that_mean_something_else(head: str) -> None:
    """A name is what it is elsewhere only if the module gives it to nothing else."""
    assert is_constant("re.compile('a')", "import re\n")
    assert not is_constant("re.compile('a')", f"import re\n{head}\n")


@pytest.mark.parametrize(
    "head",
    [
        "def f(re): pass",
        "def f(*re): return re",
        "lambda re: re",
        "def f():\n    re = helper",
        "class A:\n    re = helper",
        "class A:\n    def re(self): pass",
        "class A:\n    def __init__(self):\n        self.re = helper",
        "def f():\n    def re(): pass",
        "def f():\n    return [re for re in helper]",
    ],
)
def test_names_that_functions_and_classes_have_for_themselves(head: str) -> None:
    """What is something else inside of a function or a class is what it is outside."""
    assert is_constant("re.compile('a')", f"import re\n{head}\n")


def test_what_a_function_puts_in_a_names_place() -> None:
    """Where a function has a name for itself, the same text says something else."""
    constants = Constants.of(ast.parse("import re\nfrom decimal import Decimal\nSIZE = 1\nVOWELS = ['a']\n"))

    for value in ("re.compile('a')", "Decimal(1)", "tuple(range(2))", "frozenset(VOWELS)", "SIZE + 1"):
        expression = ast.parse(value, mode="eval").body
        assert constants.is_constant(expression)
        assert not constants.inside(frozenset({"re", "Decimal", "range", "VOWELS", "SIZE"})).is_constant(expression)


@pytest.mark.parametrize(
    ("head", "value"),
    [("import operator as op", "op.itemgetter(1)"), ("import os.path as p, re as r", "r.compile('a')"), ("import re as r", "r.IGNORECASE")],
)
def test_modules_by_another_name(head: str, value: str) -> None:
    """A module of the standard library is what it is by whatever name, if that is given to nothing else."""
    assert is_constant(value, f"{head}\n")
    assert not is_constant(value, f"{head}\n{value.partition('.')[0]} = helper\n")


@pytest.mark.parametrize("more", ["SIZE = {}\n", "def f():\n    global SIZE\n    SIZE = {}\n", "for SIZE in helper: pass\n"])
def test_names_that_are_given_something_else_too(more: str) -> None:
    """A name is a constant only if it is given one thing."""
    assert is_constant("SIZE + 1", "SIZE = 1\n")
    assert not is_constant("SIZE + 1", f"SIZE = 1\n{more}")


@pytest.mark.parametrize(
    ("value", "stays"), [("helper", True), ("helper.table.get", True), ("(helper, 1)", True), ("(1, *helper.x)", True), ("helper()", False)]
)
def test_another_name_is_nothing_new(value: str, stays: bool) -> None:
    """What is there already has another name then, but is not made."""
    module = ast.parse(f"X = {value}\n")
    [statement] = module.body
    assert isinstance(statement, ast.Assign)

    assert Constants.of(module).stays(statement.value) is stays
