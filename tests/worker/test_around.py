"""What calls work on without its being an argument, whatever way the code of a test comes by it."""

from __future__ import annotations

import functools
import statistics
import sys
import types
from pathlib import Path
from typing import Any

import pytest

from pytest_autoloop.worker.around import around
from pytest_autoloop.worker.around import path_of
from pytest_autoloop.worker.testcode import TestCode

CODE = TestCode({"worker/test_around.py", "worker/helpers.py"}, str(Path(__file__).parents[1]))
DATA = [3, 1, 2]
HERE = Path(__file__).parent
HELPERS = str(HERE / "helpers.py")
FILE = HERE / "log"
MODULE = types.ModuleType("data")
MODULE.ROWS = DATA  # type: ignore[attr-defined]
PACKAGE = types.ModuleType("package")
PACKAGE.data = MODULE  # type: ignore[attr-defined]


def foreign(source: str, path: str = "/project/module.py") -> Any:
    """A function from another file: the project's, unless another path is given."""
    names = {"DATA": DATA, "work": None}
    exec(compile(source, path, "exec"), names)
    return names["made"]


work = foreign("def made(values=None, *args, **kwargs): return values, DATA")
decorated = foreign("""
def made(function):
    def wrapper(*args, **kwargs):
        return function(*args, **kwargs)
    return wrapper
""")


def helper() -> Any:
    return work(DATA)


def default(values: Any = DATA) -> Any:
    return work(values)


def by_name(*, values: Any = DATA) -> Any:
    return work(values)


def inner() -> Any:
    def once() -> Any:
        return work(DATA)

    return [once() for _ in range(2)]


def comprehension() -> Any:
    return [work(DATA) for _ in range(2)]


@functools.cache
def cached() -> Any:
    return work(DATA)


@functools.cache
def loaded(count: int) -> Any:
    return [3] * count


@functools.lru_cache(maxsize=2)
def kept(count: int) -> Any:
    return [3] * count


RESULTS = [loaded(2), kept(2)]


@decorated  # type: ignore[untyped-decorator]
def wrapped() -> Any:
    return work(DATA)


class Run:
    """Code of the test in a class."""

    def go(self) -> Any:
        """Read the module's data."""
        return work(DATA)

    def indirectly(self) -> Any:
        """Read them by way of another method."""
        return self.go()

    def __call__(self) -> Any:
        """Read them."""
        return self.go()


class Static:
    """Functions that are no methods, and a property."""

    @staticmethod
    def static() -> Any:
        """Read the module's data."""
        return work(DATA)

    @classmethod
    def of_class(cls) -> Any:
        """Read them."""
        return cls.static()

    @property
    def asked(self) -> Any:
        """Read them."""
        return work(DATA)


class Asked:
    """A property alone."""

    @functools.cached_property
    def asked(self) -> Any:
        """Read the module's data."""
        return work(DATA)


class Config:
    """No code, only data."""

    ROWS = DATA


class Engine:
    """An object of the project's, as far as it can be seen from here."""

    def __init__(self, rows: Any) -> None:
        self.rows = rows


Engine.go = foreign("def made(self): return self.rows")  # type: ignore[attr-defined]
Engine.__module__ = "project"
Engine.__init__.__code__ = Engine.__init__.__code__.replace(co_filename="/project/module.py")


def closure() -> Any:
    data = DATA
    return lambda: work(data)


def module_inside() -> Any:
    here = MODULE
    return lambda: here.ROWS


def imports_name() -> Any:
    from data_of_the_test import ROWS  # type: ignore[import-not-found]

    return work(ROWS)


def imports_module() -> Any:
    import data_of_the_test

    return [work(data_of_the_test.ROWS) for _ in range(2)]


def imports_below() -> Any:
    import package_of_the_test.data as rows  # type: ignore[import-not-found]

    return (lambda: rows.ROWS)()


def imports_from_package() -> Any:
    from package_of_the_test import data

    return data.ROWS


def imports_relatively() -> Any:
    from . import data_beside  # type: ignore[attr-defined]

    return data_beside.ROWS


@pytest.fixture(autouse=True)
def modules(monkeypatch: pytest.MonkeyPatch) -> None:
    """Modules that functions import themselves."""
    package = __name__.rpartition(".")[0]
    for name in ("data_of_the_test", "package_of_the_test.data", f"{package}.data_beside"):
        monkeypatch.setitem(sys.modules, name, MODULE)
    monkeypatch.setitem(sys.modules, "package_of_the_test", PACKAGE)
    monkeypatch.setattr(sys.modules[package], "data_beside", MODULE, raising=False)


FUNCTIONS: dict[str, Any] = {"one": helper, "two": [helper]}
CASES = [lambda: work(DATA)]
HOLDER = types.SimpleNamespace(run=helper)


ROWS = [1]


class Holding:
    """An object of the test's that holds one of its functions."""

    def __init__(self, run: Any) -> None:
        self.run = run


def found(call: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
    return dict(around(CODE, call, args, kwargs))


@pytest.mark.parametrize(
    "call",
    [
        lambda: work(DATA),
        lambda: helper(),
        lambda: default(),
        lambda values=DATA: work(values),
        lambda: by_name(),
        lambda: inner(),
        lambda: comprehension(),
        lambda: cached(),
        lambda: wrapped(),
        cached,
        wrapped,
        closure(),
        Run(),
        Run().go,
        Run().indirectly,
        lambda: Run().indirectly(),
        lambda: PACKAGE.data.ROWS,
        module_inside(),
        lambda: FUNCTIONS["one"](),
        lambda: CASES[0](),
        lambda: HOLDER.run(),
        Holding(helper),
        foreign("def made(): return DATA", HELPERS),
        foreign("def outer(rows): return lambda: work(rows)\nmade = outer(DATA)", HELPERS),
        Run,
        Static.static,
        Static.of_class,
        lambda: Static().asked,
        lambda: Asked().asked,
        lambda: Config.ROWS,
        lambda: MODULE.ROWS,
        lambda: imports_name(),
        imports_module,
        imports_below,
        imports_from_package,
        imports_relatively,
        functools.partial(work, DATA),
        functools.partial(work, values=DATA),
        functools.partial(helper),
        functools.partial(functools.partial(Run().go)),
    ],
)
def test_data_that_the_code_of_a_test_reads(call: Any) -> None:
    """Through functions, methods, classes, defaults, inner code, partials and modules."""
    assert any(value is DATA for value in found(call).values())


@pytest.mark.parametrize(
    "args", [(helper,), (Run().go,), (Run(),), (Run,), (closure(),), (lambda: helper(),), ([helper],), (Config,), (Config(),)]
)
def test_code_of_a_test_among_the_arguments(args: tuple[Any, ...]) -> None:
    """It is followed likewise, be it given by place or by name."""
    assert any(value is DATA for value in found(work, *args).values())
    assert any(value is DATA for value in found(work, values=args[0]).values())


@pytest.mark.parametrize("call", [work, functools.partial(work), len, DATA.append, print, Path, statistics.median])
def test_what_the_projects_own_functions_read(call: Any) -> None:
    """Is theirs: it may be what they remember."""
    assert not any(value is DATA for value in found(call).values())


def test_names_that_modules_happen_to_have() -> None:
    """Of a module only those count that are read of it."""
    names = found(lambda: (MODULE.sum(ROWS), DATA.ROWS))  # type: ignore[attr-defined]

    assert names.keys() == {"ROWS", "DATA"}


def test_what_modules_that_are_imported_inside_happen_to_have() -> None:
    """Only what the code names counts, and what cannot be found is left out."""

    def call() -> Any:
        import data_of_the_test

        from . import missing  # type: ignore[attr-defined]

        return data_of_the_test, missing

    assert found(call) == {}
    assert found(foreign("def made():\n    from .. import DATA", HELPERS)) == {}


def test_objects_whose_method_it_is() -> None:
    """They are named, and so is an object that is called; what decorators keep in collections is theirs, but not an object."""
    engine = Engine(DATA)
    kept = foreign("def made(engine, known):\n    return lambda: (engine, known)")

    assert found(engine.go) == {"its object": engine}  # type: ignore[attr-defined]
    assert found(Run().go)["DATA"] is DATA
    assert found(lambda: engine.go())["engine"] is engine  # type: ignore[attr-defined]
    assert found(engine) == {"the call": engine}
    assert found(kept(engine, [])) == {"engine": engine}


def test_what_loaders_keep() -> None:
    """What functions of the test's have returned once, and return again."""
    results = [value for _, value in around(CODE, lambda: (loaded(2), kept(2)))]

    assert all(any(value is result for value in results) for result in RESULTS)


def test_a_decorator_of_the_project() -> None:
    """It may hide what it decorates: the test itself tells what is read, and by what it was given."""
    hiding = foreign("def made(function):\n    held = iter([function])\n    def wrapper(): return next(held)()\n    return wrapper")
    call = hiding(lambda: work(DATA))

    def test(benchmark: Any) -> None:
        benchmark(hiding(lambda: work(DATA)))

    assert "DATA" not in dict(around(CODE, call))
    assert dict(around(CODE, call, test=test))["DATA"] is DATA
    given = {"rows": DATA, "tmp_path": HERE, "helper": helper, "request": pytest.Session.__new__(pytest.Session)}
    assert {name: value for name, value in around(CODE, call, fixtures=given) if name in given} == {"rows": DATA, "helper": helper}
    assert any(value is DATA for value in dict(around(CODE, call, fixtures={"run": helper})).values())


def test_names() -> None:
    """As a person would call them."""
    assert {*found(functools.partial(work, DATA, values=3))} == {"partial argument 1", "values"}
    assert found(lambda: Config.ROWS)["Config.ROWS"] is DATA
    assert found(lambda: MODULE.ROWS)["MODULE.ROWS"] is DATA
    assert found(imports_name)["data_of_the_test.ROWS"] is DATA
    assert found(imports_from_package)["package_of_the_test.data.ROWS"] is DATA
    assert found(lambda values=DATA: values) == {"default 1": DATA}


def test_folders() -> None:
    """One that a test's code begins its paths with may hold anything; one in a closure is meant."""
    place = HERE
    assert found(lambda: (HERE / "x", FILE)) == {"FILE": FILE}
    assert found(lambda: place) == {"place": HERE}


@pytest.mark.parametrize(
    ("value", "path"),
    [("/a/b", "/a/b"), (Path("/a"), "/a"), ("a/b", None), ("/a\n/b", None), ("/" * 5000, None), (3, None), (b"/a", None)],
)
def test_paths(value: object, path: str | None) -> None:
    """Absolute ones, in texts as well; words, relative names and long texts are data."""
    assert path_of(value) == path


def test_a_long_chain() -> None:
    """However long, it is no reason to fail; it is followed up to a point."""
    call: Any = helper
    for _ in range(1000):
        call = (lambda inner: lambda: inner())(call)
    assert any(value is DATA for value in found(call).values())
    for _ in range(10_000):
        call = (lambda inner: lambda: inner())(call)
    assert found(call)


@pytest.mark.filterwarnings("ignore:non-string key")
def test_members_by_strange_names() -> None:
    """A class may have members whose names are no texts, and a wrapper need not wrap anything."""
    strange = type("Strange", (), {"go": lambda self: work(DATA), 1: 2})  # type: ignore[dict-item]
    empty = functools.cache(len)
    del empty.__wrapped__

    assert found(strange().go)["DATA"] is DATA
    assert found(empty) == {}


def test_what_leads_back_to_itself() -> None:
    """There is an end to it, and a name that is not there yet is left out."""
    call = functools.partial(lambda: (missing, call))
    call.__setstate__((call.func, (call,), {}, {}))  # type: ignore[attr-defined]
    Config.again = Config  # type: ignore[attr-defined]

    assert [name for name, _ in around(CODE, call)] == ["partial argument 1", "call"]
    assert found(lambda: Config.again)["Config.again"] is Config  # type: ignore[attr-defined]
    del Config.again  # type: ignore[attr-defined]
    missing = 1
