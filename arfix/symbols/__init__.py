"""Symbols: their names, definitions and references, for all packages above."""
