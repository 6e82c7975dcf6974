"""The settings of a run: the only place where command line, ini and defaults meet."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import fields
from dataclasses import replace
from typing import TYPE_CHECKING
from typing import Any
from typing import Literal

from .experiment import Refused
from .parsing import parse_checked_tolerance
from .parsing import parse_control
from .parsing import parse_count
from .parsing import parse_duration
from .parsing import parse_growth
from .parsing import parse_inside
from .parsing import parse_isolation
from .parsing import parse_memoise
from .parsing import parse_metric
from .parsing import parse_ratio
from .parsing import parse_share
from .parsing import parse_text
from .parsing import parse_tolerance
from .parsing import parse_variable
from .stopping import Limits

if TYPE_CHECKING:
    from collections.abc import Callable
    from collections.abc import Mapping

    import pytest

    from .parsing import Isolation

Control = Literal["fdr", "family"]
Memoise = Literal["flag", "allow"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One option: ``--autoloop-NAME`` on the command line, ``autoloop_NAME`` in ini."""

    name: str
    help: str
    metavar: str
    default: str = ""
    several: bool = False

    @property
    def flag(self) -> str:
        """Its name on the command line."""
        return f"--autoloop-{self.name}"

    @property
    def key(self) -> str:
        """Its name in ini, and as an attribute of the parsed command line."""
        return f"autoloop_{self.name.replace('-', '_')}"

    @property
    def field(self) -> str:
        """Its name among the settings."""
        return {"agent": "agents", "import-root": "import_roots"}.get(self.name, self.name.replace("-", "_"))


OPTIONS = (
    Option(
        name="agent",
        metavar="SPEC",
        default="rewrites",
        several=True,
        help="who proposes: rewrites (embedded, needs no account), replay:DIR (the patch files of a folder), cmd:COMMAND (a coding "
        "agent or script; the task on its standard input, its edits are the proposal), or module:function; default: rewrites",
    ),
    Option(name="agent-timeout", metavar="TIME", default="10m", help="how long an agent may take for one proposal (default: 10m)"),
    Option(
        name="program",
        metavar="FILE",
        help="the person's directions for agents, read again before every proposal (default: autoloop.md, else program.md)",
    ),
    Option(
        name="metric",
        metavar="cpu|wall|memory|NAME",
        help="what is to improve: the time of the benchmarks (cpu or wall; default: each by the clock that suits it), the peak memory of "
        "their calls (memory), or a number that tests record under NAME with the autoloop_metric fixture",
    ),
    Option(
        name="memory-growth",
        metavar="SHARE",
        default="20%",
        help="by how much the peak memory of what is kept may grow; 0: by any amount (default: 20%%; less than 1 MiB is let pass)",
    ),
    Option(
        name="min-gain",
        metavar="SHARE",
        default="2%",
        help="the gain below which no more time is invested in a candidate (default: 2%%)",
    ),
    Option(name="risk", metavar="SHARE", default="0.05", help="the share of false keeps that is accepted (default: 0.05)"),
    Option(
        name="control",
        metavar="fdr|family",
        default="fdr",
        help="what --autoloop-risk bounds: the expected share of false keeps (fdr, default), or the chance of any false keep in a run "
        "(family)",
    ),
    Option(
        name="editable",
        metavar="GLOB",
        several=True,
        help="paths that a patch may change; default: the Python files of the packages that the tests import, but no tests",
    ),
    Option(name="setup", metavar="CMD", help="a shell command that makes a fresh tree runnable, such as building extensions in place"),
    Option(
        name="copy",
        metavar="GLOB",
        several=True,
        help="files that git ignores and that each fresh tree needs, such as a generated _version.py",
    ),
    Option(name="import-root", metavar="DIR", several=True, help="a folder of the project to import from, besides those found"),
    Option(
        name="env",
        metavar="NAME",
        several=True,
        help="a variable of yours to let through to tests and benchmarks, which see only harmless ones otherwise (HOME: your real home)",
    ),
    Option(
        name="isolation",
        metavar="LEVEL",
        default="auto",
        help="what holds a candidate's code in: process, landlock (Linux) or bwrap (bubblewrap, if installed); "
        "default: auto, the strongest of landlock and process that the project's own tests pass under",
    ),
    Option(
        name="holdout",
        metavar="DIR",
        help="a folder of tests and benchmarks outside the repository that no agent sees: only what would be kept is run against it",
    ),
    Option(name="max-experiments", metavar="N", help="stop after so many experiments"),
    Option(
        name="budget",
        metavar="TIME",
        help="stop after so long, such as 90s, 20m, 8h; the experiment under way is finished (2 to 60 duels and an audit), and once "
        "something is kept, the time that the last measurement takes (12 duels, and 12 in a holdout) is set aside, and that of learning "
        "again how noisy a metric other than time is (up to 10 runs as the next trial begins)",
    ),
    Option(
        name="patience",
        metavar="N",
        default="30",
        help="stop after so many experiments in a row without a keep (default: 30; 0: never)",
    ),
    Option(name="target", metavar="RATIO", help="stop when the product of the gains reaches this, such as 2x"),
    Option(
        name="tolerance",
        metavar="[GLOB=]ERROR",
        several=True,
        help="the relative error of floats that a candidate may make, such as 1e-9, or tests/bench_fft.py::*=1e-6 for some benchmarks; "
        "within it a candidate is flagged, beyond it rejected (default: none)",
    ),
    Option(
        name="memoise",
        metavar="flag|allow",
        default="flag",
        help="what becomes of a gain that comes from remembering results between calls: flag it for a person (default), or allow it",
    ),
    Option(name="branch", metavar="NAME", help="the branch that keeps go to (default: autoloop/ID)"),
    Option(name="report", metavar="DIR", help="also write report.json and results.tsv into this folder"),
)

# Those that take no value: flags on the command line, booleans in ini.
SWITCHES = (
    Option(
        name="accept-flagged",
        metavar="",
        help="also keep what is flagged for a person to decide, such as gains that come from remembering results between calls",
    ),
    Option(name="simplify", metavar="", help="also keep what removes code and is proven not to be worse by 3%%"),
    Option(name="allow-network", metavar="", help="let tests and benchmarks use the network under every isolation"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the user asked for, checked. Times in seconds, shares as fractions; None means no limit."""

    judge: tuple[str, ...]
    calibrate: bool
    resume: str | None
    agents: tuple[str, ...]
    agent_timeout: float
    program: str | None
    metric: str | None
    memory_growth: float | None
    min_gain: float
    risk: float
    control: Control
    editable: tuple[str, ...]
    setup: str | None
    copy: tuple[str, ...]
    import_roots: tuple[str, ...]
    env: tuple[str, ...]
    isolation: Isolation
    allow_network: bool
    holdout: str | None
    max_experiments: int | None
    budget: float | None
    patience: int | None
    target: float | None
    branch: str | None
    report: str | None
    tolerance: tuple[tuple[str, float], ...]
    memoise: Memoise
    accept_flagged: bool
    simplify: bool

    @property
    def limits(self) -> Limits:
        """When to stop."""
        return Limits(max_experiments=self.max_experiments, budget=self.budget, patience=self.patience, target=self.target)

    @classmethod
    def of(cls, config: pytest.Config) -> Settings:
        """Merge command line, ini and defaults. Raises `Refused`, naming the option and the value, for what makes no sense."""
        read = _Reader(config)
        return cls(
            judge=tuple(config.getoption("autoloop_judge") or ()),
            calibrate=bool(config.getoption("autoloop_calibrate")),
            resume=config.getoption("autoloop_resume"),
            agents=read.several("agent"),
            agent_timeout=read.one("agent-timeout", parse_duration),
            program=read.optional("program", parse_text),
            metric=read.optional("metric", parse_metric),
            memory_growth=read.one("memory-growth", parse_growth) or None,
            min_gain=read.one("min-gain", parse_share),
            risk=read.one("risk", parse_share),
            control=read.one("control", parse_control),
            editable=read.several("editable"),
            setup=read.optional("setup", parse_text),
            copy=read.several("copy", parse_inside),
            import_roots=read.several("import-root"),
            env=read.several("env", parse_variable),
            isolation=read.one("isolation", parse_isolation),
            allow_network=read.switch("allow-network"),
            holdout=read.optional("holdout", parse_text),
            max_experiments=read.optional("max-experiments", parse_count),
            budget=read.optional("budget", parse_duration),
            patience=read.one("patience", parse_count) or None,
            target=read.optional("target", parse_ratio),
            branch=read.optional("branch", parse_text),
            report=read.optional("report", parse_text),
            tolerance=tuple(parse_tolerance(rule) for rule in read.several("tolerance", parse_checked_tolerance)),
            memoise=read.one("memoise", parse_memoise),
            accept_flagged=read.switch("accept-flagged"),
            simplify=read.switch("simplify"),
        )


# What a run has decided by so far, it goes on to decide by; and its results stay where they are.
FIXED = {
    *("min-gain", "risk", "control", "editable", "tolerance", "memoise", "branch", "objective", "metric", "memory-growth", "simplify"),
    "holdout",
}


def resumed(config: pytest.Config, now: Settings, before: Mapping[str, Any]) -> Settings:
    """Return the settings of a run that goes on: those it had, but for what is given anew.

    ``before`` are its settings as its ledger holds them. Raises `Refused` where what is given contradicts what is fixed.
    """
    given = {option.field: option for option in (*OPTIONS, *SWITCHES) if _is_given(config, option)}
    changes: dict[str, Any] = {}
    for name in (field.name for field in fields(now) if field.name in before and field.name not in ("judge", "calibrate", "resume")):
        was = _frozen(before[name])
        option = given.get(name)
        if option is None:
            changes[name] = was
        elif option.name in FIXED and getattr(now, name) != was:
            raise Refused(f"{option.flag} was {_shown(was)} when the run began, and stays so to its end: leave it out, or start a new run")
    return replace(now, **changes)


def _is_given(config: pytest.Config, option: Option) -> bool:
    return config.getoption(option.key) not in (None, False) or bool(config.getini(option.key))


def _frozen(value: Any) -> Any:
    """Return a value as it was before it went through JSON."""
    return tuple(map(_frozen, value)) if isinstance(value, list) else value


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return " ".join("=".join(map(_shown, item)) if isinstance(item, tuple) else item for item in value) or "not given"
    if isinstance(value, str):
        return value
    return "not given" if value is None else f"{value:g}" if isinstance(value, float) else str(value)


class _Reader:
    """Looks a setting up: command line first, then ini, then the default."""

    _known = {option.name: option for option in (*OPTIONS, *SWITCHES)}  # noqa: RUF012 - never changed

    def __init__(self, config: pytest.Config) -> None:
        self._config = config

    def _raw(self, name: str) -> tuple[Any, str]:
        """Return what was given for a setting, None where nothing was, and who said so."""
        option = self._known[name]
        # On the command line an empty value was meant to say something; in ini it is how pytest tells that there is none.
        if (given := self._config.getoption(option.key)) is not None:
            return given, option.flag
        if given := self._config.getini(option.key):
            return given, f"the ini setting {option.key}"
        return (([option.default] if option.several else option.default) if option.default else None), option.flag

    def several(self, name: str, parse: Callable[[str], str] | None = None) -> tuple[str, ...]:
        values, where = self._raw(name)
        for value in values or ():
            if not value:
                raise Refused(f"{where}: '' is no {self._known[name].metavar}")
        return tuple(self._parsed(value, where, parse or str) for value in values or ())

    def optional(self, name: str, parse: Callable[[str], Any]) -> Any:
        value, where = self._raw(name)
        return None if value is None else self._parsed(value, where, parse)

    def one(self, name: str, parse: Callable[[str], Any]) -> Any:
        return self.optional(name, parse)

    def switch(self, name: str) -> bool:
        key = self._known[name].key
        return bool(self._config.getoption(key) or self._config.getini(key))

    @staticmethod
    def _parsed(value: str, where: str, parse: Callable[[str], Any]) -> Any:
        try:
            return parse(value)
        except ValueError as error:
            raise Refused(f"{where}: {value!r} is no {error}") from None
