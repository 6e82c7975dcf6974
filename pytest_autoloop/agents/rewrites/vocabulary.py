"""The functions and methods of Python's own that rules know about."""

from __future__ import annotations


def words(text: str) -> frozenset[str]:
    """Return the words of a text."""
    return frozenset(text.split())


# Give a result that depends on their arguments alone, and change nothing.
PURE_BUILTINS = words(
    "abs all any ascii bin bool bytes callable chr complex dict divmod enumerate filter float format frozenset hash hex int isinstance "
    "issubclass len list map max min oct ord pow range repr reversed round set slice sorted str sum tuple type zip"
)
# Their results remember where they are.
ITERATORS = words("enumerate filter iter map reversed zip")
QUIET_BUILTINS = PURE_BUILTINS | words("getattr hasattr id iter print super")
STR_TO_STR = words(
    "capitalize casefold center expandtabs format join ljust lower lstrip removeprefix removesuffix replace rjust rstrip strip swapcase "
    "title translate upper zfill"
)
STR_TO_INT = words("count find index rfind rindex")
STR_TO_LIST = words("rsplit split splitlines")
STR_TO_BOOL = words(
    "endswith isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper startswith"
)
STR_METHODS = STR_TO_STR | STR_TO_INT | STR_TO_LIST | STR_TO_BOOL | words("decode encode hex partition rpartition")
# Nothing but strings (and bytes) has these.
ONLY_STR_METHODS = words(
    "capitalize casefold endswith expandtabs isalnum isalpha isdecimal isdigit islower isnumeric isspace istitle isupper ljust lower "
    "lstrip partition removeprefix removesuffix rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title upper zfill"
)
READ_METHODS = STR_METHODS | words(
    "bit_length copy difference elements end findall finditer fullmatch get group groups intersection isdisjoint isoformat issubset "
    "issuperset items keys match most_common search span start sub subn symmetric_difference total_seconds union values weekday"
)
CHANGING_METHODS = words(
    "add append appendleft clear difference_update discard extend extendleft insert intersection_update move_to_end pop popitem popleft "
    "remove reverse rotate setdefault sort subtract symmetric_difference_update update write writelines"
)
PURE_MODULES = words("cmath decimal fractions itertools math operator re statistics string unicodedata")
QUIET_MODULES = PURE_MODULES | words("collections copy datetime functools hashlib json textwrap time")
FRESH_CALLS = words("Counter OrderedDict bytearray defaultdict deque dict list set sorted")
# What rules and their results take for granted to be Python's own.
RELIED_ON = words("dict enumerate frozenset int len list map max min object range reversed set sorted str sum tuple zip")
# What kind of value an annotation promises.
ANNOTATIONS = {
    **{name: name for name in words("bool bytes deque dict float frozenset int list range set str tuple")},
    **{name: name.lower() for name in words("Deque Dict FrozenSet Iterable List Mapping Sequence Set Tuple")},
    **dict.fromkeys(words("Counter DefaultDict OrderedDict defaultdict"), "dict"),
    **dict.fromkeys(words("Collection Generator Iterator"), "iterable"),
    "AbstractSet": "set",
    "MutableMapping": "mapping",
    "MutableSequence": "sequence",
}
