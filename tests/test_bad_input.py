"""What a person can get wrong: each is told in one line that names the remedy, and nothing of theirs changes."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from dataclasses import field
from typing import TYPE_CHECKING

import pytest
from sample import IDLE
from sample import PLUGINS

if TYPE_CHECKING:
    from sample import Project


def prepared(project: Project, do: str) -> None:
    """Bring a project into the state that a case is about."""
    if do == "changed":
        project.write({"src/demo/__init__.py": "total = sum\n", "tests/test_demo.py": ""})
    elif do == "staged":
        project.write({"src/demo/more.py": ""})
        project.git("add", "--all")
    elif do == "untracked":
        project.write({"src/demo/more.py": "", "pytest.ini": "[pytest]\n", "notes.txt": ""})
    elif do == "anonymous":
        project.git("config", "user.useConfigOnly", "true")
    elif do == "branch":
        project.git("branch", "taken")
    elif do == "ini":
        project.commit({"pyproject.toml": '[tool.pytest.ini_options]\nautoloop_budget = "soon"\n'})
    elif do:
        raise ValueError(do)


@dataclass(frozen=True)
class Case:
    """What is wrong, and what is said of it; nothing is collected before it is said."""

    says: str
    args: tuple[str, ...] = ()
    do: str = ""
    env: dict[str, str] = field(default_factory=dict)


NOBODY = dict.fromkeys(("GIT_AUTHOR_NAME", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_NAME", "GIT_COMMITTER_EMAIL", "EMAIL"), "")

EARLY = {
    "changed": Case(
        "uncommitted changes would not be in the trees (src/demo/__init__.py, tests/test_demo.py): commit or stash them", do="changed"
    ),
    "staged": Case("uncommitted changes would not be in the trees (src/demo/more.py): commit or stash them", do="staged"),
    "untracked": Case(
        "files that git does not know would not be in the trees (pytest.ini, src/demo/more.py): commit, ignore or remove them",
        do="untracked",
    ),
    "anonymous": Case(
        "git does not know who you are: run `git config user.name NAME` and `git config user.email ADDRESS`", do="anonymous", env=NOBODY
    ),
    "branch": Case("there is a branch 'taken' already: choose another with --autoloop-branch", ("--autoloop-branch=taken",), do="branch"),
    "no branch": Case("'a..b' is no valid branch name: choose another with --autoloop-branch", ("--autoloop-branch=a..b",)),
    "budget": Case("--autoloop-budget: 'soon' is no time such as 90s, 20m or 8h", ("--autoloop-budget=soon",)),
    "budget in ini": Case("the ini setting autoloop_budget: 'soon' is no time such as 90s, 20m or 8h", do="ini"),
    "patience": Case("--autoloop-patience: '-1' is no whole number", ("--autoloop-patience=-1",)),
    "risk": Case("--autoloop-risk: '2' is no share between 0 and 1, such as 0.05 or 5%", ("--autoloop-risk=2",)),
    "control": Case("--autoloop-control: 'none' is no choice: fdr or family", ("--autoloop-control=none",)),
    "program": Case("--autoloop-program: there is no file plan.md", ("--autoloop-program=plan.md",)),
    "no benchmarks": Case("pytest-benchmark is not active: install it, and do not block it with -p no:benchmark", ("-p", "no:benchmark")),
    "pdb": Case("--pdb stops for a person, and the loop runs without one: leave it out", ("--pdb",)),
    "trace": Case("--trace stops for a person, and the loop runs without one: leave it out", ("--trace",)),
    "basetemp": Case("--basetemp deletes its folder, and every child would: leave it out", ("--basetemp=kept",)),
    "lf": Case("--lf selects by the last run, which a fresh tree does not know: leave it out", ("--lf",)),
    "ff": Case("--ff orders by the last run, which a fresh tree does not know: leave it out", ("--ff",)),
    "nf": Case("--nf orders by file times, which a fresh tree does not keep: leave it out", ("--nf",)),
    "sw": Case("--sw selects by the last run, which a fresh tree does not know: leave it out", ("--sw",)),
    "two aims": Case(
        "--autoloop-judge and --autoloop-calibrate are two aims, and a run has one: leave one of them out",
        ("--autoloop-judge=HEAD", "--autoloop-calibrate"),
    ),
    "a path": Case("pytest takes .. for a path of tests: write --autoloop-report=..", ("--autoloop-report", "..")),
}


def refused(result: pytest.RunResult, says: str) -> None:
    """Check that a run was refused in one line, on standard error, as a usage error."""
    errors = [line for line in result.errlines if line.strip()]

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert len(errors) == 1
    assert errors[0].startswith("ERROR: autoloop: ")
    assert says in errors[0]
    assert "Traceback" not in result.stdout.str()


@pytest.mark.parametrize("name", EARLY)
def test_refused_before_anything_is_collected(
    project: Project, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], name: str
) -> None:
    """What can be seen from the command line and the repository is refused at once, and not a file is touched."""
    case = EARLY[name]
    prepared(project, case.do)
    before = project.state()
    for variable, value in {**project.environ, "PYTEST_ADDOPTS": "", **case.env}.items():
        monkeypatch.setenv(variable, value)
    monkeypatch.chdir(project.path)
    # Nothing of the project is imported before these refusals, so this very process can take them.
    status = pytest.main([*PLUGINS, "-p", "no:faulthandler", "--autoloop", *case.args])
    said = capfd.readouterr()

    assert status == pytest.ExitCode.USAGE_ERROR
    assert [line for line in said.err.splitlines() if line] == [f"ERROR: autoloop: {case.says}"]
    assert said.out == ""
    assert project.state() == before
    assert not (project.path / ".autoloop").exists()


def test_no_git(project: Project) -> None:
    """Without git on the path, that is what is said."""
    refused(project.run("--autoloop", env={"PATH": "/nowhere"}), "git is needed and was not found")


def test_not_a_repository(project: Project) -> None:
    """Outside of git the remedy is git, also where git's own variables point to a repository."""
    project.write({"tests/test_loose.py": ""})
    (project.path / ".git").rename(project.path.parent / "elsewhere")
    result = project.run("--autoloop", env={"GIT_DIR": str(project.path.parent / "elsewhere")})

    refused(result, "is not in a git repository: run `git init`, add the project and commit it")


def test_no_commit(project: Project) -> None:
    """A repository without a commit has nothing to start from."""
    project.git("update-ref", "-d", "HEAD")

    refused(project.run("--autoloop"), "the repository has no commit yet: commit the project first")


def test_plugins_given_as_objects(project: Project) -> None:
    """Plugins that only this process knows cannot run in a child."""
    code = "import pytest, sys; sys.exit(pytest.main(['-p', 'autoloop', '-p', 'benchmark', '--autoloop'], plugins=[object()]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=project.path, env=project.environ, capture_output=True, text=True)

    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "plugins given to pytest.main() cannot reach a child: name them with -p" in done.stderr


def test_looking_on_is_refused(project: Project) -> None:
    """The loop of xdist on failing tests is another loop."""
    pytest.importorskip("xdist")
    result = project.run("--autoloop", "-f", plugins=["-p", "autoloop", "-p", "benchmark", "-p", "xdist", "-p", "xdist.looponfail"])

    refused(result, "-f watches files, and the loop runs in trees of its own: leave it out")


LATE = {
    "unknown agent": ("'nobody' is no agent: choose rewrites, replay:DIR, cmd:COMMAND or module:function", "--autoloop-agent=nobody"),
    "no such module": ("the agent 'no.module:run' cannot be imported: No module named 'no'", "--autoloop-agent=no.module:run"),
    "no such folder": ("nothing is no folder of patches", "--autoloop-agent=replay:nothing"),
    "empty folder": ("src holds no .patch or .diff file", "--autoloop-agent=replay:src"),
    "no such patch": ("'nothing' is neither a patch file nor a commit that shares history with HEAD", "--autoloop-judge=nothing"),
    "option for a revision": ("'--all' is neither a patch file nor a commit", "--autoloop-judge=--all"),
}


@pytest.mark.parametrize("name", LATE)
def test_refused_before_anything_is_run(project: Project, name: str) -> None:
    """What only shows when agents and patches are looked up is refused before any test has run, with nothing else said."""
    says, arg = LATE[name]
    before = project.state()
    result = project.run("--autoloop", arg)

    refused(result, says)
    assert "experiment" not in result.stdout.str()
    assert project.state() == before


def test_temporary_files_inside_the_repository(project: Project) -> None:
    """Trees must not lie in the repository, where pytest would find the user's configuration around them."""
    (project.path / "build").mkdir()
    result = project.run("--autoloop", env={"TMPDIR": str(project.path / "build")})

    refused(result, "temporary files lie inside the repository")
    assert list((project.path / "build").iterdir()) == []


def ended(result: pytest.RunResult, status: int, says: str) -> None:
    """Check that a run ended for want of something, and said so in its closing section alone."""
    lines = result.outlines[next(n for n, line in enumerate(result.outlines) if line.strip("=") == " autoloop ") :]

    assert result.ret == status
    assert says in lines[1]
    assert len(lines) == 3
    assert result.errlines == []


def test_nothing_selected(project: Project) -> None:
    """A selection of no test ends as pytest ends it."""
    result = project.run("--autoloop", "-k", "nothing_of_that_name")

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert not (project.path / ".autoloop").exists()


def test_no_benchmark_selected(project: Project) -> None:
    """A selection without a benchmark is not even run."""
    result = project.run("--autoloop", "tests/test_demo.py")

    result.assert_outcomes()
    ended(result, pytest.ExitCode.NO_TESTS_COLLECTED, "nothing to optimise: no selected test uses the benchmark fixture")
    assert not (project.path / ".autoloop").exists()


def test_no_benchmark_run(project: Project) -> None:
    """Where benchmarks are selected and skipped there is nothing to optimise; nothing is left behind, in git or on the machine."""
    project.commit(IDLE)
    before = project.state()
    result = project.run("--autoloop", "-k", "idle or join")

    result.assert_outcomes(passed=1, skipped=1, deselected=2)
    ended(result, pytest.ExitCode.NO_TESTS_COLLECTED, "nothing to optimise: no benchmark was run (tests/test_idle.py::test_idle)")
    assert project.state() == before
    assert project.git("status", "--porcelain") == ""
    assert project.quiet()
    assert list(project.temporary.iterdir()) == []


def test_all_tests_fail(project: Project) -> None:
    """When even the benchmarks fail, their failures are shown as pytest shows them, and the loop does not start."""
    project.commit({"src/demo/__init__.py": "def total(n):\n    return 0\n", "src/demo/text.py": "def join(words):\n    return ''\n"})
    result = project.run("--autoloop")

    result.assert_outcomes(failed=3)
    result.stdout.fnmatch_lines(["*assert 0 == 14", "*FAILED tests/test_bench.py::test_bench_total*"])
    assert "the baseline fails: no benchmark passes (tests/test_bench.py::test_bench_total): fix the benchmarks first" in result.outlines
    assert result.ret == pytest.ExitCode.TESTS_FAILED


def test_a_test_that_leaves(project: Project) -> None:
    """A test that ends its process ends a run before it has begun, and not the user's pytest."""
    project.commit({"tests/test_leaves.py": "import os\n\ndef test_leaves():\n    os._exit(0)\n"})
    result = project.run("--autoloop")

    ended(result, pytest.ExitCode.TESTS_FAILED, "the baseline fails: its process ended with status 0 before the session came to its end")


def test_collection_errors(project: Project) -> None:
    """A module that cannot be collected is shown as pytest shows it, and no loop starts."""
    project.commit({"tests/test_broken.py": "import nothing_of_that_name\n"})
    result = project.run("--autoloop")

    assert result.ret == pytest.ExitCode.INTERRUPTED
    result.stdout.fnmatch_lines(["*No module named 'nothing_of_that_name'", "*1 error during collection*"])
    assert not (project.path / ".autoloop").exists()


GENERATED = {
    ".gitignore": "__pycache__/\n.pytest_cache/\n_*.py\n!__init__.py\n",
    "tests/test_demo.py": "import demo._version\nimport demo._built\n\ndef test_it():\n    assert demo._version and demo._built\n",
}


def test_generated_files(project: Project) -> None:
    """Files that git ignores are missing in a fresh tree, which is said with their names; copying or making them there is the cure."""
    project.commit({**GENERATED, **IDLE})
    project.write({"src/demo/_version.py": "", "src/demo/_built.py": ""})
    without = project.run("--autoloop")
    cured = project.run("--autoloop", "-k", "it or idle", "--autoloop-copy=src/*/_v*.py", "--autoloop-setup=touch src/demo/_built.py")

    refused(without, "No module named 'demo._version'")
    refused(
        without, "a fresh tree lacks what git ignores (src/demo/_built.py, src/demo/_version.py): see --autoloop-copy and --autoloop-setup"
    )
    cured.assert_outcomes(passed=1, skipped=1, deselected=1)
    ended(cured, pytest.ExitCode.NO_TESTS_COLLECTED, "nothing to optimise")


def test_setup_that_fails(project: Project) -> None:
    """A set-up command that fails is named with its status and the last it said."""
    result = project.run("--autoloop", "--autoloop-setup=echo no compiler here; exit 3")

    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "ERROR: autoloop: --autoloop-setup: the set-up command ended with status 3" in result.stderr.str()
    assert "no compiler here" in result.stderr.str()


def test_said_without_a_summary(project: Project) -> None:
    """Why a run did not start is said even where no summary is wanted."""
    project.commit({"tests/test_bench.py": "def test_bench_total(benchmark):\n    assert benchmark(int) == 1\n"})
    result = project.run("--autoloop", "--no-summary")

    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert "autoloop: the baseline fails: no benchmark passes" in result.stdout.str()


def test_without_a_terminal_reporter_inside_a_git_hook(project: Project) -> None:
    """Without pytest's own reporter a run is silent. Variables that git sets for its hooks lead nowhere else."""
    other = project.path.parent / "other"
    other.mkdir()
    subprocess.run(["git", "init", "--quiet", str(other)], check=True, env=project.environ)
    env = {"GIT_DIR": str(other / ".git"), "GIT_WORK_TREE": str(other), "GIT_INDEX_FILE": str(other / ".git" / "index")}
    project.commit(IDLE)
    result = project.run("--autoloop", "tests/test_demo.py", "tests/test_idle.py", "-p", "no:terminal", env=env)

    assert result.ret == pytest.ExitCode.NO_TESTS_COLLECTED
    assert result.outlines == result.errlines == []
    assert [path.name for path in other.iterdir()] == [".git"]
    assert (project.path / ".autoloop").exists()
