from __future__ import annotations

import dataclasses
import json
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.experiment import Refused
from pytest_autoloop.settings import OPTIONS
from pytest_autoloop.settings import SWITCHES
from pytest_autoloop.settings import Option
from pytest_autoloop.settings import Settings
from pytest_autoloop.settings import resumed

if TYPE_CHECKING:
    from collections.abc import Callable

    Read = Callable[..., Settings]

DEFAULTS: dict[str, Any] = {
    "judge": (),
    "agents": ("rewrites",),
    "agent_timeout": 600.0,
    "program": None,
    "metric": None,
    "memory_growth": 0.2,
    "min_gain": 0.02,
    "risk": 0.05,
    "control": "fdr",
    "editable": (),
    "setup": None,
    "copy": (),
    "import_roots": (),
    "env": (),
    "isolation": "auto",
    "allow_network": False,
    "holdout": None,
    "max_experiments": None,
    "budget": None,
    "patience": 30,
    "target": None,
    "branch": None,
    "report": None,
    "tolerance": (),
    "memoise": "flag",
    "accept_flagged": False,
    "simplify": False,
}


@pytest.fixture
def read(pytester: pytest.Pytester) -> Read:
    """Read the settings as pytest parses a command line."""
    return lambda *args: Settings.of(pytester.parseconfig(*args))


def test_defaults(read: Read) -> None:
    """Without a word from the user everything has its documented default."""
    found = dataclasses.asdict(read())

    assert {name: found[name] for name in DEFAULTS} == DEFAULTS


COMMAND_LINE = [
    ("--autoloop-judge=a.patch", "judge", ("a.patch",)),
    ("--autoloop-agent=cmd:x", "agents", ("cmd:x",)),
    ("--autoloop-agent-timeout=90s", "agent_timeout", 90.0),
    ("--autoloop-program=aims.md", "program", "aims.md"),
    ("--autoloop-metric=val loss", "metric", "val loss"),
    ("--autoloop-memory-growth=0", "memory_growth", None),
    ("--autoloop-min-gain=5%", "min_gain", 0.05),
    ("--autoloop-risk=0.01", "risk", 0.01),
    ("--autoloop-control=family", "control", "family"),
    ("--autoloop-editable=pkg/*.py", "editable", ("pkg/*.py",)),
    ("--autoloop-setup=make x", "setup", "make x"),
    ("--autoloop-copy=*.so", "copy", ("*.so",)),
    ("--autoloop-import-root=lib", "import_roots", ("lib",)),
    ("--autoloop-env=DATABASE_URL", "env", ("DATABASE_URL",)),
    ("--autoloop-isolation=process", "isolation", "process"),
    ("--autoloop-allow-network", "allow_network", True),
    ("--autoloop-holdout=../held", "holdout", "../held"),
    ("--autoloop-max-experiments=3", "max_experiments", 3),
    ("--autoloop-budget=8h", "budget", 28800.0),
    ("--autoloop-patience=5", "patience", 5),
    ("--autoloop-target=2x", "target", 2.0),
    ("--autoloop-branch=faster", "branch", "faster"),
    ("--autoloop-report=out", "report", "out"),
    ("--autoloop-tolerance=1e-9", "tolerance", (("*", 1e-9),)),
    ("--autoloop-tolerance=a.py::test_b[x=1]=1e-3", "tolerance", (("a.py::test_b[x=1]", 1e-3),)),
    ("--autoloop-memoise=allow", "memoise", "allow"),
    ("--autoloop-accept-flagged", "accept_flagged", True),
    ("--autoloop-simplify", "simplify", True),
]


@pytest.mark.parametrize(("arg", "name", "value"), COMMAND_LINE, ids=[name for _, name, _ in COMMAND_LINE])
def test_command_line(read: Read, arg: str, name: str, value: object) -> None:
    """Each option sets its own setting and nothing else."""
    found = dataclasses.asdict(read(arg))

    assert {name: found[name] for name in DEFAULTS} == {**DEFAULTS, name: value}


INI = {
    "agent": ("cmd:a", ("cmd:a",)),
    "agent_timeout": ("1h30m", 5400.0),
    "program": ("aims.md", "aims.md"),
    "metric": ("memory", "memory"),
    "memory_growth": ("150%", 1.5),
    "min_gain": ("3 %", 0.03),
    "risk": ("1%", 0.01),
    "control": ("family", "family"),
    "tolerance": ("1e-6", (("*", 1e-6),)),
    "memoise": ("allow", "allow"),
    "editable": ("pkg", ("pkg",)),
    "setup": ("make x", "make x"),
    "copy": ("*.so", ("*.so",)),
    "import_root": ("lib", ("lib",)),
    "env": ("DATABASE_URL", ("DATABASE_URL",)),
    "isolation": ("landlock", "landlock"),
    "holdout": ("../held", "../held"),
    "max_experiments": ("7", 7),
    "budget": ("20m", 1200.0),
    "patience": ("0", None),
    "target": ("1.5", 1.5),
    "branch": ("quick", "quick"),
    "report": ("out", "out"),
}
SWITCHED = [f"{switch.key} = true" for switch in SWITCHES]
_FIELDS = {"agent": "agents", "import_root": "import_roots"}


def _in_ini(several: bool, text: str) -> str:
    return f'["{text}"]' if several else f'"{text}"'


@pytest.mark.parametrize("style", ["pytest.ini", "pyproject.toml, old", "pyproject.toml, native"])
def test_ini(pytester: pytest.Pytester, style: str) -> None:
    """Every setting can stand in the project's configuration, in each of the styles that pytest reads."""
    if style == "pytest.ini":
        lines = [f"autoloop_{name} = {text}" for name, (text, _) in INI.items()]
        pytester.makeini("\n".join(["[pytest]", *lines, *SWITCHED]))
    else:
        table = "[tool.pytest]" if "native" in style else "[tool.pytest.ini_options]"
        lines = [f"autoloop_{name} = {_in_ini(isinstance(value, tuple), text)}" for name, (text, value) in INI.items()]
        pytester.makepyprojecttoml("\n".join([table, *lines, *SWITCHED]))
    if "native" in style and tuple(map(int, pytest.__version__.split(".")[:2])) < (9, 0):
        pytest.skip("pytest reads [tool.pytest] since 9.0")

    found = dataclasses.asdict(Settings.of(pytester.parseconfig()))

    assert {name: found[_FIELDS.get(name, name)] for name in INI} == {name: value for name, (_, value) in INI.items()}
    assert found["accept_flagged"] is True
    assert found["allow_network"] is True


def test_the_tables_are_complete() -> None:
    """The tests above know every option there is."""
    assert {option.key for option in OPTIONS} == {f"autoloop_{name}" for name in INI}
    assert {arg.partition("=")[0] for arg, _, _ in COMMAND_LINE} >= {option.flag for option in (*OPTIONS, *SWITCHES)}


def test_precedence(pytester: pytest.Pytester, read: Read) -> None:
    """The command line comes before the configuration, and that before the default; lists are not mixed."""
    pytester.makeini(
        "[pytest]\nautoloop_patience = 5\nautoloop_budget = 1h\nautoloop_agent =\n    cmd:a\n    cmd:b\nautoloop_risk = 0.01\n"
    )

    found = read("--autoloop-patience=7", "--autoloop-agent=cmd:c", "--autoloop-agent", "cmd:d", "-o", "autoloop_risk=0.02")

    assert (found.patience, found.budget, found.agents, found.risk) == (7, 3600.0, ("cmd:c", "cmd:d"), 0.02)
    assert read().agents == ("cmd:a", "cmd:b")
    assert read("--autoloop-patience=0").patience is None


def test_taking_back(pytester: pytest.Pytester, read: Read) -> None:
    """An empty text on the command line takes back what the configuration says."""
    pytester.makeini("[pytest]\nautoloop_setup = make x\nautoloop_branch = quick\n")

    found = read("--autoloop-setup=", "--autoloop-branch", "")

    assert (found.setup, found.branch) == (None, None)


def test_empty_ini(pytester: pytest.Pytester, read: Read) -> None:
    """A setting without a value in the configuration is not set."""
    pytester.makeini("[pytest]\n" + "".join(f"autoloop_{name} =\n" for name in INI))

    found = dataclasses.asdict(read())
    assert {name: found[name] for name in DEFAULTS} == DEFAULTS


GOOD = [
    ("budget", "90", 90.0),
    ("budget", "0.5", 0.5),
    ("budget", "90s", 90.0),
    ("budget", " 20 m ", 1200.0),
    ("budget", "1.5H", 5400.0),
    ("budget", "1d2h3m4s", 93784.0),
    ("budget", "1h 30m", 5400.0),
    ("agent-timeout", "2m", 120.0),
    ("min-gain", "2%", 0.02),
    ("min-gain", "0.5 %", 0.005),
    ("min-gain", ".03", 0.03),
    ("risk", "5e-2", 0.05),
    ("target", "2x", 2.0),
    ("target", "1.25", 1.25),
    ("target", "3 X", 3.0),
    ("patience", "007", 7),
    ("max-experiments", "0", 0),
]


def test_forms(pytester: pytest.Pytester) -> None:
    """Times, shares, ratios and numbers may be written as people write them."""
    config = pytester.parseconfig()
    for name, text, value in GOOD:
        with_option(config, name, text)
        assert getattr(Settings.of(config), name.replace("-", "_")) == pytest.approx(value), text
        with_option(config, name, None)


def with_option(config: pytest.Config, name: str, value: object) -> None:
    """Put a value where pytest's parser would have put it: much quicker than to parse hundreds of command lines."""
    setattr(config.option, f"autoloop_{name.replace('-', '_')}", value)


TIMES = ["", " ", "0", "0s", "-5", "-5m", "5 minutes", "5mm x", "1..5h", "abc", "nan", "inf", "1e999", "9" * 400 + "s", "h", "5,5h", "1h-"]
SHARES = ["", "0", "1", "-0.1", "2", "100%", "0%", "200%", "2%%", "%", "%5", "5%5", "nan", "inf", "five", "1/20"]
RATIOS = ["", "1", "1x", "0.5x", "0", "-2x", "x", "xx2", "2xx", "nan", "inf", "infx", "twice", "2%"]
NUMBERS = ["", "-1", "1.5", "1e3", "x", "٣", "½", "+5", "0x10", "1 000", "1_000", "9" * 5000, "nan"]
BAD: dict[str, list[str]] = {
    "budget": TIMES,
    "agent-timeout": TIMES,
    "min-gain": SHARES,
    "risk": SHARES,
    "target": RATIOS,
    "patience": NUMBERS,
    "max-experiments": NUMBERS,
    "control": ["", "FDR", "fwer", "fdr,family"],
    "memoise": ["", "yes"],
    "isolation": ["", "Landlock", "docker", "none", "process,landlock"],
}


@pytest.mark.parametrize("name", BAD)
def test_bad_values(pytester: pytest.Pytester, name: str) -> None:
    """A value that makes no sense is refused before anything else happens, and the option and the value are named in one line."""
    config = pytester.parseconfig()
    for text in BAD[name]:
        with_option(config, name, text)
        with pytest.raises(Refused) as caught:
            Settings.of(config)
        assert str(caught.value).startswith(f"--autoloop-{name}: {text!r} is no "), text
        assert caught.value.status == 4
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["0", "2", "x", "a=", "=", "a=b", "nan"])
def test_bad_tolerances(pytester: pytest.Pytester, text: str) -> None:
    """A tolerance is a share, of all benchmarks or those that a glob names."""
    config = pytester.parseconfig()
    with_option(config, "tolerance", [text])

    with pytest.raises(Refused, match=r"--autoloop-tolerance: .* is no relative error"):
        Settings.of(config)


def test_empty_values_in_lists(pytester: pytest.Pytester) -> None:
    """An empty value among several is refused too."""
    config = pytester.parseconfig()
    for name in (option.name for option in OPTIONS if option.several):
        with_option(config, name, ["x", ""])
        with pytest.raises(Refused, match=f"^--autoloop-{name}: '' is no "):
            Settings.of(config)
        with_option(config, name, None)


def test_what_can_be_copied(pytester: pytest.Pytester) -> None:
    """Only what lies in the repository, and is not git's own, can be copied into trees."""
    config = pytester.parseconfig()
    for text in ("/abs/*.so", "..", "../x", "a/../../x", ".", "./", ".git", ".git/config"):
        with_option(config, "copy", ["*.so", text])
        with pytest.raises(Refused) as caught:
            Settings.of(config)
        assert str(caught.value) == f"--autoloop-copy: {text!r} is no path below the top of the repository"
    with_option(config, "copy", ["*.so", "**/_version.py", ".env", "a..b", ".gitmodules"])
    assert Settings.of(config).copy == ("*.so", "**/_version.py", ".env", "a..b", ".gitmodules")


def test_names_of_variables(pytester: pytest.Pytester) -> None:
    """A variable is let through by its name; its value is not for the command line, where others can read it."""
    config = pytester.parseconfig()
    with_option(config, "env", ["TOKEN=abc"])
    with pytest.raises(Refused, match=r"^--autoloop-env: 'TOKEN=abc' is no name of a variable"):
        Settings.of(config)


def test_a_bad_value_on_the_command_line(read: Read) -> None:
    """That holds for a command line as it is typed, with ``=`` and without."""
    for args in (["--autoloop-risk=2"], ["--autoloop-risk", "2"]):
        with pytest.raises(Refused, match=r"^--autoloop-risk: '2' is no share between 0 and 1, such as 0\.05 or 5%$"):
            read(*args)


@pytest.mark.parametrize(("name", "text"), [("budget", "soon"), ("risk", "2"), ("target", "1x"), ("patience", "-1"), ("control", "none")])
def test_bad_values_in_ini(pytester: pytest.Pytester, read: Read, name: str, text: str) -> None:
    """If the value comes from the configuration, that is named."""
    pytester.makeini(f"[pytest]\nautoloop_{name} = {text}\n")

    with pytest.raises(Refused) as caught:
        read()

    assert str(caught.value).startswith(f"the ini setting autoloop_{name}: {text!r} is no ")


def test_order_of_looking(read: Read) -> None:
    """A bad value is refused even if nobody would look at it in this run."""
    with pytest.raises(Refused, match="--autoloop-target"):
        read("--autoloop-judge=HEAD", "--autoloop-target=1")


@pytest.mark.parametrize("option", OPTIONS, ids=lambda option: option.name)
def test_names(option: Option) -> None:
    """Every option has the same name on the command line and in the configuration, and says what it is."""
    assert option.flag == f"--autoloop-{option.name}"
    assert option.key == f"autoloop_{option.name.replace('-', '_')}"
    assert option.metavar
    assert option.help.endswith((")", "rewrites", "tests")) or option.help[-1].isalnum()
    assert not option.default or option.default in option.help.replace("%%", "%")


def test_help(pytester: pytest.Pytester) -> None:
    """The help names every option and every setting, with the percent signs of a person."""
    text = pytester.runpytest_inprocess("--help").stdout.str()

    for option in OPTIONS:
        assert option.flag in text
        assert f"{option.key} (" in text
    assert "2%)" in text
    assert "%%" not in text


BEFORE = {
    "agents": ["cmd:x", "rewrites"],
    "risk": 0.01,
    "budget": 60.0,
    "editable": ["a/*"],
    "target": None,
    "accept_flagged": True,
    "tolerance": [["t*", 1e-9]],
    "old": 1,
}


@pytest.fixture
def read_again(pytester: pytest.Pytester) -> Read:
    """Read the settings of a run that goes on."""

    def reading(*args: str) -> Settings:
        config = pytester.parseconfig(*args)
        return resumed(config, Settings.of(config), BEFORE)

    return reading


def test_going_on_as_before(read_again: Read) -> None:
    """A run that goes on has the settings it had; what it knew nothing of has its default."""
    found = read_again("--autoloop-resume")

    assert (found.agents, found.risk, found.budget, found.editable, found.accept_flagged) == (
        ("cmd:x", "rewrites"),
        0.01,
        60.0,
        ("a/*",),
        True,
    )
    assert found.patience == 30
    assert found.resume == ""


def test_going_on_otherwise(read_again: Read, pytester: pytest.Pytester) -> None:
    """What is given anew holds from now on, wherever it is given."""
    pytester.makeini("[pytest]\nautoloop_target = 2x\n")
    found = read_again("--autoloop-resume=x", "--autoloop-agent=rewrites", "--autoloop-budget=2m", "--autoloop-risk=1%")

    assert (found.agents, found.budget, found.target, found.risk, found.resume) == (("rewrites",), 120.0, 2.0, 0.01, "x")


@pytest.mark.parametrize(
    ("arg", "says"),
    [
        ("--autoloop-risk=0.05", "--autoloop-risk was 0.01 when the run began, and stays so to its end: leave it out, or start a new run"),
        ("--autoloop-editable=b/*", "--autoloop-editable was a/* when the run began"),
        ("--autoloop-tolerance=1e-6", "--autoloop-tolerance was t*=1e-09 when the run began"),
    ],
)
def test_going_on_by_other_rules(read_again: Read, arg: str, says: str) -> None:
    """What a run decides by it goes on to decide by: a contradiction is refused."""
    with pytest.raises(Refused) as refused:
        read_again("--autoloop-resume", arg)

    assert str(refused.value).startswith(says)


def test_going_on_as_the_ledger_has_it(pytester: pytest.Pytester) -> None:
    """All that was given may be given again: it is what it was, though JSON has but one kind of list."""
    values = {
        "isolation": "process",
        "metric": "memory",
        "control": "family",
        "memoise": "allow",
        "target": "2x",
        "budget": "1h",
        "tolerance": "1e-9",
    }
    given = [f"{option.flag}={values.get(option.name) or option.default or '3'}" for option in OPTIONS] + [
        option.flag for option in SWITCHES
    ]
    config = pytester.parseconfig("--autoloop-resume", *given)
    before = Settings.of(config)

    assert resumed(config, before, json.loads(json.dumps(dataclasses.asdict(before)))) == before


def test_every_option_is_a_setting() -> None:
    """An option can be told from its name among the settings, so that a run that goes on keeps it."""
    names = {field.name for field in dataclasses.fields(Settings)}

    assert [option.name for option in (*OPTIONS, *SWITCHES) if option.field not in names] == []
