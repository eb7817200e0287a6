"""The verb `diff`: how one archive differs from another for those who link it.

A feature on its own: without this folder and its line in `arfix/cli/commands.py`, arfix has no such verb.
"""
