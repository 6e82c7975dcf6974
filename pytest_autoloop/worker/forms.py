"""How canonical forms travel: short ones as they are, of long ones what tells whether two are the same.

A form is what `canonical` makes of a value; both ends of the channel have to agree on what is sent of it.
"""

from __future__ import annotations

import hashlib
from typing import Any

from .trust import encoded

_LONGEST = 50_000  # characters of a form
_OBJECT = 4  # parts of the form of an object: the word, its class, its content, its attributes


def sent(form: Any, *, private: bool) -> Any:
    """Return what is sent of a form; ``private`` says whether something in it has attributes that it keeps to itself."""
    text = encoded(form)
    return form if len(text) <= _LONGEST else _digested(form, text, private=private)


def digested(form: Any) -> Any:
    """Return what is sent of a long form: the kind, its number of characters, a digest, and one without what objects keep to themselves."""
    return _digested(form, encoded(form), private=True)


def is_private(name: Any) -> bool:
    """Return whether an object keeps an attribute of this name to itself."""
    return type(name) is str and name.startswith("_") and not name.startswith("__")


def _digested(form: Any, text: str, *, private: bool) -> Any:
    named = form[1:2] if type(form) is list and form[:1] == ["object"] else form
    kind = type(form).__name__ if type(form) is not list else named[0] if named else ""
    whole = _digest(text)
    return ["digest", kind, len(text), whole, _digest(encoded(_public(form))) if private else whole]


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def _public(form: Any) -> Any:
    """Return a form without the attributes that objects keep to themselves."""
    if type(form) is not list:
        return form
    if form[:1] == ["object"] and len(form) == _OBJECT and type(form[3]) is list and form[3][:1] == ["dict"]:
        # Data that look like it may be in a list.
        kept = [pair for pair in form[3][-1] if type(pair) is not list or not is_private(pair[:1] and pair[0])]
        return [*form[:2], _public(form[2]), ["dict", [_public(pair) for pair in kept]]]
    return [_public(part) for part in form]
