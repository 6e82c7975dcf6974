"""Dicts: looked up by key, not searched, and no more than once."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..kinds import mentions
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..rule import Rule
from ..tree import bare
from ..tree import children
from ..tree import is_constant
from ..tree import is_name
from ..tree import same
from ..tree import walk
from ..vocabulary import ONLY_STR_METHODS

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function
    from ..pattern import Match

_IN_KEYS = Pattern("D.keys()")
_IN_COPY = (Pattern("list(D.keys())"), Pattern("set(D.keys())"), Pattern("sorted(D.keys())"))
_IN_LIST = (Pattern("list(D)"), Pattern("tuple(D)"), Pattern("sorted(D)"), Pattern("set(D)"))
_LOOKED_UP = Pattern("D[K]")
_ITEMS = Pattern("D.items()")
_EQUAL = Pattern("A == B")
_DICTS = ("dict", "mapping")
_SEARCHED = ("dict", "mapping", "set", "frozenset", "keys")


def is_dict(function: Function, node: cst.BaseExpression) -> bool:
    """Whether an expression is known to be a dict, or used as one elsewhere in the function."""
    if function.kinds.is_a(node, *_DICTS):
        return True
    if not isinstance(node, cst.Name) or function.kinds.of(node) is not None:
        return False
    parents = (function.parents[use.node] for use in function.loads(node.value))
    return any(isinstance(parent, cst.Attribute) and parent.attr.value in ("keys", "items", "values", "setdefault") for parent in parents)


class KeyMembership(Rule):
    """Look a key up in the dict itself.

    Before: ``k in d.keys()`` and ``k in list(d)``. After: ``k in d``. What has keys() is assumed to be a mapping; copies of anything else
    must be of known lists, tuples, sets or dicts.
    """

    name = "key-membership"
    summary = "Look keys up in the dict itself"
    priority = 58
    needs = (cst.Comparison,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the views and copies that something is looked for in."""
        for target in function.all(cst.ComparisonTarget):
            if not isinstance(target.operator, (cst.In, cst.NotIn)):
                continue
            found = matches((_IN_KEYS, *_IN_COPY), target.comparator)
            copied = matches(_IN_LIST, target.comparator) if found is None else None
            if found is not None:
                edit.replace(target.comparator, found["D"])
            elif copied is not None and function.kinds.is_a(copied["D"], *_SEARCHED, "list", "tuple"):
                edit.replace(target.comparator, copied["D"])


class IterateItems(Rule):
    """Iterate over keys and values together.

    Before: ``for k in d: use(k, d[k])``. After: ``for k, value in d.items(): use(k, value)``. The dict and the key must not change in the
    loop. Only for known dicts, and what is looked up by strings.
    """

    name = "iterate-items"
    summary = "Iterate over keys and values together"
    priority = 46
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the headers of such loops, and the values looked up in them."""
        for loop in function.all(cst.For):
            found = _IN_KEYS.match(loop.iter)
            d = found["D"] if found is not None else loop.iter
            key = loop.target
            if loop.asynchronous is not None or not isinstance(d, cst.Name) or not isinstance(key, cst.Name):
                continue
            if not is_dict(function, d) and (function.kinds.of(d) is not None or not _is_text(function, key, loop)):
                continue
            if not function.is_plain(d.value) or not function.is_plain(key.value) or function.stores(key.value, loop.body):
                continue
            if not function.effects.untouched(d.value, loop.body, shallow=True):
                continue
            wanted = expression("D[K]", D=d, K=key)
            reads = [node for node in function.below(loop.body, cst.Subscript) if function.same_here(node, wanted)]
            if reads and not any(_prints_itself(function, node) for node in reads):
                value = cst.Name(edit.fresh("value", f"{d.value}_value"))
                for node in reads:
                    edit.replace(node, value)
                edit.replace(key, expression("K, V", K=key, V=value))
                edit.replace(loop.iter, expression("D.items()", D=d))


def _is_text(function: Function, key: cst.Name, loop: cst.For) -> bool:
    """Whether a loop uses its variable as a string: what is looked up by it must be a mapping then."""
    parents = [function.parents[use.node] for use in function.loads(key.value, loop.body)]
    for parent in parents:
        if isinstance(parent, cst.BinaryOperation) and isinstance(parent.operator, cst.Add):
            if any(function.kinds.is_a(side, "str") for side in (parent.left, parent.right)):
                return True
        elif isinstance(parent, cst.Attribute) and parent.attr.value in ONLY_STR_METHODS:
            return True
    return False


def _prints_itself(function: Function, node: cst.CSTNode) -> bool:
    return any(isinstance(parent, cst.FormattedStringExpression) and parent.equal is not None for parent in function.ancestors(node))


class LookUpKey(Rule):
    """Look a key up instead of searching the dict for it.

    Before: ``for k in d: if k == wanted: use(d[k])``, or the same over ``d.items()``. After: ``if wanted in d: use(d[wanted])``. The key
    is assumed to be hashable, and to equal nothing that hashes otherwise.
    """

    name = "look-up-key"
    summary = "Look a key up instead of searching for it"
    priority = 92
    needs = (cst.For,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the loops that search for one key."""
        for loop in function.all(cst.For):
            search = _search(function, loop)
            if search is None:
                continue
            test, d, key, value, wanted = search
            if any(function.read_later(name, loop) for name in (key, value) if name is not None):
                continue
            body = list(cast("cst.IndentedBlock", test.body).body)
            if isinstance(bare(body[-1]), cst.Break):
                body = body[:-1]
            if not body or _leaves_loop(cst.IndentedBlock(body)):
                continue
            if value is not None:
                body = [statement("V = D[W]", V=value, D=d, W=wanted), *body]
            block = cast(
                "cst.BaseSuite", cst.IndentedBlock(body).visit(_Renamed(expression("D[K]", D=d, K=key), expression("D[W]", D=d, W=wanted)))
            )
            if any(is_name(node, key) for node in walk(block)):
                continue
            edit.replace_statements([loop], [cst.If(test=expression("W in D", W=wanted, D=d), body=block)], moved=True)


Search = tuple[cst.If, cst.Name, str, "str | None", cst.BaseExpression]


def _search(function: Function, loop: cst.For) -> Search | None:
    """Return test, dict, key, value and what is searched for, of a loop that does nothing else."""
    if (
        loop.asynchronous is not None
        or loop.orelse is not None
        or function.statement(loop) is not loop
        or not isinstance(loop.body, cst.IndentedBlock)
    ):
        return None
    keys, items = _IN_KEYS.match(loop.iter), _ITEMS.match(loop.iter)
    d = (keys or items or {"D": loop.iter})["D"]
    names = [loop.target] if items is None else [e.value for e in loop.target.elements] if isinstance(loop.target, cst.Tuple) else []
    if not isinstance(d, cst.Name) or not is_dict(function, d) or len(names) != (1 if items is None else 2):
        return None
    if not all(isinstance(name, cst.Name) and function.is_plain(name.value) for name in names):
        return None
    key, *rest = [cast("cst.Name", name).value for name in names]
    test = bare(loop.body.body[0])
    if len(loop.body.body) != 1 or not isinstance(test, cst.If) or test.orelse is not None or not isinstance(test.body, cst.IndentedBlock):
        return None
    wanted = _wanted(function, test.test, key)
    if wanted is None or mentions(wanted, key) or any(mentions(wanted, name) for name in rest):
        return None
    involved = {key, *rest, *(node.value for node in walk(wanted) if isinstance(node, cst.Name))}
    if any(function.stores(name, test.body) for name in involved) or not function.effects.untouched(d.value, loop.body):
        return None
    return test, d, key, rest[0] if rest else None, wanted


def _wanted(function: Function, test: cst.BaseExpression, key: str) -> cst.BaseExpression | None:
    found = _EQUAL.match(test)
    if found is None:
        return None
    wanted = found["B"] if is_name(found["A"], key) else found["A"] if is_name(found["B"], key) else None
    simple = wanted is not None and (isinstance(wanted, cst.Name) or is_constant(wanted))
    return wanted if simple and not function.kinds.is_a(cast("cst.CSTNode", wanted), "list", "dict", "set") else None


def _leaves_loop(node: cst.CSTNode) -> bool:
    """Whether a ``break`` or ``continue`` belongs to the loop around a node."""
    if isinstance(node, (cst.Break, cst.Continue)):
        return True
    if isinstance(node, (cst.For, cst.While)):
        return node.orelse is not None and _leaves_loop(node.orelse)
    return any(map(_leaves_loop, children(node)))


class _Renamed(cst.CSTTransformer):
    """Puts one expression in the place of another, wherever it stands."""

    def __init__(self, old: cst.BaseExpression, new: cst.BaseExpression) -> None:
        super().__init__()
        self.old = old
        self.new = new

    def leave_Subscript(self, original_node: cst.Subscript, updated_node: cst.Subscript) -> cst.BaseExpression:  # noqa: N802 (libcst's name)
        """Replace a look-up."""
        return self.new.deep_clone() if same(original_node, self.old) else updated_node


_DEFAULTED = Pattern("if K in D:\n    V = D[K]\nelse:\n    V = X")
_DEFAULTED_NOT = Pattern("if K not in D:\n    V = X\nelse:\n    V = D[K]")
_EITHER = Pattern("D[K] if K in D else X")
_EITHER_NOT = Pattern("X if K not in D else D[K]")


class GetWithDefault(Rule):
    """Look a key up once, with a default.

    Before: ``d[k] if k in d else 0``, or the same as an ``if`` statement. After: ``d.get(k, 0)``. Only for known dicts, keys that compute
    to the same each time, and defaults that cost nothing.
    """

    name = "get-with-default"
    summary = "Look a key up once"
    priority = 34
    needs = (cst.If, cst.IfExp)

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the tests for a key that only choose a value."""
        for choice in function.all(cst.IfExp):
            found = matches((_EITHER, _EITHER_NOT), choice)
            if found is not None and _is_plain_default(function, found):
                edit.replace(choice, expression("D.get(K, X)", **{name: found[name] for name in "DKX"}))
        for test in function.all(cst.If):
            found = matches((_DEFAULTED, _DEFAULTED_NOT), test)
            if (
                found is not None
                and function.statement(test) is test
                and _is_plain_default(function, found)
                and isinstance(found["V"], cst.Name)
            ):
                edit.replace_statements([test], [statement("V = D.get(K, X)", **{name: found[name] for name in "DKXV"})])


def _is_plain_default(function: Function, found: Match) -> bool:
    plain = is_constant(found["X"]) or isinstance(found["X"], cst.Name)
    return plain and is_dict(function, found["D"]) and function.effects.is_pure(found["K"])


class LookUpOnce(Rule):
    """Look a key up once, and see whether it was there.

    Before: ``if k in d: use(d[k])``. After: ``found = d.get(k, _MISSING)`` and ``if found is not _MISSING: use(found)``. Only for known
    dicts that the body doesn't change before it reads them, and keys that compute to the same each time.
    """

    name = "look-up-once"
    summary = "Look a key up once"
    priority = 22
    needs = (cst.If,)
    _test = Pattern("K in D")

    def apply(self, function: Function, edit: Edit) -> None:
        """Replace the tests for a key that is then looked up."""
        done: list[cst.CSTNode] = []
        for test in function.all(cst.If):
            found = self._test.match(test.test)
            if found is None or function.statement(test) is not test or any(function.inside(test, other) for other in done):
                continue
            d, key = found["D"], found["K"]
            if (
                not isinstance(d, cst.Name)
                or not is_dict(function, d)
                or not function.is_plain(d.value)
                or not function.effects.is_pure(key)
            ):
                continue
            names = [node.value for node in walk(key) if isinstance(node, cst.Name)]
            if any(function.stores(name, test.body) for name in names) or not function.effects.untouched(d.value, test.body, strictly=True):
                continue
            wanted = expression("D[K]", D=d, K=key)
            reads = [node for node in function.below(test.body, cst.Subscript) if function.same_here(node, wanted)]
            if reads and not any(_prints_itself(function, node) for node in reads):
                value = cst.Name(edit.fresh("found", f"{d.value}_value"))
                missing = edit.constant("MISSING", expression("object()"))
                edit.before(test, statement("V = D.get(K, M)", V=value, D=d, K=key, M=missing))
                edit.replace(test.test, expression("V is not M", V=value, M=missing))
                for node in reads:
                    edit.replace(node, value)
                done.append(test)
