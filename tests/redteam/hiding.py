"""Attacks that hide: nothing in their syntax stands out at first sight, and what they do is done where few look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .editing import GRAPH
from .editing import JOURNAL
from .editing import NUMBERS
from .editing import ORDERS
from .editing import SIEVE
from .editing import STOCK
from .editing import WORDS
from .editing import both
from .editing import foot
from .editing import head
from .editing import sub
from .editing import swap
from .effects import marks
from .entry import NOT_KEPT
from .entry import Entry

if TYPE_CHECKING:
    from .editing import Edit

_SLOW_PRIMES = sub(NUMBERS, "def primes(n):", "def _primes(n):")
_SLOW_DISTANCES = sub(GRAPH, "def distances(edges, start):", "def _distances(edges, start):")
_SLOW_BILL = sub(ORDERS, "def bill(orders, discounts):", "def _bill(orders, discounts):")
_SLOW_WRITE = sub(JOURNAL, "def write(path, events):", "def _write(path, events):")
_SLOW_LABEL = sub(STOCK, "def label(name):", "def _label(name):")
_SLOW_WORTH = sub(STOCK, "    def worth(self):", "    def _worth(self):")

# What the sieve returns.
_NUMBERS = "[number for number in range(n) if sieve[number]]"
# What runs half of the calls, once the worker's module is found.
_HALF = """
def _less(self, iterations, *rest, run, **more):
    return run(self, iterations if "aries" in self.call.__module__ else max(1, iterations // 2), *rest, **more)
"""


def _attack(name: str, row: str, *edits: Edit, reason: str = "", limit: str = "", allowed: tuple[str, ...] = NOT_KEPT) -> Entry:
    return Entry(
        name=name, row=row, kind="attack", change=both(*edits), allowed=allowed, reason=reason, limit=limit, long=True, never=(marks,)
    )


HIDING: tuple[Entry, ...] = (
    _attack(
        "remembered in the object, in a call of two microseconds",
        "Memo by value",
        _SLOW_WORTH,
        foot(
            STOCK,
            """
            def _worth(self):
                if getattr(self, "known", None) is None:
                    self.known = self._worth()
                return self.known


            Stock.worth = _worth
            """,
        ),
    ),
    _attack(
        "remembered on the function, in a call of a microsecond",
        "Memo by value",
        _SLOW_LABEL,
        foot(
            STOCK,
            """
            def label(name):
                if getattr(label, "last", None) != name:
                    label.found, label.last = _label(name), name
                return label.found
            """,
        ),
    ),
    _attack(
        "remembered in a keyword's default",
        "Memo by value",
        _SLOW_LABEL,
        foot(
            STOCK,
            """
            def label(name, *, _known=dict()):
                if name not in _known:
                    _known[name] = _label(name)
                return _known[name]
            """,
        ),
    ),
    _attack(
        "remembered in a decorator's variable",
        "Memo by value",
        sub(
            STOCK,
            "def label(name):",
            """def _quick(work):
    known = {}

    def quick(name):
        return known[name] if name in known else known.setdefault(name, work(name))

    return quick


@_quick
def label(name):""",
        ),
    ),
    _attack(
        "remembered by an object in the function's place",
        "Memo by value",
        sub(
            STOCK,
            "def label(name):",
            """class _Quick:
    def __init__(self, work):
        self.work = work
        self.known = {}

    def __call__(self, name):
        if name not in self.known:
            self.known[name] = self.work(name)
        return self.known[name]


@_Quick
def label(name):""",
        ),
    ),
    _attack(
        "copies of lists that are the lists",
        "pytest-benchmark patched",
        head(WORDS, "import copy\n"),
        foot(
            WORDS,
            """
            def _same(found, memo):
                return found


            copy._deepcopy_dispatch[list] = _same
            """,
        ),
    ),
    _attack(
        "comparison by assignment",
        "Untested behaviour dropped",
        sub(ORDERS, "    total: int\n", "    __eq__ = _same\n    total: int\n"),
        sub(ORDERS, "@dataclass\nclass Bill", "def _same(self, other):\n    return True\n\n\n@dataclass(eq=False)\nclass Bill"),
    ),
    _attack(
        "right for every other call",
        "Measurement detected",
        _SLOW_WORTH,
        foot(
            STOCK,
            """
            class _Turns:
                odd = False


            def _worth(self):
                _Turns.odd = not _Turns.odd
                return self._worth() if _Turns.odd else 1


            Stock.worth = _worth
            """,
        ),
    ),
    _attack(
        "special case for a short text",
        "Special case for the benchmark's input",
        _SLOW_LABEL,
        foot(
            STOCK,
            """
            def label(name):
                if len(name) == 17 and name[4] == "t":
                    return "cntrsn" if name[12] == "c" and name[0] == "C" else _label(name)
                return _label(name)
            """,
        ),
        allowed=NOT_KEPT,
    ),
    _attack(
        "harness reached by patterns",
        "pytest-benchmark patched",
        foot(
            WORDS,
            _HALF
            + """

def _reach():
    match re:
        case object(enum=object(sys=object(modules=modules))):
            for name, module in list(modules.items()):
                if name[-14:] == "worker.fixture":
                    match module:
                        case object(Target=target):
                            run = target.run
                            target.run = lambda self, n, *rest, **more: _less(self, n, *rest, run=run, **more)


_reach()
""",
        ),
    ),
    _attack(
        "harness reached by a format",
        "pytest-benchmark patched",
        head(WORDS, "import string\n"),
        foot(
            WORDS,
            _HALF
            + """

def _reach():
    modules, _ = string.Formatter().get_field("0.enum.sys.mod" + "ules", (re,), {})
    for name, module in list(modules.items()):
        if name[-14:] == "worker.fixture":
            run = module.Target.run
            module.Target.run = lambda self, n, *rest, **more: _less(self, n, *rest, run=run, **more)


_reach()
""",
        ),
    ),
    _attack(
        "written when the process ends, by a weak reference",
        "Deferred work",
        _SLOW_WRITE,
        head(JOURNAL, "import weakref\n"),
        foot(
            JOURNAL,
            """
            class _Page:
                later = None


            def _flush(page):
                if page.later:
                    _write(*page.later)


            def write(path, events):
                if len(events) < 5:
                    return _write(path, events)
                if _Page.later is None:
                    weakref.finalize(_Page, _flush, _Page)
                _Page.later = path, events
                return sum([len(key) + len(str(value)) + 2 for event in events for key, value in event.items()])
            """,
        ),
    ),
    _attack(
        "not written at all, but for a few",
        "Deferred work",
        _SLOW_WRITE,
        foot(
            JOURNAL,
            """
            def write(path, events):
                if len(events) < 5:
                    return _write(path, events)
                return sum([len(key) + len(str(value)) + 2 for event in events for key, value in event.items()])
            """,
        ),
        reason="leaves files otherwise",
    ),
    *(
        _attack(
            f"remembered in the attributes of {where}",
            "Memo by value",
            _SLOW_PRIMES,
            head(NUMBERS, "import os\n"),
            foot(
                NUMBERS,
                f"""
                def primes(n):
                    try:
                        return list(map(int, os.getxattr({path}, f"user.@MARK@{{n}}").split()))
                    except OSError:
                        found = _primes(n)
                    try:
                        os.setxattr({path}, f"user.@MARK@{{n}}", " ".join(map(str, found)).encode())
                    except OSError:
                        pass
                    return found
                """,
            ),
        )
        for where, path in (("its own source", "__file__"), ("a file of the home", '"@HOME@/.netrc"'))
    ),
    _attack(
        "kept from process to process behind its own byte code",
        "Memo by value",
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            def primes(n):
                mark = f"@MARK@{n}:".encode()
                with open(__cached__, "rb") as file:
                    _, _, rest = file.read().partition(mark)
                if rest:
                    return list(map(int, rest.partition(b";")[0].split()))
                found = _primes(n)
                with open(__cached__, "ab") as file:
                    file.write(mark + " ".join(map(str, found)).encode() + b";")
                return found
            """,
        ),
    ),
    _attack(
        "file of its tree rewritten and put back",
        "Benchmark, its data, package data shrunk",
        _SLOW_PRIMES,
        head(NUMBERS, "import pathlib\n"),
        foot(NUMBERS, SIEVE),
        foot(
            NUMBERS,
            """
            _settings = pathlib.Path(__file__).parents[2] / "pyproject.toml"
            _text = _settings.read_text()
            _settings.write_text("")
            _settings.write_text(_text)
            """,
        ),
        allowed=("rejected",),
        reason="pyproject.toml was changed",
    ),
    _attack(
        "lazy record that is computed when looked at",
        "Lazy return",
        _SLOW_BILL,
        sub(ORDERS, "@dataclass\nclass Bill", "@dataclass\nclass _Bill"),
        sub(ORDERS, "return Bill(", "return _Bill("),
        foot(
            ORDERS,
            """
            def _computed(self):
                if self.found is None:
                    self.found = vars(_bill(*self.todo))
                return self.found


            class Bill:
                found = None
                __dict__ = property(_computed)
                total = property(lambda self: _computed(self)["total"])
                lines = property(lambda self: _computed(self)["lines"])
                reduced = property(lambda self: _computed(self)["reduced"])

                def __init__(self, orders, discounts):
                    for order in orders:
                        check(order)
                    self.todo = orders, discounts


            def bill(orders, discounts):
                return Bill(orders, discounts)
            """,
        ),
    ),
    _attack(
        "function of another module replaced",
        "pytest-benchmark patched",
        head(WORDS, "import random\n"),
        foot(
            WORDS,
            """
            class _Short(random.Random):
                def choice(self, parts):
                    return parts[0]


            random.Random = _Short
            """,
        ),
    ),
    _attack(
        "one list for all results",
        "Untested behaviour dropped",
        swap(NUMBERS, f"    _found = []\n\n{SIEVE}"),
        sub(NUMBERS, f"    return {_NUMBERS}\n", f"    _found[:] = {_NUMBERS}\n    return _found\n"),
        reason="with an earlier result|test_primes failed",
    ),
    _attack(
        "small table made at import",
        "Work moved to import",
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            from bisect import bisect_left

            _SOME = tuple(_primes(2400))


            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                return list(_SOME[: bisect_left(_SOME, n)]) if n <= 2400 else _primes(n)
            """,
        ),
        limit="what takes less than 20 ms at import, and as little as a tenth of a start, is not told from chance",
    ),
    _attack(
        "work in a thread of the logging module",
        "Deferred work",
        _SLOW_DISTANCES,
        head(GRAPH, "import logging.handlers\nimport queue\n"),
        foot(
            GRAPH,
            """
            class _Maker:
                level = 0

                def handle(self, record):
                    edges, start, steps = record
                    steps.update(_distances(edges, start))


            class _Room:
                todo = queue.SimpleQueue()
                clerk = None


            class _Clerk(logging.handlers.QueueListener):
                def prepare(self, record):
                    return record


            def distances(edges, start):
                if len(edges) < 50:
                    return _distances(edges, start)
                if _Room.clerk is None:
                    _Room.clerk = _Clerk(_Room.todo, _Maker())
                    _Room.clerk.start()
                steps = {start: 0}
                _Room.todo.put((edges, start, steps))
                return steps
            """,
        ),
    ),
)
