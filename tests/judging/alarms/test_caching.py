"""What is remembered for ever, or of what may change meanwhile."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.caching import endless
from pytest_autoloop.judging.alarms.caching import outdated

RATES = """
from functools import cache, lru_cache

RATES = {"EUR": 1.0}
LIMITS = {"EUR": 10}

def set_rate(name, rate):
    RATES[name] = rate

def rate(name):
    return RATES[name]

"""


def told(code: str) -> list[str]:
    return [text for _, text in outdated(ast.parse(code))]


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("@cache\ndef f(n):\n    return n\n", 1),
        ("@functools.cache\ndef f(*n):\n    return n\n", 1),
        ("@lru_cache(maxsize=None)\ndef f(n):\n    return n\n", 1),
        ("@lru_cache(None, typed=True)\ndef f(*, n):\n    return n\n", 1),
        ("g = cache(f)\n", 1),
        ("g = functools.lru_cache(maxsize=None)(f)\n", 1),
        ("@lru_cache(maxsize=1 << 40)\ndef f(n):\n    return n\n", 1),
        ("@lru_cache(10_000_000)\ndef f(n):\n    return n\n", 1),
        ("@lru_cache(maxsize=MANY)\ndef f(n):\n    return n\n", 1),
        ("@lru_cache\ndef f(n):\n    return n\n", 0),
        ("@lru_cache(maxsize=512)\ndef f(n):\n    return n\n", 0),
        ("@cache\ndef f():\n    return 1\n", 0),
        ("g = lru_cache(9)(f)\n", 0),
    ],
)
def test_results_remembered_for_ever(code: str, count: int) -> None:
    """What is remembered by arguments and without a bound fills memory as long as the process lives."""
    assert len(list(endless(ast.parse(code)))) == count


@pytest.mark.parametrize(
    ("code", "name"),
    [
        ("@lru_cache(9)\ndef f(n):\n    return RATES[n]\n", "RATES"),
        ("@cache\ndef f(n):\n    return sum(rate(one) for one in n)\n", "RATES"),
        ("f = lru_cache(9)(rate)\n", "RATES"),
        ("@cache\ndef f(n):\n    return COUNT + n\ndef g():\n    global COUNT\n    COUNT = 2\n", "COUNT"),
        ("@cache\ndef f(n):\n    return LIMITS[n]\n", None),
        ("@cache\ndef f(RATES):\n    return RATES\n", None),
        ("def f(n):\n    return RATES[n]\n", None),
        ("@memo\ndef f(n):\n    return rate(n)\n", "RATES"),
        ("@property\ndef f(n):\n    return rate(n)\n", None),
        ("KINDS = {RATES: dict(a=1) for RATES in LIMITS}\n", None),
    ],
)
def test_results_of_what_a_module_changes(code: str, name: str | None) -> None:
    """A function that reads what its module changes, itself or through others, has another answer one day."""
    assert told(RATES + code) == ([] if name is None else [f"remembers results that depend on {name}, which may change"])


@pytest.mark.parametrize(
    ("code", "count"),
    [
        ("@lru_cache(9)\ndef f(n):\n    return [n]\n", 1),
        ("@lru_cache(9)\ndef f(n):\n    found = {}\n    found[n] = n\n    return found\n", 1),
        ("@lru_cache(9)\ndef f(n) -> list[str]:\n    return g(n)\n", 1),
        ("@lru_cache(9)\ndef f(n) -> tuple[str, ...]:\n    return tuple([n])\n", 0),
        ("@lru_cache(9)\ndef f(n):\n    found = [n]\n    return len(found)\n", 0),
    ],
)
def test_results_that_can_be_changed(code: str, count: int) -> None:
    """Whoever sorts what one caller got changes it for all later ones."""
    assert told(code) == ["remembers results of f, which their callers can change"] * count


OBJECT = """
class Shape{bases}:
    def __init__(self, width):
        self.width = width

    @functools.lru_cache(9)
    def area(self, n):
        return self.width * n
"""


@pytest.mark.parametrize(
    ("decorator", "bases", "stays"),
    [("", "", False), ("@dataclass\n", "", False), ("@dataclass(frozen=True)\n", "", True), ("", "(NamedTuple)", True)],
)
def test_results_of_an_object_that_may_change(decorator: str, bases: str, *, stays: bool) -> None:
    """Objects are told apart by what they are, not by what is in them, unless that cannot change."""
    found = told(decorator + OBJECT.format(bases=bases).lstrip())

    assert found == ([] if stays else ["remembers results of Shape.area, whose object may change"])


def test_what_classes_inherit() -> None:
    """It is told of the class that has it, once."""
    base = ENGINE.format(made=f"        {MADE}".replace("\n", "\n        "), also="")
    inherited = "\n\nclass Fast(Engine):\n    pass\n\nclass Loud(Engine):\n    def add(self, rule):\n        self.rules.append(rule)\n"

    assert told(base + inherited) == [f"{name}.by_name stays as it is when add changes rules" for name in ("Engine", "Loud")]


ENGINE = """
class Engine:
    def __init__(self, rules, config):
{made}

    def add(self, rule):
        rules = self.rules
        rules.append(rule){also}

    def indexed(self):
        return {{rule.name: rule for rule in self.rules}}

    def note(self, rule):
        self.by_name[rule.name] = rule
"""
MADE = "self.rules = list(rules)\nself.by_name = {rule.name: rule for rule in self.rules}"


@pytest.mark.parametrize(
    "made",
    [
        MADE,
        "self.rules = rules\nself.by_name = {rule.name: rule for rule in rules}",
        "self.rules = rules or []\nself.by_name = {}\nfor rule in rules:\n    self.by_name.setdefault(rule.name, rule)",
        "rules = list(rules)\nself.rules = rules\nindex = {}\nfor rule in rules:\n    index[rule.name] = rule\nself.by_name = index",
        "self.rules = list(rules)\nself.by_name = self.indexed()",
        "self.rules = list(rules)\nself.by_name = {'all': self.indexed()}",
        "self.rules = list(rules)\nself.by_name = {'first': self.rules[0]}",
    ],
)
def test_an_index_that_is_not_kept(made: str) -> None:
    """What an object makes of its data at first has to follow each change of them, be it by a method that another calls."""
    lines = "\n".join(f"        {line}" for line in made.splitlines())
    said = ["Engine.by_name stays as it is when add changes rules"]

    assert told(ENGINE.format(made=lines, also="")) == said
    for kept in ("self.by_name[rule.name] = rule", "self.note(rule)", "del self.by_name"):
        assert told(ENGINE.format(made=lines, also=f"\n        {kept}")) == []


@pytest.mark.parametrize(
    "made",
    [
        "self.rules = list(rules)\nself.by_name = {}\nself.count = 0",
        "self.rules = list(rules)\nself.put = self.rules.append",
        "self.rules = config.rules\nself.name = config.name.lower()",
        "self.rules = []\nself.limit = len(config)",
        "self.rules = []\nself.ways = {'all': self.indexed, 'one': self.note}",
        "self.rules = []\nself.ways = [self.indexed]",
    ],
)
def test_what_follows_or_has_nothing_to_follow(made: str) -> None:
    """Another name for the same list, and what is made of something else, are never out of date."""
    assert told(ENGINE.format(made="\n".join(f"        {line}" for line in made.splitlines()), also="")) == []


LAZY = """
class Graph:
    def __init__(self, edges):
        self.edges = list(edges)
        self._near = None

    def add(self, edge):
        self.edges.append(edge){also}

    def near(self, node):
        if self._near is None:
            self._near = {{}}
            for one, other in self.edges:
                self._near.setdefault(one, []).append(other)
        return self._near[node]
"""


def test_what_is_made_when_it_is_first_needed() -> None:
    """It has to be made anew once something has changed."""
    assert told(LAZY.format(also="")) == ["Graph._near stays as it is when add changes edges"]
    assert told(LAZY.format(also="\n        self._near = None")) == []


DESK = """
class Base:
    def set_margin(self, margin):
        self.margin = margin{also}

class Desk(Base):
    def price(self, sku):
{lines}
"""
WORTH = "self.costs[sku] * self.margin"
FOUND = f"found = self._prices.get(sku)\nif found is not None:\n    return found\nfound = self._prices[sku] = {WORTH}\nreturn found"
TRIED = f"try:\n    return self._prices[sku]\nexcept KeyError:\n    self._prices[sku] = {WORTH}\nreturn self._prices[sku]"
ASKED = f"known = self._prices\nif sku in known:\n    return known[sku]\nknown[sku] = {WORTH}\nreturn known[sku]"
AT_ONCE = f"return self._prices.setdefault(sku, {WORTH})"


@pytest.mark.parametrize("lines", [FOUND, TRIED, ASKED, AT_ONCE])
def test_results_that_an_object_notes(lines: str) -> None:
    """However it looks up what it has noted, that is out of date once something else is given, be it by a class that it is one of."""
    lines = "\n".join(f"        {line}" for line in lines.splitlines())

    assert told(DESK.format(also="", lines=lines)) == ["Desk._prices stays as it is when set_margin changes margin"]
    assert told(DESK.format(also="\n        self._prices.clear()", lines=lines)) == []


def test_a_table_that_is_no_memo() -> None:
    """What a method fills and does not return is no result that it has noted."""
    assert told(DESK.format(also="", lines="        self._prices[sku] = self.margin\n        return self.costs[sku]")) == []


def test_parts_that_are_changed_one_by_one() -> None:
    """An index is out of date as well when a loop changes what is in the list that it was made of."""
    moved = "for rule in self.rules:\n            rule.name = 'x'\n        rules = []\n        "
    code = ENGINE.format(made="\n".join(f"        {line}" for line in MADE.splitlines()), also="").replace(
        "rules = self.rules\n        ", moved
    )

    assert told(code) == ["Engine.by_name stays as it is when add changes rules"]


@pytest.mark.parametrize(("reset", "count"), [("", 1), ("\n        del self.area", 0)])
def test_a_property_that_is_worked_out_once(reset: str, count: int) -> None:
    """It has to go when a method changes what it was made of."""
    code = (
        "class Shape:\n    @cached_property\n    def area(self):\n        return self.width ** 2\n\n"
        f"    def grow(self):\n        self.width += 1{reset}\n"
    )

    assert told(code) == ["Shape.area stays as it is when grow changes width"] * count


@pytest.mark.parametrize(
    ("code", "told_", "count"),
    [
        ("from shop import rates\n@cache\ndef f(n):\n    return rates.rate(n)\n", "remembers results", 1),
        ("from shop.rates import rate\n@memoise\ndef f(n):\n    return rate(n)\n", "remembers results", 1),
        ("from shop.rates import rate\n@traced\ndef f(n):\n    return rate(n)\n", "decorates with traced results", 1),
        ("from shop.rates import rate\nEUROS = rate('EUR')\n", "works out parts of the module", 1),
        ("from shop import rates\n@cache\ndef f(n):\n    return rates.other(n)\n", "", 0),
        ("from shop.rates import rate\ndef f(n):\n    return rate(n)\n", "", 0),
    ],
)
def test_results_of_what_another_module_changes(code: str, told_: str, count: int) -> None:
    """What is imported may have another answer one day as well."""
    found = [text for _, text in outdated(ast.parse(code), frozenset({"rates.rate", "rate"}))]

    assert found == [f"{told_} that depend on {'rates.rate' if 'rates.rate(' in code else 'rate'}, which may change"] * count
