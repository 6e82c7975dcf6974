"""Copies that are gone."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.copying import dropped_copies
from pytest_autoloop.judging.alarms.copying import gone_through_twice
from pytest_autoloop.judging.alarms.copying import no_longer_exchanged
from pytest_autoloop.judging.alarms.copying import no_longer_lazy

KEEPING = """
class Quote:
    def __init__(self, rows):
        self._rows = {kept}

    def rows(self):
        return {handed}
"""


def told(before: str, after: str) -> list[str]:
    return [text for _, text in dropped_copies(ast.parse(before), ast.parse(after))]


COPIES = [
    "[row for row in rows]",
    "{name: row for name, row in rows.items()}",
    "list(rows)",
    "rows.copy()",
    "rows[:]",
    "[*rows]",
    "copy.copy(rows)",
    "{**rows}",
    "rows[:] if rows else []",
    "list(rows).tolist()",
]


@pytest.mark.parametrize("kept", COPIES)
def test_an_argument_that_is_kept_itself(kept: str) -> None:
    """Who keeps what its caller goes on to change sees the changes."""
    assert told(KEEPING.format(kept=kept, handed="1"), KEEPING.format(kept="rows", handed="1")) == [
        "a copy of rows was removed, and all tests still pass"
    ]


def test_a_copy_that_is_less_deep() -> None:
    """Parts of it are shared then."""
    deep = KEEPING.format(kept="copy.deepcopy(rows)", handed="1")

    assert told(deep, KEEPING.format(kept="list(rows)", handed="1")) == ["a deep copy of rows was removed, and all tests still pass"]
    assert told(deep, KEEPING.format(kept="deepcopy(rows)", handed="1")) == []


def test_what_is_added_to_a_table() -> None:
    """A history of states that go on changing is none."""
    code = "class Cart:\n    def note(self):\n        now = {}\n        self.history.append(now)\n"
    before, after = (code.format(kept) for kept in ("copy.deepcopy(self.items)", "copy.copy(self.items)"))
    itself = code.replace("now = {}\n        self.history.append(now)", "self.history.append(self.items)")

    assert told(before, after) == told(before, itself) == ["a deep copy of self.items was removed, and all tests still pass"]


@pytest.mark.parametrize(
    ("body", "lazy"),
    [
        ("yield from map(float, rows)", True),
        ("return map(float, rows)", True),
        ("return (float(row) for row in rows)", True),
        ("return iter(rows)", True),
        ("return iter([float(row) for row in rows])", False),
        ("return iter(sorted(rows))", False),
        ("return iter(worked_out(rows))", False),
        ("return [float(row) for row in rows]", False),
        ("found = [*rows]\n    return found", False),
        ("return whole(rows)", False),
        ("rows.sort()", False),
        ("return merge(rows, rows)", True),
        ("return PATTERN.finditer(rows)", True),
        ("found = scan(rows)\n    return found", True),
    ],
)
def test_results_that_came_one_by_one(body: str, *, lazy: bool) -> None:
    """Who reads a stream, or needs the first results only, waits for all of them when they are worked out at once."""
    before = "def {name}(rows):\n    for row in rows:\n        yield float(row)\n"
    after = f"def {{name}}(rows):\n    {body}\n\ndef whole(rows):\n    return rows[:]\n"

    for name, count in (("running", not lazy), ("_running", False)):
        found = [text for _, text in no_longer_lazy(ast.parse(before.format(name=name)), ast.parse(after.format(name=name)))]
        assert found == ["running gave its results one by one, and works all of them out first now"] * count


@pytest.mark.parametrize(
    ("body", "told_"),
    [
        ("one(x)", True),
        ("await one(x)", True),
        ("found.append(one)", False),
        ("x += one", False),
    ],
)
def test_what_is_gone_through_while_others_may_change_it(body: str, *, told_: bool) -> None:
    """Who is called may add to the list, or leave it; a loop that only reads may go through the list itself."""
    code = f"class Bus:\n    async def put(self, x, found):\n        for one in {{}}:\n            {body}\n"
    for name, place in (("self.all", "self.all"), ("self.by.get(x, ())", "self.by.get()"), ("self.by.values()", "self.by")):
        assert told(code.format(f"list({name})"), code.format(name)) == [f"a copy of {place} was removed, and all tests still pass"] * told_


@pytest.mark.parametrize(
    ("annotation", "body", "count"),
    [
        ("Iterable[float]", "return sum(values), len([v for v in values])", 1),
        ("Optional[collections.abc.Iterator[float]]", "return [*values, *values]", 1),
        ("Iterable[float]", "values = list(values)\n    return sum(values), len(values)", 0),
        ("Iterable[float]", "if isinstance(values, list): pass\n    return sum(values)", 0),
        ("list[float]", "return sum(values), len(values)", 0),
        ("float", "return f(values) + g(values)", 0),
    ],
)
def test_what_is_gone_through_twice(annotation: str, body: str, count: int) -> None:
    """An iterator is empty the second time; a list, or a copy of what is given, is not."""
    before, after = (f"def f(values: {annotation}):\n    {lines}\n" for lines in ("return sum(values)", body))

    found = [text for _, text in gone_through_twice(ast.parse(before), ast.parse(after))]
    assert found == ["f goes through values more than once, which an iterator does not allow"] * count
    assert list(gone_through_twice(ast.parse(after), ast.parse(after))) == []


def test_what_an_object_hands_out() -> None:
    """Its own list is for others to change then."""
    before, after = (KEEPING.format(kept="1", handed=handed) for handed in ("list(self._rows)", "self._rows"))

    assert told(before, after) == ["a copy of self._rows was removed, and all tests still pass"]
    assert told(after, before) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # Another kind of copy, or something that is made of it.
        (KEEPING.format(kept="list(rows)", handed="1"), KEEPING.format(kept="rows[:]", handed="1")),
        (KEEPING.format(kept="list(rows)", handed="1"), KEEPING.format(kept="{row.n: row for row in rows}", handed="1")),
        # Nobody else has what a function has made.
        ("def f(n):\n    found = [n]\n    return list(found)\n", "def f(n):\n    found = [n]\n    return found\n"),
        ("def f(n):\n    n = g(n)\n    return list(n.parts)\n", "def f(n):\n    m = g(n)\n    return m.parts\n"),
        # It never was a copy.
        (KEEPING.format(kept="rows", handed="1"), KEEPING.format(kept="rows", handed="self._rows")),
        ("def f(rows):\n    for row in list(rows):\n        print(row)\n", "def f(rows):\n    for row in rows:\n        print(row)\n"),
    ],
)
def test_what_is_no_loss(before: str, after: str) -> None:
    """A copy nobody else could have told from the original is work that can go."""
    assert told(before, after) == []


WATCHERS = """
class Watchers:
    def __init__(self):
        self._all = {}

    def add(self, name, call):
        self._all = {**self._all, name: call}

    def tell(self, what):
        {tell}
"""


@pytest.mark.parametrize(
    ("tell", "told_"),
    [
        ("return [call(what) for call in self._all.values()]", True),
        ("for call in self._all.values():\n            call(what)", True),
        ("for name in self._all:\n            yield name", True),
        ("return self._all", True),
        ("return [name for name in self._all]", False),
        ("return self._all.get(what)", False),
        ("return [name.strip() for name in self._all]", False),
        ("for call in self._all.values():\n            call.run(what)", True),
        ("return len(self._all)", False),
    ],
)
def test_what_was_exchanged_as_a_whole(tell: str, *, told_: bool) -> None:
    """Who goes through it, or has it, while others change it, had the old one before."""
    before = WATCHERS.replace("{tell}", tell)
    after = before.replace("self._all = {**self._all, name: call}", "self._all[name] = call")
    text = "Watchers._all is changed in its place, while others may go through it; it was exchanged as a whole"

    assert [found for _, found in no_longer_exchanged(ast.parse(before), ast.parse(after))] == [text] * told_
    assert not [*no_longer_exchanged(ast.parse(after), ast.parse(after))]


def test_what_is_loaded_again() -> None:
    """Who reads it meanwhile, or after an error, has half of it; what was changed in its place before is nothing new."""
    load = "class Table:\n    def rows(self):\n        return self._rows\n\n    def load(self, rows):\n        {load}\n{more}"
    more = "\n    def add(self, row):\n        self._rows.append(row)\n"
    in_place = "self._rows.clear(); self._rows.extend(rows)"

    def told(more: str) -> int:
        before, after = (ast.parse(load.format(load=how, more=more)) for how in ("self._rows = list(rows)", in_place))
        return len([*no_longer_exchanged(before, after)])

    assert (told(""), told(more)) == (1, 0)
