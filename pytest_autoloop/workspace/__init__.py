"""The only room that touches the machine: git, trees, child processes, their environment."""
