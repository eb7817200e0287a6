"""Rendering results as text and JSON: pure functions from values to `str` or to JSON keys."""
