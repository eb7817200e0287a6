"""Findings: the rule protocol, the registry, and one file per rule."""
