from __future__ import annotations

import re
import textwrap
from typing import TYPE_CHECKING

import libcst as cst
import pytest
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.diff import git_diff
from pytest_autoloop.agents.rewrites.edit import Change
from pytest_autoloop.agents.rewrites.edit import Constant
from pytest_autoloop.agents.rewrites.edit import Edit
from pytest_autoloop.agents.rewrites.module import Module
from pytest_autoloop.agents.rewrites.pattern import Pattern
from pytest_autoloop.agents.rewrites.pattern import expression
from pytest_autoloop.agents.rewrites.pattern import statement
from pytest_autoloop.agents.rewrites.tree import code

if TYPE_CHECKING:
    from pytest_autoloop.agents.rewrites.function import Function


def function_of(source: str, name: str = "f") -> Function:
    source = textwrap.dedent(source).lstrip("\n")
    line = next(number for number, text in enumerate(source.splitlines(), 1) if f"def {name}(" in text)
    found = Module(source).function(line, name)
    assert found is not None
    return found


def test_patterns_bind_names_in_capitals() -> None:
    """Layout and parentheses don't matter, and a name that comes twice stands for the same twice."""
    match = Pattern("if K in D:\n    D[K] += 1").match(cst.parse_statement("if (a . b) in d: d[ a.b ] += 1  # one more\n"))

    assert match is not None
    assert {name: code(node) for name, node in match.items()} == {"K": "(a . b)", "D": "d"}
    assert Pattern("XS[XS]").match(cst.parse_expression("a[b]")) is None
    assert Pattern("f(X)").match(cst.parse_expression("f(x, y)")) is None
    assert Pattern("f(X)").match(cst.parse_expression("f(*x)")) is None
    assert Pattern("A not in B").match(cst.parse_expression("a in b")) is None


@pytest.mark.parametrize(
    ("template", "part", "expected"),
    [
        ("X.y", "a + b", "(a + b).y"),
        ("X.y", "1", "(1).y"),
        ("f(X)", "a if b else c", "f(a if b else c)"),
        ("f(X)", "(a, b)", "f((a, b))"),
        ("[X]", "yield_", "[yield_]"),
        ("f(X)", "(a for a in b)", "f((a for a in b))"),
        ("X * 2", "a * 3", "(a * 3) * 2"),
        ("X[0]", "lambda: 0", "(lambda: 0)[0]"),
        ("not X", "a == b", "not (a == b)"),
        ("[a for a in X]", "b if c else d", "[a for a in (b if c else d)]"),
    ],
)
def test_templates_add_the_parentheses_that_are_needed(template: str, part: str, expected: str) -> None:
    """What is filled in keeps its meaning."""
    assert code(expression(template, X=cst.parse_expression(part))) == expected


def test_an_expression_over_several_lines_gets_parentheses_where_it_has_to() -> None:
    """A line's end within a bracket of its own needs no other."""
    loose = cst.ensure_type(cst.parse_expression("(a +\n b)"), cst.BinaryOperation).with_changes(lpar=[], rpar=[])

    assert code(statement("x = X", X=loose)).strip() == "x = (a +\n b)"
    assert code(statement("x = X", X=cst.parse_expression("f(a,\n b)"))).strip() == "x = f(a,\n b)"
    assert code(statement("f(X)", X=loose)).strip() == "f(a +\n b)"


def test_names_belong_to_the_scope_that_binds_them() -> None:
    """Comprehensions, lambdas, classes and nested functions have names of their own, and may use those of the function."""
    names = function_of(
        """
        def f(a, *b, c=1, **d):
            global g
            g = [a for a in b if (w := a)]
            h = lambda a: a + c
            class K(d):
                m = c
            def inner(x=a):
                nonlocal n
                n = h
            n = 0
            import os.path as p, sys.flags
            from x import y as z
            with c as (e, *r): pass
            try: pass
            except K as err: pass
            for i, q[0] in b: pass
            match a:
                case {"k": v, **rest}: pass
                case [s, *t] as u: pass
            del i
        """
    ).names

    assert names.params == {"a", "b", "c", "d"}
    assert names.locals == {*"abcdwhnpzerivstuK", "inner", "sys", "err", "rest"}
    assert names.captured == {"c", "n", "h"}
    assert names.rebound_inside == {"n"}
    assert [use.kind for use in names.by_name["a"]] == ["load", "load"]
    assert "x" not in names.by_name


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("text.strip().split(',')[0].upper()", "str"),
        ("len(words) + 1", "int"),
        ("len(words) / 2", "float"),
        ("words[0]", "str"),
        ("words[1:]", "list"),
        ("[w.lower() for w in words][0]", "str"),
        ("table['a']", "int"),
        ("sorted(table)[0]", "str"),
        ("max(table.values())", "int"),
        ("count", "int"),
        ("line", "str"),
        ("pair[1]", "int"),
        ("number", "int"),
        ("text if text else None", None),
        ("unknown + 1", None),
        ("maybe", None),
        ("both", None),
        ("f'{text}'", "str"),
        ("not text", "bool"),
        ("text in words", "bool"),
        ("unknown == 1", "bool"),
        ("unknown == unknown", None),
        ("'%d' % unknown", "str"),
        ("2 ** -1", None),
        ("{1} | {2}", "set"),
        ("parts", "list"),
        ("key", "str"),
    ],
)
def test_kinds_follow_literals_calls_and_annotations(value: str, kind: str | None) -> None:
    """What the value of an expression is can often be told, and otherwise isn't guessed."""
    function = function_of(
        f"""
        def f(text: str, words: list[str], table: "dict[str, int]", unknown, maybe: str = None, sep=","):
            count = 0
            parts = []
            both = 0
            both = ""
            for number, line in enumerate(text.splitlines()):
                line = line.strip()
                count += len(line)
                parts += [line]
            for key in table:
                pass
            pair = (text, count)
            return {value}
        """
    )
    [returned] = function.all(cst.Return)
    assert returned.value is not None

    assert function.kinds.name_of(returned.value) == kind


def test_what_a_place_does_to_a_value() -> None:
    """Reading, changing, returning and letting go are told apart."""
    function = function_of(
        """
        def f(a, b, c, d, e, g, h, i, j, k):
            print(a, len(a), a[0], a + [1], a in a, f"{a}", *a)
            for x in a: pass
            if not a and a: pass
            b.append(1); b[0] = 1; b.x = 1; del b[0]; b += [1]
            c.foo(); g(c); x = c; x = [c]; x = c or 1; yield c
            return d
        """
    )

    def roles(name: str) -> set[str]:
        return {function.effects.role(use.node) for use in function.uses(name)}

    assert roles("a") == {"read"}
    assert roles("b") == {"change"}
    assert roles("c") == {"keep"}
    assert roles("d") == {"return"}


LINES = st.lists(st.sampled_from(["a", "b", "\r", "", "\f", "\u2028x"]), max_size=12)


@settings(max_examples=60, deadline=None, database=None)
@given(LINES, LINES, st.booleans())
def test_a_diff_leads_from_the_old_text_to_the_new(before: list[str], after: list[str], ends: bool) -> None:
    """Lines end at line feeds and nowhere else, and a last line may have none."""
    old, new = "\n".join(before) + "\n" * ends, "\n".join(after)
    if old == new:
        return

    patch = git_diff("a b.py", old, new)

    assert patch.startswith("diff --git a/a b.py b/a b.py\n--- a/a b.py\t\n+++ b/a b.py\t\n@@")
    assert followed(old, patch) == new


def followed(old: str, patch: str) -> str:
    """Apply a patch to a text."""
    lines = re.findall(r"[^\n]*\n|[^\n]+", old)
    result: list[str] = []
    done, sign = 0, ""
    for line in re.findall(r"[^\n]*\n|[^\n]+", patch)[3:]:
        if line.startswith("@@"):
            start = int(line.split()[1].split(",")[0][1:])
            empty = line.split()[1].endswith(",0")
            result.extend(lines[done : start - (not empty)])
            done = start - (not empty)
        elif line.startswith("\\"):
            if sign != "-":
                result[-1] = result[-1].removesuffix("\n")
        elif line.startswith("+"):
            result.append(line[1:])
        else:
            assert lines[done].removesuffix("\n") == line[1:].removesuffix("\n")
            if line.startswith(" "):
                result.append(lines[done])
            done += 1
        sign = line[0]
    return "".join(result + lines[done:])


def needs(source: str, *imports: tuple[str, str | None], constants: tuple[Constant, ...] = ()) -> str | None:
    """Return a module's source with imports and constants added."""
    function = function_of(source)
    return function.module.changed(function, Change(function=function.node, imports=imports, constants=constants))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(): pass\n", "import re\n\n\ndef f(): pass\n"),
        ('"""Doc."""\n\n\ndef f(): pass\n', '"""Doc."""\n\nimport re\n\n\ndef f(): pass\n'),
        ("# Licence\n\ndef f(): pass\n", "# Licence\n\nimport re\n\n\ndef f(): pass\n"),
        ("import os\nimport sys\n\n\ndef f(): pass\n", "import os\nimport re\nimport sys\n\n\ndef f(): pass\n"),
        ("from os import path\n\n\ndef f(): pass\n", "import re\nfrom os import path\n\n\ndef f(): pass\n"),
        ("# first\nimport sys\n\n\ndef f(): pass\n", "# first\nimport re\nimport sys\n\n\ndef f(): pass\n"),
        ("import numpy\n\n\ndef f(): pass\n", "import re\n\nimport numpy\n\n\ndef f(): pass\n"),
        (
            "from __future__ import annotations\n\n\ndef f(): pass\n",
            "from __future__ import annotations\n\nimport re\n\n\ndef f(): pass\n",
        ),
    ],
)
def test_an_import_finds_its_place(before: str, after: str) -> None:
    """Among the standard library's if there are any, above other people's, below docstrings and __future__."""
    assert needs(before, ("re", None)) == after


def test_a_name_is_added_to_the_import_of_its_module() -> None:
    """One import of a module is extended, several or spread out ones are left as they are."""
    assert needs("from re import sub\n\n\ndef f(): pass\n", ("re", "match")) == "from re import match, sub\n\n\ndef f(): pass\n"
    several = needs("from re import sub\nfrom re import X\n\n\ndef f(): pass\n", ("re", "match"))
    assert several is not None
    assert "from re import match\n" in several


def test_constants_go_behind_the_imports() -> None:
    """Also behind conditional ones, and apart from what follows; or right behind the name that they need."""
    header = "import re\nif TYPE_CHECKING:\n    import os\n__all__ = []\ntry:\n    import x\nexcept ImportError:\n    x = None\n"
    source = f"{header}WORDS = 'ab'\ndef f(): pass\n"
    value = cst.parse_expression("frozenset(WORDS)")

    top = needs(source, constants=(Constant(name="_A", value=cst.Integer("1")), Constant(name="_B", value=cst.Integer("2"))))
    beside = needs(source, constants=(Constant(name="_W", value=value, beside="WORDS"),))

    assert top == source.replace("WORDS =", "\n_A = 1\n_B = 2\n\nWORDS =")
    assert beside == source.replace("'ab'\n", "'ab'\n_W = frozenset(WORDS)\n")


def test_where_statements_share_a_line_nothing_is_added() -> None:
    """The end of the imports can't be told there."""
    assert needs("import re; import os\n\n\ndef f(): pass\n", ("math", None)) is None


def test_new_names_are_nobody_elses() -> None:
    """Names of the module, of any scope in the function, of Python and of the same change are avoided; others don't matter."""
    edit = Edit(function_of("import a\nb = 1\n\n\ndef f(c):\n    d = lambda e: c.g\n\n\ndef h(g):\n    return g\n"))

    assert [edit.fresh(name) for name in ("a", "b", "c", "d", "e", "f", "g", "g")] == [f"{name}_2" for name in "abcdef"] + ["g", "g_2"]
    assert edit.fresh("list", "class", "x") == "x"


def test_imports_that_are_there_are_used() -> None:
    """Whatever name a module or function was imported under; a name that means something else can't be imported."""
    edit = Edit(function_of("import re as regex\nfrom collections import deque as queue\nmath = 1\n\n\ndef f(chain):\n    pass\n"))

    def name_of(module: str, name: str | None = None) -> str | None:
        found = edit.imported(module, name)
        return found.value if found is not None else None

    assert name_of("re") == "regex"
    assert name_of("collections", "deque") == "queue"
    assert name_of("collections", "Counter") == "Counter"
    assert name_of("math") is None
    assert name_of("itertools", "chain") is None


def test_functions_are_found_wherever_they_stand() -> None:
    """In classes, branches, handlers, loops, matches and functions, by line and name, with the path that leads to them."""
    source = textwrap.dedent(
        """
        class A:
            @x
            def f(self):
                def g(): pass
        if a:
            def h(): pass
        else:
            async def i(): pass
        try:
            def j(): pass
        except E:
            def k(): pass
        else:
            def l(): pass
        finally:
            def m(): pass
        for x in y:
            while z:
                with w:
                    def n(): pass
        match x:
            case 1:
                def o(): pass
        """
    ).lstrip("\n")
    module = Module(source)
    lines = {text.split("def ")[1][0]: number for number, text in enumerate(source.splitlines(), 1) if "def " in text}

    found = {name: module.function(line, name) for name, line in lines.items()}

    assert [function.qualname for function in found.values() if function is not None] == ["A.f", "A.f.g", *"hijklmno"]
    for name, function in found.items():
        assert function is not None
        assert function.name == name
        changed = module.changed(function, Change(function=function.node.with_changes(name=cst.Name("new"))))
        assert changed == source.replace(f"def {name}(", "def new(")
