from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.counting import CountByGet
from pytest_autoloop.agents.rewrites.rules.counting import CountItems
from pytest_autoloop.agents.rewrites.rules.grouping import GroupByDefault
from pytest_autoloop.agents.rewrites.rules.numbers import CompareDirectly
from pytest_autoloop.agents.rewrites.rules.numbers import SquareWhole
from pytest_autoloop.agents.rewrites.rules.numbers import SumItems

from .rewriting import check
from .rewriting import leaves

WORDS = st.tuples(st.lists(st.text("ab", max_size=2), max_size=8))
NUMBERS = st.tuples(st.lists(st.integers(-4, 4), max_size=8))

COUNTS = (
    "counts[x] = counts.get(x, 0) + 1",
    "if x in counts:\n            counts[x] += 1\n        else:\n            counts[x] = 1",
    "if x not in counts:\n            counts[x] = 1\n        else:\n            counts[x] += 1",
    "if x not in counts:\n            counts[x] = 0\n        counts[x] += 1",
    "try:\n            counts[x] += 1\n        except KeyError:\n            counts[x] = 1",
)


def test_counting_by_hand_becomes_a_counter() -> None:
    """Every usual way to count is one call, and the result is a dict as before."""
    for count in COUNTS:
        check(
            CountItems(),
            f"def f(xs):\n    counts = {{}}\n    for x in xs:\n        {count}\n    return counts\n",
            "from collections import Counter\n\n\ndef f(xs):\n    counts = dict(Counter(iter(xs)))\n    return counts\n",
            (["b", "a", "b"],),
            ({"a": 5, "b": 7},),
            (None,),
            inputs=WORDS,
        )


def test_sequences_are_counted_as_they_are() -> None:
    """What is known to be no mapping needs no iterator."""
    check(
        CountItems(),
        "def f(text: str):\n    d = {}\n    for c in text:\n        d[c] = d.get(c, 0) + 1\n    return d\n",
        "from collections import Counter\n\n\ndef f(text: str):\n    d = dict(Counter(text))\n    return d\n",
        ("abracadabra",),
    )


def test_computed_keys_are_counted_as_well() -> None:
    """Conditions and computed keys go into a comprehension; an import is added to its like."""
    check(
        CountItems(),
        """
        from collections import defaultdict
        import re


        def f(words):
            counts = {}
            for word in words:
                if word:
                    counts[word.lower()] = counts.get(word.lower(), 0) + 1
            return counts
        """,
        """
        from collections import Counter, defaultdict
        import re


        def f(words):
            counts = dict(Counter([word.lower() for word in words if word]))
            return counts
        """,
        inputs=WORDS,
    )


def test_other_sums_are_no_counts() -> None:
    """Other steps, other containers, other statements and keys of unknown cost are left alone."""
    leaves(CountItems(), "def f(xs):\n    d = {}\n    for x in xs:\n        d[x] = d.get(x, 0) + 2\n    return d\n")
    leaves(CountItems(), "def f(xs):\n    d = {}\n    for x in xs:\n        d[x] = d.get(x, 0) + 1\n        print(d)\n    return d\n")
    leaves(CountItems(), "def f(xs, d):\n    for x in xs:\n        d[x] = d.get(x, 0) + 1\n    return d\n")
    leaves(CountItems(), "def f(xs, g):\n    d = {}\n    for x in xs:\n        d[g(x)] = d.get(g(x), 0) + 1\n    return d\n")
    leaves(CountItems(), "def f(xs, Counter):\n    d = {}\n    for x in xs:\n        d[x] = d.get(x, 0) + 1\n    return d\n")
    leaves(CountItems(), "def f(xs):\n    d = {}\n    for x in xs:\n        d[x] = d.get(d.get(x), 0) + 1\n    return d\n")


def test_a_count_among_other_things_is_looked_up_once() -> None:
    """Where the loop does more, the test for the key goes into get()."""
    check(
        CountByGet(),
        """
        def f(xs):
            counts = {}
            for x in xs:
                # one more
                if x % 2 in counts:
                    counts[x % 2] += 1
                else:
                    counts[x % 2] = 1
                x += 1
            return counts
        """,
        """
        def f(xs):
            counts = {}
            for x in xs:
                # one more
                counts[x % 2] = counts.get(x % 2, 0) + 1
                x += 1
            return counts
        """,
        inputs=NUMBERS,
    )
    leaves(CountByGet(), "def f(x, counts):\n    if x in counts:\n        counts[x] += 1\n    else:\n        counts[x] = 1\n")


GROUPS = (
    ("if x % 2 not in d:\n            d[x % 2] = []\n        d[x % 2].append(x)", "list", "d[x % 2].append(x)"),
    ("d.setdefault(x % 2, []).append(x)", "list", "d[x % 2].append(x)"),
    ("if x % 2 in d:\n            d[x % 2].append(x)\n        else:\n            d[x % 2] = [x]", "list", "d[x % 2].append(x)"),
    ("if x % 2 not in d:\n            d[x % 2] = set()\n        d[x % 2].add(x)", "set", "d[x % 2].add(x)"),
    ("if x % 2 not in d:\n            d[x % 2] = 0\n        d[x % 2] += x", "int", "d[x % 2] += x"),
)


def test_grouping_by_hand_becomes_a_defaultdict() -> None:
    """Every usual way to group is one statement, and the result is a plain dict as before."""
    for group, factory, shorter in GROUPS:
        check(
            GroupByDefault(),
            f"def f(xs):\n    d = {{}}\n    for x in xs:\n        {group}\n        x += 1\n    return d\n",
            f"from collections import defaultdict\n\n\ndef f(xs):\n    d = defaultdict({factory})\n    for x in xs:\n        {shorter}\n"
            "        x += 1\n    d = dict(d)\n    return d\n",
            inputs=NUMBERS,
        )


def test_dicts_that_are_looked_at_meanwhile_are_no_groups() -> None:
    """A defaultdict makes up what isn't there: a look-up that must fail, or a test, would notice."""
    start = "def f(xs):\n    d = {}\n    for x in xs:\n        d.setdefault(x, []).append(x)\n"
    leaves(GroupByDefault(), start + "        print(d[x + 1])\n    return d\n")
    leaves(GroupByDefault(), start + "        if len(d) > 2:\n            return d\n")
    leaves(GroupByDefault(), start + "        d[x] = [1]\n    return d\n")
    leaves(GroupByDefault(), "def f(xs, d):\n    for x in xs:\n        d.setdefault(x, []).append(x)\n    return d\n")
    leaves(GroupByDefault(), "def f(xs, g):\n    d = {}\n    for x in xs:\n        d.setdefault(g(x), []).append(x)\n    return d\n")
    leaves(GroupByDefault(), "def f(xs):\n    d = {}\n    for x in xs:\n        d.setdefault(x, [1]).append(x)\n    return d\n")
    leaves(GroupByDefault(), "def f(xs):\n    d = {}\n    for x in xs:\n        d.setdefault(x, []).append(len(d))\n    return d\n")


def test_whole_numbers_are_summed_up() -> None:
    """Integers by annotation, and lengths."""
    check(
        SumItems(),
        """
        def f(xs: list[int], words):
            total = 0
            for x in xs:
                total += x
            length = 0
            for word in words:
                length += len(word)
            return total, length
        """,
        """
        def f(xs: list[int], words):
            total = sum(xs)
            length = sum(map(len, words))
            return total, length
        """,
        inputs=st.tuples(st.lists(st.integers()), st.lists(st.text(max_size=3))),
    )


def test_what_may_be_floats_is_not_summed_up() -> None:
    """sum() adds floats up differently; strings and unknown values are left alone as well, and so are terms that gain nothing."""
    leaves(SumItems(), "def f(xs):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n")
    leaves(SumItems(), "def f(xs: list[float]):\n    total = 0\n    for x in xs:\n        total += x\n    return total\n")
    leaves(SumItems(), "def f(xs: list[int]):\n    total = 0.0\n    for x in xs:\n        total += x\n    return total\n")
    leaves(SumItems(), "def f(xs: list[int]):\n    total = 0\n    for x in xs:\n        total += x * x\n    return total\n")
    leaves(SumItems(), "def f(xs: list[int]):\n    total = 0\n    for x in xs:\n        total += total\n    return total\n")


def test_the_better_of_two_is_found_by_comparing() -> None:
    """Keeping the larger is an if statement, the smaller of two names an expression."""
    check(
        CompareDirectly(),
        """
        def f(xs):
            best = 0
            low = 9
            for x in xs:
                best = max(best, x)
                low = min(low, len(str(x)))
                x = min(x, 3) + max(best, low)
            return best, low
        """,
        """
        def f(xs):
            best = 0
            low = 9
            for x in xs:
                if x > best:
                    best = x
                candidate = len(str(x))
                if candidate < low:
                    low = candidate
                x = (3 if 3 < x else x) + (low if low > best else best)
            return best, low
        """,
        ([1, 1.0, True],),
        ([2.0, 2, float("nan"), 1],),
        inputs=NUMBERS,
    )


def test_the_best_of_several_computed_values_is_kept_step_by_step() -> None:
    """Each value is computed once, in the order in which it was, and compared as min() and max() do."""
    check(
        CompareDirectly(),
        """
        def f(xs):
            table = [[0] * 3 for _ in range(4)]
            for i in range(1, 4):
                for j in range(1, 3):
                    # the cheapest way here
                    table[i][j] = min(table[i - 1][j] + 1, table[i][j - 1] + 2, xs[i] * j)
                top = max(len(table), i)
            return table, top
        """,
        """
        def f(xs):
            table = [[0] * 3 for _ in range(4)]
            for i in range(1, 4):
                for j in range(1, 3):
                    # the cheapest way here
                    best_value = table[i - 1][j] + 1
                    candidate = table[i][j - 1] + 2
                    if candidate < best_value:
                        best_value = candidate
                    candidate = xs[i] * j
                    if candidate < best_value:
                        best_value = candidate
                    table[i][j] = best_value
                best_value = len(table)
                if i > best_value:
                    best_value = i
                top = best_value
            return table, top
        """,
        inputs=st.tuples(st.lists(st.integers(-3, 3), max_size=5)),
    )


def test_squares_of_whole_numbers_are_products() -> None:
    """Only where a float can't be."""
    check(
        SquareWhole(),
        "def f(n: int):\n    return [i ** 2 - n ** 2 for i in range(n)]\n",
        "def f(n: int):\n    return [(i * i) - (n * n) for i in range(n)]\n",
        inputs=st.tuples(st.integers(-5, 9)),
    )
    leaves(SquareWhole(), "def f(x, y: float, n: int):\n    return x ** 2 + y ** 2 + n ** 3 + (n + 1) ** 2 + 2 ** n\n")


def test_other_calls_of_min_and_max_are_left_alone() -> None:
    """Calls outside of loops, with keys, with other arguments, and within expressions with arguments that would be computed twice."""
    leaves(CompareDirectly(), "def f(a, b):\n    return max(a, b)\n")
    leaves(CompareDirectly(), "def f(xs, a):\n    for x in xs:\n        print(max(a, x, key=abs), max(x), max(*x, a), max(a, x, 1, 2))\n")
    leaves(CompareDirectly(), "def f(xs, a):\n    for x in xs:\n        x = y = max(a, x + 1)\n        x, y = max(a, x + 1)\n")
    leaves(CompareDirectly(), "def f(xs, g):\n    for x in xs:\n        print(max(g(x), 1))\n")
