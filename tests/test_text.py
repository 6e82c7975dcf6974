from __future__ import annotations

import re
import subprocess
import unicodedata
from dataclasses import replace

import pytest
from hypothesis import example
from hypothesis import given
from hypothesis import settings
from hypothesis import strategies as st

from pytest_autoloop.experiment import Experiment
from pytest_autoloop.experiment import Gain
from pytest_autoloop.experiment import Verdict
from pytest_autoloop.text import clean
from pytest_autoloop.text import commit_message
from pytest_autoloop.text import fenced
from pytest_autoloop.text import harmless
from pytest_autoloop.text import one_line
from pytest_autoloop.text import tail

KEPT = Experiment(
    number=7,
    parent="0" * 40,
    title="Split faster",
    agent="rewrites",
    verdict=Verdict(kind="kept", stage="audit", reason=""),
    gain=Gain(ratio=1.3123, low=1.2, high=1.4),
    duels=18,
    evidence=41234.5,
    level=2.5e-5,
)
# What GitHub's, Azure's and TeamCity's runners take for a command in a log.
COMMAND = re.compile(r"^\s*::|##[\w.-]*\[", re.MULTILINE)
_REORDERING = {"LRE", "RLE", "LRO", "RLO", "PDF", "LRI", "RLI", "FSI", "PDI", "BN"}


def is_harmless(character: str) -> bool:
    """Return whether a character neither controls a terminal nor reorders, hides or breaks text."""
    if character in "\t\n":
        return True
    return (
        unicodedata.category(character) not in ("Cc", "Cs", "Zl", "Zp")
        and unicodedata.bidirectional(character) not in _REORDERING
        and character not in "\u061c\u200e\u200f"
    )


# Half of it what attacks are made of.
texts = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("\x1b\x9b\x07\x08\r\n\t\x00[];0mABc\\\u202e\u2066\u200b\u00ad\ufeff\U000e0041\ud800`@# -:*"),
    ),
    max_size=60,
)


@given(texts)
@settings(deadline=None)
def test_clean(text: str) -> None:
    """A clean text has no control character, nothing that reorders or hides, no half of a character; cleaning it again changes nothing."""
    found = clean(text)

    assert all(map(is_harmless, found))
    assert clean(found) == found
    found.encode()


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0"), max_size=60))
@settings(deadline=None)
def test_what_is_clean_stays(text: str) -> None:
    """Letters of every script, numbers, signs, spaces, tabs and line ends stay."""
    assert clean(f"{text}\n\t{text}") == f"{text}\n\t{text}"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred\x1b[0m \x1b[1;38;5;196mbold\x1b[K", "red bold"),
        ("\x1b]0;title\x07shown \x1b]8;;http://x\x1b\\link\x1b]8;;\x1b\\", "shown link"),
        ("\x1b(Bplain\x1b[?25l\x1b=\x1b>\x1b7\x1b8\x1bc", "plain"),
        ("10 %\r20 %\r\ndone", "10 %20 %\ndone"),
        ("\x9b31mred", "31mred"),
        ("a\u202eb\u2066c\u200bd\u00ade\U000e0041f\ufe0fg", "abcdefg"),
        ("\x1b", ""),
        ("\x1b\x1b[31m", ""),
        ("nul\x00bell\x07", "nulbell"),
    ],
)
def test_known_sequences(text: str, shown: str) -> None:
    """Colours, titles, links, cursor orders and invisible characters go as a whole, and what was to be read is left."""
    assert clean(text) == shown


def test_a_title_without_an_end_hides_nothing() -> None:
    """A sequence that is never closed does not take the following lines with it."""
    assert clean("one\x1b]0;title\ntwo\x1bPdata\nthree\x1b[").splitlines()[1:] == ["twodata", "three"]


@given(texts, st.integers(1, 50))
@settings(deadline=None)
def test_one_line(text: str, limit: int) -> None:
    """One line is one line, without spaces at its ends or twice, as long as it may be."""
    found = one_line(text, limit)

    assert len(found) <= limit
    assert found.splitlines() in ([], [found])
    assert found == " ".join(found.split())
    assert all(is_harmless(character) and character != "\t" for character in found)
    assert not COMMAND.search(found)
    assert one_line(found, limit + 60) == found


@given(texts)
@settings(deadline=None)
def test_harmless(text: str) -> None:
    """What people may be shown is clean and holds no command, only backslashes more than was there; shown again it is the same."""
    found = harmless(text)

    assert all(map(is_harmless, found))
    assert not COMMAND.search(found)
    assert found.replace("\\", "") == clean(text).replace("\\", "")
    assert harmless(found) == found


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("::error file=a.py::no", "\\::error file=a.py::no"),
        ("a\n  \t::stop-commands::x/a.py\nb", "a\n  \t\\::stop-commands::x/a.py\nb"),
        ("\x1b[0m\u200b ::add-mask::e", " \\::add-mask::e"),
        ("say ##[add-mask]e", "say #\\#[add-mask]e"),
        ("##vso[task.setvariable variable=a]b", "#\\#vso[task.setvariable variable=a]b"),
        ("###teamcity[buildStop]", "##\\#teamcity[buildStop]"),
        ("#\u200b#[group]a", "#\\#[group]a"),
        ("tests/a.py::test_b # a[0] ## b", "tests/a.py::test_b # a[0] ## b"),
    ],
)
def test_commands_of_forges(text: str, shown: str) -> None:
    """Commands of runners are broken by a backslash where they would act, and node ids, remarks and headings stay."""
    assert harmless(text) == shown


def test_one_line_that_is_cut() -> None:
    """A line that is cut says so, and one that just fits is whole."""
    assert one_line("abcdef", 6) == "abcdef"
    assert one_line("abcdefg", 6) == "abcde…"
    assert one_line(" a \n\t b\r\n") == "a b"
    assert one_line("work has moved there", 12) == "work has …"
    assert one_line("work has moved there", 9) == "work has…"
    assert one_line("at benchmarks/test_speed.py", 20) == "at benchmarks/test_…"


@given(texts, st.integers(1, 5), st.integers(1, 30))
@settings(deadline=None)
def test_tail(text: str, lines: int, limit: int) -> None:
    """Of a longer output the clean end is shown."""
    found = tail(text, lines, limit)

    assert len(found) <= limit
    assert len(found.splitlines()) <= lines
    assert "".join(found.split()) in "".join(clean(text).split())


def test_tail_is_the_end() -> None:
    """It is the last lines that count."""
    assert tail("a\nb\nc\n", lines=2) == "b\nc"
    assert tail("", lines=2) == ""


@given(st.text("`~ab\n ", max_size=40), st.sampled_from(["", "diff"]))
@example("```", "")
@example("a\n   `````\nb", "diff")
@settings(deadline=None)
def test_fenced(text: str, kind: str) -> None:
    """A text in a Markdown block ends where the block ends: no line of it closes the fence."""
    first, *inner, last = fenced(text, kind).split("\n")

    assert re.fullmatch(r"`{3,}", last)
    assert first == last + kind
    assert "\n".join(inner) == text
    assert not any(re.match(rf" {{0,3}}{last}`*\s*$", line) for line in inner)


def test_commit_message() -> None:
    """A kept commit says what was done, and its evidence as trailers."""
    assert commit_message(KEPT, "20260101-000000-abcd") == (
        "Split faster\n"
        "\n"
        "Autoloop-Gain: 1.312x [1.200, 1.400]\n"
        "Autoloop-Evidence: 4.123e+04 (4e+04 needed)\n"
        "Autoloop-Duels: 18\n"
        "Autoloop-Run: 20260101-000000-abcd experiment 7\n"
        "Autoloop-Agent: rewrites\n"
    )


def test_commit_message_with_a_holdout() -> None:
    """What a sealed holdout says of the gain stands beside it."""
    message = commit_message(replace(KEPT, holdout=Gain(ratio=1.2512, low=1.2, high=1.3)), "run")

    assert "Autoloop-Gain: 1.312x [1.200, 1.400]\nAutoloop-Holdout: 1.251x [1.200, 1.300]\nAutoloop-Evidence: " in message


def test_only_what_was_measured() -> None:
    """What was not measured has no such message; where there is no noise, and so no risk, the reason is the evidence."""
    with pytest.raises(ValueError, match="only what was measured"):
        commit_message(replace(KEPT, gain=None), "run")
    assert f"\nAutoloop-Evidence: {KEPT.verdict.reason}\n" in commit_message(replace(KEPT, level=None, evidence=None), "run")


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("Use a set", "Use a set"),
        ("Ask @torvalds and @org/team, fixes #12, closes org/repo#34", "Ask torvalds and org/team, fixes 12, closes org/repo34"),
        ("See GH-12, gh-13 and !14", "See 12, 13 and 14"),
        ("Fixes https://github.com/o/r/issues/1", "Fixes httpsgithub.com/o/r/issues/1"),
        ("@\u200bhidden #\x1b[0m1 @\u202esaid", "hidden 1 said"),
        ("@@#@twice", "twice"),
        ("@!1 GH-@1 #GH-1", "1 1 1"),
        ("Be quick [skip ci] [ci skip]", "Be quick skip ci ci skip"),
        ("Be quick ***NO_CI***", "Be quick NO_CI***"),
        ("*@**NO_CI*** skip-[checks: true", "NO_CI*** skipchecks: true"),
        ("::error::no", "\\::error::no"),
        ("# ::add-mask::e", "\\::add-mask::e"),
        ("##vso[task.complete]a", "vsotask.completea"),
        ("Be quick\n\nSigned-off-by: A <a@b.c>", "Be quick Signed-off-by: A <ab.c>"),
        ("# Heading", "Heading"),
        ("- item\r\n- two", "item - two"),
        ("> quoted", "quoted"),
        ("--amend", "amend"),
        ("", "Experiment 7"),
        (" \n\t\u200b", "Experiment 7"),
        ("###", "Experiment 7"),
        ("x = y @ z  # matrix, a != b", "x = y @ z # matrix, a != b"),
    ],
)
def test_subjects(title: str, subject: str) -> None:
    """A title becomes one line on which neither forges nor git act, and there always is one."""
    assert commit_message(replace(KEPT, title=title), "run").split("\n\n")[0] == subject


hostile = st.lists(
    st.sampled_from(
        [
            "@",
            "#",
            "!",
            "GH-",
            "a",
            "1",
            "\n",
            "\n\n",
            "Signed-off-by: X <x@y>",
            "Autoloop-Gain: 9x",
            " ",
            "[",
            "]",
            "://",
            "-",
            "*",
            "NO_CI",
            "no_ci",
            "skip",
            "checks",
            "::",
            "\u200b",
            "\x1b[0m",
        ]
    )
).map("".join)


@given(hostile | texts, hostile)
@settings(deadline=None)
def test_hostile_titles(title: str, agent: str) -> None:
    """Whatever a title or an agent's name holds: one subject line within limits, one paragraph of our trailers, nothing that acts."""
    message = commit_message(replace(KEPT, title=title, agent=agent), "run")

    subject, empty, *trailers, end = message.split("\n")
    assert (empty, end) == ("", "")
    assert 0 < len(subject) <= 72
    assert [line.partition(":")[0] for line in trailers] == [f"Autoloop-{x}" for x in ("Gain", "Evidence", "Duels", "Run", "Agent")]
    for line in (subject, trailers[-1].partition(": ")[2]):
        assert not re.search(r"[@#!]\w|\bGH-\d|://|[\[\]]|\*NO_CI|skip-checks", line, re.IGNORECASE)
        assert not COMMAND.search(line)
    assert subject[0] not in "#-"
    assert message.encode()


def test_trailers_as_git_reads_them() -> None:
    """Git finds our trailers and no others, though the title tries to be one."""
    message = commit_message(replace(KEPT, title="Be quick\n\nSigned-off-by: Eve <eve@example.org>\nAutoloop-Gain: 9x"), "run")

    found = subprocess.run(["git", "interpret-trailers", "--parse"], input=message.encode(), capture_output=True, check=True).stdout

    assert [line.partition(b":")[0] for line in found.splitlines()] == [
        b"Autoloop-Gain",
        b"Autoloop-Evidence",
        b"Autoloop-Duels",
        b"Autoloop-Run",
        b"Autoloop-Agent",
    ]
