"""Which of the user's variables a child gets to see: an allow-list, and nothing that is named like a secret."""

from __future__ import annotations

import os
import re
import site
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping

# Where programs and libraries are found, how text and time are written, what the terminal is like, and what ordinary suites ask for.
_ALLOWED = frozenset(
    """
    PATH LD_LIBRARY_PATH LD_PRELOAD DYLD_LIBRARY_PATH DYLD_FALLBACK_LIBRARY_PATH DYLD_INSERT_LIBRARIES GLIBC_TUNABLES
    LANG LANGUAGE TZ TZDIR SOURCE_DATE_EPOCH
    TERM COLORTERM COLUMNS LINES NO_COLOR FORCE_COLOR PY_COLORS CLICOLOR CLICOLOR_FORCE
    USER LOGNAME USERNAME SHELL XDG_DATA_DIRS XDG_CONFIG_DIRS
    VIRTUAL_ENV VIRTUAL_ENV_PROMPT PYENV_ROOT PYENV_VERSION TOX_ENV_NAME TOX_ENV_DIR
    CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_EXE CONDA_PYTHON_EXE CONDA_SHLVL
    CI CONTINUOUS_INTEGRATION BUILD_NUMBER GITHUB_ACTIONS GITLAB_CI TRAVIS APPVEYOR CIRCLECI TF_BUILD
    CC CXX AR LD CFLAGS CXXFLAGS CPPFLAGS LDFLAGS ARCHFLAGS PKG_CONFIG_PATH MACOSX_DEPLOYMENT_TARGET SDKROOT DEVELOPER_DIR
    CUDA_HOME CUDA_PATH CUDA_VISIBLE_DEVICES JAVA_HOME
    SSL_CERT_FILE SSL_CERT_DIR REQUESTS_CA_BUNDLE
    DJANGO_SETTINGS_MODULE DJANGO_CONFIGURATION MPLBACKEND QT_QPA_PLATFORM SDL_VIDEODRIVER SDL_AUDIODRIVER NODE_ENV
    """.split()  # noqa: SIM905 - easier to read and to keep in order
)
_LIBRARIES = ("OMP_", "OPENBLAS_", "MKL_", "BLIS_", "NUMEXPR_", "NUMBA_", "JAX_")
_ALLOWED_PREFIXES = ("LC_", "PYTHON", "PYTEST_", "HYPOTHESIS_", "MALLOC_", *_LIBRARIES)
_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|API_?KEY|ACCESS_?KEY|PRIVATE|COOKIE|(^|_)(KEY|AUTH|PAT|DSN)(_|$)", re.IGNORECASE)
# Variables that would lead a child to another tool's session, away from its caches, or to other byte code than a Python without them has.
_DROPPED_PREFIXES = ("PYTEST_XDIST_", "PYTEST_AUTOLOOP_")
_DROPPED = frozenset(
    {
        "PYTEST_CURRENT_TEST",
        "PYTEST_DEBUG_TEMPROOT",
        "PYTHONDONTWRITEBYTECODE",
        "PYTHONHASHSEED",
        "PYTHONNODEBUGRANGES",
        "PYTHONOPTIMIZE",
        "PYTHONPATH",
        "PYTHONPROFILEIMPORTTIME",
        "PYTHONPYCACHEPREFIX",
        "PYTHONSTARTUP",
        "PYTHONTRACEMALLOC",
    }
)
# What everybody has and no test misses: not worth a line when tests fail.
_UNINTERESTING = re.compile(
    r"_|PWD|OLDPWD|SHLVL|TMPDIR|TEMP|TMP|HOSTNAME|DEBIAN_FRONTEND|LS_COLORS|LESS\w*|PS\d|EDITOR|VISUAL|PAGER|MAIL|HIST\w+|XDG_\w+|SSH_\w+"
)
# One thread each: two sides of a duel share a processor, and a pool of threads would measure its scheduler.
_SINGLE_THREADED = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)


def child_environment(environ: Mapping[str, str], through: Iterable[str] = ()) -> dict[str, str]:
    """Return the variables a child's interpreter starts with: the harmless ones of the user's pytest, and those let ``through`` by name.

    What depends on the child (its home and temporary folder) or on the tree (import roots) is not in it, so that both sides of a duel
    start with the same block of memory.
    """
    named = frozenset(through)
    kept = {name: value for name, value in environ.items() if name in named or _harmless(name)}
    kept.update(dict.fromkeys(_SINGLE_THREADED, "1"))
    if site.ENABLE_USER_SITE and "HOME" not in named:
        # Packages may be installed below the user's home, which a child does not see as its own.
        kept.setdefault("PYTHONUSERBASE", site.getuserbase())
    return kept


def _harmless(name: str) -> bool:
    if name in _DROPPED or name.startswith(_DROPPED_PREFIXES) or _SECRET.search(name):
        return False
    return name in _ALLOWED or name.startswith(_ALLOWED_PREFIXES)


def withheld(environ: Mapping[str, str], through: Iterable[str] = ()) -> tuple[str, ...]:
    """Return the names of the user's variables that a child does not see, but for those that nobody misses."""
    seen = child_environment(environ, through)
    names = (name for name in environ if name not in seen and name not in _DROPPED and not name.startswith((*_DROPPED_PREFIXES, "GIT_")))
    return tuple(sorted(name for name in names if not _UNINTERESTING.fullmatch(name) and name != "HOME"))


def private_environment(folder: str, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that give a child a home and a place for temporary files of its own below ``folder``.

    A home that the user has let through stays. The folders of the XDG standard lie in the home as long as nothing says otherwise.
    """
    home = {} if "HOME" in environ else {"HOME": os.path.join(folder, HOME)}  # noqa: PTH118 - both sides must come out equally long
    return {**home, "TMPDIR": folder, "PYTEST_DEBUG_TEMPROOT": folder}


HOME = "home"


def without_leads(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the user's own environment as an agent gets it: its keys stay, but nothing leads to the user's repository or session."""
    prefixes = ("GIT_", "COV_CORE_", "CODSPEED_", *_DROPPED_PREFIXES)
    others = ("COVERAGE_PROCESS_START", "COVERAGE_PROCESS_CONFIG", "PYTEST_CURRENT_TEST", "PYTEST_ADDOPTS", "PWD", "OLDPWD")
    return {name: value for name, value in environ.items() if name not in others and not name.startswith(prefixes)}
