"""What in code protects a caller or tells a person of something, so that it is missed when a patch takes it away: told from its syntax."""

from __future__ import annotations

import ast
import itertools
from collections import Counter
from collections import defaultdict
from typing import TYPE_CHECKING

from ..syntax import Definition
from ..syntax import everywhere
from ..syntax import functions
from ..syntax import last_name
from ..syntax import outermost
from ..syntax import own
from ..syntax import own_names
from ..syntax import targets_of
from ..syntax import words
from ..syntax import written
from .kinds import types_asked

if TYPE_CHECKING:
    from collections.abc import Collection
    from collections.abc import Container
    from collections.abc import Iterable
    from collections.abc import Iterator
    from collections.abc import Mapping
    from collections.abc import Sequence

_LASTING = words("""
fsync fdatasync sync flush commit acquire release rollback validate verify compare_digest unlink rmtree
removedirs TemporaryDirectory TemporaryFile NamedTemporaryFile is_set cancelled raise_for_status flock lockf locking
task_done shutdown communicate copy_context fullmatch fsum isclose
ThreadPoolExecutor ProcessPoolExecutor create_task TaskGroup wait wait_for timeout timeout_at shield gather to_thread run_in_executor sleep
quantize astimezone deepcopy
WeakValueDictionary WeakKeyDictionary WeakSet WeakMethod MappingProxyType ContextVar
token_hex token_bytes token_urlsafe randbelow SystemRandom urandom uuid4
monotonic monotonic_ns time_ns perf_counter utcnow now today
""")
# What tells others of something, where nobody looks at what it returns.
_NOTIFYING = words("""
emit notify notify_all publish dispatch fire trigger broadcast send send_signal callback set_result result exception cancel reset
""")
# What tells things apart for good.
_HASHES = words("sha1 sha224 sha256 sha384 sha512 sha3_256 sha3_512 blake2b blake2s md5 pbkdf2_hmac scrypt")
# Parts of the names of what is entered to guard something.
_GUARDING = (
    "lock",
    "atomic",
    "transaction",
    "savepoint",
    "mutex",
    "semaphore",
    "timeout",
    "limit",
    "guard",
    "errstate",
    "localcontext",
    "closing",
)
_STRICT = frozenset({"frozen", "strict", "check", "sort_keys", "stable"})
_OF = {
    "os": words("replace rename link chmod umask"),
    "time": frozenset({"time"}),
    "threading": frozenset({"local"}),
    "unicodedata": frozenset({"normalize"}),
    "select": words("select poll epoll"),
    "shutil": words("move copystat copymode"),
    "weakref": words("ref proxy finalize"),
    "secrets": frozenset({"choice"}),
    "signal": frozenset({"signal"}),
}
"""Functions that are told by the module they are of."""
_SCREENS = frozenset({"stdout", "stderr"})
_TYPE_LOOKS = frozenset({"isinstance", "issubclass"})
_LOGS = frozenset({"log", "logging", "warnings"})
_TELLING_PEOPLE = frozenset({"debug", "info", "warn", "warning", "error", "exception", "critical", "log"})
USUAL_DECORATORS = words("""
property setter getter deleter staticmethod classmethod wraps dataclass overload override final cache lru_cache cached_property
total_ordering contextmanager asynccontextmanager singledispatch singledispatchmethod register abstractmethod
""")
"""Decorators that neither protect anybody nor remember unseen."""

_CONTAINERS = words("list dict set bytearray sorted deque OrderedDict defaultdict Counter")
_DISPLAYS = ast.List | ast.Dict | ast.Set | ast.ListComp | ast.DictComp | ast.SetComp
# Exceptions that mostly serve control flow.
_FLOW = frozenset({"KeyError", "IndexError", "StopIteration", "AttributeError", "TypeError"})


def refusing(module: ast.Module) -> frozenset[str]:
    """Return the names of functions that may raise something themselves."""
    functions = (node for node in everywhere(module) if isinstance(node, ast.FunctionDef))
    return frozenset(one.name for one in functions if any(isinstance(node, ast.Raise | ast.Assert) for node in ast.walk(one)))


def written_out(old: Collection[ast.Module], new: Collection[ast.Module]) -> frozenset[str]:
    """Return the functions that refuse something and are called less often for that, if it is refused where they were called instead.

    None are where new functions refuse something: nobody may call these.
    """
    before, after = (frozenset[str]().union(*map(refusing, side)) for side in (old, new))
    known, left = ({node.name for module in side for node in everywhere(module) if isinstance(node, Definition)} for side in (old, new))
    if not after <= known:
        return frozenset()
    called, calls = calls_for_effect(old), calls_for_effect(new)
    fewer = {name: called[name] - calls[name] for name in before if name not in left or called[name] > calls[name]}
    wanted, is_ = _refused(old), _refused(new)
    own_ = {name: Counter[str]() for name in fewer}
    for node in itertools.chain.from_iterable(map(ast.walk, old)):
        if isinstance(node, ast.FunctionDef) and node.name in fewer:
            own_[node.name] = own_[node.name] + _refused([node])
    for name, calls_gone in fewer.items():
        for what, count in own_[name].items():
            wanted[what] += count * (calls_gone - (name not in left))
    return frozenset(name for name in fewer if all(is_[what] >= wanted[what] for what in own_[name]))


def _refused(nodes: Iterable[ast.AST]) -> Counter[str]:
    """Return how often what is raised, by its name."""
    parts = itertools.chain.from_iterable(map(ast.walk, nodes))
    refusals = (part for part in parts if isinstance(part, ast.Raise | ast.Assert))
    return Counter(last_name(part.exc) if isinstance(part, ast.Raise) else "assert" for part in refusals)


def calls_for_effect(modules: Iterable[ast.AST]) -> Counter[str]:
    """Return how often functions are called for what they do, or refuse, by their names; those that call themselves do not count."""
    found = Counter[str]()
    todo = [(module, frozenset[str]()) for module in modules]
    while todo:
        node, inside = todo.pop()
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and (name := last_name(node.value.func)) not in inside:
            found[name] += 1
        inside = inside | {node.name} if isinstance(node, ast.FunctionDef) else inside
        todo += ((child, inside) for child in ast.iter_child_nodes(node))
    return found


def hashing(module: ast.Module) -> frozenset[str]:
    """Return the names of strong hashes, and of the functions that call one themselves."""
    functions = (node for node in everywhere(module) if isinstance(node, ast.FunctionDef))
    calls = {one.name: {last_name(node.func) for node in ast.walk(one) if isinstance(node, ast.Call)} for one in functions}
    return _HASHES | {name for name, called in calls.items() if not called.isdisjoint(_HASHES)}


def on_containers(module: ast.Module) -> Iterator[ast.Expr]:
    """Yield the calls, for what they do, of methods of lists, tables and sets: whatever else has methods of these names, it is not asked.

    What is such a container shows where it is made: variables and attributes that are given nothing else.
    """
    kinds = _CONTAINERS - own_names(module)
    attributes = _only_containers(everywhere(module), kinds, ast.Attribute)
    for function in functions(module):
        given = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
        variables = _only_containers(own(function), kinds, ast.Name) - given
        for node in own(function):
            if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
                base = node.value.func.value
                known = {ast.Name: variables, ast.Attribute: attributes}.get(type(base), ())
                if last_name(base) in known:
                    yield node


def _only_containers(nodes: Iterable[ast.AST], kinds: Container[str], kind: type[ast.Name | ast.Attribute]) -> frozenset[str]:
    """Return the names, or the attributes, that are given lists, tables and sets made in place, and nothing else."""
    nodes = list(nodes)
    made = {
        id(target): last_name(target)
        for node in nodes
        if isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None
        for target in targets_of(node)
        if isinstance(target, kind) and _is_container(node.value, kinds, last_name(target))
    }
    others = (node for node in nodes if isinstance(node, kind) and isinstance(node.ctx, ast.Store) and id(node) not in made)
    return frozenset(made.values()) - frozenset(map(last_name, others))


def _is_container(value: ast.expr, kinds: Container[str], name: str) -> bool:
    """Return whether a value is a list, a table or a set that is made there, or the one of a name with something added."""
    todo = [value]
    while todo:
        part = todo.pop()
        if isinstance(part, ast.BinOp):
            if name in (last_name(part.left), last_name(part.right)):
                return True
            todo += [part.left, part.right]
        elif isinstance(part, _DISPLAYS) or (isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id in kinds):
            return True
    return False


def choosing(module: ast.Module) -> Iterator[ast.Call]:
    """Yield the looks at a type that only choose between ways of doing something. A look that refuses or leaves out is none of them."""
    for node in everywhere(module):
        branches: list[ast.stmt] | list[ast.expr]
        if isinstance(node, ast.If):
            branches = [*node.body, *node.orelse]
        elif isinstance(node, ast.IfExp):
            branches = [node.body, node.orelse]
        else:
            continue
        if not any(map(_refuses, branches)):
            looks = (part for part in ast.walk(node.test) if isinstance(part, ast.Call))
            yield from (look for look in looks if last_name(look.func) in _TYPE_LOOKS)


def lines_gone(old: Mapping[str, ast.Module], new: Mapping[str, ast.Module]) -> Mapping[str, Sequence[tuple[str, int]]]:
    """Return where old texts raise or catch something, by the sign of that, in functions that are no longer as they were.

    A test that runs such a line would miss it, unless what it does is done still. Of other signs nothing of the kind is true.
    """
    found = defaultdict[str, list[tuple[str, int]]](list)
    kept = {written(function) for module in new.values() for function in outermost(module)}
    for path, module in old.items():
        changed = [part for part in module.body if not isinstance(part, Definition)]
        changed += [function for function in outermost(module) if written(function) not in kept]
        for node in itertools.chain.from_iterable(map(ast.walk, changed)):
            if isinstance(node, ast.Raise | ast.ExceptHandler):
                line = node.lineno if isinstance(node, ast.Raise) else node.body[0].lineno
                for sign in protecting(node, ()):
                    found[sign].append((path, line))
    return found


def _refuses(node: ast.AST) -> bool:
    if isinstance(node, ast.Return):
        return node.value is None or _refuses(node.value) or last_name(node.value) == "NotImplemented"
    return isinstance(node, ast.Raise | ast.Continue | ast.Break | ast.Pass | ast.Constant)


def _bounds_or_checks(keyword: ast.keyword) -> bool:
    """Return whether a keyword sets a bound, or asks for a check or an order that stays."""
    value = keyword.value.value if isinstance(keyword.value, ast.Constant) else keyword.value
    bounds = (keyword.arg == "maxlen" and value is not None) or (keyword.arg == "kind" and value in ("stable", "mergesort"))
    return bounds or (keyword.arg in _STRICT and value is True)


def _awaited(node: ast.expr) -> ast.expr:
    return node.value if isinstance(node, ast.Await) else node


def _calls_each(loop: ast.For, name: str) -> bool:
    """Return whether a loop calls each thing that it goes through, for what it does."""
    return any(
        isinstance(node, ast.Expr)
        and isinstance(call := _awaited(node.value), ast.Call)
        and isinstance(call.func, ast.Name)
        and call.func.id == name
        for node in ast.walk(loop)
    )


def _is_log(node: ast.expr) -> bool:
    name = last_name(node).casefold().strip("_")
    return name in _LOGS or name.endswith(("_log", "logger"))


def _tells_or_replaces(name: str, function: ast.expr) -> bool:
    """Return whether a function of this name tells people something, or does what is missed otherwise, by what it is a part of."""
    if not isinstance(function, ast.Attribute):
        return name == "print"
    base = function.value
    return (
        (name == "write" and last_name(base) in _SCREENS)
        or name in _OF.get(last_name(base), ())
        or (name in _TELLING_PEOPLE and _is_log(base))
    )


def _by_its_arguments(name: str, call: ast.Call) -> bool:
    """Return whether a call does what is missed otherwise, as its arguments tell it from one of the same name.

    Threads are joined to nothing, and texts to others; files are replaced by one name, texts by two; opened for the first time alone.
    """
    if name == "open":
        modes = (*call.args[1:2], *(keyword.value for keyword in call.keywords))
        return any(isinstance(mode, ast.Constant) and mode.value in ("x", "xb", "xt") for mode in modes)
    if not isinstance(call.func, ast.Attribute):
        return False
    return (name == "join" and not call.args) or (name in ("replace", "rename", "chmod") and len(call.args) == 1)


def asked_again(module: ast.Module) -> Iterator[ast.Call]:
    """Yield the looks at a type that a function has already had at the same thing."""
    for function in functions(module):
        seen = set[str]()
        looks = (node for node in own(function) if isinstance(node, ast.Call) and last_name(node.func) in _TYPE_LOOKS)
        for look in sorted(looks, key=lambda look: (look.lineno, look.col_offset)):
            if (said := written(look)) in seen:
                yield look
            seen.add(said)


def _for_later(node: ast.AST) -> Iterator[str]:
    """Yield what is missed when it is no longer called, where it gets another name or is given to somebody who calls it."""
    parts = [node.value] if isinstance(node, ast.Assign) else node.args if isinstance(node, ast.Call) else []
    yield from (part.attr for part in parts if isinstance(part, ast.Attribute) and part.attr in _LASTING)


def protecting(node: ast.AST, strict: Container[str], hashes: Container[str] = _HASHES) -> Iterator[str]:
    """Yield what a node has that protects a caller, should it be gone.

    ``strict`` are the functions that may raise, ``hashes`` those that tell things apart by strong hashes.
    """
    yield from (f"a call of {name}" for name in _for_later(node))
    if isinstance(node, ast.Raise):
        yield f"raise {last_name(node.exc)}".rstrip()
    elif isinstance(node, ast.Assert):
        yield "an assert"
    elif isinstance(node, ast.ExceptHandler):
        names = [last_name(part) for part in node.type.elts] if isinstance(node.type, ast.Tuple) else [last_name(node.type)]
        yield from (f"except {name}".rstrip() for name in names if name not in _FLOW)
    elif isinstance(node, ast.Call):
        name = last_name(node.func)
        if name in _TYPE_LOOKS:
            yield from itertools.repeat(name, max(1, len(types_asked(node))))
        elif name in _LASTING or name in hashes or _tells_or_replaces(name, node.func) or _by_its_arguments(name, node):
            yield f"a call of {name}"
    elif isinstance(node, ast.keyword) and _bounds_or_checks(node):
        yield str(node.arg)
    elif isinstance(node, Definition):
        yield from (f"@{name}" for part in node.decorator_list if (name := last_name(part)) not in USUAL_DECORATORS)
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call) and last_name(node.value.func) in strict:
        # Nobody uses what it returns, so it is called for what it refuses.
        yield f"a check by {last_name(node.value.func)}"
    elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Await) and not isinstance(node.value.value, ast.Call):
        # A task that is not waited for may never come to its end.
        yield "an await"
    elif isinstance(node, ast.Expr) and last_name(_awaited(node.value)) in _NOTIFYING:
        yield f"a call of {last_name(_awaited(node.value))}"
    elif isinstance(node, ast.For) and isinstance(node.target, ast.Name) and _calls_each(node, node.target.id):
        yield f"a call of each of {last_name(node.iter)}"
    elif isinstance(node, ast.With | ast.AsyncWith):
        # What is entered again and again, and not made for it, guards something.
        held = {last_name(item.context_expr): isinstance(item.context_expr, ast.Call) for item in node.items}
        guards = (name for name, made in held.items() if not made or any(part in name.casefold() for part in _GUARDING))
        yield from (f"with {name}" for name in guards if name)
