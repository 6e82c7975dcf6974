"""What a call leaves beside its result: files that it names, and the objects it works on, looked at at once."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.worker.canonical import told
from pytest_autoloop.worker.messages import TOO_MANY
from pytest_autoloop.worker.sharing import Parts
from pytest_autoloop.worker.traces import Kept
from pytest_autoloop.worker.traces import Traces

if TYPE_CHECKING:
    from collections.abc import Callable


class Stock:
    """An object with a lasting part."""

    def __init__(self) -> None:
        self.rows = [1, 2]

    def worth(self) -> int:
        """Keep nothing."""
        return sum(self.rows)

    def remembered(self) -> int:
        """Keep something."""
        self.known = sum(self.rows)
        return self.known


def write(path: Path, text: str) -> None:
    path.write_text(text)


def test_what_is_in_a_named_file(tmp_path: Path) -> None:
    """A path among the arguments, in a partial or around a function: nothing, then one content, then another; its own name is not told."""
    path = tmp_path / "log"
    looks = [
        Traces(write, (path, "a"), {}, __file__),
        Traces(write, (), {"path": str(path)}, __file__),
        Traces(functools.partial(write, path), (), {}, __file__),
        Traces(lambda: write(path, "a"), (), {}, __file__),
    ]

    assert all(look.files() == ["list", [["nothing"]]] for look in looks)
    path.write_text("a")
    one = looks[0].files()
    assert all(look.files() == one != ["list", [["nothing"]]] for look in looks)
    path.write_text("b")
    assert all(look.files() != one for look in looks)
    assert str(tmp_path) not in str(one)


def test_what_is_in_a_named_folder(tmp_path: Path) -> None:
    """All files below it, by their names in it."""
    look = Traces(write, (tmp_path,), {}, __file__)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "log").write_text("a")

    [[kind, [[name, content]]]] = look.files()[1]
    assert (kind, name, content[:2]) == ("dict", "/in/log", ["file", 1])


def test_what_names_no_file() -> None:
    """Words, relative names and long texts are data."""
    assert Traces(write, ("log", "a/b", "/a\n/b", "/" * 5000, 3), {}, __file__).files() == ["list", []]


@pytest.mark.parametrize("around", [lambda stock, name: getattr(stock, name), lambda stock, name: lambda: getattr(stock, name)()])
def test_whether_an_object_is_kept(around: Callable[[Stock, str], Callable[[], int]]) -> None:
    """An object that has got something new is another, whether a method is called or a function that holds it."""
    for name, kept in (("worth", True), ("remembered", False)):
        call = around(Stock(), name)
        look = Traces(call, (), {}, __file__)
        call()
        assert (look.changed() == []) == kept


HERE = Path(__file__).parent
NUMBERS = [3, 1, 2]
ROWS = [[3], [1], [2]]
TABLE = {"stock": Stock()}


def in_place() -> int:
    ROWS.sort()
    return ROWS[0][0]


def sort(values: list[int]) -> None:
    values.sort()


@pytest.mark.parametrize(
    ("call", "kept"),
    [
        (lambda: ROWS[0], True),
        (lambda: NUMBERS[0], True),
        (lambda: sort(NUMBERS), False),
        (lambda: NUMBERS.append(4), False),
        (lambda: ROWS.append([0]), False),
        (lambda: TABLE["stock"].worth(), True),
        (lambda: TABLE["stock"].remembered(), False),
        (functools.partial(ROWS.append, [3]), True),
        (functools.partial(list.sort, [2, 1]), False),
    ],
)
def test_whether_data_of_the_test_are_kept(call: Callable[[], object], kept: bool) -> None:
    """So are the data and objects that a function of the test's file reads there, and what a partial holds."""
    look = Traces(call, (), {}, __file__)
    call()

    assert (look.changed() == []) == kept


def test_a_folder_that_a_test_begins_its_paths_with() -> None:
    """It may hold anything, and large files: it is not looked into, but what is named as the one place to write to is."""
    assert Traces(lambda: HERE / "data", (), {}, __file__).files() == ["list", []]
    assert len(Traces(lambda: HERE / "data", (HERE,), {}, __file__).files()[1]) == 1


def test_what_functions_of_the_project_remember_in_collections() -> None:
    """Whether that is wanted is another rule's business."""
    known: dict[int, int] = {}

    def remembering() -> int:
        return known.setdefault(1, 2)

    look = Traces(remembering, (), {}, "/project/module.py")
    remembering()
    assert look.changed() == []


def test_parts_of_a_result() -> None:
    """Parts that can be changed are counted where they are there more than once, or are the inputs'; copies are not."""
    rows, stock = [[1], [2]], Stock()
    look = Traces(stock.worth, (rows,), {}, __file__)

    assert look.sharing(Parts.of([[list(row) for row in rows]])) == {"in itself": 0, "with its inputs": 0}
    assert look.sharing(Parts.of([[*rows, stock.rows]])) == {"in itself": 0, "with its inputs": 3}
    assert look.sharing(Parts.of([[[0]] * 5])) == {"in itself": 4, "with its inputs": 0}
    assert Traces(lambda: ROWS, (), {}, __file__).sharing(Parts.of([ROWS]))["with its inputs"] == 1 + len(ROWS)
    assert look.sharing(Parts.of([[rows, [1]]], largest=2)) == {"in itself": 0, "with its inputs": 1, TOO_MANY: 1}


def test_results_beside_an_earlier_one() -> None:
    """A new list for each call is one's own; the same one again is not, and one that is filled anew changes what a caller holds."""
    one: list[object] = [[1]]
    for first, later, parts in (([[1]], [[1]], 0), (one, one, 2), (one, [*one], 1)):
        kept = Kept()
        assert kept.sharing(Parts.of([first])) == kept.unchanged(first, told(first)) == {}
        assert kept.sharing(Parts.of([later])) == {"with an earlier result": parts}
        assert kept.unchanged(later, told(later)) == {"earlier results as before": True}
    kept = Kept()
    kept.unchanged(one, told(one))
    one[:] = [2]
    assert kept.unchanged(one, told(one)) == {"earlier results as before": False}


@pytest.mark.parametrize("value", [None, 3, "text", (1, 2), frozenset({1}), b"x", len, ["x" * 100] * 1000])
def test_results_that_may_be_shared(value: object) -> None:
    """What nobody can change is nobody's own, and what is long is not kept."""
    kept = Kept()

    assert kept.unchanged(value, told(value)) == kept.unchanged(value, told(value)) == kept.sharing(Parts.of([value])) == {}


def test_what_hides_from_a_look() -> None:
    """An object that cannot be looked at has not stayed as it was: nobody knows, and that is another answer than the incumbent's."""

    class Hiding(type):
        def __getattribute__(cls, name: str) -> object:
            if name == "__module__":
                return "demo"
            raise OSError(name)

    class Hidden(metaclass=Hiding):
        pass

    hidden = object.__new__(Hidden)
    assert Traces(lambda: hidden, (), {}, __file__).changed() == ["hidden"]


def test_what_says_strange_things_of_itself() -> None:
    """An object that cannot be looked at, and a name that is not there yet, are no reason to fail."""

    class Odd:
        __module__ = 3  # type: ignore[assignment]

    odd = Odd()
    assert Traces(lambda: (odd, later), (), {}, __file__).changed() == []
    later = 1
