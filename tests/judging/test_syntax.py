"""Names and scopes are read as Python reads them."""

from __future__ import annotations

import ast
import itertools

import pytest

from pytest_autoloop.judging.syntax import Function
from pytest_autoloop.judging.syntax import bound
from pytest_autoloop.judging.syntax import dotted
from pytest_autoloop.judging.syntax import last_name
from pytest_autoloop.judging.syntax import lineage
from pytest_autoloop.judging.syntax import root_names
from pytest_autoloop.judging.syntax import scoped
from pytest_autoloop.judging.syntax import written


@pytest.mark.parametrize(
    ("text", "last", "root", "whole"),
    [
        ("a", "a", "a", "a"),
        ("a.b.c", "c", "a", "a.b.c"),
        ("a.b()", "b", "a", ""),
        ("a.b()[0].c", "c", "a", "c"),
        ("(a := b)[0]", "", "b", ""),
        ("(a if x else b.c)[0]", "", "ab", ""),
        ("(a or b or {}).d", "d", "ab", "d"),
        ("[a.b, 1][0].c", "c", "a", "c"),
        ("'text'.join", "join", "", "join"),
        ("1", "", "", ""),
    ],
)
def test_names(text: str, last: str, root: str, whole: str) -> None:
    """An expression has a last name, a first one or those of all that it may be, and as much of a dotted one as is plain."""
    node = ast.parse(text, mode="eval").body

    assert (last_name(node), root_names(node), dotted(node)) == (last, frozenset(root), whole)


def test_scopes() -> None:
    """A function's own names are its arguments and what it binds, not what it declares to be others' or what is inside of it."""
    code = "def f(a, /, b, *c, d=e, **g):\n    global h\n    h = i = 1\n    import j\n    def k(l):\n        m = 1\n    for n in o: pass\n"
    module = ast.parse(code)
    function = module.body[0]
    assert isinstance(function, Function)
    hidden = {node.id: names for node, names in scoped(module) if isinstance(node, ast.Name)}

    assert bound(function) == set("abcdgikn")
    assert hidden["e"] == frozenset()
    assert hidden["o"] == set("abcdgikn")
    assert hidden["m"] == set("abcdgiknlm")


@pytest.mark.parametrize(
    ("one", "other"), [("f(a, b)", "f((a, b))"), ("f([a], b)", "f([a, b])"), ("'1'", "1"), ("a.b", "a.c"), ("-1", "+1")]
)
def test_equal_texts_are_equal_code(one: str, other: str) -> None:
    """Place and spaces tell nothing, all else does."""
    assert written(ast.parse(one)) == written(ast.parse(f"\n{one.replace(',', ' , ')}"))
    assert written(ast.parse(one)) != written(ast.parse(other))


def test_code_may_be_deep() -> None:
    """An expression as deep as Python reads at all is written out."""
    assert written(ast.parse("+".join(["a"] * 2000))).count("'a'") == 2000


def test_classes_with_very_many_ways_up() -> None:
    """Each comes once, the nearest first, also where every one has two bases that share theirs, or a class is its own base."""
    source = "".join(f"class A{at}(A{at + 1}, B{at + 1}): pass\nclass B{at}(A{at + 1}, B{at + 1}): pass\n" for at in range(40))
    classes = {node.name: node for node in ast.parse(f"class Own(Own): pass\n{source}").body if isinstance(node, ast.ClassDef)}

    found = [one.name for one in itertools.islice(lineage(classes["A0"], classes), 200)]
    assert found == ["A0", *(f"{side}{at}" for at in range(1, 40) for side in "AB")]
    assert [*lineage(classes["Own"], classes)] == [classes["Own"]]
