"""The red team: what a patch may try against its judge, honest work to set beside it, and what must become of each."""
