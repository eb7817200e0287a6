"""The command line: one module per verb, and the only package that imports typer."""
