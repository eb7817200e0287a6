"""One file per rule. A file's docstring is the rule's page: `arfix explain RULE` shows it and `docs/rules/` publishes it."""
