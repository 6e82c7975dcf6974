"""Rows: what has fields, be it a tuple, a dictionary or an object, and the same with other fields."""

from __future__ import annotations

import copy
import dataclasses
import itertools
from contextlib import suppress
from types import MemberDescriptorType
from typing import Any

from .unusual import VALUES

_ROW = 4  # of fewer some are in order by chance
# Bound before any project code runs.
_copy = copy.copy
_replace = dataclasses.replace
_type = type


def row_of(value: Any) -> dict[Any, Any]:
    """Return the fields of a row by their names, or places: what is no row has itself alone."""
    kind = _type(value)
    if kind is dict:
        return dict(value)
    if issubclass(kind, tuple):
        return dict(enumerate(value))
    if "__dataclass_fields__" in kind.__dict__:
        return {field.name: getattr(value, field.name) for field in dataclasses.fields(value) if field.init}
    attributes = getattr(value, "__dict__", None)
    if _type(attributes) is not dict:
        attributes = {name: getattr(value, name) for name in _slots(kind) if hasattr(value, name)}
        if not attributes:
            return {"": value}
    # In an order that tells nothing of how a class keeps them.
    return {name: attributes[name] for name in sorted(attributes) if not name.startswith("_")}


def _slots(kind: type) -> list[str]:
    """Return the attributes that objects of a class have by its ``__slots__``."""
    bases = (base.__dict__ for base in kind.__mro__ if "__slots__" in base.__dict__)
    return [name for base in bases for name, part in base.items() if _type(part) is MemberDescriptorType]


def unlike(values: list[Any]) -> list[Any]:
    """Return each of some values once, as far as they can be told apart."""
    with suppress(TypeError):
        return list(dict.fromkeys(values))
    return values


def with_fields(value: Any, fields: dict[Any, Any]) -> Any:
    """Return a row with other fields."""
    kind = _type(value)
    if kind is dict:
        return {**value, **fields}
    if issubclass(kind, tuple):
        parts = [fields.get(at, part) for at, part in enumerate(value)]
        return kind._make(parts) if hasattr(kind, "_make") else kind(parts)
    if "__dataclass_fields__" in kind.__dict__:
        return _replace(value, **fields)
    if "" in fields:
        return fields[""]
    # What is there once only, as functions are, is no row.
    if (made := _copy(value)) is not value:
        if _type(attributes := getattr(made, "__dict__", None)) is dict:
            attributes.update(fields)
        else:
            for name, part in fields.items():
                object.__setattr__(made, name, part)
    return made


def is_ordered(values: list[Any]) -> bool:
    """Return whether values rise or fall, and are not all the same."""
    kinds = {_type(value) for value in values}
    if len(kinds) != 1 or not kinds <= VALUES or len(values) < _ROW:
        return False
    pairs = list(itertools.pairwise(values))
    # Times with a zone and without one have no order, nor has what is no number.
    with suppress(TypeError, ArithmeticError):
        return values[0] != values[-1] and (all(one <= other for one, other in pairs) or all(one >= other for one, other in pairs))
    return False


def counts_up(numbers: list[Any]) -> bool:
    """Return whether each number is one more than that before it."""
    return all(other - one == 1 for one, other in itertools.pairwise(numbers))


def are_values(numbers: list[Any]) -> bool:
    """Return whether numbers may be equal by chance: those that always rise may be keys."""
    if {_type(number) for number in numbers} not in ({int}, {float}):
        return False
    pairs = list(itertools.pairwise(numbers))
    return any(one >= other for one, other in pairs) and any(one <= other for one, other in pairs)
