"""Predicts what a linker does with archives and objects, and runs linkers to compare."""
