"""Helpers to rewrite a piece of source, and to compare how two pieces behave."""

from __future__ import annotations

import copy
import inspect
import textwrap
from typing import TYPE_CHECKING
from typing import Any

from hypothesis import given
from hypothesis import settings

from pytest_autoloop.agents.rewrites.module import Module

if TYPE_CHECKING:
    from collections.abc import Sequence

    from hypothesis.strategies import SearchStrategy

    from pytest_autoloop.agents.rewrites.rule import Rule

Arguments = tuple[Any, ...]


def rewritten(rule: Rule, source: str, name: str = "f") -> str | None:
    """Return a module's source with a rule applied to one of its functions, None where the rule doesn't fit."""
    module = Module(source)
    line = next(
        number for number, text in enumerate(source.splitlines(), 1) if text.lstrip().startswith((f"def {name}(", f"async def {name}("))
    )
    function = module.function(line, name)
    assert function is not None
    assert function.is_rewritable, "the example isn't ordinary code"
    change = rule.rewrite(function)
    return module.changed(function, change) if change is not None else None


def leaves(rule: Rule, source: str, name: str = "f") -> bool:
    """Whether a rule leaves a function alone."""
    after = rewritten(rule, textwrap.dedent(source).lstrip("\n"), name)
    assert after is None, f"was rewritten:\n{after}"
    return True


def check(
    rule: Rule,
    before: str,
    after: str,
    *calls: Arguments,
    name: str = "f",
    called: str = "",
    inputs: SearchStrategy[Arguments] | None = None,
    ignoring: Sequence[str] = (),
) -> None:
    """Assert that a rule turns one source into another, and that both behave alike: on some calls, and on generated input.

    ``called`` is the function to call, where it isn't the one that is rewritten. ``ignoring`` names exceptions of which one may take
    another's place.
    """
    before, after = (textwrap.dedent(text).lstrip("\n") for text in (before, after))

    got = rewritten(rule, before, name)
    assert got == after, f"became:\n{got}"

    old, new = (_function(text, called or name) for text in (before, after))
    assert calls or inputs is not None, "nothing is compared"
    for arguments in calls:
        assert outcome(new, arguments, ignoring) == outcome(old, arguments, ignoring)
    if inputs is not None:

        @settings(max_examples=25, deadline=None, database=None)
        @given(inputs)
        def alike(arguments: Arguments) -> None:
            assert outcome(new, arguments, ignoring) == outcome(old, arguments, ignoring)

        alike()


def _function(source: str, name: str) -> Any:
    namespace: dict[str, Any] = {"__name__": "example"}
    exec(compile(source, "example.py", "exec"), namespace)
    return namespace[name]


def outcome(function: Any, arguments: Arguments, ignoring: Sequence[str]) -> tuple[str, str, str]:
    """Return what a call gives (or raises), and what it leaves of its arguments, with all types told apart."""
    ours = copy.deepcopy(arguments)
    try:
        result = described(function(*ours))
    except Exception as error:  # noqa: BLE001 (whatever it is, it is what is compared)
        kind = type(error).__name__
        return "raised", "ignored" if kind in ignoring else kind, described(ours)
    return "returned", result, described(ours)


def described(value: Any) -> str:
    """Return a text that is equal only for equal values of the same types, in the same order where there is one."""
    kind = type(value).__name__
    if isinstance(value, dict):
        return f"{kind}{{{', '.join(f'{described(key)}: {described(item)}' for key, item in value.items())}}}"
    if isinstance(value, (set, frozenset)):
        return f"{kind}{{{', '.join(sorted(map(described, value)))}}}"
    if inspect.isgenerator(value):
        return f"{kind}[{', '.join(map(described, value))}]"
    if isinstance(value, (list, tuple)):
        return f"{kind}[{', '.join(map(described, value))}]"
    if hasattr(value, "__dict__") and not callable(value):
        return f"{kind}({described(vars(value))})"
    return f"{kind}:{value!r}"
