from __future__ import annotations

import site
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from pytest_autoloop.workspace.variables import child_environment
from pytest_autoloop.workspace.variables import private_environment
from pytest_autoloop.workspace.variables import withheld
from pytest_autoloop.workspace.variables import without_leads

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

KEPT = """
    PATH LD_LIBRARY_PATH LANG LC_ALL TZ TERM COLUMNS NO_COLOR USER VIRTUAL_ENV CONDA_PREFIX CI GITHUB_ACTIONS CC CFLAGS SSL_CERT_FILE
    PYTEST_ADDOPTS PYTEST_PLUGINS PYTEST_DISABLE_PLUGIN_AUTOLOAD PYTHONNOUSERSITE PYTHONWARNINGS HYPOTHESIS_PROFILE DJANGO_SETTINGS_MODULE
""".split()  # noqa: SIM905
DROPPED = """
    GIT_DIR GIT_INDEX_FILE PYTEST_XDIST_WORKER PYTEST_CURRENT_TEST COV_CORE_SOURCE COVERAGE_PROCESS_START CODSPEED_ENV TEST_RUN_PIPE
    PYTHONDONTWRITEBYTECODE PYTHONPYCACHEPREFIX PYTHONSTARTUP PYTHONHASHSEED PYTHONPATH PYTHONTRACEMALLOC PYTEST_DEBUG_TEMPROOT
    PYTHONNODEBUGRANGES PYTHONOPTIMIZE
    TMPDIR OLDPWD PWD PYTEST_AUTOLOOP_X HOME XDG_RUNTIME_DIR XDG_CONFIG_HOME SSH_AUTH_SOCK DBUS_SESSION_BUS_ADDRESS DISPLAY
    AWS_SECRET_ACCESS_KEY AWS_PROFILE GITHUB_TOKEN OPENAI_API_KEY ANTHROPIC_API_KEY DATABASE_URL PGPASSWORD HTTPS_PROXY PIP_INDEX_URL
    PYTEST_TOKEN PYTHON_KEYRING_PASSWORD HYPOTHESIS_API_KEY LC_SECRET MY_OWN
""".split()  # noqa: SIM905


def test_what_a_child_sees() -> None:
    """What ordinary suites need is kept; another tool's session, ways to the user's own programs, and whatever may be a secret are not."""
    found = child_environment(dict.fromkeys([*KEPT, *DROPPED], "x"))

    assert {name for name in KEPT if name not in found} == set()
    assert {name for name in DROPPED if name in found} == set()


def test_one_thread_each() -> None:
    """The thread pools of numeric libraries are of one thread, whatever the user has."""
    found = child_environment({"OMP_NUM_THREADS": "8"})

    assert {name: found[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS")} == {
        "OMP_NUM_THREADS": "1",
        "OPENBLAS_NUM_THREADS": "1",
        "MKL_NUM_THREADS": "1",
        "NUMEXPR_NUM_THREADS": "1",
    }


def test_letting_through() -> None:
    """What is named is let through, if it is there, and is then not named as withheld; nobody is bothered with what nobody misses."""
    environ = {
        "DATABASE_URL": "db",
        "MY_TOKEN": "t",
        "HOME": "/h",
        "SHLVL": "1",
        "LS_COLORS": "x",
        "GIT_DIR": "g",
        "PATH": "/bin",
        "TMPDIR": "/t",
    }

    found = child_environment(environ, ["MY_TOKEN", "NOT_THERE"])

    assert found["MY_TOKEN"] == "t"
    assert "NOT_THERE" not in found
    assert withheld(environ, ["MY_TOKEN"]) == ("DATABASE_URL",)
    assert withheld(environ) == ("DATABASE_URL", "MY_TOKEN")


@given(st.dictionaries(st.sampled_from([*KEPT, *DROPPED, "OMP_NUM_THREADS"]), st.text(max_size=3)))
def test_child_environment_is_the_same_for_all(environ: dict[str, str]) -> None:
    """Made of the same variables it is the same, and made of itself it does not change."""
    before = dict(environ)
    once = child_environment(environ)

    assert environ == before
    assert child_environment(once) == once


def test_packages_of_the_user(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where Python looks for packages below the user's home, a child with another home finds them too."""
    monkeypatch.setattr(site, "ENABLE_USER_SITE", True)
    assert child_environment({"HOME": "/h"})["PYTHONUSERBASE"] == site.getuserbase()
    assert "PYTHONUSERBASE" not in child_environment({"HOME": "/h"}, ["HOME"])

    monkeypatch.setattr(site, "ENABLE_USER_SITE", False)
    assert "PYTHONUSERBASE" not in child_environment({"HOME": "/h"})


def test_private_environment(tmp_path: Path) -> None:
    """Home and temporary files are the child's own, but a home that the user lets through stays theirs."""
    found = private_environment(str(tmp_path), child_environment({"HOME": "/h"}))
    assert found == {"HOME": str(tmp_path / "home"), "TMPDIR": str(tmp_path), "PYTEST_DEBUG_TEMPROOT": str(tmp_path)}

    through = child_environment({"HOME": "/h"}, ["HOME"])
    assert {**through, **private_environment(str(tmp_path), through)}["HOME"] == "/h"


def test_what_an_agent_sees() -> None:
    """An agent keeps the user's home and keys, but no way into the user's repository and no options for the user's own pytest."""
    environ = dict.fromkeys(
        ["HOME", "ANTHROPIC_API_KEY", "PATH", "XDG_CONFIG_HOME", "GIT_DIR", "PYTEST_ADDOPTS", "COV_CORE_SOURCE", "PWD"], "x"
    )

    assert without_leads(environ).keys() == {"HOME", "ANTHROPIC_API_KEY", "PATH", "XDG_CONFIG_HOME"}
