"""Reading TOML and JSON files key by key: recipes, configuration, lock files, state and baselines."""
