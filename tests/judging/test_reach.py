"""Which benchmarks a change is taken to reach."""

from __future__ import annotations

from pytest_autoloop.judging.reach import reached
from pytest_autoloop.judging.screen import Source

BEFORE = b"""\
import os

LIMIT = 3


def first(x):
    return x + LIMIT


def second(x):
    def inner(y):
        return y
    return inner(x)


class Thing:
    size = 4

    def method(self):
        return self.size
"""
# first is called by "a", second by "b", the method by "c"; each by path and the line of its def.
CALLED = {"a": [("m.py", 6)], "b": [("m.py", 10), ("m.py", 11)], "c": [("m.py", 19)]}
EVERYTHING = frozenset("abc")


def change(old: bytes, new: bytes) -> frozenset[str]:
    assert old in BEFORE
    return reached([Source(path="m.py", before=BEFORE, after=BEFORE.replace(old, new, 1))], CALLED)


def test_the_body_of_a_function_reaches_the_benchmarks_that_call_it() -> None:
    """Only a benchmark whose profile shows the changed function can feel the change."""
    assert change(b"return x + LIMIT", b"return LIMIT + x") == {"a"}
    assert change(b"return self.size", b"return int(self.size)") == {"c"}


def test_a_nested_function_counts_for_the_one_around_it() -> None:
    """A change inside a function in a function reaches whoever calls the outer one."""
    assert change(b"        return y\n", b"        return +y\n") == {"b"}


def test_new_imports_names_and_functions_are_felt_only_by_what_uses_them() -> None:
    """Hoisting something to the top of the module does not make every benchmark count."""
    new = BEFORE.replace(b"import os\n", b"import os\nimport re\n\n_PATTERN = re.compile('a')\n").replace(b"x + LIMIT", b"x + LIMIT + 0")
    new += b"\n\ndef helper():\n    pass\n"
    assert reached([Source(path="m.py", before=BEFORE, after=new)], CALLED) == {"a"}


def test_names_that_are_bound_anew_reach_everything() -> None:
    """A function, constant, import or builtin under another meaning is felt by whoever uses its name, and by no profile."""
    for more in (
        b"first = second\n",
        b"def first(x):\n    return 0\n",
        b"LIMIT = 4\n",
        b"import re as os\n",
        b"sorted = list\n",
        b"new = Thing.size = 5\n",
        b"from math import *\n",
    ):
        new = BEFORE.replace(b"return self.size", b"return int(self.size)") + b"\n" + more
        assert reached([Source(path="m.py", before=BEFORE, after=new)], CALLED) == EVERYTHING, more


def test_what_runs_at_import_reaches_everything() -> None:
    """A changed constant, class attribute, decorator or default may be felt anywhere."""
    assert change(b"LIMIT = 3", b"LIMIT = 4") == EVERYTHING
    assert change(b"size = 4", b"size = 5") == EVERYTHING
    assert change(b"def first(x):", b"def first(x=0):") == EVERYTHING
    assert change(b"def second(x):", b"@staticmethod\ndef second(x):") == EVERYTHING


def test_a_change_that_no_profile_shows_reaches_everything() -> None:
    """A function that builds a table at set-up is called by no timed round, and yet may be felt in all of them."""
    new = BEFORE + b"\n\ndef table():\n    return 1\n"
    assert reached([Source(path="m.py", before=new, after=new.replace(b"return 1", b"return 2"))], CALLED) == EVERYTHING


def test_deleted_files_and_other_kinds_of_files_reach_everything() -> None:
    """Where a change cannot be pinned to functions every benchmark counts."""
    assert reached([Source(path="m.py", before=BEFORE, after=None)], CALLED) == EVERYTHING
    assert reached([Source(path="data.json", before=b"{}", after=b"[]")], CALLED) == EVERYTHING


def test_functions_of_one_name_are_told_apart() -> None:
    """A second definition of the same name is another function, and changing it reaches who calls that one."""
    before = b"def f():\n    return 1\n\n\ndef f():\n    return 2\n"
    after = before.replace(b"return 2", b"return 3")
    assert reached([Source(path="m.py", before=before, after=after)], {"a": [("m.py", 1)], "b": [("m.py", 5)]}) == {"b"}


def test_functions_that_are_defined_in_two_ways() -> None:
    """Each of them counts, also where a condition chooses between them."""
    before = b"if LONG:\n    def f(x):\n        return x\nelse:\n    def f(x):\n        return -x\n"
    called = {"a": [("m.py", 2)], "b": [("m.py", 5)]}

    assert reached([Source(path="m.py", before=before, after=before.replace(b"return x", b"return +x"))], called) == {"a"}
    assert reached([Source(path="m.py", before=before, after=before.replace(b"return -x", b"return 0 - x"))], called) == {"b"}
