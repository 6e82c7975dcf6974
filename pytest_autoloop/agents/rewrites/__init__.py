"""An agent that needs no model: well-known rewrites of slow Python, tried where the time is spent."""

from __future__ import annotations

from .agent import Rewrites

__all__ = ["Rewrites"]
