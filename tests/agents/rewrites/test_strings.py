from __future__ import annotations

from hypothesis import strategies as st

from pytest_autoloop.agents.rewrites.rules.strings import JoinPieces

from .rewriting import check
from .rewriting import leaves

TEXTS = st.tuples(st.lists(st.text("ab,", max_size=3), max_size=5))


def test_a_loop_that_only_adds_becomes_a_join() -> None:
    """One addition in a loop is one expression."""
    check(
        JoinPieces(),
        """
        def f(words):
            text = ""
            for word in words:
                if word:
                    text += word + ","
            return text
        """,
        """
        def f(words):
            text = "".join([word + "," for word in words if word])
            return text
        """,
        ([1],),
        inputs=TEXTS,
    )


def test_pieces_of_larger_loops_are_collected() -> None:
    """Additions among other statements, before and after the loop, go into one list that is joined after the last."""
    check(
        JoinPieces(),
        """
        def f(words):
            text = "<ul>"
            count = 0
            for word in words:
                text = text + "<li>" + word
                count += 1
            text += "</ul>"
            return text, count
        """,
        """
        def f(words):
            text_parts = ["<ul>"]
            count = 0
            for word in words:
                text_parts.append("<li>")
                text_parts.append(word)
                count += 1
            text_parts.append("</ul>")
            text = "".join(text_parts)
            return text, count
        """,
        inputs=TEXTS,
    )


def test_a_string_may_be_built_anew_in_each_round() -> None:
    """A string that starts within a loop is joined within it."""
    check(
        JoinPieces(),
        """
        def f(rows):
            lines = []
            for row in rows:
                line = ""
                for cell in row:
                    line += cell
                    line += ";"
                lines.append(line)
            return lines
        """,
        """
        def f(rows):
            lines = []
            for row in rows:
                line_parts = []
                for cell in row:
                    line_parts.append(cell)
                    line_parts.append(";")
                line = "".join(line_parts)
                lines.append(line)
            return lines
        """,
        ([["a", "b"], [], ["c"]],),
        ([[1]],),
    )


def test_branches_and_one_line_suites_are_handled() -> None:
    """Additions may stand in branches, and behind a colon."""
    check(
        JoinPieces(),
        """
        def f(words):
            s = ""
            for w in words:
                if w == "a": s += "A"
                else:
                    s += w
            return s
        """,
        """
        def f(words):
            s_parts = []
            for w in words:
                if w == "a": s_parts.append("A")
                else:
                    s_parts.append(w)
            s = "".join(s_parts)
            return s
        """,
        inputs=TEXTS,
    )


def test_new_names_do_not_clash() -> None:
    """A name that exists anywhere in the module isn't taken."""
    check(
        JoinPieces(),
        """
        def f(words, s_parts=0):
            s = ""
            for w in words:
                s += w
                s_parts += 1
            return s, s_parts
        """,
        """
        def f(words, s_parts=0):
            s_parts_2 = []
            for w in words:
                s_parts_2.append(w)
                s_parts += 1
            s = "".join(s_parts_2)
            return s, s_parts
        """,
        inputs=TEXTS,
    )


def test_a_string_that_is_looked_at_meanwhile_is_left_alone() -> None:
    """Conditions on what has been built, returns from within the loop, and prepending need the string itself."""
    leaves(JoinPieces(), "def f(ws):\n    s = ''\n    for w in ws:\n        if s:\n            s += ','\n        s += w\n    return s\n")
    leaves(JoinPieces(), "def f(ws):\n    s = ''\n    for w in ws:\n        s += w\n        if w:\n            return s\n")
    leaves(JoinPieces(), "def f(ws):\n    s = ''\n    for w in ws:\n        s = w + s\n    return s\n")
    leaves(JoinPieces(), "def f(ws):\n    s = ''\n    for w in ws:\n        s = s + w + s\n    return s\n")
    leaves(JoinPieces(), "def f(ws):\n    s = ''\n    for w in ws:\n        s += w if s else w\n    return s\n")


def test_what_may_be_no_string_is_left_alone() -> None:
    """Numbers and unknown values are added up, not joined."""
    leaves(JoinPieces(), "def f(ws):\n    s = 0\n    for w in ws:\n        s += w\n    return s\n")
    leaves(JoinPieces(), "def f(ws, s):\n    for w in ws:\n        s += w\n    return s\n")
    leaves(JoinPieces(), "def f(ws, g):\n    s = g()\n    for w in ws:\n        s += w\n    return s\n")


def test_additions_outside_of_loops_are_left_alone() -> None:
    """A few additions in a row gain nothing from a list."""
    leaves(JoinPieces(), "def f(a, b):\n    s = ''\n    s += a\n    s += b\n    return s\n")


def test_additions_that_somebody_expects_to_fail_are_left_alone() -> None:
    """In a try block the addition itself may be what fails."""
    leaves(
        JoinPieces(),
        """
        def f(ws):
            s = ""
            for w in ws:
                try:
                    s += w
                except TypeError:
                    pass
            return s
        """,
    )


def test_a_string_read_where_the_join_need_not_have_run_is_left_alone() -> None:
    """Readers outside of the block that builds the string may come by another way."""
    leaves(
        JoinPieces(),
        """
        def f(rows):
            for row in rows:
                s = ""
                for w in row:
                    s += w
                if row:
                    break
            return s
        """,
    )
    leaves(
        JoinPieces(),
        """
        def f(ws):
            s = ""
            for w in ws:
                s += w
            def g():
                return s
            return g
        """,
    )
