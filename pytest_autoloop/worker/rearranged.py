"""Lists and tables in another order, with something twice or beside itself: what is in them is nearly what was."""

from __future__ import annotations

from typing import TYPE_CHECKING
from typing import Any

from .rows import are_values
from .rows import is_ordered
from .rows import row_of
from .rows import unlike
from .rows import with_fields

if TYPE_CHECKING:
    from .untidy import Mess

_FEW = 8
_TWICE = 3
_MANY = 100
# Bound before any project code runs.
_type = type


def shuffled(mess: Mess, value: Any) -> Any:
    """Put all parts of a list in another order."""
    if _type(value) is not list or len(value) < 2:
        return value
    before = list(value)
    mess.of_length(value).shuffle(value)
    mess.parts += any(one is not other for one, other in zip(before, value, strict=True))
    return value


def moved(mess: Mess, value: Any) -> Any:
    """Take one part to the beginning or the end: of others that count as much, few change places."""
    if _type(value) is not list or len(value) < 2:
        return value
    rng = mess.of_length(value)
    at, to = rng.randrange(1, len(value)), rng.choice((0, len(value)))
    mess.parts += 1
    return [value[at], *value[:at], *value[at + 1 :]] if to == 0 else [*value[:at], *value[at + 1 :], value[at]]


def turned(mess: Mess, value: Any) -> Any:
    """Have a table's entries, or a row's fields, the other way round."""
    if _type(value) is not dict or len(value) < 2:
        return value
    mess.parts += 1
    return dict(reversed(value.items()))


def doubled(mess: Mess, value: Any) -> Any:
    """Have some parts of a list twice."""
    # What has a few parts may have that many for a reason.
    if _type(value) is not list or len(value) < _FEW:
        return value
    mess.parts += 1
    twice = set(mess.of_length(value).sample(range(len(value)), _TWICE))
    # Beside itself, so that what is in order stays so.
    return [part for at, part in enumerate(value) for _ in range(2 if at in twice else 1)]


def but_one(mess: Mess, value: Any) -> Any:
    """Put rows beside some of a list that are as these, but for one field, which is as in another row; a plain part is another."""
    if _type(value) is not list or len(value) < _FEW:
        return value
    rng, fields, found = mess.of_length(value), [row_of(part) for part in value], list(value)
    # What is rare counts as much as what is usual.
    columns = {name: unlike([row[name] for row in fields if name in row]) for name in fields[0]}
    columns = {name: column for name, column in columns.items() if not is_ordered([row.get(name) for row in fields])}
    for at in sorted(rng.sample(range(len(value)), max(_TWICE, min(len(value) // 4, _MANY))), reverse=True):
        name = rng.choice([name for name in columns if name in fields[at]] or [None])
        found.insert(at + rng.randrange(2), value[at] if name is None else with_fields(value[at], {name: rng.choice(columns[name])}))
        mess.parts += 1
    return found


def evened(mess: Mess, value: Any) -> Any:
    """Give numbers of some rows of a list, or of some fields of a table, the value of the one before."""
    if _type(value) not in (list, dict) or len(value) < _FEW:
        return value
    keys = list(value) if _type(value) is dict else list(range(len(value)))
    rows = [row_of(value[key]) for key in keys]
    columns = [name for name in rows[0] if are_values([row.get(name) for row in rows])]
    for at in mess.rng.sample(range(1, len(keys)), _TWICE) if columns else ():
        name = mess.rng.choice(columns)
        value[keys[at]] = with_fields(value[keys[at]], {name: row_of(value[keys[at - 1]])[name]})
        mess.parts += 1
    return value
