"""What is made at import and can never change is told from what could keep something."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.constants import constants

USE = "\n\ndef use(key):\n    return {}\n"


def is_constant(code: str) -> bool:
    """Return whether all that the first statements of a module give to a name X stays as it is."""
    module = ast.parse(code)
    given = [node for node in ast.walk(module) if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "X"]
    assert given
    return constants(module).issuperset(map(id, given))


@pytest.mark.parametrize(
    "value",
    [
        "1",
        "-1.5",
        "'text'",
        "(1, (2, 'b'))",
        "frozenset({'a', 'e'})",
        "frozenset(VOWELS)",
        "tuple(number * number for number in range(30) if number % 2)",
        "tuple(sorted(zip([1, 2], 'ab')))",
        "re.compile(r'(a|b)+', re.IGNORECASE)",
        "', '.join(['a', 'b'])",
        "struct.Struct('<IH')",
    ],
)
def test_what_cannot_change(value: str) -> None:
    """Numbers, texts, patterns and what is frozen may be handed to anyone, in a module and in a class."""
    assert is_constant(f"import re\nimport struct\nX = {value}\n{USE.format('X')}")
    assert is_constant(f"import re\nimport struct\nclass A:\n    X = {value}\n")


@pytest.mark.parametrize(
    "value",
    [
        "{'a': 1, 'b': (2, 3)}",
        "['a', 'b']",
        "{name: len(name) for name in NAMES}",
        "dict(zip('ab', range(2)))",
        "str.maketrans('', '', 'aeiou')",
        "'a b c'.split()",
    ],
)
@pytest.mark.parametrize(
    "use", ["X[key]", "key in X", "X.get(key, 0)", "[one for one in X]", "len(X)", "sorted(X)", "key.translate(X)", "X.items()", "not X"]
)
def test_tables_that_are_only_read(value: str, use: str) -> None:
    """A table that is looked up in, counted and iterated over holds what it held at import."""
    assert is_constant(f"X = {value}\n{USE.format(use)}")


@pytest.mark.parametrize(
    "use",
    [
        "X",
        "X.setdefault(key, 1)",
        "X.get",
        "X.__setitem__(key, 1)",
        "put(X, key)",
        "key.put(X)",
        "[X]",
        "(lambda table=X: table)()",
        "X | key",
        "[key := X]",
        "X[key].append(1) if (X := key) else 0",
        "helper.translate(X)",
    ],
)
def test_tables_that_others_get_hold_of(use: str) -> None:
    """Whoever has a table in hand, or calls a method of it that is not known, may change it."""
    assert not is_constant(f"import helper\nX = {{'a': 1}}\n{USE.format(use)}")


@pytest.mark.parametrize(
    "more",
    [
        "def f():\n    X[1] = 2\n",
        "def f():\n    del X[1]\n",
        "def f():\n    global X\n    X = {}\n",
        "X |= {1: 2}\n",
        "def f():\n    for X[1] in range(3): pass\n",
        "Y = X\n",
        "def len(table):\n    table[1] = 2\nlen(X)\n",
        "class T:\n    def translate(self, table):\n        table[1] = 2\n\ndef f(t):\n    return t.translate(X)\n",
        "from helper import *\n\ndef f():\n    return len(X)\n",
    ],
)
def test_tables_that_change(more: str) -> None:
    """Wherever in the module that is."""
    assert not is_constant(f"X = {{'a': 1}}\n{more}")


@pytest.mark.parametrize(
    "value",
    [
        "{'a': []}",
        "([],)",
        "dict(a=[])",
        "tuple([] for _ in range(3))",
        "tuple([[]])",
        "max([], [])",
        "object()",
        "defaultdict(list)",
        "Thing()",
        "tuple(map(list, 'ab'))",
        "(one for one in 'ab')",
        "iter([1])",
        "zip('ab', 'cd')",
        "reversed([1])",
        "lambda: 1",
        "{'a': lambda: 1}",
        "[0] * 3",
        "dict.fromkeys('ab', [])",
        "compile('a')",
        "helper.compile('a')",
        "(memo := {})",
    ],
)
def test_what_may_change_inside(value: str) -> None:
    """What holds something that can be changed, is used up by being read, or comes from who knows where, is no constant."""
    assert not is_constant(f"import helper\nX = {value}\n{USE.format('X[key]')}")


@pytest.mark.parametrize(
    "head", ["from helper import re", "import helper as re", "re = helper", "class re: pass", "def f(re): pass", "from helper import *"]
)
def test_names_that_mean_something_else(head: str) -> None:
    """A name is what it is elsewhere only if the module gives it to nothing else."""
    assert is_constant("import re\nX = re.compile('a')\n")
    assert not is_constant(f"import re\n{head}\nX = re.compile('a')\n")


def test_a_class_holds_no_tables() -> None:
    """All objects of a class reach them by other names."""
    assert not is_constant("class A:\n    X = {'a': 1}\n")
