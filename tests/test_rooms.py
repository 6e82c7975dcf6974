from __future__ import annotations

import ast
import re
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

import pytest_autoloop

PACKAGE = Path(pytest_autoloop.__file__).parent
ROOT = PACKAGE.name


@dataclass(frozen=True)
class Import:
    """One import: the module that is named, and whether it happens when the importing module is loaded."""

    module: str
    at_once: bool
    for_types: bool


@dataclass(frozen=True)
class Module:
    """A module of the package, by its path in it."""

    path: Path

    @property
    def name(self) -> str:
        """Its path below the package."""
        return self.path.relative_to(PACKAGE).as_posix()

    @property
    def room(self) -> str:
        """The folder it is in, or itself if it is in none."""
        return self.name.partition("/")[0]

    @cached_property
    def tree(self) -> ast.Module:
        """Its program."""
        return ast.parse(self.path.read_bytes())

    @cached_property
    def imports(self) -> list[Import]:
        """What it imports, names of the package in full."""
        return _imports(self.tree, [ROOT, *self.path.relative_to(PACKAGE).parts[:-1]], at_once=True, for_types=False)

    def ours(self, *, with_types: bool = True) -> set[str]:
        """Return the modules of this package that it imports, by their paths below it without the suffix."""
        names = {found.module for found in self.imports if with_types or not found.for_types}
        return {name.removeprefix(f"{ROOT}.").replace(".", "/") for name in names if name.startswith(f"{ROOT}.")}

    def others(self, *, at_once: bool = False) -> set[str]:
        """Return the top-level packages that it imports, other than the standard library's and for types only."""
        names = {found.module.partition(".")[0] for found in self.imports if not found.for_types and (found.at_once or not at_once)}
        return names - sys.stdlib_module_names - {ROOT}


def _imports(node: ast.AST, package: list[str], *, at_once: bool, for_types: bool) -> list[Import]:
    found = []
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            found += [Import(alias.name, at_once, for_types) for alias in child.names]
        elif isinstance(child, ast.ImportFrom):
            above = package[: len(package) - child.level + 1] if child.level else []
            base = ".".join([*above, *([child.module] if child.module else [])])
            # What is taken from a package may be a module of it.
            names = [f"{base}.{alias.name}" for alias in child.names]
            found += [Import(name if _is_module(name) else base, at_once, for_types) for name in names]
        else:
            inner = isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda))
            types = isinstance(child, ast.If) and "TYPE_CHECKING" in ast.dump(child.test)
            found += _imports(child, package, at_once=at_once and not inner, for_types=for_types or types)
    return found


def _is_module(name: str) -> bool:
    path = PACKAGE.parent.joinpath(*name.split("."))
    return name.startswith(f"{ROOT}.") and (path.with_suffix(".py").exists() or (path / "__init__.py").exists())


MODULES = sorted((Module(path) for path in PACKAGE.rglob("*.py")), key=lambda module: module.name)
MACHINE = {"subprocess", "socket", "os", "shutil", "tempfile", "signal", "threading", "multiprocessing", "time", "pathlib"}


def module(name: str) -> Module:
    return Module(PACKAGE / name)


def attributes(module: Module, of: str) -> set[str]:
    """Return the attributes of a name that a module uses."""
    nodes = (node for node in ast.walk(module.tree) if isinstance(node, ast.Attribute))
    return {node.attr for node in nodes if isinstance(node.value, ast.Name) and node.value.id == of}


def test_the_rules_look_at_something() -> None:
    """Imports are found in every form: relative, of modules, inside functions, for types."""
    assert len(MODULES) > 40
    assert {"experiment", "stopping"} <= module("loop.py").ours()
    assert "experiment" not in module("loop.py").ours(with_types=False)
    assert "worker/channel" in module("workspace/processes.py").ours()
    assert "loop" in module("run.py").ours()
    assert "git" in module("workspace/git.py").others()
    assert "git" not in module("workspace/git.py").others(at_once=True)
    assert "session" in module("plugin.py").ours()
    assert "environ" in attributes(module("workspace/environment.py"), "os")


def test_length() -> None:
    """A module fits into one head: 400 lines at most."""
    lines = {module.name: len(module.path.read_text().splitlines()) for module in MODULES}

    assert {name: count for name, count in lines.items() if count > 400} == {}


def test_purpose() -> None:
    """Every module says in a line what it is for."""
    assert [module.name for module in MODULES if not ast.get_docstring(module.tree)] == []


@pytest.mark.parametrize("room", ["decision", "loop.py", "stopping.py", "experiment.py"])
def test_deciding_is_pure(room: str) -> None:
    """What decides, and the loop, know the standard library and the values that travel; nothing of the machine, no pytest, no git."""
    allowed = {"experiment", *({"stopping", "loop"} if room in ("loop.py", "stopping.py") else {})}
    for module in (module for module in MODULES if module.room == room):
        assert {name for name in module.ours() if not (room == "decision" and name.startswith("decision"))} <= allowed, module.name
        assert module.others() == set(), module.name
        used = {found.module.partition(".")[0] for found in module.imports if not found.for_types}
        assert not used & MACHINE, module.name


def test_alarms_are_pure() -> None:
    """What is told from syntax runs nothing and reads nothing: it knows sources and nothing of the machine."""
    room = [module for module in MODULES if module.name.startswith("judging/alarms/")]
    assert len(room) > 10
    for module in room:
        ours = {name for name in module.ours() if not name.startswith("judging/alarms")}
        assert ours <= {"judging/syntax", "judging/screen", "worker/messages", "text"}, module.name
        assert module.others() == set(), module.name
        # Pure paths are names, and touch nothing.
        machine = MACHINE - {"pathlib"}
        assert not {found.module.partition(".")[0] for found in module.imports if not found.for_types} & machine, module.name
        taken = (node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom) and node.module == "pathlib")
        assert {alias.name for node in taken for alias in node.names} <= {"PurePosixPath"}, module.name


def test_one_door_to_the_session() -> None:
    """Only the plugin loads the session, and only on demand."""
    assert [module.name for module in MODULES if "session" in module.ours()] == ["plugin.py"]
    assert "session" not in {found.module.rpartition(".")[2] for found in module("plugin.py").imports if found.at_once}


def test_worker_is_on_its_own() -> None:
    """What runs inside a child knows nothing of the judge's side."""
    for module in (module for module in MODULES if module.room == "worker"):
        assert {name for name in module.ours() if name.partition("/")[0] != "worker"} == set(), module.name
        assert module.others() <= {"pytest", "pytest_benchmark"}, module.name


@pytest.mark.parametrize("room", ["judging", "workspace"])
def test_the_judge_knows_messages(room: str) -> None:
    """Those who talk to a child know the channel's messages and the forms in them, and nothing else of what runs there."""
    for module in (module for module in MODULES if module.room == room):
        assert {name for name in module.ours() if name.startswith("worker")} <= {"worker/channel", "worker/messages", "worker/forms"}, (
            module.name
        )


def test_one_door_to_git() -> None:
    """Only one module talks to git."""
    assert [module.name for module in MODULES if "git" in module.others()] == ["workspace/git.py"]


_STARTS = re.compile("fork|forkpty|system|popen|startfile|exec[vl]p?e?|spawn[vl]p?e?|posix_spawnp?")


def test_one_door_to_processes() -> None:
    """Only the supervisor and its caller start processes; what runs in a child may do as it likes."""
    found = set()
    for module in (module for module in MODULES if module.room != "worker"):
        modules = {found.module.partition(".")[0] for found in module.imports if not found.for_types}
        if modules & {"subprocess", "multiprocessing", "pty"} or any(_STARTS.fullmatch(name) for name in attributes(module, "os")):
            found.add(module.name)
        assert not [node for node in ast.walk(module.tree) if isinstance(node, ast.ImportFrom) and node.module == "os"], module.name

    assert found == {"workspace/supervisor.py", "workspace/processes.py"}


def test_supervisor_stands_alone() -> None:
    """The supervisor runs by its file name, without site packages: it imports the standard library and nothing of ours."""
    assert module("workspace/supervisor.py").ours() == set()
    assert module("workspace/supervisor.py").others() == set()


def test_heavy_imports_wait() -> None:
    """What takes long to load is loaded where it is first needed; the rewriting rules are made of libcst and are themselves loaded late."""
    heavy = {"git", "rich", "libcst", "matplotlib", "jinja2", "optuna", "distributed", "github"}
    for module in MODULES:
        allowed = {"libcst"} if module.name.startswith("agents/rewrites/") else set()
        assert module.others(at_once=True) & heavy <= allowed, module.name


def test_no_private_names_of_pytest() -> None:
    """Nothing that pytest or pluggy keep to themselves is imported, but for how pytest rewrites tests: there is no public way to that."""
    users = [module.name for module in MODULES if {"_pytest", "pluggy"} & module.others()]

    assert users == ["workspace/recompile.py"]


def test_environment_is_read_in_few_places() -> None:
    """Variables of the environment are read by the room that touches the machine, and in a child."""
    readers = [module for module in MODULES if attributes(module, "os") & {"environ", "getenv", "environb"}]

    assert {module.room for module in readers} <= {"workspace", "worker"}


def loaded_by(statement: str) -> set[str]:
    """Return the modules that a fresh interpreter has loaded after a statement."""
    code = f"import sys\n{statement}\nprint(*sys.modules)"
    return set(subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout.split())


def test_an_inactive_plugin_costs_little() -> None:
    """To load the plugin loads neither git nor rich nor libcst, and none of the loop."""
    found = loaded_by("import pytest_autoloop.plugin")

    assert "pytest_autoloop.plugin" in found
    assert not found & {"git", "rich", "libcst", "pytest_benchmark"}
    assert not found & {f"pytest_autoloop.{name}" for name in ("loop", "session", "workshop", "run")}


def test_a_session_waits_with_the_rest() -> None:
    """To load the session does not yet load git, rich and libcst."""
    found = loaded_by("import pytest_autoloop.session")

    assert "pytest_autoloop.loop" in found
    assert not found & {"git", "rich", "libcst"}


def test_a_child_loads_nothing_of_the_judge() -> None:
    """A child's own code loads nothing of the judge's side."""
    found = {name for name in loaded_by("import pytest_autoloop.worker.bootstrap") if name.startswith("pytest_autoloop.")}

    assert all(name.startswith("pytest_autoloop.worker") for name in found)


def test_nothing_happens_at_import(tmp_path: Path) -> None:
    """To load every module writes nothing, prints nothing and starts nothing."""
    names = [".".join([ROOT, *Path(module.name).with_suffix("").parts]).removesuffix(".__init__") for module in MODULES]
    code = "import importlib, sys, threading\nfor name in sys.argv[1:]: importlib.import_module(name)\nassert threading.active_count() == 1"

    ran = subprocess.run([sys.executable, "-W", "error", "-c", code, *names], cwd=tmp_path, capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout, ran.stderr) == (0, "", "")
    assert not list(tmp_path.iterdir())
