"""Tests of what runs inside a child pytest."""
