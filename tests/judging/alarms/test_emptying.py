"""Tables that last and are emptied, or kept short, are to be so still."""

from __future__ import annotations

import ast

import pytest

from pytest_autoloop.judging.alarms.emptying import no_longer_emptied

HEAD = "import heapq\nfrom collections import deque\n\nKNOWN = {}\nQUEUE = deque()\nHEAP = []\n\n"
ANEW = "def f(n):\n    global KNOWN, QUEUE\n"
LIMITED = "def f(n):\n    while len(KNOWN) > 9:\n        del KNOWN[next(iter(KNOWN))]\n    KNOWN[n] = n\n"
OBJECT = """\
class Store:
    def __init__(self):
        self.known = {{}}

    def put(self, n):
        known = self.known
        {put}
        return known

    def take(self, n):
        {take}
"""


def told(before: str, after: str) -> list[str]:
    return [text for _, text in no_longer_emptied(ast.parse(HEAD + before), ast.parse(HEAD + after))]


@pytest.mark.parametrize(
    ("before", "after", "missed"),
    [
        (LIMITED, "def f(n):\n    KNOWN[n] = n\n", True),
        (LIMITED, "def f(n):\n    KNOWN.pop(n, 0)\n    KNOWN[n] = n\n", True),
        (LIMITED, "def f(n):\n    if len(KNOWN) > 9:\n        KNOWN.clear()\n    KNOWN.setdefault(n, n)\n", False),
        (LIMITED, "def f(n):\n    return n\n", False),
        (f"{ANEW}    KNOWN = {{**KNOWN, n: n}}\n", f"{ANEW}    KNOWN[n] = n\n", False),
        (f"{ANEW}    KNOWN = KNOWN | {{n: n}}\n", f"{ANEW}    KNOWN[n] = n\n", False),
        (f"{ANEW}    QUEUE = [*QUEUE, n]\n", f"{ANEW}    QUEUE.append(n)\n", False),
        ("def f(n):\n    QUEUE.append(QUEUE.pop() + n)\n", "def f(n):\n    QUEUE[-1] = QUEUE[-1] + n\n", False),
        (LIMITED, "KNOWN = deque(maxlen=9)\ndef f(n):\n    KNOWN.append(n)\n", False),
        (LIMITED, "KNOWN: deque = deque(maxlen=9)\ndef f(n):\n    KNOWN.append(n)\n", False),
        (LIMITED, LIMITED.replace("def f(n)", "def f(KNOWN)"), False),
        (LIMITED, LIMITED.replace("len(KNOWN) > 9", "n") + "    KNOWN[n] = n\n", True),
    ],
)
def test_a_limit(before: str, after: str, *, missed: bool) -> None:
    """What is taken out for the number of parts keeps memory from filling."""
    assert told(before, after) == ["KNOWN grows without the limit that it had"] * missed


@pytest.mark.parametrize(
    ("taking", "name"),
    [
        ("del KNOWN[n]", "KNOWN"),
        ("KNOWN.pop(n)", "KNOWN"),
        ("del QUEUE[:]", "QUEUE"),
        ("QUEUE[:] = []", "QUEUE"),
        ("QUEUE.popleft()", "QUEUE"),
        ("heapq.heappop(HEAP)", "HEAP"),
        ("global HEAP; HEAP = []", "HEAP"),
        ("global HEAP; out, HEAP = HEAP, []", "HEAP"),
        ("take = QUEUE.pop; take()", "QUEUE"),
    ],
)
def test_what_is_taken_out(taking: str, name: str) -> None:
    """Of a table that something is put into, however it is taken."""
    puts = "def g(n):\n    KNOWN[n] = n\n    QUEUE.append(n)\n    HEAP.append(n)\n"
    before, after = f"{puts}def f(n):\n    {taking}\n", f"{puts}def f(n):\n    return n\n"

    assert told(before, after) == [f"{name} still grows, and nothing is taken out of it any more"]
    assert told(before, before) == []
    assert told(before, after.replace("return n", "KNOWN.clear(); QUEUE.clear(); HEAP.clear()")) == []
    assert told(before, "def f(n):\n    return n\n") == []


@pytest.mark.parametrize(
    ("put", "take", "missed"),
    [
        ("known[n] = n", "return 1", True),
        ("self.known[n] = n", "return self.known.get(n)", True),
        ("known[n] = n", "known = self.known; known.pop(n)", False),
        ("known[n] = n", "del self.known[n]", False),
        ("known[n] = n", "self.known = {}", False),
        ("return n", "return 1", False),
        ("known = {}; known[n] = n", "return 1", False),
    ],
)
def test_what_objects_keep(put: str, take: str, *, missed: bool) -> None:
    """What a method takes out of its object's table, by whatever name, is missed where another goes on filling it."""
    before = OBJECT.format(put="self.known[n] = n", take="return self.known.pop(n)")

    said = ["Store.known still grows, and nothing is taken out of it any more"]
    assert told(before, OBJECT.format(put=put, take=take)) == said * missed
