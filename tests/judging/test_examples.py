"""Examples in docstrings stay with the objects under whose names doctest runs them."""

from __future__ import annotations

import pytest

from pytest_autoloop.judging.examples import refuse_examples
from pytest_autoloop.judging.screen import Source

CHANGED = "it changes examples in docstrings, which are tests"
ADDED = "it adds examples to docstrings, which are tests, beside those of new objects that are only called"

OLD = '''\
"""Module.

>>> f(1)
1
"""

def f(n):
    """Do.

    >>> f(-1)
    -1
    >>> f(2)
    2
    """
    return n

def g(n):
    """
    >>> g(0)
    0
    """
    return n

def plain(n):
    return n

class A:
    """
    >>> A()
    A
    """

    class B:
        def m(self):
            """
            >>> A.B().m()
            """

    def __repr__(self):
        return "A"

__test__ = {"edge": """
>>> f(3)
3
"""}
'''


QUICK = "\ndef quick(n):\n    '''\n    >>> 1\n    1\n    '''\n    return 0\n"


def source(before: str | None, after: str | None, path: str = "src/a.py") -> Source:
    return Source(path=path, before=None if before is None else before.encode(), after=None if after is None else after.encode())


def refused(old: str, new: str, more: str = "") -> str | None:
    assert OLD.count(old) == 1
    return refuse_examples([source(OLD, OLD.replace(old, new) + more)])


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (">>> f(-1)\n", ">>> f = lambda n: -1\n    >>> f(-1)\n"),
        (">>> f(2)\n    2\n", ">>> f(2)\n    2\n    >>> 1\n    1\n"),
        ("    >>> f(-1)\n    -1\n    >>> f(2)\n    2\n", "    >>> f(2)\n    2\n    >>> f(-1)\n    -1\n"),
        (">>> f(-1)\n    -1\n", ">>> f(-1)\n    0\n"),
        (">>> f(1)\n1\n", ""),
        (">>> f(3)\n3", ">>> 3\n3"),
        ('"edge"', '"other"'),
        (">>> A()\n    A\n", ""),
        ("            >>> A.B().m()\n", "            >>> A.B().m() # doctest: +SKIP\n"),
        (
            '"""\n            >>> A.B().m()\n            """',
            'def n():\n                """\n                >>> A.B().m()\n                """',
        ),
        ("def g(n):\n", "def g(n):\n    def h():\n"),
    ],
)
def test_what_is_no_more_as_it_was(old: str, new: str) -> None:
    """Each object has the same examples in the same order: of a module, a function, classes in classes, or the table of texts."""
    assert refused(old, new) == CHANGED


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("Do.", "Do it.\n\n    In other words."),
        ("-1\n    >>> f(2)", "-1\n\n    And then:\n\n    >>> f(2)"),
        ('    2\n    """\n    return n', '    2\n    """\n    return n + 0'),
        ("def f(n):", "import functools\n\n@functools.lru_cache\ndef f(n):"),
        ("def plain", "def quick(n):\n    '''\n    >>> quick(1)\n    1\n    '''\n    return n\n\ndef plain"),
        (
            "    return n\n\nclass A",
            "    return quick(n)\n\ndef quick(n):\n    '''\n    >>> quick(1)\n    1\n    '''\n    return n\n\nclass A",
        ),
        ("class A:\n", "class C:\n    def go(self):\n        '''\n        >>> C().go()\n        '''\n\nclass A:\n"),
        ("__test__ = {", '__test__ = {"more": ">>> 1\\n1", '),
    ],
)
def test_what_may_change(old: str, new: str) -> None:
    """Words and code may change, and new objects that are only called bring new examples."""
    assert refused(old, new) is None


@pytest.mark.parametrize(
    ("new", "more"),
    [
        ("def plain(n):\n    '''\n    >>> 1\n    1\n    '''\n", ""),
        ("def plain(n):\n    def h():\n        '''\n        >>> 1\n        1\n        '''\n", ""),
        ("def plain(n):\n    '>>> 1\\n1'.strip()\n", ""),
        ("def plain(n):\n", f"{QUICK}f = quick\n"),
        ("def plain(n):\n", f"{QUICK}A.B.m = quick\n"),
        ("def plain(n):\n", f"{QUICK}put(quick)\n"),
        ("def plain(n):\n", QUICK.replace("def", "@put\ndef")),
        ("def plain(n):\n", QUICK.replace("quick", "plain")),
        ("def plain(n):\n", f"{QUICK}{QUICK}"),
        ("def plain(n):\n", "\nclass C:\n    def go(self):\n        '''\n        >>> 1\n        1\n        '''\n\nf = C.go\n"),
    ],
)
def test_what_could_take_the_place_of_another(new: str, more: str) -> None:
    """New examples in an old object, in a function, in some text, or in what is handed on are refused: doctest goes by names alone."""
    assert refused("def plain(n):\n", new, more) in (ADDED, CHANGED)


@pytest.mark.parametrize(
    "more",
    [
        "\nf = g\n",
        "\nA.B.m = f\n",
        "\nfrom math import gcd as f\n",
        "\ndef put():\n    global f\n    f = g\n",
        "\nimport functools\n\n@functools.wraps(g)\ndef f(n):\n    return 0\n",
        "\ndel __test__['edge']\n",
        "\n__test__ = dict(edge='')\n",
    ],
)
def test_other_things_under_the_name(more: str) -> None:
    """What has examples is bound as often as before, and its decorators keep its docstring."""
    assert refused("Do.", "Do.", more) == (ADDED if "__test__" in more else CHANGED)


def test_moving() -> None:
    """An object may go to another module with all of its examples; a new module may have examples of its own, also for itself."""
    without = OLD.replace(OLD[OLD.index("def g") : OLD.index("def plain")], "from .b import g\n\n")
    moved = OLD[OLD.index("def g") : OLD.index("def plain")]

    assert refuse_examples([source(OLD, without), source(None, moved, "src/b.py")]) is None
    assert refuse_examples([source(OLD, without), source("", f"import c\n\n{moved}", "src/b.py")]) is None
    assert refuse_examples([source(OLD, without), source(None, moved.replace("0", "1"), "src/b.py")]) == CHANGED
    assert refuse_examples([source(None, '"""New.\n\n>>> 1\n1\n"""\n', "src/b.py")]) is None
    assert refuse_examples([source("x = 1\n", '"""New.\n\n>>> 1\n1\n"""\n', "src/b.py")]) == ADDED


def test_a_source_may_be_deep() -> None:
    """An expression as deep as Python reads at all is walked like any other."""
    deep = b"x = " + b"+".join([b"1"] * 2000) + b"\n"
    source = Source(
        path="m.py",
        before=deep + b"@a" + b".b" * 2000 + b"\ndef f():\n    '''\n    >>> f()\n    '''\n",
        after=deep + b"def f():\n    pass\n",
    )

    assert "changes examples" in str(refuse_examples([source]))
