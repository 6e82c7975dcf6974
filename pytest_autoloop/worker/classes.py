"""What classes say of themselves and of their objects, asked without running any code of theirs."""

from __future__ import annotations

import sys
import types
from typing import Any

_TESTING = frozenset({"pytest", "_pytest", "pytest_benchmark", "pytest_autoloop", "pluggy", "unittest"})

# Bound before any project code runs.
_type = type
_text = str.__str__
_module_of = type.__dict__["__module__"].__get__
_dictionary_of = type.__dict__["__dictoffset__"].__get__
_qualified_name_of = type.__dict__["__qualname__"].__get__
classes_of = type.__dict__["__mro__"].__get__
members_of = type.__dict__["__dict__"].__get__
name_of = type.__dict__["__name__"].__get__
names_in = vars(types.ModuleType)["__dict__"].__get__


def module_of(kind: type) -> str:
    """Return the name of the module that a class says it is from; an empty one if it says nothing of the kind."""
    try:
        module = _module_of(kind)
    except AttributeError:
        return ""
    return module if _type(module) is str else ""


def full_name_of(kind: type) -> str:
    """Return the name of a class with that of the module that it says it is from."""
    return ".".join(filter(None, (module_of(kind), _qualified_name_of(kind))))


def error_name(error: BaseException) -> str:
    """Return what an error is called: by its class, with the module of one that is not builtin."""
    return full_name_of(type(error)).removeprefix("builtins.")


def home_of(kind: type) -> str:
    """Return the package that a class is from, not only by what it says; an empty name if it is not found there."""
    found = sys.modules.get(module_of(kind))
    is_there = issubclass(_type(found), types.ModuleType) and names_in(found).get(_qualified_name_of(kind)) is kind
    return module_of(kind).partition(".")[0] if is_there else ""


def from_library(kind: type) -> bool:
    """Return whether a class is one of the standard library's."""
    return home_of(kind) in sys.stdlib_module_names


def of_testing(kind: type) -> bool:
    """Return whether a class is one of those that tests are run by."""
    return home_of(kind) in _TESTING


def has_dictionary(kind: type) -> bool:
    """Return whether objects of a class have room for any attributes."""
    return bool(_dictionary_of(kind))


def buffer_of(kind: type, value: Any) -> memoryview | None:
    """Return the memory of a value that shows it, as arrays do; None of any other, and where code in Python would be asked for it."""
    if any(_type(members_of(one).get("__buffer__")) is types.FunctionType for one in classes_of(kind)):
        return None
    try:
        return memoryview(value)
    except (TypeError, ValueError, NotImplementedError, BufferError):
        return None


class Array:
    """Reads arrays of NumPy by the methods of their own ``kind``."""

    def __init__(self, kind: type) -> None:
        self.kind = kind
        self._members = members_of(kind)

    def whole(self, value: Any) -> Any:
        """Return the array that one is a part of, None if it is none."""
        return self._members["base"].__get__(value)

    def shape(self, value: Any) -> list[int]:
        """Return the lengths of an array."""
        return list(self._members["shape"].__get__(value))

    def numbers(self, value: Any, most: int) -> list[int] | list[float] | None:
        """Return what an array holds, one after the other, if these are whole or real numbers and not more than so many."""
        if self._members["dtype"].__get__(value).kind not in "iuf" or self._members["size"].__get__(value) > most:
            return None
        return list(self._members["tolist"](self._members["ravel"](value)))

    def with_numbers(self, value: Any, numbers: list[Any]) -> Any:
        """Return a copy of an array that holds other numbers."""
        made = self._members["copy"](value)
        self._members["flat"].__set__(made, numbers)
        return made

    def objects(self, value: Any) -> list[Any] | None:
        """Return what an array holds, if these are objects."""
        holds = self._members["dtype"].__get__(value).hasobject
        return list(self._members["tolist"](self._members["ravel"](value))) if holds else None


def array_of(kind: type) -> Array | None:
    """Return what reads the objects of a class, if they are arrays of NumPy."""
    for one in classes_of(kind):
        # Written in C, as no class in Python can be.
        if name_of(one) == "ndarray" and home_of(one) == "numpy" and _type(members_of(one).get("dtype")) is types.GetSetDescriptorType:
            return Array(one)
    return None


def numbers_of(value: Any, most: int) -> list[Any] | None:
    """Return the numbers of an array of NumPy that has not more than so many, None of anything else."""
    array = array_of(_type(value))
    return array.numbers(value, most) if array is not None and array.kind is _type(value) else None


def array_with(value: Any, numbers: list[Any]) -> Any:
    """Return an array like one, with other numbers. Raises OverflowError where there are no bits for them."""
    array = array_of(_type(value))
    assert array is not None
    return array.with_numbers(value, numbers)


class Attributes:
    """Reads attributes and slots of objects, and keeps what it has learnt of their classes: use a new one for every look."""

    def __init__(self) -> None:
        self._known: dict[type, tuple[list[tuple[str, Any]], dict[str, Any], Any]] = {}

    def of(self, kind: type, value: object) -> dict[str, Any]:
        """Return an object's attributes and slots by name.

        A class may have its own ``__dict__`` say which there are, and make them only then: what does is returned by that name.
        """
        if (known := self._known.get(kind)) is None:
            known = self._known[kind] = _learn(kind)
        slots, others, dictionary = known
        found = dict(others)
        for name, read in slots:
            try:
                found[name] = read(value, kind)
            except AttributeError:  # noqa: PERF203 - an empty slot: rare, and to be told from the others
                continue
        attributes = None if dictionary is None else dictionary(value)
        if _type(attributes) is dict:
            # All at once: a thread may add some meanwhile.
            for number, (name, item) in enumerate(list(attributes.items())):
                found[name if _type(name) is str and name not in found else _odd(name, number)] = item
        return found


def _odd(name: Any, number: int) -> str:
    """Return a name for an attribute whose own is no plain text, or another's too."""
    return f"{number}: {_text(name) if issubclass(_type(name), str) else full_name_of(_type(name))}"


def _learn(kind: type) -> tuple[list[tuple[str, Any]], dict[str, Any], Any]:
    """Return what reads each slot of a class's objects, what it has in the place of the usual ``__dict__``, and what reads that."""
    slots, others, dictionary = dict[str, Any](), dict[str, Any](), None
    for base in classes_of(kind):
        for name, member in list(members_of(base).items()):
            written_in_c = _type(member) in (types.MemberDescriptorType, types.GetSetDescriptorType)
            if name == "__dict__" and written_in_c:
                dictionary = dictionary or member.__get__
            elif name == "__dict__":
                others[name] = _type(member)
            elif _type(member) is types.MemberDescriptorType:
                # A slot may have the name of one that it hides.
                slots[name if name not in slots else f"{name} of {full_name_of(base)}"] = member.__get__
    return [*slots.items()], others, dictionary
