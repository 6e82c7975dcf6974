from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.constants import ConstantContainer
from pytest_autoloop.agents.rewrites.rules.copies import FlatCopy
from pytest_autoloop.agents.rewrites.rules.copies import ListNotGenerator
from pytest_autoloop.agents.rewrites.rules.copies import MappedLambda
from pytest_autoloop.agents.rewrites.rules.copies import NeedlessCopy
from pytest_autoloop.agents.rewrites.rules.copies import PlainContainer
from pytest_autoloop.agents.rewrites.rules.growing import FlattenByChain
from pytest_autoloop.agents.rewrites.rules.growing import GrowInPlace
from pytest_autoloop.agents.rewrites.rules.imports import ImportAtTop

from .rewriting import check
from .rewriting import leaves

NUMBERS = st.tuples(st.lists(st.integers(-3, 3), max_size=6))


def test_copies_that_are_used_up_at_once_are_left_out() -> None:
    """Whatever goes through all of its argument needs no copy of it."""
    check(
        NeedlessCopy(),
        """
        def f(xs):
            ys = [x for x in xs if x]
            total = 0
            for y in list(ys):
                total += y
            return (
                list(sorted(xs)), sorted(list(xs), key=abs), set([x for x in xs]), set(x for x in xs), list(x for x in xs),
                dict([(x, 1) for x in xs]), tuple(list(xs)), list([x for x in xs]), sum(list(xs)), total,
            )
        """,
        """
        def f(xs):
            ys = [x for x in xs if x]
            total = 0
            for y in ys:
                total += y
            return (
                sorted(xs), sorted(xs, key=abs), {x for x in xs}, {x for x in xs}, [x for x in xs],
                {x: 1 for x in xs}, tuple(xs), [x for x in xs], sum(xs), total,
            )
        """,
        inputs=NUMBERS,
    )


def test_copies_that_guard_something_stay() -> None:
    """A loop that changes what it goes over needs its copy; unknown iterables may be changed by being gone over."""
    leaves(NeedlessCopy(), "def f(d: dict[str, int]):\n    for k in list(d):\n        del d[k]\n")
    leaves(NeedlessCopy(), "def f(xs: list[int], g):\n    for x in list(xs):\n        g(x)\n")
    leaves(NeedlessCopy(), "def f(xs):\n    for x in list(xs):\n        print(x)\n")
    leaves(NeedlessCopy(), "def f(xs):\n    return any(list(xs)), len(list(xs)), list(xs), sorted(set(xs)), list(reversed(xs))\n")


def test_comprehensions_that_change_nothing_are_calls() -> None:
    """Copying and repeating need no loop."""
    check(
        PlainContainer(),
        """
        def f(xs):
            return [x for x in xs], {x for x in xs}, [None for _ in range(len(xs) - 2)], [x for x in xs if x], [[] for _ in xs]
        """,
        """
        def f(xs):
            return list(xs), set(xs), [None] * (len(xs) - 2), [x for x in xs if x], [[] for _ in xs]
        """,
        inputs=NUMBERS,
    )
    leaves(PlainContainer(), "def f(n):\n    return [[] for _ in range(n)], [i for j in range(n)], [(a, b) for a, b in n]\n")


def test_lists_are_handed_over_where_lists_are_made() -> None:
    """What turns its argument into a list gets one."""
    check(
        ListNotGenerator(),
        """
        def f(xs):
            return ",".join(str(x) for x in xs), sorted((x % 2 for x in xs), key=abs), tuple(-x for x in xs), sum(x for x in xs)
        """,
        """
        def f(xs):
            return ",".join([str(x) for x in xs]), sorted([x % 2 for x in xs], key=abs), tuple([-x for x in xs]), sum(x for x in xs)
        """,
        inputs=NUMBERS,
    )
    leaves(ListNotGenerator(), "def f(xs, path):\n    return any(x for x in xs), path.join(x for x in xs), max(x for x in xs)\n")


def test_mapped_lambdas_become_comprehensions() -> None:
    """A lambda that map() or filter() calls is the expression of a comprehension."""
    check(
        MappedLambda(),
        """
        def f(xs):
            a = list(map(lambda x: x * 2, xs))
            b = set(filter(lambda x: x > 0, xs))
            c = sorted(map(lambda x: (x, -x), xs), reverse=True)
            d = sum(map(lambda x: x if x else 1, xs))
            return a, b, c, d
        """,
        """
        def f(xs):
            a = [x * 2 for x in xs]
            b = {x for x in xs if x > 0}
            c = sorted([(x, -x) for x in xs], reverse=True)
            d = sum([x if x else 1 for x in xs])
            return a, b, c, d
        """,
        inputs=NUMBERS,
    )
    leaves(
        MappedLambda(),
        "def f(xs, g):\n    return map(lambda x: x, xs), list(map(g, xs)), list(map(lambda x, y: x, xs, xs)), any(map(lambda x: x, xs))\n",
    )
    leaves(MappedLambda(), "def f(xs):\n    return list(map(lambda x, y=1: x + y, xs)), list(map(lambda x: lambda: x, xs))\n")


def test_flat_constants_are_copied_flat() -> None:
    """A deep copy of what has no depth is a copy."""
    check(
        FlatCopy(),
        """
        import copy

        DEFAULTS = {"a": 1, "b": None, "c": (1, "x")}


        def f(x):
            settings = copy.deepcopy(DEFAULTS)
            settings["a"] = x
            return settings, DEFAULTS
        """,
        """
        import copy

        DEFAULTS = {"a": 1, "b": None, "c": (1, "x")}


        def f(x):
            settings = DEFAULTS.copy()
            settings["a"] = x
            return settings, DEFAULTS
        """,
        (3,),
    )
    check(
        FlatCopy(),
        """
        from copy import deepcopy


        def f(xs):
            start = [1, 2]
            return [deepcopy(start) + [x] for x in xs]
        """,
        """
        from copy import deepcopy


        def f(xs):
            start = [1, 2]
            return [start.copy() + [x] for x in xs]
        """,
        inputs=NUMBERS,
    )
    leaves(FlatCopy(), "import copy\n\n\ndef f(x):\n    d = [1]\n    d.append(x)\n    return copy.deepcopy(d)\n")
    leaves(FlatCopy(), "import copy\n\nD = {'a': []}\n\n\ndef f():\n    return copy.deepcopy(D)\n")
    leaves(FlatCopy(), "import copy\n\nD = {'a': 1}\nD['b'] = []\n\n\ndef f():\n    return copy.deepcopy(D)\n")
    leaves(FlatCopy(), "import copy\n\n\ndef f(D):\n    return copy.deepcopy(D)\n")


def test_constant_containers_are_built_once() -> None:
    """A container of constants that is only read moves to the top, whether it has a name or not."""
    check(
        ConstantContainer(),
        """
        import os


        def f(key):
            names = {"a": 1, "b": 2, "c": 3}
            allowed = ["a", "b", "d"]
            if key in allowed and names.get(key):
                return names[key], [name for name in allowed]
            return {"x": 1, "y": 2, "z": 3}.get(key), key.translate(str.maketrans("ab", "ba"))
        """,
        """
        import os

        _F_NAMES = {"a": 1, "b": 2, "c": 3}
        _F_ALLOWED = ["a", "b", "d"]
        _F_TABLE = {"x": 1, "y": 2, "z": 3}
        _F_TABLE_2 = str.maketrans("ab", "ba")


        def f(key):
            names = _F_NAMES
            allowed = _F_ALLOWED
            if key in allowed and names.get(key):
                return names[key], [name for name in allowed]
            return _F_TABLE.get(key), key.translate(_F_TABLE_2)
        """,
        inputs=st.tuples(st.sampled_from(["a", "b", "x", "ab", "q"])),
    )


def test_containers_that_get_into_other_hands_are_built_anew() -> None:
    """What is returned, changed, kept, rebound or holds something that changes isn't shared between calls."""
    start = "def f(g, x):\n    d = {'a': 1, 'b': 2, 'c': 3}\n"
    for rest in (
        "return d",
        "d['x'] = 1",
        "d.pop('a')",
        "g(d)",
        "g.x = d",
        "e = d",
        "d = {}",
        "yield d",
        "return d.items()",
        "return lambda: d",
    ):
        leaves(ConstantContainer(), f"{start}    {rest}\n")
    leaves(ConstantContainer(), "def f(x):\n    d = {'a': [], 'b': 2, 'c': 3}\n    return d['a']\n")
    leaves(ConstantContainer(), "def f(x):\n    d = {'a': x, 'b': 2, 'c': 3}\n    return d['a']\n")
    leaves(ConstantContainer(), "def f(x):\n    return {'a': 1, 'b': 2, 'c': 3}\n")


def test_containers_grow_in_place() -> None:
    """A container that only this function knows is added to instead of rebuilt."""
    check(
        GrowInPlace(),
        """
        def f(xs):
            out = []
            table = {}
            seen = set()
            for x in xs:
                if x in out:
                    out = out + [len(out)]
                out += [x]
                table = {**table, x: len(seen)}
                seen = seen | {x}
            return out, table, seen
        """,
        """
        def f(xs):
            out = []
            table = {}
            seen = set()
            for x in xs:
                if x in out:
                    out = out + [len(out)]
                out += [x]
                table[x] = len(seen)
                seen.add(x)
            return out, table, seen
        """,
        inputs=NUMBERS,
    )
    check(
        GrowInPlace(),
        """
        def f(xs, ys: list[int]):
            out = [0]
            for x in xs:
                out = out + [x]
                out = out + ys
                out = [*out, x]
            return out
        """,
        """
        def f(xs, ys: list[int]):
            out = [0]
            for x in xs:
                out.append(x)
                out.extend(ys)
                out.append(x)
            return out
        """,
        ([1, 2], [3]),
        ([], []),
    )


def test_containers_that_others_know_are_rebuilt() -> None:
    """Whoever holds the old object would see it grow."""
    leaves(GrowInPlace(), "def f(xs, out):\n    for x in xs:\n        out = out + [x]\n    return out\n")
    leaves(GrowInPlace(), "def f(xs, g):\n    out = []\n    for x in xs:\n        g.append(out)\n        out = out + [x]\n    return out\n")
    leaves(
        GrowInPlace(),
        "def f(xs):\n    out = [1]\n    for x in out:\n        out = out + [x]\n        if len(out) > 9:\n            return 1\n",
    )
    leaves(GrowInPlace(), "def f(xs):\n    out = []\n    for x in xs:\n        old = out\n        out = out + [x]\n    return out, old\n")
    leaves(
        GrowInPlace(), "def f(xs):\n    out = []\n    for x in xs:\n        it = iter(out)\n        out = out + [x]\n    return out, it\n"
    )
    leaves(GrowInPlace(), "def f(xs, ys: tuple[int, ...]):\n    out = []\n    for x in xs:\n        out = out + ys\n    return out\n")


def test_lists_are_flattened_by_a_chain() -> None:
    """Summing lists up copies them over and over."""
    check(
        FlattenByChain(),
        "def f(xs):\n    return sum([[x] * 2 for x in xs], [])\n",
        "from itertools import chain\n\n\ndef f(xs):\n    return list(chain.from_iterable([[x] * 2 for x in xs]))\n",
        inputs=NUMBERS,
    )
    leaves(FlattenByChain(), "def f(xs):\n    return sum(xs, [1]), sum(xs, ()), sum(xs)\n")


def test_cheap_imports_go_to_the_top() -> None:
    """An import of a small standard module runs once."""
    check(
        ImportAtTop(),
        """
        import os


        def f(x):
            import math
            from collections import deque
            from json import dumps, loads
            import sys as system
            return math.floor(x), deque([x]), loads(dumps(x)), system is not None
        """,
        """
        import math
        import os
        from collections import deque
        from json import dumps, loads


        def f(x):
            import sys as system
            return math.floor(x), deque([x]), loads(dumps(x)), system is not None
        """,
        (1.5,),
    )


def test_other_imports_stay_where_they_are() -> None:
    """Projects' own modules, names with two meanings, and imports that are all there is."""
    leaves(ImportAtTop(), "def f():\n    import numpy\n    from .x import y\n    return numpy, y\n")
    leaves(ImportAtTop(), "def f(a):\n    if a:\n        import math\n    else:\n        math = None\n    return math\n")
    leaves(ImportAtTop(), "math = 1\n\n\ndef f():\n    import math\n    return math\n")
    leaves(ImportAtTop(), "def f():\n    import math\n")
