"""What a loop computes again and again, computed once before it."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import cast

import libcst as cst

from ..flow import runs_at_once
from ..flow import runs_first
from ..function import COMPREHENSIONS
from ..kinds import CONTAINERS
from ..pattern import Pattern
from ..pattern import expression
from ..pattern import matches
from ..pattern import statement
from ..purity import sized
from ..rule import Rule
from ..tree import code
from ..tree import is_constant
from ..tree import is_name
from ..tree import walk
from ..vocabulary import ONLY_STR_METHODS
from ..vocabulary import PURE_MODULES
from ..vocabulary import STR_METHODS
from ..vocabulary import words

if TYPE_CHECKING:
    from ..edit import Edit
    from ..function import Function

Region = cst.For | cst.While | cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp

_MUTABLE_RESULTS = words("sorted list set dict split rsplit splitlines keys values items copy")
# Never fail on anything that can be iterated over, or has a length.
_WHOLE_CONTAINER = words("len sorted set list tuple frozenset sum")
_NUMERIC = words("abs round int float str")
_EXTREMES = words("min max")
_OVER = (Pattern("enumerate(XS)"), Pattern("range(len(XS))"))
_TOTAL = words("atan atan2 cos degrees erf fabs hypot radians sin tan tanh")


class HoistCall(Rule):
    """Compute once before a loop what is the same in every round.

    Before: ``for x in xs: if x == text.lower()``. After: ``text_lower = text.lower()`` before the loop. Only for calls known to have no
    effect, the module's own functions that only compute among them, of names that the loop doesn't bind and objects that it doesn't
    change. They must either be sure to run in the first round, or be unable to fail; what fails only for an empty container isn't
    computed for one where the loop is over the same.
    """

    name = "hoist-call"
    summary = "Compute once what a loop repeats"
    priority = 66
    saves = "calls"
    needs = (cst.Call,)

    def apply(self, function: Function, edit: Edit) -> None:
        """Hoist every such call as far out as it may go."""
        names: dict[tuple[cst.CSTNode, str], cst.Name] = {}
        done: list[cst.CSTNode] = []
        for call in function.all(cst.Call):
            if any(function.inside(call, other) for other in done) or not is_repeatable_call(function, call):
                continue
            region = _outermost_region(function, call)
            guarded = _guarded(function, call) if region is None else None
            region, value = guarded or (region, call)
            place = function.statement(region) if region is not None else None
            if place is None:
                continue
            key = (place, code(call))
            if key not in names:
                names[key] = cst.Name(edit.fresh(*names_for(call)))
                edit.before(place, statement("NAME = VALUE", NAME=names[key], VALUE=value))
            edit.replace(call, names[key])
            done.append(call)


def is_repeatable_call(function: Function, call: cst.Call) -> bool:
    """Whether a call has no effect and gives the same, or an equal object that is only read, each time."""
    effects = function.effects
    if not effects.is_pure(call) or not function.owns(call) or any(arg.star for arg in call.args):
        return False
    if any(isinstance(node, (*COMPREHENSIONS, cst.FormattedString)) for node in walk(call)):
        return False
    name = call.func.attr.value if isinstance(call.func, cst.Attribute) else call.func.value if isinstance(call.func, cst.Name) else ""
    if name in _MUTABLE_RESULTS and (effects.role(call) != "read" or _is_remembered(function, call)):
        return False
    if isinstance(call.func, cst.Attribute):
        module = effects.module_of(call.func.value)
        if module is not None:
            return module in PURE_MODULES - {"itertools", "re"} and bool(call.args)
        return isinstance(call.func.value, cst.Name) and (name in ONLY_STR_METHODS or function.kinds.is_a(call.func.value, "str"))
    if function.module.purity.is_pure(name) and function.is_global(name):
        read = effects.role(call) == "read" and not _is_remembered(function, call)
        return bool(call.args) and all(map(_is_simple, call.args)) and (read or function.module.purity.gives_plain_values(name))
    known = name in _WHOLE_CONTAINER | _NUMERIC | _EXTREMES
    return known and len(call.args) == 1 and isinstance(call.args[0].value, cst.Name) and call.args[0].keyword is None


def _is_simple(arg: cst.Arg) -> bool:
    return isinstance(arg.value, cst.Name) or is_constant(arg.value)


def _is_remembered(function: Function, call: cst.Call) -> bool:
    """Whether what reads a new container goes on reading it later, as an iterator does."""
    parent = function.parents[call]
    outer = function.parents[parent]
    if isinstance(parent, cst.Arg) and isinstance(outer, cst.Call):
        return not (isinstance(outer.func, cst.Name) and outer.func.value in words("len sum min max any all sorted set tuple"))
    return False


def _outermost_region(function: Function, call: cst.Call) -> Region | None:
    """Return the outermost loop that a call may be taken out of."""
    found: Region | None = None
    child: cst.CSTNode = call
    for parent in function.ancestors(call):
        # What is needed for an error message is hardly ever needed.
        if isinstance(parent, (cst.Lambda, cst.Raise, cst.Assert)):
            return None
        if isinstance(parent, (cst.For, cst.While, *COMPREHENSIONS)) and _repeats(parent, child, function, call):
            line = function.statement(parent)
            if not _is_same_in(function, call, parent) or line is None or not runs_at_once(function, parent, line):
                break
            if _runs_first(function, call, parent) or _cannot_fail(function, call):
                found = parent
        child = parent
    return found


def _guarded(function: Function, call: cst.Call) -> tuple[Region, cst.BaseExpression] | None:
    """Return the loop over a container, and what a call gives for that container, where only an empty one would make it fail."""
    if not isinstance(call.func, cst.Name) or len(call.args) != 1 or not isinstance(call.args[0].value, cst.Name):
        return None
    name, child = call.args[0].value.value, cast("cst.CSTNode", call)
    for parent in function.ancestors(call):
        if isinstance(parent, (cst.Lambda, cst.Raise, cst.Assert)):
            return None
        if isinstance(parent, (cst.For, *COMPREHENSIONS)) and _repeats(parent, child, function, call):
            line = function.statement(parent)
            if line is None or not runs_at_once(function, parent, line) or not _is_same_in(function, call, parent):
                return None
            if _goes_over(parent, name) and _runs_in_first(function, call, parent, child):
                value = _for_empty(function, call, call.func.value, name)
                return (parent, value) if value is not None else None
        child = parent
    return None


def _goes_over(region: cst.For | cst.ListComp | cst.SetComp | cst.DictComp | cst.GeneratorExp, name: str) -> bool:
    """Whether a loop has a round exactly if a container isn't empty."""
    iterable = region.iter if isinstance(region, cst.For) else region.for_in.iter
    found = matches(_OVER, iterable)
    return is_name(found["XS"] if found is not None else iterable, name)


def _runs_in_first(function: Function, call: cst.Call, region: Region, child: cst.CSTNode) -> bool:
    """Whether the first round is sure to run a call: in a comprehension, whether each item needs it."""
    if isinstance(region, COMPREHENSIONS):
        return not region.for_in.ifs and child is not region.for_in
    return runs_first(function, call, region)


def _for_empty(function: Function, call: cst.Call, called: str, name: str) -> cst.BaseExpression | None:
    """Return a call that is None for an empty container."""
    if called in _EXTREMES and function.is_builtin(called):
        return expression(f"{called}(XS, default=None)", XS=name)
    own = function.module.top_level.get(called)
    params = own.node.params.params if own is not None else ()
    has_length = sized(function, name) or (own is not None and len(params) == 1 and sized(own, params[0].name.value))
    return expression("CALL if len(XS) else None", CALL=call, XS=name) if own is not None and has_length else None


def _repeats(region: Region, child: cst.CSTNode, function: Function, call: cst.Call) -> bool:
    """Whether a part of a loop runs in each round."""
    if isinstance(region, cst.For):
        return child is region.body
    if isinstance(region, cst.While):
        return child is not region.orelse
    return not function.inside(call, region.for_in.iter)


def _is_same_in(function: Function, call: cst.Call, region: Region) -> bool:
    """Whether all that a call depends on stays as it is throughout a region."""
    for node in walk(call):
        if isinstance(node, cst.Name) and node in function.names.nodes:
            name = node.value
            if function.is_builtin(name) or function.effects.module_of(node) is not None or _is_own_function(function, name):
                continue
            if not function.is_plain(name) or function.stores(name, region) or not function.effects.untouched(name, region, strictly=True):
                return False
    return True


def _is_own_function(function: Function, name: str) -> bool:
    return function.is_global(name) and function.module.purity.is_pure(name)


def _runs_first(function: Function, call: cst.Call, region: Region) -> bool:
    """Whether a call runs in the first round of a loop, whatever happens in it, and isn't expected to fail for want of a round."""
    return not isinstance(region, COMPREHENSIONS) and _is_harmless(function, call) and runs_first(function, call, region)


def _is_harmless(function: Function, call: cst.Call) -> bool:
    """Whether a call doesn't fail on what ordinary callers pass, even where the loop has nothing to do.

    A parameter that is None by default may be None whenever there is nothing to do; an empty container has no largest item.
    """
    if isinstance(call.func, cst.Attribute) and function.effects.module_of(call.func.value) is not None:
        return _is_total(function, call, call.func)
    name = call.func.value if isinstance(call.func, cst.Name) else ""
    if (
        name in _EXTREMES
        or function.module.purity.is_pure(name)
        or (name in ("int", "float", "round") and not _cannot_fail(function, call))
    ):
        return False
    names = [node.value for node in walk(call) if isinstance(node, cst.Name) and node in function.names.nodes]
    return not any(name in function.optional for name in names)


def _is_total(function: Function, call: cst.Call, func: cst.Attribute) -> bool:
    """Whether a function of a module has a value for every number, and gets numbers; or gets constants, for which it is known to."""
    if all(is_constant(arg.value) for arg in call.args):
        return True
    numbers = all(is_constant(arg.value) or function.kinds.is_a(arg.value, "int", "float") for arg in call.args)
    return function.effects.module_of(func.value) == "math" and func.attr.value in _TOTAL and numbers


def _cannot_fail(function: Function, call: cst.Call) -> bool:
    """Whether a call is sure to succeed, by what is known of its arguments."""
    kinds, func = function.kinds, call.func
    if isinstance(func, cst.Attribute) and function.effects.module_of(func.value) is not None:
        return _is_total(function, call, func)
    if isinstance(func, cst.Attribute):
        plain = all(is_constant(arg.value) or kinds.is_a(arg.value, "str") for arg in call.args)
        return kinds.is_a(func.value, "str") and func.attr.value in STR_METHODS - words("index rindex format join encode center") and plain
    argument = call.args[0].value if call.args else None
    if argument is None or not isinstance(func, cst.Name):
        return False
    if func.value == "len":
        return kinds.name_of(argument) in CONTAINERS - {"sequence"} or kinds.is_a(argument, "sequence")
    if func.value in ("list", "tuple"):
        return kinds.name_of(argument) in CONTAINERS
    if func.value == "str":
        return kinds.is_a(argument, "int", "str", "float", "bool")
    return func.value in ("abs", "float", "int") and kinds.is_a(argument, "int", "bool")


def names_for(call: cst.Call) -> list[str]:
    """Return names for the result of a call, the nicest first."""
    if isinstance(call.func, cst.Attribute):
        base = call.func.value.value if isinstance(call.func.value, cst.Name) else "text"
        return [f"{base}_{call.func.attr.value}", f"{base}_value"]
    assert isinstance(call.func, cst.Name)
    argument = call.args[0].value
    base = argument.value if isinstance(argument, cst.Name) else "value"
    return [f"{base}_length"] if is_name(call.func, "len") else [f"{base}_{call.func.value}"]
