from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.chains import EqualityChain
from pytest_autoloop.agents.rewrites.rules.chains import PrefixChain
from pytest_autoloop.agents.rewrites.rules.formatting import ConcatenatedString
from pytest_autoloop.agents.rewrites.rules.formatting import FormatString

from .rewriting import check
from .rewriting import leaves

LETTERS = st.text("abcd", max_size=2)


def test_comparisons_with_constants_become_a_membership_test() -> None:
    """Three or more comparisons of the same value are one test, wherever in the chain they stand."""
    check(
        EqualityChain(),
        """
        def f(x, y):
            a = x == "a" or x == "b" or x == "c"
            b = not (x != "a" and x != "b" and x != "c")
            c = y or x == "a" or x == "b" or x == "c"
            d = not (y or x == "a" or x == "b" or x == "c" or y == 1)
            e = x == "a" or x == "b" or x == "c" or y
            return a, b, c, d, e
        """,
        """
        def f(x, y):
            a = x in {"a", "b", "c"}
            b = not (x not in {"a", "b", "c"})
            c = y or x in {"a", "b", "c"}
            d = not (y or x in {"a", "b", "c"} or y == 1)
            e = x in {"a", "b", "c"} or y
            return a, b, c, d, e
        """,
        (None, 1),
        inputs=st.tuples(LETTERS, st.integers(0, 2)),
    )


def test_other_comparisons_are_left_alone() -> None:
    """Few, different or mixed ones, and what may have an effect."""
    leaves(EqualityChain(), "def f(x):\n    return x == 'a' or x == 'b'\n")
    leaves(EqualityChain(), "def f(x, y):\n    return x == 'a' or y == 'b' or x == 'c'\n")
    leaves(EqualityChain(), "def f(x):\n    return x == 'a' or x == 1 or x == None\n")
    leaves(EqualityChain(), "def f(x):\n    return x == 'a' and x == 'b' and x == 'c'\n")
    leaves(EqualityChain(), "def f(g):\n    return g() == 'a' or g() == 'b' or g() == 'c'\n")
    leaves(EqualityChain(), "def f(x, y):\n    return x == 'a' or x == y or x == 'c'\n")
    leaves(EqualityChain(), "def f():\n    x = []\n    return x == 'a' or x == 'b' or x == 'c'\n")


def test_prefixes_are_tested_at_once() -> None:
    """Tests of one string for several prefixes or suffixes are one."""
    check(
        PrefixChain(),
        """
        def f(s, y):
            if s.startswith("a") or s.startswith("b") or y:
                return 1
            if not s.endswith("c") and not s.endswith("dd") and not y:
                return 2
            return y and (
                s.startswith("c")
                or s.startswith("d")
            )
        """,
        """
        def f(s, y):
            if s.startswith(("a", "b")) or y:
                return 1
            if not s.endswith(("c", "dd")) and not y:
                return 2
            return y and (
                s.startswith(("c", "d"))
            )
        """,
        (None, 1),
        inputs=st.tuples(LETTERS, st.booleans()),
    )


def test_other_prefix_tests_are_left_alone() -> None:
    """Different strings, methods, ends, and tuples by name."""
    leaves(PrefixChain(), "def f(s, t):\n    return s.startswith('a') or t.startswith('b')\n")
    leaves(PrefixChain(), "def f(s):\n    return s.startswith('a') or s.endswith('b')\n")
    leaves(PrefixChain(), "def f(s, a):\n    return s.startswith(a) or s.startswith('b')\n")
    leaves(PrefixChain(), "def f(s):\n    return s.startswith('a', 1) or s.startswith('b', 1)\n")
    leaves(PrefixChain(), "def f(s):\n    return s.startswith('a') and s.startswith('ab')\n")
    leaves(PrefixChain(), "def f(g):\n    return g().startswith('a') or g().startswith('b')\n")


def test_format_becomes_an_f_string() -> None:
    """Plain fields take their values with format and conversion."""
    check(
        FormatString(),
        r"""
        def f(a, b):
            return "{}: {:>4}|{!r}\t{{x}}".format(a, b[0], a), '{}'.format(b["k"] if b == {} else 1.5)
        """,
        r"""
        def f(a, b):
            return f"{a}: {b[0]:>4}|{a!r}\t{{x}}", '{}'.format(b["k"] if b == {} else 1.5)
        """,
        (1, "xyz"),
        (None, [2.5]),
        ("a", []),
    )


def test_formats_that_depend_on_more_are_left_alone() -> None:
    """Numbered and named fields, nested fields, wrong numbers of arguments, and what can't be written in an f-string everywhere."""
    for call in (
        '"{0} {0}".format(a)',
        '"{x}".format(x=a)',
        '"{:{}}".format(a, b)',
        '"{}".format(a, b)',
        '"{}{}".format(*a)',
        '"{}".format(a["x"])',
        '"{} {".format(a)',
        '"{}".format(lambda: 1)',
        "b.format(a)",
        '"{.x}".format(a)',
        r'"\N{BULLET} {}".format(a)',
    ):
        leaves(FormatString(), f"def f(a, b):\n    return {call}\n")


def test_a_sum_of_strings_becomes_an_f_string() -> None:
    """Summands that are strings for certain are put together in one go."""
    check(
        ConcatenatedString(),
        """
        def f(x, words: list[str]):
            name = "-".join(words)
            return "<" + str(x) + "> {" + name + "}" + repr(x)
        """,
        """
        def f(x, words: list[str]):
            name = "-".join(words)
            return f"<{x!s}> {{{name}}}{repr(x)}"
        """,
        (1, ["a"]),
        (None, []),
        ([1], ["b", "c"]),
    )


def test_sums_of_what_may_be_no_plain_string_are_left_alone() -> None:
    """Adding fails where formatting doesn't, and a member of an enum is formatted differently than it is added."""
    leaves(ConcatenatedString(), "def f(a, b):\n    return a + ', ' + b\n")
    leaves(ConcatenatedString(), "def f(a: str, b: str):\n    return a + ', ' + b\n")
    leaves(ConcatenatedString(), "def f(a):\n    return '<' + str(a)\n")
    leaves(ConcatenatedString(), "def f(a):\n    return '<' + str(a, 'utf-8') + '>'\n")
    leaves(ConcatenatedString(), "def f(a):\n    return b'<' + bytes(a) + b'>'\n")
    leaves(ConcatenatedString(), "def f(a):\n    return '<' + str(a) + \">\"\n")
    leaves(ConcatenatedString(), "def f(a):\n    return '<' + str(a['x']) + '>'\n")
