from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from pytest_autoloop.agents.rewrites import Rewrites
from pytest_autoloop.agents.rewrites.agent import is_allowed
from pytest_autoloop.agents.rewrites.rules import RULES
from pytest_autoloop.experiment import Hotspot
from pytest_autoloop.experiment import Proposal
from pytest_autoloop.experiment import Task

if TYPE_CHECKING:
    from pathlib import Path

JOINING = '''\
def join(words):
    """Join."""
    text = ""
    for word in words:
        text += word + ","
    return text
'''
DOUBLING = """\
def double(xs):
    out = []
    for x in xs:
        out.append(x * 2)
    return out
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A git repository without any files."""
    subprocess.run(["git", "init", "--quiet", tmp_path], check=True)
    return tmp_path


def hot(path: str, line: int, name: str, own: float = 0.2, total: float = 0.4) -> Hotspot:
    return Hotspot(path=path, line=line, name=name, calls=10, own=own, total=total)


def task(tree: Path, *profile: Hotspot, editable: tuple[str, ...] = ("*.py",), protected: tuple[str, ...] = ()) -> Task:
    return Task(
        number=1,
        tree=tree,
        incumbent="0" * 40,
        goal="",
        directions="",
        objective=(),
        profile=profile,
        history=(),
        failure=None,
        editable=editable,
        protected=protected,
    )


def put(tree: Path, path: str, text: str) -> None:
    (tree / path).parent.mkdir(parents=True, exist_ok=True)
    (tree / path).write_bytes(text.encode())


def apply(tree: Path, proposal: Proposal | None) -> None:
    """Apply a proposal as the loop does, so that git has the last word on whether it is a patch."""
    assert proposal is not None
    assert proposal.patch is not None
    subprocess.run(["git", "apply", "-"], input=proposal.patch.encode(), cwd=tree, check=True)


def all_proposals(agent: Rewrites, given: Task) -> list[Proposal]:
    found = []
    while (proposal := agent.propose(given)) is not None:
        found.append(proposal)
        assert len(found) < 100, "the agent doesn't come to an end"
    return found


def test_a_proposal_is_a_patch_with_a_title_and_costs_nothing(tree: Path) -> None:
    """The tree isn't touched: the patch is the proposal."""
    put(tree, "pkg/words.py", JOINING)

    proposal = Rewrites().propose(task(tree, hot("pkg/words.py", 1, "join")))

    assert proposal is not None
    assert proposal.title == "Join pieces instead of adding strings in join"
    assert (proposal.agent, proposal.cost_usd, proposal.error) == ("rewrites", 0.0, None)
    assert (tree / "pkg/words.py").read_text() == JOINING
    apply(tree, proposal)
    assert '"".join([word + "," for word in words])' in (tree / "pkg/words.py").read_text()


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("plain.py", JOINING),
        ("no newline at the end.py", JOINING.rstrip("\n")),
        ("crlf.py", JOINING.replace("\n", "\r\n")),
        ("crlf_without_end.py", JOINING.replace("\n", "\r\n").rstrip("\r\n")),
        ("mixed.py", JOINING.replace('text = ""\n', 'text = ""\r\n')),
        ("tabs.py", JOINING.replace("    ", "\t")),
        ("form_feed.py", f"X = 1\n\f\n{JOINING}"),
        ("unicode.py", JOINING.replace("Join.", "Jöin → \u2028.")),
        ("sünde/ordner.py", JOINING),
        ("deep.py", f"class A:\n    class B:\n        if True:\n            {JOINING.replace(chr(10), chr(10) + ' ' * 12).rstrip()}\n"),
    ],
)
def test_every_sort_of_file_gets_a_valid_patch(tree: Path, path: str, text: str) -> None:
    """Whatever ends a line, or a file, or stands in its name, git applies the patch and nothing else changes."""
    put(tree, path, text)
    line = text[: text.index("def join")].count("\n") + 1

    apply(tree, Rewrites().propose(task(tree, hot(path, line, "join"))))

    after = (tree / path).read_bytes().decode()
    assert "".join(after.split()) == "".join(text.split()).replace(
        'text=""forwordinwords:text+=word+","', 'text="".join([word+","forwordinwords])'
    )
    assert after.endswith("\n") == text.endswith("\n")
    compile(after, path, "exec")


def test_the_hottest_function_comes_first(tree: Path) -> None:
    """Where most of the time is spent, most is to be gained."""
    put(tree, "a.py", JOINING)
    put(tree, "b.py", DOUBLING)

    first = Rewrites().propose(task(tree, hot("a.py", 1, "join", own=0.1), hot("b.py", 1, "double", own=0.3)))
    other = Rewrites().propose(task(tree, hot("a.py", 1, "join", own=0.3), hot("b.py", 1, "double", own=0.1)))

    assert first is not None
    assert first.title.endswith("in double")
    assert other is not None
    assert other.title.endswith("in join")


def test_calls_that_are_saved_count_by_what_the_function_calls(tree: Path) -> None:
    """A rule that removes calls gains from the time spent in them, apart from that of the project's own functions."""
    put(tree, "a.py", f"import re\n\n\ndef caller(t):\n    return re.sub('a', 'b', t), join(t)\n\n\n{JOINING}")
    calling = hot("a.py", 4, "caller", own=0.01, total=0.9)

    mostly_its_own = Rewrites().propose(task(tree, hot("a.py", 8, "join", own=0.3, total=0.3), calling))
    mostly_the_other = Rewrites().propose(task(tree, hot("a.py", 8, "join", own=0.8, total=0.85), calling))

    assert mostly_its_own is not None
    assert mostly_its_own.title.endswith("in caller")
    assert mostly_the_other is not None
    assert mostly_the_other.title.endswith("in join")


def test_of_several_rules_the_one_with_most_to_gain_comes_first(tree: Path) -> None:
    """In the same function, priorities decide; each rule is a proposal of its own."""
    put(tree, "a.py", "def f(xs):\n    out = []\n    for x in xs:\n        if x not in out:\n            out.append(x)\n    return out\n")

    titles = [proposal.title for proposal in all_proposals(Rewrites(), task(tree, hot("a.py", 1, "f")))]

    assert titles == ["Drop duplicates by hashing in f", "Search in a set instead of a growing list in f"]


def test_nothing_is_proposed_twice(tree: Path) -> None:
    """Neither when asked again, nor after a change elsewhere in the file; a changed function is a new one."""
    put(tree, "a.py", f"{JOINING}\n\n{DOUBLING}")
    agent = Rewrites()
    given = task(tree, hot("a.py", 1, "join"), hot("a.py", 9, "double"))

    first = all_proposals(agent, given)
    put(tree, "a.py", f"X = 1\n\n\n{JOINING}\n\n{DOUBLING}")
    moved = all_proposals(agent, task(tree, hot("a.py", 4, "join"), hot("a.py", 12, "double")))
    put(tree, "a.py", JOINING.replace('","', '";"'))
    changed = all_proposals(agent, given)

    assert sorted(proposal.title.rpartition(" in ")[2] for proposal in first) == ["double", "join"]
    assert moved == []
    assert len(changed) == 1


def test_a_kept_proposal_is_the_start_of_the_next(tree: Path) -> None:
    """Once a patch has become the incumbent, the rule has nothing left to do there."""
    put(tree, "a.py", DOUBLING)
    agent = Rewrites()

    apply(tree, agent.propose(task(tree, hot("a.py", 1, "double"))))

    assert agent.propose(task(tree, hot("a.py", 1, "double"))) is None


def test_only_editable_files_are_touched(tree: Path) -> None:
    """A protected file stays as it is although it is editable, and so does any that isn't."""
    put(tree, "src/a.py", JOINING)
    put(tree, "tests/a.py", JOINING)
    profile = (hot("src/a.py", 1, "join"), hot("tests/a.py", 1, "join"))

    proposals = all_proposals(Rewrites(), task(tree, *profile, protected=("tests/**",)))

    assert [proposal.patch is not None and "+++ b/src/a.py" in proposal.patch for proposal in proposals] == [True]
    assert Rewrites().propose(task(tree, *profile, editable=("lib/*.py",))) is None
    assert Rewrites(allowed=lambda _, path: False).propose(task(tree, *profile)) is None


@pytest.mark.parametrize(
    ("path", "globs", "matches"),
    [
        ("src/a.py", ("*.py",), True),
        ("src/a.py", ("src",), True),
        ("src/a.py", ("src/",), True),
        ("src/deep/a.py", ("src/*",), True),
        ("src/a.py", ("src/**/*.py",), True),
        ("src/a.py", ("**/a.py",), True),
        ("src/a.py", ("lib/**", "src/a.py"), True),
        ("src/a.py", ("a.py",), False),
        ("src/a.py", (), False),
        ("srcs/a.py", ("src",), False),
    ],
)
def test_globs_match_as_in_git(tmp_path: Path, path: str, globs: tuple[str, ...], matches: bool) -> None:
    """A star crosses folders, a folder stands for what is in it."""
    assert is_allowed(task(tmp_path, editable=globs), path) is matches
    assert is_allowed(task(tmp_path, editable=("*",), protected=globs), path) is not matches


def test_what_takes_no_time_is_not_worth_a_proposal(tree: Path) -> None:
    """Less than half a percent can't become a gain that can be measured."""
    put(tree, "a.py", JOINING)

    assert Rewrites().propose(task(tree, hot("a.py", 1, "join", own=0.001, total=0.004))) is None
    assert Rewrites().propose(task(tree, hot("a.py", 1, "join", own=0.001, total=0.006))) is not None


def test_files_that_cannot_be_read_are_passed_over(tree: Path) -> None:
    """Vanished, broken, huge, foreign and strange files are no reason to stop."""
    put(tree, "broken.py", "def join(:\n")
    put(tree, "huge.py", JOINING + "#" * 400_000)
    put(tree, "returns.py", JOINING.replace("\n", "\r"))
    put(tree, "mark.py", "\ufeff" + JOINING)
    put(tree, "code.c", JOINING)
    (tree / "latin.py").write_bytes(b"# -*- coding: latin-1 -*-\n# \xe4\n" + JOINING.encode())
    (tree / "link.py").symlink_to(tree / "good.py")
    (tree / "folder.py").mkdir()
    put(tree, "good.py", JOINING)
    names = (
        "gone.py",
        "broken.py",
        "huge.py",
        "returns.py",
        "mark.py",
        "code.c",
        "latin.py",
        "link.py",
        "folder.py",
        "../good.py",
        "good.py",
    )

    proposals = all_proposals(Rewrites(), task(tree, *(hot(name, 1, "join") for name in names), editable=("*",)))

    assert len(proposals) == 1
    apply(tree, proposals[0])
    assert "join([" in (tree / "good.py").read_text()


def test_a_profile_that_is_out_of_date_is_no_trouble(tree: Path) -> None:
    """Lines and names that aren't there are passed over; a decorator's line counts as the function's."""
    put(tree, "a.py", "def g(function):\n    return function\n\n\n@g\n@g\n" + JOINING)

    assert Rewrites().propose(task(tree, hot("a.py", 1, "join"), hot("a.py", 99, "join"), hot("a.py", 7, "other"))) is None
    assert Rewrites().propose(task(tree, hot("a.py", 5, "join"))) is not None
    assert Rewrites().propose(task(tree, hot("a.py", 7, "join"))) is not None


@pytest.mark.parametrize(
    "source",
    [
        f"import numba\n\n\n@numba.njit\n{DOUBLING}",
        f"@jit(nopython=True)\n{DOUBLING}",
        DOUBLING.replace("return out", "return out, locals()"),
        DOUBLING.replace("return out", "return eval('out')"),
    ],
)
def test_functions_that_are_no_ordinary_code_are_left_alone(tree: Path, source: str) -> None:
    """Compilers read a function's source in their own way, and some functions look at their own variables."""
    put(tree, "a.py", source)
    line = source[: source.index("def double")].count("\n") + 1

    assert Rewrites().propose(task(tree, hot("a.py", line, "double"))) is None


def test_every_rule_says_what_it_does() -> None:
    """Names and titles tell rules apart, and each shows what it does by an example."""
    assert len({rule.name for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.title("f").endswith(" in f")
        assert "Before:" in (rule.__doc__ or "")
        assert "After:" in (rule.__doc__ or "")
