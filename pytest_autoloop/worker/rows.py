"""Rows: what has fields, be it a tuple, a dictionary or an object, and the same with other fields."""

from __future__ import annotations

import copy
import dataclasses
from contextlib import suppress
from types import MemberDescriptorType
from typing import Any

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
