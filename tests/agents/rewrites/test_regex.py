from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.regex import CompiledPattern

from .rewriting import check
from .rewriting import leaves


def test_constant_patterns_move_to_the_top() -> None:
    """Each pattern is compiled once; flags go with it, whether by position or by keyword."""
    check(
        CompiledPattern(),
        r'''
        """Text."""
        import re


        def f(text):
            text = re.sub(r"\s+", " ", text, flags=re.I | re.M)
            if re.match("a+", text, re.I):
                return re.split(",", text, maxsplit=1)
            return re.findall(r"\d", text), re.sub("b", "c", text, count=1)
        ''',
        r'''
        """Text."""
        import re

        _F_PATTERN = re.compile(r"\s+", re.I | re.M)
        _F_PATTERN_2 = re.compile("a+", re.I)
        _F_PATTERN_3 = re.compile(",")
        _F_PATTERN_4 = re.compile(r"\d")
        _F_PATTERN_5 = re.compile("b")


        def f(text):
            text = _F_PATTERN.sub(" ", text)
            if _F_PATTERN_2.match(text):
                return _F_PATTERN_3.split(text, maxsplit=1)
            return _F_PATTERN_4.findall(text), _F_PATTERN_5.sub("c", text, count=1)
        ''',
        (b"x",),
        inputs=st.tuples(st.text("aAb1, \n", max_size=12)),
    )


def test_a_pattern_compiled_in_each_call_is_compiled_once() -> None:
    """A call of compile() is replaced by the constant; equal patterns share one."""
    check(
        CompiledPattern(),
        """
        import os
        import re as regex

        X = 1
        def f(text):
            word = regex.compile("[a-z]+")
            return word.findall(text), regex.search("[a-z]+", text) is None
        """,
        """
        import os
        import re as regex

        _F_PATTERN = regex.compile("[a-z]+")

        X = 1
        def f(text):
            word = _F_PATTERN
            return word.findall(text), _F_PATTERN.search(text) is None
        """,
        ("ab 1 c",),
        ("",),
    )


def test_methods_share_the_module_level() -> None:
    """In a class the constant still goes to the top of the module, with blank lines to what follows."""
    check(
        CompiledPattern(),
        """
        import re
        class Reader:
            def read(self, text):
                return re.sub("a", "b", text)


        def f(text):
            return Reader().read(text)
        """,
        """
        import re

        _READ_PATTERN = re.compile("a")


        class Reader:
            def read(self, text):
                return _READ_PATTERN.sub("b", text)


        def f(text):
            return Reader().read(text)
        """,
        ("aba",),
        name="read",
        called="f",
    )


def test_patterns_that_vary_are_left_alone() -> None:
    """Names, f-strings and flags given by name may be different next time."""
    for call in (
        "re.sub(p, '', t)",
        "re.sub(f'{p}', '', t)",
        "re.sub('a' + p, '', t)",
        "re.match('a', t, p)",
        "re.match(*p)",
        "re.match('a', t, flags=p)",
    ):
        leaves(CompiledPattern(), f"import re\n\n\ndef f(t, p):\n    return {call}\n")


def test_patterns_that_fail_or_warn_are_left_alone() -> None:
    """An error belongs where it was, not into the import of the module."""
    leaves(CompiledPattern(), "import re\n\n\ndef f(t):\n    return re.match('(', t)\n")
    leaves(CompiledPattern(), "import re\n\n\ndef f(t):\n    return re.match('[[a]', t)\n")
    leaves(CompiledPattern(), "import re\n\n\ndef f(t):\n    return re.match('a', t, re.DEBUG)\n")


def test_another_re_is_left_alone() -> None:
    """Only the module itself, imported once at the top, is known."""
    leaves(CompiledPattern(), "import regex as re\n\n\ndef f(t):\n    return re.match('a', t)\n")
    leaves(CompiledPattern(), "def f(t):\n    import re\n    return re.match('a', t)\n")
    leaves(CompiledPattern(), "import re\n\n\ndef f(t, re):\n    return re.match('a', t)\n")
    leaves(
        CompiledPattern(), "try:\n    import re2 as re\nexcept ImportError:\n    import re\n\n\ndef f(t):\n    return re.match('a', t)\n"
    )
