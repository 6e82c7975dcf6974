from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.membership import ConstantMembership
from pytest_autoloop.agents.rewrites.rules.membership import LocalMembership
from pytest_autoloop.agents.rewrites.rules.seen import SeenSet
from pytest_autoloop.agents.rewrites.rules.seen import UniqueList

from .rewriting import check
from .rewriting import leaves

LETTERS = st.text("abcdx", max_size=3)
NUMBERS = st.lists(st.integers(0, 4), max_size=8)


def test_constants_are_tested_for_in_a_set() -> None:
    """A list or tuple of constants becomes a set, laid out as it was."""
    check(
        ConstantMembership(),
        """
        def f(word):
            if word not in ["a", "b", "c"]:
                return 1
            return word in (
                "a",  # first
                "b",
                "d",
            )
        """,
        """
        def f(word):
            if word not in {"a", "b", "c"}:
                return 1
            return word in {
                "a",  # first
                "b",
                "d",
            }
        """,
        (None,),
        (1,),
        inputs=st.tuples(LETTERS),
    )


def test_a_constant_of_the_module_gets_a_set_beside_it() -> None:
    """A name for a list of constants at the top gets a frozenset right behind it."""
    check(
        ConstantMembership(),
        """
        import os

        STOP_WORDS = ["a", "the", "of"]
        OTHER = 1


        def f(words):
            return [w for w in words if w not in STOP_WORDS]
        """,
        """
        import os

        STOP_WORDS = ["a", "the", "of"]
        _STOP_WORDS_SET = frozenset(STOP_WORDS)
        OTHER = 1


        def f(words):
            return [w for w in words if w not in _STOP_WORDS_SET]
        """,
        (["a", "b", "of"],),
    )


def test_mixtures_and_short_tuples_are_left_alone() -> None:
    """Few constants gain nothing; several types mean that values of any type are tested, and some can't be hashed."""
    leaves(ConstantMembership(), "def f(x):\n    return x in ('a', 'b')\n")
    leaves(ConstantMembership(), "def f(x):\n    return x in (None, '', 0, False)\n")
    leaves(ConstantMembership(), "def f(x, y):\n    return x in ('a', 'b', 'c', y)\n")
    leaves(ConstantMembership(), "def f(x):\n    return x in ('a', *'bcd')\n")
    leaves(ConstantMembership(), "def f():\n    return ['a'] in ('a', 'b', 'c')\n")
    leaves(ConstantMembership(), "def f(x):\n    return x in ([1], [2], [3])\n")


def test_a_list_of_the_module_that_changes_is_left_alone() -> None:
    """Whatever is appended later must be found."""
    leaves(ConstantMembership(), "WORDS = ['a', 'b', 'c']\nWORDS.append('d')\n\n\ndef f(x):\n    return x in WORDS\n")
    leaves(ConstantMembership(), "WORDS = ['a', 'b', 'c']\nWORDS += ['d']\n\n\ndef f(x):\n    return x in WORDS\n")
    leaves(
        ConstantMembership(),
        "def g():\n    global WORDS\n    WORDS = []\n\n\nWORDS = ['a', 'b', 'c']\n\n\ndef f(x):\n    return x in WORDS\n",
    )
    leaves(ConstantMembership(), "WORDS = ['a', 'b', 'c']\n\n\ndef f(x, WORDS):\n    return x in WORDS\n")


def test_a_list_searched_in_a_loop_gets_a_set_before_it() -> None:
    """The set is built before the outermost loop in which the list stays as it is."""
    check(
        LocalMembership(),
        """
        def f(rows, extra):
            known = [x + 1 for x in extra]
            out = []
            # every row
            for row in rows:
                for x in row:
                    if x in known:
                        out.append(x)
            return out
        """,
        """
        def f(rows, extra):
            known = [x + 1 for x in extra]
            out = []
            known_set = set(known)
            # every row
            for row in rows:
                for x in row:
                    if x in known_set:
                        out.append(x)
            return out
        """,
        inputs=st.tuples(st.lists(NUMBERS, max_size=3), NUMBERS),
    )


def test_an_annotated_list_searched_in_a_comprehension_gets_a_set() -> None:
    """Annotations tell that a parameter is a list; comprehensions are loops, too."""
    check(
        LocalMembership(),
        """
        def f(xs, wanted: list[int]):
            return [x for x in xs if x not in wanted]
        """,
        """
        def f(xs, wanted: list[int]):
            wanted_set = set(wanted)
            return [x for x in xs if x not in wanted_set]
        """,
        inputs=st.tuples(NUMBERS, NUMBERS),
    )


def test_lists_that_grow_or_may_be_something_else_are_left_alone() -> None:
    """A set can't follow a growing list; a string or an iterator is searched differently; lists in a list can't be hashed."""
    leaves(
        LocalMembership(), "def f(xs):\n    known = [1, 2, 3]\n    for x in xs:\n        if x in known:\n            known.append(x + 1)\n"
    )
    leaves(LocalMembership(), "def f(xs, known):\n    return [x for x in xs if x in known]\n")
    leaves(LocalMembership(), "def f(xs, known: str):\n    return [x for x in xs if x in known]\n")
    leaves(LocalMembership(), "def f(xs, known: list[list[int]]):\n    return [x for x in xs if x in known]\n")
    leaves(LocalMembership(), "def f(xs, known: list[int]):\n    return xs in known\n")
    leaves(LocalMembership(), "def f(xs, known: list[int], g):\n    for x in xs:\n        g(known)\n        print(x in known)\n")
    leaves(LocalMembership(), "def f(xs):\n    known = [1, 2]\n    return [x for x in xs if x in known]\n")


def test_a_list_that_need_not_be_bound_is_left_alone() -> None:
    """Building the set must not be what finds out that there is no list."""
    leaves(
        LocalMembership(),
        """
        def f(xs, ys):
            if ys:
                known = list(ys)
            for x in xs:
                if ys and x in known:
                    return x
        """,
    )


def test_duplicates_are_dropped_by_the_keys_of_a_dict() -> None:
    """A loop that collects what isn't there yet keeps the order of a dict."""
    check(
        UniqueList(),
        """
        def f(xs):
            out = []
            for x in xs:
                if x not in out:
                    out.append(x)
            return out
        """,
        """
        def f(xs):
            out = list(dict.fromkeys(xs))
            return out
        """,
        (["a", 1, 1.0, True, None, "a"],),
        inputs=st.tuples(NUMBERS),
    )


def test_duplicates_of_computed_values_are_dropped_too() -> None:
    """What is collected may be computed, under conditions."""
    check(
        UniqueList(),
        """
        def f(xs):
            out = []
            for x in xs:
                if x > 0:
                    if x % 3 not in out:
                        out.append(x % 3)
            return out
        """,
        """
        def f(xs):
            out = list(dict.fromkeys([x % 3 for x in xs if x > 0]))
            return out
        """,
        inputs=st.tuples(NUMBERS),
    )


def test_other_conditions_are_no_test_for_duplicates() -> None:
    """Only the same value in the same list counts."""
    leaves(
        UniqueList(), "def f(xs, ys):\n    out = []\n    for x in xs:\n        if x not in ys:\n            out.append(x)\n    return out\n"
    )
    leaves(
        UniqueList(), "def f(xs):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(-x)\n    return out\n"
    )
    leaves(
        UniqueList(),
        "def f(xs):\n    out = []\n    for x in xs:\n        if [x] not in out:\n            out.append([x])\n    return out\n",
    )


def test_a_growing_list_that_is_searched_gets_a_set() -> None:
    """The list keeps its order and gets a set beside it that follows every append."""
    check(
        SeenSet(),
        """
        def f(xs):
            out = []
            total = 0
            for x in xs:
                if x in out:
                    continue
                total += x
                out.append(x)
            return out, total
        """,
        """
        def f(xs):
            out = []
            out_seen = set()
            total = 0
            for x in xs:
                if x in out_seen:
                    continue
                total += x
                out.append(x)
                out_seen.add(x)
            return out, total
        """,
        inputs=st.tuples(NUMBERS),
    )


def test_a_list_used_as_a_set_becomes_one() -> None:
    """A list that is only appended to and searched is a set."""
    check(
        SeenSet(),
        """
        def f(pairs):
            seen = []
            out = []
            for a, b in pairs:
                if (a, b) not in seen: seen.append((a, b))
                else:
                    out.append(a)
            return out
        """,
        """
        def f(pairs):
            seen = set()
            out = []
            for a, b in pairs:
                if (a, b) not in seen: seen.add((a, b))
                else:
                    out.append(a)
            return out
        """,
        inputs=st.tuples(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2)), max_size=6)),
    )


def test_lists_that_change_otherwise_are_left_alone() -> None:
    """A set can't follow a list that is changed in other ways, or by others."""
    leaves(
        SeenSet(),
        """
        def f(xs):
            out = []
            for x in xs:
                if x not in out:
                    out.append(x)
                out.pop()
            return out
        """,
    )
    leaves(
        SeenSet(),
        """
        def f(xs, g):
            out = []
            for x in xs:
                if x not in out:
                    out.append(x)
                g(out)
            return out
        """,
    )
    leaves(
        SeenSet(), "def f(xs, g):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(g(x))\n    return out\n"
    )
    leaves(
        SeenSet(),
        """
        def f(xs):
            out = []
            for x in xs:
                if [x] not in out:
                    out.append([x])
                print(x)
            return out
        """,
    )
    leaves(SeenSet(), "def f(x):\n    out = []\n    out.append(x)\n    return x in out\n")
