from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.ranges import CountedLoop
from pytest_autoloop.agents.rewrites.rules.ranges import DirectIteration

from .rewriting import check
from .rewriting import leaves

LISTS = st.lists(st.integers(-3, 3), max_size=6)


def test_items_are_iterated_over_directly() -> None:
    """Where the index serves for nothing but the item, the loop is over the items."""
    check(
        DirectIteration(),
        """
        def f(entries):
            total = 0
            # each
            for i in range(len(entries)):
                if entries[i] > 0:
                    total += entries[i]
            return [entries[j] + 1 for j in range(0, len(entries)) if entries[j]], total
        """,
        """
        def f(entries):
            total = 0
            # each
            for entry in entries:
                if entry > 0:
                    total += entry
            return [entries_item + 1 for entries_item in entries if entries_item], total
        """,
        ((1, 2),),
        inputs=st.tuples(LISTS),
    )


def test_an_item_read_in_an_inner_loop_is_enumerated() -> None:
    """Where the index is needed as well, the item is worth a name if an inner loop reads it."""
    check(
        DirectIteration(),
        """
        def f(rows):
            out = []
            for i in range(len(rows)):
                for j in range(3):
                    out.append((i, rows[i] * j))
            return out
        """,
        """
        def f(rows):
            out = []
            for i, row in enumerate(rows):
                for j in range(3):
                    out.append((i, row * j))
            return out
        """,
        inputs=st.tuples(LISTS),
    )


def test_an_attribute_is_iterated_over_if_nobody_can_change_it() -> None:
    """An attribute of an object that only this attribute is read of stays as it is."""
    check(
        DirectIteration(),
        """
        class Box:
            def __init__(self, xs):
                self.xs = xs

            def g(self):
                return [self.xs[i] for i in range(len(self.xs))]


        def f(xs):
            return Box(xs).g()
        """,
        """
        class Box:
            def __init__(self, xs):
                self.xs = xs

            def g(self):
                return [x for x in self.xs]


        def f(xs):
            return Box(xs).g()
        """,
        ([1, 2],),
        name="g",
        called="f",
    )


def test_sequences_and_indices_that_change_are_left_alone() -> None:
    """What is stored to, grows, is rebound, or is handed out, isn't what the loop began with."""
    for body in ("xs[i] = xs[i] + 1", "xs.append(xs[i])", "xs = g(xs[i])", "g(xs, xs[i])", "i = xs[i]", "del xs[i]", "g(xs[i], xs[i - 1])"):
        leaves(DirectIteration(), f"def f(xs, g):\n    for i in range(len(xs)):\n        {body}\n")
    leaves(DirectIteration(), "def f(self):\n    for i in range(len(self.xs)):\n        self.use(self.xs[i])\n")
    leaves(DirectIteration(), "def f(xs):\n    for i in range(1, len(xs)):\n        print(xs[i])\n")
    leaves(DirectIteration(), "def f(xs, ys):\n    for i in range(len(xs)):\n        print(ys[i])\n")
    leaves(DirectIteration(), "def f(xs):\n    for i in range(len(xs)):\n        print(xs[i])\n    return i\n")


def test_an_object_is_not_iterated_over_by_its_own_methods() -> None:
    """What an iterator is made of must not ask for the iterator."""
    leaves(DirectIteration(), "class A:\n    def f(self):\n        for i in range(len(self)):\n            yield self[i]\n")


def test_items_may_change_as_long_as_they_stay_where_they_are() -> None:
    """Binding an attribute of an item changes no sequence."""
    check(
        DirectIteration(),
        """
        def f(xs):
            rows = [[x, 0] for x in xs]
            for i in range(len(rows)):
                rows[i][1] = rows[i][0] + 1
            return rows
        """,
        """
        def f(xs):
            rows = [[x, 0] for x in xs]
            for row in rows:
                row[1] = row[0] + 1
            return rows
        """,
        inputs=st.tuples(LISTS),
    )


def test_mappings_are_left_alone() -> None:
    """A dict with whole numbers for keys is read by key, but iterated over by key as well."""
    leaves(DirectIteration(), "def f(d: dict[int, str]):\n    for i in range(len(d)):\n        print(d[i])\n")
    leaves(DirectIteration(), "def f(d):\n    d.get(0)\n    for i in range(len(d)):\n        print(d[i])\n")


def test_other_scopes_and_printed_sources_are_left_alone() -> None:
    """A lambda runs later, a comprehension may bind the index for itself, and f"{x=}" prints what is written there."""
    leaves(DirectIteration(), "def f(xs, g):\n    for i in range(len(xs)):\n        g(lambda: xs[i])\n")
    leaves(DirectIteration(), "def f(xs):\n    for i in range(len(xs)):\n        print([xs[i] for i in (0, 1)])\n")
    leaves(DirectIteration(), 'def f(xs):\n    for i in range(len(xs)):\n        print(f"{xs[i]=}")\n')


def test_a_counter_kept_by_hand_becomes_a_range() -> None:
    """A while loop that counts up to a fixed limit is a for loop."""
    check(
        CountedLoop(),
        """
        def f(xs: list[int]):
            out = []
            # from the start
            i = 0
            while i < len(xs):
                if xs[i] == 3:
                    break
                for x in xs:
                    if x:
                        continue
                    out.append(i)
                i += 1
            j = 2
            while j < len(xs):
                out.append(xs[j])
                j = j + 1
            return out
        """,
        """
        def f(xs: list[int]):
            out = []
            # from the start
            for i in range(len(xs)):
                if xs[i] == 3:
                    break
                for x in xs:
                    if x:
                        continue
                    out.append(i)
            for j in range(2, len(xs)):
                out.append(xs[j])
            return out
        """,
        inputs=st.tuples(LISTS),
    )


def test_counters_that_do_more_are_left_alone() -> None:
    """Jumps over the step, steps elsewhere, growing limits, and counters read later make a difference."""
    start = "def f(xs):\n    i = 0\n    while i < len(xs):\n"
    leaves(CountedLoop(), start + "        if xs[i]:\n            continue\n        i += 1\n")
    leaves(CountedLoop(), start + "        if xs[i]:\n            i += 1\n        i += 1\n")
    leaves(CountedLoop(), start + "        xs.append(i)\n        i += 1\n")
    leaves(CountedLoop(), start + "        print(xs[i])\n        i += 1\n    return i\n")
    leaves(CountedLoop(), start + "        print(xs[i])\n        i += 2\n")
    leaves(CountedLoop(), start + "        print(xs[i])\n        i += 1\n    else:\n        print()\n")
    leaves(CountedLoop(), "def f(n):\n    i = 0\n    while i < n:\n        print(i)\n        i += 1\n")
    leaves(CountedLoop(), "def f(xs):\n    i = 0\n    print(i)\n    while i < len(xs):\n        print(xs[i])\n        i += 1\n")
