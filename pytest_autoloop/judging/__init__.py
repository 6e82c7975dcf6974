"""One candidate through its stages: screen, gate, duels."""
