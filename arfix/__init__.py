"""arfix inspects, audits and repairs static archives (`.a`), so that libraries can be linked whole."""
