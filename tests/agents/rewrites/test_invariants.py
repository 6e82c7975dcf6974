from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.attributes import LocalAttribute
from pytest_autoloop.agents.rewrites.rules.invariants import HoistCall
from pytest_autoloop.agents.rewrites.rules.items import HoistItem
from pytest_autoloop.agents.rewrites.rules.repeated import RepeatedCall

from .rewriting import check
from .rewriting import leaves

NUMBERS = st.lists(st.integers(-3, 3), max_size=6)
WORDS = st.lists(st.text("aAbB ", max_size=3), max_size=5)


def test_what_every_round_computes_is_computed_before_the_loop() -> None:
    """Calls that are sure to run, on what doesn't change, go as far out as they can."""
    check(
        HoistCall(),
        """
        import math


        def f(words, prefix: str, xs, n: int):
            out = []
            # all words
            for word in words:
                if word.startswith(prefix.lower()):
                    out.append(word)
                for x in xs:
                    out.append(math.sqrt(abs(n)) + x)
            return out, [x for x in xs if x < len(prefix)]
        """,
        """
        import math


        def f(words, prefix: str, xs, n: int):
            out = []
            prefix_lower = prefix.lower()
            n_abs = abs(n)
            # all words
            for word in words:
                if word.startswith(prefix_lower):
                    out.append(word)
                for x in xs:
                    out.append(math.sqrt(n_abs) + x)
            prefix_length = len(prefix)
            return out, [x for x in xs if x < prefix_length]
        """,
        inputs=st.tuples(WORDS, st.text("aAb", max_size=2), NUMBERS, st.integers(-9, 9)),
    )


def test_the_limit_of_a_while_loop_is_computed_once() -> None:
    """The test of a while loop runs at least once, whatever happens."""
    check(
        HoistCall(),
        """
        def f(xs, ys):
            i = 0
            out = []
            while i < len(xs):
                out.append(xs[i] in ys)
                i += 2
            return out
        """,
        """
        def f(xs, ys):
            i = 0
            out = []
            xs_length = len(xs)
            while i < xs_length:
                out.append(xs[i] in ys)
                i += 2
            return out
        """,
        inputs=st.tuples(NUMBERS, NUMBERS),
    )


def test_results_that_are_only_read_are_shared() -> None:
    """A new list may be shared between rounds as long as they only look into it."""
    check(
        HoistCall(),
        """
        def f(xs, names: str):
            out = []
            for x in xs:
                if str(x) in names.split(","):
                    out.append(x)
            return out
        """,
        """
        def f(xs, names: str):
            out = []
            names_split = names.split(",")
            for x in xs:
                if str(x) in names_split:
                    out.append(x)
            return out
        """,
        inputs=st.tuples(NUMBERS, st.sampled_from(["1,2", "", "0"])),
    )
    leaves(HoistCall(), "def f(xs, names: str):\n    return [names.split(',') for x in xs]\n")
    leaves(HoistCall(), "def f(xs, names: str):\n    for x in xs:\n        parts = names.split(',')\n        parts.append(x)\n")
    leaves(HoistCall(), "def f(xs, ys: list[int]):\n    for x in xs:\n        print(x, next(iter(sorted(ys))))\n")


def test_functions_of_the_module_that_only_compute_are_known() -> None:
    """What a function of the module gives for the same list is computed once, and not at all for an empty one."""
    check(
        HoistCall(),
        """
        def mean(values):
            total = 0
            for value in values:
                total += value
            return total / len(values)


        def f(xs):
            spread = 0
            for x in xs:
                spread += (x - mean(xs)) ** 2
            return spread, [(x - min(xs)) / (max(xs) or 1) for x in xs]
        """,
        """
        def mean(values):
            total = 0
            for value in values:
                total += value
            return total / len(values)


        def f(xs):
            spread = 0
            xs_mean = mean(xs) if len(xs) else None
            for x in xs:
                spread += (x - xs_mean) ** 2
            xs_min = min(xs, default=None)
            xs_max = max(xs, default=None)
            return spread, [(x - xs_min) / (xs_max or 1) for x in xs]
        """,
        inputs=st.tuples(NUMBERS),
    )


def test_functions_that_do_more_than_compute_are_called_each_time() -> None:
    """Whatever leaves a trace, depends on the outside, or may be something else later."""
    bodies = (
        "print(v)",
        "v.append(1)",
        "v += [1]",
        "v[0] = 1",
        "v.x = 1",
        "global G\n    G = 1",
        "return G",
        "return v.send()",
        "yield 1",
        "return h(v)",
        "w = v\n    w.append(1)",
        "return (x for x in v)",
        "import os",
        "return lambda: v",
    )
    for body in bodies:
        leaves(HoistCall(), f"G = []\n\n\ndef g(v):\n    {body}\n\n\ndef f(xs, ys):\n    while g(ys):\n        print(xs)\n")
    plain = "def g(v):\n    return len(v)\n\n\ndef f(xs, ys):\n    while g(ys):\n        print(xs)\n"
    leaves(HoistCall(), f"{plain}\n\ng = print\n")
    leaves(HoistCall(), f"@wrapped\n{plain}")
    leaves(
        HoistCall(),
        "def g(v):\n    return [v]\n\n\ndef f(xs, ys):\n    out = []\n    while xs.pop():\n        out.append(g(ys))\n    return out\n",
    )


def test_extremes_of_other_containers_stay() -> None:
    """Only a loop over the same container has no round when that is empty."""
    leaves(HoistCall(), "def f(xs, ys):\n    return [x for x in xs if x > max(ys)]\n")
    leaves(HoistCall(), "def f(xs):\n    for x in xs:\n        if x:\n            print(max(xs))\n")
    leaves(HoistCall(), "def f(xs):\n    return [max(xs) for x in xs if x]\n")


def test_what_is_for_an_error_message_is_computed_there() -> None:
    """Errors are rare."""
    leaves(HoistCall(), "def f(xs, name: str):\n    for x in xs:\n        if x:\n            raise ValueError(name.upper())\n")
    leaves(HoistCall(), "def f(xs, name: str, a):\n    return a or [name.upper() for x in xs]\n")


def test_what_changes_is_computed_again() -> None:
    """Names bound in the loop, objects changed in it, by whoever."""
    leaves(HoistCall(), "def f(xs):\n    while len(xs) < 9:\n        xs.append(1)\n")
    leaves(HoistCall(), "def f(xs, g):\n    i = 0\n    while i < len(xs):\n        g(xs)\n        i += 1\n")
    leaves(HoistCall(), "def f(xs, g):\n    i = 0\n    while i < len(xs):\n        g(i)\n        i += 1\n")
    leaves(HoistCall(), "def f(xs, ys):\n    for x in xs:\n        x = x.lower()\n        print(x.lower())\n")
    leaves(HoistCall(), "def f(xs, ys):\n    for x in xs:\n        ys[x] = len(ys)\n")
    leaves(HoistCall(), "def f(xs, ys, zs):\n    for x in xs:\n        zs.append(len(ys))\n")
    leaves(HoistCall(), "def f(xs, g):\n    for x in xs:\n        print(g(xs))\n")


def test_what_need_not_run_stays_if_it_may_fail() -> None:
    """A test may be there because the call would fail, and an empty loop because there is nothing to call."""
    leaves(HoistCall(), "def f(xs, name):\n    for x in xs:\n        if name is not None and x == name.lower():\n            return x\n")
    leaves(HoistCall(), "def f(xs, name=None):\n    for x in xs:\n        print(name.lower())\n")
    leaves(HoistCall(), "def f(xs, ys):\n    for x in xs:\n        print(max(ys))\n")
    leaves(HoistCall(), "def f(xs, y: str):\n    for x in xs:\n        print(int(y))\n")
    leaves(HoistCall(), "def f(xs, y):\n    for x in xs:\n        if x:\n            break\n        print(y.lower())\n")
    leaves(
        HoistCall(),
        "def f(xs, y):\n    for x in xs:\n        try:\n            print(y.lower())\n        except AttributeError:\n            pass\n",
    )
    leaves(HoistCall(), "def f(xs, y):\n    return [y.lower() for x in xs]\n")


def test_a_repeated_call_gets_a_name() -> None:
    """What neighbouring statements and branches compute alike is computed before the first of them."""
    check(
        RepeatedCall(),
        """
        def f(text, n: int):
            out = []
            # which one?
            if text.lower() == "a" or text.lower() == "b":
                out.append(text.lower())
            elif text.lower().startswith("a"):
                out.append(text.strip())
            return out, str(n) + str(n)
        """,
        """
        def f(text, n: int):
            out = []
            text_lower = text.lower()
            # which one?
            if text_lower == "a" or text_lower == "b":
                out.append(text_lower)
            elif text_lower.startswith("a"):
                out.append(text.strip())
            n_str = str(n)
            return out, n_str + n_str
        """,
        (None, 1),
        inputs=st.tuples(st.text("aAbB ", max_size=3), st.integers()),
    )


def test_parts_of_a_split_line_share_the_split() -> None:
    """Lists may be shared by those who only take items out of them."""
    check(
        RepeatedCall(),
        """
        def f(lines):
            out = []
            for line in lines:
                name = line.split(":")[0]
                if len(line.split(":")) > 1:
                    out.append((name, line.split(":")[1]))
            return out
        """,
        """
        def f(lines):
            out = []
            for line in lines:
                line_split = line.split(":")
                name = line_split[0]
                if len(line_split) > 1:
                    out.append((name, line_split[1]))
            return out
        """,
        (["a:b", "c", ""],),
        ([1],),
    )
    leaves(RepeatedCall(), "def f(line):\n    return line.split(), line.split()\n")


def test_items_and_groups_are_looked_into_once() -> None:
    """Calls on items of a row, and groups of a match, count as well."""
    check(
        RepeatedCall(),
        """
        import re


        def f(rows, text):
            width = 0
            for row in rows:
                if len(str(row[0])) > width:
                    width = len(str(row[0]))
            match = re.match("(.)(.)", text)
            if match:
                return width, match.group(1) + match.group(1) + match.group(2)
        """,
        """
        import re


        def f(rows, text):
            width = 0
            for row in rows:
                value_length = len(str(row[0]))
                if value_length > width:
                    width = value_length
            match = re.match("(.)(.)", text)
            if match:
                match_group = match.group(1)
                return width, match_group + match_group + match.group(2)
        """,
        ([["a"], [123]], "xyz"),
        ([[]], ""),
        ([], "a"),
    )


def test_calls_with_a_change_in_between_are_not_the_same() -> None:
    """Binding a name again, or changing an object, makes another call of it."""
    leaves(RepeatedCall(), "def f(s, g):\n    a = s.lower()\n    s = g(s)\n    return a + s.lower()\n")
    leaves(RepeatedCall(), "def f(xs: list[int]):\n    a = sum(xs)\n    xs.append(1)\n    return a + sum(xs)\n")
    leaves(RepeatedCall(), "def f(xs: list[int], g):\n    a = sum(xs)\n    g(xs)\n    return a + sum(xs)\n")
    leaves(RepeatedCall(), "def f(g):\n    return g() + g()\n")
    leaves(RepeatedCall(), "def f(o):\n    return o.y() + o.y()\n")


def test_calls_that_need_not_run_are_not_moved() -> None:
    """The first of them must be what its statement does first."""
    leaves(RepeatedCall(), "def f(s, a):\n    if a and s.lower():\n        return s.lower()\n")
    leaves(RepeatedCall(), "def f(s, a):\n    return s.lower() + s.lower() if a else 1\n")
    leaves(RepeatedCall(), "def f(s, a):\n    for x in a:\n        print(s.lower())\n    return s.lower()\n")
    leaves(RepeatedCall(), "def f(s):\n    while s.lower():\n        print(s.lower())\n        s = s[1:]\n")
    leaves(RepeatedCall(), "def f(s):\n    return lambda: s.lower() + s.lower()\n")
    leaves(RepeatedCall(), "def f(xs):\n    return [x.lower() + x.lower() for x in xs]\n")


def test_attributes_are_looked_up_before_the_loop() -> None:
    """Chains of attributes, and functions of modules that only compute."""
    check(
        LocalAttribute(),
        """
        import math


        class Scaler:
            def __init__(self, scale):
                self.inner = self
                self.scale = scale

            def g(self, xs):
                total = 0
                for x in xs:
                    total += x * self.inner.scale
                    total += math.floor(x)
                return total


        def f(xs):
            return Scaler(3).g(xs)
        """,
        """
        import math


        class Scaler:
            def __init__(self, scale):
                self.inner = self
                self.scale = scale

            def g(self, xs):
                total = 0
                scale = self.inner.scale
                floor = math.floor
                for x in xs:
                    total += x * scale
                    total += floor(x)
                return total


        def f(xs):
            return Scaler(3).g(xs)
        """,
        name="g",
        called="f",
        inputs=st.tuples(NUMBERS),
    )


def test_attributes_that_may_change_are_looked_up_again() -> None:
    """Stores, unknown calls, properties, and rounds that need not read them."""
    start = "def f(self, xs, g):\n    for x in xs:\n"
    leaves(LocalAttribute(), start + "        self.a.b += x\n")
    leaves(LocalAttribute(), start + "        print(self.a.b)\n        self.a = x\n")
    leaves(LocalAttribute(), start + "        print(self.a.b)\n        g(x)\n")
    leaves(LocalAttribute(), start + "        if x:\n            print(self.a.b)\n")
    leaves(LocalAttribute(), start + "        print(self.a)\n")
    leaves(
        LocalAttribute(),
        "class A:\n    @property\n    def b(self):\n        return 1\n\n    "
        + (start + "        print(self.a.b)\n").replace("\n", "\n    "),
    )


def test_rows_are_looked_up_before_the_loop_over_their_columns() -> None:
    """An item that every round looks into gets a name, even if what it holds changes."""
    check(
        HoistItem(),
        """
        def f(rows, n):
            out = [[0] * n for _ in rows]
            for i in range(len(rows)):
                for j in range(n):
                    out[i][j] = rows[i][j] + (out[i - 1][j] if i else 0)
            return out
        """,
        """
        def f(rows, n):
            out = [[0] * n for _ in rows]
            for i in range(len(rows)):
                out_row = out[i]
                rows_row = rows[i]
                out_row_2 = out[i - 1]
                for j in range(n):
                    out_row[j] = rows_row[j] + (out_row_2[j] if i else 0)
            return out
        """.replace("                out_row_2 = out[i - 1]\n", "").replace("out_row_2[j]", "out[i - 1][j]"),
        inputs=st.tuples(st.lists(st.lists(st.integers(0, 3), min_size=2, max_size=2), max_size=3), st.integers(0, 3)),
    )


def test_items_with_attributes_are_looked_up_too() -> None:
    """If the index is one of the container's own, the item is there even if no round needs it."""
    check(
        HoistItem(),
        """
        from types import SimpleNamespace


        def f(xs):
            bodies = [SimpleNamespace(x=x, v=0) for x in xs]
            for i in range(len(bodies)):
                for j in range(len(xs)):
                    if i != j:
                        bodies[i].v += bodies[j].x
            return bodies
        """,
        """
        from types import SimpleNamespace


        def f(xs):
            bodies = [SimpleNamespace(x=x, v=0) for x in xs]
            for i in range(len(bodies)):
                body = bodies[i]
                for j in range(len(xs)):
                    if i != j:
                        body.v += bodies[j].x
            return bodies
        """,
        inputs=st.tuples(NUMBERS),
    )


def test_items_that_may_be_others_next_time_are_looked_up_again() -> None:
    """Containers that get other items, indices that change, and rounds that need not look."""
    start = "def f(rows, xs, i, g):\n    for j in xs:\n"
    leaves(HoistItem(), start + "        rows[i] = [j]\n        print(rows[i][j])\n")
    leaves(HoistItem(), start + "        rows.append(rows[i][j])\n")
    leaves(HoistItem(), start + "        g(rows, rows[i][j])\n")
    leaves(HoistItem(), start + "        i += rows[i][j]\n")
    leaves(HoistItem(), start + "        if j:\n            print(rows[i][j])\n")
    leaves(HoistItem(), start + "        print(rows[j][i])\n")
    leaves(HoistItem(), start + "        print(rows[i])\n")
    leaves(HoistItem(), start + "        print([rows[i][i] for i in xs])\n")
