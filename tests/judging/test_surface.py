from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.judging.surface import Surface
from pytest_autoloop.judging.surface import matches
from pytest_autoloop.judging.surface import surface

TRACKED = (
    "conftest.py",
    "pyproject.toml",
    "setup.py",
    "single.py",
    "src/demo/__init__.py",
    "src/demo/core.py",
    "src/demo/sub/__init__.py",
    "src/demo/sub/deep.py",
    "src/demo/conftest.py",
    "src/demo/tests/__init__.py",
    "src/demo/tests/helper.py",
    "src/space/module.py",
    "tests/data[1].json",
    "tests/helper.py",
    "tests/test_core.py",
    "benchmarks/bench_core.py",
    "checks/core_test.py",
)
SOURCES = ("single.py", "src/demo/__init__.py", "src/demo/core.py", "src/space/module.py")
IMPORTED = (*SOURCES, "tests/helper.py", "conftest.py", "tests/test_core.py")


def of(*, asked: tuple[str, ...] = (), imported: tuple[str, ...] = IMPORTED, testpaths: tuple[str, ...] = ()) -> Surface:
    return surface(asked=asked, imported=imported, collected=["tests/test_core.py"], testpaths=testpaths, tracked=TRACKED)


def test_default_is_what_the_tests_import() -> None:
    """Without a setting, whole packages and single modules that the tests import may change, and no test helper or conftest."""
    assert of().editable == ("single.py", "src/demo/*.py", "src/space/module.py")


@pytest.mark.parametrize("path", ["single.py", "src/demo/core.py", "src/demo/sub/deep.py", "src/demo/new.py", "src/space/module.py"])
def test_may_change(path: str) -> None:
    """Modules of the project may change, and a package may get new ones."""
    assert of().refusal(path) is None


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("tests/test_core.py", "tests"),
        ("tests/helper.py", "tests"),
        ("tests/new.py", "tests"),
        ("benchmarks/bench_core.py", "tests"),
        ("checks/core_test.py", "tests"),
        ("src/demo/tests/helper.py", "tests"),
        ("src/demo/conftest.py", "steers"),
        ("src/demo/new/conftest.py", "steers"),
        ("src/demo/Conftest.py", "steers"),
        ("sitecustomize.py", "steers"),
        ("pytest.toml", "steers"),
        ("setup.cfg", "steers"),
        (".gitattributes", "steers"),
        ("src/demo/.gitattributes", "steers"),
        (".github/workflows/ci.yml", "steers"),
        ("Makefile", "steers"),
        ("src/other.py", "not editable"),
        ("src/space/other.py", "not editable"),
        ("json.py", "not editable"),
        ("README.md", "not editable"),
        ("src/demo/data.json", "not editable"),
        ("src/demo/fast.so", "compiled"),
        ("src/demo/core.cpython-311.pyc", "compiled"),
        ("src/demo/hook.pth", "compiled"),
        (unicodedata.normalize("NFD", "src/demo/é.py"), "normal form"),
        ("src/demo/a\u200b.py", "hides"),
        ("src/demo/a\nb.py", "hides"),
        ("src/demo/a\udcff.py", "hides"),
        ("src/demo/__pycache__/core.py", "compiled"),
        ("src/demo/new-1.0.dist-info/x.py", "distribution"),
        ("src/demo.egg-info/x.py", "distribution"),
        ("src/demo/.hidden/x.py", "steers"),
        ("src/demo/test_new.py", "tests"),
        ("src/demo/Test_new.py", "tests"),
    ],
)
def test_may_not_change(path: str, why: str) -> None:
    """Tests, what steers them, and what is no module of an imported package are out of reach, and the reason says which it is."""
    assert why in str(of().refusal(path))


@pytest.mark.parametrize("path", ["tests/test_core.py", "tests/new.py", "src/demo/conftest.py", "src/demo/fast.so", "pyproject.toml"])
def test_asking_does_not_open_the_judge(path: str) -> None:
    """Tests and what steers them stay out of reach even where a person lets a patch change everything."""
    assert of(asked=("*",)).refusal(path) is not None


def test_asked_replaces_what_was_found() -> None:
    """A person's globs count alone: a data file may be opened, and what they leave out is closed."""
    asked = of(asked=("src/demo/*.json", "src/space"))

    assert asked.refusal("src/demo/table.json") is None
    assert asked.refusal("src/space/other.py") is None
    assert asked.refusal("src/demo/core.py") == "it is not editable"


def test_data_has_to_be_named() -> None:
    """A glob that names no kind of file opens Python files only."""
    assert of(asked=("src/*",)).refusal("src/demo/core.py") is None
    assert of(asked=("src/*",)).refusal("src/demo/table.json") == "it is not editable"
    assert of(asked=("src/demo/table.json",)).refusal("src/demo/table.json") is None
    assert of(asked=("src/demo/LICENSE",)).refusal("src/demo/LICENSE") is None


def test_a_package_called_testing() -> None:
    """A folder whose name sounds like tests is closed, but open for whoever names it."""
    tracked = ("testing/__init__.py", "testing/core.py")
    found = {"collected": [], "testpaths": [], "tracked": tracked, "imported": tracked}

    assert surface(asked=(), **found).editable == ()
    assert surface(asked=("*",), **found).refusal("testing/core.py") == "it belongs to the tests"
    assert surface(asked=("testing/*.py",), **found).refusal("testing/core.py") is None


def test_testpaths_are_protected() -> None:
    """All below the project's own test folders is closed, whatever they are called; the top itself is no such folder."""
    assert of(testpaths=("src/space", ".")).refusal("src/space/module.py") == "it belongs to the tests"
    assert of(testpaths=(".",)).refusal("src/demo/core.py") is None


def test_brackets_in_names() -> None:
    """A name with brackets is protected although it reads as a pattern for something else."""
    assert matches("tests/data[1].json", ["tests/data[1].json"])
    assert surface(asked=("*",), imported=(), collected=["odd[1].py"], testpaths=(), tracked=["odd[1].py"]).refusal("odd[1].py") is not None


@given(st.sampled_from(TRACKED))
def test_no_test_is_ever_editable(path: str) -> None:
    """Whatever is imported, no collected file and nothing in a test folder becomes editable."""
    if "test" in path:
        assert of(imported=TRACKED).refusal(path) is not None
