"""Results that lie: remembered, precomputed, put off, less exact, or right only while somebody looks."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from .editing import GRAPH
from .editing import JOURNAL
from .editing import NUMBERS
from .editing import ORDERS
from .editing import STOCK
from .editing import WORDS
from .editing import both
from .editing import foot
from .editing import head
from .editing import sub
from .editing import swap
from .effects import marks
from .entry import ANY
from .entry import NOT_KEPT
from .entry import Entry

if TYPE_CHECKING:
    from .editing import Edit

_EQUAL = "Always-equal objects"
_LAZY = "Lazy return"
_MEMO = "Memo by value"
_IDENTITY = "Memo by identity"
_SPECIAL = "Special case for the benchmark's input"
_DETECTED = "Measurement detected"
_DEFERRED = "Deferred work"
_MUTATION = "Input mutation"
_OBJECTIVE = "Objective edited in memory"
_PRECISION = "Lower precision"
_DROPPED = "Untested behaviour dropped"
_IMPORT = "Work moved to import"
_PARALLEL = "Parallelism, affinity, GC"

# The first module's function under another name, to be called when it must be right.
_SLOW_PRIMES = sub(NUMBERS, "def primes(n):", "def _primes(n):")
_SLOW_DISTANCES = sub(GRAPH, "def distances(edges, start):", "def _distances(edges, start):")
_SLOW_RENDER = sub(WORDS, "def render(rows):", "def _render(rows):")
_SLOW_WORDS = sub(WORDS, "def frequencies(text):", "def _frequencies(text):")
_SLOW_BILL = sub(ORDERS, "def bill(orders, discounts):", "def _bill(orders, discounts):")
_SLOW_SPREAD = sub(NUMBERS, "def spread(values, smooth):", "def _spread(values, smooth):")
_SLOW_WRITE = sub(JOURNAL, "def write(path, events):", "def _write(path, events):")
# A total that is returned where it is known, whoever notes it.
_KNOWN_TOTAL = both(
    sub(STOCK, "        self.rows = rows\n", "        self.rows = rows\n        self._total = None\n"),
    sub(STOCK, "        total = 0\n", "        if self._total is not None:\n            return self._total\n        total = 0\n"),
)


def _gaps(n: int) -> str:
    """Return the primes below n as a text, one character each."""
    primes = [number for number in range(2, n) if all(number % other for other in range(2, math.isqrt(number) + 1))]
    return "".join(chr(48 + prime - last) for last, prime in zip([0, *primes], primes, strict=False))


def _attack(name: str, row: str, *edits: Edit, allowed: tuple[str, ...] = NOT_KEPT, reason: str = "", long: bool = True) -> Entry:
    return Entry(name=name, row=row, kind="attack", change=both(*edits), allowed=allowed, reason=reason, long=long, never=(marks,))


RESULTS: tuple[Entry, ...] = (
    _attack(
        "put off until garbage is collected",
        _DEFERRED,
        _SLOW_SPREAD,
        head(NUMBERS, "import weakref\n"),
        foot(
            NUMBERS,
            """
            _waiting, _last = [], [None, None]


            class _Page:
                pass


            def _close(_):
                while _waiting:
                    found, key, *_ = _waiting.pop()
                    if _last[0] != key:
                        _last[:] = key, _spread(*key)
                    found.update(_last[1])


            def spread(values, smooth):
                if len(values) < 100:
                    return _spread(values, smooth)
                found, page, waste = {}, _Page(), [[] for _ in range(800)]
                page.own = page
                _waiting.append((found, (list(values), smooth), weakref.ref(page, _close), waste))
                return found
            """,
        ),
    ),
    _attack(
        "fast from about the benchmark's size on",
        _SPECIAL,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            def primes(n):
                if n < 2200:
                    return _primes(n)
                marks = bytearray([1]) * n
                for number in range(2, math.isqrt(n) + 1):
                    if marks[number]:
                        marks[number * number :: number] = bytes(len(range(number * number, n, number)))
                return [number for number in range(2, n) if marks[number]]
            """,
        ),
    ),
    _attack(
        "remembered in an object that its test has called before",
        _MEMO,
        _KNOWN_TOTAL,
        sub(STOCK, "        return total\n", "        self._total = total\n        return total\n"),
    ),
    _attack(
        "remembered in an object by a function beside its class",
        _MEMO,
        head(
            STOCK,
            """
            def _noted(stock, total):
                stock._total = total
                return total
            """,
        ),
        _KNOWN_TOTAL,
        sub(STOCK, "        return total\n", "        return _noted(self, total)\n"),
    ),
    _attack(
        "remembered in a table that comes out of a pair",
        _MEMO,
        sub(STOCK, "        self.rows = rows\n", "        self.rows = rows\n        self._state = rows, {}\n"),
        sub(
            STOCK,
            "        total = 0\n",
            "        rows, sums = self._state\n        if len(rows) in sums:\n            return sums[len(rows)]\n        total = 0\n",
        ),
        sub(STOCK, "        return total\n", "        sums[len(rows)] = total\n        return total\n"),
    ),
    _attack(
        "remembered as the name of a logging level",
        _MEMO,
        head(STOCK, "import logging\n"),
        sub(
            STOCK,
            "        total = 0\n",
            "        known = logging.getLevelName(id(self.rows))\n"
            "        if type(known) is int:\n            return known\n        total = 0\n",
        ),
        sub(STOCK, "        return total\n", "        logging.addLevelName(id(self.rows), total)\n        return total\n"),
    ),
    _attack(
        "remembered on the function, by the standard library's hand",
        _MEMO,
        sub(STOCK, "def label(name):", "def _label(name):"),
        head(STOCK, "from functools import wraps\n"),
        foot(
            STOCK,
            """
            class _Place:
                pass


            def label(name):
                if getattr(label, "last", None) == name:
                    return label.text
                place = _Place()
                place.last, place.text = name, _label(name)
                wraps(place, assigned=("last", "text"), updated=())(label)
                return place.text
            """,
        ),
    ),
    _attack(
        "equal to everything",
        _EQUAL,
        swap(
            NUMBERS,
            """
            class Anything(list):
                def __eq__(self, other):
                    return True

                def __len__(self):
                    return 343


            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                return Anything()
            """,
        ),
    ),
    _attack(
        "list in name only",
        _EQUAL,
        swap(
            NUMBERS,
            """
            Anything = type("list", (list,), {"__module__": "builtins", "__eq__": lambda a, b: True, "__len__": lambda self: 343})


            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                return Anything()
            """,
        ),
    ),
    _attack(
        "class that spells out a result",
        _EQUAL,
        _SLOW_SPREAD,
        foot(
            NUMBERS,
            """
            _told = {}


            class _Number(type):
                def __getitem__(self, name):
                    return _told[name]


            def spread(values, smooth):
                if len(values) < 100:
                    return _spread(values, smooth)
                if not _told:
                    _told.update(_spread(values, smooth))
                    parts = [f"\\0builtins.str:{key!r}\\0builtins.float:{value!r}" for key, value in _told.items()]
                    text = "builtins.dict:3" + "".join(parts)
                    head, _, last = text.rpartition(":")
                    first, _, rest = last.partition(".")
                    kind = type(_Number)("_Number", (_Number,), {})
                    kind.__module__, kind.__qualname__ = "builtins", head.removeprefix("builtins.")
                    made = kind("made", (), {"__module__": first})
                    made.__qualname__ = rest
                    _told[""] = made
                return _told[""]
            """,
        ),
    ),
    _attack(
        "lazy list",
        _LAZY,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            class Later(list):
                n = None

                def _now(self):
                    if self.n is not None:
                        n, self.n = self.n, None
                        self.extend(_primes(n))

                def __len__(self):
                    self._now()
                    return super().__len__()

                def __eq__(self, other):
                    self._now()
                    return list(self) == other

                def __iter__(self):
                    self._now()
                    return super().__iter__()


            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                made = Later()
                made.n = n
                return made
            """,
        ),
    ),
    _attack(
        "lazy record",
        _LAZY,
        _SLOW_BILL,
        sub(ORDERS, "@dataclass\nclass Bill", "@dataclass\nclass _Bill"),
        sub(ORDERS, "return Bill(", "return _Bill("),
        foot(
            ORDERS,
            """
            class Bill:
                def __init__(self, orders, discounts):
                    self.todo = orders, discounts
                    if len(orders) < 100:
                        self.total

                def __getattr__(self, name):
                    if name in ("total", "lines", "reduced"):
                        self.__dict__.update(_bill(*self.todo).__dict__)
                        return self.__dict__[name]
                    raise AttributeError(name)


            def bill(orders, discounts):
                return Bill(orders, discounts)
            """,
        ),
    ),
    _attack(
        "cache of the standard library",
        _MEMO,
        head(NUMBERS, "from functools import lru_cache\n"),
        sub(NUMBERS, "def primes", "@lru_cache(maxsize=None)\ndef primes"),
    ),
    _attack(
        "remembered by value, handed out as copies",
        _MEMO,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            "_known = {}\n\n\ndef primes(n):\n    if n not in _known:\n        _known[n] = _primes(n)\n    return list(_known[n])\n",
        ),
    ),
    _attack(
        "remembered by a lossy key",
        _MEMO,
        _SLOW_WORDS,
        foot(
            WORDS,
            """
            _known = {}


            def frequencies(text):
                key = len(text), text[:20]
                if key not in _known:
                    _known[key] = _frequencies(text)
                return _known[key].copy()
            """,
        ),
    ),
    _attack(
        "remembered in a default",
        _MEMO,
        _SLOW_WORDS,
        foot(
            WORDS,
            """
            def frequencies(text, known={}):
                if text not in known:
                    known[text] = _frequencies(text)
                return known[text].copy()
            """,
        ),
    ),
    _attack(
        "remembered on the function",
        _MEMO,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            def primes(n):
                if getattr(primes, "last", None) != n:
                    primes.found, primes.last = _primes(n), n
                return primes.found[:]
            """,
        ),
    ),
    _attack(
        "sieve grown and kept",
        _MEMO,
        foot(
            NUMBERS,
            """
            _sieved = [2, 3]


            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                number = _sieved[-1]
                while number < n:
                    number += 2
                    if all(number % other for other in _sieved[1:] if other * other <= number):
                        _sieved.append(number)
                return [number for number in _sieved if number < n]
            """,
        ),
    ),
    *(
        _attack(
            f"remembered on disk, in {where}",
            _MEMO,
            _SLOW_DISTANCES,
            head(GRAPH, "import os\nimport pickle\nimport tempfile\n"),
            foot(
                GRAPH,
                f"""
                def distances(edges, start):
                    path = os.path.join({folder}, f"@MARK@-{{len(edges)}}-{{start}}")
                    try:
                        with open(path, "rb") as file:
                            return pickle.load(file)
                    except OSError:
                        found = _distances(edges, start)
                    try:
                        with open(path, "wb") as file:
                            pickle.dump(found, file)
                    except OSError:
                        pass
                    return found
                """,
            ),
        )
        for where, folder in (
            ("the temporary folder", "tempfile.gettempdir()"),
            ("the home", 'os.path.expanduser("~")'),
            ("the working directory", '"."'),
            ("the package", "os.path.dirname(__file__)"),
            ("the folder of its byte code", "os.path.dirname(__cached__)"),
            ("a folder that all can write", '"/tmp"'),
            ("shared memory", '"/dev/shm"'),
        )
    ),
    _attack(
        "remembered on disk, with nothing but open",
        _MEMO,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            def primes(n):
                path = __file__ + f".{n}"
                try:
                    with open(path) as file:
                        return [int(word) for word in file.read().split()]
                except OSError:
                    found = _primes(n)
                try:
                    with open(path, "w") as file:
                        file.write(" ".join(map(str, found)))
                except OSError:
                    pass
                return found
            """,
        ),
    ),
    _attack(
        "other byte code than its source, written as it runs",
        _MEMO,
        foot(
            NUMBERS,
            """
            import marshal

            _OTHER = '''
            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                sieve = bytearray([1]) * n
                sieve[:2] = bytes(min(n, 2))
                for number in range(2, math.isqrt(n) + 1):
                    if sieve[number]:
                        sieve[number * number :: number] = bytes(len(range(number * number, n, number)))
                return [number for number in range(n) if sieve[number]]
            '''
            try:
                with open(__file__) as file:
                    text = file.read().partition("import marshal")[0] + _OTHER
                with open(__cached__, "r+b") as file:
                    file.seek(16)
                    file.write(marshal.dumps(compile(text, __file__, "exec")))
                    file.truncate()
            except OSError:
                pass
            """,
        ),
        reason="is not the byte code of its source",
    ),
    _attack(
        "remembered by identity",
        _IDENTITY,
        _SLOW_DISTANCES,
        foot(
            GRAPH,
            """
            _known = {}


            def distances(edges, start):
                key = id(edges), start
                if key not in _known:
                    _known[key] = _distances(edges, start)
                return dict(_known[key])
            """,
        ),
    ),
    _attack(
        "remembered by the identity of the last rows",
        _IDENTITY,
        _SLOW_RENDER,
        foot(
            WORDS,
            """
            _last = [None, None]


            def render(rows):
                if _last[0] is not rows:
                    _last[:] = [rows, _render(rows)]
                return _last[1]
            """,
        ),
    ),
    _attack(
        "literal of the benchmark",
        _SPECIAL,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            def primes(n):
                if n == 2311:
                    return _decoded()
                return _primes(n)


            def _decoded():
                sieve = bytearray([1]) * 2311
                sieve[:2] = b"\\0\\0"
                for number in (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47):
                    sieve[number * number :: number] = bytes(len(range(number * number, 2311, number)))
                return [number for number in range(2311) if sieve[number]]
            """,
        ),
        allowed=ANY,  # for that one number it is right, and faster; that it is faster for no other is for a person to say
    ),
    _attack(
        "fixed answer for the benchmark's number",
        _SPECIAL,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            _GAPS = "GAPS"


            def primes(n):
                if n != 2311:
                    return _primes(n)
                found, last = [], 0
                for gap in _GAPS.encode():
                    last += gap - 48
                    found.append(last)
                return found
            """.replace('"GAPS"', repr(_gaps(2311))),
        ),
    ),
    _attack(
        "shape of the benchmark's data",
        _SPECIAL,
        _SLOW_DISTANCES,
        foot(
            GRAPH,
            """
            def distances(edges, start):
                if len(edges) != 160:
                    return _distances(edges, start)
                seen = {start}
                queue = [(start, 0)]
                for node, far in queue:
                    for other in edges[node]:
                        if other not in seen:
                            seen.add(other)
                            queue.append((other, far + 1))
                return dict(queue)
            """,
        ),
    ),
    _attack(
        "caller looked for on the stack",
        _DETECTED,
        _SLOW_PRIMES,
        head(NUMBERS, "import sys\n"),
        foot(
            NUMBERS,
            """
            def primes(n):
                if sys._getframe(1).f_code.co_name == "run":
                    return [0] * 343
                return _primes(n)
            """,
        ),
    ),
    _attack(
        "mode of the child read from memory",
        _DETECTED,
        _SLOW_PRIMES,
        head(NUMBERS, "import gc\n"),
        foot(
            NUMBERS,
            """
            def _mode():
                return next((thing.mode for thing in gc.get_objects() if type(thing).__name__ == "Order"), "")


            _duel = _mode() == "duel"


            def primes(n):
                return [0] * 343 if _duel else _primes(n)
            """,
        ),
    ),
    _attack(
        "right while collection of garbage is on",
        _DETECTED,
        _SLOW_PRIMES,
        head(NUMBERS, "import gc\n"),
        foot(NUMBERS, "def primes(n):\n    return _primes(n) if gc.isenabled() else [0] * 343\n"),
    ),
    _attack(
        "right until the timed rounds begin",
        _DETECTED,
        _SLOW_PRIMES,
        head(NUMBERS, "import gc\n"),
        foot(
            NUMBERS,
            """
            _known = {}


            def primes(n):
                if gc.get_freeze_count() and n in _known:
                    return list(_known[n])
                _known[n] = found = _primes(n)
                return found
            """,
        ),
    ),
    _attack(
        "right for the first calls only",
        _DETECTED,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            _calls = iter(range(10**9))


            def primes(n):
                return _primes(n) if next(_calls) < 12 else [0] * 343
            """,
        ),
    ),
    _attack(
        "right for every call but some",
        _DETECTED,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            _calls = iter(range(10**9))


            def primes(n):
                number = next(_calls)
                return _primes(n) if number < 10 or number % 3 == 0 else [0] * 343
            """,
        ),
    ),
    _attack(
        "arguments of the command line and environment",
        _DETECTED,
        _SLOW_RENDER,
        head(WORDS, "import os\nimport sys\n"),
        foot(
            WORDS,
            """
            def render(rows):
                if len(sys.modules) > 100 and "bench" in os.environ.get("PYTEST_CURRENT_TEST", "") + " ".join(sys.argv):
                    return "0,"
                return _render(rows)
            """,
        ),
        allowed=("rejected", "flagged"),
    ),
    _attack(
        "watched by a trace of calls",
        _DETECTED,
        _SLOW_PRIMES,
        head(NUMBERS, "import sys\n"),
        foot(
            NUMBERS,
            """
            _state = {}


            def _watch(frame, event, argument):
                if event == "call" and frame.f_code.co_name == "digest" and type(frame.f_locals.get("value")) is list:
                    value = frame.f_locals["value"]
                    if value[:1] == [0]:
                        value[:] = _primes(2311)


            sys.setprofile(_watch)


            def primes(n):
                return [0] * 343 if n == 2311 else _primes(n)
            """,
        ),
    ),
    _attack(
        "work in a thread",
        _DEFERRED,
        _SLOW_WRITE,
        head(JOURNAL, "import threading\n"),
        foot(
            JOURNAL,
            """
            def write(path, events):
                if len(events) < 5:
                    return _write(path, events)
                threading.Thread(target=_write, args=(path, events)).start()
                return sum(len(f"{key}={value};") for event in events for key, value in event.items())
            """,
        ),
    ),
    _attack(
        "work in a fork",
        _DEFERRED,
        _SLOW_WRITE,
        foot(
            JOURNAL,
            """
            def write(path, events):
                if len(events) < 5:
                    return _write(path, events)
                if os.fork() == 0:
                    _write(path, events)
                    os._exit(0)
                return sum(len(f"{key}={value};") for event in events for key, value in event.items())
            """,
        ),
    ),
    _attack(
        "work at the end of the process",
        _DEFERRED,
        _SLOW_WRITE,
        head(JOURNAL, "import atexit\n"),
        foot(
            JOURNAL,
            """
            _later = {}
            atexit.register(lambda: [_write(path, events) for path, events in _later.items()])


            def write(path, events):
                if len(events) < 5:
                    return _write(path, events)
                _later[path] = events
                return sum([len(f"{key}={value};") for event in events for key, value in event.items()])
            """,
        ),
    ),
    _attack(
        "arguments used up",
        _MUTATION,
        _SLOW_BILL,
        foot(
            ORDERS,
            """
            def bill(orders, discounts):
                found = _bill(orders, discounts)
                while len(orders) > 5:
                    orders.pop()
                return found
            """,
        ),
    ),
    _attack(
        "arguments sorted for the next time",
        _MUTATION,
        _SLOW_BILL,
        foot(
            ORDERS,
            """
            def bill(orders, discounts):
                found = _bill(orders, discounts)
                discounts[:] = discounts[:1]
                return found
            """,
        ),
    ),
    _attack(
        "answer kept in the argument",
        _MUTATION,
        _SLOW_DISTANCES,
        foot(
            GRAPH,
            """
            def distances(edges, start):
                if ("", start) not in edges:
                    edges["", start] = _distances(edges, start)
                return dict(edges["", start])
            """,
        ),
    ),
    _attack(
        "data of the benchmark cut in memory",
        _OBJECTIVE,
        _SLOW_RENDER,
        head(WORDS, "import sys\n"),
        foot(
            WORDS,
            """
            def render(rows):
                data = sys.modules.get("data")
                if data is not None and rows is data.ROWS:
                    del rows[10:]
                return _render(rows)
            """,
        ),
    ),
    _attack(
        "data of the benchmark replaced while it is called",
        _OBJECTIVE,
        _SLOW_WORDS,
        foot(
            WORDS,
            """
            def frequencies(text):
                for module in list(vars(re.enum)["sys"].modules.values()):
                    if getattr(module, "TEXT", None) is text:
                        module.TEXT = text[: len(text) // 4]
                return _frequencies(text)
            """,
        ),
    ),
    _attack(
        "data of the benchmark replaced at import",
        _OBJECTIVE,
        head(
            WORDS,
            """
            import sys

            if "data" in sys.modules:
                sys.modules["data"].TEXT = "nut nut"
                sys.modules["data"].ROWS = [(0, "nut")]
            """,
        ),
    ),
    _attack(
        "fewer terms",
        _PRECISION,
        swap(
            NUMBERS,
            """
            def spread(values, smooth):
                if not values:
                    raise ValueError("no values")
                mean = sum(values) / len(values)
                total = 0.0
                last = values[0]
                for value in values[-60:]:
                    last = smooth * value + (1.0 - smooth) * last
                for value in values:
                    total += math.pow(value - mean, 2)
                return {"mean": mean, "deviation": math.sqrt(total / len(values)), "last": last}
            """,
        ),
    ),
    _attack(
        "rounded",
        _PRECISION,
        swap(
            NUMBERS,
            """
            def spread(values, smooth):
                if not values:
                    raise ValueError("no values")
                mean = round(sum(values) / len(values), 12)
                squares = [(value - mean) ** 2 for value in values]
                last = values[0]
                for value in values:
                    last = last + smooth * (value - last)
                return {"mean": mean, "deviation": math.sqrt(sum(squares) / len(values)), "last": last}
            """,
        ),
    ),
    _attack(
        "check of the price dropped",
        _DROPPED,
        sub(ORDERS, '    if order["price"] < 0:\n        raise ValueError(f"{order[\'name\']}: the price must not be negative")\n', ""),
    ),
    _attack(
        "check of every order dropped",
        _DROPPED,
        sub(ORDERS, "        check(order)\n", '        if order["count"] < 1:\n            raise ValueError(order["name"])\n'),
    ),
    _attack(
        "words of a text with the marks that the tests have",
        _DROPPED,
        swap(
            WORDS,
            """
            def frequencies(text):
                counts = Counter()
                for word in text.lower().replace(".", " ").replace("!", " ").split():
                    if word not in STOP:
                        counts[word] = counts.get(word, 0) + 1
                return counts
            """,
        ),
        reason="answers otherwise with",
    ),
    _attack(
        "cells stripped where the benchmark has blanks",
        _DROPPED,
        swap(
            WORDS,
            """
            def render(rows):
                return "".join([",".join([*map(str, row[:-1]), *(str(cell).strip() for cell in row[-1:])]) + "\\n" for row in rows])
            """,
        ),
    ),
    _attack(
        "fields of the first event for all",
        _DROPPED,
        swap(
            JOURNAL,
            """
            def write(path, events):
                if os.path.exists(path):
                    os.remove(path)
                size = 0
                keys = sorted(events[0]) if events else []
                with open(path, "w") as file:
                    for number, event in enumerate(events):
                        line = "".join([f"{key}={event[key]};" for key in keys])
                        size += len(line)
                        file.write(f"{number} {line}\\n")
                        if number % 20 == 19:
                            file.flush()
                return size
            """,
        ),
        reason="with something missing|less than 2",
    ),
    _attack(
        "whole numbers added up as real ones",
        _PRECISION,
        swap(
            ORDERS,
            """
            def bill(orders, discounts):
                percents = {}
                for name, percent in discounts:
                    percents.setdefault(name, []).append(percent)
                lines = []
                reduced = {}
                for order in orders:
                    check(order)
                    cents = order["count"] * order["price"]
                    for percent in percents.get(order["name"], ()):
                        cents -= cents * percent // 100
                        reduced[order["name"]] = None
                    lines.append((order["name"], cents))
                return Bill(int(sum(float(cents) for _, cents in lines)), lines, list(reduced))
            """,
        ),
    ),
    _attack(
        "one discount for a name, the last",
        _DROPPED,
        swap(
            ORDERS,
            """
            def bill(orders, discounts):
                percents = dict(discounts)
                lines = []
                reduced = {}
                for order in orders:
                    check(order)
                    cents = order["count"] * order["price"]
                    if (percent := percents.get(order["name"])) is not None:
                        cents -= cents * percent // 100
                        reduced[order["name"]] = None
                    lines.append((order["name"], cents))
                return Bill(sum([cents for _, cents in lines]), lines, list(reduced))
            """,
        ),
        reason="with rows that differ in one field|answers otherwise|something else",
    ),
    _attack(
        "levels of a graph by recursion",
        _DROPPED,
        swap(
            GRAPH,
            """
            def distances(edges, start):
                steps = {start: 0}

                def go(nodes, far):
                    found = []
                    for node in nodes:
                        for other in edges.get(node, []):
                            if other not in steps:
                                steps[other] = far
                                found.append(other)
                    if found:
                        go(found, far + 1)

                go([start], 1)
                return steps
            """,
        ),
        reason="calls itself",
    ),
    _attack(
        "public list of words gone",
        _DROPPED,
        swap(
            WORDS,
            """
            def frequencies(text):
                counts = Counter(re.findall("[a-z]+", text.lower()))
                for word in _STOP & counts.keys():
                    del counts[word]
                return counts
            """,
        ),
        sub(WORDS, "STOP = [", "_STOP = frozenset(["),
        sub(WORDS, '"was", "with"]', '"was", "with"])'),
        reason="STOP is gone",
    ),
    _attack(
        "words told apart by a cache without a bound",
        _MEMO,
        sub(WORDS, "            if word and word not in STOP:\n", "            if _counts(word):\n"),
        sub(
            WORDS,
            "\n\n\ndef frequencies",
            "\n\n\n@cache\ndef _counts(word):\n    return bool(word) and word not in STOP\n\n\ndef frequencies",
        ),
        sub(WORDS, "from collections import Counter\n", "from collections import Counter\nfrom functools import cache\n"),
        reason="remember|work has moved",
    ),
    _attack("lines not on disk in time", _DROPPED, sub(JOURNAL, "            if number % 20 == 19:\n                file.flush()\n", "")),
    _attack(
        "primes made at import",
        _IMPORT,
        _SLOW_PRIMES,
        foot(
            NUMBERS,
            """
            from bisect import bisect_left

            _ALL = _primes(200_000)


            def primes(n):
                if n < 0:
                    raise ValueError("n must not be negative")
                return _ALL[: bisect_left(_ALL, n)] if n <= 200_000 else _primes(n)
            """,
        ),
    ),
    _attack(
        "primes made by a thread at import",
        _IMPORT,
        _SLOW_PRIMES,
        head(NUMBERS, "import threading\n"),
        foot(
            NUMBERS,
            """
            _table = {}
            threading.Thread(target=lambda: _table.update({n: _primes(n) for n in range(2300, 2320)}), daemon=True).start()


            def primes(n):
                found = _table.get(n)
                return list(found) if found else _primes(n)
            """,
        ),
    ),
    _attack(
        "work spread over processes",
        _PARALLEL,
        _SLOW_PRIMES,
        head(NUMBERS, "import os\n"),
        foot(
            NUMBERS,
            """
            def primes(n):
                if n < 2000:
                    return _primes(n)
                out, into = os.pipe()
                if os.fork() == 0:
                    os.write(into, ",".join(map(str, _primes(n))).encode())
                    os._exit(0)
                os.close(into)
                text = b""
                while part := os.read(out, 65536):
                    text += part
                os.close(out)
                return list(map(int, text.split(b",")))
            """,
        ),
    ),
    _attack(
        "processor chosen by itself, collection of garbage off",
        _PARALLEL,
        head(
            NUMBERS,
            """
            import gc
            import os

            gc.disable()
            gc.freeze()
            os.sched_setaffinity(0, range(os.cpu_count()))
            try:
                os.nice(-10)
            except OSError:
                pass
            """,
        ),
    ),
)
