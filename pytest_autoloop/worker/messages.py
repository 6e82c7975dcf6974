"""What the judge and a child pytest say to each other: commands one way, records the other."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field
from typing import Any
from typing import Literal
from typing import get_type_hints

Mode = Literal["gate", "duel", "profile", "memory", "record"]
# What there is of the network: all of it, no TCP, or one of the process' own with nobody else in it.
Network = Literal["open", "no-tcp", "own"]
# How other arguments are made of a benchmark's own.
Way = Literal["slightly", "throughout", "untidy"]
ALIKE = 0.4
"""Calls that on average take less than this share of others are of something else."""
TOO_MANY = "of too many to look at"
"""What is said of shared objects where not all are looked at."""
SHUFFLED, MOVED, TURNED = "its lists out of order", "a part of its lists in another place", "its tables in another order"
OUT_OF_ORDER = frozenset({SHUFFLED, MOVED, TURNED})
"""What is said of untidy inputs whose parts have changed places."""
BETWEEN, TRUTH = "numbers between its whole ones", "truth values among its numbers"
NOTHING, TEXTS = "None among its values", "texts in the place of numbers"
OTHER_TYPES = frozenset({BETWEEN, TRUTH, NOTHING, TEXTS})
"""What is said of untidy inputs whose values are of other types."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a child is to run. The first record, from the judge to the child.

    ``tree`` is the top of the child's own tree and ``original`` that of the user's repository, which it must not import from. ``roots``
    go first on the import path. ``objective`` names the benchmarks of a duel or profile, and ``files`` (relative to the tree) are those
    that hold them: no other test file is then collected; ``fixed`` are all the Python files that no patch may change. ``first`` names
    the tests a gate starts with, ``canaries`` what its canaries are called (the one that fails, the one that is skipped, in a duel the
    one that is timed), ``seed`` draws the work of the last. ``processors`` are those that the process may use from now on.
    ``writable`` are the only paths that it may write to, if ``confined``, and ``own_memory`` asks for shared memory of its own.
    With ``survey`` the child tells before its end what it imported, and with ``step`` it waits for `Go` once it has collected.
    ``metric_seed`` is for the random choices of tests that record metrics; None means the usual one. Where memory is measured and
    ``own`` names the files of the project (relative to the tree), the child also tells what is taken before the measured calls. With
    ``lines`` (by files, relative to the tree) a gate tells which of them its tests have run.
    """

    key: str
    mode: Mode
    tree: str
    original: str
    cwd: str
    args: list[str]
    roots: list[str]
    environ: dict[str, str]
    objective: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    fixed: list[str] = field(default_factory=list)
    processors: list[int] = field(default_factory=list)
    confined: bool = False
    writable: list[str] = field(default_factory=list)
    network: Network = "open"
    own_memory: bool = False
    first: list[str] = field(default_factory=list)
    canaries: list[str] = field(default_factory=list)
    seed: int = 0
    metric_seed: int | None = None
    survey: bool = False
    step: bool = False
    own: list[str] | None = None
    lines: dict[str, list[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepare:
    """Import these modules while there is no order yet; of those that are ``rewritten`` too, pytest need not rewrite the asserts.

    With ``look`` the child finds out what else each import changes.
    """

    ahead: list[str]
    rewritten: list[str]
    look: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RunRound:
    """Run one round of so many iterations, and answer with `Round`.

    ``collect`` asks for a garbage collection before it. ``spin`` is for so many nanoseconds of real extra work at the end of the round:
    a planted slow-down, to see what a machine can tell. ``fresh`` asks for new copies of the arguments for each call; where they cannot
    be copied the answer is a round that took no time. ``first`` asks for the time of the round's first call besides.
    """

    iterations: int
    collect: bool = False
    spin: int = 0
    fresh: bool = False
    first: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Vary:
    """Call with other arguments, as drawn by ``seed``, then once more, and answer with `Varied`.

    One of them is changed a little, or every part of all (``throughout``), or they are made as ``untidy`` as those of users may be: then
    there is one call, which is given up after ``limit`` seconds of CPU time. Short calls are told from the clock only if there are more
    of them: each of up to ``calls`` is changed in a way of its own.
    """

    seed: int
    way: Way = "slightly"
    calls: int = 1
    limit: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Show:
    """Answer with `Returned` for the round just run. It comes after the round: nothing before it tells which will be looked at.

    With ``around`` what is around the call is told as well, which takes a while.
    """

    around: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """Look at the arguments of the parked benchmark and at what is around its call, and answer with `Ready`.

    This takes a while; without it, it is done before the first round.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Go:
    """Let the process go on with its tests, or the parked one to its end. There is no answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pin:
    """Bind the process to one processor."""

    cpu: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """What the child collected; ``benchmarks`` maps those that request the benchmark fixture to their files, ``files`` hold the tests.

    Paths are relative to the tree.
    """

    ids: list[str]
    benchmarks: dict[str, str]
    files: list[str]
    rootdir: str
    inipath: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A test report, as pytest serialises it."""

    data: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """A gate ran this benchmark once; ``seconds`` is what that call took."""

    nodeid: str
    seconds: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Parked:
    """A benchmark waits to be told to run rounds.

    ``iterations`` is fixed by the author of a pedantic benchmark, else None; ``rounds`` is the most rounds this process may run, else
    None; ``since`` are the seconds since its order came, ``gap`` those since it was last let go.
    """

    nodeid: str
    iterations: int | None
    rounds: int | None
    since: float
    gap: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """All has been looked at before the first round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """The time of one round in nanoseconds; ``cpu`` includes children that were waited for.

    ``waits`` counts how often the process gave its processor up by itself: one that computes never does, however busy the machine.
    ``set_up`` and ``set_up_wall`` are the CPU and the wall time of the author's own set-up before it, ``first`` and ``first_wall`` those
    of the round's first call, where that was asked for. Of ``fresh`` calls, ``reading`` and ``reading_wall`` are what the last result takes
    to be read, if it works only then, ``read`` is how many parts it gave, and ``stopped`` which error put an end to that.
    """

    wall: int
    cpu: int
    waits: int = 0
    set_up: int = 0
    set_up_wall: int = 0
    first: int = 0
    first_wall: int = 0
    reading: int = 0
    reading_wall: int = 0
    read: int = 0
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """A test's metric: recorded by itself, or the peak memory of a benchmark's call in bytes.

    ``file`` (relative to the tree) holds the test; ``value`` is None where it is no finite number, and ``trouble`` says what instead.
    """

    nodeid: str
    file: str
    metric: str
    direction: str
    value: float | None
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Returned:
    """What the last measured call of a benchmark returned, and the arguments it was given and has left, in canonical form.

    The arguments given are those of the first round; with a set-up of its own, of the last. Where memory is measured they are not told,
    and this comes right after it. ``files`` is what the files and folders that they name hold, ``state`` what of the process a benchmark
    has no reason to change. ``unseen`` is a part of the result that its form tells by its class or name alone.

    If it is asked for, ``shared`` is how many parts of the result are one object with others (under `TOO_MANY` that there are more than
    are looked at). Of what else the call works on, by the names it has in the test, ``data`` are digests of what is plain data, as they
    were at first (where memory is measured and nobody watches, after the call), ``changed`` counts the attributes (or the whole)
    that calls have changed, and ``kinds`` are the names of its classes.
    """

    result: Any
    given: Any
    left: Any
    unseen: str = ""
    files: Any = None
    shared: dict[str, int] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    changed: dict[str, int] = field(default_factory=dict)
    kinds: list[str] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What was allocated before the measured call of a benchmark, in bytes.

    ``held`` is all that was held when it began, ``most`` what the project's own functions took until then, the largest call of each
    added up. With ``disturbed`` something else has kept them from being told.
    """

    nodeid: str
    held: int
    most: int
    disturbed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Varied:
    """What calls with changed arguments came to.

    ``what`` says what was changed (nothing could be, if empty), ``calls`` how many ways there were, ``raised`` is the class of an error;
    ``cpu`` are the nanoseconds of the first calls and of second ones with the same arguments. Where memory is measured there is one call,
    with a ``peak`` in bytes. Of untidy calls it is also told what they ``left`` of their arguments, and in ``files`` that these name.
    """

    what: str
    calls: int = 1
    result: Any = None
    raised: str = ""
    cpu: list[int] = field(default_factory=list)
    peak: int = 0
    left: Any = None
    files: Any = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """The profile of one benchmark: ``functions`` are rows of path, line, name, calls, own and total seconds, in the tree only.

    ``before`` says whether its process had called functions where a good part of the time goes, for another benchmark too; ``worth`` is
    how many measured calls those since the last benchmark, or the collection, took as long as: nothing where each of them was much
    shorter. ``earlier`` are rows for functions with most of the time that the process had called at all: path, name, how often each was
    called beside measured calls and the seconds of that, and those of one measured call. ``prepared`` are the seconds that the project's
    own functions took since the last benchmark, or the collection. ``collected`` are the files (relative to the tree) that hold functions
    which were called until the tests were collected.
    """

    nodeid: str
    calls: int
    seconds: float
    functions: list[list[Any]]
    before: bool = False
    worth: float = 0.0
    earlier: list[list[Any]] = field(default_factory=list)
    prepared: float = 0.0
    collected: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ran:
    """Those of the lines that were asked for (by files, relative to the tree) that tests have run."""

    lines: dict[str, list[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """The Python files that were imported from the tree (relative to it), and those wrongly imported from the original.

    ``since`` are the seconds since the order came.
    """

    files: list[str]
    foreign: list[str]
    since: float = field(default=0.0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Surveyed:
    """What the child imported: what could be imported ``ahead``, all that is not the project's (``installed``), in order of import.

    ``rewritten`` are those whose asserts pytest rewrote. Of what this child itself imported ahead, ``changed`` says what an import
    changed besides, and ``brought`` which modules came with it. ``warnings`` are those of the session.
    """

    ahead: list[str]
    rewritten: list[str]
    installed: list[str]
    changed: dict[str, list[str]]
    brought: dict[str, list[str]]
    warnings: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """The session came to its end. Without this record nothing before it counts."""

    exitstatus: int


Command = Order | Prepare | Look | RunRound | Show | Vary | Go | Pin
Record = (
    Collected
    | Report
    | Timed
    | Parked
    | Ready
    | Round
    | Recorded
    | Returned
    | Taken
    | Varied
    | Profiled
    | Ran
    | Imported
    | Surveyed
    | Finish
)

COMMANDS: dict[str, type[Command]] = {cls.__name__: cls for cls in (Order, Prepare, Look, RunRound, Show, Vary, Go, Pin)}
RECORDS: dict[str, type[Record]] = {
    cls.__name__: cls
    for cls in (
        Collected,
        Report,
        Timed,
        Parked,
        Ready,
        Round,
        Recorded,
        Returned,
        Taken,
        Varied,
        Profiled,
        Ran,
        Imported,
        Surveyed,
        Finish,
    )
}
HINTS = {name: get_type_hints(kind) for name, kind in RECORDS.items()}
