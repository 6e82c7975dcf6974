"""What is imported ahead of an order: looked at one by one, and only what does nothing but define things."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING
from typing import Any

import pytest

from pytest_autoloop.worker.ahead import do_not_rewrite

if TYPE_CHECKING:
    from pathlib import Path

EFFECTS = {
    "threads": "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()",
    "open files": "import os\nos.open(os.devnull, os.O_RDONLY)",
    "environment": "import os\nos.environ['SOME_SETTING'] = '1'",
    "working directory": "import os\nos.chdir('/usr')",
    "import system": "import sys\nsys.meta_path.append(type('Finder', (), {'find_spec': lambda *_: None})())",
    "tracing": "import sys\nsys.setprofile(lambda *_: None)",
    "hooks": "import sys\nsys.excepthook = lambda *_: None",
    "builtins": "import builtins\nbuiltins.ic = print",
    "signals": "import signal\nsignal.signal(signal.SIGUSR1, signal.SIG_IGN)",
    "interpreter": "import gc\ngc.set_threshold(5000)",
    "logging": "import logging\nlogging.basicConfig()",
    "raises ValueError": "raise ValueError",
    "raises SystemExit": "import sys\nsys.exit()",
}

SCRIPT = """\
import json
import sys
from pathlib import Path

from pytest_autoloop.worker.ahead import Survey, import_ahead
from pytest_autoloop.worker.messages import Order, Prepare

asked = json.load(sys.stdin)
sys.path[:0] = asked["path"]
looked = import_ahead(Prepare(ahead=asked["ahead"], rewritten=asked["rewritten"], look=True))
order = Order(key="00", mode="duel", tree=asked["tree"], original="/nowhere", cwd="/", args=[], roots=[], environ={"TMPDIR": "/my/own"})
survey = Survey(order, looked, asked["installed"])
sys.meta_path.insert(0, survey)
exec(asked["then"])
result = survey.result()
docs = {name: sys.modules[name].__doc__ for name in asked["ahead"] if name in sys.modules}
print(json.dumps([result.ahead, result.installed, result.changed, result.brought, docs]))
"""


def survey(folder: Path, modules: dict[str, str], *, ahead: tuple[str, ...] = (), then: str = "") -> Any:
    """Import modules ahead in a process of its own, run a program there, and return what the survey says."""
    site = folder / "site"
    site.mkdir()
    for name, text in modules.items():
        (site / f"{name}.py").write_text(text)
    asked = {
        "path": [str(site)],
        "ahead": ahead,
        "rewritten": ahead[:1],
        "tree": "/some/tree",
        "installed": [f"{site}/"],
        "then": then,
    }
    done = subprocess.run([sys.executable, "-c", SCRIPT], input=json.dumps(asked), capture_output=True, text=True, check=False, cwd="/")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


def test_effects_of_an_import_are_seen(tmp_path: Path) -> None:
    """Whatever an import changes in the process is told of that module, and of no other."""
    modules = {f"effect_{number}": f"import argparse\n{text}\n" for number, text in enumerate(EFFECTS.values())}
    modules["harmless"] = "import colorsys\nclass A: pass\n"

    changed = survey(tmp_path, modules, ahead=(*modules, "wave"))[2]

    assert {name: [what] for name, what in zip(modules, EFFECTS, strict=False)}.items() <= changed.items()
    assert len(changed) == len(EFFECTS)


def test_only_the_marked_are_kept_from_being_rewritten(tmp_path: Path) -> None:
    """A module that pytest would rewrite says that it need not be; others keep their docstring."""
    docs = survey(tmp_path, {"first": '"""Do."""', "second": '"""Do."""'}, ahead=("first", "second"))[4]

    assert docs == {"first": "Do. PYTEST_DONT_REWRITE", "second": "Do."}


def test_what_comes_along_is_told(tmp_path: Path) -> None:
    """For each module it is known which others its import brought."""
    brought = survey(tmp_path, {"outer": "import inner", "inner": ""}, ahead=("outer", "inner"))[3]

    assert brought == {"outer": ["inner", "outer"], "inner": []}


def test_only_installed_modules_are_candidates(tmp_path: Path) -> None:
    """What was imported before the order, lies elsewhere, has no plain loader or knows where its child lives is left alone."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "own.py").write_text("")
    odd = "import types, sys\nsys.modules['odd'] = types.ModuleType('odd')"
    modules = {"early": "", "plain": "", "shaped": "PLACE = '/my/own/cache'", "maker": odd}
    then = f"import sys; sys.path.append({str(elsewhere)!r}); import early, plain, shaped, maker, own"

    ahead, installed, *_ = survey(tmp_path, modules, ahead=("early",), then=then)

    assert ahead == ["plain", "maker"]
    assert {"early", "plain", "shaped", "maker", "odd"} <= set(installed)
    assert "own" not in installed


def test_what_is_imported_under_another_environment_is_no_candidate(tmp_path: Path) -> None:
    """A project may set a variable before an import, so that and all that follows stays in its place."""
    modules = {"before": "", "after": "", "still_later": ""}
    then = "import os, before; os.environ['PYTEST_X'] = '1'; os.environ['THREADS'] = '1'; import after, still_later"

    ahead, *_ = survey(tmp_path, modules, then=then)

    assert ahead == ["before"]


@pytest.mark.parametrize("doc", [None, "Words."])
def test_a_module_without_docstring_can_be_marked(doc: str | None) -> None:
    """The mark pytest looks for stands in the docstring, whatever was there."""
    module = type(sys)("some", doc)
    do_not_rewrite(module)

    assert module.__doc__ is not None
    assert module.__doc__.split() == [*(doc or "").split(), "PYTEST_DONT_REWRITE"]
