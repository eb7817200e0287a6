"""Planners turn a library and options into a `Plan`; `apply` turns an archive and a plan into an archive."""
