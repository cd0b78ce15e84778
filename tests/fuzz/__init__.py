"""Inputs made up by chance, against what must always hold. ``python -m tests.fuzz`` runs for as long as it is told."""
