"""One file per rule. Its docstring is the rule's page: `arfix explain RULE` shows it, `docs/rules/` publishes it."""
