from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.comprehensions import Comprehension
from pytest_autoloop.agents.rewrites.rules.comprehensions import ExtendAtOnce

from .rewriting import check
from .rewriting import leaves

NUMBERS = st.tuples(st.lists(st.integers(-5, 5), max_size=6))


def test_an_append_loop_becomes_a_list_comprehension() -> None:
    """A loop that only appends to an empty list is a comprehension."""
    check(
        Comprehension(),
        """
        def f(xs):
            out = []
            for x in xs:
                out.append(x * 2)
            return out
        """,
        """
        def f(xs):
            out = [x * 2 for x in xs]
            return out
        """,
        ([1, "a"],),
        (None,),
        inputs=NUMBERS,
    )


def test_conditions_and_inner_loops_go_into_the_comprehension() -> None:
    """Conditions and loops keep their order, and what needs parentheses gets them."""
    check(
        Comprehension(),
        """
        def f(rows, low=0):
            out = []
            for row in rows:
                if row:
                    for x, y in zip(row, row[1:]):
                        if x if y else low:
                            out.append((x, y))
            return out
        """,
        """
        def f(rows, low=0):
            out = [(x, y) for row in rows if row for x, y in zip(row, row[1:]) if (x if y else low)]
            return out
        """,
        ([[1, 2, 3], [], [0, 4, 0]],),
        ([[1], None, [5, 0]], 1),
    )


def test_sets_and_dicts_are_filled_by_comprehensions_too() -> None:
    """Adding to a set and storing to a dict are comprehensions of their own kind, whatever stands in between."""
    check(
        Comprehension(),
        """
        def f(xs):
            seen = set()
            table: dict[int, int] = {}
            for x in xs:
                seen.add(x % 3)
            for x in xs:
                table[x] = x * x
            return seen, table
        """,
        """
        def f(xs):
            seen = {x % 3 for x in xs}
            table: dict[int, int] = {x: x * x for x in xs}
            return seen, table
        """,
        inputs=NUMBERS,
    )


def test_appending_one_of_two_values_becomes_a_conditional_expression() -> None:
    """If every round appends, whichever value, the choice moves into the expression."""
    check(
        Comprehension(),
        """
        def f(xs):
            out = []
            for x in xs:
                if x > 0:
                    out.append(x)
                else:
                    out.append(-x)
            return out
        """,
        """
        def f(xs):
            out = [x if x > 0 else -x for x in xs]
            return out
        """,
        inputs=NUMBERS,
    )


def test_copying_and_repeating_need_no_comprehension() -> None:
    """A loop that copies is a call, one that repeats a constant a product."""
    check(
        Comprehension(),
        """
        def f(xs, n):
            same = []
            for x in xs:
                same.append(x)
            zeros = []
            for _ in range(n + 1):
                zeros.append(0)
            return same, zeros
        """,
        """
        def f(xs, n):
            same = list(xs)
            zeros = [0] * (n + 1)
            return same, zeros
        """,
        ([3, 4], -5),
        ("ab", 2),
    )


def test_comments_stay() -> None:
    """The comments of a loop end up above what replaces it."""
    check(
        Comprehension(),
        """
        def f(xs):
            a = 1

            # the result
            out = []  # empty at first
            for x in xs:  # each of them
                # doubled
                out.append(x + a)
            return out
        """,
        """
        def f(xs):
            a = 1

            # the result
            # empty at first
            # each of them
            # doubled
            out = [x + a for x in xs]
            return out
        """,
        ([1],),
    )


def test_long_comprehensions_are_spread_over_lines() -> None:
    """What doesn't fit a line is laid out with a line for each part."""
    check(
        Comprehension(),
        """
        def f(records):
            selected = []
            for record in records:
                if record["is_active"] and record["amount"] > 100:
                    selected.append({
                        "name": record["name"],
                        "amount": record["amount"],
                    })
            return selected
        """,
        """
        def f(records):
            selected = [
                {
                    "name": record["name"],
                    "amount": record["amount"],
                }
                for record in records
                if record["is_active"] and record["amount"] > 100
            ]
            return selected
        """,
        ([{"name": "a", "amount": 200, "is_active": True}, {"name": "b", "amount": 1, "is_active": True}],),
    )


def test_a_container_that_is_looked_at_is_left_alone() -> None:
    """What the loop reads, or what somebody reads before the loop, has to be there."""
    leaves(Comprehension(), "def f(xs):\n    out = []\n    for x in xs:\n        out.append(len(out))\n    return out\n")
    leaves(Comprehension(), "def f(xs):\n    out = []\n    g(out)\n    for x in xs:\n        out.append(x)\n    return out\n")
    leaves(Comprehension(), "def f(xs):\n    out = []\n    for x in out:\n        out.append(x)\n    return out\n")


def test_loops_that_do_more_are_left_alone() -> None:
    """Other statements, breaks and an else belong to the loop."""
    leaves(Comprehension(), "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n        print(x)\n    return out\n")
    leaves(Comprehension(), "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x)\n    else:\n        x = 1\n    return out\n")
    leaves(Comprehension(), "def f(xs):\n    out = []\n    for x in xs:\n        if x:\n            break\n    return out\n")


def test_a_variable_read_after_the_loop_keeps_the_loop() -> None:
    """A comprehension's variable is gone when it ends, so nobody may ask for it: after the loop, in the next round, or in a closure."""
    leaves(Comprehension(), "def f(xs):\n    out = []\n    for x in xs:\n        out.append(x + 1)\n    return out, x\n")
    leaves(
        Comprehension(),
        """
        def f(rows):
            x = 0
            for row in rows:
                print(x)
                out = []
                for x in row:
                    out.append(x + 1)
        """,
    )
    leaves(
        Comprehension(),
        "def f(xs):\n    def g():\n        return x\n    out = []\n    for x in xs:\n        out.append(x + g())\n    return out\n",
    )


def test_a_variable_bound_again_is_no_reason_to_keep_the_loop() -> None:
    """Another loop over the same name reads its own values."""
    check(
        Comprehension(),
        """
        def f(xs):
            out = []
            for x in xs:
                out.append(x + 1)
            for x in out:
                if x > 3:
                    return x
        """,
        """
        def f(xs):
            out = [x + 1 for x in xs]
            for x in out:
                if x > 3:
                    return x
        """,
        inputs=NUMBERS,
    )


def test_what_means_something_else_in_a_comprehension_is_left_alone() -> None:
    """Yields, awaits, assignment expressions, late-binding lambdas and super() keep their loops."""
    for value in ("(yield x)", "(y := x)", "lambda: x", "super().g(x)"):
        leaves(Comprehension(), f"def f(xs):\n    out = []\n    for x in xs:\n        out.append({value})\n    return out\n")
    leaves(Comprehension(), "async def f(xs):\n    out = []\n    for x in xs:\n        out.append(await x)\n    return out\n")
    leaves(Comprehension(), "async def f(xs):\n    out = []\n    async for x in xs:\n        out.append(x)\n    return out\n")
    leaves(Comprehension(), "def f(xs, o):\n    out = []\n    for o.x in xs:\n        out.append(o.x)\n    return out\n")


def test_a_container_seen_by_a_handler_is_left_alone() -> None:
    """If an exception is handled in the function, the items collected so far may be wanted."""
    leaves(
        Comprehension(),
        """
        def f(xs):
            try:
                out = []
                for x in xs:
                    out.append(int(x))
            except ValueError:
                return out
        """,
    )


def test_a_dict_whose_keys_and_values_are_called_for_keeps_its_order_of_calls() -> None:
    """A statement computes the value before the key, a comprehension after it: with calls in both, somebody may notice."""
    leaves(Comprehension(), "def f(xs, g, h):\n    d = {}\n    for x in xs:\n        d[g(x)] = h(x)\n    return d\n")


def test_shared_names_are_left_alone() -> None:
    """Global names and names of nested functions may be read at any time."""
    leaves(Comprehension(), "def f(xs):\n    global out\n    out = []\n    for x in xs:\n        out.append(x)\n")
    leaves(
        Comprehension(),
        "def f(xs):\n    out = []\n    def g():\n        return out\n    for x in xs:\n        out.append(x)\n    return g\n",
    )


def test_shadowed_builtins_make_a_function_unfit() -> None:
    """Where a builtin means something else, nothing is rewritten."""
    from pytest_autoloop.agents.rewrites.module import Module

    for source in ("def f(list):\n    pass\n", "sorted = None\n\n\ndef f():\n    pass\n", "from x import *\n\n\ndef f():\n    pass\n"):
        module = Module(source)
        function = module.function(source.splitlines().index(next(line for line in source.splitlines() if line.startswith("def"))) + 1, "f")
        assert function is not None
        assert not function.is_rewritable


def test_items_are_added_at_once_to_a_list_that_has_some() -> None:
    """A list with items is extended by a comprehension, or by the iterable itself."""
    check(
        ExtendAtOnce(),
        """
        def f(xs, ys):
            out = [0]
            for x in xs:
                if x:
                    out.append(-x)
            for y in ys:
                out.append(y)
            seen = {1}
            for y in ys:
                seen.add(y)
            return out, seen
        """,
        """
        def f(xs, ys):
            out = [0]
            out.extend([-x for x in xs if x])
            out.extend(ys)
            seen = {1}
            seen.update(ys)
            return out, seen
        """,
        inputs=st.tuples(st.lists(st.integers(-3, 3)), st.lists(st.integers(-3, 3))),
    )


def test_lists_that_others_know_are_not_extended_at_once() -> None:
    """Somebody who holds the list might see it half filled: an argument, an attribute, a handler."""
    leaves(ExtendAtOnce(), "def f(xs, out):\n    for x in xs:\n        out.append(x)\n")
    leaves(ExtendAtOnce(), "def f(self, xs):\n    out = [1]\n    self.out = out\n    for x in xs:\n        out.append(x + 1)\n")
    leaves(
        ExtendAtOnce(),
        """
        def f(xs):
            out = [1]
            try:
                for x in xs:
                    out.append(int(x))
            except ValueError:
                pass
            return out
        """,
    )
