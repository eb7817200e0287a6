"""The verb `image`: which static libraries are inside linked images, and whether every module finds its symbols.

A feature on its own: without this folder and its line in `arfix/cli/commands.py`, arfix has no such verb.
"""
