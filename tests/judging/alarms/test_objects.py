"""What functions keep in objects, their own and those that they are given, is told from their syntax."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.objects import on_arguments
from pytest_autoloop.judging.alarms.objects import on_objects

OBJECTS = """\
class Catalog:
    def __init__(self, items):
        self.items = items
        self.total = None

    def add(self, item):
        {change}

    @staticmethod
    def of(items):
        items.last = 1
"""


@pytest.mark.parametrize(
    ("change", "kept"),
    [
        ("self.total = item", ["total"]),
        ("self.found[item] = 1", ["found"]),
        ("self.items.append(item)", ["items"]),
        ("self.parts.first[0].known = item", ["parts"]),
        ("del self.total", ["total"]),
        ("self.items.rotate(1)", ["items"]),
        ("self.total.set(1)", ["total"]),
        ("map(self.items.append, item)", ["items"]),
        ("self.total += 1; item.last = 1; return self.items[0]", ["total"]),
        ("def inner():\n            self.total = 1\n        return inner", ["total"]),
        ("(self.total if item else self.found).last = 1", ["total"]),
        ("item.last = 1", []),
        ("return [*self.items, item]", []),
    ],
)
def test_what_methods_keep_in_their_object(change: str, kept: list[str]) -> None:
    """Whatever is changed below it; what the constructor sets, and what others hold, is no such thing."""
    found = [*dict.fromkeys((text, of) for _, text, of in on_objects(ast.parse(OBJECTS.format(change=change))))]

    assert found == [(f"keeps state in Catalog.{name}", "Catalog") for name in kept]


@pytest.mark.parametrize(
    "change",
    [
        "for one in (self.found,):\n            one[item] = 1",
        "(known := self.found)[item] = 1; known.clear()",
        "[one.append(item) for one in self.items]",
        "known = self.found if item else {}; known[item] = 1",
        "known = item or self.found; known[item] = 1",
        "known = [self.found][0]; known[item] = 1",
        "with nullcontext(self.found) as known:\n            known[item] = 1",
        "match self.found:\n            case known:\n                known[item] = 1",
        "items, found = self.state; found[item] = 1",
        "known = self.found; known[item] = 1; known = self.items",
        "known = self.found.parts; known[item] = 1",
    ],
)
def test_other_names_for_the_object(change: str) -> None:
    """What stands for a part of the object is the object's, however it got its name."""
    assert "keeps state in Catalog under another name" in {text for _, text, _ in on_objects(ast.parse(OBJECTS.format(change=change)))}


@pytest.mark.parametrize(
    "change",
    [
        "known = self.found; known[item] = 1",
        "known = other = self.found; other[item] = 1",
        "a, b = self.found, 1; a[item] = 1",
        "[known] = [self.found]; known[item] = 1",
    ],
)
def test_other_names_for_one_attribute(change: str) -> None:
    """A variable that stands for one attribute, and for nothing else, is as good as its own name."""
    assert {text for _, text, _ in on_objects(ast.parse(OBJECTS.format(change=change)))} == {"keeps state in Catalog.found"}


BY_OTHERS = """\
def noted(catalog, found):
    return put(catalog, found)

def put(catalog, found):
    catalog.found = found

class Catalog:
    def note(self, found):
        self.last = found
        self.last.append(1)

    def gather(self, found):
        found.append(self.parts)

    def total(self):
        {change}
"""


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ("return noted(self, 1)", "keeps state in Catalog by noted"),
        ("return noted(found=1, catalog=self)", "keeps state in Catalog by noted"),
        ("return self.note(1)", "keeps state in Catalog.note"),
        ("known = self.parts; put(known, 1)", "keeps state in Catalog.parts"),
        ("self.last = 1", "keeps state in Catalog.last"),
        ("return len(self.parts)", None),
        ("return put(self, 1)", "keeps state in Catalog by put"),
        ("return put({}, self)", None),
        ("found = []; self.gather(found)", None),
    ],
)
def test_what_others_keep_for_a_method(change: str, told: str | None) -> None:
    """Whoever calls what keeps something keeps it too; each method and attribute is told once, so that another method stands out."""
    found = [text for _, text, _ in on_objects(ast.parse(BY_OTHERS.format(change=change)))]

    assert found == ["keeps state in Catalog.last", *([told] if told is not None else [])]


def test_arguments_changed_by_others() -> None:
    """A function that hands its argument to one that changes it changes it as well, however many there are between the two."""
    code = "def a(x):\n    b(x)\n\ndef b(y):\n    c(1, y)\n\ndef c(n, z):\n    z.n = n\n\ndef d(x):\n    return len(x)\n"

    assert {text for _, text in on_arguments(ast.parse(code))} == {f"changes its argument {name}" for name in "xyz"}


def test_objects_made_anew() -> None:
    """A method that only positions name its object in, and one that makes its object once more, keep state in it."""
    code = (
        "class A(B):\n    def __init__(self):\n        super().__init__(1)\n        B.__init__(self)\n    def f(self, /, n):\n        {}\n"
    )

    for change in ("self.__init__(n)", "B.__init__(self, n)", "self.n = n"):
        [(_, text, of)] = on_objects(ast.parse(code.format(change)))
        assert (text.startswith("keeps state in A"), of) == (True, "A")


@pytest.mark.parametrize(
    ("value", "lazy"),
    [
        ("map(f, items)", True),
        ("(f(i) for i in items)", True),
        ("itertools.cycle(items)", True),
        ("self.each()", True),
        ("list(items)", False),
    ],
)
def test_iterators_that_an_object_is_made_with(value: str, *, lazy: bool) -> None:
    """What works only when something is taken of it may remember what it has found; a list is there at once."""
    made = f"def __init__(self, items):\n    self.items = {value}\n    found = map(f, items)\n  "
    code = f"class A:\n  {made}def each(self):\n    yield 1\n"

    assert [text for _, text, _ in on_objects(ast.parse(code))] == ["keeps an iterator in A"] * lazy


@pytest.mark.parametrize(
    "change",
    [
        "catalog.total = 1",
        "catalog.parts['a'] = 1",
        "catalog['a'] = 1",
        "del catalog.total",
        "catalog.items.append(1)",
        "dict.update(catalog, a=1)",
        "heapq.heappush(catalog, 1)",
        "next(catalog.items)",
        "map(catalog.append, 'ab')",
        "catalog += [1]",
        "catalog |= {1: 2}",
        "(catalog or {}).update(a=1)",
        "catalog.__init__(1)",
        "Base.__init__(catalog)",
        "known = catalog.parts\n    known[1] = 2",
        "for part in catalog.parts:\n        part.total = 1",
    ],
)
@pytest.mark.parametrize(
    "function",
    ["def f(catalog):", "def f(n, *, catalog=None):", "def f(n, *catalog):", "class A:\n  def f(self, catalog):", "async def f(catalog):"],
)
def test_what_functions_change_of_their_arguments(function: str, change: str) -> None:
    """A store in an argument or below it, whatever the argument and its other names are; each is named once."""
    found = [text for _, text in on_arguments(ast.parse(f"{function}\n    {change}\n    {change}\n"))]

    assert found == ["changes its argument catalog"]


@pytest.mark.parametrize(
    "code",
    [
        "def f(n):\n    n += 1\n    return n\n",
        "def f(rows):\n    found = []\n    found.append(rows[0])\n    return found\n",
        "def f(rows):\n    found = sorted(rows)\n    found.sort()\n    return found\n",
        "def f(rows):\n    return next(iter(rows)), rows.index(1), max(rows)\n",
        "class A:\n    def f(self, n):\n        self.n = n\n",
        "def f(**more):\n    more['a'] = 1\n",
    ],
)
def test_arguments_that_are_only_read(code: str) -> None:
    """What is made of an argument is no part of it, and a method's own object is no argument."""
    assert [text for _, text in on_arguments(ast.parse(code))] == []
