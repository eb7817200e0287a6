"""Edits of archives: planners make a `Plan` from an archive and a request; `apply` makes the edited archive."""
