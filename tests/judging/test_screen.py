from __future__ import annotations

import warnings

import pytest

from pytest_autoloop.judging.alarms import alarms
from pytest_autoloop.judging.reach import reached
from pytest_autoloop.judging.screen import Source
from pytest_autoloop.judging.screen import Tried
from pytest_autoloop.judging.screen import fingerprint
from pytest_autoloop.judging.screen import refuse_changes
from pytest_autoloop.judging.screen import refuse_sources
from pytest_autoloop.judging.screen import sources
from pytest_autoloop.judging.surface import Surface
from pytest_autoloop.workspace.git import Change

SURFACE = Surface(editable=("src/*",), protected=("src/tests",))
MODES = {"A": ("000000", "100644"), "M": ("100644", "100644"), "D": ("100644", "000000")}


def change(path: str, status: str = "M", old: str = "", new: str = "") -> Change:
    usual = MODES.get(status, ("100644", "100644"))
    return Change(status=status, old_mode=old or usual[0], new_mode=new or usual[1], path=path, blob="0" * 40)


def refused(*changes: Change, tracked: tuple[str, ...] = ("src/a.py",)) -> str:
    return str(refuse_changes(changes, SURFACE, tracked))


def source(before: str | None, after: str | None, path: str = "src/a.py") -> Source:
    return Source(path=path, before=None if before is None else before.encode(), after=None if after is None else after.encode())


@pytest.mark.parametrize("status", ["A", "M", "D"])
def test_regular_files_may_change(status: str) -> None:
    """Regular files may come, change and go."""
    assert refused(change("src/a.py", status)) == "None"


def test_executable_files_may_change_in_content_only() -> None:
    """A script keeps its mode: one that has the executable bit may change, none may get it or lose it."""
    assert refused(change("src/a.py", "M", "100755", "100755")) == "None"
    assert "only regular files" in refused(change("src/a.py", "M", "100644", "100755"))
    assert "only regular files" in refused(change("src/a.py", "M", "100755", "100644"))
    assert "only regular files" in refused(change("src/a.py", "A", "000000", "100755"))


@pytest.mark.parametrize(
    "odd",
    [
        change("src/a.py", "A", "000000", "120000"),
        change("src/a.py", "T", "100644", "120000"),
        change("src/a.py", "A", "000000", "160000"),
        change("src/a.py", "D", "120000", "000000"),
        change("src/a.py", "D", "160000", "000000"),
        change("src/a.py", "X", "100644", "100644"),
    ],
)
def test_links_and_submodules(odd: Change) -> None:
    """Symbolic links and submodules neither come nor go nor take a file's place."""
    assert "src/a.py: only regular files may change" in refused(odd)


def test_the_path_is_named() -> None:
    """What is out of reach is named with the reason."""
    assert refused(change("src/tests/test_a.py", "D")) == "src/tests/test_a.py: it belongs to the tests"
    assert refused(change("src/b.py"), change("docs/x.md")) == "docs/x.md: it is not editable"


def test_names_that_differ_in_case() -> None:
    """Two files whose names differ in case only would be one file on some systems."""
    assert refused(change("src/A.py", "A")) == "src/A.py: it differs from src/a.py in case only"
    assert "in case only" in refused(change("src/b.py", "A"), change("src/B.py", "A"))


@pytest.mark.parametrize("path", [f"src/{'a' * 260}.py", f"src/{'ü' * 101}.py", "src/" + "long/" * 250 + "a.py"])
def test_names_that_cannot_be_written(path: str) -> None:
    """What no file system takes, with what byte code adds to it, ends no run."""
    assert refused(change(path, "A")).endswith("its name or path is too long")
    assert refused(change(f"src/{'a' * 150}.py", "A")) == "None"


def test_numbers() -> None:
    """A change of nothing is refused, and so is one of very many files."""
    assert refused() == "it changes nothing"
    assert "51 files" in refused(*(change(f"src/{number}.py", "A") for number in range(51)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("x = 1\n", "x = 1  # one\n"),
        ("x = (1,\n  2)\n", "x = (1, 2)\n"),
        ("x = 'a'\n", 'x = "a"\n'),
        ("x = 10\n", "x = 0x0a\n"),
    ],
)
def test_the_same_program(before: str, after: str) -> None:
    """Comments, layout and spelling are no change of the program."""
    assert refuse_sources([source(before, after)]) == "it changes comments or layout only"
    assert fingerprint([source(before, before)]) == fingerprint([source(before, after)])


@pytest.mark.parametrize("text", ["def f(:\n", "x = 1\0\n", "return 1\n", "\tx = 1\n  y = 2\n", "(" * 1000, "x = '\ud800'\n"])
def test_what_does_not_compile(text: str) -> None:
    """What is no program is refused, with the file, before anything runs."""
    odd = Source(path="src/a.py", before=b"x = 1\n", after=text.encode("utf-8", "surrogatepass"))

    assert str(refuse_sources([odd])).startswith("src/a.py: it does not compile")


@pytest.mark.parametrize(
    ("odd", "fine"),
    [
        ("-" * 10_000 + "1", False),
        ("lambda: " * 3000 + "1", False),
        ("1" + "+1" * 700, True),
        ("a" + ".b" * 500, True),
        ("0x" + "f" * 4000, True),
    ],
    ids=["signs", "functions", "sum", "attributes", "number"],
)
def test_odd_expressions(odd: str, fine: bool) -> None:
    """However deep or long an expression is, a patch with it, or to a source with it, is refused in words or goes on to be judged."""
    function = "def f(x):\n    return x\n"
    for before, after in ((function, f"{function}D = {odd}\n"), (f"{function}D = {odd}\n", f"D = {odd}\nE = 1\n{function}")):
        patch = [source(before, after)]
        said = refuse_sources(patch)
        assert (said is None) == fine, said
        if fine:
            assert fingerprint(patch) != fingerprint([source(after, before)])
            assert reached(patch, {"bench": [("src/a.py", 1)]}) == {"bench"}
            assert isinstance(alarms(patch), tuple)
        else:
            assert str(said).startswith("src/a.py: it does not compile (")


def test_changes_that_count() -> None:
    """A new module, a deleted one, other data, and a repaired one are changes."""
    assert refuse_sources([source(None, "x = 1\n")]) is None
    assert refuse_sources([source("x = 1\n", None)]) is None
    assert refuse_sources([source("1", "2", "src/table.json")]) is None
    assert refuse_sources([source("def f(:\n", "x = 1\n")]) is None


def test_size() -> None:
    """Very large additions are refused; a file that was large before may stay so."""
    large = f"x = 1\ny = {'z' * 240_000!r}\n"

    assert "too large" in str(refuse_sources([source("x = 1\n", large)]))
    assert refuse_sources([source(large, large[6:])]) is None


DOCTEST = '''\
def f(x):
    """Double.

    >>> f(2)
    4
    """
    return x + x
'''


def test_doctests_are_tests() -> None:
    """The examples in docstrings stay as they are; they may move with their object, and the words around them and the code may change."""
    for less in (DOCTEST.replace("4", "5"), DOCTEST.replace("f(2)", "f(2) or 4"), "def f(x):\n    return 2 * x\n", None):
        assert refuse_sources([source(DOCTEST, less)]) == "it changes examples in docstrings, which are tests"

    assert refuse_sources([source(DOCTEST, DOCTEST.replace("Double", "Twice").replace("x + x", "2 * x"))]) is None
    assert refuse_sources([source(DOCTEST, "from .b import f\n"), source(None, DOCTEST, "src/b.py")]) is None
    assert "examples" in str(refuse_sources([source(DOCTEST, DOCTEST.replace("    >>>", "    >>> f = lambda n: 4\n    >>>"))]))
    assert "examples" in str(refuse_sources([source(DOCTEST.replace(">>> f", ">>>f"), "def f(x):\n    return 2 * x\n")]))


def test_compiler_warnings() -> None:
    """A text that the compiler warns of compiles, although warnings are errors here."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")

        assert refuse_sources([source("x = 1\n", "x = '\\d'\nassert (x, 'always')\n")]) is None


def test_fingerprints() -> None:
    """A fingerprint tells texts and paths apart, and does not depend on the order of files."""
    one, two = source("", "x = 1\n", "src/a.py"), source("", "x = 2\n", "src/b.py")
    prints = {fingerprint(found) for found in ([one], [two], [one, two], [source("", "x = 1\n", "src/b.py")], [source("", None)])}

    assert len(prints) == 5
    assert fingerprint([one, two]) == fingerprint([two, one])


def test_tried_before() -> None:
    """What was tried against an incumbent is known by the number of the first that was alike; a new incumbent is a new chance."""
    tried = Tried()

    assert tried.earlier("incumbent", "print", 1) is None
    assert tried.earlier("incumbent", "print", 2) == 1
    assert tried.earlier("incumbent", "print", 3) == 1
    assert tried.earlier("incumbent", "other", 4) is None
    assert tried.earlier("next", "print", 5) is None
    assert len(tried.seen) == 3


def test_both_sides_are_read() -> None:
    """A new file has no text before, a deleted one none after."""

    class Blobs:
        def read(self, revision: str, path: str) -> bytes:
            return f"{revision} {path}".encode()

    found = sources([change("a", "A"), change("b"), change("c", "D")], Blobs(), "old", "new")

    assert [(one.before, one.after) for one in found] == [(None, b"new a"), (b"old b", b"new b"), (b"old c", None)]


def test_names_that_read_alike() -> None:
    """Two files whose names look the same to a reader, or to a file system that folds characters, would be taken for each other."""
    assert refused(change("src/\uff41.py", "A")) == "src/\uff41.py: it reads as src/a.py does"
    assert "reads as" in refused(change("src/x\u00b2.py", "A"), tracked=("src/x2.py",))
    assert refused(change("src/\u00e9.py", "A")) == "None"


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("src/json.py", "json"),
        ("src/json/__init__.py", "json"),
        ("src/json/deep/x.py", "json"),
        ("src/space/random.py", "random"),
        ("src/pytest/__init__.py", "pytest"),
        ("src/demo/json.py", None),
        ("src/demo/json/__init__.py", None),
        ("src/space/other.py", None),
    ],
)
def test_new_names_in_place_of_others(path: str, name: str | None) -> None:
    """Outside of packages a new file may not be called as a module of Python or of what is installed is; inside it may."""
    tracked = ("src/demo/__init__.py", "src/space/module.py")
    why = refuse_changes([change(path, "A")], SURFACE, tracked, lambda: frozenset({"pytest"}))

    assert why == (None if name is None else f"{path}: it would be imported in place of {name}")


def test_a_module_that_was_there_may_change() -> None:
    """A project that has such a module already lives with it."""
    assert refuse_changes([change("src/json.py")], SURFACE, ["src/json.py"]) is None
    assert refuse_changes([change("src/json/new.py", "A")], SURFACE, ["src/json/old.py"]) is None


def test_text_that_a_reader_does_not_see() -> None:
    """Marks that hide or reorder text are no part of a patch, unless the file had them before."""
    trojan = "x = 'a\u202e'\n"

    assert refuse_sources([source("x = 1\n", trojan)]) == "src/a.py: it has characters that hide or reorder text"
    assert refuse_sources([source("y = '\u202e'\n", trojan)]) is None
    assert refuse_sources([source("x = 1\n", "x = '\u00e9\u4e2d'\n\f\ny = 2\n")]) is None


def test_code_in_a_comment() -> None:
    """What looks like a comment in UTF-8 and is code in the encoding that a source gives itself is refused."""
    hidden = "# coding: raw_unicode_escape\ndef f(n):\n    # fast path \\u000a    if len(n) == 7: return []\n    return sorted(n)\n"

    why = refuse_sources([source("def f(n):\n    return sorted(n)\n", hidden)])

    assert why == "src/a.py: its encoding is raw-unicode-escape, not UTF-8"
