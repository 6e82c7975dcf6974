"""The record of a run: the ledger, and what follows from it."""
