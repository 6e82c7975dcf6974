"""Tests of the room that touches the machine."""
