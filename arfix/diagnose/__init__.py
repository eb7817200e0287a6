"""`arfix diagnose`: the causes of failed links, from the log of a build.

Nothing imports this folder. Without it and the line of `cli/commands.py` that names it, arfix has no such command.
"""
