from __future__ import annotations

from types import SimpleNamespace

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.nested import CountOnce
from pytest_autoloop.agents.rewrites.rules.nested import IndexedScan

from .rewriting import check
from .rewriting import leaves

ROWS = st.lists(st.builds(lambda key, name: {"key": key, "name": name}, st.integers(0, 2), st.sampled_from("ab")), max_size=5)


def test_matching_items_are_looked_up() -> None:
    """An inner loop that only looks for equal keys goes over the items of that key, in their order."""
    check(
        IndexedScan(),
        """
        def f(orders, customers):
            out = []
            # join them
            for order in orders:
                found = None
                for customer in customers:
                    # theirs?
                    if customer["key"] == order["key"]:
                        found = customer["name"]
                        out.append((order["name"], found))
                        if found == "a":
                            break
                out.append(found)
            return out
        """,
        """
        def f(orders, customers):
            out = []
            customers_by_key = {}
            for each_customer in customers:
                customers_by_key.setdefault(each_customer["key"], []).append(each_customer)
            # join them
            for order in orders:
                found = None
                for customer in customers_by_key.get(order["key"], ()):
                    # theirs?
                    found = customer["name"]
                    out.append((order["name"], found))
                    if found == "a":
                        break
                out.append(found)
            return out
        """,
        inputs=st.tuples(ROWS, ROWS),
    )


def test_attributes_and_items_themselves_are_keys_as_well() -> None:
    """The key may be an attribute, or the item."""
    check(
        IndexedScan(),
        """
        def f(xs: list[int], ys):
            out = []
            for y in ys:
                for x in xs:
                    if y.a == x:
                        out.append(x)
            return out
        """,
        """
        def f(xs: list[int], ys):
            out = []
            xs_by_value = {}
            for each_x in xs:
                xs_by_value.setdefault(each_x, []).append(each_x)
            for y in ys:
                for x in xs_by_value.get(y.a, ()):
                    out.append(x)
            return out
        """,
        ([1, 2, 1], [SimpleNamespace(a=1), SimpleNamespace(a=3)]),
        ([], []),
    )


def test_other_inner_loops_are_left_alone() -> None:
    """Loops that do more, change what they look at, or look for something else."""
    start = "def f(xs, ys):\n    for x in xs:\n        for y in ys:\n"
    leaves(IndexedScan(), start + "            if y.a == x.a:\n                y.a = 1\n")
    leaves(IndexedScan(), start + "            if y['a'] == x['a']:\n                y['a'] = 1\n")
    leaves(IndexedScan(), start + "            if y.a == x.a:\n                ys.append(x)\n")
    leaves(IndexedScan(), start + "            if y.a == x.a:\n                x = y\n")
    leaves(IndexedScan(), start + "            if y.a < x.a:\n                print(y)\n")
    leaves(IndexedScan(), start + "            if y.a == y.b:\n                print(y)\n")
    leaves(IndexedScan(), start + "            if y.a() == x.a:\n                print(y)\n")
    leaves(IndexedScan(), start + "            if y.a == x.a:\n                print(y)\n            print(x)\n")
    leaves(IndexedScan(), start + "            if y.a == x.a:\n                print(y)\n        print(y)\n")
    leaves(IndexedScan(), start + "            if y.a == x.a:\n                print(y)\n            else:\n                print(x)\n")
    leaves(IndexedScan(), start.replace("in ys", "in g(x)") + "            if y.a == x.a:\n                print(y)\n")
    leaves(IndexedScan(), "def f(x, ys):\n    for y in ys:\n        if y.a == x.a:\n            print(y)\n")


def test_counts_of_a_list_are_taken_once() -> None:
    """Counting each item in turn goes through the list each time."""
    check(
        CountOnce(),
        """
        def f(xs: list[int], ys):
            out = {x: xs.count(x) for x in set(xs)}
            for y in ys:
                out[y] = xs.count(y + 1)
            return out
        """,
        """
        from collections import Counter


        def f(xs: list[int], ys):
            xs_counts = Counter(xs)
            out = {x: xs_counts[x] for x in set(xs)}
            xs_counts_2 = Counter(xs)
            for y in ys:
                out[y] = xs_counts_2[y + 1]
            return out
        """,
        inputs=st.tuples(st.lists(st.integers(0, 3), max_size=6), st.lists(st.integers(0, 3), max_size=4)),
    )
    check(
        CountOnce(),
        """
        def f(xs):
            best = None
            for x in xs:
                if best is None or xs.count(x) > xs.count(best):
                    best = x
            return best, [c for c in set(xs) if xs.count(c) == 1]
        """,
        """
        from collections import Counter


        def f(xs):
            best = None
            xs_counts = Counter(xs)
            for x in xs:
                if best is None or xs_counts[x] > xs.count(best):
                    best = x
            xs_counts_2 = Counter(xs)
            return best, [c for c in set(xs) if xs_counts_2[c] == 1]
        """,
        ("abca",),
        ((1, 1.0, 2),),
    )
    leaves(CountOnce(), "def f(xs, ys):\n    return [xs.count(y) for y in ys]\n")
    leaves(CountOnce(), "def f(s: str, ys):\n    return [s.count(y) for y in ys]\n")
    leaves(CountOnce(), "def f(xs: list[int], ys):\n    for y in ys:\n        xs.append(xs.count(y))\n")
    leaves(CountOnce(), "def f(xs: list[int]):\n    return xs.count(1)\n")
    leaves(CountOnce(), "def f(xs):\n    for x in xs:\n        x = x + 1\n        print(xs.count(x))\n")
