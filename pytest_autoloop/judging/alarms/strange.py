"""What a node of syntax has that an ordinary improvement has not: ways into the process, out of it, or past the end of a call."""

from __future__ import annotations

import ast
import re
import sys
from typing import TYPE_CHECKING

from ..syntax import Definition
from ..syntax import everywhere
from ..syntax import last_name
from ..syntax import words
from .caching import is_cache
from .lasting import NOTHING_EXPLAINS
from .lasting import POLICY
from .lasting import TIMES
from .lasting import Agreement
from .protecting import USUAL_DECORATORS
from .tables import CHANGING

if TYPE_CHECKING:
    from collections.abc import Container
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence


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
COMMON = words("argv environ finalize fork kill modules monitoring nice popen")
"""Words among these that classes have for things of their own."""
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
_REMEMBERING_METHODS: Mapping[str, frozenset[Agreement]] = {"__call__": TIMES, "__missing__": POLICY}
_TELLING = re.compile(r"pytest|benchmark|autoloop|conftest|\bcanar(y|ies)\b|(?-i:PYTHON[A-Z]+)|/proc\b", re.IGNORECASE)
REMEMBERS = "remembers results (functools)"
"""What is said of what remembers the results of functions."""
_REMEMBERING = frozenset({"cache", "lru_cache", "cached_property", "memoize", "memoise"})

# Sizes of a literal: characters, or parts of a collection.
_BIG_TEXT = 200
_MARKUP = frozenset("(|[{%")
_BIG_COLLECTION = 64
_BIG_NUMBER = 256  # bits


def strange(node: ast.AST) -> Iterator[tuple[str, frozenset[Agreement]]]:
    """Yield what a node has that an ordinary improvement has not, and what would explain it."""
    if isinstance(node, ast.Import | ast.ImportFrom):
        yield from _imports(node)
        if isinstance(node, ast.ImportFrom):
            renamed = {alias.name for alias in node.names if alias.name in _NOT_TO_HAND_ON and alias.asname not in (None, alias.name)}
            yield from ((f"uses {alias.name}", NOTHING_EXPLAINS) for alias in node.names if _reaches(alias.name) or alias.name in renamed)
            if _REMEMBERING.intersection(alias.name for alias in node.names):
                yield REMEMBERS, TIMES
    elif isinstance(node, ast.Attribute):
        own = isinstance(node.value, ast.Name) and node.value.id == "self" and node.attr in COMMON | {"__dict__"}
        if _reaches(node.attr) and not own:
            yield f"uses {node.attr}", NOTHING_EXPLAINS
        elif node.attr in _REMEMBERING:
            yield REMEMBERS, TIMES
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
    yield from ((f"decorates with {name}", POLICY if is_cache(name) else TIMES) for name in names if name not in USUAL_DECORATORS)


def remembering(module: ast.Module) -> frozenset[str]:
    """Return the names that a module has for what remembers the results of functions."""
    imports = (node for node in everywhere(module) if isinstance(node, ast.ImportFrom) and node.module == "functools")
    aliases = [alias for node in imports for alias in node.names]
    if any(alias.name == "*" for alias in aliases):
        return _REMEMBERING
    return frozenset(alias.asname or alias.name for alias in aliases if alias.name in _REMEMBERING)


def out_of_place(node: ast.AST, used: Container[int], decorators: Container[int]) -> Iterator[str]:
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


def defined(node: ast.AST) -> Iterator[tuple[str, frozenset[Agreement]]]:
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
            yield f"defines {name}", _REMEMBERING_METHODS[name]


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
