from __future__ import annotations

import copy
from functools import lru_cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pytest_autoloop.agents.rewrites.module import Module
from pytest_autoloop.agents.rewrites.rules import RULES

from .rewriting import outcome

SOURCE = (Path(__file__).parent / "ordinary_code.txt").read_text()

WORDS = "The cat and the dog saw a tac. The god of cats, and dogs"
ROWS = [["name", "qty"], ["apple", 3], ["fig", 12], []][:3]
GRAPH = {"a": {"b": 1, "c": 4}, "b": {"c": 2, "d": 7}, "c": {"d": 1}, "d": {}}
LINKS = {"a": ["b", "c"], "b": ["d", "a"], "c": ["d", "c"], "d": ["a"]}
RECORDS = [{"id": 1, "cat": "x", "amount": 2}, {"id": 2, "cat": "y", "amount": 3}, {"id": 3, "cat": "x", "amount": 4}]
NUMBERS = [3, 1, 2, 3, 2, 3, -1]


def goods() -> list[SimpleNamespace]:
    return [
        SimpleNamespace(name=n, price=p, qty=q, tags=t) for n, p, q, t in (("a", 1.5, 2, ["x"]), ("b", 2, 3, []), ("a", 4, 1, ["y", "x"]))
    ]


def bodies() -> list[SimpleNamespace]:
    return [SimpleNamespace(x=float(i), y=i * 0.5, vx=0.0, vy=1.0, mass=1.0 + i) for i in range(4)]


# For every function some arguments, unusual ones among them.
CALLS: dict[str, list[tuple[Any, ...]]] = {
    "Item.__init__": [],
    "word_count": [(WORDS,), ("",), (None,)],
    "top_words": [(WORDS, 2), ("", 1), (WORDS, -1)],
    "render_row": [(["a", 1, None], [3, 1, 0]), ([], [])],
    "render_table": [(ROWS,), ([[]],), ([],)],
    "matmul": [([[1, 2], [3, 4]], [[5, 6], [7, 8]]), ([[1]], [[2]]), ([], [[1]]), ([[1], []], [[1]])],
    "is_prime": [(1,), (7,), (9,), (49,)],
    "primes": [(30,), (0,)],
    "levenshtein": [("kitten", "sitting"), ("", "abc"), ("", ""), ("abc", "")],
    "bfs": [(LINKS, "a"), (LINKS, "x"), ({"a": []}, "a")],
    "unique": [([1, 2, 1, 1.0, True],), ("abca",), ([],)],
    "common": [([1, 2, 2, 3], [2, 3, 4]), ("abc", "cab"), ([], [])],
    "slugify": [("Hello,  World - again!",), ("",), (None,)],
    "parse_log": [(["a b [c] d", "x ERROR [now] it broke", "", "y FATAL [z] t"],), ([],)],
    "total_value": [(goods(),), ([],)],
    "find_item": [(goods(), "a"), (goods(), "z"), ([], "a")],
    "invoice": [(goods(), ["a", "z", "b"]), ([], [])],
    "mean": [(NUMBERS,), ([0.1, 0.2, 0.3],), ([],)],
    "variance": [(NUMBERS,), ([1.5],), ([],)],
    "mode": [(NUMBERS,), ("hello",), ([],)],
    "median": [(NUMBERS,), ([1, 2],), ([],)],
    "moving_average": [(NUMBERS, 3), ([], 2), (NUMBERS, 0)],
    "caesar": [("Hello, World", 3), ("", 1), (None, 1)],
    "roman": [(1994,), (0,), (-1,)],
    "is_palindrome": [("A man, a plan",), ("Otto",), ("",)],
    "anagrams": [(WORDS.split(),), ([],)],
    "merge_intervals": [([(5, 8), (1, 3), (2, 4)],), ([],), ([(1, 2), (1, 1)],)],
    "dijkstra": [(GRAPH, "a"), (GRAPH, "d")],
    "life_step": [([[0, 1, 0], [0, 1, 0], [0, 1, 0]], 3, 3), ([], 0, 0)],
    "join_orders": [
        ([{"id": 1, "customer_id": 7}, {"id": 2, "customer_id": 8}], [{"id": 7, "name": "n"}, {"id": 7, "name": "m"}]),
        ([], []),
    ],
    "inverted_index": [(["a b a", "b c", ""],), ([],)],
    "flatten": [([[1], [], [2, 3]],), ([],)],
    "transpose": [([[1, 2], [3, 4], [5, 6]],), ([[]],), ([],)],
    "normalise": [(NUMBERS,), ([],), ([1, 1],)],
    "escape": [("<a & b>",), ("",)],
    "vowels": [(WORDS,), ("",)],
    "parse_csv": [("a,b\n1, 2\n\n3,4",), ("a",), ("",)],
    "has_tag": [(goods(), "x"), (goods(), "q"), ([], "x")],
    "parse_dates": [(["2024-01-31"],), (["x"],), ([],)],
    "histogram": [(NUMBERS, 3), ([1, 1], 2), ([], 1)],
    "scale_all": [([{"x": 1, "y": 1, "z": 1}], {"x": 5}), ([], {})],
    "nbody": [(bodies(), 0.1), ([], 1)],
    "reverse_words": [("a b c",), ("",)],
    "lookup": [([("a", 1), ("b", 2)], "b"), ([], "x")],
    "collatz": [(27,), (1,)],
    "running_max": [(NUMBERS,), ([],)],
    "fib": [(12,)],
    "template": [("{{a}} and {{b}} {{a}}", {"a": 1, "b": "x"}), ("", {})],
    "count_if": [(RECORDS, "cat", "x"), ([], "a", 1)],
    "group_totals": [(RECORDS,), ([],)],
    "pairs_with_sum": [(NUMBERS, 5), ([], 1)],
}
# A rule may change which exception an empty sequence raises; and where functions are called in another order, which comes first.
EITHER = ("IndexError", "ValueError")


parsed = lru_cache(maxsize=2)(Module)


def after(source: str, qualname: str, rule_name: str) -> str | None:
    module = parsed(source)
    function = next(function for function in module.functions if function.qualname == qualname)
    rule = next(rule for rule in RULES if rule.name == rule_name)
    change = rule.rewrite(function)
    return module.changed(function, change) if change is not None else None


def compare(before: str, rewritten: str, qualname: str) -> None:
    old, new = load(before)[qualname], load(rewritten)[qualname]
    for arguments in CALLS[qualname]:
        expected = outcome(old, copy.deepcopy(arguments), EITHER)
        assert outcome(new, copy.deepcopy(arguments), EITHER) == expected, rewritten


def load(source: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "ordinary"}
    exec(compile(source, "ordinary.py", "exec"), namespace)
    return namespace


def test_every_function_has_inputs() -> None:
    """Nothing is rewritten that isn't compared."""
    assert {function.qualname for function in Module(SOURCE).functions} == set(CALLS)


@pytest.mark.parametrize("qualname", CALLS)
def test_each_rewrite_keeps_what_a_function_does(qualname: str) -> None:
    """Every rule that fits, on its own."""
    for rule in RULES:
        rewritten = after(SOURCE, qualname, rule.name)
        if rewritten is not None:
            compare(SOURCE, rewritten, qualname)


def test_all_rewrites_together_keep_what_the_functions_do() -> None:
    """Rules build upon each other: all of them, wherever they fit, until none does."""
    source, count = SOURCE, 0
    for qualname in CALLS:
        for rule in sorted(RULES, key=lambda rule: -rule.priority):
            rewritten = after(source, qualname, rule.name)
            if rewritten is not None:
                source, count = rewritten, count + 1

    assert count > 50, "the rules hardly fit ordinary code any more"
    for qualname in CALLS:
        compare(SOURCE, source, qualname) if CALLS[qualname] else None
