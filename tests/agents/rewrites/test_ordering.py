from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.keys import KeyFunction
from pytest_autoloop.agents.rewrites.rules.ordering import SmallestFew
from pytest_autoloop.agents.rewrites.rules.ordering import SortedFirst
from pytest_autoloop.agents.rewrites.rules.ordering import SortedInsert
from pytest_autoloop.agents.rewrites.rules.queues import AppendAndReverse
from pytest_autoloop.agents.rewrites.rules.queues import DequeQueue
from pytest_autoloop.agents.rewrites.rules.queues import HeapQueue

from .rewriting import check
from .rewriting import leaves

# Values that are equal but can be told apart, so that it shows which of them is taken.
TIES = st.lists(st.sampled_from([1, 1.0, True, 2, 2.0, 0]), max_size=6)
PAIRS = st.lists(st.tuples(st.integers(0, 2), st.sampled_from("ab")), max_size=6)


def test_the_first_in_order_is_the_smallest() -> None:
    """The first of a sorted list is the first of the smallest, the first of a reversed one the first of the largest."""
    check(
        SortedFirst(),
        """
        def f(xs):
            return sorted(xs)[0], sorted(xs, key=lambda x: -x)[0], sorted(xs, reverse=True)[0], sorted(xs, reverse=True, key=abs)[0]
        """,
        """
        def f(xs):
            return min(xs), min(xs, key=lambda x: -x), max(xs), max(xs, key=abs)
        """,
        ([],),
        inputs=st.tuples(TIES),
        ignoring=("IndexError", "ValueError"),
    )


def test_the_last_in_order_is_the_last_of_the_largest() -> None:
    """Among equals the last comes last: a list is gone through from behind, unless equals can't be told apart."""
    check(
        SortedFirst(),
        """
        def f(xs, names: list[str]):
            ys = list(xs)
            return sorted(ys)[-1], sorted(ys, key=lambda y: -y)[-1], sorted(ys, reverse=True)[-1], sorted(names)[-1]
        """,
        """
        def f(xs, names: list[str]):
            ys = list(xs)
            return max(reversed(ys)), max(reversed(ys), key=lambda y: -y), min(reversed(ys)), max(names)
        """,
        inputs=st.tuples(TIES, st.lists(st.text("ab"), max_size=3)),
        ignoring=("IndexError", "ValueError"),
    )


def test_a_sorted_list_with_a_name_is_found_as_well() -> None:
    """A name that the next statement takes one end of, and nobody else uses, goes."""
    check(
        SortedFirst(),
        """
        def f(xs):
            ordered = sorted(xs, key=abs)
            best = ordered[0]
            return best
        """,
        """
        def f(xs):
            best = min(xs, key=abs)
            return best
        """,
        inputs=st.tuples(TIES),
        ignoring=("IndexError", "ValueError"),
    )


def test_sorted_lists_of_which_more_is_needed_are_left_alone() -> None:
    """Other items, other uses, other errors."""
    leaves(SortedFirst(), "def f(xs):\n    return sorted(xs)[1]\n")
    leaves(SortedFirst(), "def f(xs):\n    return sorted(xs)[-1]\n")
    leaves(SortedFirst(), "def f(xs, r):\n    return sorted(xs, reverse=r)[0]\n")
    leaves(SortedFirst(), "def f(xs):\n    ys = sorted(xs)\n    if not ys:\n        return None\n    return ys[0]\n")
    leaves(SortedFirst(), "def f(xs):\n    try:\n        return sorted(xs)[0]\n    except ValueError:\n        return None\n")
    leaves(
        SortedFirst(), "def f(xs):\n    return sorted(xs)[0]\n\n\ndef g():\n    try:\n        f([])\n    except IndexError:\n        pass\n"
    )


def test_the_first_few_are_picked_by_a_heap() -> None:
    """A slice with a small constant end is nsmallest or nlargest, ties included."""
    check(
        SmallestFew(),
        """
        import os


        def f(xs):
            return sorted(xs)[:3], sorted(xs, key=abs, reverse=True)[:2]
        """,
        """
        import os
        from heapq import nlargest, nsmallest


        def f(xs):
            return nsmallest(3, xs), nlargest(2, xs, key=abs)
        """,
        inputs=st.tuples(TIES),
    )
    leaves(SmallestFew(), "def f(xs, n):\n    return sorted(xs)[:n], sorted(xs)[:100], sorted(xs)[1:3], sorted(xs)[:-1]\n")


def test_items_are_inserted_where_they_belong() -> None:
    """A list that is sorted after every append is kept sorted, equals in the order of their arrival."""
    check(
        SortedInsert(),
        """
        def f(xs):
            out = []
            medians = []
            for x in xs:
                out.append(x)
                out.sort()
                medians.append(out[len(out) // 2])
            by_size = []
            for x in xs:
                by_size.append(x)
                by_size.sort(key=abs)
            return out, medians, by_size
        """,
        """
        from bisect import insort


        def f(xs):
            out = []
            medians = []
            for x in xs:
                insort(out, x)
                medians.append(out[len(out) // 2])
            by_size = []
            for x in xs:
                insort(by_size, x, key=abs)
            return out, medians, by_size
        """,
        inputs=st.tuples(TIES),
    )


def test_lists_that_grow_otherwise_are_sorted_again() -> None:
    """An insertion needs a list that is in order at any time."""
    start = "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n"
    leaves(SortedInsert(), start + "        out.append(0)\n        out.sort()\n    return out\n")
    leaves(SortedInsert(), start + "        out.sort()\n        out.reverse()\n    return out\n")
    leaves(SortedInsert(), start + "        out.sort(reverse=True)\n    return out\n")
    leaves(SortedInsert(), start + "        print(out)\n        out.sort()\n    return out\n")
    leaves(SortedInsert(), "def f(xs, out):\n    for x in xs:\n        out.append(x)\n        out.sort()\n")


def test_keys_are_written_in_c() -> None:
    """Items, attributes, tuples of them, look-ups and Python's own functions need no lambda."""
    check(
        KeyFunction(),
        """
        def f(pairs, d: dict[str, int], words: list[str]):
            a = sorted(pairs, key=lambda pair: pair[1])
            b = max(pairs, key=lambda p: (p[1], p[-2]))
            pairs.sort(key=lambda p: len(p))
            c = sorted(d, key=lambda k: d[k])
            e = sorted(words, key=lambda w: w.lower())
            g = min(words, key=lambda w: w.__class__.__name__)
            return a, b, c, e, g
        """,
        """
        from operator import attrgetter, itemgetter


        def f(pairs, d: dict[str, int], words: list[str]):
            a = sorted(pairs, key=itemgetter(1))
            b = max(pairs, key=itemgetter(1, -2))
            pairs.sort(key=len)
            c = sorted(d, key=d.__getitem__)
            e = sorted(words, key=str.lower)
            g = min(words, key=attrgetter("__class__.__name__"))
            return a, b, c, e, g
        """,
        inputs=st.tuples(PAIRS, st.dictionaries(st.sampled_from("abc"), st.integers(0, 2)), st.lists(st.text("aAbB"), max_size=4)),
    )


def test_other_lambdas_are_left_alone() -> None:
    """Computed keys, unknown functions, mangled names and lambdas that are no keys."""
    for key in (
        "lambda x: -x[0]",
        "lambda x: x[i]",
        "lambda x: g(x)",
        "lambda x: (x[0], x.a)",
        "lambda x, y=1: x[0]",
        "lambda x: x.lower()",
    ):
        leaves(KeyFunction(), f"def f(xs, i, g):\n    return sorted(xs, key={key})\n")
    leaves(KeyFunction(), "class A:\n    def f(self, xs):\n        return sorted(xs, key=lambda x: x.__secret)\n")
    leaves(KeyFunction(), "def f(xs, g):\n    return g(xs, key=lambda x: x[0]), g(lambda x: x[0])\n")


def test_a_queue_becomes_a_deque() -> None:
    """A list of which the first is taken in a loop is a queue."""
    check(
        DequeQueue(),
        """
        def f(graph, start):
            queue = [start]
            order = []
            while queue and len(order) < 20:
                node = queue.pop(0)
                order.append((node, len(queue)))
                for other in graph.get(node, ()):
                    if other not in queue:
                        queue.append(other)
                if node == 3:
                    queue.insert(0, 4)
            return order, list(queue)
        """,
        """
        from collections import deque


        def f(graph, start):
            queue = deque([start])
            order = []
            while queue and len(order) < 20:
                node = queue.popleft()
                order.append((node, len(queue)))
                for other in graph.get(node, ()):
                    if other not in queue:
                        queue.append(other)
                if node == 3:
                    queue.appendleft(4)
            return order, list(queue)
        """,
        inputs=st.tuples(st.dictionaries(st.integers(0, 4), st.lists(st.integers(0, 4), max_size=3)), st.integers(0, 4)),
    )


def test_lists_that_must_be_lists_are_no_queues() -> None:
    """Slices, returns, other indices, arguments and aliases need a list."""
    start = "def f(xs, g):\n    q = list(xs)\n    while q:\n        g(q.pop(0))\n"
    for rest in (
        "        print(q[1:])\n",
        "    return q\n",
        "        print(q[1])\n",
        "        g(q)\n",
        "    p = q\n",
        "        print(q)\n",
        "        q.sort()\n",
    ):
        leaves(DequeQueue(), start + rest)
    leaves(DequeQueue(), "def f(q, g):\n    while q:\n        g(q.pop(0))\n")
    leaves(DequeQueue(), "def f(xs, g):\n    q = list(xs)\n    g(q.pop(0))\n")
    leaves(DequeQueue(), start + "        for x in q:\n            q.append(x)\n")


def test_a_list_built_from_the_front_is_reversed_once() -> None:
    """Inserting at the front again and again is appending, and turning the list round."""
    check(
        AppendAndReverse(),
        """
        def f(xs):
            out = []
            for x in xs:
                out.insert(0, x)
            out.insert(0, "start")
            return out
        """,
        """
        def f(xs):
            out = []
            for x in xs:
                out.append(x)
            out.append("start")
            out.reverse()
            return out
        """,
        inputs=st.tuples(TIES),
    )
    leaves(
        AppendAndReverse(), "def f(xs):\n    out = []\n    for x in xs:\n        out.insert(0, x)\n        print(out[0])\n    return out\n"
    )
    leaves(AppendAndReverse(), "def f(xs):\n    out = []\n    for x in xs:\n        out.insert(1, x)\n    return out\n")


def test_a_queue_sorted_for_its_first_item_becomes_a_heap() -> None:
    """Taking the smallest again and again is what a heap is for."""
    check(
        HeapQueue(),
        """
        def f(graph, start):
            done = {}
            queue = [(0, start)]
            while queue:
                queue.sort()
                distance, node = queue.pop(0)
                if node in done:
                    continue
                done[node] = distance
                for other, length in graph.get(node, ()):
                    queue.append((distance + length, other))
            return done
        """,
        """
        from heapq import heappop, heappush


        def f(graph, start):
            done = {}
            queue = [(0, start)]
            while queue:
                distance, node = heappop(queue)
                if node in done:
                    continue
                done[node] = distance
                for other, length in graph.get(node, ()):
                    heappush(queue, (distance + length, other))
            return done
        """,
        inputs=st.tuples(
            st.dictionaries(st.integers(0, 4), st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), max_size=3)), st.integers(0, 4)
        ),
    )


def test_lists_that_are_not_only_taken_from_in_order_are_no_heaps() -> None:
    """Unknown items may be equal but different; other ways to read need the order."""
    start = "def f(xs, g):\n    q = []\n    for x in xs:\n        q.append((x, 1))\n    while q:\n        q.sort()\n"
    leaves(HeapQueue(), start.replace("(x, 1)", "x") + "        g(q.pop(0))\n")
    leaves(HeapQueue(), start + "        g(q.pop())\n")
    leaves(HeapQueue(), start + "        g(q.pop(0))\n        g(q[0])\n")
    leaves(HeapQueue(), start + "        g(1)\n        g(q.pop(0))\n")
