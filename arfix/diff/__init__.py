"""The verb `diff`: the differences between two archives that matter to programs that link them.

This feature is self-contained: removing this folder and its line in `arfix/cli/commands.py` removes the verb.
"""
