"""Metric-driven optimisation for pytest: benchmarks are the objective, tests the gate, only proven gains are kept.

PYTEST_DONT_REWRITE: in a child this package is imported before pytest starts, which pytest would warn of.
"""

from __future__ import annotations

__all__ = ["__version__"]


def __getattr__(name: str) -> str:
    if name == "__version__":
        from importlib.metadata import version

        return version("pytest-autoloop")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
