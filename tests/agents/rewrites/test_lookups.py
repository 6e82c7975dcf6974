from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.lookups import GetWithDefault
from pytest_autoloop.agents.rewrites.rules.lookups import IterateItems
from pytest_autoloop.agents.rewrites.rules.lookups import KeyMembership
from pytest_autoloop.agents.rewrites.rules.lookups import LookUpKey
from pytest_autoloop.agents.rewrites.rules.lookups import LookUpOnce

from .rewriting import check
from .rewriting import leaves

DICTS = st.dictionaries(st.sampled_from("abc"), st.integers(0, 3))
KEYS = st.sampled_from("abcd")


def test_keys_are_looked_up_in_the_dict_itself() -> None:
    """Views and copies of keys aren't needed for a test; copies of known containers aren't either."""
    check(
        KeyMembership(),
        """
        def f(d, k, xs: list[str]):
            return k in d.keys(), k not in list(d.keys()), k in list(xs)
        """,
        """
        def f(d, k, xs: list[str]):
            return k in d, k not in d, k in xs
        """,
        inputs=st.tuples(DICTS, KEYS, st.lists(KEYS)),
    )
    leaves(KeyMembership(), "def f(xs, k):\n    return k in list(xs)\n")
    leaves(KeyMembership(), "def f(d, k):\n    return k in d.values()\n")


def test_values_come_along_with_their_keys() -> None:
    """A loop over keys that looks up their values is a loop over items."""
    check(
        IterateItems(),
        """
        def f(d: dict[str, int], e):
            out = []
            for k in d:
                if d[k]:
                    out.append((k, d[k]))
            for k in e.keys():
                out.append(e[k])
            return out
        """,
        """
        def f(d: dict[str, int], e):
            out = []
            for k, value in d.items():
                if value:
                    out.append((k, value))
            for k, e_value in e.items():
                out.append(e_value)
            return out
        """,
        inputs=st.tuples(DICTS, DICTS),
    )


def test_what_is_looked_up_by_strings_is_a_mapping() -> None:
    """A loop over strings that are then used as keys goes over a mapping."""
    check(
        IterateItems(),
        """
        def f(text, values):
            for key in values:
                text = text.replace("{" + key + "}", str(values[key]))
            return text
        """,
        """
        def f(text, values):
            for key, value in values.items():
                text = text.replace("{" + key + "}", str(value))
            return text
        """,
        inputs=st.tuples(st.sampled_from(["{a}{b}", "", "{c"]), DICTS),
    )


def test_dicts_that_change_or_may_be_none_keep_their_loops() -> None:
    """A value stored in the loop is what a look-up must find; a list may hold its own indices."""
    leaves(IterateItems(), "def f(d: dict[str, int]):\n    for k in d:\n        d[k] = d[k] + 1\n")
    leaves(IterateItems(), "def f(d: dict[str, int], g):\n    for k in d:\n        g(d)\n        print(d[k])\n")
    leaves(IterateItems(), "def f(d: dict[str, int]):\n    for k in d:\n        k = 'a'\n        print(d[k])\n")
    leaves(IterateItems(), "def f(order):\n    for k in order:\n        print(order[k])\n")


def test_a_search_for_one_key_is_a_look_up() -> None:
    """There is at most one key that equals the wanted one."""
    check(
        LookUpKey(),
        """
        def f(d: dict[str, int], wanted: str):
            # is it there?
            for k in d:
                if k == wanted:
                    # yes
                    return d[k]
            return None
        """,
        """
        def f(d: dict[str, int], wanted: str):
            # is it there?
            if wanted in d:
                # yes
                return d[wanted]
            return None
        """,
        inputs=st.tuples(DICTS, KEYS),
    )


def test_a_search_through_items_is_a_look_up() -> None:
    """The value gets its name where the item had it, and a break that ended the search goes."""
    check(
        LookUpKey(),
        """
        def f(d, wanted):
            out = 0
            for k, v in d.items():
                if wanted == k:
                    out = v + 1
                    break
            return out
        """,
        """
        def f(d, wanted):
            out = 0
            if wanted in d:
                v = d[wanted]
                out = v + 1
            return out
        """,
        inputs=st.tuples(DICTS, KEYS),
    )


def test_other_searches_are_left_alone() -> None:
    """Whatever does more than find one key, or may find another, stays."""
    leaves(LookUpKey(), "def f(d: dict[str, int], w):\n    for k in d:\n        if k == w:\n            print(k)\n")
    leaves(LookUpKey(), "def f(d: dict[str, int], w):\n    for k in d:\n        if k == w:\n            print(d[k])\n    return k\n")
    leaves(
        LookUpKey(),
        "def f(d: dict[str, int], w):\n    for k in d:\n        if k == w:\n            print(d[k])\n        else:\n            print()\n",
    )
    leaves(LookUpKey(), "def f(d: dict[str, int], w):\n    for k in d:\n        if k == w:\n            w = d[k]\n")
    leaves(LookUpKey(), "def f(d: dict[str, int], w):\n    for k in d:\n        if k == w:\n            d.pop(k)\n")
    leaves(
        LookUpKey(),
        """
        def f(d: dict[str, int], w):
            for k in d:
                if k == w:
                    if d[k]:
                        break
                    print()
        """,
    )
    leaves(LookUpKey(), "def f(xs: list[str], w):\n    for k in xs:\n        if k == w:\n            print(xs[k])\n")
    leaves(LookUpKey(), "def f(d: dict[str, int], w):\n    for k in d:\n        if k >= w:\n            print(d[k])\n")


def test_a_default_goes_into_the_look_up() -> None:
    """Choosing between a value and a default is get(), as an expression and as a statement."""
    check(
        GetWithDefault(),
        """
        def f(d: dict[str, int], k, other):
            a = d[k] if k in d else 0
            b = other if k not in d else d[k]
            if k in d:
                c = d[k]
            else:
                c = None
            return a, b, c
        """,
        """
        def f(d: dict[str, int], k, other):
            a = d.get(k, 0)
            b = d.get(k, other)
            c = d.get(k, None)
            return a, b, c
        """,
        inputs=st.tuples(DICTS, KEYS, st.integers()),
    )
    leaves(GetWithDefault(), "def f(xs, i):\n    return xs[i] if i in xs else 0\n")
    leaves(GetWithDefault(), "def f(d: dict[str, int], k, g):\n    return d[k] if k in d else g()\n")
    leaves(GetWithDefault(), "def f(d: dict[str, int], k, g):\n    return d[g()] if g() in d else 0\n")


def test_a_key_is_looked_up_once() -> None:
    """A test followed by look-ups is one look-up."""
    check(
        LookUpOnce(),
        """
        def f(d: dict[str, int], k):
            if k + "" in d:
                print(end="")
                return d[k + ""] + d[k + ""]
            else:
                return None
        """,
        """
        _F_MISSING = object()


        def f(d: dict[str, int], k):
            found = d.get(k + "", _F_MISSING)
            if found is not _F_MISSING:
                print(end="")
                return found + found
            else:
                return None
        """,
        ({"a": None}, "b"),
        inputs=st.tuples(DICTS, KEYS),
    )


def test_a_dict_that_changes_after_the_test_is_looked_up_again() -> None:
    """Stores, unknown calls and new keys come in between."""
    leaves(LookUpOnce(), "def f(d: dict[str, int], k):\n    if k in d:\n        d[k] = 1\n        return d[k]\n")
    leaves(LookUpOnce(), "def f(d: dict[str, int], k, g):\n    if k in d:\n        g()\n        return d[k]\n")
    leaves(LookUpOnce(), "def f(d: dict[str, int], k):\n    if k in d:\n        k = 'a'\n        return d[k]\n")
    leaves(LookUpOnce(), "def f(xs, k):\n    if k in xs:\n        return xs[k]\n")
    leaves(LookUpOnce(), "def f(d: dict[str, int], k, a):\n    if a:\n        pass\n    elif k in d:\n        return d[k]\n")
