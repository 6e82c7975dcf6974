"""What a call leaves beside its result: files that it names, and the objects it works on, looked at at once."""

from __future__ import annotations

import contextlib
import functools
import logging
import random
import sqlite3
import unittest
from pathlib import Path
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.judging.equality import difference
from pytest_autoloop.worker.around import around
from pytest_autoloop.worker.canonical import told
from pytest_autoloop.worker.messages import TOO_MANY
from pytest_autoloop.worker.sharing import Parts
from pytest_autoloop.worker.testcode import TestCode
from pytest_autoloop.worker.traces import UNREADABLE
from pytest_autoloop.worker.traces import Kept
from pytest_autoloop.worker.traces import Traces

if TYPE_CHECKING:
    from collections.abc import Callable

CODE = TestCode({"worker/test_traces.py"}, str(Path(__file__).parents[1]))


def traces(call: Any, *args: Any, code: TestCode = CODE, **kwargs: Any) -> Traces:
    """What looks at the traces of a call of a test that is in this file."""
    return Traces(args, kwargs, around(code, call, args, kwargs)).remember()


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
        traces(write, path, "a"),
        traces(write, path=str(path)),
        traces(functools.partial(write, path)),
        traces(lambda: write(path, "a")),
    ]

    assert all(look.files() == ["list", [["nothing"]]] for look in looks)
    path.write_text("a")
    one = looks[0].files()
    assert all(look.files() == one != ["list", [["nothing"]]] for look in looks)
    path.write_text("b")
    assert all(look.files() != one for look in looks)
    assert str(tmp_path) not in str(one)


def test_other_arguments(tmp_path: Path) -> None:
    """A set-up may make new ones for each round: their files count then, and what is around the call is as it was at first."""
    numbers = [1]
    look = traces(lambda path: (path, numbers), tmp_path / "one")
    numbers.append(2)
    look.give((tmp_path / "other",), {})
    (tmp_path / "other").write_text("a")

    assert look.files()[1][0][1] == "file"
    assert look.changed() == {"numbers": 1}


def test_what_is_in_a_named_folder(tmp_path: Path) -> None:
    """All files below it, by their names in it."""
    look = traces(write, tmp_path)
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "log").write_text("a")

    [[kind, [[name, content]]]] = look.files()[1]
    assert (kind, name, content[1]) == ("dict", "/in/log", "file")


def test_in_what_a_file_is_another(tmp_path: Path) -> None:
    """Its mode, its size or its content."""
    path = tmp_path / "log"
    path.write_text("ab")
    path.chmod(0o644)
    look = traces(write, path)
    before = look.files()
    found = []
    for content, mode in (("ab", 0o600), ("abc", 0o644), ("ba", 0o644)):
        path.write_text(content)
        path.chmod(mode)
        found.append(difference(before, look.files()))

    assert [one.text.partition(" is ")[0] for one in found if one] == ["[0]['mode']", "[0]['bytes']", "[0]['content']"]
    assert found[0] is not None
    assert found[0].text == "[0]['mode'] is '600', and '644' in the incumbent"


def test_what_names_no_file() -> None:
    """Words, relative names and long texts are data."""
    assert traces(write, "log", "a/b", "/a\n/b", "/" * 5000, 3).files() == ["list", []]


@pytest.mark.parametrize("around", [lambda stock, name: getattr(stock, name), lambda stock, name: lambda: getattr(stock, name)()])
def test_whether_an_object_is_kept(around: Callable[[Stock, str], Callable[[], int]]) -> None:
    """An object that has got something new is another, whether a method is called or a function that holds it."""
    for name, kept in (("worth", True), ("remembered", False)):
        call = around(Stock(), name)
        look = traces(call)
        call()
        assert (look.changed() == {}) == kept


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
    look = traces(call)
    call()

    assert (look.changed() == {}) == kept


def test_a_folder_that_a_test_begins_its_paths_with() -> None:
    """It may hold anything, and large files: it is not looked into, but what is named as the one place to write to is."""
    assert traces(lambda: HERE / "data").files() == ["list", []]
    assert len(traces(lambda: HERE / "data", HERE).files()[1]) == 1


def test_what_functions_of_the_project_remember_in_collections() -> None:
    """Whether that is wanted is another rule's business."""
    known: dict[int, int] = {}

    def remembering() -> int:
        return known.setdefault(1, 2)

    look = traces(remembering, code=TestCode((), "/"))
    remembering()
    assert look.changed() == {}


def test_parts_of_a_result() -> None:
    """Parts that can be changed are counted where they are there more than once, or are the inputs'; copies are not."""
    rows, stock = [[1], [2]], Stock()
    look = traces(stock.worth, rows)

    assert look.sharing(Parts.of([[list(row) for row in rows]])) == {"in itself": 0, "with its inputs": 0}
    assert look.sharing(Parts.of([[*rows, stock.rows]])) == {"in itself": 0, "with its inputs": 3}
    assert look.sharing(Parts.of([[[0]] * 5])) == {"in itself": 4, "with its inputs": 0}
    assert traces(lambda: ROWS).sharing(Parts.of([ROWS]))["with its inputs"] == 1 + len(ROWS)
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


def hidden() -> Any:
    """An object of a class that tells nothing of itself."""

    class Hiding(type):
        def __getattribute__(cls, name: str) -> object:
            raise OSError(name)

    class Hidden(metaclass=Hiding):
        pass

    return object.__new__(Hidden)


class Posing:
    """An object of the project's whose class says that it is another's."""

    __module__ = "logging"


class Odd:
    """One whose class says something strange."""

    __module__ = 3  # type: ignore[assignment]


@pytest.mark.parametrize("make", [hidden, Posing, Odd])
def test_what_hides_from_a_look(make: Callable[[], Any]) -> None:
    """What classes say of themselves does not keep anybody from looking at their objects, and none of their code is run for it."""
    thing = make()
    look = traces(lambda: thing)

    assert look.changed() == {}
    object.__setattr__(thing, "more", 1)
    assert look.changed() == {"thing": 1}


class Making:
    """One that makes its dictionary itself."""

    __dict__ = property(lambda _: {"asked": 1}[""])


class Slotted:
    """One with a slot."""

    __slots__ = ("known",)

    def __init__(self) -> None:
        self.known = 0


hidden_slot: Any = Slotted.__dict__["known"]


class Both(Slotted):
    """One whose slot hides another, and has a dictionary beside it."""

    __slots__ = ("__dict__", "known")

    def __init__(self) -> None:
        super().__init__()
        hidden_slot.__set__(self, 0)
        self.__dict__["known"] = 0


def test_places_of_one_name() -> None:
    """A slot, one that it hides, and an entry of the dictionary are three places; of what makes its dictionary itself nobody knows."""
    both = Both()
    look = traces(lambda: both)
    both.known = 1
    assert look.changed() == {"both": 1}
    both.__dict__["known"] = 1
    assert look.changed() == {"both": 2}
    hidden_slot.__set__(both, 1)
    assert look.changed() == {"both": 3}
    making = Making()
    assert traces(lambda: making).changed() == {"making": 1}


class Name(str):
    """A name that says that it is another."""

    __slots__ = ()

    def __str__(self) -> str:
        raise OSError


def test_attributes_by_names_that_are_no_plain_text() -> None:
    """They hide no other, and are not asked what they are called."""
    thing = Stock()
    look = traces(lambda: thing)
    thing.__dict__[Name("rows")] = 1

    assert look.changed() == {"thing": 1}


class Counting:
    """An object whose calls change some of it, as an incumbent's may."""

    def __init__(self) -> None:
        self.count = 0
        self.log: list[int] = []
        self.append = self.log.append

    def calls(self) -> None:
        """Change two things."""
        self.count += 1
        self.append(1)

    def remembers(self) -> None:
        """And one more."""
        self.calls()
        self.known = 1


def test_how_much_of_an_object_is_changed() -> None:
    """Attributes are counted, since their names may be others in a better class; a method of what another one holds is no more of it."""
    counting = Counting()
    look = traces(lambda: counting)
    counting.calls()
    assert look.changed() == {"counting": 2}
    counting.remembers()
    assert look.changed() == {"counting": 3}


class Part:
    """A part that knows the whole."""

    def __init__(self, whole: object) -> None:
        self.whole = whole


class Split(Counting):
    """The same, with a part that knows it, and with methods of itself kept."""

    def __init__(self) -> None:
        super().__init__()
        self.part = Part(self)
        self.parts = {"one": Part(self.log)}
        self.again = self.calls


def test_parts_that_lead_back_to_the_whole() -> None:
    """What they lead to is counted once, where it is."""
    split = Split()
    look = traces(lambda: split)
    split.again()

    assert look.changed() == {"split": 2}


class Logging:
    """An object with what is there to log, and to run tests."""

    def __init__(self) -> None:
        self.log = logging.getLogger("some")
        self.case = unittest.TestCase()
        self.others = [self.log]


def test_what_is_there_to_log_or_to_run_tests() -> None:
    """A logger that is made anywhere, say, changes all of them."""
    thing = Logging()
    look = traces(lambda: thing)
    logging.getLogger("some").isEnabledFor(logging.DEBUG)
    logging.getLogger("some.other")
    thing.case.maxDiff = 7

    assert look.changed() == {}


def test_rows_of_a_database(tmp_path: Path) -> None:
    """How many transactions have written them is of no account."""
    told = []
    for number, batches in enumerate(([[1, 2, 3]], [[1], [2], [3]], [[1, 2, 4]])):
        path = tmp_path / f"{number}.db"
        with contextlib.closing(sqlite3.connect(path)) as connection:
            connection.execute("create table t (a)")
            for batch in batches:
                with connection:
                    connection.executemany("insert into t values (?)", [(row,) for row in batch])
        told.append(traces(write, path).files())

    assert told[0] == told[1] != told[2]


PARTIAL = functools.partial(int, "3")
RANDOM = random.Random(1)
TUPLE = ([1], [2])
NESTED = ([Stock()], [2])
MIXED = [Stock(), b"x", range(3)]
MAPPINGS = [{"number": number, "text": str(number), "row": [number]} for number in range(3000)]
LONG = [Stock() for _ in range(20)]


def test_what_changes_beside_others() -> None:
    """What an incumbent changes as well hides nothing, nor what the first look itself makes; tuples hold what can be changed."""

    def call() -> Any:
        return PARTIAL, RANDOM, TUPLE, NESTED, MAPPINGS, LONG, MIXED

    look = traces(call)
    assert look.changed() == {}
    RANDOM.random()
    assert look.changed() == {"RANDOM": 1}
    TUPLE[1].append(3)
    NESTED[0][0].rows.append(3)
    MAPPINGS[2900]["text"] = "another"
    LONG[-1].rows.append(3)
    MIXED[1] = b"y"
    assert look.changed() == {"RANDOM": 1, "TUPLE": 1, "NESTED": 1, "MAPPINGS": 1, "LONG": 1, "MIXED": 1}
    MIXED[1:] = [b"x", range(4)]
    assert look.changed()["MIXED"] == 1


def test_data_for_another_process_to_compare() -> None:
    """Plain data around a call have digests, as they were at first; objects of the project's have not: they may be made otherwise."""
    look = traces(lambda: (NUMBERS, TABLE, PARTIAL, len(MAPPINGS)))
    again = traces(lambda: (NUMBERS, TABLE, PARTIAL, len(MAPPINGS)))

    assert sorted(look.data()) == ["MAPPINGS", "NUMBERS", "partial argument 1"]
    assert look.data() == again.data()
    NUMBERS.append(7)
    assert look.data() == again.data() != traces(lambda: (NUMBERS, len(MAPPINGS))).data()


def test_plain_data_of_any_kind() -> None:
    """Texts, numbers, bytes and arrays of numbers have digests as well, but for paths; so have two constants that are equal."""
    numpy = pytest.importorskip("numpy")
    given = {
        "text": "abc",
        "count": 3,
        "other": 3,
        "blob": b"x",
        "path": "/a/b",
        "array": numpy.arange(3),
        "objects": numpy.array([[1], None], dtype=object),
    }
    look = Traces((), {}, list(given.items()))

    assert sorted(look.data()) == ["array", "blob", "count", "other", "text"]
    assert look.data()["array"] != Traces((), {}, [("array", numpy.arange(4))]).data()["array"]
    objects = Traces((), {}, [("rows", [numpy.array([[1], None], dtype=object)])]).remember()
    assert objects.data() == {}
    objects._objects["rows"][0][0].append(2)
    assert objects.changed() == {"rows": 1}


def test_data_that_are_there_over_and_over() -> None:
    """There is an end to it."""
    again: Any = (0,)
    for _ in range(60):
        again = (again, again)

    look = traces(lambda: again)
    assert look.changed() == {}
    assert look.data() == {}


def test_looks_without_anything_remembered() -> None:
    """Nothing is known to have changed, and data are those of now."""
    numbers = [1]
    look = Traces((), {}, [("numbers", numbers)])
    before = look.data()
    numbers.append(2)

    assert look.changed() == {}
    assert look.data() != before


def test_what_cannot_be_looked_at() -> None:
    """Nobody knows whether it has stayed as it was, and that is another answer than the incumbent's; a name may be there only later."""
    assert Traces((), {}, [("it", UNREADABLE)]).remember().changed() == {"it": 1}
    assert traces(lambda: later).changed() == {}
    later: int = 1
