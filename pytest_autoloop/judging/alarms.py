"""Alarms: what the added and removed code of a patch looks like, told from its syntax alone, without running any of it.

An alarm is a reason to look, not a verdict: most of them have honest uses. Each kind names the outer evidence that explains it; what stays
unexplained is for a person to decide.
"""

from __future__ import annotations

import ast
import contextlib
import doctest
import math
import re
import sys
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING
from typing import Literal
from typing import NamedTuple

from ..worker.messages import TOO_MANY
from .lasting import NOTHING_EXPLAINS
from .lasting import TIMES
from .lasting import Agreement
from .lasting import at_import
from .lasting import lasting
from .neighbours import NOTHING_TAKEN
from .neighbours import Neighbours
from .objects import on_arguments
from .objects import on_objects
from .protecting import USUAL_DECORATORS
from .protecting import choosing
from .protecting import protecting
from .protecting import refusing
from .syntax import Definition
from .syntax import last_name
from .syntax import parsed
from .syntax import scoped
from .syntax import words
from .tables import CHANGING
from .tables import named

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Sequence

    from .neighbours import Taken
    from .screen import Source


# Modules that reach into the process, out of it, or past its end; then those that often have an innocent use.
_MODULES = words("""
gc inspect ctypes atexit threading _thread subprocess socket multiprocessing signal faulthandler tracemalloc cProfile profile
trace time timeit resource mmap builtins importlib pkgutil runpy imp code codeop pdb bdb tempfile pickle marshal shelve dbm
sqlite3 concurrent asyncio select fcntl pty unittest mock pytest _pytest pluggy pytest_benchmark pytest_autoloop site sysconfig
shutil urllib http ssl requests webbrowser pwd syslog secrets posix nt smtplib smtpd poplib imaplib nntplib telnetlib ftplib xmlrpc
socketserver wsgiref asyncore asynchat zipimport zipapp doctest pydoc pydoc_data py_compile compileall modulefinder dis copyreg encodings
linecache pstats cgi cgitb grp spwd nis termios tty readline rlcompleter cmd msvcrt winreg ensurepip venv idlelib lib2to3 distutils test
tkinter turtledemo antigravity __main__ logging.config logging.handlers optparse traceback pickletools xml.sax weakref argparse
""")
_USUAL = frozenset({"os", "sys", "io", "pathlib", "contextvars", "platform", "getpass", "uuid", "types"})
# What is reached for through something else.
_NAMES = words("""
_getframe _current_frames settrace setprofile monitoring modules meta_path path_hooks argv environ environb getpid getppid __builtins__
__globals__ __code__ __closure__ __subclasses__ __getattribute__ __setattr__ __class__ __bases__ __mro__ __loader__ __spec__ f_back
f_locals f_globals f_code gi_frame tb_frame cr_frame co_code fork forkpty _exit kill sched_setaffinity nice setrecursionlimit
setswitchinterval get_objects get_referrers __import__ import_module __doc__ eval exec globals locals setattr delattr breakpoint vars
__dict__ __traceback__ __defaults__ __kwdefaults__ f_builtins ag_frame tb_next getrefcount __self__ get_field get_type_hints ForwardRef
finalize setxattr getxattr listxattr utime QueueListener redirect_stderr redirect_stdout popen startfile posix_spawn posix_spawnp spawnl
spawnle spawnlp spawnlpe spawnv spawnve spawnvp spawnvpe execl execle execlp execlpe execv execve execvp execvpe memfd_create mkfifo
update_wrapper setitem delitem __annotations__ __type_params__ __value__ findCaller ensure_value read_module make_parser register_error
chown lchown fchown chmod lchmod fchmod prlimit setrlimit setpriority sched_setscheduler sched_setparam
""")
# Words among these that classes have for things of their own.
_COMMON = words("argv environ finalize fork kill modules monitoring nice popen")
# Modules that others happen to hold: `enum.sys` needs no import.
_HELD = frozenset({"sys", "os", "posix", "nt", "subprocess", "gc", "builtins", "inspect", "ctypes", "importlib", "threading", "bltns"})
# What looks an attribute up by a name that need not be written anywhere.
_LOOKING_UP = frozenset({"getattr", "attrgetter", "methodcaller"})
# What sets attributes of any object, but for its use as the decorator of a new one.
_DECORATING = frozenset({"wraps", "dataclass", "total_ordering"})
_NOT_TO_HAND_ON = _LOOKING_UP | _DECORATING
_METHODS = words("""
__eq__ __ne__ __hash__ __bool__ __getattr__ __getattribute__
__instancecheck__ __subclasscheck__ __del__ __class_getitem__ __init_subclass__ __set_name__ __format__ __repr__ __reduce__
__reduce_ex__ __deepcopy__ __copy__ __index__ __float__ __int__ __buffer__ __subclasshook__ __getstate__ __setstate__ __getnewargs__
__getnewargs_ex__ __mro_entries__ __prepare__ __complex__ __sizeof__
""")
# Methods of tables of one's own, and for sorting. What a call returns is compared without them.
_TABLE_METHODS = words("__contains__ __ge__ __gt__ __iter__ __le__ __len__ __lt__")
# Methods by which an object takes a function's or a table's place, and may remember.
_REMEMBERING_METHODS = frozenset({"__call__", "__missing__"})
_TELLING = re.compile(r"pytest|benchmark|autoloop|conftest|\bcanar(y|ies)\b|(?-i:PYTHON[A-Z]+)|/proc\b", re.IGNORECASE)
_REMEMBERS = "remembers results (functools)"
_REMEMBERING = frozenset({"cache", "lru_cache", "cached_property", "memoize", "memoise"})

# Sizes of a literal: characters, or parts of a collection.
_BIG_TEXT = 200
_MARKUP = frozenset("(|[{%")
_BIG_COLLECTION = 64
_BIG_NUMBER = 256  # bits
_SMALL_NUMBER = 16
_SHORT_TEXT = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One thing that stands out, where it stands, and the outer evidence that together explains it (nothing: always for a person).

    What is kept in objects of a class is ``of`` this: where benchmarks work on such, more evidence is needed.
    """

    text: str
    path: str
    line: int
    explained_by: frozenset[Agreement] = NOTHING_EXPLAINS
    of: str = ""

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.text}"

    def explained(self, agreed: Container[str], kinds: Container[str] = ()) -> bool:
        """Return whether what was measured from outside explains it; ``kinds`` are the classes of what benchmarks work on."""
        needed = self.explained_by | ({"new process"} if self.of and (self.of in kinds or TOO_MANY in kinds) else set())
        return bool(self.explained_by) and all(kind in agreed for kind in needed)


def alarms(found: Sequence[Source], arguments: Iterable[object] = (), neighbours: Neighbours | None = None) -> tuple[Alarm, ...]:
    """Return the alarms that a change raises.

    ``arguments`` are numbers and texts that the benchmarks are called with: a new literal that equals one looks like a prepared answer.
    What was in the old text of any changed file and only moved raises none. ``neighbours`` are the other modules of the tree.
    """
    around = neighbours or Neighbours()
    before, after = _Signs.of([(s.path, s.before) for s in found], around), _Signs.of([(s.path, s.after) for s in found], around)
    told = frozenset((type(value), value) for value in arguments if _is_telling(value))
    added = [
        *after.beyond(before, "added"),
        *(
            Alarm(
                path=path,
                line=line,
                text=f"{_short(value)} is what a benchmark is called with",
                explained_by=frozenset({"other arguments", "every part"}),
            )
            for (kind, value), (path, line) in after.literals.items()
            if (kind, value) in told and (kind, value) not in before.literals
        ),
    ]
    return tuple(sorted([*added, *before.beyond(after, "removed")], key=lambda alarm: (alarm.path, alarm.line, alarm.text)))


def _is_telling(value: object) -> bool:
    if type(value) is int:
        return abs(value) > _SMALL_NUMBER
    if type(value) is float:
        return math.isfinite(value) and value not in (0.0, 0.5, 1.0, 2.0, 10.0, 100.0, -1.0)
    return type(value) in (str, bytes) and len(value) >= _SHORT_TEXT  # type: ignore[arg-type]


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:39]}…"


class _Key(NamedTuple):
    """What is counted: whether it stands out where it is added or removed, what it is, what explains it, of which class it is."""

    kind: str
    text: str
    explained_by: frozenset[Agreement] = NOTHING_EXPLAINS
    of: str = ""


@dataclass(slots=True)
class _Signs:
    """What stands out in one side of a change: counted, since what was there before may move; and where it stands first."""

    added: Counter[_Key]
    removed: Counter[_Key]
    places: dict[_Key, tuple[str, int]]
    literals: dict[tuple[type, object], tuple[str, int]]

    @classmethod
    def of(cls, texts: Iterable[tuple[str, bytes | None]], neighbours: Neighbours) -> _Signs:
        signs = cls(Counter(), Counter(), {}, {})
        parts = ((path, parsed(text)) for path, text in texts if text is not None and path.endswith(".py"))
        modules = {path: module for path, module in parts if module is not None}
        names = {path: named(module) for path, module in modules.items()}
        for path, module in modules.items():
            signs.read(path, module, neighbours.taken(path, module))
            elsewhere = frozenset[str]().union(*(found for other, found in names.items() if other != path))
            for node, what, explained_by in at_import(module, elsewhere):
                signs._count(signs.added, _Key("added", what, explained_by), path, node)
            for example in _examples(module):
                signs.read(path, example)
        return signs

    def beyond(self, other: _Signs, kind: Literal["added", "removed"]) -> Iterator[Alarm]:
        """Yield an alarm for what this side has more of than the other."""
        mine, theirs = (self.added, other.added) if kind == "added" else (self.removed, other.removed)
        for key in mine - theirs:
            path, line = self.places[key]
            yield Alarm(path=path, line=line, text=key.text, explained_by=key.explained_by, of=key.of)

    def read(self, path: str, module: ast.Module, taken: Taken = NOTHING_TAKEN) -> None:
        # A text that stands by itself is a remark.
        remarks = {id(node.value) for node in ast.walk(module) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)}
        harmless = remarks | set(map(id, choosing(module)))
        strict = refusing(module)
        called = {id(node.func) for node in ast.walk(module) if isinstance(node, ast.Call)}
        definitions = (node for node in ast.walk(module) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef))
        decorators = {id(decorator) for node in definitions for decorator in node.decorator_list}
        remembering = _remembering(module)
        given = {node.id for node in ast.walk(module) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)} & _COMMON
        for node, hidden in scoped(module):
            if id(node) in harmless or (isinstance(node, ast.Name) and node.id in hidden | given):
                continue
            if isinstance(node, ast.Name) and node.id in remembering:
                self._count(self.added, _Key("added", _REMEMBERS, TIMES), path, node)
            for text in _out_of_place(node, called | decorators, decorators):
                self._count(self.added, _Key("added", text, NOTHING_EXPLAINS), path, node)
            for text, explained_by in (*_strange(node), *_defined(node)):
                self._count(self.added, _Key("added", text, explained_by), path, node)
            for text in protecting(node, strict):
                self._count(self.removed, _Key("removed", f"{text} was removed, and all tests still pass", NOTHING_EXPLAINS), path, node)
            if isinstance(node, ast.Constant):
                self.literals.setdefault((type(node.value), node.value), (path, node.lineno))
        for node, text, explained_by in lasting(module, taken):
            self._count(self.added, _Key("added", text, explained_by), path, node)
        for node, text in on_arguments(module):
            self._count(self.added, _Key("added", text, TIMES), path, node)
        for node, text, of in on_objects(module):
            self._count(self.added, _Key("added", text, TIMES, of), path, node)

    def _count(self, counter: Counter[_Key], key: _Key, path: str, node: ast.AST) -> None:
        counter[key] += 1
        self.places.setdefault(key, (path, getattr(node, "lineno", 1)))


def _strange(node: ast.AST) -> Iterator[tuple[str, frozenset[Agreement]]]:
    """Yield what a node has that an ordinary improvement has not, and what would explain it."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)
        if isinstance(node, ast.ImportFrom):
            renamed = {alias.name for alias in node.names if alias.name in _NOT_TO_HAND_ON and alias.asname not in (None, alias.name)}
            yield from ((f"uses {alias.name}", NOTHING_EXPLAINS) for alias in node.names if _reaches(alias.name) or alias.name in renamed)
            if _REMEMBERING.intersection(alias.name for alias in node.names):
                yield _REMEMBERS, TIMES
    elif isinstance(node, ast.Attribute):
        own = isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in _COMMON | {"__dict__"}
        if _reaches(node.attr) and not own:
            yield f"uses {node.attr}", NOTHING_EXPLAINS
        elif node.attr in _REMEMBERING:
            yield _REMEMBERS, TIMES
    elif isinstance(node, ast.Name) and (node.id in _NAMES or node.id == "compile"):
        yield f"uses {node.id}", NOTHING_EXPLAINS
    elif isinstance(node, ast.MatchClass):
        yield from ((f"uses {name}", NOTHING_EXPLAINS) for name in node.kwd_attrs if _reaches(name) or name.startswith("__"))
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("system", "__setitem__", "__delitem__"):
        # `super().__setitem__` is how a table of one's own is written.
        if last_name(node.func.value) not in ("self", "super", "platform"):
            yield f"uses {node.func.attr}", NOTHING_EXPLAINS
    elif isinstance(node, ast.Call) and last_name(node.func) in _LOOKING_UP and not isinstance(node.func, ast.Call):
        yield from _looked_up(last_name(node.func), node.args)
    elif isinstance(node, Definition):
        yield from _decorated(node)
    elif isinstance(node, ast.Global | ast.Nonlocal):
        yield f"changes a {type(node).__name__.lower()}", TIMES
    elif isinstance(node, ast.Constant):
        yield from _constant(node.value)
    elif isinstance(node, ast.List | ast.Tuple | ast.Set | ast.Dict):
        parts = node.keys if isinstance(node, ast.Dict) else node.elts
        if len(parts) >= _BIG_COLLECTION:
            yield f"a literal of {len(parts)} parts", frozenset({"other arguments", "every part", "results"})


def _decorated(node: Definition) -> Iterator[tuple[str, frozenset[Agreement]]]:
    """Yield the decorators of a definition by which it could remember, whoever wrote them."""
    names = (last_name(part) for part in node.decorator_list)
    yield from ((f"decorates with {name}", TIMES) for name in names if name not in USUAL_DECORATORS)


def _remembering(module: ast.Module) -> frozenset[str]:
    """Return the names that a module has for what remembers the results of functions."""
    imports = (node for node in ast.walk(module) if isinstance(node, ast.ImportFrom) and node.module == "functools")
    aliases = [alias for node in imports for alias in node.names]
    if any(alias.name == "*" for alias in aliases):
        return _REMEMBERING
    return frozenset(alias.asname or alias.name for alias in aliases if alias.name in _REMEMBERING)


def _out_of_place(node: ast.AST, used: Container[int], decorators: Container[int]) -> Iterator[str]:
    """Yield what a node does with a name that is innocent elsewhere; the numbers are of nodes in use (called, say), and of decorators."""
    if isinstance(node, ast.Name | ast.Attribute) and last_name(node) in _NOT_TO_HAND_ON and id(node) not in used:
        yield f"hands {last_name(node)} on"
    # `dataclass(slots=True)` is given nothing yet.
    elif isinstance(node, ast.Call) and node.args and id(node) not in decorators and not isinstance(node.func, ast.Call):
        yield from (f"uses {name}, but not as a decorator" for name in _DECORATING & {last_name(node.func)})


def _looked_up(function: str, arguments: Sequence[ast.expr]) -> Iterator[tuple[str, frozenset[Agreement]]]:
    """Yield what stands out among the names of attributes that a function is given."""
    for part in arguments if function == "attrgetter" else arguments[:1] if function == "methodcaller" else arguments[1:2]:
        text = part.value if isinstance(part, ast.Constant) else None
        if isinstance(text, str):
            for name in text.split("."):
                if _reaches(name) or name in _MODULES or name in _METHODS or name == "system":
                    yield f"uses {name}", NOTHING_EXPLAINS
                elif function == "methodcaller" and name in CHANGING:
                    yield f"hands {name} on", TIMES
        elif not _is_harmless(_beginning(part)):
            yield "looks an attribute up by a name that is made", NOTHING_EXPLAINS


def _beginning(node: ast.expr) -> str:
    """Return the text that a made one begins with, as far as it is written there."""
    first = node.left if isinstance(node, ast.BinOp) else node.values[0] if isinstance(node, ast.JoinedStr) and node.values else None
    return first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else ""


def _is_harmless(beginning: str) -> bool:
    """Return whether no name that reaches into the process begins so: `getattr(self, "visit_" + kind)` is a usual way to choose."""
    return bool(beginning.strip("_")) and not any(name.startswith(beginning) for name in (*_NAMES, *_HELD, *_MODULES, *_METHODS, "system"))


def _imports(node: ast.Import | ast.ImportFrom) -> Iterator[tuple[str, frozenset[Agreement]]]:
    if isinstance(node, ast.Import):
        names = {alias.name: {alias.name} for alias in node.names}
    elif node.level:
        return
    else:
        names = {node.module or "": {node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)}}
    for name, reached in names.items():
        top = name.partition(".")[0]
        # What Python keeps for itself does the work of other modules, under another name.
        private = top.startswith("_") and top != "__future__" and top in sys.stdlib_module_names
        if top in _MODULES or private:
            yield f"imports {top}", NOTHING_EXPLAINS
        elif top in _USUAL:
            yield f"imports {top}", TIMES | {"clock", "results"}
        yield from ((f"imports {deep}", NOTHING_EXPLAINS) for deep in sorted(reached & _MODULES) if deep != top)


def _defined(node: ast.AST) -> Iterator[tuple[str, frozenset[Agreement]]]:
    """Yield the methods by which an object is compared, copied or called, however a node gives it one."""
    names = []
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        names = [node.name]
    elif isinstance(node, ast.Name | ast.Attribute) and isinstance(node.ctx, ast.Store):
        names = [last_name(node)]
    elif isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.asname or alias.name for alias in node.names]
    elif isinstance(node, ast.keyword):
        names = [node.arg or ""]
    for name in names:
        if name in _METHODS:
            yield f"defines {name}", NOTHING_EXPLAINS
        elif name in _TABLE_METHODS:
            yield f"defines {name}", frozenset({"results"})
        elif name in _REMEMBERING_METHODS:
            yield f"defines {name}", TIMES


def _examples(module: ast.Module) -> Iterator[ast.Module]:
    """Yield the examples in the texts of a module: they are run as code is."""
    texts = (node for node in ast.walk(module) if isinstance(node, ast.Constant) and isinstance(node.value, str) and ">>>" in node.value)
    for text in texts:
        # What is not well-formed, and an example that is no Python, is run by nobody; the examples beside it are.
        with contextlib.suppress(ValueError):
            for example in doctest.DocTestParser().get_examples(str(text.value)):
                if (found := parsed(example.source)) is not None:
                    yield ast.increment_lineno(found, text.lineno + example.lineno - 1)


def _constant(value: object) -> Iterator[tuple[str, frozenset[Agreement]]]:
    if isinstance(value, int) and value.bit_length() > _BIG_NUMBER:
        yield f"a number of {value.bit_length()} bits", NOTHING_EXPLAINS
    if not isinstance(value, str | bytes):
        return
    text = value if isinstance(value, str) else value.decode("latin-1")
    if (told := _TELLING.search(text)) is not None:
        yield f"a text names {told[0]!r}", NOTHING_EXPLAINS
    elif text.startswith("__") and (text in _NAMES or text in _METHODS):
        yield f"a text names {text!r}", NOTHING_EXPLAINS
    elif len(text) >= _BIG_TEXT and (text.count(" ") < len(text) / 20 or len(text) >= 2 * _BIG_TEXT):
        # Other text than data that are written down as one may be a pattern or a template.
        explained_by: frozenset[Agreement] = frozenset({"other arguments", "results"}) if _MARKUP.intersection(text) else NOTHING_EXPLAINS
        yield f"a literal of {len(text)} characters", explained_by


def _reaches(name: str) -> bool:
    """Return whether an attribute of this name reaches into the process."""
    return name in _NAMES or name.lstrip("_") in _HELD
