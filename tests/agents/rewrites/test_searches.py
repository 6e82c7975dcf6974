from __future__ import annotations

from types import SimpleNamespace

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.searches import SearchByIn
from pytest_autoloop.agents.rewrites.rules.searches import StopAtFirst

from .rewriting import check
from .rewriting import leaves

NUMBERS = st.lists(st.integers(0, 3), max_size=5)


def test_a_value_is_looked_for_by_in() -> None:
    """A loop that compares with each item is a test for membership, and so is any()."""
    check(
        SearchByIn(),
        """
        def f(xs: list[int], x):
            if any(y == x for y in xs):
                return 2
            # is it there?
            for y in xs:
                if y == 3:
                    return True
            return False
        """,
        """
        def f(xs: list[int], x):
            if x in xs:
                return 2
            # is it there?
            return 3 in xs
        """,
        inputs=st.tuples(NUMBERS, st.integers(0, 3)),
    )


def test_other_searches_are_left_alone() -> None:
    """Strings find more than characters, iterators are used up, and other conditions are no equality."""
    leaves(SearchByIn(), "def f(xs: str, x):\n    return any(y == x for y in xs)\n")
    leaves(SearchByIn(), "def f(xs, x):\n    return any(y == x for y in xs)\n")
    leaves(SearchByIn(), "def f(xs: list[int], x):\n    return any(y > x for y in xs), all(y == x for y in xs), any(y == y for y in xs)\n")
    leaves(SearchByIn(), "def f(xs: list[int], g):\n    return any(y == g() for y in xs)\n")
    leaves(SearchByIn(), "def f(xs: list[int], x):\n    for y in xs:\n        if y == x:\n            return True\n    return None\n")


def test_a_loop_that_only_sets_a_flag_stops_at_the_first_hit() -> None:
    """Setting the same constants once more changes nothing."""
    check(
        StopAtFirst(),
        """
        def f(o, wanted):
            found = False
            state = 0
            for x in o.xs:
                if x == wanted:
                    found = True
                    state = 2  # done
            return found, state
        """,
        """
        def f(o, wanted):
            found = False
            state = 0
            for x in o.xs:
                if x == wanted:
                    found = True
                    state = 2  # done
                    break
            return found, state
        """,
        (SimpleNamespace(xs=[1, 2, 1]), 1),
        (SimpleNamespace(xs=[]), 1),
    )


def test_loops_that_do_more_go_on() -> None:
    """Last hits, conditions with effects or about the flag, iterators that are used later, and variables read later."""
    start = "def f(o, w, g):\n    found = 0\n    for x in o.xs:\n"
    leaves(StopAtFirst(), start + "        if x == w:\n            found = x\n    return found\n")
    leaves(StopAtFirst(), start + "        if g(x):\n            found = 1\n    return found\n")
    leaves(StopAtFirst(), start + "        if x == w and not found:\n            found = 1\n    return found\n")
    leaves(StopAtFirst(), start + "        if x == w:\n            found = 1\n    return found, x\n")
    leaves(StopAtFirst(), start + "        if x == w:\n            found = 1\n        else:\n            found = 2\n    return found\n")
    leaves(StopAtFirst(), "def f(xs):\n    for x in xs:\n        if x:\n            found = 1\n    return found, list(xs)\n")
