"""Tests of the agent that rewrites."""
