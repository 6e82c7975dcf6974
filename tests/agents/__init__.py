"""Tests of who proposes."""
